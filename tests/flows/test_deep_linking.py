"""Teachers choose in the LMS which rooms a course links to: the request, the picker, the signed answer, and where such
links lead. The scripts' part is played by hand here; in browsers it is tests/journeys/test_deep_linking.py."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from lxml import html
from pydantic import SecretStr
from sqlalchemy import select

from lti_elos.db.tables import platforms as platform_table
from lti_elos.db.tables import rooms, selections
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import housekeeping, platforms
from tests.conftest import Elos, Tool, add_platform
from tests.support.browser import Browser, ClosedFrame, code_of, hidden
from tests.support.crowds import all_at_once
from tests.support.deep_linking import DL, RETURN, Answered, answered, asks, begin
from tests.support.platform import LTI, Jwks, Platform
from tests.support.rooms import ADMINISTRATOR, ASSISTANT, MENTOR, STUDENT, another_tool, hours_later, one_database
from tests.support.rows import changes, everything

FIXTURES = Path(__file__).parents[1] / "fixtures" / "moodle-4.5"
PLACEMENT = "https://www.instructure.com/placement"


@pytest.fixture
def teacher(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        yield one


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Its people read English, so that tests do."""
    return EnglishPlatform(**vars(platform))


class EnglishPlatform(Platform):
    def claims(self, *, nonce: str, target: str, **changes: Any) -> dict[str, Any]:
        speaks = {"launch_presentation": {"locale": "en", "return_url": f"{self.issuer}/course/1"}}
        return super().claims(nonce=nonce, target=target, **(speaks | changes))


def room_row(tool: Tool, **wanted: Any) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(rooms).filter_by(**wanted)).one()


def options(page: requests.Response) -> list[str]:
    """The names of the rooms to choose from, the course's own and the new one left out."""
    fields = html.fromstring(page.text).xpath("//input[@name='room'][not(@id)]/..")
    return [" ".join(one.text_content().split()) for one in fields]


def chosen(page: requests.Response) -> list[str]:
    return html.fromstring(page.text).xpath("//input[@name='room'][@checked]/@value")  # type: ignore[no-any-return]


def send(browser: Browser, path: str, *room: str, **fields: str) -> requests.Response:
    """The picker's form."""
    data: Any = [("room", one) for one in room] + list(fields.items())
    return browser.submit(path, data)


def add(tool: Tool, browser: Browser, platform: Platform, *room: str, name: str = "", **settings: Any) -> Answered:
    """Choose, from the LMS's request to its answer."""
    path = begin(browser, platform, **settings)
    return answered(tool, platform, send(browser, path, *room, name=name))


def add_room(tool: Tool, browser: Browser, platform: Platform, name: str, **settings: Any) -> dict[str, Any]:
    """A new room's link."""
    [item] = add(tool, browser, platform, "new", name=name, **settings).items
    return item


# --- the request -----------------------------------------------------------------------------------------------------


def test_a_request_for_content_leads_to_the_picker(teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)

    page = teacher.open(path)

    assert page.status_code == 200
    assert "What should this link open?" in page.text
    assert "Cálculo I" in page.text
    assert chosen(page) == ["course"]
    assert UUID(path.rsplit("/", 1)[1])


def test_a_captured_moodle_request_is_answered_as_moodle_was_seen_to_take(
    tool: Tool, teacher: Browser, platform: Platform
) -> None:
    captured = json.loads((FIXTURES / "deep-link-teacher.claims.json").read_text())
    state, nonce = teacher.begin(platform, lti_deployment_id=None)
    now = int(time.time())
    captured |= {"iss": platform.issuer, "aud": platform.client_id, "nonce": nonce, "iat": now, "exp": now + 60}
    captured[f"{LTI}target_link_uri"] = f"{tool.url}/lti/launch?dl=1"
    response = teacher.post_token(state, platform.sign(captured))
    path = response.headers["Location"]
    moodle = Platform(**(vars(platform) | {"deployment_id": "1"}))

    made = answered(tool, moodle, send(teacher, path, "course"))

    assert made.url == captured[f"{DL}deep_linking_settings"]["deep_link_return_url"]
    seen = json.loads((FIXTURES / "deep-link-response.claims.json").read_text())
    assert made.claims.keys() == seen.keys() - {f"{DL}data"}, "it sent no data, so none goes back"
    link_key = room_row(tool).link_key
    assert made.items == [
        {
            "type": "ltiResourceLink",
            "url": f"{tool.url}/lti/launch",
            "title": "Throwaway tool",  # as Moodle suggests
            "custom": {"room": link_key, "room_scope": "course"},
            "window": {"targetName": "_blank"},
        }
    ]
    assert room_row(tool).name == "Fake Course One"


