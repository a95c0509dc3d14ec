"""Elos out of order: what a teacher's click is told, and that nothing stays stuck once it works again."""

from __future__ import annotations

from typing import Any

import pytest

from lti_elos.db.tables import servers
from lti_elos.services import servers as server_service
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of, hidden
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, ask_elos, follow, live_row, meeting_id_of, one_database, open_room, people_in

UNREACHABLE, REPLY = "ELOS-UNREACHABLE", "ELOS-REPLY"

FAULTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("html500", {}, 503, UNREACHABLE),
    ("html200", {}, 503, REPLY),
    ("malformed", {}, 503, REPLY),
    ("empty", {}, 503, REPLY),
    ("doctype", {}, 503, REPLY),
    ("entity_bomb", {}, 503, REPLY),
    ("huge", {"bytes": 21_000_000}, 503, REPLY),
    ("internalError", {}, 503, UNREACHABLE),
    ("checksumError", {}, 503, "ELOS-SECRET"),
    ("limit_secret", {}, 503, "ELOS-SESSIONS-LIMIT"),
    ("limit_institution", {}, 503, "ELOS-SESSIONS-LIMIT"),
    ("room_full", {}, 503, "ELOS-ROOM-FULL"),
    ("ended", {}, 409, "ELOS-ENDED"),
    ("denied", {}, 403, "ELOS-DENIED"),
]


