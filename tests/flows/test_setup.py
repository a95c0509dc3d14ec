"""Connected by hand: with what the tool's own pages say, the tool's own doors answer."""

from __future__ import annotations

import re
import shlex
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lxml import html

from lti_elos.cli import _parser
from lti_elos.demo.lms.app import Registration, create_lms, registrations
from lti_elos.demo.lms.platforms import Lms, Product
from lti_elos.demo.lms.tools import Client, State
from lti_elos.demo.lms.tools import Tool as DemoTool
from lti_elos.demo.serving import ThreadedServer
from lti_elos.lti.messages import MESSAGES
from lti_elos.lti.platform_configuration import Configuration
from lti_elos.lti.registration import TOOL_CONFIGURATION, Tool, registration_of
from lti_elos.services import platforms
from lti_elos.web.setup_guides import GUIDES
from tests.conftest import Tool as RunningTool
from tests.support.browser import Browser, code_of

ASKED_IN = {"pt-BR": "Copiar", "en": "Copy", "es": "Copiar"}


@pytest.fixture
def page_values(tool: RunningTool, browser: Browser) -> Any:
    def read(family: str, **headers: str) -> list[str]:
        answer = browser.open(f"/docs/setup/{family}", headers=headers)
        assert answer.status_code == 200
        return [unescape(one) for one in re.findall(r'<code class="value">([^<]*)</code>', answer.text)]

    return read


@pytest.mark.parametrize("family", GUIDES)
@pytest.mark.parametrize("language", ASKED_IN)
def test_a_guide_has_this_tools_addresses_in_every_language(
    page_values: Any, tool: RunningTool, family: str, language: str
) -> None:
    addresses = [one for one in page_values(family, **{"Accept-Language": language}) if "://" in one]

    assert len(addresses) >= 2
    for address in addresses:
        assert address.strip('["]').startswith(tool.url)
        assert requests.options(address.strip('["]'), timeout=10).status_code == 200


def test_an_unknown_lms_is_not_found(browser: Browser) -> None:
    answer = browser.open("/docs/setup/hogwarts")

    assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")


def test_the_front_page_leads_to_every_guide(browser: Browser) -> None:
    assert 'href="/docs/setup"' in browser.open("/").text
    index = browser.open("/docs/setup").text
    assert re.findall(r'href="/docs/setup/(\w+)"', index) == list(GUIDES)


