"""Changing recordings over HTTP: Elos first and the row after, refusals told, the bin, several at once, the log."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from lxml import html
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from lti_elos.db.tables import audit, recordings, rooms
from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import Audience
from lti_elos.errors import ElosError
from lti_elos.services import audit as audit_service
from lti_elos.services import housekeeping, jobs, recording_bin, recording_log, recording_sync
from lti_elos.services.job_kinds import KINDS
from lti_elos.services.jobs import Job
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.crowds import all_at_once
from tests.support.platform import Platform
from tests.support.rooms import ADMINISTRATOR, STUDENT, another_tool, meeting_id_of, one_database

START = 1_790_000_000.0
JOB = Job(1, recording_bin.KIND, "", 1, None, 1)  # type: ignore[arg-type]
Seed = Callable[..., str]


@pytest.fixture
def room_id(tool: Tool, platform: Platform) -> str:
    with Browser(tool.url) as anybody:
        return anybody.enter_room(platform, sub="first-comer")


@pytest.fixture
def student(platform: Platform, browser: Browser, room_id: str) -> Browser:
    browser.enter_room(platform, **STUDENT)
    return browser


@pytest.fixture
def teacher(tool: Tool, platform: Platform, room_id: str) -> Browser:
    one = Browser(tool.url, language="en")
    one.enter_room(platform, name="Ana Lima")
    one.open(f"/rooms/{room_id}?lang=en")
    return one


@pytest.fixture
def seed(tool: Tool, elos: Elos, room_id: str, teacher: Browser) -> Seed:
    """A recording that is at Elos and known here; gives its id here."""
    made: list[int] = []

    def add(name: str, *, of: str = room_id, by: Browser = teacher, **more: Any) -> str:
        made.append(1)
        body = {"meetingID": meeting_id_of(tool, of), "name": name, "started_at": START + 86_400 * len(made)}
        one = elos.send("POST", "recordings", **(body | more))
        with tool.deps.database.transaction() as db:
            db.execute(rooms.update().values(recordings_synced_at=None))
        assert by.open(f"/rooms/{of}/recordings").status_code == 200
        with tool.deps.database.reading() as db:
            query = select(recordings.c.id).where(recordings.c.record_id == one["recordID"])
            return str(db.execute(query).scalar_one())

    return add


def row_of(tool: Tool, recording_id: str) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(recordings).where(recordings.c.id == UUID(recording_id))).one()


def at_elos(tool: Tool, recording_id: str) -> Any:
    """As Elos has it now; None: not any more."""
    row = row_of(tool, recording_id)
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
    found = client.recording(row.record_id)
    return None if found is None or found.state == "deleted" else found


def change(browser: Browser, room_id: str, do: str, *ids: str, query: str = "") -> requests.Response:
    return browser.submit(f"/rooms/{room_id}/recordings/changes{query}", [("do", do), *(("id", one) for one in ids)])


def told(browser: Browser, answer: requests.Response) -> str:
    """The words of the note, on the page or where the answer leads to."""
    if answer.status_code == 303:
        answer = browser.open(answer.headers["Location"])
    found = html.fromstring(answer.text).xpath("//main/div[contains(@class, 'note')]")
    return " ".join(" ".join(one.text_content().split()) for one in found)


def names_on(browser: Browser, room_id: str) -> list[str]:
    items = html.fromstring(browser.open(f"/rooms/{room_id}/recordings").text).xpath("//li[@class='rec']/div[1]")
    return [one.xpath(".//bdi")[0].text_content() for one in items]


def noted(tool: Tool) -> list[str]:
    """What the audit log holds, but plays."""
    with tool.deps.database.reading() as db:
        found = db.scalars(select(audit.c.action).where(audit.c.action != "played").order_by(audit.c.id))
        return list(found)


def play(browser: Browser, room_id: str, recording_id: str) -> int:
    return browser.open(f"/rooms/{room_id}/recordings/{recording_id}/play?kind=presentation").status_code


# --- one ---


def test_publishing_and_taking_down(tool: Tool, room_id: str, teacher: Browser, student: Browser, seed: Seed) -> None:
    one = seed("Aula 24")
    assert names_on(student, room_id) == ["Aula 24"]

    down = change(teacher, room_id, "unpublish", one, query="?q=aula&note=x&lang=en")

    assert down.headers["Location"] == f"/rooms/{room_id}/recordings?q=aula&note=unpublished~{UUID(one).hex}"
    assert told(teacher, down) == "Aula 24: not published any more, only teachers see it."
    assert at_elos(tool, one).state == row_of(tool, one).state == "unpublished"
    assert (names_on(student, room_id), play(student, room_id, one)) == ([], 404)

    assert told(teacher, change(teacher, room_id, "publish", one)) == "Aula 24: published."
    assert at_elos(tool, one).state == row_of(tool, one).state == "published"
    assert (names_on(student, room_id), play(student, room_id, one)) == (["Aula 24"], 303)
    assert noted(tool) == ["unpublished", "published"]


def test_a_list_of_elos_that_lags_takes_nothing_back_at_once(
    tool: Tool, room_id: str, student: Browser, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    one = seed("Aula")
    record_id = row_of(tool, one).record_id
    change(teacher, room_id, "unpublish", one)
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
    client.publish_recordings([record_id], published=True)  # what an old list would still say
    with another_tool(tool, later=timedelta(seconds=25)) as then:
        student.tool_url = then.url
        assert names_on(student, room_id) == []
    with another_tool(tool, later=timedelta(minutes=3)) as then:
        student.tool_url = then.url
        assert names_on(student, room_id) == ["Aula"]


def test_renaming_and_describing(tool: Tool, room_id: str, teacher: Browser, student: Browser, seed: Seed) -> None:
    one = seed("Reunião automática")
    path = f"/rooms/{room_id}/recordings/{one}/edit"
    assert 'value="Reunião automática"' in teacher.open(path).text

    done = teacher.submit(path, {"name": "  Aula 24:  \u202eRiemann ", "description": "Lista 7\r\ne 8"})

    assert told(teacher, done) == "Aula 24: Riemann: name and description saved."
    found = at_elos(tool, one)
    assert (found.name, found.description) == ("Aula 24: Riemann", "Lista 7 e 8")
    assert names_on(student, room_id) == ["Aula 24: Riemann"]
    assert student.open(f"/rooms/{room_id}/recordings?q=lista").text.count("Aula 24: Riemann") >= 1

    teacher.submit(path, {"name": " ", "description": ""})
    assert (at_elos(tool, one).name, at_elos(tool, one).description) == ("Reunião automática", None)
    assert names_on(student, room_id) == ["Reunião automática"]
    assert noted(tool) == ["renamed", "renamed"]


@one_database
def test_what_is_no_name_or_too_long_is_shown_again(tool: Tool, room_id: str, teacher: Browser, seed: Seed) -> None:
    path = f"/rooms/{room_id}/recordings/{seed('Aula')}/edit"

    for fields in ({"name": "x"}, {"name": "y" * 251}, {"name": "Boa", "description": "z" * 501}):
        answer = teacher.submit(path, fields)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert all(text in answer.text for text in fields.values())
    assert names_on(teacher, room_id) == ["Aula"]


def test_protecting_where_the_server_knows_it(
    tool: Tool, room_id: str, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    one, other = seed("Uma"), seed("Outra")
    with tool.deps.database.transaction() as db:
        its = recordings.c.id == UUID(one)
        db.execute(
            recordings.update()
            .where(its)
            .values(is_protected=False, hold_until=tool.deps.clock() + recording_sync.HOLD)
        )

    assert told(teacher, change(teacher, room_id, "protect", one)) == "Uma: protected now."
    assert row_of(tool, one).is_protected is True
    assert told(teacher, change(teacher, room_id, "unprotect", one)) == "Uma: not protected any more."
    assert [call["params"]["protect"] for call in elos.calls("updateRecordings")] == ["true", "false"]

    refused = change(teacher, room_id, "protect", other)
    assert (refused.status_code, told(teacher, refused)) == (409, "Not possible in the state it is in now: Outra.")
    assert noted(tool) == ["protected", "unprotected"]


# --- Elos says no, or nothing ---


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"kind": "refuse", "key": "temporaryError"}, 502, "Elos answered: temporaryError. Code ELOS-CHANGE-REFUSED"),
        ({"kind": "refuse", "key": "<b>Call 555</b>"}, 502, "Try again in a few minutes. Code ELOS-CHANGE-REFUSED"),
        ({"kind": "html500"}, 503, "Code ELOS-UNREACHABLE"),
    ],
)
def test_what_elos_refuses_or_does_not_answer_does_not_change(
    tool: Tool,
    room_id: str,
    teacher: Browser,
    elos: Elos,
    seed: Seed,
    fault: dict[str, str],
    status: int,
    words: str,
) -> None:
    one = seed("Aula")
    before = row_of(tool, one)
    for call in ("publishRecordings", "updateRecordings"):
        elos.fault(call=call, **fault)

    answers = [change(teacher, room_id, do, one) for do in ("unpublish", "delete")]
    answers.append(teacher.submit(f"/rooms/{room_id}/recordings/{one}/edit", {"name": "Outra"}))

    for answer in answers:
        assert answer.status_code == status
        assert "Aula" in told(teacher, answer)
        assert told(teacher, answer).endswith(words)
        assert "555" not in answer.text
    assert row_of(tool, one) == before
    assert noted(tool) == []
    assert teacher.open(f"/rooms/{room_id}/recordings/changes").headers["Location"] == f"/rooms/{room_id}/recordings"


# --- the bin ---


def later(tool: Tool, **by: float) -> Any:
    return another_tool(tool, later=timedelta(**by))


def fill_time(tool: Tool) -> None:
    """The seven days of all in the bin have just passed."""
    with tool.deps.database.transaction() as db:
        in_bin = recordings.update().where(recordings.c.delete_at.is_not(None))
        db.execute(in_bin.values(delete_at=tool.deps.clock() - timedelta(minutes=3)))


@pytest.mark.parametrize("published", [True, False])
def test_deleting_hides_at_once_and_can_be_undone(
    tool: Tool, room_id: str, teacher: Browser, student: Browser, seed: Seed, published: bool
) -> None:
    one = seed("Aula 24", published=published)
    page = html.fromstring(teacher.open(f"/rooms/{room_id}/recordings?delete={one}").text)
    assert page.xpath("//h3[@id='delete-title']")[0].text_content() == "Delete “Aula 24”?"

    gone = change(teacher, room_id, "delete", one)

    assert told(teacher, gone).startswith("Aula 24: offline now, and gone for good in 7 days.")
    assert at_elos(tool, one).state == "unpublished"
    assert (names_on(student, room_id), play(student, room_id, one)) == ([], 404)
    assert "Will be deleted on" in teacher.open(f"/rooms/{room_id}/recordings").text
    row = row_of(tool, one)
    assert row.delete_at - row.trashed_at == timedelta(days=7)
    for do in ("publish", "delete", "unpublish"):
        assert change(teacher, room_id, do, one).status_code == 409

    with later(tool, days=6, hours=23) as then:
        recording_bin.work(then.deps, JOB)
    assert told(teacher, change(teacher, room_id, "restore", one)) == "Aula 24: back as before."
    assert at_elos(tool, one).state == row_of(tool, one).state == ("published" if published else "unpublished")
    assert names_on(student, room_id) == (["Aula 24"] if published else [])
    assert row_of(tool, one).trashed_at is None
    assert noted(tool) == ["trashed", "restored"]


def test_after_seven_days_a_job_deletes_at_elos_and_loses_nothing_while_it_is_down(
    tool: Tool, room_id: str, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    one, killed, kept = seed("Uma"), seed("Outra"), seed("Fica")
    change(teacher, room_id, "delete", one, killed)

    fill_time(tool)
    assert change(teacher, room_id, "restore", one).status_code == 409
    elos.fault("html500", call="deleteRecordings", times=1)
    kinds = {recording_bin.KIND: KINDS[recording_bin.KIND]}
    jobs.beat(tool.deps, kinds)
    [job_id] = jobs.due(tool.deps)
    jobs.run(tool.deps, job_id, kinds)
    assert {row_of(tool, each).state for each in (one, killed)} == {"unpublished"}
    # A worker that was killed between Elos's answer and its row.
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
    client.delete_recordings([row_of(tool, killed).record_id])

    with later(tool, seconds=10) as then:
        assert jobs.due(then.deps) == [job_id]
        jobs.run(then.deps, job_id, kinds)
        assert jobs.due(then.deps) == []
    recording_bin.work(tool.deps, JOB)

    assert names_on(teacher, room_id) == ["Fica"]
    assert (at_elos(tool, one), at_elos(tool, killed)) == (None, None)
    assert at_elos(tool, kept).state == "published"
    assert {(row_of(tool, each).state, row_of(tool, each).delete_at) for each in (one, killed)} == {("deleted", None)}
    assert noted(tool) == ["trashed", "trashed", "deleted", "deleted"]
    with tool.deps.database.reading() as db:
        by = db.execute(select(audit.c.user_id, audit.c.operator_id).where(audit.c.action == "deleted")).all()
    assert set(by) == {(None, None)}


def test_what_one_recording_lacks_keeps_no_other_from_being_deleted(
    tool: Tool, room_id: str, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    ids = [seed(name) for name in ("Uma", "Outra", "Mais uma")]
    change(teacher, room_id, "delete", *ids)
    fill_time(tool)
    elos.fault("refuse", call="deleteRecordings", key="temporaryError", times=2)  # the call for all, and the first

    with pytest.raises(ElosError):
        recording_bin.work(tool.deps, JOB)

    assert sorted(row_of(tool, one).state for one in ids) == ["deleted", "deleted", "unpublished"]
    recording_bin.work(tool.deps, JOB)
    assert {row_of(tool, one).state for one in ids} == {"deleted"}


def test_what_somebody_puts_up_at_elos_goes_offline_again_while_it_is_in_the_bin(
    tool: Tool, room_id: str, teacher: Browser, student: Browser, seed: Seed
) -> None:
    one = seed("Aula")
    change(teacher, room_id, "delete", one)
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
    client.publish_recordings([row_of(tool, one).record_id], published=True)

    with later(tool, minutes=2) as then:
        student.tool_url = then.url
        assert names_on(student, room_id) == []
        assert (row_of(tool, one).state, play(student, room_id, one)) == ("published", 404)
        recording_bin.work(then.deps, JOB)

    assert at_elos(tool, one).state == row_of(tool, one).state == "unpublished"


def test_what_is_listed_after_it_was_deleted_is_deleted_again(
    tool: Tool, room_id: str, teacher: Browser, elos: Elos, seed: Seed
) -> None:
    one = seed("Aula")
    change(teacher, room_id, "delete", one)
    record_id = row_of(tool, one).record_id
    with tool.deps.database.transaction() as db:  # as the job leaves it, with an Elos that has not done it
        its = recordings.c.id == UUID(one)
        db.execute(recordings.update().where(its).values(state="deleted", delete_at=None, digest="", hold_until=None))

    with later(tool, minutes=5) as then:
        teacher.tool_url = then.url
        assert names_on(teacher, room_id) == ["Aula"]
        assert row_of(tool, one).delete_at is not None
    with later(tool, minutes=10) as then:
        recording_bin.work(then.deps, JOB)
    assert at_elos(tool, one) is None
    assert row_of(tool, one).record_id == record_id


# --- several ---


def test_several_at_once_and_what_was_refused_is_told_by_name(
    tool: Tool, room_id: str, teacher: Browser, student: Browser, elos: Elos, seed: Seed
) -> None:
    ids = {name: seed(name) for name in ("Uma", "Outra", "Mais uma")}
    page = html.fromstring(teacher.open(f"/rooms/{room_id}/recordings?select=1").text)
    assert sorted(page.xpath("//input[@type='checkbox'][@form='several']/@value")) == sorted(ids.values())
    assert told(teacher, change(teacher, room_id, "unpublish")) == "Select at least one recording."
    elos.fault("refuse", call="publishRecordings", key="notFound", times=2)  # the call for all, and the first alone

    partly = change(teacher, room_id, "unpublish", *ids.values())

    assert partly.status_code == 502
    [failed] = [name for name, one in ids.items() if row_of(tool, one).state == "published"]
    words = told(teacher, partly)
    assert words.startswith(f"Elos did not accept the change: {failed}.")
    assert "Elos answered: notFound." in words
    done = sorted((name for name in ids if name != failed), key=list(ids).index, reverse=True)
    assert words.endswith(f"Code ELOS-CHANGE-REFUSED {', '.join(done)}: not published any more, only teachers see it.")
    assert names_on(student, room_id) == [failed]
    assert noted(tool) == ["unpublished", "unpublished"]


def test_the_audience_of_several(
    tool: Tool, room_id: str, teacher: Browser, student: Browser, elos: Elos, seed: Seed
) -> None:
    first, second = seed("Uma"), seed("Outra")
    elos.send("DELETE", "calls")

    words = told(teacher, change(teacher, room_id, "teachers", first, second))

    assert words == "Outra, Uma: teachers only now."
    assert (names_on(student, room_id), play(student, room_id, first)) == ([], 404)
    change(teacher, room_id, "teachers", first)  # as it is already: no second line
    assert told(teacher, change(teacher, room_id, "course", first)) == "Uma: for the class now."
    assert names_on(student, room_id) == ["Uma"]
    assert noted(tool) == ["audience"] * 3
    assert {call["call"] for call in elos.calls()} <= {"getRecordings"}
    assert row_of(tool, first).audience == Audience.COURSE


# --- who may ---


def test_students_change_nothing_and_another_courses_are_not_found(
    tool: Tool, platform: Platform, room_id: str, teacher: Browser, student: Browser, elos: Elos, seed: Seed
) -> None:
    other = teacher.enter_room(platform, context={"id": "course-2", "title": "Física"})
    mine, theirs = seed("Daqui"), seed("De lá", of=other)
    elos.send("DELETE", "calls")
    base = f"/rooms/{room_id}/recordings"

    for path in (f"{base}/changes", f"{base}/{mine}/edit", f"{base}/log", f"{base}/log.csv"):
        assert (student.open(path).status_code, code_of(student.open(path))) == (403, "WEB-NOT-ALLOWED")
    assert student.submit(f"{base}/{mine}/edit", {"name": "Minha"}).status_code == 403
    for do in ("publish", "unpublish", "protect", "unprotect", "teachers", "course", "delete", "restore"):
        assert change(student, room_id, do, mine).status_code == 403
        for ids in ((theirs,), (mine, theirs), ("x",)):
            refused = change(teacher, room_id, do, *ids)
            assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")
    assert change(teacher, room_id, "explode", mine).status_code == 404
    assert teacher.submit(f"{base}/{theirs}/edit", {"name": "Minha"}).status_code == 404
    text = student.open(base).text
    assert not any(word in text for word in ('class="menu"', "/changes", "/log", "delete="))

    assert {call["call"] for call in elos.calls()} <= {"getRecordings"}
    assert noted(tool) == []
    with Browser(tool.url) as administrator:  # manages, without moderating
        administrator.enter_room(platform, **ADMINISTRATOR)
        assert change(administrator, room_id, "unpublish", mine).status_code == 303


def test_two_managers_at_once_delete_once_and_the_undo_publishes(
    tool: Tool, platform: Platform, room_id: str, teacher: Browser, seed: Seed
) -> None:
    one = seed("Aula")
    with Browser(tool.url) as second, another_tool(tool) as elsewhere:
        second.enter_room(platform, sub="second-teacher")
        second.tool_url = elsewhere.url

        def press(number: int) -> int:
            return change((teacher, second)[number], room_id, "delete", one).status_code

        assert set(all_at_once(2, press)) <= {303, 409}

        assert noted(tool) == ["trashed"]
        assert row_of(tool, one).was_published
        change(teacher, room_id, "restore", one)
        assert at_elos(tool, one).state == row_of(tool, one).state == "published"


# --- the log ---


def test_the_log_tells_who_did_what(
    tool: Tool, platform: Platform, room_id: str, teacher: Browser, student: Browser, seed: Seed
) -> None:
    one = seed("=1+1")
    other_room = teacher.enter_room(platform, name="Ana Lima", context={"id": "course-2", "title": "Física"})
    change(teacher, other_room, "unpublish", seed("De lá", of=other_room))
    change(teacher, room_id, "teachers", one)
    change(teacher, room_id, "delete", one)
    with tool.deps.database.transaction() as db:
        row = db.execute(select(recordings).where(recordings.c.id == UUID(one))).one()
        for action, person in ((Action.PLAYED, None), (Action.DELETED, None), (Action.PLAYED, UUID(int=7))):
            audit_service.note(db, action, row, now=tool.deps.clock(), platform_id=None, user_id=person)

    lines = log_lines(teacher, room_id)

    assert [line[1:] for line in lines] == [
        ["Somebody whose data was erased", "Watched", "=1+1"],
        ["Automatically", "Deleted for good", "=1+1"],
        ["Somebody with the link", "Watched", "=1+1"],
        ["Ana Lima", "Deleted, with 7 days to undo", "=1+1"],
        ["Ana Lima", "Changed who can see it: Teachers only", "=1+1"],
    ]
    assert len(log_lines(teacher, room_id, "?what=plays")) == 2
    assert len(log_lines(teacher, room_id, "?what=changes")) == 3
    sheet = teacher.open(f"/rooms/{room_id}/recordings/log.csv?what=changes")
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0] == ["When (UTC)", "Who", "What", "Detail", "Recording"]
    assert rows[3][1:] == ["Ana Lima", "Changed who can see it", "Teachers only", "'=1+1"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[1][0])


def log_lines(browser: Browser, room_id: str, query: str = "") -> list[list[str]]:
    page = html.fromstring(browser.open(f"/rooms/{room_id}/recordings/log{query}").text)
    return [
        [" ".join((cell.xpath("./span[not(@class)]") or [cell])[0].text_content().split()) for cell in line]
        for line in page.xpath("//tbody/tr")
    ]


@one_database
def test_the_log_is_paged_by_key(tool: Tool, room_id: str, teacher: Browser, seed: Seed) -> None:
    row = row_of(tool, seed("Aula"))
    with tool.deps.database.transaction() as db:
        for number in range(recording_log.PAGE + 7):
            audit_service.note(
                db, Action.PUBLISHED, row, now=tool.deps.clock() - timedelta(minutes=number), platform_id=None
            )

    first = teacher.open(f"/rooms/{room_id}/recordings/log").text
    older = html.fromstring(first).xpath("//a[@rel='next']/@href")[0]
    second = teacher.open(older).text
    newer = html.fromstring(second).xpath("//a[@rel='prev']/@href")[0]

    assert (first.count('<tr role="row">') - 1, second.count('<tr role="row">') - 1) == (recording_log.PAGE, 7)
    assert log_lines(teacher, room_id, f"?{newer.partition('?')[2]}") == log_lines(teacher, room_id)
    for key in ("-1", "x", "9" * 40):
        assert teacher.open(f"/rooms/{room_id}/recordings/log?before={key}").text == first


def test_the_log_is_only_added_to_and_forgets_after_two_years(
    tool: Tool, room_id: str, teacher: Browser, seed: Seed
) -> None:
    change(teacher, room_id, "unpublish", seed("Aula"))

    with pytest.raises(DBAPIError, match="append-only"), tool.deps.database.transaction() as db:
        db.execute(audit.update().values(action="published"))
    assert noted(tool) == ["unpublished"]
    with later(tool, days=729) as then:
        housekeeping.sweep(then.deps)
        assert noted(tool) == ["unpublished"]
    with later(tool, days=731) as then:
        housekeeping.sweep(then.deps)
    assert noted(tool) == []
