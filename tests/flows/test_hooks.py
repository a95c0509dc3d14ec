"""What Elos's hooks deliver: proven, once, redacted, and worked out the same in whatever order it comes."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import events, hooks, live_rooms, meetings, platforms, rooms, servers
from lti_elos.services import refreshers
from lti_elos.services import servers as server_service
from lti_elos.services.hooks import url_of
from tests.conftest import ELOS_SECRET, Elos, Tool
from tests.support.browser import Browser
from tests.support.crowds import all_at_once
from tests.support.deliveries import INTERNAL, TOKEN, Sender, captured, do_jobs, event, hooked
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool, ask_elos, follow, live_row, make_due, meeting_id_of, one_database


@pytest.fixture
def sender(tool: Tool) -> Sender:
    return hooked(tool)


@pytest.fixture
def room(browser: Browser, platform: Platform) -> str:
    return browser.enter_room(platform)


def external(tool: Tool, room_id: str) -> str:
    return meeting_id_of(tool, room_id)


def rows(tool: Tool, table: Any) -> list[Any]:
    with tool.deps.database.reading() as db:
        return list(db.execute(select(table)))


def a_class(tool: Tool, room_id: str) -> list[dict[str, Any]]:
    ours: dict[str, Any] = {"external": external(tool, room_id)}
    return [
        event("meeting-created", meeting={"create-time": 1795353362000, "moderator-pass": "the-moderators"}, **ours),
        event("user-joined", at_s=1, who="w_1", person="teacher", **ours),
        event("user-joined", at_s=2, who="w_2", person="student", **ours),
        event("user-left", at_s=3, who="w_1", **ours),
        event("user-joined", at_s=4, who="w_1", person="teacher", **ours),
    ]


# --- who may deliver ---


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {ELOS_SECRET}", "é"]
)
def test_without_the_hooks_token_nothing_is_taken(tool: Tool, room: str, sender: Sender, authorization: str) -> None:
    refused = sender.send(
        event("user-joined", who="w_1", external=external(tool, room)),
        Authorization=authorization.encode().decode("latin1"),
    )
    assert refused.status_code == 401
    assert rows(tool, events) == []
    assert rows(tool, hooks)[0].last_event_at is None


def test_a_forger_neither_fills_the_log_nor_keeps_elos_out(
    tool: Tool, room: str, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    """Both come from one address, as through one proxy."""
    told = event("user-joined", who="w_1", external=external(tool, room))
    with another_tool(tool, later=timedelta(minutes=2)) as later:
        answers = all_at_once(20, lambda _: [sender.send(told, Authorization="x").status_code for _ in range(10)])
        assert answers == [[401] * 10] * 20
        assert sender.send(told).status_code == 200
        assert Sender(later, sender.server_id).send(told, Authorization="x").status_code == 401

    assert [row.name for row in rows(tool, events)] == ["user-joined"]
    said = [vars(one)["times"] for one in caplog.records if one.message == "hook delivery refused"]
    assert said == [1, 200]
    assert b'hook_deliveries_total{outcome="refused"} 200' in tool.deps.counts.text([])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_with_it_events_are_taken(tool: Tool, room: str, sender: Sender, scheme: str) -> None:
    told = event("user-joined", who="w_1", external=external(tool, room))
    assert sender.send(told, Authorization=f"{scheme} {TOKEN}").status_code == 200
    assert [row.name for row in rows(tool, events)] == ["user-joined"]


def test_where_elos_told_no_token_the_shared_secret_takes_its_place(tool: Tool, room: str) -> None:
    sender = hooked(tool, token="")
    told = event("user-joined", who="w_1", external=external(tool, room))
    assert sender.send(told, Authorization=f"Bearer {ELOS_SECRET}").status_code == 200
    assert sender.send(told, Authorization=f"Bearer {TOKEN}").status_code == 401


def test_a_server_that_is_none_of_ours_is_not_found(tool: Tool, sender: Sender) -> None:
    stranger = Sender(tool, UUID(int=7))
    assert stranger.send(event("user-joined", who="w_1")).status_code == 404
    assert requests.get(f"{tool.url}/elos/hooks/{sender.server_id}", timeout=10).status_code == 405


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
def test_of_a_bigbluebutton_the_checksum_is_taken(tool: Tool, room: str, sender: Sender, digest: str) -> None:
    told = [event("user-joined", who="w_1", external=external(tool, room))]
    body = urlencode({"event": json.dumps(told)}).encode()
    url = url_of(tool.deps, sender.server_id).encode()
    checksum = hashlib.new(digest, url + body + ELOS_SECRET.encode()).hexdigest()
    query = f"?checksum={checksum}"

    assert sender.post(body, query=query, Authorization="").status_code == 401, "an Elos does not sign so"

    with tool.deps.database.transaction() as db:
        db.execute(servers.update().values(kind="bbb"))
    assert sender.post(body + b"+", query=query, Authorization="").status_code == 401
    assert sender.post(body, query=f"?checksum={'0' * len(checksum)}", Authorization="").status_code == 401
    assert sender.post(body, query=query, Authorization="").status_code == 200
    assert len(rows(tool, events)) == 1


# --- whose ---


def test_events_of_other_integrations_are_dropped(tool: Tool, room: str, sender: Sender) -> None:
    assert sender.send(event("user-joined", who="w_1", external="somebody-elses")).status_code == 200
    assert (rows(tool, events), rows(tool, meetings)) == ([], [])
    assert rows(tool, hooks)[0].last_event_at is not None, "the hook lives"


def test_a_server_tells_nothing_of_another_servers_rooms(
    tool: Tool, room: str, sender: Sender, platform: Platform
) -> None:
    server_service.add(tool.deps, name="other", url="http://127.0.0.1:9/bigbluebutton", secret="another-secret")
    with tool.deps.database.transaction() as db:
        other_id = db.scalars(select(servers.c.id).where(servers.c.name == "other")).one()
    other = Sender(tool, other_id, "another-secret")
    told = event("meeting-ended", external=external(tool, room))

    assert other.send(told).status_code == 200
    assert rows(tool, events) == []

    sender.send(event("user-joined", who="w_1", external=external(tool, room)))
    assert other.send(event("meeting-ended")).status_code == 200
    assert [row.name for row in rows(tool, events)] == ["user-joined"]
    with tool.deps.database.transaction() as db:
        db.execute(platforms.update().where(platforms.c.id == platform.id).values(server_id=other_id))
    assert other.send(told).status_code == 200
    assert len(rows(tool, events)) == 2


# --- what is kept ---


def test_no_password_and_no_name_is_kept(tool: Tool, room: str, sender: Sender) -> None:
    sender.send(*a_class(tool, room))
    kept = json.dumps([list(map(str, row)) for table in (events, meetings) for row in rows(tool, table)])
    for secret in ("the-moderators", "moderator-pass", "Pessoa Nomeada"):
        assert secret not in kept


@pytest.mark.parametrize(
    "shape",
    [
        lambda told: ("application/json", json.dumps(told)),
        lambda told: ("application/json; charset=utf-8", json.dumps([told])),
        lambda told: ("application/json", json.dumps({"event": [told], "timestamp": 1})),
        lambda told: ("application/json", json.dumps({"event": json.dumps(told)})),
        lambda told: ("application/x-www-form-urlencoded", urlencode({"event": json.dumps(told)})),
        lambda told: ("application/x-www-form-urlencoded", urlencode({"event": json.dumps([told, told])})),
    ],
)
def test_every_shape_is_read(tool: Tool, room: str, sender: Sender, shape: Callable[[Any], tuple[str, str]]) -> None:
    kind, body = shape(event("user-joined", who="w_1", external=external(tool, room)))
    assert sender.post(body.encode(), Content_Type=kind).status_code == 200
    assert len(rows(tool, events)) == 1


@one_database
@pytest.mark.parametrize(
    "body", [b"", b"event=", b"event=[", b"event=%ff", b"event=7", b"event=[null,[],{}]", b"[" * 100_000, b"\xff\xfe"]
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_what_cannot_be_read_is_taken_and_dropped(tool: Tool, sender: Sender, body: bytes, kind: str) -> None:
    """Else it would come again and again, until Elos gives the hook up."""
    assert sender.post(body, Content_Type=kind).status_code == 200
    assert rows(tool, events) == []


def test_a_delivery_that_is_too_large_is_refused(tool: Tool, sender: Sender) -> None:
    assert sender.post(b"event=" + b"x" * 600_000).status_code == 413


# --- once ---


def test_the_same_event_twenty_times_at_once_is_kept_once(tool: Tool, room: str, sender: Sender) -> None:
    told = a_class(tool, room)
    answers = all_at_once(20, lambda _number: sender.send(*told).status_code)
    assert answers == [200] * 20
    assert len(rows(tool, events)) == len(told)
    assert len(rows(tool, meetings)) == 1


# --- what it comes to ---


def outcome(tool: Tool, room_id: str) -> tuple[Any, ...]:
    [row] = rows(tool, meetings)
    live = live_row(tool, room_id)
    return (
        (row.opened_at, row.ended_at, row.ended, row.people, row.peak, row.recorded),
        (live.state, live.participants, live.internal_id),
    )


def test_the_captured_deliveries_whole_twice_and_shuffled_come_to_the_same(
    tool: Tool, room: str, sender: Sender
) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().where(rooms.c.id == UUID(room)).values(meeting_id="ext-42"))
    told = captured()
    for one in told:
        assert sender.send(one).status_code == 200
    do_jobs(tool)
    whole = outcome(tool, room)
    (opened_at, ended_at, ended, people, peak, recorded), live = whole
    assert (ended_at - opened_at).total_seconds() == pytest.approx(1.153)
    assert (ended, people, peak, recorded) == ("room", 1, 1, True)
    assert live[0] in ("closed", "ended")

    for one in told:
        sender.send(one)
    do_jobs(tool)
    assert outcome(tool, room) == whole
    assert len(rows(tool, events)) == len(told)

    for seed in range(3):
        with tool.deps.database.transaction() as db:
            db.execute(meetings.delete())
        shuffled = told.copy()
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - no secret
        ours = [one for one in shuffled if one["data"]["attributes"]["meeting"].get("external-meeting-id")]
        for one in [*ours[:1], *shuffled]:
            sender.send(one)
            do_jobs(tool)
        assert outcome(tool, room)[0] == whole[0]


def test_every_order_of_events_ends_in_the_same_state(tool: Tool, room: str, sender: Sender) -> None:
    told = a_class(tool, room)
    seen = set()
    orders = list(itertools.permutations(told))
    for order in orders[:: len(orders) // 12]:
        with tool.deps.database.transaction() as db:
            db.execute(meetings.delete())
        make_due(tool, room)
        for one in order:
            sender.send(one)
            do_jobs(tool)
        seen.add(outcome(tool, room)[1])
    assert seen == {("open", 2, INTERNAL)}

    sender.send(event("meeting-ended", at_s=60, external=external(tool, room)))
    sender.send(event("user-joined", at_s=5, who="w_3", person="late", external=external(tool, room)))
    do_jobs(tool)
    (_, _, ended, people, peak, _), live = outcome(tool, room)
    assert (ended, people, peak, live[:2]) == ("room", 3, 3, ("ended", 0))


def test_an_older_meetings_late_events_move_nothing(tool: Tool, room: str, sender: Sender) -> None:
    sender.send(*a_class(tool, room))
    do_jobs(tool)
    older = INTERNAL.replace("1795353362000", "1795353300000")
    for late in (
        event("user-joined", who="w_9", internal=older, external=external(tool, room)),
        event("meeting-ended", at_s=9, internal=older, external=external(tool, room)),
    ):
        sender.send(late)
        do_jobs(tool)
    live = live_row(tool, room)
    assert (live.state, live.participants, live.internal_id) == ("open", 2, INTERNAL)


def test_a_waiting_student_is_let_in_by_an_event_alone(
    tool: Tool, room: str, sender: Sender, platform: Platform, browser: Browser, elos: Elos
) -> None:
    """Nobody has asked Elos."""
    with Browser(tool.url) as student:
        student.enter_room(platform, **STUDENT)
        follow(browser.submit(f"/rooms/{room}/join"))
        assert student.open(f"/rooms/{room}/wait").status_code == 200
        [meeting] = [one for one in elos.meetings() if one["meetingID"] == external(tool, room)]
        asked = len(elos.calls("getMeetingInfo"))

        sender.send(
            event(
                "user-joined", at_s=1, who="w_1", internal=meeting["internalMeetingID"], external=external(tool, room)
            )
        )
        do_jobs(tool)
        tool.deps.board.forget(UUID(room))

        assert follow(student.open(f"/rooms/{room}/enter"))["role"] == "VIEWER"
        assert len(elos.calls("getMeetingInfo")) == asked


def test_who_opened_and_ended_it_from_our_page_is_known(
    tool: Tool, room: str, sender: Sender, browser: Browser
) -> None:
    follow(browser.submit(f"/rooms/{room}/join"))
    internal = live_row(tool, room).internal_id
    sender.send(event("user-joined", at_s=1, who="w_1", internal=internal, external=external(tool, room)))
    do_jobs(tool)
    browser.submit(f"/rooms/{room}/end")
    sender.send(event("meeting-ended", at_s=60, internal=internal, external=external(tool, room)))
    do_jobs(tool)

    [row] = rows(tool, meetings)
    assert row.opened_by == row.ended_by
    assert row.opened_by is not None
    assert (row.ended, row.internal_id) == ("button", internal)


# --- how often Elos is asked meanwhile ---


def questions(tool: Tool, room_id: str, elos: Elos, *, after_s: float) -> int:
    """How often Elos is asked about a watched room, ``after_s`` seconds after the last time, with a refresh of 10."""
    with another_tool(tool, later=timedelta(seconds=after_s), live_refresh_s=10) as then:
        with tool.deps.database.transaction() as db:
            watched = live_rooms.update().where(live_rooms.c.room_id == UUID(room_id))
            db.execute(watched.values(watched_until=then.deps.clock() + timedelta(minutes=1)))
        before = len(elos.calls("getMeetingInfo"))
        refreshers.refresh(then.deps)
        return len(elos.calls("getMeetingInfo")) - before


def test_while_events_come_elos_is_asked_a_tenth_as_often(tool: Tool, room: str, elos: Elos) -> None:
    ask_elos(tool, room)
    assert questions(tool, room, elos, after_s=15) == 1
    sender = hooked(tool)
    ask_elos(tool, room)
    assert questions(tool, room, elos, after_s=15) == 1, "a hook that has told nothing yet is not trusted"

    sender.send(event("user-joined", external="somebody-elses"))
    ask_elos(tool, room)
    assert questions(tool, room, elos, after_s=15) == 0
    assert questions(tool, room, elos, after_s=95) == 0
    assert questions(tool, room, elos, after_s=105) == 1


def test_a_hook_that_did_not_tell_what_happened_is_trusted_no_more_until_it_tells_again(
    tool: Tool, room: str, elos: Elos, browser: Browser
) -> None:
    sender = hooked(tool)
    sender.send(event("user-joined", external="somebody-elses"))
    follow(browser.submit(f"/rooms/{room}/join"))
    ask_elos(tool, room)  # finds somebody in: no event has told
    assert questions(tool, room, elos, after_s=15) == 1

    sender.send(event("user-joined", external="somebody-elses"))
    assert questions(tool, room, elos, after_s=40) == 0
