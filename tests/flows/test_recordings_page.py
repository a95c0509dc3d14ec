"""The course's recordings as one list: whose rooms are in it, filters, where a recording is, and what jobs learn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import html
from sqlalchemy import event as sql_event
from sqlalchemy import select

from lti_elos.db import prepared
from lti_elos.db.tables import events, meetings, recordings, rooms, servers
from lti_elos.db.tables import hooks as hook_rows
from lti_elos.errors import ElosError
from lti_elos.services import hooks, jobs, recording_sync
from lti_elos.services import servers as server_service
from lti_elos.services.jobs import Job
from tests.conftest import ELOS_SECRET, Elos, Tool
from tests.flows.test_recordings import call_elos, press_record, session_token
from tests.support.browser import Browser
from tests.support.deliveries import do_jobs, event, hooked
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool, live_row, meeting_id_of

NO_JOB: Any = None
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def quiet(elos: Elos) -> Iterator[None]:
    """No delivery of one test comes in the next."""
    yield
    elos.send("DELETE", "all")


@pytest.fixture
def teacher(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url) as one:
        yield one


@pytest.fixture
def student(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url) as one:
        yield one


def record(tool: Tool, elos: Elos, room_id: str, name: str, at: datetime | None = None, **more: Any) -> str:
    """A recording of the room at Elos; gives its record id."""
    began = (at or datetime.now(UTC) - DAY).timestamp()
    found = elos.send("POST", "recordings", meetingID=meeting_id_of(tool, room_id), name=name, started_at=began, **more)
    return str(found["recordID"])


def listed(browser: Browser, room_id: str, query: str = "") -> list[str]:
    """Titles, each with its room where that is another."""
    page = browser.open(f"/rooms/{room_id}/recordings{query}")
    assert page.status_code == 200
    rows = html.fromstring(page.text).xpath("//li[@class='rec']")
    return [" @ ".join(one.text_content().strip() for one in row.xpath(".//bdi")) for row in rows]


def text_of(browser: Browser, room_id: str) -> str:
    page = browser.open(f"/rooms/{room_id}/recordings?lang=en")
    assert page.status_code == 200
    return " ".join(html.fromstring(page.text).get_element_by_id("main").text_content().split())


def steps_of(browser: Browser, room_id: str) -> list[str]:
    """The words of a way's steps, the current one marked."""
    page = browser.open(f"/rooms/{room_id}/recordings?lang=en")
    found = html.fromstring(page.text).xpath("//ol[@class='way']/li")
    words = [(" ".join(one.text_content().split()), one.get("aria-current")) for one in found]
    return [f"{'>' if current else ''}{text.split()[0]}" for text, current in words]


def forget_the_list(tool: Tool) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().values(recordings_synced_at=None, recordings_leased_until=None))


def row_of(tool: Tool, record_id: str) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(recordings).where(recordings.c.record_id == record_id)).one()


# --- whose ---


