"""Hooks at the simulator: made once, looked after, made anew when silent; and what then comes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_elos.db.tables import hooks, meetings, servers
from lti_elos.services import hooks as service
from lti_elos.services.jobs import Job
from tests.conftest import Elos, Tool
from tests.support.browser import Browser
from tests.support.deliveries import do_jobs
from tests.support.platform import Platform
from tests.support.rooms import another_tool, follow, live_row, meeting_id_of

ANY_JOB: Any = None


def look_after(tool: Tool) -> None:
    job: Job = ANY_JOB
    service.look_after(tool.deps, job)


def row(tool: Tool) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(hooks)).one()


def asked(elos: Elos) -> list[str]:
    return [call["call"] for call in elos.calls() if call["call"].startswith("hooks/")]


def listed(elos: Elos) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = elos.send("GET", "hooks")
    return found


@pytest.fixture(params=["elos", "bbb", "bbb-bearer", "elos-without-tokens"])
def kind(request: pytest.FixtureRequest, elos: Elos, tool: Tool) -> str:
    switches: dict[str, dict[str, Any]] = {
        "elos": {},
        "bbb": {"mode": "bbb"},
        "bbb-bearer": {"mode": "bbb", "bbb_auth": "bearer"},
        "elos-without-tokens": {"auth_tokens": False},
    }
    if more := switches[request.param]:
        elos.send("POST", "switches", **more)
    if request.param.startswith("bbb"):
        with tool.deps.database.transaction() as db:
            db.execute(servers.update().values(kind="bbb"))
    return str(request.param)


def settle(elos: Elos) -> None:
    elos.send("POST", "deliveries/settle", within_s=20)


def test_a_server_gets_one_hook_and_is_not_asked_again_until_the_next_day(tool: Tool, elos: Elos, kind: str) -> None:
    look_after(tool)
    assert asked(elos) == ["hooks/list", "hooks/create"]
    [made] = listed(elos)
    assert made["callbackURL"] == row(tool).url == service.url_of(tool.deps, row(tool).server_id)

    look_after(tool)
    assert len(asked(elos)) == 2

    with another_tool(tool, later=timedelta(hours=25)) as next_day:
        look_after(next_day)
    assert asked(elos)[2:] == ["hooks/list"]
    assert len(listed(elos)) == 1


def test_the_token_is_kept_sealed(tool: Tool, elos: Elos) -> None:
    look_after(tool)
    [made] = elos.calls("hooks/create")
    assert row(tool).token_sealed
    assert tool.deps.vault.open("hook-token", row(tool).token_sealed)
    assert made["params"]["enabled"] == "true"


def test_what_happens_comes_by_itself(tool: Tool, elos: Elos, kind: str, platform: Platform, browser: Browser) -> None:
    look_after(tool)
    room_id = browser.enter_room(platform)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    questions = len(elos.calls("getMeetingInfo"))
    settle(elos)
    do_jobs(tool)
    live = live_row(tool, room_id)
    assert (live.state, live.participants) == ("open", 1)

    elos.send("DELETE", f"meetings/{meeting_id_of(tool, room_id)}")
    settle(elos)
    do_jobs(tool)
    assert live_row(tool, room_id).state == "ended"
    with tool.deps.database.reading() as db:
        [meeting] = db.execute(select(meetings)).all()
    assert (meeting.ended, meeting.people, meeting.peak) == ("room", 1, 1)
    assert meeting.opened_by is not None
    assert len(elos.calls("getMeetingInfo")) == questions


def test_a_hook_that_elos_has_lost_is_made_again(tool: Tool, elos: Elos) -> None:
    look_after(tool)
    [made] = listed(elos)
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
    client.destroy_hook(made["hookID"])
    with another_tool(tool, later=timedelta(hours=25)) as next_day:
        look_after(next_day)
    assert len(listed(elos)) == 1
    assert row(tool).hook_id != made["hookID"]


def test_a_hook_that_tells_nothing_though_a_meeting_runs_is_made_anew(
    tool: Tool, elos: Elos, platform: Platform, browser: Browser
) -> None:
    look_after(tool)
    first = row(tool).hook_id
    elos.send("POST", "switches", silent_hooks=True)
    room_id = browser.enter_room(platform)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    look_after(tool)
    assert row(tool).hook_id == first, "events may be on their way"

    with another_tool(tool, later=timedelta(minutes=11)) as later:
        look_after(later)
        assert row(tool).hook_id != first
        assert len(listed(elos)) == 1
        calls = len(asked(elos))
        look_after(later)
        assert len(asked(elos)) == calls, "once: it may be silent for another reason"


def test_a_server_out_of_reach_is_told_and_tried_again(tool: Tool, elos: Elos) -> None:
    elos.fault("html500", call="hooks/list")
    look_after(tool)
    assert (row(tool).hook_id, row(tool).trouble) == ("", "ELOS-UNREACHABLE")
    elos.send("DELETE", "faults")
    look_after(tool)
    assert (row(tool).hook_id != "", row(tool).trouble) == (True, "")


def test_after_a_lost_database_the_hook_of_before_is_taken_on(tool: Tool, elos: Elos) -> None:
    look_after(tool)
    token = tool.deps.vault.open("hook-token", row(tool).token_sealed)
    with tool.deps.database.transaction() as db:
        db.execute(hooks.delete())
    look_after(tool)
    assert tool.deps.vault.open("hook-token", row(tool).token_sealed) == token
    assert len(listed(elos)) == 1


def test_another_integrations_hook_is_left_alone(tool: Tool, elos: Elos) -> None:
    with tool.deps.database.reading() as db:
        client = tool.deps.elos.of_platform(db, None)
    theirs = client.create_hook(f"http://127.0.0.1:9/{uuid4()}")
    look_after(tool)
    assert theirs.id in {hook["hookID"] for hook in listed(elos)}
    assert len(listed(elos)) == 2


@pytest.fixture(autouse=True)
def quiet(elos: Elos) -> Iterator[None]:
    """No delivery of one test comes in the next."""
    yield
    elos.send("DELETE", "all")