@pytest.mark.parametrize("person", [STUDENT, MENTOR], ids=["student", "mentor"])
def test_who_does_not_manage_is_refused_in_their_language(
    tool: Tool, browser: Browser, platform: Platform, person: dict[str, Any]
) -> None:
    browser.headers["Accept-Language"] = "de"
    before = everything(tool)

    refused = browser.launch(platform, **asks() | person, launch_presentation={"locale": "es", "return_url": RETURN})

    assert (refused.status_code, code_of(refused)) == (403, "LTI-CONTENT-ROLE")
    assert 'lang="es"' in refused.text
    assert f'href="{RETURN}"' in html.tostring(html.fromstring(refused.text)).decode().replace("&amp;", "&")
    assert changes(before, everything(tool)) == {"failed_launches +", "failures +"}


@pytest.mark.parametrize("person", [ASSISTANT, ADMINISTRATOR], ids=["assistant", "administrator"])
def test_who_manages_may_choose(teacher: Browser, platform: Platform, person: dict[str, Any]) -> None:
    assert teacher.open(begin(teacher, platform, claims=person)).status_code == 200


@one_database
def test_who_manages_is_the_platforms_policy(tool: Tool, teacher: Browser, platform: Platform) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["assistants_moderate=false"])

    assert code_of(teacher.launch(platform, **asks() | ASSISTANT)) == "LTI-CONTENT-ROLE"


BAD_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"accept_types": ["link", "html", "image", "file"]}, "LTI-MESSAGE-TYPE"),
    ({"accept_types": []}, "LTI-MESSAGE-TYPE"),
    ({"accept_types": None}, "LTI-INCOMPLETE"),
    ({"accept_types": "ltiResourceLink"}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": None}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": "javascript:alert(1)"}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": "//lms.example.test/x"}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": "https://a@lms.example.test/x"}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": "https://lms.example.test; script-src *"}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": "https://lms.example.test/\n"}, "LTI-INCOMPLETE"),
    ({"deep_link_return_url": "https://lms.example.test/" + "x" * 4000}, "LTI-INCOMPLETE"),
    ({"data": {"a": 1}}, "LTI-INCOMPLETE"),
    ({"data": "x" * 20_001}, "LTI-INCOMPLETE"),
]


@one_database
@pytest.mark.parametrize(("settings", "code"), BAD_SETTINGS)
def test_settings_that_cannot_be_answered_are_refused_and_leave_nothing(
    tool: Tool, teacher: Browser, platform: Platform, settings: dict[str, Any], code: str
) -> None:
    before = everything(tool)

    refused = teacher.launch(platform, **asks(**settings))

    assert (refused.status_code, code_of(refused)) == (400, code)
    assert changes(before, everything(tool)) == {"failed_launches +", "failures +"}


@one_database
def test_an_answer_goes_over_http_in_private_networks_alone(tool: Tool, teacher: Browser, platform: Platform) -> None:
    with another_tool(tool, allow_private_networks=False) as public:
        state, nonce = teacher.begin(platform)
        teacher.tool_url = public.url
        claims = platform.claims(nonce=nonce, target=f"{tool.url}/lti/launch", **asks())
        # its keys come over http too, so they are looked up where that is allowed
        object.__setattr__(public.deps, "platform_keys", tool.deps.platform_keys)
        refused = teacher.post_token(state, platform.sign(claims))

    assert (refused.status_code, code_of(refused)) == (400, "LTI-INCOMPLETE")


@one_database
@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"context": None}, "LTI-INCOMPLETE"),
        ({"target_link_uri": "https://elsewhere.example.test/"}, "LTI-INCOMPLETE"),
        ({"sub": None}, "LTI-INCOMPLETE"),
        ({f"{DL}deep_linking_settings": ["x"]}, "LTI-INCOMPLETE"),
        ({f"{LTI}roles": None}, "LTI-CONTENT-ROLE"),
        ({"roles": None}, "LTI-CONTENT-ROLE"),
    ],
)
def test_a_request_without_what_it_needs_is_refused(
    teacher: Browser, platform: Platform, claims: dict[str, Any], code: str
) -> None:
    assert code_of(teacher.launch(platform, **asks() | claims)) == code


