"""Who can see a recording: its teachers, the course, anybody with a link; and a room's new ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import recording_links
from lti_elos.services import platforms
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.platform import Platform
from tests.support.recordings import Shelf
from tests.support.rooms import STUDENT, another_tool, one_database
from tests.support.rows import changes, everything

LINK = re.compile(r'value="http://localhost:\d+(/r/[\w-]{43})"')


@pytest.fixture
def student(tool: Tool, platform: Platform) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        one.enter_room(platform, **STUDENT)
        yield one


@pytest.fixture
def teacher(tool: Tool, platform: Platform) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        one.enter_room(platform)
        yield one


@pytest.fixture
def stranger(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        yield one


@pytest.fixture
def shelf(tool: Tool, elos: Elos, platform: Platform, teacher: Browser) -> Shelf:
    return Shelf(tool, elos, teacher.enter_room(platform))


@pytest.fixture
def aula(shelf: Shelf, teacher: Browser) -> str:
    return shelf.put("Aula 1", reader=teacher)


def share(shelf: Shelf, teacher: Browser, recording_id: str, days: str = "") -> str:
    """Make a link; gives its path, the newest one's."""
    made = teacher.submit(shelf.path(recording_id, "/links"), {"days": days})
    assert made.headers["Location"] == shelf.path(recording_id, "/audience?note=made")
    links: list[str] = LINK.findall(teacher.open(shelf.path(recording_id, "/audience")).text)
    return links[0]


def choose(shelf: Shelf, browser: Browser, recording_id: str, audience: str) -> requests.Response:
    return browser.submit(shelf.path(recording_id, "/audience"), {"audience": audience})


# --- teachers, course ---


def test_what_is_for_teachers_alone_is_nowhere_for_students(
    shelf: Shelf, aula: str, student: Browser, teacher: Browser
) -> None:
    shelf.set(aula, plays=54)
    for browser in (student, teacher):
        assert "Aula 1" in browser.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
    seen = student.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
    assert [word for word in ("Watched", "Who can see", "Course</span>", "seen by") if word in seen] == []
    assert "Watched 54 times" in teacher.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text

    chosen = choose(shelf, teacher, aula, "teachers")

    assert chosen.headers["Location"] == shelf.path(aula, "/audience?note=saved")
    assert shelf.told(aula) == [("audience", "user-1", {"from": "course", "to": "teachers"})]
    assert "Aula 1" not in student.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
    for path in (shelf.path(aula), shelf.path(aula, "/play?kind=presentation")):
        refused = student.open(path)
        assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")
    assert shelf.play(teacher, aula).status_code == 303
    choose(shelf, teacher, aula, "course")
    assert shelf.play(student, aula).status_code == 303


def test_only_who_manages_it_decides(
    tool: Tool, platform: Platform, shelf: Shelf, aula: str, student: Browser, teacher: Browser
) -> None:
    share(shelf, teacher, aula)
    with tool.deps.database.reading() as db:
        link_id = db.execute(select(recording_links.c.id)).scalar_one()
    before = everything(tool)
    with Browser(tool.url) as colleague:
        other = colleague.enter_room(platform, sub="t-2", context={"id": "course-2", "title": "Física"})
        ours = everything(tool)
        for tail, fields in (
            ("/audience", {"audience": "teachers"}),
            ("/links", {"days": ""}),
            (f"/links/{link_id}/revoke", {}),
        ):
            assert student.submit(shelf.path(aula, tail), fields).status_code == 403
            foreign = colleague.submit(f"/rooms/{other}/recordings/{aula}{tail}", fields)
            assert (foreign.status_code, code_of(foreign)) == (404, "WEB-NOT-FOUND")
        assert colleague.open(f"/rooms/{other}/recordings/{aula}/audience").status_code == 404
        assert student.open(shelf.path(aula, "/audience")).status_code == 403
        assert changes(ours, everything(tool)) <= {"grants.used_at"}
    assert "recordings.audience" not in changes(before, everything(tool))
    for wrong in ("everybody", ""):
        assert choose(shelf, teacher, aula, wrong).status_code == 404
    assert teacher.submit(shelf.path(aula, "/links"), {"days": "99999"}).status_code == 404


# --- anybody with a link ---


