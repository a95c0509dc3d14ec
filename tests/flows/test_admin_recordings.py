"""Operators look for recordings, take one out of the bin, and read what was done with them, over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import html
from sqlalchemy import event, select

from lti_elos.db.tables import audit, operators, recordings, rooms, servers
from lti_elos.domain.audit import Action
from lti_elos.services import audit as audit_service
from lti_elos.services import audit_lists, recording_desk
from tests.conftest import Elos, Tool
from tests.flows.test_admin_failures import counted_queries, main_of, text_of
from tests.support.browser import Browser, code_of
from tests.support.operators import Desk, at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool, meeting_id_of, one_database

LIST, AUDIT = "/admin/recordings", "/admin/audit"
START = 1_790_000_000.0
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    with at_the_desk(tool, language="en") as one:
        yield one


@pytest.fixture
def room_id(platform: Platform, browser: Browser) -> str:
    return browser.enter_room(platform)


@pytest.fixture
def lesson(tool: Tool, elos: Elos, browser: Browser, room_id: str) -> Any:
    """Its row: a recording that the tool has learnt from Elos."""
    made = elos.send("POST", "recordings", meetingID=meeting_id_of(tool, room_id), name="Aula 1", started_at=START)
    assert browser.open(f"/rooms/{room_id}/recordings").status_code == 200
    return row_of(tool, made["recordID"])


def row_of(tool: Tool, record_id: str) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(recordings).where(recordings.c.record_id == record_id)).one()


def another(tool: Tool, like: Any, **changed: Any) -> Any:
    """One more row, of the same room where nothing else is said."""
    values = like._asdict() | {"id": uuid4(), "record_id": uuid4().hex} | changed
    with tool.deps.database.transaction() as db:
        db.execute(recordings.insert().values(**values))
    return row_of(tool, values["record_id"])


def put_into_bin(tool: Tool, elos: Elos, row: Any) -> None:
    """As a teacher does it: taken offline at Elos, and here until its days are over."""
    with tool.deps.database.reading() as db:
        server = db.execute(select(servers).where(servers.c.id == row.server_id)).one()
    tool.deps.elos.of_row(server).publish_recordings([row.record_id], published=False)
    now = tool.deps.clock()
    changed = {"trashed_at": now, "delete_at": now + timedelta(days=7), "state": "unpublished", "was_published": True}
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().where(recordings.c.id == row.id).values(**changed))
    elos.send("DELETE", "calls")


def note(tool: Tool, row: Any, platform: Platform, *actions: Action, **more: Any) -> None:
    with tool.deps.database.transaction() as db:
        for action in actions:
            audit_service.note(db, action, row, now=tool.deps.clock(), platform_id=platform.id, **more)


def titles(desk: Desk, **wanted: str) -> list[str]:
    found = main_of(desk.open(LIST, params=wanted)).xpath("//section[@aria-labelledby='list-title']//tbody//th//a")
    return [one.text_content().strip() for one in found]


def test_strangers_are_led_to_the_door_and_back(tool: Tool, lesson: Any) -> None:
    with Browser(tool.url) as anybody:
        for path in (LIST, f"{LIST}/{lesson.id}", f"{AUDIT}", f"{AUDIT}.csv"):
            answer = anybody.open(path)
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/login?next={path}")
        assert anybody.submit(f"{LIST}/{lesson.id}/restore").status_code == 303


def test_the_page_says_what_is_stored_where(tool: Tool, desk: Desk, lesson: Any) -> None:
    soon = tool.deps.clock() + timedelta(days=10)
    another(tool, lesson, name="Vence", size_bytes=3_500_000_000, expires_at=soon)
    another(tool, lesson, name="Foi", state="deleted", size_bytes=9_000_000_000)

    stored = recording_desk.storage(tool.deps)

    [of_server], [of_platform] = stored.servers, stored.platforms
    for one in (of_server, of_platform, stored.total):
        assert (one.number, one.size_bytes, one.expiring, one.in_bin) == (2, lesson.size_bytes + 3_500_000_000, 1, 0)
        assert one.oldest == lesson.started_at
    assert (of_server.name, of_platform.name) == ("sim", "LMS Exemplo")
    said = text_of(desk.open(LIST))
    assert "Recordings2 Size4.0 GB Expire in 30 days1 In the bin0" in said
    assert "No recording" not in said


@one_database
def test_nothing_is_stored_yet(desk: Desk) -> None:
    assert "No recordings yet." in text_of(desk.open(LIST))
    assert "No entry yet" in text_of(desk.open(AUDIT))


def test_a_recording_is_found_by_title_room_record_platform_and_state(
    tool: Tool, desk: Desk, lesson: Any, platform: Platform
) -> None:
    later = lesson.started_at + timedelta(days=1)
    now = tool.deps.clock()
    draft = another(tool, lesson, name="Álgebra 100%", state="unpublished", started_at=later)
    another(tool, lesson, name="Vence", expires_at=now + timedelta(days=3))
    another(tool, lesson, name="Vence já", expires_at=now + timedelta(days=1), started_at=later)
    another(tool, lesson, name="No cesto", state="unpublished", trashed_at=now, delete_at=now + timedelta(days=2))
    another(tool, lesson, name="Foi", state="deleted")

    assert len(titles(desk)) == 5
    assert titles(desk, q="100%") == titles(desk, q="álgebra") == ["Álgebra 100%"]
    assert titles(desk, q=draft.record_id) == ["Álgebra 100%"]
    assert set(titles(desk, q=lesson.internal_id)) >= {"Aula 1", "Foi"}
    assert titles(desk, q="_") == titles(desk, q="zzz") == titles(desk, platform=NOBODYS) == []
    with tool.deps.database.reading() as db:
        room = db.execute(select(rooms.c.name).where(rooms.c.id == lesson.room_id)).scalar_one()
    assert len(titles(desk, q=room[:6].upper())) == len(titles(desk, platform=str(platform.id))) == 5
    assert titles(desk, state="unpublished") == ["Álgebra 100%"]
    assert titles(desk, state="bin") == ["No cesto"]
    assert titles(desk, state="expiring") == ["Vence já", "Vence"]
    assert titles(desk, state="deleted", q="foi") == ["Foi"]
    assert len(titles(desk, state="nonsense", platform="no-id", after="x")) == 5
    assert "No recording fits." in text_of(desk.open(LIST, params={"q": "zzz"}))


def test_fifty_a_page_and_the_way_on_keeps_the_filters(
    tool: Tool, desk: Desk, lesson: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        name = "Prova" if number % 10 == 0 else f"Aula {number}"
        expires_at = tool.deps.clock() + timedelta(days=1, hours=number % 3)
        another(tool, lesson, name=name, expires_at=expires_at, started_at=lesson.started_at + timedelta(hours=number))

    for state in ("", "expiring"):
        first = desk.open(LIST, params={"state": state})
        [onward] = main_of(first).xpath("//nav//a[contains(., 'Next page')]/@href")
        second = desk.open(onward)
        links = [
            main_of(page).xpath("//tbody//th//a[contains(@href, '/recordings/')]/@href") for page in (first, second)
        ]
        assert [len(each) for each in links] == [50, 61 - 50 if not state else 60 - 50]
        assert not set(links[0]) & set(links[1])

    monkeypatch.setattr(recording_desk, "STRETCH", 25)
    path, found, pages = f"{LIST}?q=prova", [], 0
    while path:
        page = desk.open(path)
        found += main_of(page).xpath("//section[@aria-labelledby='list-title']//tbody//th//a/@href")
        path, pages = next(iter(main_of(page).xpath("//nav//a[contains(., 'further back')]/@href")), ""), pages + 1
        assert ("Looked through the recordings back to" in text_of(page)) == bool(path)
        assert "q=prova" in path or not path
    assert (len(found), pages) == (6, 3)


def test_one_recording_is_shown_without_its_people(
    tool: Tool, desk: Desk, lesson: Any, platform: Platform, browser: Browser
) -> None:
    note(tool, lesson, platform, Action.PLAYED, user_id=uuid4(), details={"kind": "video"})
    note(tool, lesson, platform, Action.AUDIENCE, user_id=uuid4(), details={"from": "course", "to": "teachers"})

    page = desk.open(f"{LIST}/{lesson.id}")

    said = text_of(page)
    assert f"Record id{lesson.record_id}" in said.replace("Record id ", "Record id")
    assert "presentation, video" in said
    assert "course → teachers" in said
    assert said.index("Changed who can see it") < said.index("Watched kind: video")
    assert "Docente" not in page.text
    assert "Take it out" not in said
    for path in (f"{LIST}/{NOBODYS}", f"{LIST}/x"):
        assert (desk.open(path).status_code, code_of(desk.open(path))) == (404, "WEB-NOT-FOUND")


def test_an_operator_takes_a_recording_out_of_the_bin(
    tool: Tool, desk: Desk, elos: Elos, platform: Platform, lesson: Any, room_id: str
) -> None:
    put_into_bin(tool, elos, lesson)
    path = f"{LIST}/{lesson.id}"
    assert "Taken out, it is published again." in text_of(desk.open(path))

    answer = desk.act(f"{path}/restore", page=path)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?done=restored")
    assert "It is out of the bin" in text_of(desk.open(answer.headers["Location"]))
    assert [call["params"]["publish"] for call in elos.calls("publishRecordings")] == ["true"]
    kept = row_of(tool, lesson.record_id)
    assert (kept.state, kept.trashed_at, kept.delete_at, kept.was_published) == ("published", None, None, False)
    with Browser(tool.url) as student:
        student.enter_room(platform, **STUDENT)
        assert "Aula 1" in student.open(f"/rooms/{room_id}/recordings").text
    with tool.deps.database.reading() as db:
        [entry] = db.execute(select(audit)).all()
        operator_id = db.execute(select(operators.c.id)).scalar_one()
    assert (entry.action, entry.operator_id, entry.user_id, entry.platform_id) == (
        "restored",
        operator_id,
        None,
        UUID(str(platform.id)),
    )

    again = desk.act(f"{path}/restore", page=path)

    assert again.status_code == 409
    assert "It is not in the bin any more" in text_of_refusal(again)
    assert tool.rows()["audit"] == 1
    assert desk.act(f"{LIST}/{NOBODYS}/restore", page=path).status_code == 404


def text_of_refusal(page: Any) -> str:
    return " ".join(html.fromstring(page.text).get_element_by_id("main").text_content().split())


def test_nothing_changes_where_elos_does_not_publish_it_again(tool: Tool, desk: Desk, elos: Elos, lesson: Any) -> None:
    put_into_bin(tool, elos, lesson)
    before = row_of(tool, lesson.record_id)
    elos.fault("checksumError", call="publishRecordings")
    path = f"{LIST}/{lesson.id}"

    answer = desk.act(f"{path}/restore", page=path)

    assert answer.status_code == 502
    assert "Elos did not publish it again, so nothing was changed." in text_of_refusal(answer)
    assert row_of(tool, lesson.record_id) == before
    assert tool.rows()["audit"] == 0


def test_after_its_days_nobody_takes_it_out_of_the_bin(tool: Tool, desk: Desk, elos: Elos, lesson: Any) -> None:
    put_into_bin(tool, elos, lesson)
    path = f"{LIST}/{lesson.id}"
    with another_tool(tool, later=timedelta(days=8)) as then, Desk(then.url, language="en") as later:
        assert later.enter().status_code == 303
        assert "Take it out of the bin" not in text_of(later.open(path))
        assert later.act(f"{path}/restore", page=path).status_code == 409
    assert elos.calls("publishRecordings") == []


# --- the log ---


def test_the_log_is_filtered_paged_and_looked_through_in_stretches(
    tool: Tool, desk: Desk, platform: Platform, lesson: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(tool, lesson, platform, Action.DELETED)
    note(tool, lesson, platform, *[Action.PLAYED] * 60, user_id=uuid4())
    other = another(tool, lesson, name="Outra")
    note(tool, other, Platform(**(vars(platform) | {"id": uuid4()})), Action.RENAMED)

    first = desk.open(AUDIT)
    [onward] = main_of(first).xpath("//nav//a[contains(., 'Next page')]/@href")
    assert [len(main_of(page).xpath("//tbody/tr")) for page in (first, desk.open(onward))] == [50, 12]
    assert "A platform that was removed" in text_of(first)
    assert "Renamed or described" in main_of(first).xpath("string(//tbody)")
    of_platform = main_of(desk.open(AUDIT, params={"platform": str(platform.id)}))
    assert "Renamed or described" not in of_platform.xpath("string(//tbody)")
    of_other = main_of(desk.open(AUDIT, params={"recording": str(other.id)}))
    assert len(of_other.xpath("//tbody/tr")) == 1
    assert "Only of the recording Outra." in text_of(desk.open(AUDIT, params={"recording": str(other.id)}))
    assert len(main_of(desk.open(AUDIT, params={"action": "nonsense", "before": "x"})).xpath("//tbody/tr")) == 50
    assert len(main_of(desk.open(AUDIT, params={"action": "deleted"})).xpath("//tbody/tr")) == 1

    monkeypatch.setattr(audit_lists, "STRETCH", 40)
    page = desk.open(AUDIT, params={"action": "deleted"})
    assert "Nothing fits so far." in text_of(page)
    [further] = main_of(page).xpath("//nav//a[contains(., 'further back')]/@href")
    assert "Deleted for good" in main_of(desk.open(further)).xpath("string(//tbody)")


def test_the_file_cannot_run_and_names_nobody(tool: Tool, desk: Desk, platform: Platform, lesson: Any) -> None:
    user_id = uuid4()
    evil = another(tool, lesson, name='=HYPERLINK("http://x")')
    note(tool, evil, platform, Action.PLAYED, user_id=user_id)
    note(tool, evil, platform, Action.RENAMED, user_id=user_id, details={"from": "@a", "to": "b"})

    answer = desk.open(f"{AUDIT}.csv", params={"action": "renamed"})

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    cells = dict(zip(head, row, strict=True))
    assert cells["recording"] == """'=HYPERLINK("http://x")"""
    assert cells["details"] == "'@a → b"
    assert (cells["action"], cells["user_id"], cells["operator"]) == ("renamed", str(user_id), "")
    assert cells["at"].endswith("Z")
    assert "Docente" not in answer.text
    assert len(desk.open(f"{AUDIT}.csv").content.decode("utf-8-sig").splitlines()) == 3