@one_database
def test_a_request_need_not_name_a_target(teacher: Browser, platform: Platform) -> None:
    assert begin(teacher, platform, claims={"target_link_uri": None})


def test_a_request_works_once(teacher: Browser, platform: Platform) -> None:
    state, nonce = teacher.begin(platform)
    token = platform.sign(platform.claims(nonce=nonce, target=f"{teacher.tool_url}/lti/launch", **asks()))
    cookies = dict(teacher.cookies)
    assert teacher.post_token(state, token).status_code == 303
    teacher.cookies.update(cookies)

    assert code_of(teacher.post_token(state, token)) == "LTI-REPLAYED"


# --- the answer ------------------------------------------------------------------------------------------------------


def test_the_courses_room_is_linked_before_anybody_was_in_it(tool: Tool, teacher: Browser, platform: Platform) -> None:
    made = add(tool, teacher, platform, "course")

    row = room_row(tool)
    assert (row.scope, row.name, row.is_named) == ("course", "Cálculo I", False)
    assert made.url == RETURN
    assert made.claims[f"{DL}data"] == 'csrf:"é"\n<&>', "to the letter"
    [item] = made.items
    assert item["title"] == "Elos live room"
    with Browser(tool.url) as student:
        assert student.enter_room(platform, custom=item["custom"], **STUDENT) == str(row.id)
        assert student.enter_room(platform, **STUDENT) == str(row.id), "the same as without"


def test_a_new_room_is_another_one_and_keeps_its_name(tool: Tool, teacher: Browser, platform: Platform) -> None:
    item = add_room(tool, teacher, platform, "  Plantão\tde dúvidas ")

    assert item["title"] == "Plantão de dúvidas"
    assert item["custom"].keys() == {"room"}
    row = room_row(tool, scope="named")
    assert (row.name, row.is_named) == ("Plantão de dúvidas", True)
    assert str(row.id) not in item["custom"].values()
    room_id = teacher.enter_room(platform, custom=item["custom"], resource_link={"id": "l", "title": "Outro título"})
    assert room_id == str(row.id)
    assert "Plantão de dúvidas" in teacher.open(f"/rooms/{room_id}").text
    assert teacher.enter_room(platform) != room_id


def test_several_links_come_in_the_order_of_the_page(tool: Tool, teacher: Browser, platform: Platform) -> None:
    for name in ("Sala B", "Sala A 10", "Sala A 9"):
        add_room(tool, teacher, platform, name)
    path = begin(teacher, platform, text="Traga dúvidas")
    page = teacher.open(path)
    assert options(page) == ["Sala A 9", "Sala A 10", "Sala B"]
    ids = {name: str(room_row(tool, name=name).id) for name in ("Sala B", "Sala A 9")}

    made = answered(tool, platform, send(teacher, path, *ids.values(), "course", "new", name="Sala nova"))

    assert [one["title"] for one in made.items] == ["Elos live room", "Sala A 9", "Sala B", "Sala nova"]
    assert len({one["custom"]["room"] for one in made.items}) == 4
    assert all("text" not in one for one in made.items), "one text for all would be nobody's"


def test_a_single_link_takes_the_text_that_the_lms_gives(tool: Tool, teacher: Browser, platform: Platform) -> None:
    [item] = add(tool, teacher, platform, "course", title=" Aula\n3 ", text="Traga\x00 dúvidas").items

    assert (item["title"], item["text"]) == ("Aula 3", "Traga dúvidas")


def test_where_one_link_is_taken_one_is_offered(tool: Tool, teacher: Browser, platform: Platform) -> None:
    add_room(tool, teacher, platform, "Outra sala")
    for several in (False, None):
        path = begin(teacher, platform, accept_multiple=several)
        page = teacher.open(path)
        assert 'type="radio"' in page.text
        assert 'name="room"' in page.text

        refused = send(teacher, path, "course", str(room_row(tool, name="Outra sala").id))

        assert refused.status_code == 422
        assert "takes one link at a time" in refused.text
        assert len(answered(tool, platform, send(teacher, path, "course")).items) == 1


