"""A platform's own metadata: from the policy over a launch to Elos, and to the operators' list of sessions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import html
from sqlalchemy import select, text

from lti_elos.db import schema
from lti_elos.db.tables import launches, meeting_metadata, meetings, rooms
from lti_elos.demo.serving import ThreadedServer
from lti_elos.errors import Misconfigured
from lti_elos.services import platform_runs, platforms
from tests.conftest import Elos, Tool, add_platform
from tests.flows.test_admin_platforms import at, policies, shown
from tests.flows.test_room_sessions import statements
from tests.support.browser import Browser, code_of
from tests.support.operators import Desk, at_the_desk
from tests.support.platform import Jwks, Platform
from tests.support.rooms import STUDENT, ask_elos, follow, meeting_id_of, one_database
from tests.support.rows import changes, everything

LINES = (
    "sis-id=$lis.course_section_sourcedid\ncampus=São Leopoldo\nsigla=$context.label\n"
    "link=$resource_link.title\nperiodo=$custom.Periodo"
)
LAUNCH: dict[str, Any] = {
    "lis": {"course_section_sourcedid": "SIS-2026-2-A", "person_sourcedid": "2026001"},
    "custom": {"Periodo": "2026/2"},
}


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    with at_the_desk(tool, language="en") as one:
        yield one


def told(elos: Elos, meeting_id: str) -> dict[str, str]:
    """What Elos keeps of a running meeting, besides what every meeting is told."""
    [meeting] = [one for one in elos.meetings() if one["meetingID"] == meeting_id and one["endedAt"] is None]
    own = ("bbb-", "analytics-callback-url")
    return {name: value for name, value in meeting["metadata"].items() if not name.startswith(own)}


def rows_of(desk: Desk, platform: Platform, query: str = "") -> list[str]:
    page = desk.open(at(platform, f"/sessions{query}"))
    assert page.status_code == 200
    return [" ".join(row.text_content().split()) for row in html.fromstring(page.text).xpath("//tbody/tr/th")]


def test_what_the_operator_chose_reaches_elos_and_finds_the_session(
    tool: Tool,
    platform: Platform,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
    elos: Elos,
    desk: Desk,
) -> None:
    jwks, server = jwks_server
    elsewhere = add_platform(tool, f"{server.url}/jwks", jwks, platform_key, client_id="client-2")
    assert "No session yet" in shown(desk.open(at(platform, "/sessions")))
    assert policies(desk, platform, extra_metadata=LINES).status_code == 303

    with Browser(tool.url) as teacher, Browser(tool.url) as student, Browser(tool.url) as other:
        room_id = teacher.enter_room(platform, **LAUNCH)
        student.enter_room(platform, **STUDENT, lis={"course_section_sourcedid": "of a student"})
        follow(teacher.submit(f"/rooms/{room_id}/join"))
        ask_elos(tool, room_id)
        follow(student.submit(f"/rooms/{room_id}/join"))
        second = teacher.enter_room(platform, **LAUNCH | {"lis": {}}, context={"id": "course-2", "title": "Física"})
        follow(teacher.submit(f"/rooms/{second}/join"))
        third = other.enter_room(elsewhere, **LAUNCH)
        follow(other.submit(f"/rooms/{third}/join"))

    expected = {
        "sis-id": "SIS-2026-2-A",
        "campus": "São Leopoldo",
        "sigla": "MAT101",
        "link": "Aula ao vivo",
        "periodo": "2026/2",
    }
    assert told(elos, meeting_id_of(tool, room_id)) == expected
    assert told(elos, meeting_id_of(tool, second)) == {
        "campus": "São Leopoldo",
        "link": "Aula ao vivo",
        "periodo": "2026/2",
    }
    assert told(elos, meeting_id_of(tool, third)) == {}
    with tool.deps.database.reading() as db:
        kept = db.scalars(select(launches.c.facts).where(~launches.c.moderates)).all()
        elsewhere_kept = db.scalars(
            select(launches.c.facts).join(meetings, meetings.c.room_id == launches.c.room_id).where(
                meetings.c.platform_id == elsewhere.id
            )
        ).all()  # fmt: skip
    assert (kept, elsewhere_kept) == ([{}], [{}])

    rows = rows_of(desk, platform)
    assert [row.split(" ")[0] for row in rows] == ["Física", "Cálculo"]
    assert "sis-id=SIS-2026-2-A" in rows[1]
    assert len(rows_of(desk, platform, "?meta=sis-id%3DSIS-2026-2-A")) == 1
    assert len(rows_of(desk, platform, "?meta=meta_CAMPUS+%3D+São Leopoldo")) == 2
    assert rows_of(desk, platform, "?meta=sis-id%3DSIS-2026-2") == []
    assert rows_of(desk, platform, "?meta=sis-id%3Dsis-2026-2-a") == []
    assert len(rows_of(desk, elsewhere)) == 1
    assert rows_of(desk, elsewhere, "?meta=campus%3DSão Leopoldo") == []
    page = desk.open(at(platform, "/sessions?meta=SIS<b>"))
    assert "Write a name" in shown(page)
    assert "Docente" not in desk.open(at(platform, "/sessions")).text
    assert code_of(desk.open(f"/admin/platforms/{uuid4()}/sessions")) == "WEB-NOT-FOUND"


def test_each_room_is_told_of_its_own_link_and_what_elos_keeps_is_what_the_first_told(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    platforms.set_policies(
        tool.deps, str(platform.id), ["room_scope=resource", "meta_link=$resource_link.title", "meta_sis=$custom.sis"]
    )
    one = browser.enter_room(platform, resource_link={"id": "l-1", "title": "Aula 1"}, custom={"sis": "1"})
    two = browser.enter_room(platform, resource_link={"id": "l-2", "title": "Aula 2"}, custom={"sis": "user-1"})

    follow(browser.submit(f"/rooms/{one}/join"))
    follow(browser.submit(f"/rooms/{two}/join"))

    assert told(elos, meeting_id_of(tool, one)) == {"link": "Aula 1", "sis": "1"}
    assert told(elos, meeting_id_of(tool, two)) == {"link": "Aula 2"}

    # The policy as it is when the room is opened decides; a running meeting stays as it was told.
    platforms.set_policies(tool.deps, str(platform.id), ["meta_link=", "meta_sis=agora"])
    follow(browser.submit(f"/rooms/{one}/join"))
    browser.submit(f"/rooms/{two}/end")
    follow(browser.submit(f"/rooms/{two}/join"))
    assert told(elos, meeting_id_of(tool, one)) == {"link": "Aula 1", "sis": "1"}
    assert told(elos, meeting_id_of(tool, two)) == {"sis": "agora"}
    with tool.deps.database.reading() as db:
        rows = db.execute(select(meeting_metadata.c.name, meeting_metadata.c.value)).all()
    assert sorted(map(tuple, rows)) == [("link", "Aula 1"), ("link", "Aula 2"), ("sis", "1"), ("sis", "agora")]


def test_a_group_that_one_went_on_to_is_told_what_the_launch_said(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["room_scope=group", "meta_sis=$custom.sis"])
    browser.enter_room(platform, **STUDENT, custom={"group_ids": "7,8"})
    with Browser(tool.url) as teacher:
        here = teacher.enter_room(platform, custom={"sis": "SIS-1"})
        with tool.deps.database.reading() as db:
            [other] = db.scalars(select(rooms.c.id).where(rooms.c.id != UUID(here))).all()
        follow(teacher.submit(f"/rooms/{other}/join"))

    assert told(elos, meeting_id_of(tool, str(other))) == {"sis": "SIS-1"}


def test_wrong_lines_are_named_each_and_nothing_typed_is_lost(tool: Tool, desk: Desk, platform: Platform) -> None:
    before = everything(tool)
    typed = "sis-id=$context.id\r\nsis_id=1\r\nbbb-origin=<b>\r\nx=$custom.user_login"

    refused = policies(desk, platform, extra_metadata=typed, recording_notice="Minhas palavras")

    assert refused.status_code == 400
    document = html.fromstring(refused.text)
    field = document.get_element_by_id("extra_metadata")
    assert field.get("aria-invalid") == "true"
    assert field.text_content().lstrip("\n").splitlines() == typed.splitlines()
    said = [" ".join(one.text_content().split()) for one in document.get_element_by_id("extra_metadata-wrong")]
    assert [one[: one.index(":") + 1] for one in said] == [
        "Line 2, sis_id=1:",
        "Line 3, bbb-origin=<b>:",
        "Line 4, x=$custom.user_login:",
    ]
    [form] = [one for one in document.forms if "room_scope" in one.fields]
    assert form.fields["recording_notice"] == "Minhas palavras"
    assert changes(before, everything(tool)) == set()
    with pytest.raises(Misconfigured, match=r"line 1 \(sis_id=1\): a name is letters"):
        platforms.set_policies(tool.deps, str(platform.id), ["meta_sis_id=1"])


# --- what it costs ---


def test_pages_lead_to_the_oldest_with_few_queries_and_by_an_index(
    tool: Tool, desk: Desk, platform: Platform, browser: Browser
) -> None:
    room_id = UUID(browser.enter_room(platform))
    now = tool.deps.clock()
    runs = [
        {
            "id": uuid4(),
            "room_id": room_id,
            "platform_id": platform.id,
            "internal_id": f"i-{number}",
            "created_at": now - timedelta(minutes=number // 3),
            "ended": "button",
            "people": 0,
            "peak": 0,
        }
        for number in range(120)
    ]
    shared = [{"meeting_id": one["id"], "platform_id": platform.id, "created_at": one["created_at"]} for one in runs]
    with tool.deps.database.transaction() as db:
        db.execute(meetings.insert(), runs)
        db.execute(meeting_metadata.insert(), [one | {"name": "campus", "value": "1"} for one in shared])
        db.execute(meeting_metadata.insert(), [one | {"name": "odd", "value": "x"} for one in shared[1::2]])

    for query, count in (("", 120), ("?meta=campus%3D1", 120), ("?meta=odd%3Dx", 60)):
        seen: list[UUID] = []
        address = at(platform, f"/sessions{query}")
        while address:
            with statements(tool) as said:
                document = html.fromstring(desk.open(address).text)
            assert len(said) <= 8, said
            seen += document.xpath("//tbody/tr")
            address = next(iter(document.xpath("//nav[@aria-label='Pages']/a[contains(., 'Next')]/@href")), "")
        assert len(seen) == count

    for wanted, index in ((None, "ix_meetings_platform"), (("odd", "x"), "ix_meeting_metadata_value")):
        first = platform_runs.listing(tool.deps, platform.id, metadata=wanted)
        assert [one.began_at for one in first.items] == sorted((one.began_at for one in first.items), reverse=True)
        if tool.deps.database.dialect == "sqlite":
            with statements(tool) as said:
                platform_runs.listing(tool.deps, platform.id, metadata=wanted, older_than=first.older_than)
            [stretch] = [one for one in said if "LIMIT" in one and "meetings.created_at" in one]
            with tool.deps.database.reading() as db:
                plan = " | ".join(
                    str(row[3])
                    for row in db.exec_driver_sql("EXPLAIN QUERY PLAN " + stretch, ("0",) * stretch.count("?"))
                )
            assert index in plan, plan
            assert "TEMP B-TREE" not in plan, plan


@one_database
def test_a_platform_is_removed_with_what_its_meetings_were_told(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["meta_campus=1"])
    follow(browser.submit(f"/rooms/{browser.enter_room(platform)}/join"))
    platforms.remove(tool.deps, str(platform.id))

    with tool.deps.database.reading() as db:
        assert db.scalar(text("SELECT count(*) FROM meeting_metadata")) == 0


def test_meetings_of_an_older_version_are_listed_too(
    tool: Tool, desk: Desk, platform: Platform, browser: Browser
) -> None:
    follow(browser.submit(f"/rooms/{browser.enter_room(platform)}/join"))

    schema.downgrade(tool.deps.database, "0010")
    schema.upgrade(tool.deps.database)

    assert len(rows_of(desk, platform)) == 1
