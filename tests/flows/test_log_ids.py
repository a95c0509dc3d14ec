"""From a person's complaint to all that was logged of it: occurrence, request id, launch id."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from lti_elos.db.tables import launches
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, hidden
from tests.support.platform import Platform
from tests.support.rooms import one_database

pytestmark = one_database


class Lines(logging.Handler):
    """Each line as it would be written: with what its request had bound by then."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append({"event": record.getMessage()} | structlog.contextvars.get_contextvars() | record.__dict__)

    def of(self, event: str, **fields: str) -> list[dict[str, Any]]:
        wanted = {"event": event} | fields
        return [line for line in self.kept if all(line.get(name) == value for name, value in wanted.items())]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, ours = Lines(), logging.getLogger("lti_elos")
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield handler
    ours.removeHandler(handler)
    ours.setLevel(level)


def launch_ids(tool: Tool) -> list[str]:
    with tool.deps.database.reading() as db:
        return [str(one) for one in db.scalars(select(launches.c.id).order_by(launches.c.created_at))]


def test_a_launch_and_the_pages_after_it_carry_its_id(
    tool: Tool, platform: Platform, browser: Browser, lines: Lines
) -> None:
    room_id = browser.enter_room(platform)
    browser.open(f"/rooms/{room_id}")

    (launch_id,) = launch_ids(tool)
    assert [line["launch_id"] for line in lines.of("launch accepted")] == [launch_id]
    assert [line["launch_id"] for line in lines.of("request", path="/lti/launch")] == [launch_id]
    assert [line["launch_id"] for line in lines.of("request", path=f"/rooms/{room_id}")] == [launch_id]


def test_a_tab_opened_by_a_handover_carries_the_launch_it_came_from(
    tool: Tool, platform: Platform, elos: Elos, lines: Lines
) -> None:
    with Browser(tool.url, framed=True) as frame, Browser(tool.url) as tab:
        room_id = frame.enter_room(platform)
        handover = hidden(frame.open(f"/rooms/{room_id}"), "handover")
        tab.submit(f"/rooms/{room_id}/join", {"handover": handover})

    assert [line["launch_id"] for line in lines.of("meeting opened")] == launch_ids(tool)


def test_an_error_page_leads_to_the_launch(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos, lines: Lines
) -> None:
    room_id = browser.enter_room(platform)
    elos.fault("html500", call="create")
    answer = browser.submit(f"/rooms/{room_id}/join")

    (refused,) = lines.of("request refused")
    assert refused["occurrence"] in answer.text
    assert refused["request_id"] == answer.headers["X-Request-Id"]
    assert [refused["launch_id"]] == launch_ids(tool)


def test_a_request_of_nobody_known_carries_no_launch(
    tool: Tool, platform: Platform, browser: Browser, lines: Lines
) -> None:
    browser.enter_room(platform)
    requests = len(lines.of("request"))
    browser.open("/privacy")

    (line,) = lines.of("request")[requests:]
    assert "launch_id" not in line
