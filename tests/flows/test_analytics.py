"""Elos's reports of meetings that are over: proven, of this room, kept once."""

from __future__ import annotations

import http.client
import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_elos.db.tables import deployments, live_rooms, meetings, platforms, presences, reports, rooms, servers, users
from lti_elos.services import servers as server_service
from lti_elos.services.events import KIND
from lti_elos.services.jobs import ask
from tests.conftest import Elos, Tool
from tests.support.browser import Browser
from tests.support.crowds import all_at_once
from tests.support.deliveries import INTERNAL, do_jobs, event, hooked
from tests.support.platform import Platform
from tests.support.reports import Reporter, attendee, bearer, report
from tests.support.rooms import STUDENT, follow, one_database

GUIDE = Path(__file__).parents[1] / "fixtures" / "elos-guide" / "analytics.json"


@pytest.fixture
def room(browser: Browser, platform: Platform) -> str:
    return browser.enter_room(platform)


@pytest.fixture
def elos_there(tool: Tool, room: str) -> Reporter:
    return Reporter(tool, room)


def rows(tool: Tool, table: Any) -> list[Any]:
    with tool.deps.database.reading() as db:
        return list(db.execute(select(table).order_by(*table.primary_key)))


def user_id(tool: Tool, sub: str = "user-1") -> str:
    with tool.deps.database.reading() as db:
        return str(db.scalar(select(users.c.id).where(users.c.sub == sub)))


def nothing_kept(tool: Tool) -> bool:
    return not any(rows(tool, table) for table in (reports, presences, meetings))


# --- who may report ---


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x.y.z",
        bearer(secret="another-secret"),
        bearer(algorithm="HS256"),
        bearer(lasts_s=-120),
        bearer(lasts_s=26 * 3600),
        "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJleHAiOjQxMDI0NDQ4MDB9.",
    ],
)
def test_without_the_servers_secret_nothing_is_taken(tool: Tool, elos_there: Reporter, authorization: str) -> None:
    assert elos_there.send(attendee("w_1"), authorization=authorization).status_code == 401
    assert nothing_kept(tool)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_it_a_report_is_taken(tool: Tool, elos_there: Reporter, scheme: str) -> None:
    assert elos_there.send(attendee("w_1"), authorization=bearer(scheme=scheme)).status_code == 200
    assert len(rows(tool, reports)) == len(rows(tool, presences)) == 1


@pytest.mark.parametrize(
    ("kind", "algorithm", "status"),
    [("elos", "HS512", 200), ("elos", "HS256", 401), ("bbb", "HS512", 200), ("bbb", "HS256", 200)],
)
def test_the_servers_kind_says_how_reports_are_signed(
    tool: Tool, elos_there: Reporter, kind: str, algorithm: str, status: int
) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(servers.update().values(kind=kind))
    assert elos_there.send(authorization=bearer(algorithm=algorithm, scheme="bearer")).status_code == status
    assert len(rows(tool, reports)) == (status == 200)


def test_a_key_that_is_no_rooms_is_not_found(tool: Tool, elos_there: Reporter) -> None:
    for key in ("x", "%00", "é" * 50, elos_there.room_id, elos_there.key + "x"):
        assert elos_there.post(b"{}", key=key).status_code == 404, key
    assert nothing_kept(tool)