def test_the_list_is_of_all_rooms_of_the_course_that_one_may_see(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser, student: Browser
) -> None:
    grouped = {"custom": {"room_scope": "group", "group_ids": "7"}}
    linked = {"custom": {"room_scope": "resource"}}
    course = teacher.enter_room(platform)
    seven = student.enter_room(platform, **STUDENT, **grouped)
    with Browser(tool.url) as somebody, Browser(tool.url) as colleague:
        nine = somebody.enter_room(
            platform, **STUDENT | {"sub": "s-9"}, custom={"room_scope": "group", "group_ids": "9"}
        )
        link = somebody.enter_room(platform, **STUDENT | {"sub": "s-9"}, **linked)
        ana = colleague.enter_room(platform, sub="ana", name="Ana Lima", custom={"room_scope": "user"})
        elsewhere = somebody.enter_room(platform, **STUDENT | {"sub": "s-9"}, context={"id": "course-2", "title": "II"})
        for room_id, name in ((course, "Aula"), (seven, "Sete"), (nine, "Nove"), (link, "Link"), (ana, "Ana")):
            record(tool, elos, room_id, name)
        record(tool, elos, ana, "Rascunho", published=False)
        record(tool, elos, elsewhere, "De lá")

        assert set(listed(student, seven)) == {"Sete", "Aula @ Cálculo I"}
        assert set(listed(somebody, link)) == {"Link", "Aula @ Cálculo I"}
        # Who manages sees all, and of a colleague's own room what students see.
        everything = {"Aula", "Sete @ Grupo 7", "Nove @ Grupo 9", "Link @ Aula ao vivo", "Ana @ Ana Lima"}
        found = listed(teacher, course)
        assert {one.partition(" @ ")[0] for one in found} == {one.partition(" @ ")[0] for one in everything}
        assert {one for one in found if "Grupo" in one or "Lima" in one} == {
            one for one in everything if "Grupo" in one or "Lima" in one
        }
        assert "Rascunho" in listed(colleague, ana)
        # A room that is none of theirs cannot be asked for by its id either.
        assert listed(student, seven, f"?room={nine}") == []
        assert listed(teacher, course, f"?room={nine}") == ["Nove @ Grupo 9"]
        assert listed(teacher, course, f"?room={elsewhere}") == []
        # In the page of their colleague's room nobody manages who does not own it.
        assert "Rascunho" not in listed(teacher, teacher.enter_room(platform, custom={"room_scope": "user"}))


def test_filters_go_together_and_stay_while_paging(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser
) -> None:
    course = teacher.enter_room(platform)
    other = teacher.enter_room(platform, custom={"room_scope": "resource"})
    year = datetime.now(UTC).year - 1
    for number in range(25):
        record(tool, elos, course, f"Aula {number:02}", datetime(year, 3, 2, number % 24, number, tzinfo=UTC))
    record(tool, elos, course, "Aula de abril", datetime(year, 4, 1, 2, 59, tzinfo=UTC))  # still March in Brasília
    record(tool, elos, course, "Aula de maio", datetime(year, 5, 1, 12, tzinfo=UTC))
    record(tool, elos, other, "Aula do link", datetime(year, 3, 20, 12, tzinfo=UTC))
    record(tool, elos, course, "Prova", datetime(year, 3, 20, 12, tzinfo=UTC))
    hidden = record(tool, elos, course, "Aula restrita", datetime(year, 3, 21, 12, tzinfo=UTC))
    listed(teacher, course)
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().where(recordings.c.record_id == hidden).values(audience="teachers"))

    seen: list[str] = []
    path = f"/rooms/{course}/recordings?q=aula&period={year}-03&room={course}&audience=course"
    backwards = ""
    while path:
        page = teacher.open(path)
        document = html.fromstring(page.text)
        assert document.xpath("//select[@id='period']//option[@selected]/@value") == [f"{year}-03"]
        assert document.xpath("//select[@id='audience']/option[@selected]/@value") == ["course"]
        assert document.xpath("//select[@name='room']/option[@selected]/@value") == [course]
        seen += document.xpath("//li[@class='rec']//bdi/text()")
        path = next(iter(document.xpath("//a[@rel='next']/@href")), "")
        backwards = next(iter(document.xpath("//a[@rel='prev']/@href")), backwards)

    assert sorted(seen) == ["Aula " + (f"{number:02}" if number < 25 else "de abril") for number in range(26)]
    assert len(listed(teacher, course, backwards.partition("recordings")[2])) == 20
    assert listed(teacher, course, f"?audience=teachers&period={year}-h1") == ["Aula restrita"]
    assert listed(teacher, course, f"?audience=link&period={year}") == []
    assert listed(teacher, course, f"?period={year}-04") == []
    assert listed(teacher, course, "?period=30d&room=x&audience=all") == []
    assert len(listed(teacher, course, "?period=2026-13&room=x&audience=all")) == 20, (
        "what is no filter narrows nothing"
    )


# --- where is my recording? ---


