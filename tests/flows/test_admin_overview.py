"""The desk's first page: what needs attention comes first, and an operator is led through the first steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy import event

from lti_elos.db.tables import live_rooms
from lti_elos.services import overview, platforms, servers
from tests.conftest import Elos, Tool
from tests.support.browser import Browser
from tests.support.operators import Desk, at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import one_database, open_room


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    with at_the_desk(tool, language="en") as one:
        yield one


def shown(desk: Desk, path: str = "/admin") -> str:
    return " ".join(html.fromstring(desk.open(path).text).get_element_by_id("main").text_content().split())


def test_the_first_steps_lead_to_the_first_class(
    tool: Tool, desk: Desk, elos: Elos, browser: Browser, platform: Platform
) -> None:
    servers.remove(tool.deps, "sim")
    assert "Three steps to the first class" in shown(desk)
    assert "No server is set up: no room can be opened." in shown(desk)

    servers.add(tool.deps, name="sim", url=elos.url, secret="x")
    assert shown(desk).count("Done") == 2
    browser.enter_room(platform)
    assert "Three steps" not in shown(desk)
    assert "All in order, at" in shown(desk)


def test_what_needs_attention_is_told_worst_first(tool: Tool, desk: Desk, platform: Platform, browser: Browser) -> None:
    room = browser.enter_room(platform)
    for _ in range(3):
        browser.launch(platform, message_type="Unknown")
    platforms.set_policies(tool.deps, str(platform.id), ["deployments=approve"])
    other = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    browser.launch(other)
    [server] = servers.all_servers(tool.deps)
    servers.change(
        tool.deps,
        server.id,
        name="sim",
        url="http://127.0.0.1:9",
        secret="",
        kind="elos",
        digest="sha256",
        internal_url="",
        playback_token="off",
    )
    servers.look_at(tool.deps, server.id)
    soon = tool.deps.clock() + timedelta(minutes=1)
    with tool.deps.database.transaction() as db:
        db.execute(live_rooms.update().values(trouble="ELOS-UNREACHABLE", watched_until=soon))

    said = shown(desk)

    lines = [
        "sim: the last check failed, just now ELOS-UNREACHABLE",
        "Elos does not tell about 1 room that people look at now ELOS-UNREACHABLE",
        "LMS Exemplo: 3 launches refused in 2 hours, the last one just now LTI-MESSAGE-TYPE",
        "LMS Exemplo: 1 deployment waits for approval, since",
    ]
    places = [said.find(line) for line in lines]
    assert -1 not in places, said
    assert places == sorted(places)
    assert room


def test_one_refused_launch_is_nobodys_business(desk: Desk, platform: Platform, browser: Browser) -> None:
    browser.enter_room(platform)
    browser.launch(platform, message_type="Unknown")

    assert "All in order" in shown(desk)


def test_a_wrong_client_is_told_though_its_platform_is_not_known(desk: Desk, platform: Platform) -> None:
    with Browser(desk.tool_url) as browser:
        for _ in range(4):
            browser.login(platform, client_id="wrong")

    assert "An unknown platform: 4 launches refused in 2 hours" in shown(desk)


def test_figures_are_of_today_and_of_now(
    tool: Tool, desk: Desk, platform: Platform, elos: Elos, browser: Browser
) -> None:
    open_room(tool, platform, elos)
    browser.enter_room(platform, sub="another")
    browser.launch(platform, message_type="Unknown")

    found = overview.figures(tool.deps)

    assert (found.meetings, found.people, found.launches_today, found.failures_today) == (1, 1, 2, 1)
    assert "Meetings now1 1 person Launches today2 Failures today1" in shown(desk)


def test_a_meeting_that_nobody_asked_about_for_long_is_not_counted(tool: Tool, platform: Platform, elos: Elos) -> None:
    open_room(tool, platform, elos)
    with tool.deps.database.transaction() as db:
        db.execute(live_rooms.update().values(checked_at=tool.deps.clock() - timedelta(minutes=16)))

    assert overview.figures(tool.deps).meetings == 0


@one_database
@pytest.mark.parametrize(
    "path",
    [
        "/admin",
        "/admin/platforms",
        "/admin/platforms/{id}",
        "/admin/platforms/invites?update={id}",
        "/admin/servers",
        "/admin/servers/{server}",
    ],
)
def test_a_page_asks_the_database_a_few_times_however_many_rows_it_shows(
    tool: Tool, desk: Desk, platform: Platform, browser: Browser, path: str
) -> None:
    browser.enter_room(platform)
    for number in range(12):
        servers.add(tool.deps, name=f"server {number}", url="https://elos.example.test", secret="x")
        platforms.add(
            tool.deps,
            name=f"LMS {number}",
            issuer="https://lms.example.test",
            client_id=str(number),
            auth_login_url="https://lms.example.test/a",
            auth_token_url="https://lms.example.test/t",
            jwks_url="https://lms.example.test/j",
        )
        platforms.approve(tool.deps, str(platform.id), f"d-{number}")
    path = path.format(id=platform.id, server=servers.all_servers(tool.deps)[0].id)
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            asked.append(statement)

    event.listen(tool.deps.database.engine, "before_cursor_execute", count)
    try:
        assert desk.open(path).status_code == 200
    finally:
        event.remove(tool.deps.database.engine, "before_cursor_execute", count)

    assert 0 < len(asked) < 8, asked  # and one by which the operator is known, which goes past this count