def test_the_key_is_in_no_log(tool: Tool, elos_there: Reporter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    elos_there.send(attendee("w_1"))
    elos_there.send(authorization="Bearer x")
    elos_there.post(b"{")

    said = [str(vars(record)) for record in caplog.records if record.name.startswith("lti_elos")]
    assert any("/elos/analytics/…" in one for one in said)
    assert not any(elos_there.key in one or "Pessoa Nomeada" in one for one in said)


def test_the_key_is_told_to_elos_alone_and_never_quoted_in_a_log(
    tool: Tool, browser: Browser, elos: Elos, elos_there: Reporter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    elos.fault("refuse", call="create", key=f"badAddress-{elos_there.key}", times=1)
    browser.submit(f"/rooms/{elos_there.room_id}/join")
    follow(browser.submit(f"/rooms/{elos_there.room_id}/join"))

    assert elos.calls("create")[-1]["params"]["meta_analytics-callback-url"].endswith(
        f"/elos/analytics/{elos_there.key}"
    )
    said = [str(vars(record)) for record in caplog.records if record.name.startswith("lti_elos")]
    assert any("badAddress-***" in one for one in said)
    assert not any(elos_there.key in one for one in said)
    assert elos_there.key not in browser.open(f"/rooms/{elos_there.room_id}").text


@one_database
def test_a_server_elsewhere_is_not_told_to_call_itself(tool: Tool, room: str) -> None:
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
        assert client.reaches(f"{tool.url}/elos/analytics/x")
    server_service.add(tool.deps, name="far", url="https://elos.example.test", secret="x" * 20)
    with tool.deps.database.reading() as db:
        far = db.execute(select(servers.c.id).where(servers.c.name == "far")).scalar_one()
        client = tool.deps.elos.of_platform(db, far)
        assert not client.reaches(f"{tool.url}/elos/analytics/x")
        assert client.reaches("https://rooms.example.test/elos/analytics/x")


# --- of what ---


def test_a_report_of_another_rooms_meeting_is_dropped(
    tool: Tool, platform: Platform, browser: Browser, elos_there: Reporter
) -> None:
    other = Reporter(tool, browser.enter_room(platform, context={"id": "course-2", "title": "Física"}))

    for external in (other.external, "somebody-elses"):
        body = json.dumps(report(external, attendee("w_1"))).encode()
        assert elos_there.post(body).status_code == 200
    assert nothing_kept(tool)


def test_a_server_reports_nothing_of_another_servers_rooms(
    tool: Tool, elos_there: Reporter, platform: Platform
) -> None:
    server_service.add(tool.deps, name="other", url="http://127.0.0.1:9/bigbluebutton", secret="another-secret")
    with tool.deps.database.transaction() as db:
        other_id = db.scalars(select(servers.c.id).where(servers.c.name == "other")).one()
    of_the_other = bearer(secret="another-secret")
    assert elos_there.send(authorization=of_the_other).status_code == 401

    sender = hooked(tool)
    sender.send(event("user-joined", who="w_1", external=elos_there.external))
    with tool.deps.database.transaction() as db:
        db.execute(platforms.update().where(platforms.c.id == platform.id).values(server_id=other_id))
    assert elos_there.send(authorization=of_the_other).status_code == 200
    assert rows(tool, reports) == [], "that meeting was at the first server"
    assert elos_there.send(internal="1a2b-1795353999000").status_code == 200
    assert rows(tool, reports) == [], "the first server has no new ones of this room"

    assert elos_there.send(attendee("w_1")).status_code == 200
    assert len(rows(tool, reports)) == 1
    assert elos_there.send(authorization=of_the_other, internal="1a2b-1795353999000").status_code == 200
    assert len(rows(tool, reports)) == 2


def test_a_meeting_that_nobody_had_told_of_is_noted(tool: Tool, room: str, elos_there: Reporter) -> None:
    elos_there.send(
        attendee(user_id(tool), came=5), attendee("w_2", came=10, went=20), recorded_segments=[{"start": "x"}]
    )

    [meeting] = rows(tool, meetings)
    assert (str(meeting.room_id), meeting.internal_id) == (room, INTERNAL)
    assert (meeting.people, meeting.peak, meeting.recorded) == (2, 2, True)
    assert f"{meeting.created_at:%H:%M:%S} {meeting.opened_at:%H:%M:%S} {meeting.ended_at:%H:%M:%S}" == (
        "13:16:02 20:01:02 20:56:02"
    )
    assert rows(tool, reports)[0].meeting_id == meeting.id


def test_what_events_have_told_stands(tool: Tool, elos_there: Reporter) -> None:
    sender = hooked(tool)
    ours: dict[str, Any] = {"external": elos_there.external}
    sender.send(
        event("meeting-created", **ours),
        event("user-joined", at_s=60, who="w_1", person="a", **ours),
        event("meeting-ended", at_s=600, **ours),
    )
    do_jobs(tool)
    [before] = rows(tool, meetings)

    elos_there.send(attendee("a"), attendee("b"))
    [after] = rows(tool, meetings)
    told = ("created_at", "opened_at", "ended_at", "ended")
    assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]
    assert (before.people, after.people, after.peak) == (1, 2, 2), "somebody of whom no event had told"

    with tool.deps.database.transaction() as db:
        ask(db, KIND, str(after.id), now=tool.deps.clock())
    do_jobs(tool)
    assert rows(tool, meetings)[0].people == 2


@pytest.mark.parametrize(("together", "peak"), [(True, 3), (False, 2)])
def test_events_and_report_in_any_order_come_to_the_same(
    tool: Tool, elos_there: Reporter, together: bool, peak: int
) -> None:
    """The events, all of them, tell of two at once at most; the report of three, or of no two."""
    sender = hooked(tool)
    ours: dict[str, Any] = {"external": elos_there.external}
    told: list[dict[str, Any]] = [
        event("meeting-created", **ours),
        event("user-joined", at_s=60, who="w_1", person="a", **ours),
        event("user-joined", at_s=60, who="w_2", person="b", **ours),
        event("user-left", at_s=90, who="w_2", **ours),
        event("user-joined", at_s=120, who="w_3", person="c", **ours),
        event("meeting-ended", at_s=600, **ours),
    ]
    people = [attendee(one, came=0 if together else 10 * n, went=5 + 10 * n) for n, one in enumerate("abc")]
    steps: list[Any] = [*told, "report"]
    seen = set()
    orders: list[list[Any]] = [
        steps,
        ["report", *told],
        ["report", *told[::-1]],
        [*told[4:], "report", *told[:4]],
        steps[::-1],
    ]
    for order in orders:
        with tool.deps.database.transaction() as db:
            db.execute(meetings.delete())
        for step in order:
            answer = elos_there.send(*people) if isinstance(step, str) else sender.send(step)
            assert answer.status_code == 200
            do_jobs(tool)
        [row] = rows(tool, meetings)
        fields = ("created_at", "opened_at", "ended_at", "ended", "people", "peak", "recorded")
        seen.add(tuple(getattr(row, name) for name in fields))

    [outcome] = seen
    assert outcome[4:6] == (3, peak)


# --- what is kept ---


def test_of_people_whom_the_lms_knows_no_name_is_kept(
    tool: Tool, platform: Platform, elos_there: Reporter, browser: Browser
) -> None:
    browser.enter_room(platform, **STUDENT)
    did = {"chats": 3, "talks": 2, "talk_time": 95, "raisehand": 1, "emojis": 4, "poll_votes": 5}
    elos_there.send(
        attendee(user_id(tool), moderator=True),
        attendee(user_id(tool, "student-1"), came=10, went=30, engagement=did),
        attendee("w_guest", name="Visita"),
        attendee(20231045, name="Número"),
        attendee(user_id(tool).upper(), name="Quase"),
        attendee(str(UUID(int=7)), name="Ninguém"),
    )

    kept = rows(tool, presences)
    assert [(str(one.user_id or ""), one.is_guest, one.name) for one in kept] == [
        (user_id(tool), False, ""),
        (user_id(tool, "student-1"), False, ""),
        ("", True, "Visita"),
        ("", True, "Número"),
        ("", True, "Quase"),
        ("", True, "Ninguém"),
    ]
    assert [one.moderates for one in kept] == [True, False, False, False, False, False]
    student = kept[1]
    assert (student.length_s, student.chats, student.talks, student.talk_s) == (1200, 3, 2, 95)
    assert (student.hands, student.emojis, student.votes) == (1, 4, 5)
    assert student.stays[0][1] - student.stays[0][0] == 1200


def test_a_person_of_another_lms_is_a_guest(tool: Tool, platform: Platform, elos_there: Reporter) -> None:
    other = UUID(int=9)
    with tool.deps.database.transaction() as db:
        [row] = db.execute(select(platforms)).mappings().all()
        db.execute(platforms.insert().values(**dict(row) | {"id": other, "client_id": "client-2"}))
        moment = tool.deps.clock()
        somebody = {"id": UUID(int=8), "platform_id": other, "sub": "x", "name": "Alheia", "given_name": ""}
        db.execute(users.insert().values(**somebody, last_seen_at=moment, created_at=moment))
    elos_there.send(attendee(str(UUID(int=8)), name="Escolhido"))

    [one] = rows(tool, presences)
    assert (one.user_id, one.is_guest, one.name) == (None, True, "Escolhido")


def test_answers_in_polls_are_counted_and_not_kept_by_person(tool: Tool, elos_there: Reporter) -> None:
    asked = {"question": "Claro?", "options": ["Sim", "Não"], "votes": {"w_1": "Sim", "w_2": "Sim"}}
    elos_there.send(polls=[asked])

    assert rows(tool, reports)[0].polls == [{"question": "Claro?", "options": [["Sim", 2], ["Não", 0]], "others": 0}]


def test_the_guides_own_sample_is_taken(tool: Tool, elos_there: Reporter) -> None:
    sample = json.loads(GUIDE.read_bytes())
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().values(meeting_id=sample["meeting_id"]))

    assert elos_there.post(GUIDE.read_bytes()).status_code == 200
    [meeting] = rows(tool, meetings)
    assert (meeting.internal_id, meeting.people, meeting.recorded) == (sample["internal_meeting_id"], 9, False)
    assert f"{meeting.created_at:%Y-%m-%d %H:%M:%S}" == "2023-08-07 17:06:14"
    assert [one.length_s for one in rows(tool, presences)] == [one["duration"] for one in sample["data"]["attendees"]]


