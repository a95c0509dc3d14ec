"""People whose name the LMS withholds, over HTTP: asked once on the way in, marked, kept as policy says."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
import requests
from sqlalchemy import select

from lti_elos.db.tables import grants, users
from lti_elos.services import platforms, refreshers
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of, hidden
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, follow, hours_later, one_database, open_room
from tests.support.rows import everything

NAMELESS: dict[str, Any] = {"name": None, "given_name": None, "family_name": None}
NOBODY = STUDENT | NAMELESS
"""A student whose name the LMS withholds."""
OTHER_NOBODY = NOBODY | {"sub": "student-2"}
PHYSICS = {"context": {"id": "course-2", "title": "Física II"}}


@pytest.fixture
def room_id(tool: Tool, platform: Platform, elos: Elos) -> str:
    """A room whose meeting runs."""
    return open_room(tool, platform, elos)


@pytest.fixture
def nobody(platform: Platform, browser: Browser, room_id: str) -> Browser:
    assert browser.enter_room(platform, **NOBODY) == room_id
    return browser


def policy(tool: Tool, platform: Platform, *pairs: str) -> None:
    platforms.set_policies(tool.deps, str(platform.id), list(pairs))


def kept_names(tool: Tool) -> dict[str, str | None]:
    """{sub: name} of those who were asked."""
    with tool.deps.database.reading() as db:
        rows = db.execute(select(users.c.sub, users.c.typed_name).where(users.c.typed_name.is_not(None)))
        return {row.sub: row.typed_name for row in rows}


def granted_names(tool: Tool) -> list[str]:
    with tool.deps.database.reading() as db:
        return list(db.scalars(select(grants.c.typed_name).where(grants.c.typed_name.is_not(None))))


def is_asked(response: requests.Response) -> bool:
    return response.status_code == 303 and response.headers["Location"].endswith("/name")


def give(browser: Browser, room_id: str, name: str, **more: str) -> requests.Response:
    return browser.submit(f"/rooms/{room_id}/name", {"name": name} | more)


# --- asking ---


def test_who_has_no_name_is_asked_once_and_goes_on_to_the_meeting(tool: Tool, nobody: Browser, room_id: str) -> None:
    asked = nobody.submit(f"/rooms/{room_id}/join")
    assert asked.headers["Location"] == f"/rooms/{room_id}/name"
    page = nobody.open(asked.headers["Location"])
    assert (page.status_code, hidden(page, "to")) == (200, "")

    joined = follow(give(nobody, room_id, "  Maria   Souza "))

    assert joined["fullName"] == "Maria Souza (não verificado)"
    assert joined["role"] == "VIEWER"
    assert kept_names(tool) == {"student-1": "Maria Souza"}
    assert follow(nobody.submit(f"/rooms/{room_id}/join"))["fullName"] == "Maria Souza (não verificado)"


def test_who_would_wait_waits_after_the_question(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform, **NOBODY)
    assert is_asked(browser.submit(f"/rooms/{room_id}/join"))

    answered = give(browser, room_id, "Maria")

    assert (answered.status_code, answered.headers["Location"]) == (303, f"/rooms/{room_id}/wait")
    assert "Maria" in browser.open(f"/rooms/{room_id}/wait").text
    assert browser.submit(f"/rooms/{room_id}/join").headers["Location"] == f"/rooms/{room_id}/wait"


def test_a_teacher_without_a_name_is_asked_before_the_meeting_is_made(
    platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform, **NAMELESS)
    assert is_asked(browser.submit(f"/rooms/{room_id}/join"))
    assert elos.calls("create") == []

    joined = follow(give(browser, room_id, "Docente"))

    assert (joined["fullName"], joined["role"]) == ("Docente (não verificado)", "MODERATOR")
    assert len(elos.calls("create")) == 1


@pytest.mark.parametrize("policies", [["typed_names=keep"], ["typed_names=session"]])
def test_who_would_rather_have_none_is_a_participant_and_not_asked_again(
    tool: Tool, platform: Platform, nobody: Browser, room_id: str, policies: list[str]
) -> None:
    policy(tool, platform, *policies)

    joined = follow(give(nobody, room_id, "Typed but not sent", without="1"))

    assert re.fullmatch(r"Participante [0-9A-F]{4}", joined["fullName"])
    assert follow(nobody.submit(f"/rooms/{room_id}/join"))["fullName"] == joined["fullName"]
    assert "Typed" not in str(everything(tool))


def test_nothing_but_the_click_to_join_waits_for_the_answer(nobody: Browser, room_id: str) -> None:
    """Whoever is released from the waiting page is in, with or without a name."""
    waited = nobody.open(f"/rooms/{room_id}/wait")
    assert waited.headers["Location"] == f"/rooms/{room_id}/enter"
    assert "Participante" in follow(nobody.open(f"/rooms/{room_id}/enter"))["fullName"]


@one_database
@pytest.mark.parametrize(
    ("language", "shown"),
    [("pt-BR", "Maria (não verificado)"), ("en", "Maria (unverified)"), ("es", "Maria (sin verificar)")],
)
def test_the_mark_is_in_the_persons_language(
    platform: Platform, browser: Browser, room_id: str, language: str, shown: str
) -> None:
    browser.enter_room(platform, **NOBODY, launch_presentation={"locale": language})

    assert follow(give(browser, room_id, "Maria"))["fullName"] == shown
    assert f"<bdi>{shown}</bdi>" in browser.open(f"/rooms/{room_id}").text


def test_where_the_lms_gives_a_name_nobody_is_asked_and_none_can_be_given(
    tool: Tool, platform: Platform, browser: Browser, room_id: str
) -> None:
    browser.enter_room(platform, **STUDENT)

    assert follow(browser.submit(f"/rooms/{room_id}/join"))["fullName"] == "Estudante Modelo"
    assert browser.open(f"/rooms/{room_id}/name").headers["Location"] == f"/rooms/{room_id}"
    assert follow(give(browser, room_id, "Docente Exemplo"))["fullName"] == "Estudante Modelo"
    assert "/name" not in browser.open(f"/rooms/{room_id}").text
    assert (kept_names(tool), granted_names(tool)) == ({}, [])


def test_a_policy_asks_nobody(tool: Tool, platform: Platform, nobody: Browser, room_id: str) -> None:
    policy(tool, platform, "typed_names=off")

    assert "Participante" in follow(nobody.submit(f"/rooms/{room_id}/join"))["fullName"]
    assert nobody.open(f"/rooms/{room_id}/name").headers["Location"] == f"/rooms/{room_id}"
    assert "Participante" in follow(give(nobody, room_id, "Maria"))["fullName"]
    assert (kept_names(tool), granted_names(tool)) == ({}, [])


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("keep", "<bdi>Docente Exemplo (não verificado)</bdi>"),
        ("session", "<bdi>Docente Exemplo (não verificado)</bdi>"),
        ("off", "<bdi>Participante "),
    ],
)
def test_the_list_of_who_waits_marks_it_too(
    tool: Tool, platform: Platform, browser: Browser, kept: str, shown: str
) -> None:
    policy(tool, platform, f"typed_names={kept}")
    room_id = browser.enter_room(platform, **NOBODY)
    give(browser, room_id, "Docente Exemplo")
    browser.open(f"/rooms/{room_id}/wait")
    refreshers.keep_notes(tool.deps)

    with Browser(tool.url) as teacher:
        teacher.enter_room(platform)
        text = teacher.open(f"/rooms/{room_id}").text

    assert shown in text
    assert text.count("Docente Exemplo") == (kept != "off")


# --- where it leads ---


def test_where_the_click_was_going_is_carried_along(nobody: Browser, room_id: str) -> None:
    asked = nobody.submit(f"/rooms/{room_id}/join", {"to": "embed"})

    assert asked.headers["Location"] == f"/rooms/{room_id}/name?to=embed"
    page = nobody.open(asked.headers["Location"])
    assert hidden(page, "to") == "embed"
    assert "?to=embed&amp;lang=es" in page.text


@one_database
@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/admin", "Embed", "x" * 5000, '"><b>'])
def test_only_our_own_aims_are_carried(nobody: Browser, room_id: str, to: str) -> None:
    assert nobody.submit(f"/rooms/{room_id}/join", {"to": to}).headers["Location"] == f"/rooms/{room_id}/name"
    page = nobody.open(f"/rooms/{room_id}/name?to={quote(to)}")
    assert hidden(page, "to") == ""
    assert '"><b>' not in page.text
    follow(give(nobody, room_id, "Maria", to=to))


def test_the_room_page_offers_to_change_it(tool: Tool, nobody: Browser, room_id: str) -> None:
    assert "/name" not in nobody.open(f"/rooms/{room_id}").text, "not before the question was answered"
    give(nobody, room_id, "Maria")
    assert f'href="/rooms/{room_id}/name?to=room"' in nobody.open(f"/rooms/{room_id}").text
    page = nobody.open(f"/rooms/{room_id}/name?to=room")
    assert hidden(page, "to") == "room"
    assert 'value="Maria"' in page.text

    changed = give(nobody, room_id, "Aparecida", to="room")

    assert (changed.status_code, changed.headers["Location"]) == (303, f"/rooms/{room_id}")
    assert "<bdi>Aparecida (não verificado)</bdi>" in nobody.open(f"/rooms/{room_id}").text
    give(nobody, room_id, "", to="room", without="1")
    assert re.search(r"<bdi>Participante [0-9A-F]{4}</bdi>", nobody.open(f"/rooms/{room_id}").text)
    assert kept_names(tool) == {"student-1": ""}


def test_in_a_frame_a_change_leads_back_to_the_room_and_never_to_the_meeting(
    tool: Tool, platform: Platform, room_id: str
) -> None:
    with Browser(tool.url, framed=True) as frame:
        frame.enter_room(platform, **NOBODY)
        assert hidden(frame.open(f"/rooms/{room_id}/name"), "to") == "room"

        assert give(frame, room_id, "Maria").headers["Location"] == f"/rooms/{room_id}"


def test_when_elos_does_not_answer_the_page_tries_again_with_the_name_kept(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform, **NAMELESS)
    elos.fault("limit_secret", call="create")

    refused = give(browser, room_id, "Maria")

    assert (refused.status_code, code_of(refused)) == (503, "ELOS-SESSIONS-LIMIT")
    assert f'action="/rooms/{room_id}/join"' in refused.text
    assert "Maria" not in refused.text
    elos.send("DELETE", "faults")
    assert follow(browser.submit(f"/rooms/{room_id}/join"))["fullName"] == "Maria (não verificado)"


# --- what is typed ---


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("مريم العلي", "مريم العلي"),
        ("Maria \u202eoproC", "Maria oproC"),
        ("👩🏽‍🏫 Maria", "👩🏽‍🏫 Maria"),
        ("Ma\x00ri\x1ba\r\nSouza", "Maria Souza"),
        ("A", "A"),
        ("Docente Exemplo", "Docente Exemplo"),
        ("Maria (verificado)" + "\u2800" * 300, "Maria (verificado)"),
        ("W" * 60, "W" * 60),
        ("%(name)s {name} &amp; \"'", "%(name)s {name} &amp; \"'"),
    ],
)
def test_a_name_is_shown_as_given_and_marked(nobody: Browser, room_id: str, tool: Tool, typed: str, shown: str) -> None:
    assert follow(give(nobody, room_id, typed))["fullName"] == f"{shown} (não verificado)"

    assert kept_names(tool) == {"student-1": shown}
    for path in ("", "/name"):
        text = nobody.open(f"/rooms/{room_id}{path}").text
        assert shown in unescape(text)
        assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("typed", "kept", "message"),
    [
        ("", "", "Write a name"),
        (" \t\n\u200b\u00a0", "", "Write a name"),
        ("\u2800\u3164", "", "Write a name"),
        ("\u202e\u2066", "", "Write a name"),
        ("W" * 61, "W" * 61, "60 characters"),
        ("Maria " * 42, ("Maria " * 42).strip(), "60 characters"),
        ("x" * 300_000, "x" * 1000, "60 characters"),
    ],
)
def test_what_is_no_name_is_explained_in_place_and_nothing_is_kept(
    tool: Tool, nobody: Browser, room_id: str, typed: str, kept: str, message: str
) -> None:
    refused = nobody.submit(f"/rooms/{room_id}/name?lang=en", {"name": typed, "to": "embed"})

    assert refused.status_code == 422
    assert "<title>Error: " in refused.text
    assert refused.text.count(message) == 3, "title, summary, beside the field"
    assert f'value="{kept}"' in refused.text
    assert hidden(refused, "to") == "embed"
    assert kept_names(tool) == {}
    assert is_asked(nobody.submit(f"/rooms/{room_id}/join"))


@one_database
def test_a_form_without_the_field_is_an_empty_one(nobody: Browser, room_id: str) -> None:
    assert nobody.submit(f"/rooms/{room_id}/name").status_code == 422


# --- how long, and where ---


def frame_and_tab(tool: Tool, platform: Platform, **claims: Any) -> tuple[Browser, Browser, dict[str, str]]:
    frame, tab = Browser(tool.url, framed=True), Browser(tool.url)
    room_id = frame.enter_room(platform, **claims)
    return frame, tab, {"handover": hidden(frame.open(f"/rooms/{room_id}"), "handover")}


@pytest.mark.parametrize("kept", ["keep", "session"])
def test_a_tab_from_a_frame_asks_once_for_all_tabs(tool: Tool, platform: Platform, room_id: str, kept: str) -> None:
    policy(tool, platform, f"typed_names={kept}")
    frame, tab, handover = frame_and_tab(tool, platform, **NOBODY)
    with frame, tab:
        assert is_asked(tab.submit(f"/rooms/{room_id}/join", handover))
        assert follow(give(tab, room_id, "Maria"))["fullName"] == "Maria (não verificado)"

        assert follow(tab.submit(f"/rooms/{room_id}/join", handover))["fullName"] == "Maria (não verificado)"
        assert "Maria (não verificado)" in frame.open(f"/rooms/{room_id}").text
        frame.enter_room(platform, **NOBODY)
        again = {"handover": hidden(frame.open(f"/rooms/{room_id}"), "handover")}
        assert follow(tab.submit(f"/rooms/{room_id}/join", again))["fullName"] == "Maria (não verificado)"


@pytest.mark.parametrize("kept", ["keep", "session"])
def test_a_name_given_in_the_frame_is_known_in_the_tab(tool: Tool, platform: Platform, room_id: str, kept: str) -> None:
    policy(tool, platform, f"typed_names={kept}")
    frame, tab, handover = frame_and_tab(tool, platform, **NOBODY)
    with frame, tab:
        give(frame, room_id, "Maria", to="room")

        assert follow(tab.submit(f"/rooms/{room_id}/join", handover))["fullName"] == "Maria (não verificado)"


def test_kept_means_in_every_room_and_every_browser(tool: Tool, platform: Platform, nobody: Browser) -> None:
    give(nobody, nobody.enter_room(platform, **NOBODY), "Maria")

    with Browser(tool.url) as at_home:
        other_id = at_home.enter_room(platform, **NOBODY, **PHYSICS)
        assert at_home.submit(f"/rooms/{other_id}/join").headers["Location"] == f"/rooms/{other_id}/wait"
        assert "Maria (não verificado)" in at_home.open(f"/rooms/{other_id}").text


def test_for_the_session_means_in_this_browser_and_no_longer(
    tool: Tool, platform: Platform, nobody: Browser, room_id: str
) -> None:
    policy(tool, platform, "typed_names=session")
    give(nobody, room_id, "Maria")

    assert (kept_names(tool), granted_names(tool)) == ({}, ["Maria"])
    assert nobody.enter_room(platform, **NOBODY) == room_id
    assert follow(nobody.submit(f"/rooms/{room_id}/join"))["fullName"] == "Maria (não verificado)"
    with Browser(tool.url) as tomorrow:
        tomorrow.enter_room(platform, **NOBODY)
        assert is_asked(tomorrow.submit(f"/rooms/{room_id}/join"))
    with hours_later(tool, nobody, 9):
        assert nobody.open(f"/rooms/{room_id}").status_code == 401


def test_a_name_from_the_lms_ends_the_typed_one(tool: Tool, platform: Platform, nobody: Browser, room_id: str) -> None:
    give(nobody, room_id, "Maria")

    nobody.enter_room(platform, **STUDENT)

    assert follow(nobody.submit(f"/rooms/{room_id}/join"))["fullName"] == "Estudante Modelo"
    assert kept_names(tool) == {}
    nobody.enter_room(platform, **NOBODY)
    assert is_asked(nobody.submit(f"/rooms/{room_id}/join")), "withheld again: asked again"


@pytest.mark.parametrize("then", ["session", "off"])
def test_a_stricter_policy_forgets_what_was_kept_at_once(
    tool: Tool, platform: Platform, nobody: Browser, room_id: str, then: str
) -> None:
    give(nobody, room_id, "Maria")

    policy(tool, platform, f"typed_names={then}")

    assert kept_names(tool) == {}
    assert "Maria" not in nobody.open(f"/rooms/{room_id}").text
    assert is_asked(nobody.submit(f"/rooms/{room_id}/join")) is (then == "session")


# --- nobody else's ---


@pytest.mark.parametrize("kept", ["keep", "session"])
def test_a_name_is_its_givers_alone(tool: Tool, platform: Platform, nobody: Browser, room_id: str, kept: str) -> None:
    policy(tool, platform, f"typed_names={kept}")
    with Browser(tool.url) as other:
        other.enter_room(platform, **OTHER_NOBODY)
        give(nobody, room_id, "Maria")

        assert is_asked(other.submit(f"/rooms/{room_id}/join"))
        assert "Maria" not in other.open(f"/rooms/{room_id}/name").text
        give(other, room_id, "Outra")
        assert follow(nobody.submit(f"/rooms/{room_id}/join"))["fullName"] == "Maria (não verificado)"


@pytest.mark.parametrize("kept", ["keep", "session"])
def test_on_a_shared_computer_the_next_person_does_not_get_the_name(
    tool: Tool, platform: Platform, nobody: Browser, room_id: str, kept: str
) -> None:
    policy(tool, platform, f"typed_names={kept}")
    give(nobody, room_id, "Maria")

    nobody.enter_room(platform, **OTHER_NOBODY)

    assert is_asked(nobody.submit(f"/rooms/{room_id}/join"))
    assert "Maria" not in nobody.open(f"/rooms/{room_id}").text
    assert "Maria" not in granted_names(tool)


@pytest.mark.parametrize("kept", ["keep", "session"])
def test_taking_over_anothers_tab_takes_no_name_along(
    tool: Tool, platform: Platform, nobody: Browser, room_id: str, kept: str
) -> None:
    policy(tool, platform, f"typed_names={kept}")
    give(nobody, room_id, "Maria")
    frame, tab, handover = frame_and_tab(tool, platform, **OTHER_NOBODY)
    with frame, tab:
        refused = nobody.submit(f"/rooms/{room_id}/join", handover)
        assert code_of(refused) == "WEB-OTHER-PERSON"
        assert "Maria" not in refused.text

        assert is_asked(nobody.submit(f"/rooms/{room_id}/join", handover | {"replace": "1"}))
        assert "Maria" not in nobody.open(f"/rooms/{room_id}/name").text


def test_a_handover_does_not_let_anybody_name_its_person(tool: Tool, platform: Platform, room_id: str) -> None:
    frame, tab, handover = frame_and_tab(tool, platform, **NOBODY)
    with frame, tab:
        refused = tab.submit(f"/rooms/{room_id}/name", handover | {"name": "Professor"})

    assert (refused.status_code, code_of(refused)) == (401, "WEB-SESSION-ENDED")
    assert kept_names(tool) == {}


@one_database
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_another_site_cannot_name_anybody(tool: Tool, nobody: Browser, room_id: str, headers: dict[str, str]) -> None:
    refused = nobody.submit(f"/rooms/{room_id}/name", {"name": "Palhaço"}, headers=headers)

    assert (refused.status_code, code_of(refused)) == (403, "WEB-FORM-STALE")
    assert kept_names(tool) == {}


# --- the device check and the notice ---


@pytest.fixture
def pages_before(platform: Platform, browser: Browser) -> dict[str, requests.Response]:
    room_id = browser.enter_room(platform, **NOBODY)
    return {path: browser.open(f"/rooms/{room_id}{path}") for path in ("", "/wait", "/name")}


def test_the_pages_before_a_meeting_say_that_it_may_be_recorded(
    pages_before: dict[str, requests.Response],
) -> None:
    for path, page in pages_before.items():
        assert page.status_code == 200, path
        assert 'class="notice"' in page.text, path


def test_the_institutions_words_stand_beside_it_as_text(tool: Tool, platform: Platform, browser: Browser) -> None:
    policy(tool, platform, "recording_notice=<b>Leia</b> a política & as regras")
    room_id = browser.enter_room(platform, **NOBODY)

    for path in ("", "/wait", "/name"):
        text = browser.open(f"/rooms/{room_id}{path}").text
        assert '<p dir="auto">&lt;b&gt;Leia&lt;/b&gt; a política &amp; as regras</p>' in text, path


def test_the_device_check_is_for_everybody_in_the_room_and_sends_nothing(
    platform: Platform, browser: Browser, elos: Elos
) -> None:
    for claims in ({}, STUDENT, NOBODY):
        room_id = browser.enter_room(platform, **claims)
        assert f'href="/rooms/{room_id}/check"' in browser.open(f"/rooms/{room_id}").text
        page = browser.open(f"/rooms/{room_id}/check")
        assert page.status_code == 200
        assert "handover" not in page.text
        assert "media-src" not in page.headers["Content-Security-Policy"]
    assert elos.calls("create") == []


def test_from_a_frame_the_check_opens_in_a_tab(tool: Tool, platform: Platform) -> None:
    frame, tab, _ = frame_and_tab(tool, platform, **STUDENT)
    with frame, tab:
        room_id = frame.enter_room(platform, **STUDENT)
        page = frame.open(f"/rooms/{room_id}/check")

        opened = tab.submit(f"/rooms/{room_id}", {name: hidden(page, name) for name in ("handover", "to")})

        assert (opened.status_code, opened.headers["Location"]) == (303, f"/rooms/{room_id}/check")
        assert tab.open(opened.headers["Location"]).status_code == 200
