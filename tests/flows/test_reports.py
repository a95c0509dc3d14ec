"""A session's page and its file: from a class at the simulator to what its teacher reads."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import html
from sqlalchemy import select

from lti_elos.db.tables import meetings, platforms, presences, reports, servers, users
from lti_elos.services import housekeeping
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.platform import Platform
from tests.support.reports import Reporter, attendee
from tests.support.rooms import ADMINISTRATOR, STUDENT, another_tool, follow, meeting_id_of, one_database

COURSE_ZONE = {"custom": {"user_tz": "America/Sao_Paulo"}}


def session_of(tool: Tool) -> str:
    with tool.deps.database.reading() as db:
        return str(db.scalars(select(meetings.c.id)).one())


def user_id(tool: Tool, sub: str) -> str:
    with tool.deps.database.reading() as db:
        return str(db.scalar(select(users.c.id).where(users.c.sub == sub)))


def text_of(browser: Browser, path: str) -> str:
    answer = browser.open(path)
    assert answer.status_code == 200, (answer.status_code, code_of(answer))
    return " ".join(" ".join(html.document_fromstring(answer.text).get_element_by_id("main").itertext()).split())


def table_of(browser: Browser, path: str) -> list[list[str]]:
    document = html.document_fromstring(browser.open(path).text)
    [table] = document.xpath("//table[1][.//caption[contains(., 'Who was there')]]")
    for small in table.xpath(".//ul"):
        small.getparent().remove(small)
    return [[" ".join(cell.text_content().split()) for cell in row.xpath("th|td")] for row in table.xpath("tbody/tr")]


def file_of(browser: Browser, path: str) -> list[list[str]]:
    answer = browser.open(f"{path}.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def english(tool: Tool) -> Browser:
    return Browser(tool.url, language="en")


def enter(browser: Browser, platform: Platform, **claims: Any) -> str:
    return browser.enter_room(platform, launch_presentation={"locale": "en"}, **claims)


def test_a_class_at_the_simulator_is_there_to_read_after_its_end(tool: Tool, platform: Platform, elos: Elos) -> None:
    with english(tool) as teacher:
        room_id = enter(teacher, platform)
        follow(teacher.submit(f"/rooms/{room_id}/join"))
        meeting_id = meeting_id_of(tool, room_id)
        page = f"/rooms/{room_id}/sessions/{session_of(tool)}"
        assert "This shows up here after the end of the session." in text_of(teacher, page)
        assert "Download" not in text_of(teacher, page)

        elos.send("POST", f"meetings/{meeting_id}/class", factor=1)
        for _ in range(50):
            elos.send("POST", "clock", advance_s=60)
        teacher.submit(f"/rooms/{room_id}/end")
        assert "The report comes within 10 minutes of the end." in text_of(teacher, page)
        elos.send("POST", "clock", advance_s=30)
        elos.send("POST", "deliveries/settle", within_s=20)
        [delivery] = elos.send("GET", "deliveries?what=analytics")
        assert [one["status"] for one in delivery["tries"]] == [200]

        said = text_of(teacher, page)
        assert "Opened by Docente Exemplo" in said
        assert "Docente Exemplo ended it for everyone" in said
        rows = table_of(teacher, page)
        assert [row[0] for row in rows] == [
            "Docente Exemplo Moderator",
            "Bruna Teixeira Guest",
            "Caio Moura Guest",
            "Davi Antunes Guest",
            "Elisa Prado Guest",
            "Fábio Nogueira Guest",
            "Telefone 61 9999 Guest",
        ]
        assert rows[0][1] == "50 min 100%"
        # Bruna was there all the time, wrote, voted, and spoke for five minutes.
        assert rows[1][2:] == ["5 min", "1", "–0", "1"]
        assert rows[4][2:] == ["2 min", "1", "1", "1"]
        assert "Ficou claro?" in said
        assert "Sim 3" in said
        assert "Não 1" in said
        lines = file_of(teacher, page)
        assert len(lines) == 8
        assert dict(zip(lines[0], lines[2], strict=True))["Votes in polls"] == "1"


@pytest.mark.parametrize(
    ("switches", "kind", "statuses", "kept"),
    [
        ({"analytics_from": "bbblb"}, "bbb", [200, 200, 200], 1),
        ({"analytics_from": "bbblb"}, "elos", [401, 401, 401], 0),
        ({"foreign_analytics": True}, "elos", [200], 0),
    ],
)
def test_what_servers_and_load_balancers_make_of_it(
    tool: Tool,
    platform: Platform,
    browser: Browser,
    elos: Elos,
    switches: dict[str, Any],
    kind: str,
    statuses: list[int],
    kept: int,
) -> None:
    elos.send("POST", "switches", **switches)
    with tool.deps.database.transaction() as db:
        db.execute(servers.update().values(kind=kind))
    room_id = browser.enter_room(platform)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    elos.send("DELETE", f"meetings/{meeting_id_of(tool, room_id)}")
    elos.send("POST", "clock", advance_s=30)
    elos.send("POST", "deliveries/settle", within_s=20)

    deliveries = elos.send("GET", "deliveries?what=analytics")
    assert [one["status"] for delivery in deliveries for one in delivery["tries"]] == statuses
    assert tool.rows()["reports"] == tool.rows()["presences"] == kept


@pytest.fixture
def room(browser: Browser, platform: Platform) -> str:
    return enter(browser, platform, **COURSE_ZONE)


@pytest.fixture
def page(tool: Tool, platform: Platform, room: str) -> str:
    """Of a session that a teacher and a student were in, and guests."""
    with english(tool) as student:
        enter(student, platform, **STUDENT, lis={"person_sourcedid": "-2023001"})
    did = {"chats": 3, "talks": 2, "talk_time": 95, "raisehand": 1, "emojis": 4, "poll_votes": 5}
    sent = Reporter(tool, room).send(
        attendee(user_id(tool, "student-1"), came=10, went=40, engagement=did),
        attendee("w_1", name="=HYPERLINK(1)"),
        attendee("w_2", name="<b>Ána</b>", came=0, went=1),
        attendee(user_id(tool, "user-1"), moderator=True),
    )
    assert sent.status_code == 200
    return f"/rooms/{room}/sessions/{session_of(tool)}"


def test_the_page_says_who_was_there_and_what_they_did(browser: Browser, page: str) -> None:
    assert table_of(browser, page) == [
        ["Docente Exemplo Moderator", "1 h 100%", "–0", "–0", "–0", "–0"],
        ["Estudante Modelo", "30 min 50%", "1 min", "3", "1", "5"],
        ["<b>Ána</b> Guest", "1 min 2%", "–0", "–0", "–0", "–0"],
        ["=HYPERLINK(1) Guest", "1 h 100%", "–0", "–0", "–0", "–0"],
    ]
    said = text_of(browser, page)
    assert "Session of November 22" in said
    assert "4:56 PM to 5:56 PM" in said
    assert "People 4 (at most 3 at once)" in said
    assert "Nobody started recording in this session." in said


def test_the_file_says_the_same_and_runs_nothing(browser: Browser, page: str) -> None:
    lines = file_of(browser, page)

    assert lines[0] == [
        "Name",
        "Number",
        "Role",
        "Came (UTC)",
        "Left (UTC)",
        "Came (America/Sao_Paulo)",
        "Left (America/Sao_Paulo)",
        "Time (min)",
        "Share in percent",
        "Speech (s)",
        "Times spoken",
        "Messages",
        "Hands raised",
        "Reactions",
        "Votes in polls",
    ]
    assert lines[2] == [
        "Estudante Modelo",
        "'-2023001",
        "Participant",
        "2026-11-22T20:06:02Z",
        "2026-11-22T20:36:02Z",
        "2026-11-22T17:06:02-03:00",
        "2026-11-22T17:36:02-03:00",
        *("30", "50", "95", "2", "3", "1", "4", "5"),
    ]
    assert [line[0] for line in lines[1:]] == ["Docente Exemplo", "Estudante Modelo", "<b>Ána</b>", "'=HYPERLINK(1)"]
    named = browser.open(f"{page}.csv").headers["Content-Disposition"]
    assert named == "attachment; filename=session-2026-11-22-1656.csv"


def test_where_the_lms_sends_no_numbers_there_is_no_column(tool: Tool, browser: Browser, room: str) -> None:
    Reporter(tool, room).send(attendee(user_id(tool, "user-1")))

    assert file_of(browser, f"/rooms/{room}/sessions/{session_of(tool)}")[0][:2] == ["Name", "Role"]


def test_students_are_not_shown_it_and_administrators_are(tool: Tool, platform: Platform, page: str) -> None:
    for person, status in ((STUDENT, 403), (ADMINISTRATOR, 200)):
        with english(tool) as somebody:
            enter(somebody, platform, **person)
            assert somebody.open(page).status_code == somebody.open(f"{page}.csv").status_code == status
    with english(tool) as stranger:
        assert stranger.open(page).status_code == 401


def test_another_rooms_session_is_not_found(tool: Tool, platform: Platform, browser: Browser, page: str) -> None:
    other = enter(browser, platform, context={"id": "course-2", "title": "Física"})
    session_id = page.rpartition("/")[2]

    for path in (f"/rooms/{other}/sessions/{session_id}", f"/rooms/{other}/sessions/{uuid4()}"):
        assert (browser.open(path).status_code, code_of(browser.open(path))) == (404, "WEB-NOT-FOUND")
        assert browser.open(f"{path}.csv").status_code == 404


@one_database
def test_without_a_report_the_page_says_so(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = enter(browser, platform)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    with tool.deps.database.transaction() as db:
        ended_at = tool.deps.clock() - timedelta(hours=2)
        db.execute(meetings.update().values(opened_at=ended_at - timedelta(hours=1), ended_at=ended_at, ended="empty"))

    page = f"/rooms/{room_id}/sessions/{session_of(tool)}"
    said = text_of(browser, page)
    assert "Elos sent no report of this session." in said
    assert "Everybody had left" in said
    assert len(file_of(browser, page)) == 1


def test_who_was_erased_has_no_name_any_more(tool: Tool, browser: Browser, page: str) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(users.delete().where(users.c.sub == "student-1"))

    assert "Somebody whose data was erased" in [row[0] for row in table_of(browser, page)]
    assert "Estudante Modelo" not in text_of(browser, page)


def test_a_changed_name_is_shown(tool: Tool, platform: Platform, browser: Browser, page: str) -> None:
    with english(tool) as student:
        enter(student, platform, **(STUDENT | {"name": "Nome Novo"}))

    assert "Nome Novo" in [row[0] for row in table_of(browser, page)]


# --- how long ---


def test_reports_are_kept_as_long_as_the_platforms_policy_says(
    tool: Tool, platform: Platform, browser: Browser, page: str
) -> None:
    def kept() -> tuple[int, int]:
        counts = tool.rows()
        return counts["reports"], counts["presences"]

    with another_tool(tool, later=timedelta(days=364)) as then:
        housekeeping.sweep(then.deps)
    assert kept() == (1, 4)
    with tool.deps.database.transaction() as db:
        db.execute(platforms.update().values(policies={"attendance_days": "730"}))
    with another_tool(tool, later=timedelta(days=366)) as then:
        housekeeping.sweep(then.deps)
    assert kept() == (1, 4)
    with tool.deps.database.transaction() as db:
        db.execute(platforms.update().values(policies={"attendance_days": "30"}))
    with another_tool(tool, later=timedelta(days=31)) as then:
        housekeeping.sweep(then.deps)
    assert kept() == (0, 0)
    assert tool.rows()["meetings"] == 1


# --- the institution's number ---


def numbers(tool: Tool) -> list[str]:
    with tool.deps.database.reading() as db:
        return list(db.scalars(select(users.c.number)))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"person_sourcedid": "2023001"}, "2023001"),
        ({"person_sourcedid": " 2023\x00001\n"}, "2023001"),
        ({"person_sourcedid": "$Person.sourcedId"}, ""),
        ({"person_sourcedid": 7}, ""),
        ({"person_sourcedid": "x" * 300}, "x" * 255),
        ({}, ""),
        ("odd", ""),
        (None, ""),
    ],
)
@one_database
def test_the_number_is_kept_where_the_lms_sends_one(
    tool: Tool, platform: Platform, browser: Browser, sent: Any, kept: str
) -> None:
    browser.enter_room(platform, lis=sent)

    assert numbers(tool) == [kept]


def test_a_number_is_what_the_last_launch_says(tool: Tool, platform: Platform, browser: Browser) -> None:
    for sent, kept in (("1", "1"), ("1", "1"), ("2", "2"), (None, "")):
        browser.enter_room(platform, lis={"person_sourcedid": sent})
        assert numbers(tool) == [kept]


def test_deleting_a_room_deletes_its_reports(tool: Tool, room: str, page: str) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(meetings.delete().where(meetings.c.room_id == UUID(room)))
        assert db.execute(select(reports)).all() == db.execute(select(presences)).all() == []
