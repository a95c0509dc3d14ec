"""The tiny answer that waiting browsers ask for, and how seldom Elos is asked for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_elos.db.tables import launches, live_rooms, servers
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import servers as server_service
from tests.conftest import ELOS_SECRET, Elos, Tool, add_platform
from tests.support.browser import Browser, code_of
from tests.support.platform import Jwks, Platform
from tests.support.rooms import (
    STUDENT,
    another_tool,
    follow,
    forget_when_asked,
    live_row,
    meeting_id_of,
    one_database,
    open_room,
    until,
)

KEYS = {"running", "participants", "since", "ask_again_s", "enter", "trouble"}


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
    assert (said["enter"], said["trouble"]) == (None, None)
    assert 0.5 <= said["ask_again_s"] <= 60
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


def test_a_launched_person_may_ask_by_cookie(browser: Browser, room_id: str) -> None:
    assert browser.open(f"/rooms/{room_id}/status").json()["running"] is False


@one_database
def test_the_pace_follows_the_refresh(tool: Tool, room_id: str, token: str) -> None:
    with another_tool(tool, live_refresh_s=30) as slow:
        paces = {ask(slow.url, room_id, token).json()["ask_again_s"] for _ in range(8)}

    assert all(15 <= pace <= 30 for pace in paces)
    assert len(paces) > 1


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
    forged = tool.deps.vault.issue("status", [room_id.replace("-", ""), theirs.hex], ttl=timedelta(hours=1), now=now)
    elos.send("DELETE", "calls")

    assert ask(tool.url, room_id, forged).status_code == 404
    assert elos.calls() == []


# --- how seldom Elos is asked ---


def all_at_once(count: int, ask_one: Any) -> list[Any]:
    """``ask_one(number)`` from ``count`` threads that start together."""
    ready = threading.Barrier(count)

    def run(number: int) -> Any:
        ready.wait(timeout=30)
        return ask_one(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_crowd_asks_elos_once_a_refresh_also_through_two_processes(
    tool: Tool, room_id: str, token: str, elos: Elos
) -> None:
    with another_tool(tool, live_refresh_s=60) as one, another_tool(tool, live_refresh_s=60) as two:
        for expected in (1, 2):
            forget_when_asked(tool, room_id)
            if expected == 1:
                elos.send("DELETE", "calls")
            for _ in range(2):
                answers = all_at_once(50, lambda n: ask((one, two)[n % 2].url, room_id, token).status_code)
                assert set(answers) == {200}
            assert len(elos.calls("getMeetingInfo")) == expected


def test_while_one_asks_the_others_are_not_kept_waiting(tool: Tool, room_id: str, token: str, elos: Elos) -> None:
    with another_tool(tool, live_refresh_s=60) as one:
        forget_when_asked(tool, room_id)
        elos.fault("hang", call="getMeetingInfo", times=1, seconds=60)
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(ask, one.url, room_id, token)
            until(lambda: live_row(tool, room_id).leased_until is not None)

            others = [ask(one.url, room_id, token) for _ in range(3)]

            assert [other.json()["running"] for other in others] == [False] * 3
            assert not slow.done()
            elos.send("DELETE", "faults")
            assert slow.result().json()["trouble"] == "ELOS-UNREACHABLE"


def test_a_lease_that_its_holder_left_behind_ends(tool: Tool, room_id: str, token: str, elos: Elos) -> None:
    now = tool.deps.clock()
    forget_when_asked(tool, room_id)
    with tool.deps.database.transaction() as db:
        db.execute(live_rooms.update().values(leased_until=now + timedelta(seconds=15)))
    elos.send("DELETE", "calls")
    assert ask(tool.url, room_id, token).status_code == 200
    assert elos.calls() == []

    with another_tool(tool, later=timedelta(seconds=16)) as then:
        assert ask(then.url, room_id, token).status_code == 200

    assert len(elos.calls("getMeetingInfo")) == 1


def test_opening_is_seen_at_once_whatever_the_refresh(
    tool: Tool, platform: Platform, room_id: str, token: str, elos: Elos
) -> None:
    with another_tool(tool, live_refresh_s=60) as slow, Browser(slow.url) as teacher:
        assert ask(slow.url, room_id, token).json()["running"] is False
        with Browser(tool.url) as first:
            first.enter_room(platform)
            teacher.cookies.update(first.cookies)

        teacher.submit(f"/rooms/{room_id}/join")

        assert live_row(tool, room_id).state == "opening"


class SlowLine:
    """Between the tool and Elos: what was answered to getMeetingInfo is held back until ``let_go`` is set."""

    def __init__(self, elos: Elos, instead: str) -> None:
        self.elos = elos
        self.instead = instead
        self.holds, self.let_go = threading.Event(), threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        answer = requests.get(self.elos.url + path, timeout=10, allow_redirects=False)
        body, status = answer.content, answer.status_code
        if "getMeetingInfo" in path:
            self.holds.set()
            self.let_go.wait(30)
            if self.instead:
                body, status = self.instead.encode(), 502
        return Response(body, status, content_type="text/xml")(environ, start_response)


@pytest.mark.parametrize("instead", ["", "<h1>Bad Gateway</h1>"], ids=["closed", "no answer"])
def test_a_slow_answer_does_not_undo_what_happened_meanwhile(
    tool: Tool, platform: Platform, room_id: str, token: str, elos: Elos, instead: str
) -> None:
    """A poll asks; a teacher opens; then comes what was said before: that there is no meeting, or no answer at all."""
    line = SlowLine(elos, instead)
    with ThreadedServer(line) as server, Browser(tool.url) as teacher, ThreadPoolExecutor(1) as pool:
        with tool.deps.database.transaction() as db:
            db.execute(servers.update().values(internal_url=f"{server.url}/bigbluebutton/api"))
        teacher.enter_room(platform)
        forget_when_asked(tool, room_id)
        slow = pool.submit(ask, tool.url, room_id, token)
        assert line.holds.wait(30)
        assert teacher.submit(f"/rooms/{room_id}/join").status_code == 303
        before = live_row(tool, room_id)
        line.let_go.set()
        slow.result()

    after = live_row(tool, room_id)
    assert (after.state, after.internal_id, after.trouble) == ("opening", before.internal_id, "")


def test_elos_out_of_reach_is_told_by_its_code_and_what_was_known_stays(
    tool: Tool, platform: Platform, elos: Elos, room_id: str, token: str
) -> None:
    open_room(tool, platform, elos)
    elos.fault("html500", call="getMeetingInfo")
    forget_when_asked(tool, room_id)

    said = ask(tool.url, room_id, token).json()

    assert (said["trouble"], said["running"], said["participants"]) == ("ELOS-UNREACHABLE", True, 1)
    elos.send("DELETE", "faults")
    with another_tool(tool, later=timedelta(seconds=1)) as then:  # one refresh, not the lease of who asked in vain
        assert ask(then.url, room_id, token).json()["trouble"] is None


def test_a_room_is_asked_about_at_its_platforms_server(
    tool: Tool, elos: Elos, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any, platform: Platform
) -> None:
    """Two Elos servers: the second tenant's is out of reach, and that is nobody else's trouble."""
    jwks, server = jwks_server
    server_service.add(tool.deps, name="other", url="http://127.0.0.1:9", secret=ELOS_SECRET)
    theirs = add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test", server="other")
    with Browser(tool.url) as here, Browser(tool.url) as there:
        ours, other = here.enter_room(platform), there.enter_room(theirs)

        assert code_of(there.submit(f"/rooms/{other}/join")) == "ELOS-UNREACHABLE"
        follow(here.submit(f"/rooms/{ours}/join"))

        assert {call["params"]["meetingID"] for call in elos.calls("create")} == {meeting_id_of(tool, ours)}
