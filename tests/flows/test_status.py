"""The tiny answer that pages which follow a room ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import browser_sessions, grants, launches
from tests.conftest import Elos, Tool
from tests.support.browser import Browser
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool, one_database, open_room

KEYS = {"running", "participants", "since", "ask_again_s", "enter", "trouble", "waiting", "state"}


def token_of(page: requests.Response) -> str:
    return page.text.partition('data-token="')[2].partition('"')[0]


def ask(url: str, room_id: str, token: str) -> requests.Response:
    """As a script in a tab whose cookie is not there."""
    return requests.get(f"{url}/rooms/{room_id}/status", headers={"X-Status-Token": token}, timeout=30)


@pytest.fixture
def room_id(platform: Platform, browser: Browser) -> str:
    return browser.enter_room(platform, **STUDENT)


@pytest.fixture
def token(browser: Browser, room_id: str) -> str:
    return token_of(browser.open(f"/rooms/{room_id}/wait"))


def test_a_closed_room_says_so_and_when_to_ask_again(tool: Tool, room_id: str, token: str) -> None:
    response = ask(tool.url, room_id, token)

    said = response.json()
    assert (response.status_code, set(said)) == (200, KEYS)
    assert (said["running"], said["participants"], said["since"]) == (False, 0, None)
    assert (said["enter"], said["trouble"], said["waiting"], said["state"]) == (None, None, 0, "closed")
    assert 0 < said["ask_again_s"] <= 1
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


def test_an_open_room_tells_the_way_in_and_no_person(
    tool: Tool, platform: Platform, elos: Elos, room_id: str, token: str
) -> None:
    open_room(tool, platform, elos)

    response = ask(tool.url, room_id, token)

    said = response.json()
    assert (said["running"], said["participants"], said["enter"]) == (True, 1, f"/rooms/{room_id}/enter")
    assert datetime.fromisoformat(said["since"]).utcoffset() == timedelta(0)
    assert "Docente" not in response.text


def test_a_launched_person_may_ask_by_cookie_and_is_told_the_same(
    tool: Tool, platform: Platform, elos: Elos, browser: Browser, room_id: str, token: str
) -> None:
    open_room(tool, platform, elos)

    by_cookie, by_token = browser.open(f"/rooms/{room_id}/status"), ask(tool.url, room_id, token)

    told = [{**answer.json(), "ask_again_s": None} for answer in (by_cookie, by_token)]
    assert told[0] == told[1]
    assert told[0]["running"] is True


@one_database
def test_pages_are_told_different_pauses(tool: Tool, room_id: str, token: str) -> None:
    with another_tool(tool, live_refresh_s=30) as slow:
        pauses = {ask(slow.url, room_id, token).json()["ask_again_s"] for _ in range(12)}

    assert all(2.4 <= pause <= 3.6 for pause in pauses)
    assert len(pauses) > 1


def test_a_crowd_is_told_longer_pauses(tool: Tool, room_id: str, token: str) -> None:
    with tool.deps.database.transaction() as db:
        grant = db.execute(select(grants)).one()
        for number in range(3000):
            session_id = uuid4()
            now = grant.created_at
            db.execute(browser_sessions.insert().values(id=session_id, token_hash=f"hash-{number}", created_at=now))
            until_then = {"seen_until": tool.deps.clock() + timedelta(hours=1)}
            db.execute(grants.insert().values(grant._asdict() | {"id": uuid4(), "session_id": session_id} | until_then))

    with another_tool(tool) as fresh:
        assert 8 <= ask(fresh.url, room_id, token).json()["ask_again_s"] <= 12


@one_database
@pytest.mark.parametrize("page", ["", "/wait"])
def test_a_page_that_shows_what_is_old_asks_soon(browser: Browser, room_id: str, page: str) -> None:
    first = browser.open(f"/rooms/{room_id}{page}").text

    assert float(first.partition('data-ask-again="')[2].partition('"')[0]) <= 1


def test_a_token_is_good_for_its_room_only(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos, token: str
) -> None:
    other = browser.enter_room(platform, **STUDENT, context={"id": "course-2", "title": "Física"})
    elos.send("DELETE", "calls")

    for room_id in (other, "00000000-0000-4000-8000-000000000000"):
        response = ask(tool.url, room_id, token)
        assert (response.status_code, "running" in response.text) == (401, False)
    assert elos.calls() == []


@one_database
@pytest.mark.parametrize("sent", ["", "x", "é", "A" * 200, "eyJhbGciOiJub25lIn0.e30."])
def test_without_token_and_cookie_nothing_is_said(tool: Tool, elos: Elos, room_id: str, sent: str) -> None:
    elos.send("DELETE", "calls")

    response = requests.get(
        f"{tool.url}/rooms/{room_id}/status",
        headers={"X-Status-Token": sent.encode().decode("latin-1"), "Accept": "application/json"},
        timeout=10,
    )

    assert response.status_code == 401
    assert response.json()["code"] == "WEB-SESSION-ENDED"
    assert elos.calls() == []


def test_a_bad_token_is_refused_even_beside_a_good_cookie(browser: Browser, room_id: str) -> None:
    assert browser.open(f"/rooms/{room_id}/status", headers={"X-Status-Token": "x" * 90}).status_code == 401


def test_a_handover_is_no_status_token(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url, framed=True) as frame:
        room_id = frame.enter_room(platform, **STUDENT)
        text = frame.open(f"/rooms/{room_id}").text
    handover = text.partition('name="handover" value="')[2].partition('"')[0]

    assert handover
    assert ask(tool.url, room_id, handover).status_code == 401


def test_a_token_ends_with_the_day(tool: Tool, room_id: str, token: str) -> None:
    with another_tool(tool, later=timedelta(hours=7.9)) as then:
        assert ask(then.url, room_id, token).status_code == 200
    with another_tool(tool, later=timedelta(hours=8.1)) as then:
        assert ask(then.url, room_id, token).status_code == 401


def test_a_token_that_names_another_deployment_finds_no_room(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos, room_id: str, token: str
) -> None:
    """Sealed by us, but for another tenant: nobody hands such a token out, and still it would not do."""
    other = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    browser.enter_room(other, **STUDENT)
    with tool.deps.database.reading() as db:
        newest = select(launches.c.deployment_id).order_by(launches.c.created_at.desc()).limit(1)
        theirs = db.execute(newest).scalar_one()
    now = tool.deps.clock()
    told = [room_id.replace("-", ""), theirs.hex, theirs.hex, 0]
    forged = tool.deps.vault.issue("status", told, ttl=timedelta(hours=1), now=now)
    elos.send("DELETE", "calls")

    assert ask(tool.url, room_id, forged).status_code == 404
    assert elos.calls() == []
