"""The pages of frames without cookies, as documents: checking, the window, the room in short."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask

from tests.web.pages_app import (
    CLOSED,
    COURSE,
    HANDOVER,
    LOCALES,
    LOGIN,
    NOTICE,
    OPEN,
    OPENING,
    ROOM,
    RTL_NAME,
    STORAGE,
    TROUBLES,
    Page,
    brief,
    checking,
    make_app,
    pages,
    window,
)
from tests.web.test_pages import main_text, primary, rendered, text_of

PAGES = pages()
MINE = [name for name in PAGES if name.startswith(("checking-", "window", "brief-", "error-unproven"))]
WINDOWS = ["window", "error-unproven", "error-unproven-return"]
ASKED = TROUBLES[:4]
"""What asking Elos can meet: the others are met on entering."""


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


def shown(document: Any, path: str) -> list[str]:
    """The texts that are to be seen at ``path``."""
    return [text_of(one) for one in document.xpath(f"{path}[not(ancestor-or-self::*[@hidden])]")]


def hidden_fields(form: Any) -> list[tuple[str, str]]:
    return [(one.get("name"), one.get("value")) for one in form.xpath(".//input[@type='hidden']")]


# --- all of them ---


@pytest.mark.parametrize("name", MINE)
def test_headings_go_down_one_by_one(app: Flask, name: str) -> None:
    levels = [int(one.tag[1]) for one in rendered(app, PAGES[name]).xpath("//h1 | //h2 | //h3")]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", MINE)
def test_nothing_is_read_aloud_before_something_happens(app: Flask, name: str) -> None:
    live = rendered(app, PAGES[name]).xpath("//*[@role='status' or @role='alert' or @aria-live]")

    assert [text_of(one) for one in live if one.text and one.text.strip()] == []
    assert [text_of(one) for region in live for one in region if one.get("hidden") is None] == []


@pytest.mark.parametrize("name", MINE)
def test_no_page_leads_to_another_one_inside_the_frame_by_a_link(app: Flask, name: str) -> None:
    """There it would be without a cookie."""
    links = rendered(app, PAGES[name]).xpath("//body//a[not(starts-with(@href, '#'))]")

    if PAGES[name].framed:
        assert {one.get("target") for one in links} <= {"_top", "_blank"}


# --- checking ---


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("does", ["probe", "put", "get"])
def test_the_checking_page_is_a_form_that_goes_on_by_itself_and_by_a_button(app: Flask, does: str, locale: str) -> None:
    document = rendered(app, checking(does), locale)

    [form] = document.xpath("//main//form")
    assert (form.get("method"), form.get("target"), form.get("data-does")) == ("post", None, does)
    assert len(form.xpath(".//button")) == 1
    assert text_of(document.xpath("//title")[0]) == text_of(document.xpath("//h1")[0]) != ""
    assert len(document.xpath("//script[contains(@src, 'checking.js')][@type='module']")) == 1


def test_the_checking_page_shows_nothing_to_who_is_quick(app: Flask) -> None:
    document = rendered(app, checking("get"))

    seen_at_once = document.xpath("//main//*[not(ancestor-or-self::*[contains(@class, 'later')])][not(.//*)]")
    assert {one.get("type") for one in seen_at_once} <= {"hidden"}
    assert document.xpath("//footer") == []
    [button] = document.xpath("//button")
    assert "much" in button.getparent().get("class").split()


def test_each_check_sends_what_it_is_for(app: Flask) -> None:
    probe, put, get = (rendered(app, checking(does)).xpath("//main//form")[0] for does in ("probe", "put", "get"))

    assert (probe.get("action"), hidden_fields(probe)) == ("/lti/login", [*LOGIN.fields, ("checked", "1")])
    assert (put.get("action"), hidden_fields(put)) == ("/lti/login", [*LOGIN.fields, ("checked", "silent")])
    assert (get.get("action"), hidden_fields(get)) == ("/lti/verify", [("launch", "copy"), ("secret", "")])


def test_only_the_check_that_needs_it_has_the_secret(app: Flask) -> None:
    probe, put, get = (rendered(app, checking(does)).xpath("//main//form")[0] for does in ("probe", "put", "get"))

    assert (put.get("data-secret"), put.get("data-onward")) == ("s3cret", "https://canvas.example.test/authorize")
    for form in (put, get):
        assert form.get("data-target") == STORAGE.target
        assert form.get("data-origin") == STORAGE.origin
        assert form.get("data-key") == STORAGE.key
    assert get.get("data-secret") is get.get("data-onward") is None
    assert [one for one in probe.attrib if one.startswith("data-")] == ["data-does"]


# --- the window ---


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", WINDOWS)
def test_the_window_page_has_one_button_that_sends_the_login_again(app: Flask, name: str, locale: str) -> None:
    document = rendered(app, PAGES[name], locale)

    [form] = document.xpath("//main//form")
    assert (form.get("method"), form.get("action")) == ("post", "/lti/login")
    assert (form.get("target"), form.get("rel")) == ("_blank", "opener")
    assert hidden_fields(form) == list(LOGIN.fields)
    assert len(primary(document)) == 1
    assert shown(document, "//main//form/following::*[self::button or contains(@class, 'btn')]") == []
    assert text_of(document.xpath("//title")[0]) == shown(document, "//h1")[0]
    assert len(document.xpath("//script[contains(@src, 'window.js')]")) == 1


def test_who_listens_can_be_led_to_the_heading(app: Flask) -> None:
    assert rendered(app, window()).xpath("//*[@id='to-open']/h1/@tabindex") == ["-1"]


def test_what_comes_after_the_click_waits_in_regions_that_are_read_aloud(app: Flask) -> None:
    document = rendered(app, window())

    there, opened = document.xpath("//main//*[@role='status']")
    assert there.xpath("*/@id") == ["is-there"]
    assert text_of(there) == "The room is open in the other window You can leave this page as it is."
    assert text_of(opened).startswith("Go on in the new window.")
    assert "Allow pop-ups" in text_of(opened)
    assert shown(document, "//main//*[@role='status']/*") == []
    assert shown(document, "//*[@id='go-there']") == []


def test_support_is_told_the_code_and_the_occurrence_where_there_is_one(app: Flask) -> None:
    assert "Code LTI-UNPROVEN" in main_text(app, PAGES["window"])
    assert "Code LTI-UNPROVEN · 7Q4M-2XKD" in main_text(app, PAGES["error-unproven"])


@pytest.mark.parametrize(("name", "ways"), [("window", 0), ("error-unproven", 0), ("error-unproven-return", 1)])
def test_the_course_is_a_way_back_where_it_told_its_address(app: Flask, name: str, ways: int) -> None:
    links = rendered(app, PAGES[name]).xpath("//main//a[starts-with(@href, 'https:')]")

    assert [(text_of(one), one.get("target")) for one in links] == [("Back to the course", "_top")] * ways


@pytest.mark.parametrize("name", ["error-unproven-no-way", "error-unproven-top-no-way"])
def test_who_has_no_button_at_all_is_told_where_to_begin_again(app: Flask, name: str) -> None:
    document = rendered(app, PAGES[name])

    assert primary(document) == []
    assert "go back to the course and open the link again" in text_of(document.get_element_by_id("main"))


# --- the room in short ---

STATES = [
    (brief(), "closed", "Closed", "Ready to open", "Open room", "Opens in a new tab and starts the session"),
    (brief(OPENING), "opening", "Opening", "Opening the room…", "Go to the room", "Opens in a new tab"),
    (brief(OPEN), "open", "In progress", "The session is open", "Join room", "Opens in a new tab"),
    (
        brief(teacher=False),
        "closed",
        "Closed",
        "The room isn't open yet",
        "Wait for it to open",
        "In a new tab; you get in by yourself when it opens",
    ),
    (
        brief(OPENING, teacher=False),
        "closed",
        "Closed",
        "The room isn't open yet",
        "Wait for it to open",
        "In a new tab; you get in by yourself when it opens",
    ),
    (brief(OPEN, teacher=False), "open", "In progress", "The session is open", "Join room", "Opens in a new tab"),
    (
        brief(replace(CLOSED, trouble="ELOS-UNREACHABLE")),
        "ELOS-UNREACHABLE",
        "Not answering",
        "Elos isn't answering",
        "Try now",
        "Opens in a new tab",
    ),
    (
        brief(replace(OPEN, trouble="ELOS-NO-SERVER"), teacher=False),
        "ELOS-NO-SERVER",
        "Unavailable",
        "The room can't be opened yet",
        "Try now",
        "Opens in a new tab",
    ),
]


@pytest.mark.parametrize(("page", "state", "chip", "title", "button", "hint"), STATES)
def test_the_room_in_short_shows_one_state_and_one_way_in(
    app: Flask, page: Page, state: str, chip: str, title: str, button: str, hint: str
) -> None:
    document = rendered(app, page)

    assert document.get_element_by_id("stage").get("data-shown") == state
    assert shown(document, "//*[@id='stage']//*[contains(@class, 'chip')]") == [chip]
    assert shown(document, "//h2/*") == [title]
    assert shown(document, "//main//button[contains(@class, 'btn-primary')]/span") == [button]
    assert shown(document, "//*[@id='go-hint']/*") == [hint]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("teacher", [True, False])
def test_the_words_of_every_state_are_there_to_change_places(app: Flask, teacher: bool, locale: str) -> None:
    document = rendered(app, brief(teacher=teacher), locale)

    for state in ("open", "opening", "closed", *ASKED):
        has = f"[@data-when][contains(concat(' ', @data-when, ' '), ' {state} ')]"
        for place in ("//*[@class and contains(@class, 'chip')]", "//h2/*", "//button/span", "//*[@id='go-hint']/*"):
            assert len(document.xpath(place + has)) == 1, (state, place)
        assert COURSE in document.xpath(f"//h2/*{has}/@data-title")[0]


def test_the_title_begins_with_the_state(app: Flask) -> None:
    titles = [text_of(rendered(app, brief(live)).xpath("//title")[0]) for live in (CLOSED, OPENING, OPEN)]
    assert titles == [f"{state} · {COURSE}" for state in ("Closed", "Opening", "Open")]

    document = rendered(app, brief(replace(OPEN, trouble="ELOS-REPLY")), "pt_BR")
    assert text_of(document.xpath("//title")[0]) == f"Indisponível · {COURSE}"


@pytest.mark.parametrize("code", TROUBLES)
def test_no_trouble_leaves_the_panel_without_words(app: Flask, code: str) -> None:
    assert all(shown(rendered(app, brief(replace(OPEN, trouble=code))), "//h2/*"))


def test_every_way_on_is_posted_with_the_handover_into_a_tab(app: Flask) -> None:
    enters, more = rendered(app, brief(OPEN)).xpath("//main//form")

    for form in (enters, more):
        assert (form.get("method"), form.get("target"), form.get("rel")) == ("post", "_blank", "opener")
        assert hidden_fields(form) == [("handover", HANDOVER)]
    assert enters.get("action") == f"/rooms/{ROOM}/join"
    assert more.get("action") == f"/rooms/{ROOM}"
    assert [(one.get("name"), one.get("value"), text_of(one)) for one in more.xpath(".//button")] == [
        ("to", "recordings", "Recordings"),
        ("to", "room", "The room's page"),
    ]


def test_the_room_in_short_says_who_one_is_there_and_what_may_be_recorded(app: Flask) -> None:
    moderator, other = rendered(app, brief(notice=NOTICE)), rendered(app, brief(moderates=False))

    assert text_of(moderator.xpath("//header//p")[0]) == "You moderate this room"
    assert text_of(other.xpath("//header//p")[0]) == "You take part in this room"
    assert "This class may be recorded." in text_of(other.body)
    assert moderator.xpath("//*[contains(@class, 'notice')]//p[@dir='auto']/text()") == [NOTICE]


def test_a_name_keeps_its_own_direction_and_a_nameless_room_is_a_room(app: Flask) -> None:
    assert rendered(app, brief(name=RTL_NAME)).xpath("//h1/bdi/text()") == [RTL_NAME]
    assert text_of(rendered(app, brief(name=""), "pt_BR").xpath("//h1")[0]) == "Sala"


def test_one_person_is_counted_as_one(app: Flask) -> None:
    document = rendered(app, brief(replace(OPEN, participants=1)), "pt_BR")

    [count] = document.xpath("//*[@data-people]")
    assert text_of(count) == count.get("data-one") == "1 pessoa na sala"
    assert count.get("data-many") == "{n} pessoas na sala"
