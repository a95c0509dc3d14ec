"""Opening, entering, waiting, leaving and ending, over HTTP, with the simulator on the other side."""

from __future__ import annotations

import json
import re
from pathlib import Path
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
    ask_elos,
    follow,
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
    analytics = created.pop("meta_analytics-callback-url")
    assert created == {
        "name": "Cálculo I",
        "meetingID": meeting_id_of(tool, room_id),
        "record": "true",
        "autoStartRecording": "false",
        "logoutURL": f"{tool.url}/rooms/{room_id}/left",
        "allowRequestsWithoutSession": "true",
        "meetingKeepEvents": "true",
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
    assert re.fullmatch(rf"{re.escape(tool.url)}/elos/analytics/[\w-]{{43}}", analytics)
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
        ask_elos(tool, room_id)
        for response in (browser.submit(f"/rooms/{room_id}/join"), browser.open(f"/rooms/{room_id}/enter")):
            assert response.headers["Location"] == f"/rooms/{room_id}/wait"

        follow(opening)
        ask_elos(tool, room_id)
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

    assert {call["call"] for call in elos.calls()} == {"getRecordings"}


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
    ask_elos(tool, room_id)

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
    ask_elos(tool, room_id)
    assert browser.submit(f"/rooms/{room_id}/join").headers["Location"].endswith("/wait")


def test_an_opener_whose_run_is_over_gets_into_the_new_one(
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
    assert (page.status_code, code_of(page)) == (200, "ELOS-NEW-SESSION")
    assert f'action="/rooms/{room_id}/join"' in page.text
    assert 'data-retry-s="1"' in page.text

    follow(browser.submit(f"/rooms/{room_id}/join"))
    assert list(people_in(elos, meeting_id_of(tool, room_id)).values()) == ["MODERATOR"] * 2


AT_THE_DOOR = {
    # key of Elos: our code, what a student reads, what a teacher reads
    "meetingForciblyEnded": (
        "ELOS-ENDED",
        ("A sessão acabou de ser encerrada", "Você pode aguardar a sala abrir de novo."),
        ("A sessão acabou de ser encerrada", "Abra a sala de novo em alguns segundos."),
    ),
    "mismatchCreateTimeParam": ("ELOS-NEW-SESSION", *[("Uma nova sessão começou", "Entre de novo.")] * 2),
    "mismatchCreateTime": ("ELOS-NEW-SESSION", *[("Uma nova sessão começou", "Entre de novo.")] * 2),
    "invalidMeetingIdentifier": (
        "ELOS-NOT-OPEN",
        ("A sala ainda não foi aberta", "Deixe esta aba aberta; você entra automaticamente."),
        ("A sessão já terminou", "Abra a sala de novo."),
    ),
    "maxParticipantsReached": (
        "ELOS-ROOM-FULL",
        ("A sala chegou ao limite de pessoas", "Deixe esta aba aberta; você entra quando houver lugar."),
        ("A sala chegou ao limite de pessoas", "O limite é do plano contratado pela instituição, ou do servidor."),
    ),
    "simultaneousParticipantsLimitReachedForSecret": (
        "ELOS-ROOM-FULL",
        *[("A sala chegou ao limite de pessoas", "Deixe esta aba aberta; você entra quando houver lugar.")] * 2,
    ),
    "simultaneousMeetingsLimitReachedForSecret": (
        "ELOS-SESSIONS-LIMIT",
        ("Ainda não foi possível abrir a sala", "Há muitas sessões neste momento."),
        ("Sua instituição chegou ao limite de sessões ao mesmo tempo", "O limite é do plano contratado."),
    ),
    "simultaneousMeetingsLimitReachedForInstitution": (
        "ELOS-SESSIONS-LIMIT",
        ("Ainda não foi possível abrir a sala", "Há muitas sessões neste momento."),
        ("Sua instituição chegou ao limite de sessões ao mesmo tempo", "O limite é do plano contratado."),
    ),
    "guestDeniedAccess": ("ELOS-DENIED", *[("Sua entrada não foi liberada", "Fale com quem convidou você.")] * 2),
    "checksumError": ("ELOS-SECRET", *[("O Elos não aceitou nosso pedido", "precisa de um ajuste")] * 2),
    "somethingNew": ("ELOS-REPLY", *[("O Elos respondeu algo inesperado", "Costuma passar sozinho")] * 2),
}
EVIL = "<script>alert(1)</script>"


def after_a_refused_join(browser: Browser, room_id: str, key: str) -> requests.Response:
    errors = json.dumps([{"key": key, "message": f"{EVIL} ELOS-SAYS"}])
    return browser.open(f"/rooms/{room_id}/left?lang=pt-BR&errors={quote(errors)}")


@one_database
@pytest.mark.parametrize("person", [STUDENT, TEACHER], ids=["student", "teacher"])
def test_who_was_refused_at_the_door_reads_why_in_our_words(
    platform: Platform, browser: Browser, person: dict[str, Any]
) -> None:
    room_id = browser.enter_room(platform, **person)
    for key, (code, *texts) in AT_THE_DOOR.items():
        page = after_a_refused_join(browser, room_id, key)
        assert (page.status_code, code_of(page)) == (200, code), key
        for sentence in texts[person is TEACHER]:
            assert sentence in page.text, (key, sentence)
        assert f'action="/rooms/{room_id}/join"' in page.text
        assert "Cálculo I" in page.text
        assert EVIL not in page.text
        assert "ELOS-SAYS" not in page.text
        assert "somethingNew" not in page.text


def test_the_room_is_opened_anew_by_itself_once_and_only_for_who_opens_it(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    room_id = browser.enter_room(platform)
    opens_itself = 'data-retry-s="1"'

    assert opens_itself not in after_a_refused_join(browser, room_id, "meetingForciblyEnded").text
    assert opens_itself in after_a_refused_join(browser, room_id, "mismatchCreateTime").text
    assert opens_itself not in after_a_refused_join(browser, room_id, "mismatchCreateTime").text
    with Browser(tool.url) as student:
        student.enter_room(platform, **STUDENT)
        assert opens_itself not in after_a_refused_join(student, room_id, "mismatchCreateTime").text


@one_database
def test_a_stranger_reads_the_same_and_is_told_nothing_of_the_room(
    platform: Platform, browser: Browser, tool: Tool
) -> None:
    room_id = browser.enter_room(platform)
    with Browser(tool.url) as stranger:
        for key, (code, (message, _), _teachers) in AT_THE_DOOR.items():
            page = after_a_refused_join(stranger, room_id, key)
            assert (page.status_code, code_of(page)) == (200, code), key
            assert message in page.text
            assert f'action="/rooms/{room_id}/join"' not in page.text
            assert "Cálculo I" not in page.text


def test_operators_find_each_refusal_in_the_list_of_errors() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^## ([A-Z-]+) \(\d+\)\n(.*?)(?=^## |\Z)", page, flags=re.MULTILINE | re.DOTALL))

    for key, (code, *_texts) in AT_THE_DOOR.items():
        if code not in ("ELOS-REPLY", "ELOS-NOT-OPEN"):  # these stand for several keys
            assert re.sub("Param$|For(Secret|Institution)$", "", key) in told[code], key


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


@one_database
def test_a_label_that_is_the_courses_key_is_not_shown(platform: Platform, browser: Browser) -> None:
    key = "course-v1:Exemplo+MAT101+2026_1"
    room_id = browser.enter_room(platform, context={"id": key, "label": key, "title": "Cálculo I"})

    assert key not in browser.open(f"/rooms/{room_id}").text
