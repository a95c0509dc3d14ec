"""Teachers' own rooms: one for each who opened the link, and all others choose among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_elos.db.tables import rooms, users
from lti_elos.services import platforms
from tests.conftest import Elos, Tool
from tests.flows.test_group_rooms import ENDED, LET_IN, page, picker, put_open
from tests.support.browser import Browser, code_of
from tests.support.platform import Platform
from tests.support.rooms import ADMINISTRATOR, ASSISTANT, MENTOR, STUDENT, TEACHER, follow, one_database

ANA = {"sub": "ana", "name": "Ana Lima", "given_name": "Ana", "family_name": "Lima"}
BIA = {"sub": "bia", "name": "Bia Souza", "given_name": "Bia", "family_name": "Souza"}
SECOND_COURSE = {"context": {"id": "course-2", "title": "Física II"}}


def own(person: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The claims of a launch through a link to the teachers' rooms."""
    return person | {"custom": {"room_scope": "user"}} | more


@pytest.fixture
def other(tool: Tool) -> Iterator[Browser]:
    """A second browser."""
    with Browser(tool.url) as one:
        yield one


@pytest.fixture
def known(tool: Tool, platform: Platform) -> dict[str, str]:
    """The rooms of two teachers."""
    found = {}
    for teacher in (BIA, ANA):
        with Browser(tool.url) as one:
            found[teacher["sub"]] = one.enter_room(platform, **own(teacher))
    return found


def name_of(tool: Tool, room_id: str) -> str:
    with tool.deps.database.reading() as db:
        return str(db.scalar(select(rooms.c.name).where(rooms.c.id == UUID(room_id))))


@pytest.mark.parametrize("person", [ANA, ASSISTANT], ids=["teacher", "assistant"])
def test_who_moderates_has_a_room_of_their_own(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str], person: dict[str, Any]
) -> None:
    first = browser.enter_room(platform, **own(person))

    assert browser.enter_room(platform, **own(person)) == first
    assert (first in known.values()) == (person is ANA)
    assert known["ana"] != known["bia"]


def test_the_key_names_nobody_and_the_page_the_teacher(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str], elos: Elos
) -> None:
    with tool.deps.database.reading() as db:
        row = db.execute(select(rooms).where(rooms.c.id == UUID(known["ana"]))).one()
        user_id = db.execute(select(users.c.id).where(users.c.sub == "ana")).scalar_one()
    assert (row.scope, row.scope_id) == ("user", str(user_id))

    room_id = browser.enter_room(platform, **own(ANA))

    text = browser.open(f"/rooms/{room_id}").text
    assert "<h1><bdi>Ana Lima</bdi></h1>" in text
    assert "Cálculo I" in text
    follow(browser.submit(f"/rooms/{room_id}/join"))
    assert [call["params"]["name"] for call in elos.calls("create")] == ["Cálculo I – Ana Lima"]


def test_the_name_follows_the_teachers_launches(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **own(ANA | {"name": "Ana Lima Prado"}))
    assert name_of(tool, known["ana"]) == "Ana Lima Prado"

    browser.enter_room(platform, **own(ANA | {"name": None, "given_name": None, "family_name": None}))
    assert name_of(tool, known["ana"]) == "Ana Lima Prado"

    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().values(name="Plantão", is_named=True))
    browser.enter_room(platform, **own(ANA))
    assert name_of(tool, known["ana"]) == "Plantão"


def test_a_teacher_without_a_name_has_a_mark(platform: Platform, browser: Browser) -> None:
    nameless = TEACHER | {"name": None, "given_name": None, "family_name": None}

    room_id = browser.enter_room(platform, **own(nameless, launch_presentation={"locale": "en"}))

    text = browser.open(f"/rooms/{room_id}").text
    assert "<h1><bdi>Room of teacher " in text


