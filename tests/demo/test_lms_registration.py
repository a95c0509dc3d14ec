"""Tools that register themselves: what each product demands and answers, and launches of what was registered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest
import requests
from lxml import html

from lti_elos.demo.lms.discovery import AGS, BASIC_OUTCOME, TOOL_SETTINGS
from tests.demo.fake_tool import LTI, NRPS, TOOL_CONFIGURATION, FakeTool, fake_tool
from tests.demo.lms_support import Platforms, running

REGISTER = ("moodle", "canvas", "brightspace", "sakai")
CAPTURED = Path(__file__).parents[1] / "fixtures" / "moodle-4.5"


@pytest.fixture(scope="module")
def running_lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.fixture(scope="module")
def running_tool() -> Iterator[FakeTool]:
    with fake_tool() as tool:
        yield tool


@pytest.fixture
def lms(running_lms: Platforms) -> Platforms:
    for slug in REGISTER:
        for one in running_lms.lms.clients.of(slug):
            running_lms.lms.clients.remove(slug, one.client_id)
    return running_lms


@pytest.fixture
def tool(running_tool: FakeTool) -> FakeTool:
    running_tool.launches.clear()
    return running_tool


def begin(lms: Platforms, slug: str, address: str, **fields: str) -> str:
    """Where the tool's page is opened."""
    trouble = {"trouble": fields.pop("trouble")} if "trouble" in fields else {}
    answer = lms.session.post(
        f"{lms.url}/{slug}/admin/tools",
        params={"as": "admin", **trouble},
        data={"registration_url": address, **fields},
        timeout=5,
        allow_redirects=False,
    )
    if slug == "brightspace":
        assert answer.status_code == 303
        return answer.headers["Location"]
    assert answer.status_code == 200
    (frame,) = _tree(answer).xpath("//iframe[@data-testid='registration']")
    return str(frame.get("src"))


def given(lms: Platforms, slug: str, tool: FakeTool, **fields: str) -> tuple[str, str]:
    """The configuration's address and the token, as the tool gets them."""
    asked = parse_qs(urlsplit(begin(lms, slug, f"{tool.url}/register", **fields)).query)
    return asked["openid_configuration"][0], asked["registration_token"][0]


def register(lms: Platforms, slug: str, tool: FakeTool, **changes: Any) -> requests.Response:
    return tool.register(*given(lms, slug, tool, update="new"), **changes)


def change(lms: Platforms, slug: str, client_id: str, to: str) -> None:
    answer = lms.session.post(f"{lms.url}/{slug}/admin/tools/{client_id}", data={"to": to}, timeout=5)
    assert answer.status_code == 200


def _tree(answer: requests.Response) -> Any:
    return cast(Any, html.fromstring(answer.content))


# --- the document ---


@pytest.mark.parametrize("slug", REGISTER)
def test_the_document_leads_to_this_platform_alone(lms: Platforms, tool: FakeTool, slug: str) -> None:
    document = requests.get(given(lms, slug, tool)[0], timeout=5).json()

    base = f"{lms.url}/{slug}"
    assert document["issuer"] == base
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        assert document[name].startswith(f"{base}/")
    messages = document["https://purl.imsglobal.org/spec/lti-platform-configuration"]["messages_supported"]
    assert [one["type"] for one in messages] == ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]
    assert NRPS in document["scopes_supported"]


def test_moodles_document_is_the_captured_one_at_other_addresses(lms: Platforms, tool: FakeTool) -> None:
    captured = json.loads((CAPTURED / "openid-configuration.json").read_text())
    document = lms.get("/moodle/mod/lti/openid-configuration.php").json()

    addresses = {name for name, value in captured.items() if str(value).startswith("http")}
    assert set(document) == set(captured)
    assert {name: value for name, value in document.items() if name not in addresses} == {
        name: value for name, value in captured.items() if name not in addresses
    }


@pytest.mark.parametrize("slug", ["canvas", "brightspace"])
def test_some_show_the_document_to_their_own_guests_alone(lms: Platforms, tool: FakeTool, slug: str) -> None:
    address, token = given(lms, slug, tool)

    assert dict(parse_qsl(urlsplit(address).query)) == {"registration_token": token}
    bare = address.partition("?")[0]
    assert requests.get(bare, timeout=5).status_code == 401
    assert requests.get(bare, params={"registration_token": "made up"}, timeout=5).status_code == 401