@pytest.mark.parametrize("format_fails", [False, True], ids=["well", "video fails"])
def test_a_recordings_way_is_told_from_events(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser, student: Browser, format_fails: bool
) -> None:
    """From the press of the button to both formats, as Elos's events come in."""
    room_id = teacher.enter_room(platform)
    student.enter_room(platform, **STUDENT)
    hooks.look_after(tool.deps, NO_JOB)
    press_record(elos, session_token(teacher, room_id))
    teacher.submit(f"/rooms/{room_id}/end")
    told: dict[float, list[str]] = {}
    for at_s in (1.0, 3.0, 8.0, 21.0):
        come(tool, elos, seconds=at_s - max(told, default=0))
        told[at_s] = steps_of(teacher, room_id)
        assert steps_of(student, room_id) == []

    assert told[1.0] == told[3.0] == told[8.0] == ["Recorded", "Archived", ">Processing", "Published"]
    assert told[21.0] == []
    assert "Still being processed: video." in text_of(teacher, room_id)
    assert listed(student, room_id) == ["Cálculo I"]
    if format_fails:
        sender, internal = hooked_again(tool), live_row(tool, room_id).internal_id
        failed = event("rap-process-ended", at_s=0, internal=internal, workflow="video", success=False)
        failed["data"]["event"]["ts"] = round((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000)
        assert sender.send(failed).status_code == 200
        assert "Could not be processed: video." in text_of(teacher, room_id)
        return
    come(tool, elos, seconds=60)
    assert "Still being processed" not in text_of(teacher, room_id)
    assert len(re.findall("Watch|Video only", text_of(student, room_id))) == 2


def come(tool: Tool, elos: Elos, *, seconds: float) -> None:
    """So much later; what Elos tells has arrived, and jobs are done, with the list learnt anew."""
    elos.send("POST", "clock", advance_s=seconds)
    elos.send("POST", "deliveries/settle", within_s=20)
    do_jobs(tool)
    forget_the_list(tool)


def hooked_again(tool: Tool) -> Any:
    """The hook is the test's from now on."""
    with tool.deps.database.transaction() as db:
        db.execute(hook_rows.delete())
    return hooked(tool)


def a_session(tool: Tool, room_id: str, *, ago: timedelta, **values: Any) -> UUID:
    """A session of the room that ended so long ago, as it is kept."""
    now = datetime.now(UTC)
    made = {"id": uuid4(), "room_id": UUID(room_id), "internal_id": f"{uuid4().hex}-1"}
    times = {"created_at": now - ago - timedelta(hours=1), "ended_at": now - ago}
    course: dict[str, Any] = {"ended": "room", "people": 3, "peak": 2, "told_at": now}
    with tool.deps.database.transaction() as db:
        server_id = db.scalars(select(servers.c.id).where(servers.c.is_default)).one()
        db.execute(meetings.insert().values(**made, server_id=server_id, **(times | course | values)))
    return UUID(str(made["id"]))


def tell(tool: Tool, meeting_id: UUID, *told: tuple[str, dict[str, Any]]) -> None:
    now = datetime.now(UTC)
    with tool.deps.database.transaction() as db:
        for number, (name, more) in enumerate(told):
            at = now - timedelta(hours=1) + number * timedelta(minutes=1)
            given = {"who": "", "person": "", "record_id": "", "more": more, "received_at": now}
            db.execute(
                events.insert().values(meeting_id=meeting_id, fingerprint=uuid4().hex, name=name, at=at, **given)
            )


def test_sessions_of_late_without_a_recording_say_why(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser, student: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    student.enter_room(platform, **STUDENT)
    record(tool, elos, room_id, "Aula")
    a_session(tool, room_id, ago=DAY * 2, recorded=False)
    a_session(tool, room_id, ago=DAY * 3, recorded=None, told_at=None)
    a_session(tool, room_id, ago=DAY * 4, ended="unused", recorded=None)
    a_session(tool, room_id, ago=DAY * 8, recorded=False)
    tell(
        tool, a_session(tool, room_id, ago=timedelta(hours=2), recorded=True), ("rap-archive-ended", {"success": False})
    )
    gone = a_session(tool, room_id, ago=timedelta(hours=5), recorded=True)
    with tool.deps.database.reading() as db:
        gone_id = db.scalars(select(meetings.c.internal_id).where(meetings.c.id == gone)).one()
    listed(teacher, room_id)
    with tool.deps.database.transaction() as db:
        copied = db.execute(select(recordings)).one()._asdict()
        values = {"id": uuid4(), "record_id": gone_id, "internal_id": gone_id, "state": "deleted"}
        db.execute(recordings.insert().values(**(copied | values)))

    text = text_of(teacher, room_id)
    document = html.fromstring(teacher.open(f"/rooms/{room_id}/recordings").text)
    assert text.count("Nobody started recording in this session.") == 1
    assert text.count("No recording so far") == 1
    assert text.count("Processing failed") == 1
    assert "1 recording " in text
    assert len(document.xpath("//li[@class='rec']")) == 4, "nothing of sessions that nobody came to, or long ago"
    assert steps_of(teacher, room_id) == ["Recorded", ">Archived", "Processing", "Published"]
    assert listed(student, room_id) == ["Aula"]
    assert "Nobody started" not in text_of(student, room_id)
    filtered = teacher.open(f"/rooms/{room_id}/recordings?q=aula&lang=en").text
    assert "Nobody started" not in filtered


def test_a_list_that_was_never_learnt_is_said_to_be_on_its_way(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    elos.fault("html500", call="getRecordings")

    text = text_of(teacher, room_id)

    assert "The list is being fetched from Elos" in text
    assert "isn't answering" not in text


# --- few questions to the database ---


@contextmanager
def statements(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """All that is said to the database, prepared statements included."""
    said: list[str] = []
    run = prepared.run_on_driver

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    def noted(db: Any, sql: str, parameters: Any = ()) -> list[Any]:
        said.append(sql)
        return run(db, sql, parameters)

    monkeypatch.setattr(prepared, "run_on_driver", noted)
    sql_event.listen(tool.deps.database.engine, "before_cursor_execute", note)
    yield said
    sql_event.remove(tool.deps.database.engine, "before_cursor_execute", note)
    monkeypatch.undo()


def test_the_page_takes_six_queries_however_many_rooms_sessions_and_recordings(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = {"custom": {"room_scope": "group", "group_ids": "1,2,3"}}
    room_id = teacher.enter_room(platform, **groups)
    with tool.deps.database.reading() as db:
        its_rooms = [str(one) for one in db.scalars(select(rooms.c.id))]
    for its_id in its_rooms:
        a_session(tool, its_id, ago=DAY, recorded=True)
        for number in range(9):
            record(tool, elos, its_id, f"Aula {number}", datetime.now(UTC) - timedelta(hours=number + 30))
    assert len(listed(teacher, room_id)) == 23, "twenty, and three sessions without one"

    with statements(tool, monkeypatch) as said:
        teacher.open(f"/rooms/{room_id}/recordings")

    assert 3 < len(said) <= 6, said

    # More than SQLite takes parts in one statement.
    with tool.deps.database.transaction() as db:
        one = db.execute(select(rooms).where(rooms.c.id == UUID(room_id))).one()._asdict() | {"scope": "resource"}
        names = ("key_digest", "meeting_id", "callback_key", "link_key", "scope_id")
        db.execute(rooms.insert(), [one | {"id": uuid4()} | {name: uuid4().hex for name in names} for _ in range(600)])
    with statements(tool, monkeypatch) as said:
        assert len(listed(teacher, room_id)) == 23
    assert len(said) <= 6, said


# --- learning ---


def test_what_servers_do_to_lists_spoils_none(tool: Tool, platform: Platform, elos: Elos, teacher: Browser) -> None:
    """Counted pages, a broken item, playback on several hosts; then one is deleted at Elos, and the server changes."""
    hosts = ("https://rec-1.example.test", "https://rec-2.example.test")
    elos.send("POST", "switches", paging="totalElements", broken_recording=True, playback_hosts=hosts)
    room_id = teacher.enter_room(platform)
    ids = [
        record(tool, elos, room_id, f"Aula {number:03}", datetime.now(UTC) - timedelta(hours=number))
        for number in range(1, 104)
    ]

    assert listed(teacher, room_id)[0] == "Aula 001"
    with tool.deps.database.reading() as db:
        rows = db.execute(select(recordings)).all()
    assert {row.record_id for row in rows} == set(ids)
    assert {row.formats[0]["url"].partition("/playback")[0] for row in rows} == set(hosts)

    call_elos(tool, "deleteRecordings", recordID=ids[0])
    forget_the_list(tool)
    assert listed(teacher, room_id)[0] == "Aula 002"
    assert row_of(tool, ids[0]).state == "deleted"

    # Where it is served from now on nothing is known of the room; what lies on the server before is listed still.
    new_url = elos.url.replace("127.0.0.1", "localhost") + "/bigbluebutton/api"
    server_service.add(tool.deps, name="new", url=new_url, secret=ELOS_SECRET, default=True)
    forget_the_list(tool)
    assert listed(teacher, room_id)[0] == "Aula 002"


def test_the_job_asks_for_rooms_where_a_recording_is_expected_and_for_others_daily(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet_room = teacher.enter_room(platform)
    expecting = teacher.enter_room(platform, context={"id": "course-2", "title": "II"})
    unused = teacher.enter_room(platform, context={"id": "course-3", "title": "III"})
    record(tool, elos, quiet_room, "Antiga", datetime.now(UTC) - 30 * DAY)
    a_session(tool, expecting, ago=timedelta(hours=1), recorded=True)
    a_session(tool, quiet_room, ago=timedelta(hours=1), recorded=False)
    names = {meeting_id_of(tool, quiet_room): "quiet", meeting_id_of(tool, expecting): "expecting"}
    names[meeting_id_of(tool, unused)] = "unused"

    def asked(*, later: timedelta) -> set[str]:
        elos.send("DELETE", "calls")
        with another_tool(tool, later=later) as then:
            recording_sync.work(then.deps, NO_JOB)
        ids = [one["params"]["meetingID"] for one in elos.calls("getRecordings")]
        return {names[one] for some in ids for one in some.split(",")}

    with monkeypatch.context() as patched:
        patched.setattr(recording_sync, "_MANY", 1)
        assert asked(later=timedelta(0)) == {"expecting"}, "first"
    assert asked(later=timedelta(0)) == {"quiet"}
    assert asked(later=timedelta(minutes=4)) == set()
    assert asked(later=timedelta(minutes=6)) == {"expecting"}
    record(tool, elos, expecting, "Nova")
    assert asked(later=timedelta(minutes=12)) == {"expecting"}
    with tool.deps.database.transaction() as db:  # the one that was awaited
        its_id = select(meetings.c.internal_id).where(meetings.c.room_id == UUID(expecting)).scalar_subquery()
        of_room = recordings.c.room_id == UUID(expecting)
        db.execute(recordings.update().where(of_room).values(internal_id=its_id))
    assert asked(later=timedelta(minutes=18)) == set()
    assert asked(later=timedelta(hours=25)) == {"quiet", "expecting"}


def test_an_event_of_a_recording_has_its_room_asked_at_once(
    tool: Tool, platform: Platform, elos: Elos, teacher: Browser
) -> None:
    room_id = teacher.enter_room(platform)
    meeting = a_session(tool, room_id, ago=timedelta(hours=1), recorded=True)
    with tool.deps.database.reading() as db:
        internal = db.scalars(select(meetings.c.internal_id).where(meetings.c.id == meeting)).one()
    record_id = record(tool, elos, room_id, "Aula")
    elos.send("DELETE", "calls")

    # Long over: which meeting it was of says its internal id alone.
    hooked(tool).send(event("rap-published", at_s=1, internal=internal, **{"record-id": record_id}))
    assert len(jobs.due(tool.deps)) == 2, "the meeting's, and the room's"
    do_jobs(tool)

    assert (row_of(tool, record_id).state, len(elos.calls("getRecordings"))) == ("published", 1)

    elos.fault("html500", call="getRecordings")
    job = Job(1, recording_sync.KIND_OF_ROOM, room_id, 1, datetime.now(UTC), 1)
    with pytest.raises(ElosError):
        recording_sync.work_of_room(tool.deps, job)
    assert row_of(tool, record_id).state == "published"
