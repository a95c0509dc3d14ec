"""A course that was copied from others: their recordings, where the same teacher taught, may be shown in it too."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import audit, course_offers, courses, launches, meetings, recording_shares, recordings
from lti_elos.demo.serving import ThreadedServer
from tests.conftest import Elos, Tool, add_platform
from tests.flows.test_recordings import call_elos, names_on, play, row_id
from tests.meta.test_tenants import recent
from tests.support.browser import Browser, code_of
from tests.support.platform import Jwks, Platform
from tests.support.reports import Reporter, attendee
from tests.support.rooms import ADMINISTRATOR, STUDENT, another_tool, meeting_id_of, one_database

OLD: dict[str, Any] = {"context": {"id": "course-old", "title": "Cálculo I, 2025"}}
NEW: dict[str, Any] = {
    "context": {"id": "course-new", "title": "Cálculo I, 2026"},
    "custom": {"context_history": "course-old,course-older"},
}
OFFER = "Recordings of an earlier course of yours"


@pytest.fixture
def teacher(tool: Tool) -> Browser:
    return Browser(tool.url, language="en")


def old_room(tool: Tool, elos: Elos, teacher: Browser, platform: Platform, *names: str, **more: Any) -> dict[str, str]:
    """A course of before, with these recordings. Gives {name: id at Elos}, and the room's under ""."""
    room_id = teacher.enter_room(platform, **(OLD | more))
    made = {"": room_id}
    for number, name in enumerate(names):
        body = {"meetingID": meeting_id_of(tool, room_id), "name": name, "started_at": 1_760_000_000.0 + number * 86400}
        made[name] = elos.send("POST", "recordings", **body)["recordID"]
    recent(tool, room_id)
    teacher.open(f"/rooms/{room_id}/recordings")
    return made


def choosable(page: requests.Response) -> dict[str, str]:
    """{name: id} of what may be chosen."""
    found = re.findall(r'name="recording" value="([^"]+)".*?<bdi>(.*?)</bdi>', page.text, re.DOTALL)
    return {unescape(name): recording_id for recording_id, name in found}


def english(browser: Browser, path: str) -> requests.Response:
    return browser.open(f"{path}?lang=en")


