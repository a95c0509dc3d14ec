"""How Elos is asked about rooms: in the background, seldom, and only about those that somebody watches."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select
from werkzeug.wrappers import Response

from lti_elos.db.tables import grants, live_rooms, servers
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms, refreshers
from lti_elos.services import servers as server_service
from tests.conftest import ELOS_SECRET, Elos, Tool, add_platform
from tests.flows.test_status import ask, token_of
from tests.support.browser import Browser, code_of
from tests.support.crowds import all_at_once
from tests.support.platform import Jwks, Platform
from tests.support.rooms import (
    STUDENT,
    another_tool,
    ask_elos,
    follow,
    live_row,
    make_due,
    meeting_id_of,
    open_room,
    until,
)

CROWDED = refreshers.FEW + 1


@pytest.fixture
def room_id(platform: Platform, browser: Browser) -> str:
    return browser.enter_room(platform, **STUDENT)


@pytest.fixture
def token(browser: Browser, room_id: str) -> str:
    return token_of(browser.open(f"/rooms/{room_id}/wait"))


def asked(elos: Elos) -> list[str]:
    """Names of the calls that ask how rooms are."""
    return [call["call"] for call in elos.calls() if call["call"] in ("getMeetingInfo", "getMeetings")]


# --- who is asked about ---


def test_requests_never_ask(tool: Tool, browser: Browser, elos: Elos, room_id: str, token: str) -> None:
    make_due(tool, room_id)

    for path in ("", "/wait", "/enter", "/status", "/recordings"):
        browser.open(f"/rooms/{room_id}{path}")
    browser.submit(f"/rooms/{room_id}/join")
    ask(tool.url, room_id, token)

    assert asked(elos) == []


def test_a_room_is_asked_about_while_somebody_looks_at_it(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    browser.enter_room(platform, **STUDENT)
    ask_elos(tool)
    assert asked(elos) == ["getMeetingInfo"]

    with another_tool(tool, later=timedelta(seconds=80)) as then:
        ask_elos(then)
        assert len(asked(elos)) == 2
    with another_tool(tool, later=timedelta(seconds=91)) as then:
        ask_elos(then)
        assert len(asked(elos)) == 2


def test_polling_keeps_a_room_watched(tool: Tool, elos: Elos, room_id: str, token: str) -> None:
    ask_elos(tool)
    with another_tool(tool, later=timedelta(seconds=80)) as then:
        ask(then.url, room_id, token)
        ask_elos(then)
    elos.send("DELETE", "calls")

    with another_tool(tool, later=timedelta(seconds=160)) as then:
        ask_elos(then)

    assert asked(elos) == ["getMeetingInfo"]


def test_rooms_of_a_disabled_platform_are_not_asked_about(
    tool: Tool, platform: Platform, elos: Elos, room_id: str
) -> None:
    make_due(tool, room_id)
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)

    ask_elos(tool)

    assert asked(elos) == []


def test_a_room_that_was_opened_and_never_entered_is_asked_about_though_nobody_watches(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)
    assert browser.submit(f"/rooms/{room_id}/join").status_code == 303  # and the tab is closed before it is in
    elos.send("DELETE", "meetings")
    with tool.deps.database.transaction() as db:
        db.execute(live_rooms.update().values(watched_until=None))

    with another_tool(tool, later=timedelta(seconds=55)) as then:
        ask_elos(then)
        assert (asked(elos), live_row(tool, room_id).state) == ([], "opening")
    with another_tool(tool, later=timedelta(seconds=65)) as then:
        ask_elos(then)
        ask_elos(then)
        assert (asked(elos), live_row(tool, room_id).state) == (["getMeetingInfo"], "closed")


# --- how seldom ---


def test_a_room_is_asked_about_once_a_refresh_however_many_would(tool: Tool, room_id: str, elos: Elos) -> None:
    with another_tool(tool, live_refresh_s=60) as one, another_tool(tool, live_refresh_s=60) as two:
        for expected in (1, 2):
            make_due(tool, room_id)
            all_at_once(8, lambda n: ask_elos((one, two)[n % 2]))
            ask_elos(one)
            assert len(asked(elos)) == expected


def rooms_of(browser: Browser, platform: Platform, count: int) -> list[str]:
    return [browser.enter_room(platform, context={"id": f"c-{n}", "title": f"Course {n}"}) for n in range(count)]


def test_many_rooms_of_a_server_are_asked_about_at_once(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    rooms = rooms_of(browser, platform, CROWDED)
    follow(browser.submit(f"/rooms/{rooms[3]}/join"))
    assert browser.submit(f"/rooms/{rooms[5]}/join").status_code == 303
    elos.send("DELETE", "calls")
    make_due(tool, *rooms)

    all_at_once(4, lambda _: ask_elos(tool))

    assert asked(elos) == ["getMeetings"]
    states = {number: live_row(tool, room).state for number, room in enumerate(rooms)}
    assert {number: state for number, state in states.items() if state != "closed"} == {3: "open", 5: "opening"}
    assert live_row(tool, rooms[3]).participants == 1
    assert all(live_row(tool, room).checked_at is not None for room in rooms)

    elos.send("DELETE", "meetings")
    with another_tool(tool, later=timedelta(seconds=2)) as then:
        ask_elos(then)
    assert asked(elos) == ["getMeetings"] * 2
    assert (live_row(tool, rooms[3]).state, live_row(tool, rooms[5]).state) == ("ended", "closed")


def test_trouble_with_a_crowded_server_is_told_in_all_its_rooms_until_it_is_over(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    rooms = rooms_of(browser, platform, CROWDED)
    make_due(tool, *rooms)
    elos.fault("html500", call="getMeetings")

    ask_elos(tool)

    assert {live_row(tool, room).trouble for room in rooms} == {"ELOS-UNREACHABLE"}
    elos.send("DELETE", "faults")
    with another_tool(tool, later=timedelta(seconds=1)) as then:
        ask_elos(then)
    assert {live_row(tool, room).trouble for room in rooms} == {""}


def test_a_lease_that_its_holder_left_behind_ends(tool: Tool, room_id: str, elos: Elos) -> None:
    make_due(tool, room_id)
    with tool.deps.database.transaction() as db:
        db.execute(live_rooms.update().values(leased_until=tool.deps.clock() + timedelta(seconds=15)))

    ask_elos(tool)
    assert asked(elos) == []
    with another_tool(tool, later=timedelta(seconds=16)) as then:
        ask_elos(then)

    assert asked(elos) == ["getMeetingInfo"]


@contextmanager
def refreshing(tool: Tool) -> Iterator[None]:
    """Refreshers as they run behind a serving process; ended before the database goes."""
    running = refreshers.Refreshers(tool.deps).start()
    try:
        yield
    finally:
        running.stop()


def test_behind_a_serving_process_rooms_are_asked_about_without_being_told(
    tool: Tool, platform: Platform, elos: Elos, room_id: str, token: str
) -> None:
    with refreshing(tool), Browser(tool.url) as teacher:
        teacher.enter_room(platform)
        follow(teacher.submit(f"/rooms/{room_id}/join"))

        until(lambda: ask(tool.url, room_id, token).json()["enter"] is not None)
        elos.send("DELETE", "meetings")
        until(lambda: ask(tool.url, room_id, token).json()["enter"] is None)


def test_a_server_that_hangs_keeps_neither_requests_nor_other_servers_waiting(
    tool: Tool, elos: Elos, platform: Platform, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any
) -> None:
    jwks, server = jwks_server
    line = SlowLine(elos, "<h1>Bad Gateway</h1>")
    with ThreadedServer(line) as hanging, Browser(tool.url) as here, Browser(tool.url) as there, ExitStack() as running:
        server_service.add(tool.deps, name="hangs", url=hanging.url, secret=ELOS_SECRET)
        theirs = add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test", server="hangs")
        stuck = rooms_of(there, theirs, 8)
        make_due(tool, *stuck)
        running.enter_context(refreshing(tool))
        running.callback(line.let_go.set)
        assert line.holds.wait(30)

        ours = here.enter_room(platform)
        follow(here.submit(f"/rooms/{ours}/join"))
        until(lambda: here.open(f"/rooms/{ours}/status").json()["running"])

        assert there.open(f"/rooms/{stuck[0]}").status_code == 200
        assert there.enter_room(theirs, context={"id": "c-1", "title": "Course 1"}) == stuck[1]
        assert line.held <= 2


# --- what an answer may not undo ---


class SlowLine:
    """Between the tool and Elos: what was answered to getMeetingInfo is held back until ``let_go`` is set."""

    def __init__(self, elos: Elos, instead: str) -> None:
        self.elos = elos
        self.instead = instead
        self.holds, self.let_go = threading.Event(), threading.Event()
        self.held = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        answer = requests.get(self.elos.url + path, timeout=10, allow_redirects=False)
        body, status = answer.content, answer.status_code
        if "getMeetingInfo" in path:
            self.held += 1
            self.holds.set()
            self.let_go.wait(30)
            if self.instead:
                body, status = self.instead.encode(), 502
        return Response(body, status, content_type="text/xml")(environ, start_response)


@pytest.mark.parametrize("instead", ["", "<h1>Bad Gateway</h1>"], ids=["closed", "no answer"])
def test_a_slow_answer_does_not_undo_what_happened_meanwhile(
    tool: Tool, platform: Platform, room_id: str, elos: Elos, instead: str
) -> None:
    """A refresher asks; a teacher opens; then comes what was said before: no meeting, or no answer at all."""
    line = SlowLine(elos, instead)
    with ThreadedServer(line) as server, Browser(tool.url) as teacher, ThreadPoolExecutor(1) as pool:
        with tool.deps.database.transaction() as db:
            db.execute(servers.update().values(internal_url=f"{server.url}/bigbluebutton/api"))
        teacher.enter_room(platform)
        slow = pool.submit(ask_elos, tool, room_id)
        assert line.holds.wait(30)
        assert teacher.submit(f"/rooms/{room_id}/join").status_code == 303
        before = live_row(tool, room_id)
        line.let_go.set()
        slow.result()

    after = live_row(tool, room_id)
    assert (after.state, after.internal_id, after.trouble) == ("opening", before.internal_id, "")


def test_opening_is_known_at_once(tool: Tool, platform: Platform, room_id: str) -> None:
    with another_tool(tool, live_refresh_s=60) as slow, Browser(slow.url) as teacher:
        with Browser(tool.url) as first:
            first.enter_room(platform)
            teacher.cookies.update(first.cookies)

        teacher.submit(f"/rooms/{room_id}/join")

        assert live_row(tool, room_id).state == "opening"


def test_a_meeting_that_takes_its_time_to_end_lets_nobody_in_meanwhile(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    elos.send("POST", "switches", end_delay_s=8)
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform)
    browser.submit(f"/rooms/{room_id}/end")

    ask_elos(tool, room_id)

    assert asked(elos)[-1] == "getMeetingInfo"
    assert live_row(tool, room_id).state == "ended"


def test_elos_out_of_reach_is_told_by_its_code_and_what_was_known_stays(
    tool: Tool, platform: Platform, elos: Elos, room_id: str, token: str
) -> None:
    open_room(tool, platform, elos)
    elos.fault("html500", call="getMeetingInfo")
    ask_elos(tool, room_id)

    said = ask(tool.url, room_id, token).json()

    assert (said["trouble"], said["running"], said["participants"]) == ("ELOS-UNREACHABLE", True, 1)
    elos.send("DELETE", "faults")
    with another_tool(tool, later=timedelta(seconds=1)) as then:  # one refresh, not the lease of who asked in vain
        ask_elos(then)
        assert ask(then.url, room_id, token).json()["trouble"] is None


def test_trouble_of_long_ago_says_nothing_of_now(tool: Tool, elos: Elos, room_id: str, token: str) -> None:
    elos.fault("html500", call="getMeetingInfo")
    ask_elos(tool, room_id)

    with another_tool(tool, later=timedelta(seconds=70)) as then:
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
        ask_elos(tool, ours, other)

        assert {call["params"]["meetingID"] for call in elos.calls("create")} == {meeting_id_of(tool, ours)}
        assert (live_row(tool, ours).state, live_row(tool, ours).trouble) == ("open", "")
        assert live_row(tool, other).trouble == "ELOS-UNREACHABLE"


# --- who waits ---


def waiting(tool: Tool, room_id: str, token: str) -> int:
    """As told by a process that has just been started."""
    refreshers.keep_notes(tool.deps)
    with another_tool(tool) as fresh:
        return int(ask(fresh.url, room_id, token).json()["waiting"])


def test_people_on_the_waiting_page_are_counted_until_they_are_in(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos, room_id: str, token: str
) -> None:
    with Browser(tool.url) as friend:
        friend.enter_room(platform, **STUDENT | {"sub": "student-2"})
        friend.open(f"/rooms/{room_id}")  # looks, and does not wait
        assert waiting(tool, room_id, token) == 1
        friend.open(f"/rooms/{room_id}/wait")
        assert waiting(tool, room_id, token) == 2

        open_room(tool, platform, elos)
        follow(friend.open(f"/rooms/{room_id}/enter"))
        assert waiting(tool, room_id, token) == 1


def test_who_closed_the_waiting_page_is_not_counted_for_long(tool: Tool, room_id: str, token: str) -> None:
    assert waiting(tool, room_id, token) == 1
    with another_tool(tool, later=timedelta(seconds=91)) as then:
        assert waiting(then, room_id, token) == 0 or int(ask(then.url, room_id, token).json()["waiting"]) == 0


def test_a_person_who_waits_in_two_browsers_is_one(tool: Tool, platform: Platform, room_id: str, token: str) -> None:
    with Browser(tool.url) as phone:
        phone.enter_room(platform, **STUDENT)
        phone.open(f"/rooms/{room_id}/wait")

        assert waiting(tool, room_id, token) == 1
    with tool.deps.database.reading() as db:
        assert len(db.execute(select(grants.c.id).where(grants.c.waits)).all()) == 2


def names_shown(page: str) -> list[str]:
    block = page.partition("data-waiting=")[2].partition("</details>")[0]
    return re.findall(r"<li><bdi>(.*?)</bdi></li>", block)


def test_teachers_see_who_waits_and_students_only_how_many(
    tool: Tool, platform: Platform, browser: Browser, room_id: str, token: str
) -> None:
    others: list[dict[str, Any]] = [
        {"sub": "student-2", "name": "Ana <b>Modelo</b>"},
        {"sub": "student-3", "name": None, "given_name": None, "family_name": None},
    ]
    with Browser(tool.url) as teacher:
        teacher.enter_room(platform)
        assert 'data-waiting="0" data-key="waiting" hidden' in teacher.open(f"/rooms/{room_id}").text
        for other in others:
            with Browser(tool.url) as friend:
                friend.enter_room(platform, **STUDENT | other)
                friend.open(f"/rooms/{room_id}/wait")
        refreshers.keep_notes(tool.deps)

        names = names_shown(teacher.open(f"/rooms/{room_id}").text)

    assert names[:2] == ["Ana &lt;b&gt;Modelo&lt;/b&gt;", "Estudante Modelo"]
    assert re.fullmatch(r"Participante [0-9A-F]{4}", names[2])
    page = browser.open(f"/rooms/{room_id}").text
    assert (names_shown(page), "Ana" in page) == ([], False)
    with another_tool(tool) as fresh:
        browser.tool_url = fresh.url
        assert "3 pessoas aguardando" in browser.open(f"/rooms/{room_id}/wait").text


def test_who_waits_in_another_room_or_left_is_not_shown(
    tool: Tool, platform: Platform, browser: Browser, room_id: str, token: str
) -> None:
    with Browser(tool.url) as teacher, Browser(tool.url) as elsewhere:
        teacher.enter_room(platform)
        other = elsewhere.enter_room(platform, **STUDENT | {"sub": "student-2", "context": {"id": "course-2"}})
        elsewhere.open(f"/rooms/{other}/wait")
        refreshers.keep_notes(tool.deps)

        assert names_shown(teacher.open(f"/rooms/{room_id}").text) == ["Estudante Modelo"]
        with another_tool(tool, later=timedelta(seconds=91)) as then:
            teacher.tool_url = then.url
            assert names_shown(teacher.open(f"/rooms/{room_id}").text) == []
