"""Dynamic registration over HTTP: an invite, the LMS's administrator in a frame, and the platform that comes of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from lxml import html
from sqlalchemy import select

from lti_elos.db.tables import deployments, invites, platforms
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from lti_elos.errors import Misconfigured
from lti_elos.services import invites as invite_service
from lti_elos.services import platforms as platform_service
from lti_elos.services import servers
from tests.conftest import Tool
from tests.support.browser import Browser, code_of, hidden
from tests.support.platform import Jwks, Platform
from tests.support.registrar import TOKEN, TOOL, Registrar, make_registrar
from tests.support.rows import changes, everything


@pytest.fixture
def lms() -> Iterator[Registrar]:
    registrar, server = make_registrar()
    yield registrar
    if registrar.hold is not None:
        registrar.hold.set()
    server.stop()


@pytest.fixture
def admin(tool: Tool) -> Iterator[Browser]:
    """The LMS's administrator, in a frame that keeps no cookie."""
    with Browser(tool.url, framed=True, language="en") as one:
        yield one


def invite(tool: Tool, **more: Any) -> str:
    """The path of a new one."""
    given: dict[str, Any] = {"name": "Escola São João", "lasts": timedelta(days=7)}
    made = invite_service.make(tool.deps, **given | more)
    assert made.url.startswith(f"{tool.url}/lti/register/")
    return made.url.removeprefix(tool.url)


def show(admin: Browser, path: str, lms: Registrar, **changes: str) -> requests.Response:
    return admin.open(path + lms.query(**changes))


def consent(admin: Browser, path: str, lms: Registrar) -> str:
    shown = show(admin, path, lms)
    assert shown.status_code == 200, shown.text
    return hidden(shown, "consent")


def register(admin: Browser, path: str, lms: Registrar) -> requests.Response:
    return admin.submit(path, {"consent": consent(admin, path, lms)})


def rows(tool: Tool, table: Any) -> list[Any]:
    with tool.deps.database.reading() as db:
        return list(db.execute(select(table).order_by(table.c.created_at)).all())


def said(response: requests.Response) -> str:
    return " ".join(html.document_fromstring(response.text).get_element_by_id("main").text_content().split())


def refused(response: requests.Response) -> tuple[int, str]:
    return response.status_code, code_of(response)


# --- it works ---


def test_an_invite_becomes_a_platform_that_is_active_at_once(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)
    before = everything(tool)

    shown = show(admin, path, lms)

    assert changes(before, everything(tool)) == set(), "looking registers nothing"
    assert lms.asked == []
    assert lms.fetched == [f"Bearer {TOKEN}"]
    [button] = html.document_fromstring(shown.text).xpath("//button[@id='register']")
    assert button.getparent().get("action") == path
    for fact in ("Connect Elos to Moodle", "4.5.6", lms.url, "Escola São João", "LtiResourceLinkRequest", "given_name"):
        assert fact in said(shown), fact
    assert "contextmembership.readonly" in said(shown)
    assert "group_ids=$Moodle.Person.userGroupIds" in said(shown)

    done = admin.submit(path, {"consent": hidden(shown, "consent")})

    assert done.status_code == 200
    assert "activate it in Moodle" in said(done)
    assert "press Activate" in said(done)
    [(method, headers, document)] = lms.asked
    assert (method, headers["Authorization"]) == ("POST", f"Bearer {TOKEN}")
    assert headers["User-Agent"].startswith("lti-elos/")
    assert document["redirect_uris"] == [f"{tool.url}/lti/launch"]
    assert document[TOOL]["domain"] == tool.url.removeprefix("http://")
    [row] = rows(tool, platforms)
    assert (row.name, row.issuer, row.client_id) == ("Escola São João", lms.url, "NfNyWAr7OW3DCAG")
    assert (row.auth_login_url, row.jwks_url) == (f"{lms.url}/mod/lti/auth.php", f"{lms.url}/mod/lti/certs.php")
    assert (row.enabled, row.deployment_policy, row.family, row.server_id) == (True, "auto", "moodle", None)
    assert [(one.deployment_id, one.is_active) for one in rows(tool, deployments)] == [("1", True)]
    [used] = rows(tool, invites)
    assert used.used_at is not None
    assert (used.platform_id, used.leased_until) == (row.id, None)