@one_database
@pytest.mark.parametrize(("kind", "more", "status", "code"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_refused_opening_says_why_and_leaves_nothing_stuck(
    tool: Tool,
    platform: Platform,
    browser: Browser,
    elos: Elos,
    kind: str,
    more: dict[str, Any],
    status: int,
    code: str,
) -> None:
    room_id = browser.enter_room(platform)
    elos.fault(kind, call="create", **more)

    refused = browser.submit(f"/rooms/{room_id}/join")

    assert (refused.status_code, code_of(refused)) == (status, code)
    assert ("Retry-After" in refused.headers) is (status == 503)
    row = live_row(tool, room_id)
    assert (row.state, row.leased_until, row.internal_id) == ("closed", None, "")
    assert browser.open(f"/rooms/{room_id}").status_code == 200
    elos.send("DELETE", "faults")
    follow(browser.submit(f"/rooms/{room_id}/join"))
    assert list(people_in(elos, meeting_id_of(tool, room_id)).values()) == ["MODERATOR"]


def test_an_opening_that_takes_too_long_says_so_and_may_be_repeated(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    """The hang ends early here, by the simulator; how long the client waits is tested with it."""
    room_id = browser.enter_room(platform)
    elos.fault("hang", call="create", seconds=0.3)

    refused = browser.submit(f"/rooms/{room_id}/join")

    assert (refused.status_code, code_of(refused)) == (503, UNREACHABLE)
    assert refused.headers["Retry-After"] == "15"
    assert live_row(tool, room_id).state == "closed"


def server_gone(tool: Tool) -> None:
    """Nobody listens any more."""
    with tool.deps.database.transaction() as db:
        db.execute(servers.update().values(url="http://127.0.0.1:9/bigbluebutton"))


def no_server(tool: Tool) -> None:
    server_service.remove(tool.deps, "sim")


def another_secret(tool: Tool) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(servers.update().values(secret_sealed=tool.deps.vault.seal("server-secret", "another secret")))


def secret_of_a_lost_key(tool: Tool) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(servers.update().values(secret_sealed="A" * 80))


@pytest.mark.parametrize(
    ("breaks", "code"),
    [
        (server_gone, UNREACHABLE),
        (no_server, "ELOS-NO-SERVER"),
        (another_secret, "ELOS-SECRET"),
        (secret_of_a_lost_key, "ELOS-NO-SERVER"),
    ],
)
def test_without_a_server_every_page_still_stands_and_says_what_is_the_matter(
    tool: Tool, platform: Platform, browser: Browser, breaks: Any, code: str
) -> None:
    room_id = browser.enter_room(platform)
    breaks(tool)
    ask_elos(tool, room_id)

    page = browser.open(f"/rooms/{room_id}")
    assert (page.status_code, f'data-trouble="{code}"' in page.text) == (200, True)
    assert browser.open(f"/rooms/{room_id}/recordings").status_code == 200
    assert browser.open(f"/rooms/{room_id}/left").status_code == 200
    assert browser.open(f"/rooms/{room_id}/status").json()["trouble"] == code
    for action in ("join", "end"):
        refused = browser.submit(f"/rooms/{room_id}/{action}")
        assert (refused.status_code, code_of(refused)) == (503, code)
        assert int(refused.headers["Retry-After"]) > 0
    assert "Elos" not in browser.open("/rooms/" + room_id + "/left").text

    browser.enter_room(platform, **STUDENT)
    for path in ("", "/wait"):
        page = browser.open(f"/rooms/{room_id}{path}")
        assert (page.status_code, f'data-trouble="{code}"' in page.text) == (200, True)
    waits = browser.submit(f"/rooms/{room_id}/join")
    assert waits.headers.get("Location") == f"/rooms/{room_id}/wait" or code_of(waits) == code


@one_database
def test_a_server_that_does_not_answer_is_left_alone_after_three_tries(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)
    elos.fault("html500")

    answers = [browser.submit(f"/rooms/{room_id}/join") for _ in range(6)]

    assert [code_of(answer) for answer in answers] == [UNREACHABLE] * 6
    assert len(elos.calls("create")) == 3


def test_a_refused_opening_from_a_frame_can_be_repeated_in_its_tab(tool: Tool, platform: Platform, elos: Elos) -> None:
    with Browser(tool.url, framed=True) as frame, Browser(tool.url) as tab:
        room_id = frame.enter_room(platform)
        fields = {"handover": hidden(frame.open(f"/rooms/{room_id}"), "handover")}
        elos.fault("internalError", call="create")

        refused = tab.submit(f"/rooms/{room_id}/join", fields)

        assert (refused.status_code, code_of(refused)) == (503, UNREACHABLE)
        assert f'action="/rooms/{room_id}/join"' in refused.text
        assert hidden(refused, "handover") == fields["handover"]
        elos.send("DELETE", "faults")
        follow(tab.submit(f"/rooms/{room_id}/join", fields))


def test_ending_that_elos_does_not_answer_changes_nothing(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform)
    elos.fault("html500", call="end", times=1)

    refused = browser.submit(f"/rooms/{room_id}/end")

    assert (refused.status_code, code_of(refused)) == (503, UNREACHABLE)
    assert live_row(tool, room_id).state == "open"
    assert len(elos.calls("end")) == 1


def test_students_who_were_let_in_before_get_in_while_elos_does_not_answer_questions(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    """The way in is signed here: what was known last is enough."""
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform, **STUDENT)
    elos.fault("html500", call="getMeetingInfo")

    assert follow(browser.submit(f"/rooms/{room_id}/join"))["role"] == "VIEWER"


@one_database
def test_programs_are_told_in_their_own_form(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = browser.enter_room(platform)
    elos.fault("checksumError", call="create")

    refused = browser.submit(f"/rooms/{room_id}/join", headers={"Accept": "application/json"})

    assert refused.headers["Content-Type"] == "application/problem+json"
    assert (refused.json()["status"], refused.json()["code"]) == (503, "ELOS-SECRET")
    assert int(refused.headers["Retry-After"]) > 0


@one_database
def test_an_elos_that_hangs_for_half_a_minute_does_not_hold_the_page_as_long(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    """The one test that waits for real: the client gives up, and the page comes, while Elos still hangs."""
    room_id = browser.enter_room(platform)
    elos.fault("hang", call="create", seconds=30)

    response = browser.submit(f"/rooms/{room_id}/join")

    assert (response.status_code, code_of(response)) == (503, UNREACHABLE)
    assert int(response.headers["Retry-After"]) > 0
    assert len(elos.calls("create")) == 1  # what took its time is not asked again by itself
    assert live_row(tool, room_id).state == "closed"
    elos.send("DELETE", "faults")
    assert browser.submit(f"/rooms/{room_id}/join").status_code == 303