def test_canvas_names_its_account_and_its_placements(lms: Platforms, tool: FakeTool) -> None:
    document = requests.get(given(lms, "canvas", tool)[0], timeout=5).json()

    about = document["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert about["https://canvas.instructure.com/lti/account_name"] == "Universidade Exemplo"
    assert about["https://canvas.instructure.com/lti/account_lti_guid"].endswith(":canvas-lms")
    assert "course_navigation" in about["messages_supported"][0]["placements"]
    assert document["authorization_server"] == urlsplit(lms.url).netloc


def test_sakais_document_wants_to_know_for_whom_it_is(lms: Platforms, tool: FakeTool) -> None:
    address, _ = given(lms, "sakai", tool)

    asked = dict(parse_qsl(urlsplit(address).query))
    assert set(asked) == {"key", "clientId", "issuerURL", "deploymentId"}
    assert lms.get("/sakai/imsblis/lti13/well_known", key="2").status_code == 400
    document = requests.get(address, timeout=5).json()
    assert document["registration_endpoint"].endswith(f"/registration_endpoint/{asked['key']}")


# --- who may register ---


def test_only_administrators_register_tools_and_only_where_the_product_has_that(lms: Platforms) -> None:
    assert lms.get("/moodle/admin/tools", **{"as": "teacher-1"}).status_code == 403
    assert lms.get("/openedx/admin/tools").status_code == 404
    assert lms.get("/blackboard/admin/tools").status_code == 404
    assert [lms.get(f"/{slug}/admin/tools").status_code for slug in REGISTER] == [200] * 4


@pytest.mark.parametrize("slug", REGISTER)
def test_the_address_keeps_its_own_query(lms: Platforms, slug: str) -> None:
    address = begin(lms, slug, "https://tool.test/lti/register/abc?invite=1%2F2")

    assert address.startswith("https://tool.test/lti/register/abc?invite=1%2F2&openid_configuration=http")
    assert set(parse_qs(urlsplit(address).query)) == {"invite", "openid_configuration", "registration_token"}


@pytest.mark.parametrize("address", ["", "tool.test", "javascript:alert(1)", "https://a;script-src *", "https://a b/"])
def test_what_is_no_web_address_is_not_opened(lms: Platforms, address: str) -> None:
    answer = lms.session.post(f"{lms.url}/moodle/admin/tools", data={"registration_url": address}, timeout=5)

    assert answer.status_code == 400
    assert _tree(answer).xpath("//*[@data-testid='problem']")
    assert not _tree(answer).xpath("//iframe")


def test_the_page_lets_in_the_tool_that_registers_and_nobody_else(lms: Platforms) -> None:
    answer = lms.session.post(
        f"{lms.url}/canvas/admin/tools", data={"registration_url": "https://tool.test/register"}, timeout=5
    )

    assert "frame-src 'self' https://tool.test;" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("slug", "token", "status", "words"),
    [
        ("moodle", None, 401, "missing_registration_token"),
        ("moodle", "made up", 404, "<html"),
        ("canvas", None, 401, "errorMessage"),
        ("canvas", "made up", 401, "errorMessage"),
        ("brightspace", None, 401, "invalid_token"),
        ("sakai", None, 400, "invalid_authorization"),
        ("sakai", "made up", 403, ""),
    ],
)
def test_without_a_good_token_nobody_registers(
    lms: Platforms, tool: FakeTool, slug: str, token: str | None, status: int, words: str
) -> None:
    endpoint = requests.get(given(lms, slug, tool)[0], timeout=5).json()["registration_endpoint"]
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = requests.post(endpoint, json=tool.body(), headers=headers, timeout=5)

    assert answer.status_code == status
    assert words in answer.text
    assert lms.lms.clients.of(slug) == []


@pytest.mark.parametrize(("slug", "status"), [("moodle", 401), ("brightspace", 401), ("sakai", 403)])
def test_a_token_registers_once(lms: Platforms, tool: FakeTool, slug: str, status: int) -> None:
    address, token = given(lms, slug, tool)
    assert tool.register(address, token).ok

    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]
    again = requests.post(endpoint, json=tool.body(), headers={"Authorization": f"Bearer {token}"}, timeout=5)

    assert again.status_code == status
    assert (again.text == "token_already_used") == (slug == "moodle")


