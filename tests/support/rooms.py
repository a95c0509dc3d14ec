"""What tests about rooms share: roles, the tool at a later hour or twice over one database, and looks at its rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from lti_elos.app import create_app, make_deps
from lti_elos.clock import utc_now
from lti_elos.db.tables import live_rooms, rooms
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import refreshers
from tests.conftest import Elos, Tool, refuse_calls_in_transactions
from tests.support.browser import Browser
from tests.support.platform import MEMBERSHIP, Platform

INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what never reaches the database differently: once is enough."""

TEACHER: dict[str, Any] = {}
STUDENT: dict[str, Any] = {
    "sub": "student-1",
    "roles": [f"{MEMBERSHIP}Learner"],
    "name": "Estudante Modelo",
    "given_name": "Estudante",
    "family_name": "Modelo",
}
ASSISTANT: dict[str, Any] = {
    "sub": "assistant-1",
    "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"],
}
MENTOR: dict[str, Any] = {"sub": "mentor-1", "roles": [f"{MEMBERSHIP}Mentor"]}
ADMINISTRATOR: dict[str, Any] = {"sub": "admin-1", "roles": [f"{INSTITUTION}Administrator"]}


@contextmanager
def another_tool(tool: Tool, *, later: timedelta = timedelta(0), **settings: Any) -> Iterator[Tool]:
    """A second process's worth of the tool over the same database: at a later hour, or with other settings.

    Its BASE_URL stays the first's, as on a second machine behind one address.
    """
    deps = make_deps(
        tool.deps.settings.model_copy(update=settings),
        clock=lambda: utc_now() + later,
        guard=refuse_calls_in_transactions,
    )
    with ThreadedServer(create_app(deps)) as server:
        yield Tool(f"http://localhost:{server.port}", deps)
    deps.database.dispose()


@contextmanager
def hours_later(tool: Tool, browser: Browser, hours: float) -> Iterator[None]:
    """The same browser, in front of the tool ``hours`` later."""
    with another_tool(tool, later=timedelta(hours=hours)) as then:
        browser.tool_url = then.url
        yield
    browser.tool_url = tool.url


def until(happened: Callable[[], bool]) -> None:
    """Wait for another thread or process. The limit only ends a test that would hang."""
    limit = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)


def meeting_id_of(tool: Tool, room_id: str) -> str:
    with tool.deps.database.reading() as db:
        return str(db.scalar(select(rooms.c.meeting_id).where(rooms.c.id == UUID(room_id))))


def live_row(tool: Tool, room_id: str) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(live_rooms).where(live_rooms.c.room_id == UUID(room_id))).one()


def make_due(tool: Tool, *room_ids: str) -> None:
    """Somebody watches the rooms, and their next question is due now, whatever the refresh."""
    watched_until = tool.deps.clock() + timedelta(minutes=1)
    with tool.deps.database.transaction() as db:
        of_rooms = live_rooms.update().where(live_rooms.c.room_id.in_([UUID(one) for one in room_ids]))
        db.execute(of_rooms.values(checked_at=None, watched_until=watched_until))


def ask_elos(tool: Tool, *room_ids: str) -> None:
    """What the refreshers do behind a serving process, done now; these rooms are asked about in any case."""
    if room_ids:
        make_due(tool, *room_ids)
    refreshers.refresh(tool.deps)


def follow(join: requests.Response) -> dict[str, str]:
    """Go where a join led, as the browser would: into the simulator. Gives the parameters of the signed URL."""
    assert join.status_code == 303, (join.status_code, join.text)
    url = join.headers["Location"]
    assert "/bigbluebutton/api/join?" in url, url
    let_in = requests.get(url, timeout=10, allow_redirects=False)
    assert let_in.status_code == 302, let_in.text
    assert "/html5client/join?sessionToken=" in let_in.headers["Location"], let_in.headers["Location"]
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def open_room(tool: Tool, platform: Platform, elos: Elos, **claims: Any) -> str:
    """A teacher opens the room and is in it; the tool has learnt so. Gives the room's id."""
    with Browser(tool.url) as teacher:
        room_id = teacher.enter_room(platform, **claims)
        follow(teacher.submit(f"/rooms/{room_id}/join"))
        ask_elos(tool, room_id)
        assert teacher.open(f"/rooms/{room_id}/status").json()["running"] is True
    return room_id


def people_in(elos: Elos, meeting_id: str) -> dict[str, str]:
    """{userID: role} of who is in the running meeting."""
    for meeting in elos.meetings():
        if meeting["meetingID"] == meeting_id and meeting["endedAt"] is None:
            return {one["userID"]: one["role"] for one in meeting["users"]}
    return {}