def test_cancel_says_so_to_the_lms_and_makes_nothing(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)
    before = everything(tool)

    made = answered(tool, platform, send(teacher, path, "new", name="Sala nova", cancel="1"))

    assert made.items == []
    assert made.url == RETURN
    assert made.claims[f"{DL}data"] == 'csrf:"é"\n<&>'
    assert changes(before, everything(tool)) <= {"selections.answered_at", "tool_keys +"}


GRADED: list[tuple[dict[str, Any], str, bool]] = [
    ({"accept_lineitem": True}, "", True),
    ({"accept_lineitem": False}, "", False),
    ({}, "", False),
    ({"accept_lineitem": "true"}, "", False),
    ({"accept_lineitem": True}, "link_selection", False),
    ({"accept_lineitem": True}, "editor_button", False),
    ({"accept_lineitem": True}, "assignment_selection", True),
    ({"accept_lineitem": True}, "https://canvas.instructure.com/lti/assignment_selection", True),
]


@one_database
@pytest.mark.parametrize(("settings", "placement", "offers"), GRADED)
def test_a_gradebook_column_comes_where_it_is_taken_and_wanted(
    tool: Tool, teacher: Browser, platform: Platform, settings: dict[str, Any], placement: str, offers: bool
) -> None:
    claims = {PLACEMENT: placement} if placement else {}
    path = begin(teacher, platform, claims=claims, **settings)
    assert ('name="graded"' in teacher.open(path).text) is offers

    [item] = answered(tool, platform, send(teacher, path, "course", graded="1")).items

    wanted = {"scoreMaximum": 100, "label": "Elos live room", "resourceId": str(room_row(tool).id), "tag": "elos"}
    assert item.get("lineItem") == (wanted if offers else None)
    path = begin(teacher, platform, claims=claims, **settings)
    assert "lineItem" not in answered(tool, platform, send(teacher, path, "course")).items[0]


@one_database
@pytest.mark.parametrize(
    ("targets", "shown"),
    [
        (["iframe", "window"], {"window": {"targetName": "_blank"}}),
        (["frame", "iframe"], {"iframe": {"width": 1080, "height": 720}}),
        (["embed"], {}),
        (None, {}),
        ("window", {}),
    ],
)
def test_links_open_in_a_window_where_the_lms_lets_them(
    tool: Tool, teacher: Browser, platform: Platform, targets: Any, shown: dict[str, Any]
) -> None:
    if isinstance(targets, str):
        assert code_of(teacher.launch(platform, **asks(accept_presentation_document_targets=targets)))
        return
    [item] = add(tool, teacher, platform, "course", accept_presentation_document_targets=targets).items

    assert {name: item[name] for name in ("window", "iframe") if name in item} == shown


# --- what to mend ----------------------------------------------------------------------------------------------------


def test_nothing_chosen_is_explained_and_nothing_is_lost(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform, accept_lineitem=True)
    before = everything(tool)

    page = send(teacher, path, name="Sala meio escrita", graded="1")

    assert page.status_code == 422
    assert "<title>Error: Choose at least one room</title>" in page.text
    assert 'value="Sala meio escrita"' in page.text
    assert chosen(page) == []
    assert "checked" in html.tostring(html.fromstring(page.text).xpath("//input[@name='graded']")[0]).decode()
    assert changes(before, everything(tool)) <= {"tool_keys +"}
    assert len(answered(tool, platform, send(teacher, path, "course")).items) == 1


@pytest.mark.parametrize("name", ["", "   ", "x", "\u200b\u200b\u200b", "x" * 251])
def test_a_new_rooms_name_has_two_characters_or_more(
    tool: Tool, teacher: Browser, platform: Platform, name: str
) -> None:
    path = begin(teacher, platform)
    before = everything(tool)

    page = send(teacher, path, "new", "course", name=name)

    assert page.status_code == 422
    assert "2 to 250 characters" in page.text
    assert chosen(page) == ["course", "new"]
    assert changes(before, everything(tool)) <= {"tool_keys +"}