def test_a_teacher_brings_recordings_into_the_copied_course_and_takes_one_back(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    made = old_room(tool, elos, teacher, platform, "Aula 1", "Aula 2", "Só docentes")
    hidden_id = UUID(row_id(tool, made["Só docentes"]))
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().where(recordings.c.id == hidden_id).values(audience="teachers"))
    room = f"/rooms/{teacher.enter_room(platform, **NEW)}"
    copy = f"{room}/recordings/copy"
    assert browser.enter_room(platform, **(STUDENT | NEW)) == room.rpartition("/")[2]

    # offered, and nothing shown by itself
    assert OFFER in english(teacher, room).text
    assert f'href="{copy}"' in english(teacher, f"{room}/recordings").text
    assert OFFER not in english(browser, room).text
    assert copy not in english(browser, f"{room}/recordings").text
    assert names_on(browser, room.rpartition("/")[2]) == []
    page = english(teacher, copy)
    assert "Cálculo I, 2025" in page.text
    assert list(choosable(page)) == ["Aula 2", "Aula 1"]
    assert teacher.submit(copy, {}).status_code == 422

    # chosen
    for_teachers = teacher.submit(copy, {"recording": str(hidden_id)})
    assert (for_teachers.status_code, code_of(for_teachers)) == (404, "WEB-NOT-FOUND")
    shared = teacher.submit(copy, {"recording": choosable(page)["Aula 1"]})
    assert (shared.status_code, shared.headers["Location"]) == (303, f"{room}/recordings?note=shared")
    assert teacher.submit(copy, {"recording": choosable(page)["Aula 1"]}).status_code == 303, "a second click"
    shown = english(teacher, f"{room}/recordings")
    assert "Shown from <bdi>Cálculo I, 2025</bdi>" in shown.text
    assert OFFER not in english(teacher, room).text
    assert names_on(browser, room.rpartition("/")[2]) == ["Aula 1"]
    assert "Stop showing" not in english(browser, f"{room}/recordings").text
    assert play(browser, room.rpartition("/")[2], choosable(page)["Aula 1"]).status_code == 303
    assert list(choosable(english(teacher, copy))) == ["Aula 2"]

    # it follows what becomes of it in its own course
    call_elos(tool, "updateRecordings", recordID=made["Aula 1"], meta_name="Aula 1, de novo")
    recent(tool, made[""])
    teacher.open(f"/rooms/{made['']}/recordings")
    assert names_on(browser, room.rpartition("/")[2]) == ["Aula 1, de novo"]
    one = UUID(choosable(page)["Aula 1"])
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().where(recordings.c.id == one).values(audience="teachers"))
    assert names_on(browser, room.rpartition("/")[2]) == []
    with tool.deps.database.transaction() as db:
        db.execute(recordings.update().where(recordings.c.id == one).values(audience="course"))

    # and back
    assert browser.submit(f"{copy}/remove", {"recording": str(one)}).status_code == 403
    assert teacher.submit(f"{copy}/remove", {"recording": str(one)}).status_code == 303
    assert teacher.submit(f"{copy}/remove", {"recording": str(one)}).status_code == 404
    assert names_on(browser, room.rpartition("/")[2]) == []
    assert play(browser, room.rpartition("/")[2], str(one)).status_code == 404
    with tool.deps.database.reading() as db:
        told = db.execute(select(audit.c.action, audit.c.recording_id, audit.c.details).order_by(audit.c.id)).all()
        course_id = db.scalar(select(courses.c.id).where(courses.c.context_id == "course-new"))
    ours = [row for row in told if row.action in ("shared", "unshared")]
    assert [(row.action, row.recording_id, row.details) for row in ours] == [
        (action, one, {"course_id": str(course_id)}) for action in ("shared", "unshared")
    ]


