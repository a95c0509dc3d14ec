"""Somebody else's pages attack a launch: with cookies, with frames, with answers that are not theirs to give. In real
browsers of both engines, because the browser is half of the defence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask, Response, request
from lxml import html
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from lti_elos.app import create_app, make_deps
from lti_elos.demo.certificate import Certificate, kept_certificate
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from lti_elos.settings import Settings
from tests.conftest import SECRET_KEY, Tool
from tests.support.browser import STORAGE, Browser, ClosedFrame
from tests.support.platform import Jwks, Platform
from tests.support.webkit import WebKitPerson

UNPROVEN = "Código LTI-UNPROVEN"
DOMAINS = {"chromium": "example.test", "webkit": "localhost"}
"""Where each engine finds hosts of any name on this machine; all of them are sites of their own."""


class Victim(Protocol):
    """Somebody at a browser, whom the attacker has made open a page."""

    def goto(self, url: str) -> None: ...

    def sees(self, words: str, *, framed: bool = False) -> None: ...

    def heard(self) -> list[str]:
        """``window.heard`` of the page."""


class InChromium:
    def __init__(self, page: Page) -> None:
        self._page = page

    def goto(self, url: str) -> None:
        self._page.goto(url)

    def sees(self, words: str, *, framed: bool = False) -> None:
        place = self._page.frame_locator("iframe >> nth=0") if framed else self._page
        expect(place.get_by_text(words).first).to_be_visible()

    def heard(self) -> list[str]:
        found: list[str] = self._page.evaluate("window.heard")
        return found


class InWebKit:
    def __init__(self, person: WebKitPerson) -> None:
        self._person = person

    def goto(self, url: str) -> None:
        self._person.open(url)

    def sees(self, words: str, *, framed: bool = False) -> None:
        if framed:
            self._person.into_frame()
        self._person.sees(words)

    def heard(self) -> list[str]:
        self._person.out_of_frames()
        found: list[str] = self._person.driver.execute_script("return window.heard")
        return found


@dataclass
class Ready:
    """A login that the attacker went through in their own browser: what is left is to make the victim's post it."""

    state: str
    token: str
    secret: str
    cookie: str