def test_a_refused_registration_leaves_the_token_good(lms: Platforms, tool: FakeTool) -> None:
    address, token = given(lms, "moodle", tool)

    assert tool.register(address, token, client_name=None).status_code == 400
    assert tool.register(address, token).status_code == 200


@pytest.mark.parametrize("slug", ["moodle", "canvas", "brightspace", "sakai"])
def test_tokens_last_an_hour(lms: Platforms, tool: FakeTool, slug: str) -> None:
    address, token = given(lms, slug, tool)
    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]

    lms.clock.now += 3601
    late = requests.post(endpoint, json=tool.body(), headers={"Authorization": f"Bearer {token}"}, timeout=5)
    lms.clock.now -= 3601

    assert late.status_code in (401, 403)


# --- what each demands and answers ---


@pytest.mark.parametrize(
    "name",
    [
        "response_types",
        "initiate_login_uri",
        "redirect_uris",
        "client_name",
        "jwks_uri",
        "token_endpoint_auth_method",
        TOOL_CONFIGURATION,
    ],
)
def test_moodle_says_in_bare_words_what_is_missing(lms: Platforms, tool: FakeTool, name: str) -> None:
    answer = register(lms, "moodle", tool, **{name: None})

    assert (answer.status_code, answer.text) == (400, f"missing required attribute {name}")
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"domain": None}, "missing_domain"),
        ({"domain": "localhost"}, "domain_targetlinkuri_mismatch"),  # without the port
        ({"target_link_uri": None}, None),  # then it is the domain's own address
        ({"target_link_uri": "https://www.tool.test/", "domain": "tool.test"}, None),
        ({"messages": None, "claims": None}, None),
    ],
)
def test_moodles_domain_is_the_targets_host_with_its_port(
    lms: Platforms, tool: FakeTool, configuration: dict[str, Any], words: str | None
) -> None:
    answer = register(lms, "moodle", tool, configuration=configuration)

    assert (answer.status_code, answer.text if words else None) == (400 if words else 200, words)


def test_moodle_answers_the_captured_request_as_captured(lms: Platforms, tool: FakeTool) -> None:
    asked = json.loads((CAPTURED / "registration-request.json").read_text())
    captured = json.loads(json.loads((CAPTURED / "registration-response.json").read_text()))
    address, token = given(lms, "moodle", tool)
    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]

    answer = requests.post(endpoint, json=asked, headers={"Authorization": f"Bearer {token}"}, timeout=5)

    assert answer.status_code == 200
    got = answer.json()
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["scope"], claims["sub"]) == ("reg", got["client_id"])
    captured["client_id"] = got["client_id"]
    captured[TOOL_CONFIGURATION]["deployment_id"] = got[TOOL_CONFIGURATION]["deployment_id"]
    assert got == captured


def test_moodle_gives_all_grade_scopes_or_none_and_never_basic_outcomes(lms: Platforms, tool: FakeTool) -> None:
    one = register(lms, "moodle", tool, scope=f"{AGS[2]} {BASIC_OUTCOME} {TOOL_SETTINGS}").json()["scope"].split()
    none = register(lms, "moodle", tool, scope=NRPS).json()["scope"].split()

    assert sorted(one) == sorted([*AGS, TOOL_SETTINGS])
    assert none == [NRPS]


