"""Opening, entering, waiting, leaving and ending, over HTTP, with the simulator on the other side."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from lti_elos import __version__
from lti_elos.db.tables import servers, users
from lti_elos.elos.options import CreateOptions
from lti_elos.services import platforms
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.platform import Platform
from tests.support.rooms import (
    ADMINISTRATOR,
    ASSISTANT,
    INSTITUTION,
    MENTOR,
    STUDENT,
    TEACHER,
    follow,
    forget_when_asked,
    live_row,
    meeting_id_of,
    one_database,
    open_room,
    people_in,
)

HEX40 = re.compile(r"^[0-9a-f]{40}$")


# --- opening ---


def test_a_teachers_click_creates_once_with_all_that_elos_should_know_and_lets_the_teacher_in(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)

    joined = follow(browser.submit(f"/rooms/{room_id}/join"))

    [call] = elos.calls("create")
    created = dict(call["params"])
    passwords = [created.pop("attendeePW"), created.pop("moderatorPW")]
    assert created == {
        "name": "Cálculo I",
        "meetingID": meeting_id_of(tool, room_id),
        "record": "true",
        "autoStartRecording": "false",
        "logoutURL": f"{tool.url}/rooms/{room_id}/left",
        "meta_bbb-origin": "LTI",
        "meta_bbb-origin-version": __version__,
        "meta_bbb-origin-server-name": urlsplit(tool.url).hostname,
        "meta_bbb-origin-server-url": tool.url,
        "meta_bbb-origin-lti-version": "1.3.0",
        "meta_bbb-context-id": "course-1",
        "meta_bbb-context-title": "Cálculo I",
        "meta_bbb-context-label": "MAT101",
    }
    assert str(UUID(created["meetingID"])) == created["meetingID"] != room_id
    assert len(set(passwords)) == 2
    assert all(HEX40.match(password) for password in passwords)

    with tool.deps.database.reading() as db:
        user_id = str(db.scalar(select(users.c.id)))
    joined.pop("checksum")
    assert int(joined["createTime"]) > 1_700_000_000_000
    assert joined == {
        "fullName": "Docente Exemplo",
        "meetingID": created["meetingID"],
        "password": passwords[1],
        "role": "MODERATOR",
        "createTime": str(live_row(tool, room_id).create_time_ms),
        "userID": user_id,
        "userdata-bbb_override_default_locale": "pt-br",
    }
    assert people_in(elos, created["meetingID"]) == {user_id: "MODERATOR"}
    assert "user-1" not in json.dumps(elos.calls())


def test_a_room_keeps_its_meeting_and_passwords_and_shares_them_with_no_other(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    first = browser.enter_room(platform)
    second = browser.enter_room(platform, context={"id": "course-2", "title": "Física"})

    for room_id in (first, second, first):
        follow(browser.submit(f"/rooms/{room_id}/join"))

    keys = [
        [call["params"][name] for name in ("meetingID", "attendeePW", "moderatorPW")] for call in elos.calls("create")
    ]
    assert keys[0] == keys[2]
    assert not set(keys[0]) & set(keys[1])


NAMES: list[tuple[str, dict[str, Any], str]] = [
    ("title", {}, "Cálculo I"),
    ("one letter", {"context": {"id": "c", "title": "A"}, "resource_link": {"id": "l"}}, "Sala"),
    ("one letter, a label", {"context": {"id": "c", "title": "A", "label": "FIS-1"}}, "FIS-1"),
    ("no title, a link's", {"context": {"id": "c"}}, "Aula ao vivo"),
    ("nothing", {"context": {"id": "c"}, "resource_link": {"id": "l"}}, "Sala"),
    ("no context", {"context": None, "resource_link": {"id": "l"}}, "Sala"),
    ("spaces", {"context": {"id": "c", "title": "  \n\t "}, "resource_link": {"id": "l"}}, "Sala"),
    ("one emoji", {"context": {"id": "c", "title": "🎓"}, "resource_link": {"id": "l"}}, "Sala"),
    ("emoji and marks", {"context": {"id": "c", "title": "Física 🎓 & <b>d'água</b>"}}, "Física 🎓 & <b>d'água</b>"),
    ("300", {"context": {"id": "c", "title": "Título " * 43}}, ("Título " * 43)[:250].strip()),
    ("300 emoji", {"context": {"id": "c", "title": "👩🏽‍🏫" * 75}}, ""),
]


@one_database
@pytest.mark.parametrize(("claims", "expected"), [row[1:] for row in NAMES], ids=[row[0] for row in NAMES])
def test_whatever_a_course_is_called_the_meeting_has_a_name(
    platform: Platform, browser: Browser, elos: Elos, claims: dict[str, Any], expected: str
) -> None:
    room_id = browser.enter_room(platform, **claims)

    follow(browser.submit(f"/rooms/{room_id}/join"))

    name = elos.calls("create")[0]["params"]["name"]
    assert 2 <= len(name) <= 256
    assert name == expected or not expected
    assert "\u200d" not in name[-1:]


@one_database
@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("pt-BR", "pt-br"),
        ("pt_PT", "pt-br"),
        ("pt", "pt-br"),
        ("en", "en-us"),
        ("en-GB", "en-us"),
        ("es", None),
        ("de-DE", None),
        ("", None),
        (None, None),
    ],
)
def test_the_meeting_speaks_the_lmss_language_where_it_can(
    platform: Platform, browser: Browser, locale: str | None, expected: str | None
) -> None:
    room_id = browser.enter_room(platform, launch_presentation={"locale": locale} if locale is not None else {})

    joined = follow(browser.submit(f"/rooms/{room_id}/join"))

    assert joined.get("userdata-bbb_override_default_locale") == expected


@one_database
def test_who_has_no_name_is_a_participant_and_always_the_same_one(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["typed_names=off"])
    nobody = {"name": None, "given_name": None, "family_name": None, "email": "docente@example.test"}
    room_id = browser.enter_room(platform, **nobody)

    names = [follow(browser.submit(f"/rooms/{room_id}/join"))["fullName"] for _ in range(2)]

    assert re.fullmatch(r"Participante [0-9A-F]{4}", names[0])
    assert names[0] == names[1]
    assert "docente" not in json.dumps(elos.calls()).lower()


@one_database
def test_a_test_user_is_called_so(platform: Platform, browser: Browser, tool: Tool, elos: Elos) -> None:
    open_room(tool, platform, elos)
    roles = [*STUDENT["roles"], "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]
    room_id = browser.enter_room(platform, **(STUDENT | {"roles": roles}))

    assert follow(browser.submit(f"/rooms/{room_id}/join"))["fullName"] == "Estudante Modelo (teste)"


# --- who may ---


def test_a_student_waits_until_a_moderator_is_in(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = browser.enter_room(platform, **STUDENT)
    with Browser(tool.url) as teacher:
        teacher.enter_room(platform)

        early = browser.submit(f"/rooms/{room_id}/join")
        assert (early.status_code, early.headers["Location"]) == (303, f"/rooms/{room_id}/wait")
        assert browser.open(f"/rooms/{room_id}/wait").status_code == 200
        assert elos.calls("create") == []

        opening = teacher.submit(f"/rooms/{room_id}/join")  # created, and nobody in yet
        forget_when_asked(tool, room_id)
        for response in (browser.submit(f"/rooms/{room_id}/join"), browser.open(f"/rooms/{room_id}/enter")):
            assert response.headers["Location"] == f"/rooms/{room_id}/wait"

        follow(opening)
        forget_when_asked(tool, room_id)
        joined = follow(browser.submit(f"/rooms/{room_id}/join"))

    assert joined["role"] == "VIEWER"
    [created] = elos.calls("create")
    assert joined["password"] == created["params"]["attendeePW"]
    assert sorted(people_in(elos, meeting_id_of(tool, room_id)).values()) == ["MODERATOR", "VIEWER"]


def test_the_waiting_page_goes_in_by_itself_once_it_is_open(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform, **STUDENT)
    open_room(tool, platform, elos)

    waited = browser.open(f"/rooms/{room_id}/wait")

    assert (waited.status_code, waited.headers["Location"]) == (303, f"/rooms/{room_id}/enter")
    assert follow(browser.open(waited.headers["Location"]))["role"] == "VIEWER"


def test_who_may_open_does_not_wait(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)

    for path in ("wait", "enter"):
        response = browser.open(f"/rooms/{room_id}/{path}")
        assert (response.status_code, response.headers["Location"]) == (303, f"/rooms/{room_id}")


@pytest.mark.parametrize(
    ("person", "creates", "role", "ends"),
    [
        (TEACHER, True, "MODERATOR", True),
        (ASSISTANT, True, "MODERATOR", True),
        (ADMINISTRATOR, False, "VIEWER", True),
        (MENTOR, False, "VIEWER", False),
        (STUDENT, False, "VIEWER", False),
        ({"sub": "staff-1", "roles": [f"{INSTITUTION}Instructor"]}, False, "VIEWER", False),
    ],
    ids=["teacher", "assistant", "administrator", "mentor", "student", "teaches elsewhere"],
)
def test_each_role_does_what_it_may(
    tool: Tool,
    platform: Platform,
    browser: Browser,
    elos: Elos,
    person: dict[str, Any],
    creates: bool,
    role: str,
    ends: bool,
) -> None:
    room_id = browser.enter_room(platform, **person)

    first = browser.submit(f"/rooms/{room_id}/join")
    assert (elos.calls("create") != []) is creates
    assert first.headers["Location"].endswith("/wait") is not creates

    open_room(tool, platform, elos, sub="another-teacher")
    assert follow(browser.submit(f"/rooms/{room_id}/join"))["role"] == role

    elos.send("DELETE", "calls")
    assert browser.submit(f"/rooms/{room_id}/end").status_code == (303 if ends else 403)
    assert (elos.calls("end") != []) is ends


def test_a_policy_lets_administrators_moderate(tool: Tool, platform: Platform, browser: Browser) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["admins_moderate=true"])
    room_id = browser.enter_room(platform, **ADMINISTRATOR)

    assert follow(browser.submit(f"/rooms/{room_id}/join"))["role"] == "MODERATOR"


@one_database
def test_looking_never_creates(platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = browser.enter_room(platform)

    for path in ("", "/enter", "/wait", "/status", "/recordings", "/left", "/left?errors=[]"):
        assert browser.open(f"/rooms/{room_id}{path}").status_code in (200, 303)
    for path in ("/join", "/end"):
        response = browser.open(f"/rooms/{room_id}{path}")
        assert response.status_code == 405
        assert sorted(response.headers["Allow"].split(", ")) == ["OPTIONS", "POST"]

    assert {call["call"] for call in elos.calls()} == {"getMeetingInfo", "getRecordings"}


def test_no_page_shows_the_meetings_id_or_its_passwords(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    [created] = elos.calls("create")
    secret = [created["params"][name] for name in ("meetingID", "attendeePW", "moderatorPW")]
    browser.enter_room(platform)
    paths = ["", "?end=ask", "?note=ended", "/recordings", "/recordings?q=x", "/status", "/left", "/wait"]
    paths.append("/left?errors=" + quote('[{"key":"meetingForciblyEnded","message":"m"}]'))
    with Browser(tool.url, framed=True) as student:
        student.enter_room(platform, **STUDENT)
        texts = [one.open(f"/rooms/{room_id}{path}").text for one in (browser, student) for path in paths]
    elos.fault("internalError", call="create")
    texts.append(browser.submit(f"/rooms/{room_id}/join").text)

    for text in texts:
        assert not [value for value in secret if value in text]


# --- ending ---


def test_ending_asks_elos_with_the_moderators_password_and_says_so(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform)

    response = browser.submit(f"/rooms/{room_id}/end")

    [call], [created] = elos.calls("end"), elos.calls("create")
    assert call["params"] == {
        "meetingID": meeting_id_of(tool, room_id),
        "password": created["params"]["moderatorPW"],
    }
    assert call["returncode"] == "SUCCESS"
    assert response.status_code == 303
    page = browser.open(response.headers["Location"] + "&lang=en")
    assert "Session ended at" in page.text
    assert live_row(tool, room_id).state == "ended"
    with Browser(tool.url) as student:
        student.enter_room(platform, **STUDENT)
        assert student.submit(f"/rooms/{room_id}/join").headers["Location"].endswith("/wait")


def test_ending_what_does_not_run_is_fine(platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = browser.enter_room(platform)

    response = browser.submit(f"/rooms/{room_id}/end")

    assert (response.status_code, elos.calls("end")[0]["key"]) == (303, "notFound")
    assert browser.open(response.headers["Location"]).status_code == 200


def test_ending_takes_effect_when_elos_takes_its_time(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    elos.send("POST", "switches", end_delay_s=30)
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform)

    assert browser.submit(f"/rooms/{room_id}/end").status_code == 303
    elos.send("POST", "clock", advance_s=31)
    forget_when_asked(tool, room_id)

    assert browser.open(f"/rooms/{room_id}/status").json()["running"] is False
    assert live_row(tool, room_id).state == "ended"


def test_a_room_can_be_opened_again_after_its_end(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform)
    first = live_row(tool, room_id)
    browser.submit(f"/rooms/{room_id}/end")

    joined = follow(browser.submit(f"/rooms/{room_id}/join"))

    assert int(joined["createTime"]) > first.create_time_ms
    assert live_row(tool, room_id).internal_id != first.internal_id


# --- what goes wrong at the door ---


def test_a_meeting_of_another_integration_under_our_id_is_told(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)
    with tool.deps.database.reading() as db:
        stranger = tool.deps.elos.of_row(db.execute(select(servers)).one())
    stranger.create(
        CreateOptions(
            meeting_id=meeting_id_of(tool, room_id),
            name="Other",
            attendee_password="a" * 40,
            moderator_password="b" * 40,
            logout_url="",
        )
    )

    response = browser.submit(f"/rooms/{room_id}/join")

    assert (response.status_code, code_of(response)) == (503, "ELOS-REPLY")
    elos.send("DELETE", "meetings")
    follow(browser.submit(f"/rooms/{room_id}/join"))


def left_page(join: requests.Response) -> str:
    """Where Elos sends a refused browser: our own page, as a path."""
    url = join.headers["Location"]
    sent = requests.get(url, timeout=10, allow_redirects=False)
    assert sent.status_code == 302, sent.text
    parts = urlsplit(sent.headers["Location"])
    assert parts.path.endswith("/left"), sent.headers["Location"]
    return f"{parts.path}?{parts.query}"


def test_who_comes_too_late_is_told_and_waits_for_the_next_time(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform, **STUDENT)
    join = browser.submit(f"/rooms/{room_id}/join")
    elos.send("DELETE", "meetings")

    page = browser.open(left_page(join))

    assert (page.status_code, code_of(page)) == (200, "ELOS-ENDED")
    assert f'action="/rooms/{room_id}/join"' in page.text
    forget_when_asked(tool, room_id)
    assert browser.submit(f"/rooms/{room_id}/join").headers["Location"].endswith("/wait")


def test_an_opener_whose_run_is_over_opens_a_new_one_with_one_click(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)
    old_join = browser.submit(f"/rooms/{room_id}/join")
    elos.send("DELETE", "meetings")
    with Browser(tool.url) as colleague:
        colleague.enter_room(platform, sub="user-2")
        elos.send("POST", "clock", advance_s=1)
        follow(colleague.submit(f"/rooms/{room_id}/join"))

    page = browser.open(left_page(old_join))
    assert (page.status_code, code_of(page)) == (200, "ELOS-ENDED")
    assert f'action="/rooms/{room_id}/join"' in page.text

    follow(browser.submit(f"/rooms/{room_id}/join"))
    assert list(people_in(elos, meeting_id_of(tool, room_id)).values()) == ["MODERATOR"] * 2


KNOWN = {
    "meetingForciblyEnded": "ELOS-ENDED",
    "mismatchCreateTimeParam": "ELOS-ENDED",
    "mismatchCreateTime": "ELOS-ENDED",
    "maxParticipantsReached": "ELOS-ROOM-FULL",
    "simultaneousMeetingsLimitReachedForSecret": "ELOS-SESSIONS-LIMIT",
    "simultaneousMeetingsLimitReachedForInstitution": "ELOS-SESSIONS-LIMIT",
    "guestDeniedAccess": "ELOS-DENIED",
    "invalidMeetingIdentifier": "ELOS-NOT-OPEN",
    "checksumError": "ELOS-SECRET",
}
EVIL = "<script>alert(1)</script>"


@one_database
@pytest.mark.parametrize("known", [True, False], ids=["known", "anybody"])
def test_the_page_after_leaving_says_what_was_wrong_in_our_words(
    platform: Platform, browser: Browser, tool: Tool, known: bool
) -> None:
    room_id = browser.enter_room(platform, **STUDENT)
    with Browser(tool.url) as stranger:
        for key, code in KNOWN.items():
            errors = json.dumps([{"key": key, "message": f"{EVIL} ELOS-SAYS"}])
            page = (browser if known else stranger).open(f"/rooms/{room_id}/left?errors={quote(errors)}")
            assert (page.status_code, code_of(page)) == (200, code), key
            assert EVIL not in page.text
            assert "ELOS-SAYS" not in page.text
            assert (f'action="/rooms/{room_id}/join"' in page.text) is known
            assert ("Cálculo I" in page.text) is known


ODD = [
    "",
    "[]",
    "{}",
    "7",
    "null",
    '"x"',
    "[7]",
    "[[]]",
    "[{}]",
    '[{"key":7}]',
    '[{"key":null}]',
    '[{"key":["meetingForciblyEnded"]}]',
    '[{"key":"somethingNew","message":"' + EVIL + '"}]',
    '[{"key":"' + EVIL + '","message":"x"}]',
    '[{"key":"meetingForciblyEnded"',
    EVIL,
    "[" * 3000,
    '[{"key":"' + "x" * 6000 + '"}]',
    "9" * 5000,
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
]


@one_database
def test_what_the_address_says_beyond_known_keys_is_not_shown(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform, **STUDENT)
    plain = browser.open(f"/rooms/{room_id}/left?lang=en")
    assert "You left the room" in plain.text

    for text in ODD:
        page = browser.open(f"/rooms/{room_id}/left?errors={quote(text)}&message={quote(EVIL)}")
        assert (page.status_code, code_of(page)) == (200, ""), text[:80]
        assert "You left the room" in page.text
        assert EVIL not in page.text
        assert "somethingNew" not in page.text


def test_leaving_needs_no_session_and_tells_strangers_nothing(
    platform: Platform, browser: Browser, tool: Tool, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)
    elos.send("DELETE", "calls")
    with Browser(tool.url) as stranger:
        ours = stranger.open(f"/rooms/{room_id}/left")
        nobodys = stranger.open("/rooms/00000000-0000-4000-8000-000000000000/left")

    assert ours.status_code == nobodys.status_code == 200
    assert ours.text.replace(room_id, "") == nobodys.text.replace("00000000-0000-4000-8000-000000000000", "")
    assert elos.calls() == []