def test_people_get_in_from_a_platform_that_was_registered(
    tool: Tool,
    admin: Browser,
    browser: Browser,
    lms: Registrar,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
) -> None:
    jwks, server = jwks_server
    jwks.behaviour, jwks.keys = "ok", [jose.public_jwk(platform_key, kid="key-1")]
    assert register(admin, invite(tool), lms).status_code == 200
    with tool.deps.database.transaction() as db:  # the keys are at another test server
        db.execute(platforms.update().values(jwks_url=f"{server.url}/jwks"))
    [row] = rows(tool, platforms)

    browser.enter_room(Platform(row.id, lms.url, row.client_id, "1", jwks, platform_key, "key-1", "moodle"))

    assert [one.deployment_id for one in rows(tool, deployments)] == ["1"]


def test_an_invite_opened_as_a_page_says_where_to_paste_it(tool: Tool, admin: Browser) -> None:
    path = invite(tool)

    shown = admin.open(path)

    assert shown.status_code == 200
    assert tool.url + path in said(shown)
    assert "button#register" not in shown.text
    assert 'id="register"' not in shown.text


@pytest.mark.parametrize("status", [200, 201])
def test_a_deployment_that_is_not_named_comes_with_the_first_launch(
    tool: Tool, admin: Browser, lms: Registrar, status: int
) -> None:
    lms.deployment_id, lms.status = None, status

    assert register(admin, invite(tool), lms).status_code == 200

    assert rows(tool, deployments) == []


def test_the_invite_names_server_and_policy(tool: Tool, admin: Browser, lms: Registrar) -> None:
    servers.add(tool.deps, name="other", url="https://elos.example", secret="s3cret-of-elos")
    lms.deployment_id = None

    done = register(admin, invite(tool, server="other", deployment_policy="approve"), lms)

    assert "waits until" in said(done)
    [row] = rows(tool, platforms)
    assert row.deployment_policy == "approve"
    assert platform_service.details(tool.deps, str(row.id))["server"] == "other"
    platform_service.set_policies(tool.deps, str(row.id), ["server="])
    servers.remove(tool.deps, "other")
    assert len(rows(tool, invites)) == 1


def test_the_deployment_that_the_invite_brought_needs_no_approval(tool: Tool, admin: Browser, lms: Registrar) -> None:
    done = register(admin, invite(tool, deployment_policy="approve"), lms)

    assert "waits until" not in said(done)
    assert [one.is_active for one in rows(tool, deployments)] == [True]


# --- invites that are no good ---


@pytest.mark.parametrize("with_query", [True, False])
def test_an_unknown_invite_fetches_nothing(tool: Tool, admin: Browser, lms: Registrar, *, with_query: bool) -> None:
    path = "/lti/register/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    assert refused(show(admin, path, lms) if with_query else admin.open(path)) == (404, "LTI-INVITE")
    assert lms.fetched == []