def test_moodle_lets_a_tool_see_and_change_what_it_is(lms: Platforms, tool: FakeTool) -> None:
    first = register(lms, "moodle", tool).json()
    change(lms, "moodle", first["client_id"], "active")
    page = lms.session.post(
        f"{lms.url}/moodle/admin/tools", data={"registration_url": f"{tool.url}/register"}, timeout=5
    )
    (update,) = _tree(page).xpath("//button[@data-testid='update-tool']/@value")

    address, token = given(lms, "moodle", tool, update=update)
    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]
    bearer = {"Authorization": f"Bearer {token}"}
    present = requests.get(endpoint, headers=bearer, timeout=5).json()
    changed = requests.post(endpoint, headers=bearer, json=tool.body(client_name="Renamed"), timeout=5).json()

    assert update == first["client_id"]
    claims = jwt.decode(token, options={"verify_signature": False})
    deployment_id = first[TOOL_CONFIGURATION]["deployment_id"]
    assert (claims["scope"], claims["sub"]) == ("reg-update", deployment_id)
    assert present == first
    assert (changed["client_id"], changed["client_name"]) == (first["client_id"], "Renamed")
    assert changed[TOOL_CONFIGURATION]["deployment_id"] == deployment_id
    (kept,) = lms.lms.clients.of("moodle")
    assert (kept.tool.name, kept.state) == ("Renamed", "active")
    assert requests.get(endpoint, headers=bearer, timeout=5).status_code == 401
    assert requests.put(endpoint, headers=bearer, json={}, timeout=5).status_code == 400


def test_canvas_answers_with_its_own_additions(lms: Platforms, tool: FakeTool) -> None:
    answer = register(lms, "canvas", tool)

    got = answer.json()
    assert answer.status_code == 200
    assert got["client_id"].isdigit()
    assert got["scope"] == f"{NRPS} openid"
    assert ":" in got["deployment_id"]
    assert "deployment_id" not in got[TOOL_CONFIGURATION]
    assert got["registration_client_uri"].startswith(f"{lms.url}/canvas/api/lti/registrations/")
    assert got[TOOL_CONFIGURATION]["https://canvas.instructure.com/lti/registration_config_url"]


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": f"{NRPS} https://tool.test/scope"},
        {"scope": BASIC_OUTCOME},
        {"application_type": None},
        {"grant_types": ["implicit"]},
        {"jwks_uri": "nowhere"},
        {"configuration": {"claims": None}},
        {"configuration": {"messages": None}},
        {"configuration": {"domain": "https://tool.test"}},
        {"configuration": {"custom_parameters": {"number": 1}}},
        {"configuration": {"messages": [{"type": "LtiResourceLinkRequest", "placements": ["anywhere"]}]}},
        {"configuration": {"messages": [{"type": "LtiUnheardOf"}]}},
    ],
)
def test_canvas_lists_what_is_wrong(lms: Platforms, tool: FakeTool, changes: dict[str, Any]) -> None:
    answer = register(lms, "canvas", tool, **changes)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert lms.lms.clients.of("canvas") == []


def test_canvas_takes_several_registrations_of_one_tool(lms: Platforms, tool: FakeTool) -> None:
    ids = {register(lms, "canvas", tool).json()["client_id"] for _ in range(2)}

    assert len(ids) == len(lms.lms.clients.of("canvas")) == 2


def test_brightspace_names_no_deployment(lms: Platforms, tool: FakeTool) -> None:
    answer = register(lms, "brightspace", tool)

    assert answer.status_code == 201
    assert "deployment_id" not in answer.json()
    assert "deployment_id" not in answer.json()[TOOL_CONFIGURATION]


@pytest.mark.parametrize(
    "changes",
    [
        {"jwks_uri": "http://127.0.0.1:9/jwks"},
        {"jwks_uri": "ftp://localhost/jwks"},
        {"client_name": None},
        {"configuration": {"domain": None}},
    ],
)
def test_brightspace_refuses_what_it_cannot_use(lms: Platforms, tool: FakeTool, changes: dict[str, Any]) -> None:
    answer = register(lms, "brightspace", tool, **changes)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_brightspace_wants_names_and_domains_to_be_unique(lms: Platforms, tool: FakeTool) -> None:
    assert register(lms, "brightspace", tool).ok
    same_domain = register(lms, "brightspace", tool, client_name="Another")
    same_name = register(lms, "brightspace", tool, configuration={"domain": "another.test"})

    assert same_domain.json()["error_description"] == "domain is taken"
    assert same_name.json()["error_description"] == "client_name is taken"


def test_sakai_gives_back_all_that_came(lms: Platforms, tool: FakeTool) -> None:
    answer = register(lms, "sakai", tool, made_up="kept")

    got = answer.json()
    assert (answer.status_code, got["made_up"], got[TOOL_CONFIGURATION]["deployment_id"]) == (200, "kept", "1")
    assert register(lms, "sakai", tool, jwks_uri=None).status_code == 400