def test_the_offer_can_be_put_away_and_a_student_s_launch_tells_nothing(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    old_room(tool, elos, teacher, platform, "Aula 1")
    room = f"/rooms/{teacher.enter_room(platform, **NEW)}"
    browser.enter_room(platform, **(STUDENT | NEW | {"custom": {"context_history": "course-x"}}))
    teacher.enter_room(platform, **(NEW | {"custom": {"context_history": "$Context.id.history"}}))
    with tool.deps.database.reading() as db:
        told = db.scalar(select(courses.c.earlier).where(courses.c.context_id == "course-new"))
    assert told == ["course-old", "course-older"]

    assert browser.submit(f"{room}/recordings/copy/dismiss").status_code == 403
    away = teacher.submit(f"{room}/recordings/copy/dismiss")

    assert (away.status_code, away.headers["Location"]) == (303, room)
    assert OFFER not in english(teacher, room).text
    assert list(choosable(english(teacher, f"{room}/recordings/copy"))) == ["Aula 1"], "the page stays"
    with tool.deps.database.reading() as db:
        assert len(db.execute(select(course_offers)).all()) == 1


@pytest.mark.parametrize("proof", ["launch", "opened", "moderated"])
def test_who_taught_there_is_known_by_our_own_rows(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, proof: str
) -> None:
    """Launches are forgotten after 30 days; who opened a meeting, or moderated one by its report, is not."""
    made = old_room(tool, elos, teacher, platform, "Aula 1")
    if proof == "opened":
        assert teacher.submit(f"/rooms/{made['']}/join").status_code == 303
    elif proof == "moderated":
        with tool.deps.database.reading() as db:
            user_id = str(db.execute(select(launches.c.user_id).limit(1)).scalar_one())
        assert teacher.submit(f"/rooms/{made['']}/join").status_code == 303
        with tool.deps.database.transaction() as db:
            internal = str(db.execute(select(meetings.c.internal_id)).scalar_one())
            db.execute(meetings.update().values(opened_by=None))
        reporter = Reporter(tool, made[""])
        assert reporter.send(attendee(user_id, moderator=True), internal=internal).status_code == 200
    room = f"/rooms/{teacher.enter_room(platform, **NEW)}"
    offered = [english(teacher, room).text]
    if proof != "launch":
        with tool.deps.database.transaction() as db:
            # what is left after 30 days: the launch of today
            db.execute(launches.update().where(launches.c.room_id == UUID(made[""])).values(manages=False))
        offered.append(english(teacher, room).text)

    assert all(OFFER in text for text in offered)


FORGERS: dict[str, dict[str, Any]] = {
    "another teacher": {"sub": "teacher-2", "name": "Outra Docente"},
    "an administrator": ADMINISTRATOR,
    "a student of then": STUDENT,
}


@pytest.mark.parametrize("forger", FORGERS.values(), ids=list(FORGERS))
def test_a_forged_history_opens_nothing(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser, forger: dict[str, Any]
) -> None:
    """Custom parameters are any teacher's to write: it is our own rows that say who taught where."""
    made = old_room(tool, elos, teacher, platform, "Aula 1")
    if forger is STUDENT:  # who teaches the new course
        browser.enter_room(platform, **(OLD | STUDENT))
        forger = {"sub": STUDENT["sub"]}
    room = f"/rooms/{browser.enter_room(platform, **(forger | NEW))}"

    assert OFFER not in english(browser, room).text
    assert choosable(english(browser, f"{room}/recordings/copy")) == {}
    refused = browser.submit(f"{room}/recordings/copy", {"recording": row_id(tool, made["Aula 1"])})
    assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")
    with tool.deps.database.reading() as db:
        assert db.execute(select(recording_shares)).all() == []


def test_an_equal_id_at_another_platform_is_another_course_and_another_deployment_s_is_not(
    tool: Tool,
    elos: Elos,
    platform: Platform,
    teacher: Browser,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
) -> None:
    jwks, server = jwks_server
    stranger = add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test")
    moved = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    theirs = old_room(tool, elos, teacher, stranger, "De outra plataforma")
    old_room(tool, elos, teacher, moved, "De outra implantação")
    room = f"/rooms/{teacher.enter_room(platform, **NEW)}"

    assert list(choosable(english(teacher, f"{room}/recordings/copy"))) == ["De outra implantação"]
    refused = teacher.submit(f"{room}/recordings/copy", {"recording": row_id(tool, theirs["De outra plataforma"])})
    assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")


def test_another_teachers_own_room_stays_out(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser, browser: Browser
) -> None:
    own: dict[str, Any] = {"custom": {"room_scope": "user"}}
    old_room(tool, elos, teacher, platform, "Minha", **own)
    old_room(tool, elos, browser, platform, "De colega", sub="teacher-2", name="Colega", **own)
    room = f"/rooms/{teacher.enter_room(platform, **NEW)}"

    assert list(choosable(english(teacher, f"{room}/recordings/copy"))) == ["Minha"]


@one_database
def test_twenty_a_page_and_elos_down_is_no_hindrance(
    tool: Tool, elos: Elos, platform: Platform, teacher: Browser
) -> None:
    names = [f"Aula {number:02}" for number in range(1, 24)]
    old_room(tool, elos, teacher, platform, *names)
    room = f"/rooms/{teacher.enter_room(platform, **NEW)}"
    elos.fault("html500")

    with another_tool(tool, later=timedelta(minutes=5)) as then:
        teacher.tool_url = then.url
        first = teacher.open(f"{room}/recordings/copy")
        [older] = re.findall(r'href="([^"]+)" rel="next"', first.text)
        second = teacher.open(older)

    assert list(choosable(first)) + list(choosable(second)) == names[::-1]
    assert len(choosable(first)) == 20
