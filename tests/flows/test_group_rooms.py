"""Rooms of groups: who lands where, who may go on to which, and what a later launch takes away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, update

from lti_elos.db.tables import grants, launches, live_rooms, recordings, rooms, users
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from tests.conftest import Elos, Tool, add_platform
from tests.meta.test_tenants import make_side
from tests.support.browser import Browser, code_of, hidden
from tests.support.platform import Jwks, Platform
from tests.support.rooms import (
    ADMINISTRATOR,
    ASSISTANT,
    STUDENT,
    TEACHER,
    ask_elos,
    follow,
    hours_later,
    live_row,
    one_database,
)

LET_IN, ENDED = (200, ""), (401, "WEB-SESSION-ENDED")
SECOND_COURSE = {"context": {"id": "course-2", "title": "Física II"}}
OTHER_STUDENT = STUDENT | {"sub": "student-2", "name": "Outra Pessoa"}


def groups(ids: str | None, person: dict[str, Any] = STUDENT, **more: Any) -> dict[str, Any]:
    """The claims of a launch through a group link."""
    custom = {"room_scope": "group"} | ({} if ids is None else {"group_ids": ids})
    return person | {"custom": custom} | more


def page(browser: Browser, room_id: str, tail: str = "") -> tuple[int, str]:
    response = browser.open(f"/rooms/{room_id}{tail}")
    return response.status_code, code_of(response) if response.status_code >= 400 else ""


def group_rooms(tool: Tool) -> dict[str, str]:
    """{group id: room id}"""
    with tool.deps.database.reading() as db:
        return {row.scope_id: str(row.id) for row in db.execute(select(rooms).where(rooms.c.scope == "group"))}


def name(tool: Tool, room_id: str, text: str) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().where(rooms.c.id == UUID(room_id)).values(name=text, is_named=True))


def put_open(tool: Tool, room_id: str) -> None:
    """The room's row says that somebody is in."""
    with tool.deps.database.transaction() as db:
        db.execute(update(live_rooms).where(live_rooms.c.room_id == UUID(room_id)).values(state="open", participants=1))


def picker(browser: Browser, room_id: str, tail: str = "") -> list[str]:
    """The links of the room picker."""
    text = browser.open(f"/rooms/{room_id}{tail}").text
    listed = text.partition('<ul class="plain choices">')[2].partition("</ul>")[0]
    return [part.partition('"')[0] for part in listed.split('<a href="')[1:]]


@pytest.fixture
def other(tool: Tool) -> Iterator[Browser]:
    """A second browser."""
    with Browser(tool.url) as one:
        yield one


@pytest.fixture
def known(tool: Tool, platform: Platform, other: Browser) -> dict[str, str]:
    """Rooms of three groups, which another student's launch has made."""
    other.enter_room(platform, **groups("1,2,3", OTHER_STUDENT))
    return group_rooms(tool)


# --- landing ---