@pytest.mark.parametrize("slug", REGISTER)
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null"])
def test_what_is_no_json_object_is_refused(lms: Platforms, tool: FakeTool, slug: str, body: bytes) -> None:
    address, token = given(lms, slug, tool)
    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]

    answer = requests.post(endpoint, data=body, headers={"Authorization": f"Bearer {token}"}, timeout=5)

    assert answer.status_code == 400


@pytest.mark.parametrize("slug", REGISTER)
@pytest.mark.parametrize("value", [1, "text", [1], {"a": 1}, None])
def test_values_of_any_kind_are_refused_or_taken_but_break_nothing(
    lms: Platforms, tool: FakeTool, slug: str, value: Any
) -> None:
    address, token = given(lms, slug, tool)
    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]
    good = tool.body()
    configuration = good[TOOL_CONFIGURATION]
    odd = [good | {name: value} for name in good]
    odd += [good | {TOOL_CONFIGURATION: configuration | {name: value}} for name in configuration]
    for body in odd:
        answer = requests.post(endpoint, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=5)
        assert answer.status_code < 500
    assert lms.get(f"/{slug}/admin/tools").status_code == 200


# --- switches ---


def test_the_endpoint_fails_when_told_to(lms: Platforms, tool: FakeTool) -> None:
    address, token = given(lms, "canvas", tool, trouble="fails")

    assert tool.register(address, token).status_code == 500


def test_the_endpoint_is_late_when_told_to(lms: Platforms, tool: FakeTool) -> None:
    address, token = given(lms, "moodle", tool, trouble="slow")
    endpoint = requests.get(address, timeout=5).json()["registration_endpoint"]

    with pytest.raises(requests.Timeout):
        requests.post(endpoint, json=tool.body(), headers={"Authorization": f"Bearer {token}"}, timeout=0.3)


@pytest.mark.parametrize("slug", REGISTER)
def test_the_document_names_another_issuer_when_told_to(lms: Platforms, tool: FakeTool, slug: str) -> None:
    address, _ = given(lms, slug, tool, trouble="issuer")

    assert requests.get(address, timeout=5).json()["issuer"] == "https://lms.elsewhere.test"


def test_scopes_and_deployments_are_withheld_when_told_to(lms: Platforms, tool: FakeTool) -> None:
    scopes = {slug: tool.register(*given(lms, slug, tool, update="new", trouble="scopes")).json() for slug in REGISTER}
    change(lms, "brightspace", scopes["brightspace"]["client_id"], "removed")
    bare = {
        slug: tool.register(*given(lms, slug, tool, update="new", trouble="deployment")).json() for slug in REGISTER
    }

    assert {slug: one["scope"] for slug, one in scopes.items()} == dict.fromkeys(REGISTER, "") | {"canvas": "openid"}
    assert not any("deployment_id" in json.dumps(one) for one in bare.values())