def test_guides_are_nobodys_and_are_kept_by_no_cache(browser: Browser) -> None:
    for path in ("/docs/setup", "/docs/setup/moodle", "/lti/config/canvas.json"):
        answer = browser.open(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


def test_a_canvas_reads_json_that_says_what_a_registration_says(tool: RunningTool, browser: Browser) -> None:
    answer = browser.open("/lti/config/canvas.json", headers={"Accept-Language": "en"})
    key = answer.json()
    [extension] = key["extensions"]
    placements = extension["settings"]["placements"]
    document = registration_of(Tool(tool.url, key["title"], (), key["description"]), offered(placements, key["scopes"]))
    ours = document[TOOL_CONFIGURATION]

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert not answer.history
    assert key["title"] == "Sala ao vivo do Elos"  # in the configured language, whatever the browser's
    assert key["oidc_initiation_url"] == document["initiate_login_uri"]
    assert key["public_jwk_url"] == document["jwks_uri"]
    assert key["target_link_uri"] == ours["target_link_uri"] in document["redirect_uris"]
    assert key["scopes"] == document["scope"].split() != []
    assert key["custom_fields"] == ours["custom_parameters"] != {}
    assert (extension["platform"], extension["domain"]) == ("canvas.instructure.com", ours["domain"])
    assert extension["privacy_level"] == "name_only"
    assert [(one["message_type"], one["placement"]) for one in placements] == [
        (message["type"], place) for message in ours["messages"] for place in message["placements"]
    ]
    assert {one["message_type"] for one in placements} == set(MESSAGES)
    for one in placements:
        assert one["target_link_uri"] in document["redirect_uris"]
        assert one["text"] == key["title"]
    icon = requests.get(extension["settings"]["icon_url"], timeout=10)
    assert (icon.status_code, icon.headers["Content-Type"].partition(";")[0]) == (200, "image/svg+xml")


def offered(placements: list[dict[str, str]], scopes: list[str]) -> Configuration:
    """A Canvas that offers these."""
    url = "https://canvas.example"
    return Configuration(
        issuer=url,
        auth_login_url=url,
        auth_token_url=url,
        jwks_url=url,
        registration_url=url,
        audience="",
        family="canvas",
        version="",
        scopes=frozenset(scopes),
        claims=None,
        variables=None,
        messages=None,
        placements={
            kind: tuple(one["placement"] for one in placements if one["message_type"] == kind) for kind in MESSAGES
        },
    )


def test_an_lms_that_is_given_the_pages_values_and_gives_its_own_launches(tool: RunningTool, browser: Browser) -> None:
    """The demo LMS's administrator types what the page shows, and the operator what the page says of the command."""
    page = html.fromstring(browser.open("/docs/setup/moodle", headers={"Accept-Language": "en"}).text)
    typed = {
        row.findtext("dt/b"): "".join(row.xpath("dd/code/text()")) for row in page.xpath("//div[@data-copy-row][dt]")
    }
    command = page.xpath("string(//pre)")
    with ThreadedServer() as server, requests.Session() as person:
        server.app = create_lms(public_url=server.url, tool_url="http://another.test")
        lms: Lms = server.app.extensions["lms"]
        lms.clients.put(Product.MOODLE, typed_in(typed))
        there = next(one for one in registrations(lms) if one.slug == Product.MOODLE)
        add(tool, command, there)

        begun = person.get(
            f"{server.url}/moodle/launch",
            params={"course": "mat101", "as": "teacher-1", "tool": CLIENT_ID},
            timeout=10,
        )
        asked = browser.post(*sent(begun), allow_redirects=False)
        assert asked.status_code == 302
        proven = person.get(asked.headers["Location"], timeout=10)
        let_in = browser.post(*sent(proven), allow_redirects=False)

    assert (let_in.status_code, urlsplit(let_in.headers["Location"]).path.split("/")[1]) == (303, "rooms")


CLIENT_ID = "typed-by-hand"


def typed_in(values: dict[str, str]) -> Client:
    """What a Moodle keeps of its form."""
    registered = DemoTool(
        name=values["Tool name"],
        login_url=values["Initiate login URL"],
        launch_url=values["Tool URL"],
        redirect_uris=tuple(values["Redirection URI(s)"].split("\n")),
        jwks_url=values["Public keyset"],
        custom=dict(line.split("=", 1) for line in values["Custom parameters"].split("\n")),
        deep_link_url=values["Content Selection URL"],
    )
    return Client(CLIENT_ID, "7", registered, urlsplit(registered.launch_url).netloc, {}, State.ACTIVE)


def add(tool: RunningTool, command: str, lms: Registration) -> None:
    """As the operator types the page's command, with what the LMS shows in the example's place."""
    shown: dict[str, Any] = {
        "issuer": lms.issuer,
        "client_id": CLIENT_ID,
        "auth_login_url": lms.auth_login_url,
        "auth_token_url": lms.auth_token_url,
        "jwks_url": lms.jwks_url,
    }
    asked = vars(_parser().parse_args(shlex.split(command.replace("\\\n", " "))[1:]))
    assert asked.keys() >= shown.keys()
    platforms.add(tool.deps, name=asked["name"], **shown)


def sent(answer: requests.Response) -> tuple[str, dict[str, str]]:
    """The form that a page of the LMS sends by itself."""
    form: Any = html.fromstring(answer.content).forms[0]
    return str(form.action), dict(form.form_values())