@pytest.mark.parametrize("again", ["Plantão", "  PLANTÃO ", "Planta\u0303o", "cálculo i"])
def test_a_name_that_the_course_has_already_is_told_kindly(
    tool: Tool, teacher: Browser, platform: Platform, again: str
) -> None:
    add_room(tool, teacher, platform, "Plantão")
    path = begin(teacher, platform)

    page = send(teacher, path, "new", name=again)

    assert page.status_code == 422
    assert "already has a room with this name" in page.text
    assert options(page) == ["Plantão"]
    elsewhere = begin(teacher, platform, claims={"context": {"id": "course-2", "title": "Cálculo II"}})
    assert answered(tool, platform, send(teacher, elsewhere, "new", name="Plantão")).items, "another course's name"


def test_markup_in_names_stays_text(tool: Tool, teacher: Browser, platform: Platform) -> None:
    name = '"><script>alert(1)</script>'
    item = add_room(tool, teacher, platform, name)
    assert item["title"] == name

    page = teacher.open(begin(teacher, platform, claims={"context": {"id": "course-1", "title": name * 2}}))

    assert "<script>alert" not in page.text
    assert options(page) == [name]


# --- which rooms -----------------------------------------------------------------------------------------------------


def test_the_list_holds_the_courses_own_rooms_and_no_groups(tool: Tool, teacher: Browser, platform: Platform) -> None:
    teacher.enter_room(
        platform, custom={"room_scope": "resource"}, resource_link={"id": "l-1", "title": "Da atividade"}
    )
    teacher.enter_room(platform, custom={"room_scope": "user"})
    teacher.enter_room(platform, custom={"room_scope": "group", "group_ids": "7"})
    teacher.enter_room(platform, custom={"room_scope": "resource"}, context={"id": "course-2"})
    teacher.enter_room(platform, custom={"room_scope": "resource"}, context=None)
    other = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    teacher.enter_room(other, custom={"room_scope": "resource"}, resource_link={"id": "l-2", "title": "Alheia"})

    page = teacher.open(begin(teacher, platform))

    assert options(page) == ["Da atividade", "Docente Exemplo"]
    path = begin(teacher, platform)
    ids = html.fromstring(teacher.open(path).text).xpath("//input[@name='room'][not(@id)]/@value")
    for item in answered(tool, platform, send(teacher, path, *ids)).items:
        with Browser(tool.url) as student:
            room_id = student.enter_room(platform, custom=item["custom"], **STUDENT)
            assert item["custom"]["room"] == room_row(tool, id=UUID(room_id)).link_key
            assert room_id in ids


@pytest.mark.parametrize("which", ["another course", "another deployment", "another platform", "a group's", "nobody's"])
def test_a_strangers_room_cannot_be_chosen(
    tool: Tool,
    teacher: Browser,
    platform: Platform,
    which: str,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
) -> None:
    jwks, server = jwks_server
    resource = {"custom": {"room_scope": "resource"}}
    with Browser(tool.url) as stranger:
        match which:
            case "another course":
                room_id = stranger.enter_room(platform, context={"id": "course-2"}, **resource)
            case "another deployment":
                other = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
                room_id = stranger.enter_room(other, **resource)
            case "another platform":
                other = add_platform(tool, f"{server.url}/jwks", jwks, platform_key, issuer="http://two.example.test")
                room_id = stranger.enter_room(other, **resource)
            case "a group's":
                room_id = stranger.enter_room(platform, custom={"room_scope": "group", "group_ids": "7"})
            case _:
                room_id = str(uuid4())
    path = begin(teacher, platform)
    before = everything(tool)

    refused = send(teacher, path, "course", room_id)

    assert (refused.status_code, code_of(refused)) == (404, "WEB-NOT-FOUND")
    assert changes(before, everything(tool)) <= {"tool_keys +"}
    assert code_of(send(teacher, path, "../../x")) == "WEB-NOT-FOUND"


# --- where a link leads ----------------------------------------------------------------------------------------------


def test_a_link_key_is_honoured_in_its_own_course_and_deployment_alone(
    tool: Tool,
    teacher: Browser,
    platform: Platform,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
) -> None:
    jwks, server = jwks_server
    custom = add_room(tool, teacher, platform, "Plantão")["custom"]
    made = str(room_row(tool, name="Plantão").id)
    deployment = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    stranger = add_platform(tool, f"{server.url}/jwks", jwks, platform_key, issuer="http://two.example.test")

    assert teacher.enter_room(platform, custom=custom) == made
    places: list[tuple[Platform, dict[str, Any]]] = [
        (platform, {"context": {"id": "course-2", "title": "Cálculo II"}}),
        (platform, {"context": None}),
        (deployment, {}),
        (stranger, {}),
    ]
    for where, claims in places:
        with Browser(tool.url) as one:
            assert one.enter_room(where, custom=custom, **claims, **STUDENT) != made