class Scene:
    """The tool at tool.<domain>, the LMS at lms.<domain>, and the attacker beside both."""

    def __init__(self, certificate: Certificate, domain: str) -> None:
        self.domain = domain
        self.ports: dict[str, int] = {}
        self.certificate = certificate
        self.running: list[ThreadedServer] = []

    def serve(self, host: str, app: Any = None) -> ThreadedServer:
        server = ThreadedServer(app, ssl_context=self.certificate.server_context())
        self.ports[host] = server.port
        self.running.append(server)
        return server.start()

    def at(self, host: str) -> str:
        return f"https://{host}.{self.domain}:{self.ports[host]}"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return kept_certificate(tmp_path_factory.mktemp("certificate"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        found = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("engine", found.args if found else DOMAINS)


@pytest.fixture
def scene(certificate: Certificate, engine: str) -> Iterator[Scene]:
    made = Scene(certificate, DOMAINS[engine])
    yield made
    for server in made.running:
        server.stop()


@pytest.fixture
def tool(scene: Scene, sqlite_url: str, tmp_path: Path) -> Iterator[Tool]:
    server = scene.serve("tool")
    deps = make_deps(
        Settings(
            base_url=scene.at("tool"),
            data_dir=tmp_path,
            secret_key=SECRET_KEY,
            database_url=sqlite_url,
            allow_private_networks=True,
        )
    )
    server.app = create_app(deps)
    yield Tool(scene.at("tool"), deps)
    deps.database.dispose()


@pytest.fixture
def platform(scene: Scene, tool: Tool, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any) -> Platform:
    jwks, server = jwks_server
    jwks.behaviour, jwks.keys = "ok", [jose.public_jwk(platform_key, kid="key-1")]
    scene.serve("lms", lms_page(scene))
    platform_id = platforms.add(
        tool.deps,
        name="LMS Exemplo",
        issuer=scene.at("lms"),
        client_id="client-1",
        auth_login_url=f"{scene.at('lms')}/auth",
        auth_token_url=f"{scene.at('lms')}/token",
        jwks_url=f"{server.url}/jwks",
    )
    return Platform(platform_id, scene.at("lms"), "client-1", "deployment-1", jwks, platform_key, "key-1")


@pytest.fixture(scope="module")
def chromium_with_hosts(launch_chromium: Callable[..., Chromium]) -> Chromium:
    return launch_chromium("--host-resolver-rules=MAP *.example.test 127.0.0.1")


@pytest.fixture
def victim(engine: str, request: pytest.FixtureRequest) -> Iterator[Victim]:
    if engine == "webkit":
        yield InWebKit(request.getfixturevalue("webkit")())
        return
    chromium: Chromium = request.getfixturevalue("chromium_with_hosts")
    with chromium.new_context(ignore_https_errors=True, locale="pt-BR") as context:
        yield InChromium(context.new_page())


def attackers(browser: Browser, scene: Scene, tool: Tool, platform: Platform, **login: str) -> Ready:
    """The attacker's own launch, up to the post that ends it."""
    browser.verify = str(scene.certificate.path)
    browser.tool_url = f"https://localhost:{scene.ports['tool']}"
    target = f"{tool.url}/lti/launch"
    response = browser.login(platform, target_link_uri=target, **login)
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    url, secret = response.headers.get("Location"), cookie.partition("=")[2]
    if url is None:
        [form] = html.fromstring(response.text).xpath("//form[@id='checking']")
        url = form.get("data-onward")
    sent = parse_qs(urlsplit(url).query)
    token = platform.sign(platform.claims(nonce=sent["nonce"][0], target=target, sub="attacker"))
    return Ready(sent["state"][0], token, secret, cookie)


@pytest.fixture
def by_cookie(scene: Scene, tool: Tool, platform: Platform) -> Ready:
    with Browser(tool.url) as attacker:
        return attackers(attacker, scene, tool, platform)


@pytest.fixture
def by_storage(scene: Scene, tool: Tool, platform: Platform) -> Ready:
    with ClosedFrame(tool.url) as attacker:
        return attackers(attacker, scene, tool, platform, **STORAGE)


def form(scene: Scene, ready: Ready, target: str = "") -> str:
    """Posts the attacker's launch as soon as the page is there."""
    return (
        f'<form id="f" method="post" action="{scene.at("tool")}/lti/launch" target="{target}">'
        f'<input name="state" value="{ready.state}"><input name="id_token" value="{ready.token}"></form>'
        '<script>addEventListener("load", () => document.getElementById("f").submit())</script>'
    )


ANSWERS = """
const answered = (data, value) => ({subject: `${data.subject}.response`, message_id: data.message_id, ...(
  data.subject.endsWith("capabilities")
    ? {supported_messages: ["lti.", "org.imsglobal.lti."].flatMap((one) => [{subject: `${one}get_data`}])}
    : {key: data.key, value})});
"""


def lms_page(scene: Scene) -> Flask:
    """The LMS's page around the tool. It answers itself, or lets another frame do so that is told all it needs."""
    app = Flask("lms")

    @app.get("/course")
    def course() -> str:
        ready, by = Ready(**json.loads(request.args["ready"])), request.args["by"]
        other = {"evil": f"{scene.at('evil')}/answers", "lms": "/answers"}.get(by, "")
        return f"""<iframe name="tool"></iframe><iframe name="other" src="{other}"></iframe><script>{ANSWERS}
          addEventListener("message", (event) => {{
            const mine = "{by}" === "page" || event.data.subject.endsWith("capabilities");
            if (mine) event.source.postMessage(answered(event.data, "{ready.secret}"), event.origin);
            else frames.other.postMessage({{...event.data, secret: "{ready.secret}"}}, "*");
          }});</script>{form(scene, ready, "tool")}"""

    app.add_url_rule("/answers", "answers", answers)
    return app


def answers() -> str:
    """A frame beside the tool that answers in the page's stead."""
    return f"""<script>{ANSWERS}
      addEventListener("message", (event) =>
        parent.frames.tool.postMessage(answered(event.data, event.data.secret), "*"));</script>"""


def evil_pages(scene: Scene, ready: Ready) -> Flask:
    app = Flask("evil")
    app.add_url_rule("/answers", "answers", answers)

    @app.get("/toss")
    def toss() -> Response:
        page = Response(form(scene, ready), content_type="text/html")
        for cookie in (ready.cookie, "tossed=1"):
            page.headers.add("Set-Cookie", f"{cookie}; Secure; SameSite=None; Path=/; Domain=tool.{scene.domain}")
        page.headers.add(
            "Set-Cookie", f"{ready.cookie.replace('__Host-', '')}; Secure; Path=/; Domain=tool.{scene.domain}"
        )
        return page

    @app.get("/framing")
    def framing() -> str:
        return f"""<iframe name="tool"></iframe><script>{ANSWERS}
          addEventListener("message", (event) => {{
            window.heard = [...(window.heard ?? []), event.data.subject];
            event.source.postMessage(answered(event.data, "{ready.secret}"), "*");
          }});</script>{form(scene, ready, "tool")}"""

    return app


def test_the_attackers_launch_in_the_victims_browser_is_not_let_in(
    scene: Scene, victim: Victim, by_cookie: Ready, tool: Tool
) -> None:
    app = Flask("evil")
    app.add_url_rule("/", "go", lambda: form(scene, by_cookie))
    scene.serve("evil", app)
    victim.goto(f"{scene.at('evil')}/")
    victim.sees(UNPROVEN)
    assert tool.rows()["launches"] == 0


def cookies_sent_to(scene: Scene) -> list[str]:
    """Of each request for the launch from now on."""
    sent: list[str] = []
    tool = scene.running[0]
    assert tool.port == scene.ports["tool"]
    app = tool.app

    def noted(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/lti/launch":
            sent.append(environ.get("HTTP_COOKIE", ""))
        return app(environ, start_response)

    tool.app = noted
    return sent


@pytest.mark.engines("chromium")
def test_a_cookie_tossed_from_a_sibling_host_proves_nothing(
    scene: Scene, victim: Victim, by_cookie: Ready, tool: Tool
) -> None:
    """Not in WebKitGTK, whose libsoup (3.2) lets a sibling set __Host- cookies: docs/browsers.md says what to do."""
    sent = cookies_sent_to(scene)
    scene.ports["evil.tool"] = scene.serve("evil", evil_pages(scene, by_cookie)).port

    victim.goto(f"{scene.at('evil.tool')}/toss")

    victim.sees(UNPROVEN)
    assert "tossed=1" in sent[0], "the sibling can set cookies for the tool"
    assert by_cookie.cookie.replace("__Host-", "") in sent[0]
    assert "__Host-" not in sent[0]
    assert tool.rows()["launches"] == 0


def test_a_framing_page_that_is_not_the_platform_is_not_asked_for_the_secret(
    scene: Scene, victim: Victim, by_storage: Ready, tool: Tool
) -> None:
    scene.serve("evil", evil_pages(scene, by_storage))
    victim.goto(f"{scene.at('evil')}/framing")

    victim.sees(UNPROVEN, framed=True)
    heard = {one for one in victim.heard() if one and "frameResize" not in one}
    assert heard == {"lti.capabilities", "org.imsglobal.lti.capabilities"}
    assert tool.rows()["launches"] == 0


@pytest.mark.parametrize("by", ["page", "evil", "lms"])
def test_only_the_frame_that_was_asked_may_answer(
    scene: Scene, victim: Victim, by_storage: Ready, tool: Tool, by: str
) -> None:
    """From another origin (evil), or from another frame of the LMS's own, the very secret counts as silence."""
    scene.serve("evil", evil_pages(scene, by_storage))
    ready = json.dumps(by_storage.__dict__)

    victim.goto(f"{scene.at('lms')}/course?{urlencode({'ready': ready, 'by': by})}")

    # The page itself shows that the others fail for the reason that they should.
    victim.sees("Cálculo I" if by == "page" else UNPROVEN, framed=True)
    assert tool.rows()["launches"] == (1 if by == "page" else 0)


def test_a_checked_launch_is_no_good_in_another_frame(
    scene: Scene, victim: Victim, by_storage: Ready, tool: Tool
) -> None:
    """At top level, opened by a page of the LMS's origin that would answer: storage does not count there."""
    app = Flask("evil")
    app.add_url_rule("/", "go", lambda: form(scene, by_storage))
    scene.serve("evil", app)
    victim.goto(f"{scene.at('evil')}/")
    victim.sees("não guarda cookies")
    assert tool.rows()["launches"] == 0