def test_pages_take_few_queries_however_many_rows(tool: Tool, desk: Desk, platform: Platform, lesson: Any) -> None:
    for number in range(60):
        another(tool, lesson, name=f"Aula {number}")
    note(tool, lesson, platform, *[Action.PLAYED] * 60)

    for path in (
        LIST,
        f"{LIST}?q=aula&state=published&platform={platform.id}",
        f"{LIST}?q={lesson.record_id}",
        f"{LIST}/{lesson.id}",
        f"{AUDIT}?action=played&platform={platform.id}",
        f"{AUDIT}.csv",
    ):
        with counted_queries(tool) as seen:
            assert desk.open(path).status_code == 200
        assert 0 < len([text for text in seen if text.startswith("SELECT")]) <= 8, path


@one_database
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("recordings", "ix_recordings_newest"),
        ("recordings?q=aula", "ix_recordings_newest"),
        ("recordings?state=unpublished", "ix_recordings_newest"),
        ("recordings?state=bin", "ix_recordings_delete_at"),
        ("recordings?state=expiring", "ix_recordings_expires_at"),
        ("recordings?q=0123456789abcdef0123", "(server_id=? AND record_id=?)"),
        ("audit?action=played", "SEARCH audit USING INTEGER PRIMARY KEY"),
        ("audit?platform={id}", "ix_audit_platform"),
        ("audit?recording={id}", "ix_audit_recording_id"),
    ],
)
def test_a_page_reads_no_table_from_end_to_end(
    tool: Tool, desk: Desk, lesson: Any, platform: Platform, query: str, index: str
) -> None:
    """As SQLite explains the queries that are sent: each page costs the same, however many rows there are."""
    note(tool, lesson, platform, Action.PLAYED)
    path = f"/admin/{query.replace('{id}', str(platform.id))}"
    desk.open(LIST)  # what is stored is counted now, and not with the page
    sent: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT") and ("FROM recordings" in statement or "FROM audit" in statement):
            sent.append((statement, parameters))

    event.listen(tool.deps.database.engine, "before_cursor_execute", keep)
    try:
        assert desk.open(path).status_code == 200
    finally:
        event.remove(tool.deps.database.engine, "before_cursor_execute", keep)

    with tool.deps.database.reading() as db:
        plans = [
            [str(row[3]) for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in sent
        ]
    assert any(index in line or (index.startswith("SEARCH") and "audit" in line) for plan in plans for line in plan)
    scans = [line for plan in plans for line in plan if line in ("SCAN recordings", "SCAN rooms", "SCAN platforms")]
    assert scans == []