@pytest.mark.parametrize("slug", REGISTER)
def test_the_token_is_too_old_when_told_to(lms: Platforms, tool: FakeTool, slug: str) -> None:
    address, token = given(lms, slug, tool, trouble="expired")
    document = requests.get(address, timeout=5)
    if slug in ("canvas", "brightspace"):
        assert document.status_code == 401
        return
    endpoint = document.json()["registration_endpoint"]
    answer = requests.post(endpoint, json=tool.body(), headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert answer.status_code in (401, 403)


def test_an_unknown_switch_is_refused(lms: Platforms) -> None:
    assert lms.get("/moodle/admin/tools", trouble="earthquake").status_code == 404


# --- the tool at work ---


def launch(lms: Platforms, slug: str, client_id: str, **asked: str) -> requests.Response:
    """As a browser would, through both sides' forms and redirects."""
    with requests.Session() as browser:
        answer = browser.get(
            f"{lms.url}/{slug}/launch",
            params={"course": "mat101", "as": "teacher-1", "tool": client_id, **asked},
            timeout=5,
        )
        for _ in range(4):
            forms = _tree(answer).forms
            if not forms or "/deep-linking" in forms[0].action:
                break
            answer = browser.post(forms[0].action, data=dict(forms[0].form_values()), timeout=5)
        return answer


@pytest.mark.parametrize("slug", REGISTER)
def test_a_registered_tool_is_used_once_it_is_active(lms: Platforms, tool: FakeTool, slug: str) -> None:
    got = register(lms, slug, tool).json()
    client_id = got["client_id"]
    course = f"/{slug}/courses/mat101"
    assert lms.get(course, tool=client_id).status_code == 404
    assert lms.get(f"/{slug}/launch", course="mat101", tool=client_id).status_code == 404

    change(lms, slug, client_id, "active")
    page = lms.get(course, tool=client_id)
    launch(lms, slug, client_id, resource="teachers")

    assert f"frame-src 'self' {tool.url};" in page.headers["Content-Security-Policy"]
    assert f"tool={client_id}" in _tree(page).xpath("//iframe[@data-testid='activity']")[0].get(
        "src" if slug == "moodle" else "data-src"
    )
    (claims,) = tool.launches
    (client,) = lms.lms.clients.of(slug)
    assert (claims["aud"], claims[f"{LTI}deployment_id"]) == (client_id, client.deployment_id)
    assert claims[f"{LTI}target_link_uri"] == f"{tool.url}/target"
    assert claims[f"{LTI}custom"] == {"username": "teacher-1", "mine": "yes", "room_scope": "user"}
    assert claims["name"] == "Docente Exemplo Um"
    assert "email" not in claims  # nobody asked for it
    assert f"tool={client_id}" in claims[f"{LTI}launch_presentation"]["return_url"]


@pytest.mark.parametrize("slug", REGISTER)
def test_the_tool_of_the_start_stays_as_it_is(lms: Platforms, tool: FakeTool, slug: str) -> None:
    before = lms.claims(slug)
    change(lms, slug, register(lms, slug, tool).json()["client_id"], "active")

    after = lms.claims(slug)

    moving = ("nonce", "iat", "exp", "nbf")
    assert {k: v for k, v in after.items() if k not in moving} == {k: v for k, v in before.items() if k not in moving}


def test_one_tool_cannot_take_anothers_launch(lms: Platforms, tool: FakeTool) -> None:
    client_id = register(lms, "canvas", tool).json()["client_id"]
    change(lms, "canvas", client_id, "active")
    login = lms.start("canvas")

    answer = lms.ask("canvas", login, client_id=client_id, redirect_uri=f"{tool.url}/launched")

    form = lms.form(answer)
    assert (form.action, form.fields["error"]) == (f"{tool.url}/launched", "unauthorized_client")
    assert lms.ask("canvas", login, client_id=client_id).status_code == 400  # nor use its address


@pytest.mark.parametrize("slug", REGISTER)
def test_the_page_lists_tools_with_what_one_may_do(lms: Platforms, tool: FakeTool, slug: str) -> None:
    client_id = register(lms, slug, tool).json()["client_id"]

    def shown() -> tuple[str, list[str]]:
        (item,) = _tree(lms.get(f"/{slug}/admin/tools")).xpath("//*[@data-testid='tools']/li")
        assert item.get("data-client-id") == client_id
        return item.get("data-state"), item.xpath(".//form//@data-testid")

    assert shown() == ("pending", ["activate", "remove"])
    change(lms, slug, client_id, "active")
    assert shown() == ("active", ["open-course", "deactivate", "remove"])
    change(lms, slug, client_id, "pending")
    assert shown()[0] == "pending"
    change(lms, slug, client_id, "removed")
    assert _tree(lms.get(f"/{slug}/admin/tools")).xpath("//*[@data-testid='no-tools']")


def test_a_course_offers_the_active_tools(lms: Platforms, tool: FakeTool) -> None:
    client_id = register(lms, "moodle", tool).json()["client_id"]
    assert not _tree(lms.get("/moodle/courses/mat101")).xpath("//*[@data-testid='use-tool']")

    change(lms, "moodle", client_id, "active")
    (link,) = _tree(lms.get("/moodle/courses/mat101")).xpath("//*[@data-testid='use-tool']//a[@data-client-id]")

    assert (link.text, f"tool={client_id}" in link.get("href")) == (tool.name, True)