def test_a_copied_course_gets_its_own_room_and_who_manages_is_told_why(
    tool: Tool, teacher: Browser, platform: Platform
) -> None:
    custom = add_room(tool, teacher, platform, "Plantão")["custom"]
    copy = {"context": {"id": "course-2", "title": "Cálculo II"}, "custom": custom}

    landed = teacher.launch(platform, **copy)

    assert landed.headers["Location"].endswith("?note=elsewhere")
    page = teacher.open(landed.headers["Location"])
    assert "for a room of another course" in page.text
    assert "Cálculo II" in page.text
    room_id = landed.headers["Location"].removeprefix("/rooms/").removesuffix("?note=elsewhere")
    assert room_id == teacher.enter_room(platform, context=copy["context"])
    with Browser(tool.url, language="en") as student:
        landed = student.launch(platform, **copy, **STUDENT)
        assert landed.headers["Location"] == f"/rooms/{room_id}"
        assert "another course" not in student.open(f"/rooms/{room_id}?note=elsewhere").text


def test_a_link_to_the_courses_room_is_copied_without_a_word(tool: Tool, teacher: Browser, platform: Platform) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["room_scope=resource"])
    [item] = add(tool, teacher, platform, "course").items
    copy = {"context": {"id": "course-2", "title": "Cálculo II"}, "custom": item["custom"]}

    landed = teacher.enter_room(platform, **copy)

    assert room_row(tool, id=UUID(landed)).scope == "course"
    assert room_row(tool, id=UUID(landed)).name == "Cálculo II"


@one_database
@pytest.mark.parametrize("room", ["default", "$Something", "x" * 43, "'; drop table rooms --", "", 7])
def test_a_forged_room_counts_as_absent(teacher: Browser, platform: Platform, room: Any) -> None:
    own = teacher.enter_room(platform)

    landed = teacher.launch(platform, custom={"room": room})

    note = "?note=elsewhere" if room == "x" * 43 else ""  # it could be one
    assert landed.headers["Location"] == f"/rooms/{own}{note}"


@one_database
def test_a_groups_room_cannot_be_named(tool: Tool, teacher: Browser, platform: Platform) -> None:
    """Whoever comes by the link may be in another group."""
    room_id = teacher.enter_room(platform, custom={"room_scope": "group", "group_ids": "7"})
    custom = {"room": room_row(tool, id=UUID(room_id)).link_key}

    with Browser(tool.url) as student:
        assert student.enter_room(platform, custom=custom, **STUDENT) != room_id


def test_a_linked_room_gives_no_way_on_to_the_courses_others(tool: Tool, teacher: Browser, platform: Platform) -> None:
    custom = add_room(tool, teacher, platform, "Plantão")["custom"]
    course = teacher.enter_room(platform)

    with Browser(tool.url) as student:
        named = student.enter_room(platform, custom=custom, **STUDENT)
        assert student.open(f"/rooms/{named}").status_code == 200
        assert student.open(f"/rooms/{course}").status_code == 401


def test_a_teacher_opens_the_linked_room_and_students_get_in(
    tool: Tool, teacher: Browser, platform: Platform, elos: Elos
) -> None:
    custom = add_room(tool, teacher, platform, "Plantão")["custom"]
    room_id = teacher.enter_room(platform, custom=custom)

    assert teacher.submit(f"/rooms/{room_id}/join").status_code == 303

    [call] = elos.calls("create")
    assert call["params"]["meetingID"] == room_row(tool, id=UUID(room_id)).meeting_id
    assert call["params"]["name"] == "Plantão"


# --- attacks ---------------------------------------------------------------------------------------------------------


def test_the_picker_is_its_own_browsers_alone(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)

    with Browser(tool.url) as nobody, Browser(tool.url) as other:
        begin(other, platform, claims={"sub": "teacher-2"})
        for one in (nobody, other):
            for answer in (one.open(path), send(one, path, "course"), send(one, path, cancel="1")):
                assert (answer.status_code, code_of(answer)) == (401, "WEB-SESSION-ENDED")
                assert "Cálculo" not in answer.text
    assert len(answered(tool, platform, send(teacher, path, "course")).items) == 1