def test_a_used_invite_registers_nothing_more(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    assert admin.submit(path, {"consent": sealed}).status_code == 200
    before = everything(tool)

    assert refused(admin.submit(path, {"consent": sealed})) == (404, "LTI-INVITE-USED")
    assert refused(show(admin, path, lms)) == (404, "LTI-INVITE-USED")
    assert refused(admin.open(path)) == (404, "LTI-INVITE-USED")
    assert changes(before, everything(tool)) == set()
    assert len(lms.asked) == 1


def test_an_expired_invite_registers_nothing(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    with tool.deps.database.transaction() as db:
        db.execute(invites.update().values(expires_at=tool.deps.clock()))

    assert refused(show(admin, path, lms)) == (404, "LTI-INVITE-EXPIRED")
    assert refused(admin.submit(path, {"consent": sealed})) == (404, "LTI-INVITE-EXPIRED")
    assert lms.asked == []


def test_a_consent_is_of_one_invite_and_ours_and_not_old(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path, other = invite(tool), invite(tool)
    sealed = consent(admin, path, lms)
    vault, now = tool.deps.vault, tool.deps.clock()
    old = vault.issue("registration", {}, ttl=timedelta(minutes=10), now=now - timedelta(minutes=11))

    for bad in ("", "x", sealed[:-2] + "AA", old, vault.issue("state", {}, ttl=timedelta(minutes=1), now=now)):
        assert refused(admin.submit(path, {"consent": bad})) == (403, "WEB-FORM-STALE")
    assert refused(admin.submit(other, {"consent": sealed})) == (403, "WEB-FORM-STALE")
    assert lms.asked == []
    assert admin.submit(path, {"consent": sealed}).status_code == 200


def test_a_form_of_another_site_registers_nothing(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)

    answer = admin.submit(path, {"consent": sealed}, headers={"Sec-Fetch-Site": "cross-site"})

    assert refused(answer) == (403, "WEB-FORM-STALE")
    assert lms.asked == []


# --- what goes wrong leaves nothing, and the invite good ---


CONFIGURATION = [
    ({"raw": b"<html>Sign in</html>"}, (502, "LTI-REGISTRATION-DOCUMENT"), "not JSON"),
    ({"configuration": {"jwks_uri": None}}, (502, "LTI-REGISTRATION-DOCUMENT"), "jwks_uri"),
    ({"configuration": {"issuer": "https://evil.example"}}, (400, "LTI-PLATFORM-ADDRESS"), "evil.example"),
    ({"configuration": {"token_endpoint": "https://evil.example/t"}}, (400, "LTI-PLATFORM-ADDRESS"), "token_endpoint"),
    ({"behaves": "configuration", "behaviour": "500"}, (503, "LTI-REGISTRATION-UNREACHABLE"), "answered 500"),
    ({"behaves": "configuration", "behaviour": "redirect"}, (503, "LTI-REGISTRATION-UNREACHABLE"), "answered 302"),
    ({"behaves": "configuration", "behaviour": "huge"}, (503, "LTI-REGISTRATION-UNREACHABLE"), "more than"),
]


@pytest.mark.parametrize(("switches", "expected", "told"), CONFIGURATION)
def test_a_configuration_that_cannot_be_used_is_told(
    tool: Tool, admin: Browser, lms: Registrar, switches: dict[str, Any], expected: tuple[int, str], told: str
) -> None:
    path, before = invite(tool), everything(tool)
    for name, value in switches.items():
        setattr(lms, name, value)

    answer = show(admin, path, lms)

    assert refused(answer) == expected
    assert told in said(answer)
    assert lms.asked == []
    assert {change for change in changes(before, everything(tool)) if not change.startswith("invites")} == set()
    lms.raw, lms.configuration, lms.behaviour = None, {}, "ok"
    assert register(admin, path, lms).status_code == 200, "the invite is good still"


REGISTRATION = [
    ({"status": 401, "answer": b"token_already_used"}, (502, "LTI-REGISTRATION-REFUSED"), "401 token_already_used"),
    ({"status": 400, "answer": b"<b>domain</b> & more"}, (502, "LTI-REGISTRATION-REFUSED"), "Moodle answered: 400."),
    (
        {"status": 422, "answer": {"errors": {"scope": ["<script>unknown"]}}},
        (502, "LTI-REGISTRATION-REFUSED"),
        "422 scope: <script>unknown",
    ),
    ({"status": 200, "answer": b"ok"}, (502, "LTI-REGISTRATION-DOCUMENT"), "not JSON"),
    ({"status": 200, "answer": {"scope": ""}}, (502, "LTI-REGISTRATION-DOCUMENT"), "client_id"),
    ({"behaviour": "redirect"}, (502, "LTI-REGISTRATION-REFUSED"), "302"),
    ({"behaviour": "500"}, (502, "LTI-REGISTRATION-REFUSED"), "500"),
    ({"behaviour": "huge"}, (503, "LTI-REGISTRATION-UNREACHABLE"), "more than"),
]


@pytest.mark.parametrize(("switches", "expected", "told"), REGISTRATION)
def test_a_registration_that_fails_stores_nothing_and_may_be_tried_again(
    tool: Tool, admin: Browser, lms: Registrar, switches: dict[str, Any], expected: tuple[int, str], told: str
) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    before = everything(tool)
    for name, value in switches.items():
        setattr(lms, name, value)

    answer = admin.submit(path, {"consent": sealed})

    assert refused(answer) == expected
    assert told in said(answer)
    assert "<script>unknown" not in answer.text
    assert changes(before, everything(tool)) == set()
    lms.status, lms.answer, lms.behaviour = 200, None, "ok"
    if expected[1] in ("LTI-REGISTRATION-REFUSED", "LTI-REGISTRATION-UNREACHABLE"):
        sealed = hidden(answer, "consent")
    assert admin.submit(path, {"consent": sealed}).status_code == 200


def test_a_host_that_is_not_there_is_told(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)

    answer = show(admin, path, lms, openid_configuration="http://127.0.0.1:9/config?token=s3cret")

    assert refused(answer) == (503, "LTI-REGISTRATION-UNREACHABLE")
    assert "127.0.0.1: NewConnectionError" in said(answer)
    assert "s3cret" not in said(answer)


def test_an_endpoint_that_does_not_answer_in_time_is_told(
    tool: Tool, admin: Browser, lms: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    before = everything(tool)
    lms.hold = threading.Event()
    with monkeypatch.context() as hurried:
        hurried.setattr(tool.deps.platform_http, "_total_s", 0.3)
        answer = admin.submit(path, {"consent": sealed})

    assert refused(answer) == (503, "LTI-REGISTRATION-UNREACHABLE")
    assert changes(before, everything(tool)) == set()
    lms.hold.set()
    assert admin.submit(path, {"consent": hidden(answer, "consent")}).status_code == 200


@pytest.mark.parametrize("url", ["https://127.0.0.1/config", "http://lms.example/config", "https://[::1]/", "x"])
def test_where_private_addresses_are_not_allowed_none_is_fetched(
    tool: Tool, admin: Browser, lms: Registrar, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(tool.deps.platform_http, "_allow_private", False)

    answer = show(admin, invite(tool), lms, openid_configuration=url)

    assert refused(answer) == (400, "LTI-PLATFORM-ADDRESS")
    assert lms.fetched == []


def test_an_endpoint_that_turned_private_since_it_was_shown_is_not_asked(
    tool: Tool, admin: Browser, lms: Registrar, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    monkeypatch.setattr(tool.deps.platform_http, "_allow_private", False)

    assert refused(admin.submit(path, {"consent": sealed})) == (400, "LTI-PLATFORM-ADDRESS")
    assert lms.asked == []
    assert rows(tool, platforms) == []


def test_two_clicks_at_once_make_one_registration(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    lms.hold = threading.Event()
    first: list[requests.Response] = []
    clicking = threading.Thread(target=lambda: first.append(admin.submit(path, {"consent": sealed})))
    clicking.start()
    assert lms.arrived.wait(20)

    with Browser(tool.url, framed=True) as other:
        second = other.submit(path, {"consent": sealed})
    lms.hold.set()
    clicking.join(20)

    assert refused(second) == (409, "LTI-REGISTRATION-RUNNING")
    assert first[0].status_code == 200
    assert len(lms.asked) == 1
    assert len(rows(tool, platforms)) == 1


def test_two_registrations_whose_lease_ran_out_still_make_one_platform(
    tool: Tool, admin: Browser, lms: Registrar
) -> None:
    path = invite(tool)
    sealed = consent(admin, path, lms)
    lms.hold = threading.Event()
    answers: list[requests.Response] = []

    def click() -> None:
        with Browser(tool.url, framed=True) as one:
            answers.append(one.submit(path, {"consent": sealed}))

    clicking = [threading.Thread(target=click) for _ in range(2)]
    for one in clicking:
        one.start()
        assert lms.arrived.wait(20)
        lms.arrived.clear()
        with tool.deps.database.transaction() as db:
            db.execute(invites.update().values(leased_until=tool.deps.clock()))
    lms.client_id = "another-each-time"
    lms.hold.set()
    for one in clicking:
        one.join(20)

    assert sorted(refused(answer) for answer in answers) == [(200, ""), (404, "LTI-INVITE-USED")]
    assert len(rows(tool, platforms)) == 1


# --- once more ---


def test_an_update_keeps_the_platform(tool: Tool, admin: Browser, lms: Registrar) -> None:
    assert register(admin, invite(tool), lms).status_code == 200
    [before] = rows(tool, platforms)
    platform_service.set_policies(tool.deps, str(before.id), ["room_scope=resource"])
    platform_service.set_enabled(tool.deps, str(before.id), enabled=False)
    lms.configuration = {"jwks_uri": f"{lms.url}/new-keys"}
    path = invite(tool, name="Campus", update=str(before.id), deployment_policy="approve")

    shown = show(admin, path, lms)
    done = admin.submit(path, {"consent": hidden(shown, "consent")})

    assert "Update the registration" in said(shown)
    assert "Updated" in said(done)
    [after] = rows(tool, platforms)
    assert (after.id, after.client_id, after.policies) == (before.id, before.client_id, {"room_scope": "resource"})
    assert (after.name, after.jwks_url, after.deployment_policy) == ("Campus", f"{lms.url}/new-keys", "approve")
    assert not after.enabled, "whoever disabled it decides"
    assert [one.deployment_id for one in rows(tool, deployments)] == ["1"]


def test_an_update_of_another_client_is_refused(tool: Tool, admin: Browser, lms: Registrar) -> None:
    assert register(admin, invite(tool), lms).status_code == 200
    lms.client_id = "a-new-one"
    path = invite(tool, update=str(rows(tool, platforms)[0].id))
    sealed = consent(admin, path, lms)
    before = everything(tool)

    assert refused(admin.submit(path, {"consent": sealed})) == (409, "LTI-REGISTRATION-OTHER")
    assert changes(before, everything(tool)) == set()


def test_an_update_from_another_issuer_is_refused_before_it_is_shown(
    tool: Tool, admin: Browser, lms: Registrar, platform: Platform
) -> None:
    path = invite(tool, update=str(platform.id))

    assert refused(show(admin, path, lms)) == (409, "LTI-REGISTRATION-OTHER")
    assert lms.asked == []


def test_an_invite_to_update_goes_with_its_platform(tool: Tool, admin: Browser, lms: Registrar) -> None:
    assert register(admin, invite(tool), lms).status_code == 200
    platform_id = str(rows(tool, platforms)[0].id)
    path = invite(tool, update=platform_id)
    platform_service.remove(tool.deps, platform_id)

    assert refused(show(admin, path, lms)) == (404, "LTI-INVITE")


def test_moodles_own_update_changes_nothing_but_is_no_error(tool: Tool, admin: Browser, lms: Registrar) -> None:
    """Its administrator may choose "update" for a tool of the same domain: the same client_id comes back."""
    assert register(admin, invite(tool), lms).status_code == 200
    [before] = rows(tool, platforms)

    done = register(admin, invite(tool, name="Somebody else's name", deployment_policy="approve"), lms)

    assert "Updated" in said(done)
    assert rows(tool, platforms) == [before]
    assert {used.platform_id for used in rows(tool, invites)} == {before.id}


@pytest.mark.parametrize(
    ("policy", "expected"), [("auto", [True, True]), ("approve", [True, False]), ("listed", [True])]
)
def test_moodles_own_update_lets_no_deployment_in_that_would_not_get_in(
    tool: Tool, admin: Browser, lms: Registrar, policy: str, expected: list[bool]
) -> None:
    assert register(admin, invite(tool), lms).status_code == 200
    platform_service.set_policies(tool.deps, str(rows(tool, platforms)[0].id), [f"deployments={policy}"])
    lms.deployment_id = "2"

    assert register(admin, invite(tool), lms).status_code == 200

    assert [one.is_active for one in rows(tool, deployments)] == expected


@pytest.mark.parametrize("name", ["jwks_uri", "authorization_endpoint", "token_endpoint", "authorization_server"])
def test_a_new_invite_takes_over_nobodys_platform(tool: Tool, admin: Browser, lms: Registrar, name: str) -> None:
    """One host may hold many schools: same issuer and client_id, and one address that is not the school's."""
    assert register(admin, invite(tool), lms).status_code == 200
    path = invite(tool)
    lms.configuration = {name: f"{lms.url}/another-school/x"}
    sealed = consent(admin, path, lms)
    before = everything(tool)

    assert refused(admin.submit(path, {"consent": sealed})) == (409, "LTI-REGISTRATION-KNOWN")
    assert changes(before, everything(tool)) == set()


def test_a_platform_that_was_added_by_hand_is_not_taken_over(tool: Tool, admin: Browser, lms: Registrar) -> None:
    urls: dict[str, Any] = {
        "auth_login_url": f"{lms.url}/mod/lti/auth.php",
        "auth_token_url": f"{lms.url}/mod/lti/token.php",
        "jwks_url": f"{lms.url}/mod/lti/certs.php",
    }
    by_hand = platform_service.add(tool.deps, name="x", issuer=lms.url, client_id=lms.client_id, **urls)

    assert refused(register(admin, invite(tool), lms)) == (409, "LTI-REGISTRATION-KNOWN")
    assert register(admin, invite(tool, update=str(by_hand)), lms).status_code == 200


def test_several_clients_of_one_issuer_are_several_platforms(tool: Tool, admin: Browser, lms: Registrar) -> None:
    assert register(admin, invite(tool), lms).status_code == 200
    lms.client_id = "another-school"
    assert register(admin, invite(tool), lms).status_code == 200

    assert [row.client_id for row in rows(tool, platforms)] == ["NfNyWAr7OW3DCAG", "another-school"]


# --- what is told to whom ---


def test_neither_invite_nor_token_is_logged_or_stored(
    tool: Tool, admin: Browser, lms: Registrar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = invite(tool)
    secret = path.rpartition("/")[2]

    sealed = consent(admin, path, lms)
    lms.status, lms.answer = 401, f"bad token {TOKEN}".encode()
    assert admin.submit(path, {"consent": sealed}).status_code == 502
    lms.status, lms.answer = 200, None
    assert admin.submit(path, {"consent": sealed}).status_code == 200
    assert admin.open(path).status_code == 404

    assert len(secret) >= 32
    ours = [record for record in caplog.records if record.name.startswith("lti_elos")]
    assert {"request", "platform registered", "request refused"} <= {record.message for record in ours}
    for record in ours:
        written = f"{record.getMessage()} {vars(record)}"
        assert secret not in written
        assert TOKEN not in written
    stored = str(everything(tool))
    assert secret not in stored
    assert TOKEN not in stored


@pytest.mark.parametrize("query", [True, False])
def test_its_pages_may_be_framed_and_send_no_referrer(
    tool: Tool, admin: Browser, lms: Registrar, *, query: bool
) -> None:
    shown = show(admin, invite(tool), lms) if query else admin.open(invite(tool))

    assert "frame-ancestors 'self' https:" in shown.headers["Content-Security-Policy"]
    assert "script-src 'self';" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Referrer-Policy"] == "strict-origin"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in shown.headers
    assert TOKEN not in shown.text


def test_the_page_has_no_links_that_would_lose_what_the_lms_gave(tool: Tool, admin: Browser, lms: Registrar) -> None:
    path = invite(tool)

    assert html.document_fromstring(show(admin, path, lms).text).xpath("//a[@hreflang]") == []
    assert len(html.document_fromstring(admin.open(path).text).xpath("//a[@hreflang]")) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "--name"),
        ({"name": "a\nb"}, "--name"),
        ({"lasts": timedelta(0)}, "--expires"),
        ({"lasts": timedelta(days=366)}, "--expires"),
        ({"server": "none"}, "no server"),
        ({"update": "x"}, "not a platform's id"),
        ({"update": str(UUID(int=0))}, "no platform"),
    ],
)
def test_an_invite_for_nothing_is_not_made(tool: Tool, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        invite(tool, **changes)
    assert rows(tool, invites) == []


def test_guessing_invites_ends_in_a_limit(tool: Tool, admin: Browser, lms: Registrar) -> None:
    guesses = [admin.open(f"/lti/register/guess-{number}").status_code for number in range(301)]

    assert set(guesses[:300]) == {404}
    assert guesses[300] == 429
    assert show(admin, invite(tool), lms).status_code == 200, "good ones are never limited"