def test_making_it_public_asks_first_and_then_anybody_with_the_link_watches(
    tool: Tool, shelf: Shelf, aula: str, elos: Elos, teacher: Browser, stranger: Browser
) -> None:
    teacher.open(f"/rooms/{shelf.room_id}/recordings?lang=en")
    before = everything(tool)
    asked = choose(shelf, teacher, aula, "link")
    assert asked.status_code == 200
    assert "Anyone with the link will be able to watch, without being in the course." in asked.text
    assert changes(before, everything(tool)) <= {"grants.used_at"}

    first = share(shelf, teacher, aula)
    second = share(shelf, teacher, aula, "7")

    assert first != second
    assert shelf.row(aula).audience == "link"
    assert [action for action, _, _ in shelf.told(aula)] == ["audience", "link_made", "link_made"]
    for path in (first, second):
        page = stranger.open(path)
        assert page.status_code == 200
        assert "Aula 1" in page.text
        assert "Set-Cookie" not in page.headers
        names = [
            word for word in ("Docente", "Maria", "Cálculo", "student-1", aula, shelf.room_id) if word in page.text
        ]
        assert names == []
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert page.headers["Referrer-Policy"] == "strict-origin"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert "form-action 'self' https:" in page.headers["Content-Security-Policy"]
    assert shelf.row(aula).plays == 0

    played = stranger.submit(second)

    assert played.status_code == 303
    assert played.headers["Location"].startswith(f"{elos.url}/playback/presentation/")
    [(action, who, details)] = shelf.told(aula)[3:]
    with tool.deps.database.reading() as db:
        ids = [str(one) for one in db.scalars(select(recording_links.c.id))]
        kept = " ".join(str(row) for row in db.execute(select(recording_links)))
    assert (action, who, details["link"] in ids) == ("played", None, True)
    assert shelf.row(aula).plays == 1
    assert first.removeprefix("/r/") not in kept
    assert stranger.post(tool.url + second, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert stranger.open(f"/rooms/{shelf.room_id}/recordings").status_code == 401


WAYS_TO_END: dict[str, Callable[[Tool, Platform, Shelf, str, Browser], Any]] = {
    "revoked": lambda _t, _p, shelf, one, teacher: teacher.submit(
        re.findall(r'action="([^"]+/revoke)"', teacher.open(shelf.path(one, "/audience")).text)[0]
    ),
    "narrowed": lambda _t, _p, shelf, one, teacher: choose(shelf, teacher, one, "course"),
    "unpublished": lambda _t, _p, shelf, one, _b: shelf.set(one, state="unpublished"),
    "in the bin": lambda tool, _p, shelf, one, _b: shelf.set(one, trashed_at=tool.deps.clock()),
    "platform off": lambda tool, p, _s, _o, _b: platforms.set_enabled(tool.deps, str(p.id), enabled=False),
    "links off": lambda tool, p, _s, _o, _b: platforms.set_policies(tool.deps, str(p.id), ["recording_links=false"]),
}


@pytest.mark.parametrize("way", WAYS_TO_END)
def test_a_link_that_ended_looks_like_one_that_never_was(
    tool: Tool, platform: Platform, shelf: Shelf, aula: str, teacher: Browser, stranger: Browser, way: str
) -> None:
    link = share(shelf, teacher, aula)
    never = stranger.open(f"/r/{'A' * 43}")
    assert stranger.open(link).status_code == 200

    WAYS_TO_END[way](tool, platform, shelf, aula, teacher)

    for gone in (stranger.open(link), stranger.submit(link)):
        assert gone.status_code == never.status_code == 404
        assert "Location" not in gone.headers
    assert stranger.open(link).text == never.text
    assert shelf.row(aula).plays == 0
    if way == "narrowed":  # for good, also when it is made public again
        new = share(shelf, teacher, aula)
        assert (stranger.open(new).status_code, stranger.open(link).status_code) == (200, 404)


def test_a_link_ends_when_it_was_to(tool: Tool, shelf: Shelf, aula: str, teacher: Browser, stranger: Browser) -> None:
    week, always = share(shelf, teacher, aula, "7"), share(shelf, teacher, aula)
    for later, works in ((timedelta(days=6, hours=23), [200, 200]), (timedelta(days=7), [404, 200])):
        with another_tool(tool, later=later) as then:
            stranger.tool_url = then.url
            assert [stranger.open(one).status_code for one in (week, always)] == works


@one_database
def test_guessing_is_limited_and_watching_is_not(shelf: Shelf, aula: str, teacher: Browser, stranger: Browser) -> None:
    link = share(shelf, teacher, aula)

    guesses = [stranger.open(f"/r/{number:043}").status_code for number in range(301)]

    assert set(guesses[:300]) == {404}
    assert guesses[300] == 429
    assert stranger.open(link).status_code == 200


def test_where_the_platform_allows_no_links_none_is_made(
    tool: Tool, platform: Platform, shelf: Shelf, aula: str, teacher: Browser
) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["recording_links=false"])

    assert "Anyone with the link" not in teacher.open(shelf.path(aula, "/audience")).text
    assert choose(shelf, teacher, aula, "link").status_code == 404
    assert teacher.submit(shelf.path(aula, "/links"), {"days": ""}).status_code == 404
    assert (shelf.row(aula).audience, shelf.told(aula)) == ("course", [])


# --- new ones ---


def test_new_recordings_are_seen_by_those_whom_the_room_or_else_the_platform_says(
    tool: Tool, platform: Platform, shelf: Shelf, aula: str, student: Browser, teacher: Browser
) -> None:
    form = f"/rooms/{shelf.room_id}/recordings/audience"
    platforms.set_policies(tool.deps, str(platform.id), ["recording_audience=teachers"])
    by_platform = shelf.put("Aula 2", reader=teacher)
    assert teacher.submit(form, {"audience": "course"}).headers["Location"].endswith("/recordings?note=new")
    by_room = shelf.put("Aula 3", reader=teacher)
    assert teacher.submit(form, {"audience": ""}).status_code == 303
    again = shelf.put("Aula 4", reader=teacher)

    found = [shelf.row(one).audience for one in (aula, by_platform, by_room, again)]

    assert found == ["course", "teachers", "course", "teachers"]
    assert student.submit(form, {"audience": "course"}).status_code == 403
    assert teacher.submit(form, {"audience": "link"}).status_code == 404
    seen = student.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
    assert ["Aula 2" in seen, "Aula 3" in seen, "Aula 4" in seen] == [False, True, False]