def test_one_answer_is_given(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)
    answered(tool, platform, send(teacher, path, "course"))

    for again in (send(teacher, path, "course"), send(teacher, path, cancel="1"), teacher.open(path)):
        assert (again.status_code, code_of(again)) == (409, "WEB-ANSWERED")
        assert "JWT" not in again.text


def test_ten_clicks_at_once_give_one_answer(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)
    cookies = {cookie.name: cookie.value or "" for cookie in teacher.cookies}

    def click(_number: int) -> int:
        with Browser(tool.url) as twin:
            twin.cookies.update(cookies)
            return send(twin, path, "new", name="Uma só").status_code

    statuses = all_at_once(10, click)

    assert sorted(statuses) == [200] + [409] * 9
    assert room_row(tool, name="Uma só")


def test_a_form_from_elsewhere_is_not_taken(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)

    for headers in (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.example"},
    ):
        refused = teacher.submit(path, {"room": "course"}, headers=headers)
        assert (refused.status_code, code_of(refused)) == (403, "WEB-FORM-STALE")
    assert teacher.open(path).status_code == 200


def test_another_persons_launch_in_the_same_browser_ends_the_choice(
    tool: Tool, teacher: Browser, platform: Platform
) -> None:
    first, second = begin(teacher, platform), begin(teacher, platform)
    assert teacher.open(first).status_code == 200, "two of one person live side by side"
    teacher.enter_room(platform, **STUDENT)
    assert code_of(teacher.open(first)) == code_of(send(teacher, second, "course")) == "WEB-SESSION-ENDED"

    third = begin(teacher, platform)
    begin(teacher, platform, claims={"sub": "teacher-2"})
    assert code_of(teacher.open(third)) == "WEB-SESSION-ENDED"


def test_a_choice_ends_after_two_hours_or_with_its_platform(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)
    with hours_later(tool, teacher, 1.9):
        assert teacher.open(path).status_code == 200
    with hours_later(tool, teacher, 2.1):
        assert code_of(teacher.open(path)) == "WEB-SESSION-ENDED"
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)
    assert code_of(send(teacher, path, "course")) == "WEB-SESSION-ENDED"
    platforms.set_enabled(tool.deps, str(platform.id), enabled=True)
    assert teacher.open(path).status_code == 200


def test_what_is_over_is_forgotten(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform)
    with another_tool(tool) as now:
        housekeeping.sweep(now.deps)
        assert teacher.open(path).status_code == 200
    with another_tool(tool, later=timedelta(hours=3)) as then:
        housekeeping.sweep(then.deps)
    assert tool.rows()["selections"] == 0


def test_the_lmss_own_secrets_are_kept_sealed(
    tool: Tool, teacher: Browser, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = begin(
            teacher, platform, deep_link_return_url="http://lms.example.test/r?sesskey=VERYSECRET", data="DATUM"
        )
        teacher.open(path)
        send(teacher, path, "course")

    with tool.deps.database.reading() as db:
        row = db.execute(select(selections)).one()
    stored = " ".join(map(str, row))
    for secret in ("VERYSECRET", "DATUM"):
        assert secret not in stored
        assert secret not in caplog.text
        assert secret not in path


# --- headers ---------------------------------------------------------------------------------------------------------


def test_forms_lead_to_us_and_to_the_page_that_asked(tool: Tool, teacher: Browser, platform: Platform) -> None:
    path = begin(teacher, platform, deep_link_return_url="https://lms.example.org:8443/return?x=1")

    for page in (teacher.open(path), send(teacher, path), send(teacher, path, "course")):
        policy = page.headers["Content-Security-Policy"].split("; ")
        assert "form-action 'self' https://lms.example.org:8443" in policy
        assert "script-src 'self'" in policy
        assert any(one.startswith("frame-ancestors 'self' https:") for one in policy)
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script>" not in page.text
        assert " on" not in "".join(html.fromstring(page.text).xpath("//@onclick | //@onload | //@onsubmit"))
    assert "form-action 'self';" in teacher.open(path).headers["Content-Security-Policy"], "answered: nowhere to go"


@one_database
def test_a_platform_says_who_frames_the_picker(tool: Tool, teacher: Browser, platform: Platform) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["frame_ancestors=https://lms.example.org"])

    page = teacher.open(begin(teacher, platform))

    assert "frame-ancestors 'self' https://lms.example.org" in page.headers["Content-Security-Policy"].split("; ")