def test_a_students_launch_makes_the_rooms_of_all_groups_and_lands_in_the_first(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    landing = browser.enter_room(platform, **groups("10, 9 ,10"))

    made = group_rooms(tool)
    assert made.keys() == {"9", "10"}
    assert landing == made["9"]
    with tool.deps.database.reading() as db:
        kept = db.execute(select(launches.c.group_ids, launches.c.room_id)).one()
        assert db.scalar(select(func.count()).select_from(live_rooms)) == 2
    assert (kept.group_ids, str(kept.room_id)) == (["10", "9"], landing)


def test_members_of_a_group_meet_in_one_room_and_others_in_another(
    tool: Tool, platform: Platform, browser: Browser, other: Browser
) -> None:
    first, second = (
        browser.enter_room(platform, **groups("7")),
        other.enter_room(platform, **groups("7,8", OTHER_STUDENT)),
    )
    with Browser(tool.url) as third:
        stranger = third.enter_room(platform, **groups("8", STUDENT | {"sub": "student-3"}))

    assert first == second != stranger


def test_one_lands_where_the_meeting_is(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    put_open(tool, known["2"])

    assert browser.enter_room(platform, **groups("1,2,3")) == known["2"]
    assert browser.enter_room(platform, **groups("1,3")) == known["1"]


def test_a_name_goes_before_an_id_in_the_order(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    name(tool, known["3"], "Equipe Azul")

    assert browser.enter_room(platform, **groups("1,2,3")) == known["3"]


@pytest.mark.parametrize("ids", [None, "", " , ", "$Moodle.Person.userGroupIds", "\x07"])
@one_database
def test_without_a_group_a_student_is_told_so_and_nothing_is_kept(
    tool: Tool, platform: Platform, browser: Browser, ids: str | None
) -> None:
    before = tool.rows()

    response = browser.launch(platform, **groups(ids))

    assert (response.status_code, code_of(response)) == (403, "LTI-NO-GROUP")
    assert f'href="{platform.issuer}/course/1"' in response.text
    assert "Set-Cookie" not in response.headers or "__Host-elos=" not in response.headers["Set-Cookie"]
    assert tool.rows() == before | {"failed_launches": 1, "failures": 1}


@pytest.mark.parametrize("person", [STUDENT, TEACHER], ids=["student", "teacher"])
def test_who_is_in_no_group_any_more_loses_the_groups_with_the_refused_launch(
    tool: Tool, platform: Platform, browser: Browser, other: Browser, known: dict[str, str], person: dict[str, Any]
) -> None:
    course = browser.enter_room(platform, **person)
    there = browser.enter_room(platform, **groups("1", person, **SECOND_COURSE))
    browser.enter_room(platform, **groups("1", person))
    with Browser(tool.url) as at_home:
        at_home.enter_room(platform, **groups("1", person))
        before = tool.rows()

        refused = browser.launch(platform, **groups("", STUDENT | {"sub": person.get("sub", "user-1")}))

        assert code_of(refused) == "LTI-NO-GROUP"
        assert tool.rows() == before | {"failed_launches": 1, "failures": 1}
        assert (page(browser, known["1"]), page(at_home, known["1"])) == (ENDED, ENDED)
    assert page(browser, course) == (LET_IN if person is STUDENT else ENDED)  # who managed comes in anew
    assert (page(browser, there), page(other, known["1"])) == (LET_IN, LET_IN)


def test_the_platforms_policy_chooses_groups_and_a_links_parameter_another_scope(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["room_scope=group"])

    landing = browser.enter_room(platform, **STUDENT, custom={"group_ids": "5"})
    course = browser.enter_room(platform, **STUDENT, custom={"group_ids": "5", "room_scope": "course"})

    assert group_rooms(tool) == {"5": landing}
    assert course != landing


def test_a_group_link_outside_of_a_course_falls_back_to_its_resource_link(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    browser.enter_room(platform, **groups("5", context=None))

    assert group_rooms(tool) == {}


@pytest.mark.parametrize("person", [TEACHER, ASSISTANT, ADMINISTRATOR], ids=["teacher", "assistant", "administrator"])
def test_a_manager_lands_in_the_first_known_group_and_may_go_to_all(
    platform: Platform, browser: Browser, known: dict[str, str], person: dict[str, Any]
) -> None:
    landing = browser.enter_room(platform, **groups(None, person))

    assert landing == known["1"]
    assert picker(browser, landing) == [f"/rooms/{known[one]}" for one in "123"]
    assert [page(browser, known[one]) for one in "123"] == [LET_IN] * 3


def test_a_manager_in_a_group_lands_there(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    assert browser.enter_room(platform, **groups("3", TEACHER)) == known["3"]
    assert browser.enter_room(platform, **groups("4", TEACHER)) == group_rooms(tool)["4"]


def test_while_no_group_is_known_a_manager_waits_in_the_courses_room(
    platform: Platform, browser: Browser, other: Browser
) -> None:
    course = other.enter_room(platform, launch_presentation={"locale": "en"})
    other_text = other.open(f"/rooms/{course}").text

    colleague = TEACHER | {"sub": "user-9", "launch_presentation": {"locale": "en"}}
    landing = browser.enter_room(platform, **groups(None, colleague))

    assert landing == course
    said = "Each group has a room of its own"
    assert said in browser.open(f"/rooms/{landing}").text
    assert said not in other_text
    assert picker(browser, landing) == []


def test_from_the_courses_room_a_manager_goes_on_once_a_group_has_come(
    tool: Tool, platform: Platform, browser: Browser, other: Browser
) -> None:
    course = browser.enter_room(platform, **groups(None, TEACHER))

    other.enter_room(platform, **groups("1", OTHER_STUDENT))

    group = group_rooms(tool)["1"]
    assert picker(browser, course) == [f"/rooms/{course}", f"/rooms/{group}"]
    assert page(browser, group) == LET_IN
    follow(browser.submit(f"/rooms/{group}/join"))


def test_a_colleague_who_came_through_the_courses_link_stays_in_the_courses_room(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    course = browser.enter_room(platform)

    assert picker(browser, course) == []
    assert [page(browser, known[one]) for one in "123"] == [ENDED] * 3


# --- going on ---


def test_a_student_goes_to_the_rooms_of_all_groups_of_the_launch_and_their_pages(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    landing = browser.enter_room(platform, **groups("1,2"))
    assert landing == known["1"]

    assert picker(browser, landing) == [f"/rooms/{known[one]}" for one in "12"]
    assert picker(browser, landing, "/recordings") == [f"/rooms/{known[one]}/recordings" for one in "12"]
    assert page(browser, known["2"], "/recordings") == LET_IN
    assert page(browser, known["2"]) == LET_IN
    assert browser.open(f"/rooms/{known['2']}/status").status_code == 200
    assert picker(browser, known["2"]) == [f"/rooms/{known[one]}" for one in "12"]


@pytest.mark.parametrize("tail", ["", "/wait", "/enter", "/status", "/recordings", "/rename"])
def test_a_student_of_other_groups_is_not_let_in_anywhere(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str], tail: str
) -> None:
    browser.enter_room(platform, **groups("1,2"))
    before = tool.rows()

    assert page(browser, known["3"], tail) == ENDED
    assert browser.submit(f"/rooms/{known['3']}/join").status_code == 401
    assert browser.submit(f"/rooms/{known['3']}/rename", {"name": "Nossa"}).status_code == 401
    assert tool.rows() == before


def test_a_derived_grant_ends_with_the_one_that_led_there(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1,2"))
    with hours_later(tool, browser, 1.5):
        assert page(browser, known["2"]) == LET_IN

    user_id = _user_id(tool, "student-1")
    with tool.deps.database.reading() as db:
        found = db.execute(select(grants).where(grants.c.user_id == user_id)).all()
    rows = {str(row.room_id): row for row in found}
    first, second = rows[known["1"]], rows[known["2"]]
    assert (second.ends_at, second.launch_id, second.user_id) == (first.ends_at, first.launch_id, first.user_id)
    with hours_later(tool, browser, 8.1):
        assert (page(browser, known["1"]), page(browser, known["2"])) == (ENDED, ENDED)


def _user_id(tool: Tool, sub: str) -> UUID:
    with tool.deps.database.reading() as db:
        found: UUID = db.execute(select(users.c.id).where(users.c.sub == sub)).scalar_one()
    return found


def test_an_unused_grant_leads_nowhere(tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]) -> None:
    browser.enter_room(platform, **groups("1,2"))

    with hours_later(tool, browser, 2.1):
        assert page(browser, known["2"]) == ENDED


def test_another_browser_without_the_cookie_goes_nowhere(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1,2"))

    with Browser(tool.url) as thief:
        assert page(thief, known["2"]) == ENDED
        thief.enter_room(platform, **(STUDENT | {"sub": "student-9"}), **SECOND_COURSE)
        assert page(thief, known["2"]) == ENDED


def test_forged_rooms_are_nobodys(platform: Platform, browser: Browser, known: dict[str, str]) -> None:
    browser.enter_room(platform, **groups("1,2", TEACHER))

    assert page(browser, "00000000-0000-4000-8000-000000000000") == ENDED
    assert page(browser, "1") == (404, "WEB-NOT-FOUND")


@pytest.mark.parametrize("person", [STUDENT, TEACHER], ids=["student", "teacher"])
@pytest.mark.parametrize("where", ["another course", "another deployment", "another platform"])
def test_the_same_group_elsewhere_is_another_group(
    tool: Tool,
    platform: Platform,
    browser: Browser,
    other: Browser,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
    where: str,
    person: dict[str, Any],
) -> None:
    elsewhere, more = platform, {}
    if where == "another course":
        more = SECOND_COURSE
    elif where == "another deployment":
        elsewhere = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    else:
        jwks, server = jwks_server
        elsewhere = add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test")
    theirs = other.enter_room(elsewhere, **groups("1", OTHER_STUDENT, **more))

    ours = browser.enter_room(platform, **groups("1,2", person))

    assert ours != theirs
    assert page(browser, theirs) == ENDED
    assert f"/rooms/{theirs}" not in picker(browser, ours)


def test_after_another_persons_launch_the_former_ones_groups_lead_nowhere(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1,2", TEACHER))
    assert page(browser, known["2"]) == LET_IN

    browser.enter_room(platform, **groups("3"))

    assert [page(browser, known[one]) for one in "123"] == [ENDED, ENDED, LET_IN]


def test_disabling_the_platform_ends_going_on_too(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1,2"))

    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)

    assert page(browser, known["2"]) == ENDED


def test_from_a_frame_a_tab_opens_the_room_that_one_went_on_to(
    tool: Tool, platform: Platform, other: Browser, known: dict[str, str]
) -> None:
    with Browser(tool.url, framed=True) as frame:
        frame.enter_room(platform, **groups("1,2"))
        shown = frame.open(f"/rooms/{known['2']}")
        first = frame.open(f"/rooms/{known['1']}")
    with Browser(tool.url) as tab:
        handover = {"handover": hidden(shown, "handover")}
        assert tab.submit(f"/rooms/{known['2']}", handover).status_code == 303
        assert page(tab, known["2"]) == LET_IN
        # the handover names its own room, but the tab's grant leads on as the frame's did
        assert tab.submit(f"/rooms/{known['3']}", {"handover": hidden(first, "handover")}).status_code == 403
        assert (page(tab, known["1"]), page(tab, known["3"])) == (LET_IN, ENDED)


# --- the last launch decides ---


def test_leaving_a_group_ends_its_grants_at_once_in_every_browser(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    with Browser(tool.url) as at_home:
        at_home.enter_room(platform, **groups("1,2"))
        assert page(at_home, known["2"]) == LET_IN

        browser.enter_room(platform, **groups("1"))

        assert (page(at_home, known["1"]), page(at_home, known["2"])) == (LET_IN, ENDED)
        assert page(browser, known["2"]) == ENDED
        # … and coming back to the group opens it again
        browser.enter_room(platform, **groups("1,2"))
        assert (page(at_home, known["2"]), page(browser, known["2"])) == (LET_IN, LET_IN)


def test_leaving_a_group_is_nothing_to_other_members_or_other_courses(
    tool: Tool, platform: Platform, browser: Browser, other: Browser, known: dict[str, str]
) -> None:
    there = browser.enter_room(platform, **groups("2", **SECOND_COURSE))

    browser.enter_room(platform, **groups("2"))
    browser.enter_room(platform, **groups("1"))

    assert page(other, known["2"]) == LET_IN
    assert (page(browser, there), page(browser, known["2"])) == (LET_IN, ENDED)


def test_a_new_group_opens_with_the_next_launch(platform: Platform, browser: Browser, known: dict[str, str]) -> None:
    browser.enter_room(platform, **groups("1"))
    assert page(browser, known["3"]) == ENDED

    browser.enter_room(platform, **groups("1,3"))

    assert page(browser, known["3"]) == LET_IN


def test_who_manages_keeps_all_groups_whatever_ones_own(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1,2", TEACHER))
    assert page(browser, known["3"]) == LET_IN

    browser.enter_room(platform, **groups("1", TEACHER))

    assert [page(browser, known[one]) for one in "123"] == [LET_IN] * 3


def test_after_a_launch_into_the_course_a_student_keeps_what_was_open_and_opens_nothing_new(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1,2"))

    course = browser.enter_room(platform, **STUDENT)

    assert (page(browser, known["1"]), page(browser, course)) == (LET_IN, LET_IN)
    assert page(browser, known["2"]) == ENDED
    assert picker(browser, known["1"]) == picker(browser, course) == []


@pytest.mark.parametrize("link", ["course", "resource", "user"])
def test_a_teacher_who_came_through_another_link_opens_no_further_groups(
    platform: Platform, browser: Browser, known: dict[str, str], link: str
) -> None:
    browser.enter_room(platform, **groups(None, TEACHER))

    browser.enter_room(platform, custom={"room_scope": link})

    assert (page(browser, known["1"]), page(browser, known["2"])) == (LET_IN, ENDED)


@pytest.mark.parametrize(
    "later", [STUDENT | {"sub": "user-1"}, groups("2", STUDENT | {"sub": "user-1"})], ids=["c", "g"]
)
def test_who_manages_no_more_keeps_no_room_of_other_peoples_groups(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str], later: dict[str, Any]
) -> None:
    with Browser(tool.url) as at_home:
        at_home.enter_room(platform, **groups(None, TEACHER))
        assert [page(at_home, known[one]) for one in "13"] == [LET_IN] * 2

        browser.enter_room(platform, **later)

        assert [page(at_home, known[one]) for one in "13"] == [ENDED] * 2
        assert [page(browser, known[one]) for one in "13"] == [ENDED] * 2


def test_a_group_launch_gives_a_students_grant_in_the_course_no_further_power(
    platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    course = browser.enter_room(platform, **STUDENT)

    browser.enter_room(platform, **groups("1"))

    assert page(browser, course) == LET_IN
    assert picker(browser, course) == []
    assert [page(browser, known[one]) for one in "23"] == [ENDED] * 2


# --- what one sees ---


def test_a_group_is_called_by_its_id_beside_its_course_until_it_has_a_name(
    platform: Platform, browser: Browser, known: dict[str, str], elos: Elos
) -> None:
    room_id = browser.enter_room(platform, **groups("2", TEACHER, launch_presentation={"locale": "en"}))

    text = browser.open(f"/rooms/{room_id}").text
    assert "<h1><bdi>Group 2</bdi></h1>" in text
    assert "Cálculo I" in text
    follow(browser.submit(f"/rooms/{room_id}/join"))
    assert [call["params"]["name"] for call in elos.calls("create")] == ["Cálculo I – Group 2"]


def test_the_picker_tells_where_a_session_runs_and_elos_is_not_asked_for_it(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str], elos: Elos
) -> None:
    landing = browser.enter_room(platform, **groups("1,2"))
    put_open(tool, known["2"])
    elos.send("DELETE", "calls")

    text = browser.open(f"/rooms/{landing}/recordings").text

    listed = text.partition('<ul class="plain choices">')[2].partition("</ul>")[0]
    current, second = listed.split("<li>")[1:]
    assert 'aria-current="page"' in current
    assert "Em andamento" not in current
    assert "Em andamento" in second
    assert 'aria-current="page"' not in second
    assert {call["call"] for call in elos.calls()} <= {"getRecordings"}


def test_what_was_said_to_run_is_asked_about_and_what_did_not_is_left_alone(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    """A session that ended while nobody looked at its room would be "in progress" for ever."""
    landing = browser.enter_room(platform, **groups("1,2,3"))
    put_open(tool, known["2"])
    assert "Em andamento" in browser.open(f"/rooms/{landing}/recordings").text

    ask_elos(tool)

    assert (live_row(tool, known["2"]).state, live_row(tool, known["3"]).checked_at) == ("closed", None)
    assert "Em andamento" not in browser.open(f"/rooms/{landing}/recordings").text


# --- names ---


def rename(browser: Browser, room_id: str, text: str) -> Any:
    return browser.submit(f"/rooms/{room_id}/rename", {"name": text})


def test_a_manager_names_a_group_and_launches_leave_the_name_alone(
    platform: Platform, browser: Browser, other: Browser, known: dict[str, str], elos: Elos
) -> None:
    room_id = browser.enter_room(platform, **groups("2", TEACHER))

    answer = rename(browser, room_id, "  Equipe \n Azul ")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/rooms/{room_id}?note=renamed")
    browser.enter_room(platform, **groups("2", TEACHER))
    other.enter_room(platform, **groups("2", OTHER_STUDENT))
    assert "<h1><bdi>Equipe Azul</bdi></h1>" in other.open(f"/rooms/{room_id}").text
    follow(browser.submit(f"/rooms/{room_id}/join"))
    assert [call["params"]["name"] for call in elos.calls("create")] == ["Cálculo I – Equipe Azul"]


def test_no_name_gives_the_automatic_one_back(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    room_id = browser.enter_room(platform, **groups("2", TEACHER))
    rename(browser, room_id, "Equipe Azul")

    assert rename(browser, room_id, " ").status_code == 303

    with tool.deps.database.reading() as db:
        row = db.execute(select(rooms.c.name, rooms.c.is_named).where(rooms.c.id == UUID(room_id))).one()
    assert (row.name, row.is_named) == ("", False)


@pytest.mark.parametrize("text", ["x", "\u200b\u200b", "y" * 251])
def test_what_is_no_name_is_said_in_place_and_nothing_is_lost(
    tool: Tool, platform: Platform, browser: Browser, text: str
) -> None:
    room_id = browser.enter_room(platform, **groups("2", TEACHER))
    rename(browser, room_id, "Equipe Azul")

    answer = rename(browser, room_id, text)

    assert answer.status_code == 422
    assert f'value="{text}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'id="room-name-wrong"' in answer.text
    assert "<h1><bdi>Equipe Azul</bdi></h1>" in answer.text
    # the page's script asks for its own address when the meeting opens
    again = browser.open(f"/rooms/{room_id}/rename")
    assert (again.status_code, again.headers["Location"]) == (303, f"/rooms/{room_id}")


def test_a_name_is_text(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform, **groups("2", TEACHER))

    rename(browser, room_id, '"><script>alert(1)</script>')

    assert "<script>alert" not in browser.open(f"/rooms/{room_id}").text
    assert "<script>alert" not in rename(browser, room_id, '<script>alert(1)</script>"' * 20).text


def test_students_name_nothing(platform: Platform, browser: Browser, known: dict[str, str]) -> None:
    room_id = browser.enter_room(platform, **groups("2"))

    answer = rename(browser, room_id, "Nossa")

    assert (answer.status_code, code_of(answer)) == (403, "WEB-NOT-ALLOWED")
    assert "/rename" not in browser.open(f"/rooms/{room_id}").text


@pytest.mark.parametrize("link", ["course", "resource", "user"])
def test_rooms_that_have_their_names_from_elsewhere_keep_them(
    tool: Tool, platform: Platform, browser: Browser, link: str
) -> None:
    room_id = browser.enter_room(platform, custom={"room_scope": link})

    answer = rename(browser, room_id, "Outra")

    assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")
    assert "/rename" not in browser.open(f"/rooms/{room_id}").text


def test_a_manager_names_the_room_that_they_went_on_to_and_no_other(
    tool: Tool, platform: Platform, browser: Browser, known: dict[str, str]
) -> None:
    browser.enter_room(platform, **groups("1", TEACHER))

    assert rename(browser, known["3"], "Equipe Três").status_code == 303

    with tool.deps.database.reading() as db:
        names = {row.scope_id: row.name for row in db.execute(select(rooms.c.scope_id, rooms.c.name))}
    assert names == {"1": "", "2": "", "3": "Equipe Três"}


# --- recordings ---


def test_recordings_are_the_groups_own(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    ours = make_side(tool, elos, platform, "Gravação da equipe A", **groups("1", TEACHER))
    theirs = make_side(tool, elos, platform, "Gravação da equipe B", **groups("2", TEACHER))

    assert browser.enter_room(platform, **groups("1")) == ours.room_id

    text = browser.open(f"/rooms/{ours.room_id}/recordings").text
    assert "equipe A" in text
    assert "equipe B" not in text + browser.open(f"/rooms/{ours.room_id}").text
    play = f"/rooms/{ours.room_id}/recordings/{theirs.recording_id}/play"
    assert page(browser, ours.room_id, f"/recordings/{theirs.recording_id}/play?kind=video") == (404, "WEB-NOT-FOUND")
    assert browser.submit(play).status_code == 404
    assert page(browser, theirs.room_id, f"/recordings/{theirs.recording_id}/play?kind=video") == ENDED
    assert page(browser, theirs.room_id, "/recordings") == ENDED
    with tool.deps.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(recordings)) == 2


# --- what it costs ---

COURSE_LAUNCH = 14
"""Statements of a known person's launch into the course's room, as there were before there were groups."""


@pytest.mark.parametrize("person", [TEACHER, STUDENT], ids=["teacher", "student"])
def test_a_launch_into_the_course_asks_the_database_no_more_than_before(
    tool: Tool, platform: Platform, browser: Browser, person: dict[str, Any]
) -> None:
    browser.enter_room(platform, **person)
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    event.listen(tool.deps.database.engine, "before_cursor_execute", note)
    browser.enter_room(platform, **person)

    assert len(said) <= COURSE_LAUNCH, "\n".join(said)


@one_database
def test_every_page_calls_a_groups_room_by_its_group(tool: Tool, platform: Platform, browser: Browser) -> None:
    nameless = STUDENT | {"name": None, "given_name": None, "family_name": None}
    room_id = browser.enter_room(platform, **groups("7", nameless))
    put_open(tool, room_id)

    for path in ("", "/name", "/embed", "/left", "/check", "/recordings"):
        assert "Grupo 7" in browser.open(f"/rooms/{room_id}{path}", params={"lang": "pt-BR"}).text, path
