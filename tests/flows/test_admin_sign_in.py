"""Signing in at /admin: who gets in, for how long, and what it has to do with launched people: nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from lxml import html
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from lti_elos.db.tables import operator_sessions, operators, sign_in_failures
from lti_elos.services import housekeeping
from lti_elos.services import operators as accounts
from tests.conftest import Tool
from tests.support.browser import Browser, code_of
from tests.support.operators import EMAIL, PASSWORD, Desk, add_operator, at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import another_tool, hours_later, one_database

COOKIE = "__Secure-elos-admin"
WRONG = "uma senha bem errada"


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    add_operator(tool)
    with Desk(tool.url) as one:
        yield one


def is_in(desk: Browser) -> bool:
    return desk.open("/admin").status_code == 200


def gets_in_with(tool: Tool, cookie: str) -> bool:
    """Whether another browser would, that has the cookie."""
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    return requests.get(f"{tool.url}/admin", headers=headers, allow_redirects=False, timeout=10).status_code == 200


def lock(desk: Desk, email: str = EMAIL, times: int = 5) -> None:
    for _ in range(times):
        assert desk.enter(email, WRONG).status_code == 401


# --- in and out ---


def test_strangers_are_led_to_the_sign_in_page_and_back_to_where_they_wanted(desk: Desk) -> None:
    away = desk.open("/admin?x=1")
    assert (away.status_code, away.headers["Location"]) == (303, "/admin/login?next=/admin?x%3D1")

    page = desk.open(away.headers["Location"])
    assert 'value="/admin?x=1"' in page.text
    assert desk.enter(next="/admin?x=1").headers["Location"] == "/admin?x=1"
    assert is_in(desk)


@pytest.mark.parametrize("path", ["/admin/", "/admin/platforms?q=x&state=new", "/admin/servers/new"])
def test_every_page_of_the_desk_leads_strangers_to_the_sign_in_page(desk: Desk, path: str) -> None:
    away = desk.open(path).headers["Location"]
    page = desk.open(away)

    assert away.startswith("/admin/login?next=/admin/")
    assert (
        desk.enter(next=html.fromstring(page.text).xpath("//input[@name='next']/@value")[0]).headers["Location"] == path
    )
    assert desk.open(path).status_code == 200


def test_a_form_of_somebody_who_is_signed_out_does_nothing(tool: Tool, desk: Desk) -> None:
    token = desk.token()

    for path in ("/admin/logout", "/admin/platforms/invites", "/admin/servers/new"):
        away = desk.submit(path, {"csrf_token": token, "name": "x", "days": "7"})
        assert (away.status_code, away.headers["Location"]) == (303, "/admin/login")
    assert tool.rows()["invites"] == 0


def test_an_operator_signs_in_whatever_the_letters_of_the_address(desk: Desk, tool: Tool) -> None:
    assert desk.enter(f" {EMAIL.upper()} ").status_code == 303
    page = desk.open("/admin")

    assert EMAIL in page.text
    assert desk.open("/admin/login").headers["Location"] == "/admin"
    with tool.deps.database.reading() as db:
        assert db.scalar(select(operators.c.signed_in_at)) is not None


def test_signing_in_rotates_the_session(desk: Desk, tool: Tool) -> None:
    token = desk.token()
    planted = desk.cookies[COOKIE]
    desk.submit("/admin/login", {"csrf_token": token, "email": EMAIL, "password": PASSWORD})
    first = desk.cookies[COOKIE]
    assert gets_in_with(tool, first)
    assert not gets_in_with(tool, planted)

    assert desk.act("/admin/login", email=EMAIL, password=PASSWORD).status_code == 303
    assert not gets_in_with(tool, first), "the session before ends with the new one"
    assert is_in(desk)
    # A form of the session before is none of this one.
    assert code_of(desk.submit("/admin/logout", {"csrf_token": token})) == "WEB-FORM-STALE"


def test_signing_out_ends_the_session_for_copies_of_its_cookie_too(desk: Desk, tool: Tool) -> None:
    desk.enter()
    copy = desk.cookies[COOKIE]
    assert gets_in_with(tool, copy)

    assert desk.act("/admin/logout").headers["Location"] == "/admin/login"

    assert not is_in(desk)
    assert not gets_in_with(tool, copy)
    assert tool.rows()["operator_sessions"] == 0


@one_database
@pytest.mark.parametrize(("hours", "still"), [(1.9, True), (2.1, False)])
def test_a_session_that_is_not_used_ends(tool: Tool, hours: float, still: bool) -> None:
    with at_the_desk(tool) as desk, hours_later(tool, desk, hours):
        assert is_in(desk) is still


@one_database
def test_a_session_ends_after_half_a_day_however_much_it_is_used(tool: Tool) -> None:
    with at_the_desk(tool) as desk:
        for hours in (1.5, 3, 4.5, 6, 7.5, 9, 10.5, 11.9):
            with hours_later(tool, desk, hours):
                assert is_in(desk)
        with hours_later(tool, desk, 12.1):
            assert not is_in(desk)


# --- guessing ---


@pytest.mark.parametrize("email", [EMAIL, "ninguem@exemplo.test", "", "\x00", "x" * 3000])
def test_a_refusal_does_not_tell_whether_there_is_an_account(desk: Desk, email: str) -> None:
    refused = desk.enter(email, WRONG)

    assert refused.status_code == 401
    assert "Este e-mail" in refused.text or "This e-mail and password" in refused.text
    assert not is_in(desk)


@one_database
def test_what_is_no_account_costs_the_same_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    verify = Argon2id.verify_phc_encoded

    def counting(*given: Any) -> None:
        asked.append(True)
        verify(*given)

    monkeypatch.setattr(Argon2id, "verify_phc_encoded", counting)
    for email in (EMAIL, "ninguem@exemplo.test"):
        desk.enter(email, WRONG)

    assert len(asked) == 2


@pytest.mark.parametrize("email", [EMAIL, "ninguem@exemplo.test"])
def test_after_five_failures_nothing_is_looked_at_for_a_while(desk: Desk, tool: Tool, email: str) -> None:
    lock(desk, email)

    locked = desk.enter(email)  # the right password, where there is an account
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "900")
    assert not is_in(desk)
    with another_tool(tool, later=timedelta(minutes=14)) as then, Desk(then.url) as later:
        assert later.enter(email).status_code == 429
    with another_tool(tool, later=timedelta(minutes=16)) as then, Desk(then.url) as later:
        assert later.enter(email).status_code == (303 if email == EMAIL else 401)


def test_a_good_sign_in_forgets_the_failures_before(desk: Desk) -> None:
    for _ in range(3):
        lock(desk, times=4)
        assert desk.enter().status_code == 303
        assert desk.act("/admin/logout").status_code == 303


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(tool: Tool, desk: Desk) -> None:
    refusals: list[type[accounts.SignInRefused]] = []

    def guess() -> None:
        try:
            accounts.sign_in(tool.deps, EMAIL, WRONG, address="192.0.2.7")
        except accounts.SignInRefused as refusal:
            refusals.append(type(refusal))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert (refusals.count(accounts.SignInRefused), refusals.count(accounts.SignInLocked)) == (5, 7)


@one_database
def test_the_log_names_nobody_who_tried(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    lock(desk)
    desk.enter()
    with Desk(desk.tool_url) as other:
        other.enter("outra@exemplo.test")

    said = [record.getMessage() for record in caplog.records]
    assert said.count("operator sign-in refused") == 7
    for record in caplog.records:
        assert "exemplo.test" not in str(record.__dict__)
        assert WRONG not in str(record.__dict__)


@one_database
def test_failures_elsewhere_lock_an_account_later_than_those_from_here(tool: Tool, desk: Desk) -> None:
    for number in range(4):
        for _ in range(5):
            with pytest.raises(accounts.SignInRefused):
                accounts.sign_in(tool.deps, EMAIL, WRONG, address=f"192.0.2.{number}")

    assert desk.enter().status_code == 429


@one_database
@pytest.mark.parametrize(
    ("there", "is_same"), [("2001:db8::99", True), ("2001:db8:0:1::1", False), ("::ffff:192.0.2.1", False)]
)
def test_an_ipv6_visitors_addresses_are_one(tool: Tool, desk: Desk, there: str, is_same: bool) -> None:
    for number in range(5):
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(tool.deps, EMAIL, WRONG, address=f"2001:db8::{number + 1}")

    with pytest.raises(accounts.SignInLocked) if is_same else nullcontext():
        accounts.sign_in(tool.deps, EMAIL, PASSWORD, address=there)


@one_database
def test_an_address_that_guesses_at_many_accounts_is_locked(tool: Tool, desk: Desk) -> None:
    for number in range(50):
        with pytest.raises(accounts.SignInRefused):
            accounts.sign_in(tool.deps, f"{number}@exemplo.test", WRONG, address="127.0.0.1")

    assert desk.enter().status_code == 429
    assert accounts.sign_in(tool.deps, EMAIL, PASSWORD, address="192.0.2.1")


def test_failures_are_forgotten_and_name_nobody(tool: Tool, desk: Desk) -> None:
    lock(desk)
    with tool.deps.database.reading() as db:
        kept = str(db.execute(select(sign_in_failures)).all())
    assert EMAIL not in kept
    assert "127.0.0.1" not in kept

    with another_tool(tool, later=timedelta(hours=13)) as then:
        housekeeping.sweep(then.deps)

    rows = tool.rows()
    assert (rows["sign_in_failures"], rows["operator_sessions"]) == (0, 0)


# --- accounts that change ---


def test_a_disabled_operator_is_out_at_once_and_stays_out(tool: Tool) -> None:
    with at_the_desk(tool) as desk:
        accounts.disable(tool.deps, EMAIL)

        assert not is_in(desk)
        assert desk.enter().status_code == 401


def test_a_new_password_ends_sessions_and_locks_and_lets_in_again(tool: Tool) -> None:
    with at_the_desk(tool) as desk:
        accounts.disable(tool.deps, EMAIL)
        lock(desk)
        accounts.reset(tool.deps, EMAIL, "outra senha comprida")

        assert not is_in(desk)
        assert desk.enter().status_code == 401
        assert desk.enter(password="outra senha comprida").status_code == 303
        accounts.reset(tool.deps, EMAIL, PASSWORD)
        assert not is_in(desk)


def test_a_password_is_kept_as_a_slow_hash(tool: Tool) -> None:
    add_operator(tool)

    with tool.deps.database.reading() as db:
        kept = db.scalar(select(operators.c.password_hash))
    assert str(kept).startswith("$argon2id$")


@one_database
def test_a_new_secret_key_in_front_of_the_old_one_signs_nobody_out(tool: Tool) -> None:
    with at_the_desk(tool) as desk:
        old = tool.deps.settings.secret_key.get_secret_value()
        for keys, still in ((f"another-key-of-more-than-32-characters,{old}", True), ("a" * 40, False)):
            with another_tool(tool, secret_key=SecretStr(keys)) as then:
                desk.tool_url = then.url
                assert is_in(desk) is still


# --- where it leads ---


@one_database
@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/admin",
        "/\\evil.example",
        "/admin/../../evil",
        "/admin//evil.example",
        "/admin\\@evil.example",
        "javascript:alert(1)",
        "/admin@evil.example",
        "/administrator",
        "/lti/login",
        "\t//evil.example",
        "/admin\r\nSet-Cookie: x=1",
        "/admin/logout",
        "/admin/login?next=/admin",
        "http:/admin",
        "admin",
    ],
)
def test_nothing_leads_out_of_the_desk(desk: Desk, wanted: str) -> None:
    landed = desk.enter(next=wanted)

    assert landed.status_code == 303
    assert landed.headers["Location"] in ("/admin", "/admin//evil.example")
    assert landed.headers.get("Set-Cookie", "").count("x=1") == 0


# --- forms and cookies ---


@pytest.mark.parametrize("token", [None, "", "wrong", "another session's"])
def test_a_form_without_the_sessions_token_is_refused(tool: Tool, desk: Desk, token: str | None) -> None:
    desk.enter()
    with Desk(tool.url) as other:
        sent = {} if token is None else {"csrf_token": other.token() if token == "another session's" else token}

    assert code_of(desk.submit("/admin/logout", sent)) == "WEB-FORM-STALE"
    assert is_in(desk)
    with Desk(tool.url) as stranger:
        stranger.token()
        entered = stranger.submit("/admin/login", {"email": EMAIL, "password": PASSWORD} | sent)
        assert code_of(entered) == "WEB-FORM-STALE"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_a_form_from_elsewhere_is_refused_whatever_token_it_has(desk: Desk, headers: dict[str, str]) -> None:
    desk.enter()
    sent = {"csrf_token": desk.token("/admin")}

    answer = desk.post(f"{desk.tool_url}/admin/logout", data=sent, headers=headers, allow_redirects=False)

    assert code_of(answer) == "WEB-FORM-STALE"
    assert is_in(desk)


def test_the_cookie_is_the_desks_alone(tool: Tool, desk: Desk) -> None:
    said = desk.enter().headers["Set-Cookie"]

    for part in ("Secure", "HttpOnly", "Path=/admin", "SameSite=Lax"):
        assert part in said
    for part in ("Max-Age", "Expires", "Domain", "Partitioned"):
        assert part not in said
    assert "remember_token" not in said


def test_outside_the_desk_no_session_is_begun_or_read(tool: Tool, desk: Desk, platform: Platform) -> None:
    desk.enter()
    with Browser(tool.url) as browser:
        room = browser.launch(platform).headers["Location"]
        answers = [browser.open(path) for path in ("/", "/privacy", room, "/no/such", "/administrator")]
        answers.append(browser.submit(f"{room}/join"))
        answers.append(browser.open("/"))

    for answer in answers:
        assert COOKIE not in answer.headers.get("Set-Cookie", "")
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert EMAIL not in answer.text


def test_a_launched_person_is_no_operator_and_an_operator_no_launched_person(
    tool: Tool, desk: Desk, platform: Platform
) -> None:
    room = desk.launch(platform).headers["Location"]
    assert not is_in(desk)

    desk.enter()
    assert is_in(desk)
    assert desk.open(room).status_code == 200  # as whom the LMS launched
    with Desk(tool.url) as other:
        other.enter()
        assert code_of(other.open(room)) == "WEB-SESSION-ENDED"


def test_pages_of_the_desk_are_framed_by_nobody_and_errors_there_look_like_it(desk: Desk) -> None:
    desk.enter()

    for path, status in (("/admin", 200), ("/admin/no/such", 404), ("/admin/login/x", 404)):
        answer = desk.open(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status_code == status
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self';" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert EMAIL in answer.text


@one_database
def test_with_the_database_away_the_desk_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.enter()

    def away(*_given: Any) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(accounts, "of_session", away)
    answer = desk.open("/admin/platforms")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "15")
    assert "WEB-NOT-READY" in answer.text
    assert "desk-bar" in answer.text


def test_a_forged_or_foreign_cookie_opens_nothing(tool: Tool, desk: Desk) -> None:
    desk.enter()
    good = desk.cookies[COOKIE]
    with tool.deps.database.transaction() as db:
        db.execute(operator_sessions.update().values(token_hash="0" * 64))
    assert not is_in(desk)

    for cookie in (good[:-1], "x", good.swapcase(), ""):
        assert not gets_in_with(tool, cookie)