# --- without cookies -------------------------------------------------------------------------------------------------


@pytest.fixture
def frame(tool: Tool) -> Iterator[ClosedFrame]:
    with ClosedFrame(tool.url, language="en") as one:
        yield one


def test_a_frame_proven_by_storage_chooses_without_cookies(tool: Tool, frame: ClosedFrame, platform: Platform) -> None:
    asked, secret = frame.reach_verify(platform, **asks())

    picker = frame.go_on(asked, secret=secret)

    assert picker.status_code == 200
    assert "What should this link open?" in picker.text
    [form] = html.fromstring(picker.text).xpath("//form[@id='picker']")
    assert form.get("data-key").startswith("elos_"), "the secret is taken out of the platform's storage"
    path, key = form.get("action"), hidden(picker, "key")
    assert key not in path
    mending = send(frame, path, "new", key=key, name="x")
    assert mending.status_code == 422
    assert frame.open(path).status_code == 401, "the key is in forms alone"
    made = answered(tool, platform, send(frame, path, "new", key=hidden(mending, "key"), name="Plantão"))
    assert [one["title"] for one in made.items] == ["Plantão"]
    assert code_of(send(frame, path, "course", key=key)) == "WEB-ANSWERED"


def test_a_frame_without_cookies_may_cancel(tool: Tool, frame: ClosedFrame, platform: Platform) -> None:
    asked, secret = frame.reach_verify(platform, **asks())
    picker = frame.go_on(asked, secret=secret)
    [form] = html.fromstring(picker.text).xpath("//form[@id='picker']")

    assert answered(tool, platform, send(frame, form.get("action"), key=hidden(picker, "key"), cancel="1")).items == []


def test_a_wrong_secret_begins_nothing(tool: Tool, frame: ClosedFrame, platform: Platform) -> None:
    asked, _secret = frame.reach_verify(platform, **asks())

    refused = frame.go_on(asked, secret="x" * 43)

    assert code_of(refused) == "LTI-UNPROVEN"
    assert tool.rows()["selections"] == 0


def test_a_learner_is_refused_before_any_secret_is_asked_for(frame: ClosedFrame, platform: Platform) -> None:
    asked, _secret = frame.reach_verify(platform, **asks() | STUDENT)

    assert (asked.status_code, code_of(asked)) == (403, "LTI-CONTENT-ROLE")


def test_a_key_opens_its_own_selection_alone(tool: Tool, frame: ClosedFrame, platform: Platform) -> None:
    pages = []
    for _ in range(2):
        asked, secret = frame.reach_verify(platform, **asks())
        pages.append(frame.go_on(asked, secret=secret))
    paths = [html.fromstring(page.text).xpath("//form[@id='picker']")[0].get("action") for page in pages]
    keys = [hidden(page, "key") for page in pages]
    tampered = keys[0][:-3] + ("AAA" if keys[0][-3:] != "AAA" else "BBB")

    for key in (keys[1], tampered, "x", asked_copy(frame, platform)):
        refused = send(frame, paths[0], "course", key=key)
        assert (refused.status_code, code_of(refused)) == (401, "WEB-SESSION-ENDED")
    with another_tool(tool, secret_key=SecretStr("another-test-only-key-of-32-characters")) as foreign:
        frame.tool_url = foreign.url
        refused = frame.submit(paths[0], {"room": "course", "key": keys[0]}, headers={"Origin": tool.url})
        assert (refused.status_code, code_of(refused)) == (401, "WEB-SESSION-ENDED")
    frame.tool_url = tool.url
    assert len(answered(tool, platform, send(frame, paths[0], "course", key=keys[0])).items) == 1


def asked_copy(frame: ClosedFrame, platform: Platform) -> str:
    """A token of ours that was sealed for another use."""
    asked, _secret = frame.reach_verify(platform, **asks())
    return hidden(asked, "launch")


def test_the_familys_name_is_learnt_from_a_request_for_content(
    tool: Tool, teacher: Browser, platform: Platform
) -> None:
    begin(teacher, platform)

    with tool.deps.database.reading() as db:
        assert db.scalar(select(platform_table.c.family)) == "canvas"
