"""The room's sessions over HTTP: who sees them, what each row says, searching, paging, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
import requests
from lxml import html
from sqlalchemy import event as sql_event
from sqlalchemy import select

from lti_elos.db.tables import live_rooms, meetings, recordings, rooms, users
from lti_elos.services import refreshers
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.deliveries import do_jobs, event, hooked
from tests.support.platform import Platform
from tests.support.rooms import (
    ADMINISTRATOR,
    STUDENT,
    another_tool,
    ask_elos,
    follow,
    live_row,
    meeting_id_of,
    one_database,
)

START = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
"""A Tuesday, 19h in Brasília."""
WEEK = timedelta(days=7)
Seed = Callable[..., UUID]


@pytest.fixture
def room_id(platform: Platform, browser: Browser) -> str:
    return browser.enter_room(platform)


def in_english(browser: Browser, room_id: str) -> None:
    """As somebody chose in the footer."""
    browser.open(f"/rooms/{room_id}?lang=en")


@pytest.fixture
def seed(tool: Tool, room_id: str) -> Seed:
    """A session of the room, a week after the other."""
    made: list[UUID] = []

    def add(**more: Any) -> UUID:
        began_at = more.pop("created_at", START + WEEK * len(made))
        values = meeting(UUID(room_id), began_at, **more)
        with tool.deps.database.transaction() as db:
            db.execute(meetings.insert().values(**values))
        made.append(values["id"])
        return made[-1]

    return add


def meeting(room_id: UUID, began_at: datetime, **more: Any) -> dict[str, Any]:
    its_id = uuid4()
    values = {
        "id": its_id,
        "room_id": room_id,
        "internal_id": f"i-{its_id}",
        "opened_by": None,
        "created_at": began_at,
        "opened_at": began_at,
        "ended_at": began_at + timedelta(minutes=99),
        "ended": "button",
        "people": 30,
        "peak": 28,
        "recorded": False,
        "told_at": began_at,
    }
    return values | more


def person(tool: Tool, name: str, typed_name: str | None = None) -> UUID:
    with tool.deps.database.transaction() as db:
        known = db.execute(select(users).limit(1)).one()
        values = {**known._mapping, "id": uuid4(), "sub": uuid4().hex, "name": name, "typed_name": typed_name}
        db.execute(users.insert().values(**values))
    return UUID(str(values["id"]))


def rows_of(text: str) -> list[list[str]]:
    """The cells of each row, as a reading voice says them."""
    found = []
    for row in html.fromstring(text).xpath("//table//tbody/tr"):
        for label in row.xpath(".//*[@class='label']"):
            label.drop_tree()
        found.append([" ".join(cell.text_content().split()) for cell in row.xpath("./th | ./td")])
    return found


def listed(browser: Browser, room_id: str, query: str = "") -> list[list[str]]:
    page = browser.open(f"/rooms/{room_id}/sessions{query}")
    assert page.status_code == 200, page.text
    return rows_of(page.text)


def link(browser: Browser, url: str, rel: str) -> str:
    """Where the button leads; "" when there is none."""
    found = html.fromstring(browser.open(url).text).xpath(f"//a[@rel='{rel}']/@href")
    return str(found[0]) if found else ""


@contextmanager
def statements(tool: Tool) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    sql_event.listen(tool.deps.database.engine, "before_cursor_execute", note)
    yield said
    sql_event.remove(tool.deps.database.engine, "before_cursor_execute", note)


# --- who ---


def test_managers_see_them_and_nobody_else(tool: Tool, platform: Platform, browser: Browser, room_id: str) -> None:
    path = f"/rooms/{room_id}/sessions"
    assert browser.open(path).status_code == 200
    assert path in browser.open(f"/rooms/{room_id}").text

    with Browser(tool.url) as administrator, Browser(tool.url) as student, Browser(tool.url) as nobody:
        administrator.enter_room(platform, **ADMINISTRATOR)
        assert administrator.open(path).status_code == 200
        student.enter_room(platform, **STUDENT)
        assert (refused := student.open(path)).status_code == 403
        assert code_of(refused) == "WEB-NOT-ALLOWED"
        assert path not in student.open(f"/rooms/{room_id}").text
        assert nobody.open(path).status_code == 401


def test_another_courses_sessions_are_nobodys_here(
    tool: Tool, platform: Platform, browser: Browser, room_id: str, seed: Seed
) -> None:
    seed(opened_by=person(tool, "Alheia"))
    with Browser(tool.url) as other:
        own = other.enter_room(platform, sub="teacher-2", context={"id": "another", "title": "Outra"})
        assert other.open(f"/rooms/{room_id}/sessions").status_code == 401
        page = other.open(f"/rooms/{own}/sessions")
        assert "Alheia" not in page.text + other.open(f"/rooms/{own}").text
        assert rows_of(page.text) == []


# --- what ---


def test_without_any_the_page_says_when_they_come(browser: Browser, room_id: str) -> None:
    page = browser.open(f"/rooms/{room_id}/sessions", params={"lang": "en"})
    assert "No sessions yet" in page.text
    assert "<form role" not in page.text
    assert "Last sessions" not in browser.open(f"/rooms/{room_id}", params={"lang": "en"}).text


def test_a_row_says_who_when_how_long_how_many_and_how_it_ended(
    tool: Tool, browser: Browser, room_id: str, seed: Seed
) -> None:
    in_english(browser, room_id)
    ana = person(tool, "Ana Lima")
    typed = person(tool, "", "Bia")
    seed(opened_by=ana, ended="button")
    seed(opened_by=typed, ended="room", people=1, peak=1, recorded=True)
    seed(ended="empty", recorded=None)
    seed(ended="limit", told_at=None, people=0)
    seed(ended="unused", people=0, peak=0)
    seed(ended="")
    seed(ended="", ended_at=None)

    assert listed(browser, room_id)[::-1] == [
        ["Tuesday, March 3, 7:00 PM", "Ana Lima", "1 h 39 min", "30", "28", "Ended on the room's page", "Not recorded"],
        [
            "Tuesday, March 10, 7:00 PM",
            "Bia (unverified)",
            "1 h 39 min",
            "1",
            "1",
            "Ended inside the meeting",
            "Recorded",
        ],
        ["Tuesday, March 17, 7:00 PM", "–not known", "1 h 39 min", "30", "28", "Everybody had left", "–not known"],
        [
            "Tuesday, March 24, 7:00 PM",
            "–not known",
            "1 h 39 min",
            "–not known",
            "28",
            "Its time was up",
            "Not recorded",
        ],
        ["Tuesday, March 31, 7:00 PM", "–not known", "–not known", "0", "0", "Nobody came in", "Not recorded"],
        ["Tuesday, April 7, 7:00 PM", "–not known", "1 h 39 min", "30", "28", "Ended", "Not recorded"],
        ["Tuesday, April 14, 7:00 PM", "–not known", "–not known", "30", "28", "No end was reported", "Not recorded"],
    ]
    room = browser.open(f"/rooms/{room_id}").text
    shown = [
        " ".join(one.split())
        for one in re.findall(r'<a class="item-t" href="[^"]*/sessions/[^"]+">(.*?)</a>', room, re.DOTALL)
    ]
    assert shown == ["Tuesday, April 14, 7:00 PM", "Tuesday, April 7, 7:00 PM", "Tuesday, March 31, 7:00 PM"]


def test_times_are_in_the_courses_zone(tool: Tool, platform: Platform, room_id: str, seed: Seed) -> None:
    seed(created_at=datetime(2026, 4, 1, 1, 30, tzinfo=UTC))
    with Browser(tool.url) as abroad, Browser(tool.url) as here:
        abroad.enter_room(platform, sub="teacher-2", custom={"user_tz": "Europe/Lisbon"})
        here.enter_room(platform, sub="teacher-3")
        in_english(abroad, room_id)
        in_english(here, room_id)
        assert listed(abroad, room_id)[0][0] == "Wednesday, April 1, 2:30 AM"
        assert listed(here, room_id)[0][0] == "Tuesday, March 31, 10:30 PM"
        assert len(listed(abroad, room_id, "?month=2026-04")) == len(listed(here, room_id, "?month=2026-03")) == 1
        assert listed(abroad, room_id, "?month=2026-03") == listed(here, room_id, "?month=2026-04") == []


def test_a_session_is_seen_from_its_opening_to_its_end(tool: Tool, elos: Elos, browser: Browser, room_id: str) -> None:
    in_english(browser, room_id)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    ask_elos(tool, room_id)

    [row] = listed(browser, room_id)
    assert row[1] == "Docente Exemplo"
    assert row[5] == "In progress 1 person See it live"

    assert browser.submit(f"/rooms/{room_id}/end").status_code == 303
    ask_elos(tool, room_id)
    [row] = listed(browser, room_id)
    assert row[5] == "Ended on the room's page"
    assert row[2] == "under a minute"


def test_the_running_one_leads_in_and_the_page_follows_the_room(
    tool: Tool, platform: Platform, browser: Browser, room_id: str
) -> None:
    follow(browser.submit(f"/rooms/{room_id}/join"))
    ask_elos(tool, room_id)
    with tool.deps.database.transaction() as db:
        db.execute(meetings.insert(), [meeting(UUID(room_id), START - timedelta(hours=one)) for one in range(50)])
    with Browser(tool.url) as administrator:
        administrator.enter_room(platform, **ADMINISTRATOR)
        document = html.fromstring(administrator.open(f"/rooms/{room_id}/sessions").text)
        [way_in] = document.xpath("//tbody//form/@action")
        assert follow(administrator.submit(str(way_in)))["role"] == "VIEWER"

        [watch] = document.xpath("//*[@id='watch']")
        token = {"X-Status-Token": str(watch.get("data-token"))}
        told = requests.get(f"{tool.url}{watch.get('data-url')}", headers=token, timeout=10).json()
        shown = document.get_element_by_id("list")
        assert (told["running"], told["since"]) == (shown.get("data-running") == "true", shown.get("data-since"))
    older = link(browser, f"/rooms/{room_id}/sessions", "next")
    assert "data-token" not in browser.open(older).text


def test_an_end_that_elos_did_not_make_is_none(tool: Tool, elos: Elos, browser: Browser, room_id: str) -> None:
    in_english(browser, room_id)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    ask_elos(tool, room_id)
    elos.send("POST", "switches", end_delay_s=3600)
    assert browser.submit(f"/rooms/{room_id}/end").status_code == 303

    with another_tool(tool, later=timedelta(minutes=1)) as then:
        ask_elos(then, room_id)
        assert [row[5] for row in listed(browser, room_id)] == ["In progress 1 person See it live"]


def test_an_end_that_nobody_saw_has_no_time(tool: Tool, elos: Elos, browser: Browser, room_id: str) -> None:
    in_english(browser, room_id)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    ask_elos(tool, room_id)
    elos.send("DELETE", f"meetings/{meeting_id_of(tool, room_id)}")

    with another_tool(tool, later=timedelta(hours=14)) as then:
        with then.deps.database.transaction() as db:
            db.execute(live_rooms.update().values(watched_until=then.deps.clock() + timedelta(minutes=1)))
        refreshers.refresh(then.deps)
        [row] = listed(browser, room_id)
        assert (row[2], row[5]) == ("–not known", "No end was reported")


def test_one_that_is_in_the_list_of_recordings_leads_there(
    tool: Tool, elos: Elos, browser: Browser, room_id: str, seed: Seed
) -> None:
    in_english(browser, room_id)
    its_id = seed(recorded=None)
    elos.send("POST", "recordings", meetingID=meeting_id_of(tool, room_id), name="Aula", started_at=START.timestamp())
    browser.open(f"/rooms/{room_id}/recordings")
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().values(recordings_synced_at=None))
    browser.open(f"/rooms/{room_id}/recordings")
    with tool.deps.database.transaction() as db:
        assert db.execute(recordings.update().values(internal_id=f"i-{its_id}")).rowcount == 1

    page = browser.open(f"/rooms/{room_id}/sessions")
    assert rows_of(page.text)[0][6] == "Recorded"
    assert html.fromstring(page.text).xpath("//tbody//td//a/@href") == [f"/rooms/{room_id}/recordings"]


def test_what_elos_tells_of_its_end_is_said(tool: Tool, browser: Browser, room_id: str) -> None:
    in_english(browser, room_id)
    ours: dict[str, Any] = {"external": meeting_id_of(tool, room_id)}
    told = [
        event("meeting-created", **ours),
        event("user-joined", at_s=10, who="w_1", person="p", **ours),
        event("user-left", at_s=1000, who="w_1", **ours),
    ]
    sender = hooked(tool)
    sender.send(*told)
    do_jobs(tool)
    sender.send(
        event("meeting-ended", at_s=1300, **ours), event("rap-archive-ended", at_s=1400, recorded=False, **ours)
    )
    do_jobs(tool)

    [row] = listed(browser, room_id)
    assert row[1:] == ["–not known", "21 min", "1", "1", "Everybody had left", "Not recorded"]


def test_of_a_meeting_that_another_one_followed_nobody_says_that_it_runs(
    tool: Tool, browser: Browser, room_id: str, seed: Seed
) -> None:
    in_english(browser, room_id)
    old, new = seed(ended_at=None, ended=""), seed(ended_at=None, ended="")
    with tool.deps.database.transaction() as db:
        db.execute(live_rooms.update().values(state="open", internal_id=f"i-{new}", participants=3))
    assert live_row(tool, room_id).state == "open"
    assert old != new

    assert [row[5] for row in listed(browser, room_id)] == ["In progress 3 people See it live", "No end was reported"]


# --- searching and paging ---


def test_by_who_opened_and_by_month(tool: Tool, browser: Browser, room_id: str, seed: Seed) -> None:
    ana, bia = person(tool, "Ana 100%_Lima"), person(tool, "", "Érica")
    hidden = person(tool, "Caio", "Ana typed once")
    for opener in (ana, bia, hidden, None, ana):
        seed(opened_by=opener)

    assert len(listed(browser, room_id)) == 5
    assert len(listed(browser, room_id, "?q=lima")) == 2
    assert len(listed(browser, room_id, "?q=100%25_")) == 2
    assert len(listed(browser, room_id, "?q=%25")) == 2
    assert len(listed(browser, room_id, "?q=érica")) == 1
    assert len(listed(browser, room_id, "?q=typed")) == 0
    assert len(listed(browser, room_id, "?month=2026-03")) == 5
    assert len(listed(browser, room_id, "?month=2026-04&q=ana")) == 0
    page = browser.open(f"/rooms/{room_id}/sessions?q=<b>&month=2026-02", params={"lang": "en"}).text
    assert "No session found" in page
    assert 'value="&lt;b&gt;"' in page


@pytest.mark.parametrize("query", ["?month=2026-13", "?month=x", "?before=1", "?before=9-zz", "?after=", "?q=%00"])
def test_what_is_no_search_finds_all(browser: Browser, room_id: str, seed: Seed, query: str) -> None:
    seed()
    assert len(listed(browser, room_id, query)) == 1


def test_each_month_from_the_first_to_the_last_can_be_chosen(browser: Browser, room_id: str, seed: Seed) -> None:
    seed(created_at=datetime(2025, 11, 30, 12, tzinfo=UTC))
    seed(created_at=datetime(2026, 2, 1, 1, tzinfo=UTC))  # still January in Brasília
    page = html.fromstring(browser.open(f"/rooms/{room_id}/sessions?month=2025-12").text)
    assert page.xpath("//option/@value") == ["", "2026-01", "2025-12", "2025-11"]
    assert page.xpath("//option[@selected]/@value") == ["2025-12"]
    assert page.xpath("//option[2]/text()") == ["janeiro de 2026"]


def test_pages_lead_to_the_oldest_and_back(tool: Tool, browser: Browser, room_id: str) -> None:
    """Some began in the same microsecond, and none is left out or shown twice."""
    many = [meeting(UUID(room_id), START + timedelta(hours=number // 3), peak=number) for number in range(120)]
    with tool.deps.database.transaction() as db:
        db.execute(meetings.insert(), many)
    url, seen, back = f"/rooms/{room_id}/sessions", [], []
    first = peaks(browser, url)
    while url:
        page, last = peaks(browser, url), url
        seen += page
        url = link(browser, url, "next")
    assert sorted(seen) == list(range(120))
    assert [peak // 3 for peak in seen] == sorted((peak // 3 for peak in seen), reverse=True)
    assert link(browser, f"/rooms/{room_id}/sessions", "prev") == ""

    url = last
    while url:
        back.append(peaks(browser, url))
        url = link(browser, url, "prev")
    assert back[-1] == first
    assert link(browser, link(browser, last, "prev"), "next") == urlsplit(last)._replace().geturl()


def peaks(browser: Browser, url: str) -> list[int]:
    return [int(row[4]) for row in rows_of(browser.open(url).text)]


def test_an_old_bookmark_leads_to_the_newest(browser: Browser, room_id: str, seed: Seed) -> None:
    seed()
    answer = browser.open(f"/rooms/{room_id}/sessions?before=1-{'0' * 32}&month=2026-03")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/rooms/{room_id}/sessions?month=2026-03"


# --- what it costs ---


def test_ten_thousand_cost_what_one_does(tool: Tool, browser: Browser, room_id: str, seed: Seed) -> None:
    seed(opened_by=person(tool, "Ana Lima"))
    asked = []
    for number in (0, 10_000):
        many = [meeting(UUID(room_id), START - timedelta(hours=1 + one)) for one in range(number)]
        with tool.deps.database.transaction() as db:
            if many:
                db.execute(meetings.insert(), many)
        browser.open(f"/rooms/{room_id}")  # notes that the page was used
        for query in ("", "?q=ana&month=2026-03", "?before=1772575200000000-" + "f" * 32):
            with statements(tool) as said:
                assert browser.open(f"/rooms/{room_id}/sessions{query}").status_code in (200, 303)
            asked.append(len([one for one in said if "meetings" in one or "recordings" in one]))
            with statements(tool) as said:
                assert browser.open(f"/rooms/{room_id}").status_code == 200
            assert len([one for one in said if "meetings" in one]) <= 1
    assert max(asked) <= 3, asked


@one_database
def test_a_stretch_of_ten_thousand_is_found_by_the_index(tool: Tool, browser: Browser, room_id: str) -> None:
    many = [meeting(UUID(room_id), START - timedelta(hours=one)) for one in range(10_000)]
    with tool.deps.database.transaction() as db:
        db.execute(meetings.insert(), many)
    with statements(tool) as said:
        browser.open(f"/rooms/{room_id}/sessions?before=1772575200000000-" + "f" * 32)
    [stretch] = [one for one in said if "FROM meetings" in one and "ORDER BY" in one]
    with tool.deps.database.reading() as db:
        plan = [
            str(row[3])
            for row in db.exec_driver_sql(
                "EXPLAIN QUERY PLAN " + stretch, (UUID(room_id).hex,) + ("2026-01-01",) * (stretch.count("?") - 1)
            )
        ]
    assert any("ix_meetings_room (room_id=? AND created_at<?)" in line for line in plan), plan