@pytest.mark.parametrize("person", [STUDENT, MENTOR, ADMINISTRATOR], ids=["student", "mentor", "administrator"])
def test_all_others_land_at_the_first_teacher_and_choose_among_all(
    platform: Platform, browser: Browser, known: dict[str, str], person: dict[str, Any]
) -> None:
    landing = browser.enter_room(platform, **own(person))

    assert landing == known["ana"]
    assert picker(browser, landing) == [f"/rooms/{known[one]}" for one in ("ana", "bia")]
    assert page(browser, known["bia"]) == LET_IN
    assert page(browser, known["bia"], "/recordings") == LET_IN


def test_or_at_the_one_whose_session_runs(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    put_open(tool, known["bia"])

    assert browser.enter_room(platform, **own(STUDENT)) == known["bia"]


def test_with_one_teacher_there_is_nothing_to_choose(platform: Platform, browser: Browser, other: Browser) -> None:
    room_id = other.enter_room(platform, **own(ANA))

    assert browser.enter_room(platform, **own(STUDENT)) == room_id
    assert picker(browser, room_id) == []


@pytest.mark.parametrize("person", [STUDENT, ADMINISTRATOR], ids=["student", "administrator"])
def test_before_any_teacher_came_others_are_told_so_and_nothing_is_kept(
    tool: Tool, platform: Platform, browser: Browser, other: Browser, person: dict[str, Any]
) -> None:
    other.enter_room(platform, **own(ANA, **SECOND_COURSE))
    before = tool.rows()

    response = browser.launch(platform, **own(person))

    assert (response.status_code, code_of(response)) == (409, "LTI-NO-TEACHER")
    assert f'href="{platform.issuer}/course/1"' in response.text
    assert tool.rows() == before | {"failed_launches": 1, "failures": 1}


@one_database
def test_the_policy_chooses_teachers_rooms_too(tool: Tool, platform: Platform, browser: Browser) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["room_scope=user"])

    assert code_of(browser.launch(platform, **STUDENT)) == "LTI-NO-TEACHER"


def test_outside_of_a_course_the_resource_link_has_the_room(tool: Tool, platform: Platform, browser: Browser) -> None:
    browser.enter_room(platform, **own(STUDENT, context=None))

    with tool.deps.database.reading() as db:
        assert db.scalars(select(rooms.c.scope)).all() == ["resource"]


def test_in_a_colleagues_room_a_teacher_moderates(platform: Platform, browser: Browser, known: dict[str, str]) -> None:
    browser.enter_room(platform, **own(ANA))

    joined = follow(browser.submit(f"/rooms/{known['bia']}/join"))

    assert joined["role"] == "MODERATOR"


def test_a_student_in_a_chosen_room_stays_a_student(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **own(STUDENT))

    assert browser.submit(f"/rooms/{known['bia']}/end").status_code == 403
    assert browser.submit(f"/rooms/{known['bia']}/join").headers["Location"] == f"/rooms/{known['bia']}/wait"


def test_teachers_of_another_course_or_deployment_are_not_listed_and_not_entered(
    tool: Tool, platform: Platform, browser: Browser, other: Browser, known: dict[str, str]
) -> None:
    there = other.enter_room(platform, **own(ANA, **SECOND_COURSE))
    tenant = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    elsewhere = other.enter_room(tenant, **own(ANA))
    assert len({there, elsewhere, *known.values()}) == 4

    landing = browser.enter_room(platform, **own(STUDENT))

    assert picker(browser, landing) == [f"/rooms/{known[one]}" for one in ("ana", "bia")]
    assert (page(browser, there), page(browser, elsewhere)) == (ENDED, ENDED)


def test_from_the_courses_room_nobody_goes_on_to_a_teachers(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    course = browser.enter_room(platform, **TEACHER)

    assert page(browser, known["ana"]) == ENDED
    assert picker(browser, course) == []


def test_what_the_last_launch_says_of_the_role_holds_in_teachers_rooms(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **own(ANA))

    browser.enter_room(platform, **(STUDENT | {"sub": "ana"}))

    assert page(browser, known["ana"]) == LET_IN
    assert browser.submit(f"/rooms/{known['ana']}/end").status_code == 403
    assert browser.submit(f"/rooms/{known['bia']}/end").status_code == 403