# --- once ---


def test_the_first_report_stands(tool: Tool, elos_there: Reporter) -> None:
    assert elos_there.send(attendee("w_1", name="Primeira")).status_code == 200
    assert elos_there.send(attendee("w_1", name="Segunda"), attendee("w_2")).status_code == 200

    assert [one.name for one in rows(tool, presences)] == ["Primeira"]
    assert rows(tool, meetings)[0].people == 1


def test_three_at_the_same_moment_are_one(tool: Tool, elos_there: Reporter) -> None:
    key, external, signed = elos_there.key, elos_there.external, bearer()
    body = json.dumps(report(external, *(attendee(f"w_{number}") for number in range(30)))).encode()

    answers = all_at_once(3, lambda _: elos_there.post(body, authorization=signed, key=key).status_code)

    assert answers == [200, 200, 200]
    assert (len(rows(tool, meetings)), len(rows(tool, reports)), len(rows(tool, presences))) == (1, 1, 30)


def test_what_could_not_be_written_whole_is_not_there_at_all(
    tool: Tool, elos_there: Reporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("lti_elos.services.history.reported", killed)
        assert elos_there.send(attendee("w_1")).status_code == 500
    assert nothing_kept(tool)

    assert elos_there.send(attendee("w_1")).status_code == 200
    assert len(rows(tool, presences)) == 1


# --- sizes and odd bodies ---


def test_a_report_of_nine_megabytes_is_taken(tool: Tool, elos_there: Reporter) -> None:
    sessions = {
        f"w_{number}": {"joins": [{"timestamp": "2026-11-22 19:56:02 +0000", "ext_userid": "p" * 60}], "lefts": []}
        for number in range(15)
    }
    people = (attendee(f"p{number}", name=f"Pessoa {number}", sessions=sessions) for number in range(3700))
    body = json.dumps(report(elos_there.external, *people)).encode()
    assert 8_500_000 < len(body) < 10_000_000

    assert elos_there.post(body).status_code == 200
    assert len(rows(tool, presences)) == 3700


def test_more_than_ten_is_not_read(tool: Tool, elos_there: Reporter) -> None:
    parts = urlsplit(tool.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    connection.putrequest("POST", f"/elos/analytics/{elos_there.key}")
    for name, value in {"Authorization": bearer(), "Content-Length": "11000000"}.items():
        connection.putheader(name, value)
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()
    assert nothing_kept(tool)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"meeting_id": 7}', b"9" * 5000, b"event=x"]
)
def test_what_is_no_report_is_refused(tool: Tool, elos_there: Reporter, body: bytes) -> None:
    assert elos_there.post(body).status_code == 400
    assert nothing_kept(tool)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"attendees": [None, 7, {"ext_user_id": ""}], "polls": [7], "duration": -5},
        {"start": "never", "finish": "2026-11-22 20:56:02"},
        {"duration": 1e300, "start": "1999-01-01 00:00:00 +0000"},
        {"polls": [{"question": "\x00\ud800", "options": ["\x00", "x" * 5000], "votes": {"\x00": "\ud800"}}]},
    ],
)
def test_odd_reports_are_kept_as_far_as_they_go(tool: Tool, elos_there: Reporter, data: Any) -> None:
    told = {"meeting_id": elos_there.external, "internal_meeting_id": "odd", "data": data}

    assert elos_there.post(json.dumps(told).encode()).status_code == 200
    assert (len(rows(tool, reports)), rows(tool, presences)) == (1, [])
    assert rows(tool, meetings)[0].ended_at is not None


def test_names_that_no_database_takes_are_tidied(tool: Tool, elos_there: Reporter) -> None:
    elos_there.send(attendee("w_1", name="Ana\x00\ud800 Lima" + "x" * 9000))

    [one] = rows(tool, presences)
    assert one.name.startswith("Ana Lima")
    assert len(one.name) <= 250


def test_a_report_moves_no_live_room(tool: Tool, elos_there: Reporter) -> None:
    before = rows(tool, live_rooms)
    elos_there.send(attendee("w_1"))

    assert rows(tool, live_rooms) == before
    assert len(rows(tool, deployments)) == 1
