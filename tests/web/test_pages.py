"""Every page in every state and language: it renders, keeps our rules, and says what it should to whom."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from lxml import html

from lti_elos.domain.roles import RoleName
from lti_elos.web.pages import PostForm
from tests.web.pages_app import (
    CLOSED,
    EMOJI_NAME,
    ENDED,
    LOCALES,
    LOGIN,
    NOW,
    OPEN,
    OPENING,
    RETURN,
    RTL_NAME,
    Page,
    check,
    embed,
    error,
    left,
    make_app,
    name_form,
    pages,
    recording,
    recordings,
    room,
    wait,
)
from tools.make_icons import SPRITE

PAGES = pages()


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


def rendered(app: Flask, page: Page, locale: str = "en") -> Any:
    return html.document_fromstring(page.render(app, locale))


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def main_text(app: Flask, page: Page, locale: str = "en") -> str:
    return text_of(rendered(app, page, locale).get_element_by_id("main"))


def buttons(document: Any) -> list[str]:
    return [text_of(one) for one in document.xpath("//main//*[self::button or contains(@class, 'btn')]")]


def primary(document: Any) -> list[str]:
    return [text_of(one) for one in document.xpath("//main//*[contains(concat(@class, ' '), 'btn-primary ')]")]


def name_of(control: Any) -> str:
    return str(control.get("aria-label") or "") or text_of(control)


# --- rules for all ---


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_keeps_the_rules(app: Flask, name: str, locale: str) -> None:
    source = PAGES[name].render(app, locale)
    document = html.document_fromstring(source)

    assert document.get("lang") == LOCALES[locale]
    assert len(document.xpath("//h1[not(ancestor-or-self::*[@hidden])]")) == 1
    assert text_of(document.xpath("//title")[0])
    assert len(document.xpath("//main")) == 1
    # The content security policy forbids what is inline.
    assert document.xpath("//style | //*[@style]") == []
    assert [one for one in document.iter() if any(str(key).startswith("on") for key in one.attrib)] == []
    assert [one for one in document.xpath("//script") if not one.get("src") or text_of(one)] == []
    assert document.xpath("//*[starts-with(@href, 'javascript:')]") == []
    # What can be used has a name; what is referred to is there, once.
    assert [one for one in document.xpath("//button | //a | //summary") if not name_of(one)] == []
    ids = [str(one.get("id")) for one in document.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    referred = " ".join(document.xpath("//@aria-labelledby | //@aria-describedby | //@for")).split()
    assert set(referred) <= set(ids)
    fields = document.xpath("//input[not(@type='hidden')]/@id")
    assert set(fields) <= set(document.xpath("//label/@for"))
    # A page opened from a frame can be told apart by its forms alone.
    assert [one for one in document.xpath("//form[@target='_blank']") if one.get("rel") != "opener"] == []
    assert [one for one in document.xpath("//form[@target='_blank']") if one.get("method") != "post"] == []
    # Nothing of the template language or of Python shows.
    shown = text_of(document.body)
    assert not re.search(r"%\(\w+\)s|\{\w*\}|\bNone\b|Undefined|datetime|\{\{|\}\}|\{%", shown)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_filled_button_at_most(app: Flask, name: str) -> None:
    document = rendered(app, PAGES[name])

    shown = document.xpath(
        "//main//*[contains(concat(@class, ' '), 'btn-primary ')][not(ancestor-or-self::*[@hidden])]"
    )
    assert len(shown) <= 1


@pytest.mark.parametrize("name", PAGES)
def test_icons_are_in_the_sprite(app: Flask, name: str) -> None:
    used = {href.partition("#")[2] for href in rendered(app, PAGES[name]).xpath("//use/@href")}

    held = set(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
    assert used <= held, "run: python tools/make_icons.py"


def test_the_theme_is_light_in_a_frame_and_the_system_s_at_top_level(app: Flask) -> None:
    framed, alone = rendered(app, room(CLOSED, framed=True)), rendered(app, room(CLOSED))

    assert framed.get("data-bs-theme") == "light"
    assert framed.xpath("//script[contains(@src, 'theme.js')]") == []
    assert alone.get("data-theme") == "auto"
    assert len(alone.xpath("//head/script[contains(@src, 'theme.js')][not(@type)]")) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_languages_are_offered_where_the_page_can_be_asked_for_again(app: Flask, method: str) -> None:
    document = rendered(app, error("WEB-FAULT", method=method), "pt_BR")

    links = [(one.get("href"), one.get("lang")) for one in document.xpath("//footer//a[@hreflang]")]
    assert links == ([("?lang=en", "en"), ("?lang=es", "es")] if method == "GET" else [])


# --- the room ---


@pytest.mark.parametrize(
    ("page", "title", "heading", "button"),
    [
        (room(CLOSED), "Closed", "Ready to open", "Open room"),
        (room(OPENING), "Opening", "Opening the room…", "Go to the room"),
        (room(OPEN), "Open", "Session open since 7:02 PM", "Join room"),
        (room(ENDED), "Ended", "The session ended at 7:26 PM", "Open room"),
        (room(CLOSED, teacher=False), "Closed", "The room isn't open yet", "Wait for it to open"),
        (room(OPENING, teacher=False), "Closed", "The room isn't open yet", "Wait for it to open"),
        (room(OPEN, teacher=False), "Open", "Session open since 7:02 PM", "Join room"),
        (room(ENDED, teacher=False), "Ended", "The session ended at 7:26 PM", "See recordings"),
    ],
)
def test_the_panel_says_the_state_and_has_the_way_in(
    app: Flask, page: Page, title: str, heading: str, button: str
) -> None:
    document = rendered(app, page)

    assert text_of(document.xpath("//title")[0]).startswith(f"{title} · ")
    assert text_of(document.get_element_by_id("stage-title")) == heading
    assert primary(document) == [button]


def test_the_end_of_a_session_is_shown_for_half_an_hour(app: Flask) -> None:
    just, long_ago = (replace(ENDED, ended_at=NOW - timedelta(minutes=minutes)) for minutes in (29, 30))

    assert "The session ended" in main_text(app, room(just))
    assert "It lasted" in main_text(app, room(just))
    assert "Ready to open" in main_text(app, room(long_ago))


def test_from_a_frame_what_leads_away_is_posted_with_the_handover_into_a_tab(app: Flask) -> None:
    document = rendered(app, room(OPEN, framed=True))

    entering = document.xpath("//section[@id='stage']//form[contains(@action, '/join')]")[0]
    playing = document.xpath("//form[contains(@action, '/play')]")
    assert len(playing) == 2
    for form in (entering, *playing):
        assert (form.get("method"), form.get("target"), form.get("rel")) == ("post", "_blank", "opener")
        assert form.xpath("input[@name='handover']/@value") == ["sealed-handover"]
    assert document.xpath("//a[contains(@href, '/play') or contains(@href, '/join')]") == []
    assert "Opens in a new tab" in text_of(document)
    assert document.xpath("//nav//a/@target") == [], "sections stay in the frame"


def test_at_top_level_everything_stays_in_one_window(app: Flask) -> None:
    document = rendered(app, room(OPEN))

    assert document.xpath("//*[@target]") == []
    assert document.xpath("//input[@name='handover']") == []
    assert "new tab" not in text_of(document)
    assert len(document.xpath("//a[contains(@href, '/play')]")) == 2


def test_ending_asks_first_and_works_without_script(app: Flask) -> None:
    document = rendered(app, room(OPEN, framed=True))

    ask = document.xpath("//details[@data-ask]")[0]
    assert ask.get("open") is None
    assert text_of(ask.xpath("summary")[0]) == "End session"
    form = ask.xpath(".//form")[0]
    assert (form.get("method"), form.get("action").rpartition("/")[2]) == ("post", "end")
    assert form.get("target") is None
    assert text_of(ask.xpath(".//h3")[0]) == "End the session for all 28 people?"
    assert text_of(ask.xpath(".//a")[0]) == "Keep going"
    assert rendered(app, room(OPEN, asks_to_end=True)).xpath("//details[@data-ask]/@open") == [""]


def test_only_who_may_end_is_offered_to(app: Flask) -> None:
    for page in (room(OPEN, teacher=False), room(OPEN, may_end=False), room(CLOSED), room(OPENING), room(ENDED)):
        assert rendered(app, page).xpath("//details[@data-ask]") == []


def test_counts_follow_the_language_s_plural(app: Flask) -> None:
    one = replace(OPEN, participants=1)

    assert "1 pessoa na sala" in main_text(app, room(one), "pt_BR")
    assert "28 pessoas na sala" in main_text(app, room(OPEN), "pt_BR")
    assert "¿Finalizar la sesión para 1 persona?" in main_text(app, room(one), "es")
    people = rendered(app, room(OPEN), "pt_BR").xpath("//*[@data-people]")[0]
    assert (people.get("data-one"), people.get("data-many")) == ("1 pessoa na sala", "{n} pessoas na sala")


def test_an_old_count_says_how_old_it_is(app: Flask) -> None:
    old = replace(OPEN, checked_at=NOW - timedelta(seconds=31))

    assert "28 people in the room (at 7:35 PM)" in main_text(app, room(old))
    assert "(at" not in main_text(app, room(OPEN))


@pytest.mark.parametrize("teacher", [True, False])
@pytest.mark.parametrize("code", ["ELOS-UNREACHABLE", "ELOS-REPLY", "ELOS-SECRET", "ELOS-NO-SERVER", "ELOS-ROOM-FULL"])
def test_trouble_is_said_in_place_with_its_code_and_a_way_on(app: Flask, code: str, teacher: bool) -> None:
    document = rendered(app, room(replace(CLOSED, trouble=code), teacher=teacher))

    stage = document.get_element_by_id("stage")
    assert code in text_of(stage)
    assert len(primary(document)) == 1
    assert stage.xpath(".//form/@action")[0].endswith("/join")


def test_students_are_not_told_of_limits_and_setups(app: Flask) -> None:
    limit = main_text(app, room(replace(CLOSED, trouble="ELOS-SESSIONS-LIMIT"), teacher=False))
    missing = main_text(app, room(replace(CLOSED, trouble="ELOS-NO-SERVER"), teacher=False))

    assert "Wait for it to open" in limit
    assert "limit of" not in limit
    assert "plan" not in limit
    assert "server" not in missing.replace("ELOS-NO-SERVER", "")
    assert "limit of simultaneous sessions" in main_text(app, room(replace(CLOSED, trouble="ELOS-SESSIONS-LIMIT")))


def test_a_trouble_while_open_tells_what_was_last_known(app: Flask) -> None:
    page = room(replace(OPEN, trouble="ELOS-UNREACHABLE", checked_at=NOW - timedelta(minutes=6)), teacher=False)

    assert "At 7:30 PM the session was open, with 28 people." in main_text(app, page)
    assert primary(rendered(app, page)) == ["Try now"]


@pytest.mark.parametrize(
    ("page", "title", "reason"),
    [
        (room(CLOSED), "Você modera esta sala", "O Moodle informou que sua função neste curso é docente."),
        (
            room(CLOSED, teacher=False),
            "Você participa desta sala",
            "O Moodle informou que sua função neste curso é estudante.",
        ),
        (
            room(CLOSED, teacher=False, manages=True, role=RoleName.INSTITUTION_ADMIN, lms=""),
            "Você administra esta sala",
            "O ambiente virtual do curso informou que você administra a instituição.",
        ),
        (
            room(CLOSED, teacher=False, role=RoleName.OTHER, lms="Canvas"),
            "Você participa desta sala",
            "O Canvas não informou sua função neste curso.",
        ),
    ],
)
def test_the_header_says_why_one_may_what_one_may(app: Flask, page: Page, title: str, reason: str) -> None:
    why = rendered(app, page, "pt_BR").xpath("//header//details")[0]

    assert text_of(why.xpath("summary")[0]).startswith(title)
    assert reason in text_of(why.xpath("p")[0])


@pytest.mark.parametrize("role", RoleName)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_role_has_a_sentence(app: Flask, role: RoleName, locale: str) -> None:
    document = rendered(app, room(CLOSED, teacher=False, role=role, lms=""), locale)

    sentence = text_of(document.xpath("//header//details/p")[0])
    assert sentence[0].isupper()
    assert role.value not in sentence or locale == "en"


def test_a_room_without_a_name_is_a_room(app: Flask) -> None:
    document = rendered(app, room(CLOSED, name=""), "pt_BR")

    assert text_of(document.xpath("//h1")[0]) == "Sala"
    assert text_of(document.xpath("//title")[0]) == "Fechada · Sala"


@pytest.mark.parametrize("name", [EMOJI_NAME, RTL_NAME, "<script>alert(1)</script>", "%(x)s {y} &amp;", "A" * 250])
def test_names_are_text_and_keep_their_own_direction(app: Flask, name: str) -> None:
    document = rendered(app, room(OPEN, name=name, recent=(recording(name=name),)))

    heading = document.xpath("//h1")[0]
    assert heading.text_content() == name
    assert heading.xpath("bdi"), "its direction is its own"
    assert document.xpath("//bdi[contains(@class, 'item-t')]")[0].text_content() == name
    assert document.xpath("//a[contains(@class, 'play')]/@aria-label") == [f"Watch: {name}"]


def test_what_was_just_done_is_said_on_top(app: Flask) -> None:
    assert "Session ended at 7:26 PM." in main_text(app, room(ENDED, note="ended"))
    assert "Session ended." in main_text(app, room(CLOSED, note="ended"))


# --- before a meeting ---


@pytest.mark.parametrize(
    ("page", "button", "secondary"),
    [
        (name_form(), "Enter", "Enter without a name"),
        (name_form(to="embed"), "Enter", "Enter without a name"),
        (name_form(to="room", name="Maria"), "Save", "Go without a name"),
    ],
)
def test_the_name_page_asks_one_question_and_takes_none_for_an_answer(
    app: Flask, page: Page, button: str, secondary: str
) -> None:
    document = rendered(app, page)

    assert text_of(document.xpath("//h1/label[@for='name']")[0]) == "What name do you want to use?"
    assert [text_of(one) for one in document.xpath("//main//form//button")] == [button, secondary]
    assert primary(document) == [button]
    assert document.xpath("//main//button[@name='without']/@value") == ["1"]
    assert document.get_element_by_id("name").get("aria-describedby") == "name-hint"


def test_the_name_page_says_who_sees_it_and_how_long_it_is_kept(app: Flask) -> None:
    kept, brief = main_text(app, name_form()), main_text(app, name_form(is_kept=False, lms=""))

    assert "Moodle does not tell this site your name." in kept
    assert "“(unverified)”" in kept
    assert "kept for the next times too, until Moodle tells us your name" in kept
    assert "Your course's platform does not tell" in brief
    assert "kept for this access only, and erased within a day" in brief


@pytest.mark.parametrize(
    ("problem", "message"), [("empty", "Write a name, or go on without one"), ("long", "Use 60 characters at most")]
)
def test_what_is_wrong_with_a_name_is_said_on_top_and_under_the_field(app: Flask, problem: str, message: str) -> None:
    document = rendered(app, name_form(problem=problem, name="<b>Maria</b>"))

    field = document.get_element_by_id("name")
    assert text_of(document.xpath("//title")[0]) == f"Error: {message}"
    assert text_of(document.xpath("//*[@role='alert'][@data-focus]//a[@href='#name']")[0]) == message
    assert text_of(document.get_element_by_id("name-problem")) == message
    assert (field.get("aria-invalid"), field.get("aria-describedby")) == ("true", "name-hint name-problem")
    assert field.get("value") == "<b>Maria</b>"


@pytest.mark.parametrize(
    "page", [room(CLOSED, notice=RTL_NAME), room(OPEN, teacher=False, notice=RTL_NAME), wait(notice=RTL_NAME)]
)
def test_it_is_said_before_a_meeting_that_it_may_be_recorded(app: Flask, page: Page) -> None:
    notice = rendered(app, page).xpath("//*[@class='notice']")[0]

    assert [(text_of(one), one.get("dir")) for one in notice.xpath(".//p")] == [
        ("This class may be recorded.", None),
        (RTL_NAME, "auto"),
    ]


def test_who_chose_a_name_can_change_it(app: Flask) -> None:
    document = rendered(app, room(CLOSED, called=EMOJI_NAME))

    assert f"You are called {EMOJI_NAME} here. Change the name" in main_text(app, room(CLOSED, called=EMOJI_NAME))
    assert len(document.xpath("//main//a[contains(@href, '/name?to=room')]")) == 1
    assert rendered(app, room(CLOSED)).xpath("//a[contains(@href, '/name')]") == []


def test_the_check_begins_with_a_press_and_says_that_nothing_is_sent(app: Flask) -> None:
    document = rendered(app, check())

    assert "Nothing is sent anywhere" in text_of(document.get_element_by_id("main"))
    assert "needs JavaScript" in document.xpath("//noscript")[0].text_content()
    # Without script there is nothing to press, and with it nothing but the start.
    assert document.xpath("//button[not(ancestor-or-self::*[@hidden])]") == []
    assert document.xpath("//form") == []


def test_from_a_frame_the_check_can_be_opened_in_a_tab(app: Flask) -> None:
    form = rendered(app, check(framed=True)).xpath("//form[@target='_blank']")[0]

    assert {one.get("name"): one.get("value") for one in form.xpath("input")} == {
        "handover": "sealed-handover",
        "to": "check",
    }


def test_the_waiting_page_opens_the_check_beside_itself(app: Flask) -> None:
    link = rendered(app, wait()).xpath("//main//a[contains(@href, '/check')]")[0]

    assert link.get("target") == "_blank"
    assert rendered(app, wait(framed=True)).xpath("//a[contains(@href, '/check')]") == [], "no cookie in that tab"


# --- a course with several rooms ---


def test_the_picker_is_a_folded_list_of_links_that_marks_where_one_is_and_what_runs(app: Flask) -> None:
    [picker] = rendered(app, PAGES["room-group-student"]).xpath("//header//details[.//ul]")

    assert picker.get("open") is None
    assert text_of(picker.xpath("summary")[0]) == "Choose another room"
    links = [(text_of(one), one.get("aria-current")) for one in picker.xpath(".//a")]
    assert links == [("Grupo 7", "page"), ("Grupo 9 In progress", None), ("Grupo 10", None)]
    assert picker.xpath(".//select") == []


@pytest.mark.parametrize("name", ["room-teacher-closed", "room-group-named", "room-group-none-yet"])
def test_without_another_room_there_is_no_picker(app: Flask, name: str) -> None:
    assert "Choose another room" not in text_of(rendered(app, PAGES[name]).body)


def test_the_picker_is_above_every_section_of_the_room(app: Flask) -> None:
    for name in ("room-group-teacher", "recordings-group"):
        assert len(rendered(app, PAGES[name]).xpath("//header//ul//a")) == 3, name


def test_naming_a_group_is_a_form_that_says_what_is_wrong_where_it_is_wrong(app: Flask) -> None:
    fine, refused = (rendered(app, PAGES[name]) for name in ("room-group-teacher", "room-group-name-refused"))

    for document, is_open in ((fine, False), (refused, True)):
        [form] = document.xpath("//form[contains(@action, '/rename')]")
        assert (form.get("method"), form.get("target")) == ("post", None)
        assert (form.getparent().get("open") is not None) == is_open
    [field] = refused.xpath("//input[@name='name']")
    assert field.get("value").startswith("“<x>” ")
    assert field.get("aria-invalid") == "true"
    wrong, _ = field.get("aria-describedby").split()
    assert "2 to 250" in text_of(refused.get_element_by_id(wrong))
    assert text_of(refused.xpath("//title")[0]).startswith("Error: ")
    assert refused.xpath("//*[@role='alert']")
    assert fine.xpath("//*[@role='alert'] | //*[@aria-invalid]") == []


def test_students_are_offered_no_naming(app: Flask) -> None:
    assert rendered(app, PAGES["room-group-student"]).xpath("//form[contains(@action, '/rename')]") == []


def test_managers_are_told_where_the_groups_are_before_there_are_any(app: Flask) -> None:
    assert "once somebody of the group has opened the link" in main_text(app, PAGES["room-group-none-yet"])


# --- waiting and leaving ---


def test_waiting_works_without_script_by_coming_back_alone(app: Flask) -> None:
    source = wait().render(app, "en")

    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in source
    assert "http-equiv" not in room(CLOSED).render(app, "en")


def test_waiting_calls_people_by_the_name_they_gave(app: Flask) -> None:
    document = rendered(app, wait(first_name="Zoë <b>"), "pt_BR")

    assert "Deixe esta aba aberta, Zoë <b>. Quando a sala abrir" in text_of(document)
    assert document.xpath("//bdi/text()") == ["Zoë <b>"]
    assert "Deixe esta aba aberta. Quando a sala abrir" in main_text(app, wait(first_name=""), "pt_BR")


def test_the_way_in_shows_when_the_room_is_open(app: Flask) -> None:
    document = rendered(app, wait())

    hidden = document.xpath("//*[@data-when='open'][.//a]")[0]
    assert hidden.get("hidden") is not None
    assert hidden.xpath(".//a/@href")[0].endswith("/enter")
    assert document.get_element_by_id("watch").get("data-open-title").startswith("Open · ")


def test_waiting_tells_students_what_is_the_matter(app: Flask) -> None:
    full = main_text(app, wait(replace(CLOSED, trouble="ELOS-SESSIONS-LIMIT")))
    fine = rendered(app, wait()).get_element_by_id("trouble")

    assert "Many sessions are running right now." in full
    assert "plan" not in full
    assert (fine.get("hidden"), fine.get("data-trouble")) == ("", "")


def test_leaving_offers_to_join_again_to_who_is_known(app: Flask) -> None:
    known, unknown = rendered(app, left()), rendered(app, left(known=False))

    assert primary(known) == ["Join again"]
    assert primary(unknown) == []
    assert "You can close this tab." in text_of(unknown)


def test_a_refused_join_is_said_in_our_words_and_tried_again_where_that_is_promised(app: Flask) -> None:
    full, denied = rendered(app, left("ELOS-ROOM-FULL")), rendered(app, left("ELOS-DENIED"))

    assert "Keep this tab open; you get in when there is a place." in text_of(full)
    assert full.xpath("//form/@data-retry-s") == ["30"]
    assert full.xpath("//script[contains(@src, 'retry.js')]")
    assert "You weren't let in" in text_of(denied)
    assert denied.xpath("//form/@data-retry-s") == []


def test_who_opens_the_room_has_it_opened_anew_by_itself(app: Flask) -> None:
    page = rendered(app, left("ELOS-NEW-SESSION", teacher=True, reopens=True))

    assert page.xpath("//form/@data-retry-s") == ["1"]
    assert primary(page) == ["Join again"]


def test_who_is_not_known_is_promised_nothing(app: Flask) -> None:
    text = main_text(app, left("ELOS-ROOM-FULL", known=False))

    assert "Keep this tab open" not in text
    assert "Go back to the course and open the link again." in text


# --- recordings ---


def test_a_recording_plays_its_presentation_first(app: Flask) -> None:
    links = rendered(app, recordings((recording(),))).xpath("//main//a[contains(@href, '/play')]/@href")

    kinds = [link.partition("kind=")[2] for link in links]
    assert kinds == ["presentation", "presentation", "video"], "its title, and two buttons"


def test_students_see_no_steps_chips_and_dates_of_what_others_manage(app: Flask) -> None:
    page = PAGES["recordings-student"]
    document = rendered(app, page)

    assert document.xpath("//main//*[contains(@class, 'chip')] | //main//ol") == []
    assert "expires" not in main_text(app, page)
    assert "Watch" in buttons(document)


def test_a_recordings_way_is_told_in_steps(app: Flask) -> None:
    document = rendered(app, PAGES["recordings-states"])
    rows = [text_of(one) for one in document.xpath("//li[@class='rec']")]
    current = [text_of(one) for one in document.xpath("//li[@aria-current='step']")]

    assert "Processing since 6:02 PM" in current
    assert "Processing failed, Nov 14, 6:02 PM" in current
    assert "Published usually by 10:36 PM" in text_of(document)
    assert len([row for row in rows if "Nobody started recording in this session." in row]) == 1
    assert len([row for row in rows if "No recording so far" in row]) == 1
    assert len([row for row in rows if "expires in 4 days" in row]) == 1
    assert len([row for row in rows if "expires within a day" in row]) == 1
    assert len([row for row in rows if "expires on May 6, 2027" in row]) == 1
    assert len([row for row in rows if "Still being processed: video." in row]) == 1
    assert len([row for row in rows if "Could not be processed: video." in row]) == 1


def test_a_list_that_was_never_fetched_says_so(app: Flask) -> None:
    assert "The list is being fetched from Elos" in main_text(app, PAGES["recordings-awaited"])
    assert "More than 1,000 recordings" in main_text(app, PAGES["recordings-more"])
    assert "2 recordings found" in main_text(app, PAGES["recordings-narrowed"])
    assert "No recording found" in main_text(app, PAGES["recordings-nothing-narrowed"])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("processing", "Processing"),
        ("processed", "Ready, not published"),
        ("unpublished", "Not published"),
    ],
)
def test_what_cannot_be_watched_says_why(app: Flask, state: str, words: str) -> None:
    document = rendered(app, recordings((recording(state=state),)))

    assert words in text_of(document)
    assert document.xpath("//main//a[contains(@href, '/play')]") == []


def test_a_recording_without_a_name_is_named_after_its_day(app: Flask) -> None:
    item = recording(name="", started_at=NOW - timedelta(days=14))

    assert "Sessão de 3 de novembro" in main_text(app, recordings((item,)), "pt_BR")


def test_a_row_says_day_length_and_people(app: Flask) -> None:
    item = recording(started_at=NOW - timedelta(days=5, minutes=35))

    text = main_text(app, recordings((item,)), "pt_BR")
    assert "quinta, 12 de novembro, 19h01 · 1 h 41 min · 29 pessoas" in text


def test_the_list_can_be_searched_paged_and_found_empty(app: Flask) -> None:
    paged = rendered(app, PAGES["recordings-pages"])
    nothing = rendered(app, PAGES["recordings-nothing-found"])
    empty = rendered(app, PAGES["recordings-none"])

    assert [text_of(one) for one in paged.xpath("//nav[@aria-label='Pages']//a")] == ["Newer", "Older"]
    assert "List from 7:10 PM; Elos isn't answering now." in text_of(paged)
    assert "Nothing found for “taylor <b>”" in text_of(nothing)
    assert nothing.get_element_by_id("q").get("value") == "taylor <b>"
    assert "No recordings yet" in text_of(empty)
    assert empty.xpath("//form[@role='search']") == [], "nothing to search"
    assert "press the recording button" not in main_text(app, PAGES["recordings-none-student"])


# --- errors ---


def test_an_error_has_its_four_parts(app: Flask) -> None:
    document = rendered(app, error("LTI-TOKEN-TIME", return_url=RETURN), "pt_BR")
    text = text_of(document.get_element_by_id("main"))

    assert text_of(document.xpath("//title")[0]) == "Erro: Este acesso passou da validade"
    assert text_of(document.xpath("//h1")[0]) == "Este acesso passou da validade"
    assert "Volte ao curso e abra o link de novo." in text
    assert "quando o relógio do Moodle está errado." in text
    for part in ("LTI-TOKEN-TIME", "7Q4M-2XKD", "terça, 17 de novembro, 19h36 (Horário de Brasília)"):
        assert part in text
    assert document.xpath("//a[text()[contains(., 'Voltar ao curso')]]/@target") == ["_top"]


def test_the_first_way_on_is_the_filled_one(app: Flask) -> None:
    carry_on, retry = PostForm("/x", (("replace", "1"),)), PostForm("/y")

    assert primary(rendered(app, error("WEB-OTHER-PERSON", carry_on=carry_on))) == [
        "Continue as whoever is in Moodle now"
    ]
    assert primary(rendered(app, error("ELOS-REPLY", retry=retry, room_url="/rooms/1"))) == ["Try now"]
    assert primary(rendered(app, error("WEB-NOT-ALLOWED", room_url="/rooms/1", return_url=RETURN))) == [
        "Back to the room"
    ]
    assert primary(rendered(app, error("LTI-REPLAYED", return_url=RETURN))) == ["Back to the course"]


def test_who_has_no_button_is_told_to_close_the_tab_unless_the_suggestion_says_where_to_go(app: Flask) -> None:
    assert "Close this tab and go back to the course." in main_text(app, error("LTI-PLATFORM-UNKNOWN"))
    assert main_text(app, error("LTI-REPLAYED")).count("back to the course") == 1


def test_fields_are_sent_again_unchanged(app: Flask) -> None:
    form = PostForm("/join", (("handover", 'a"b<c'), ("replace", "1")))

    sent = rendered(app, error("WEB-OTHER-PERSON", carry_on=form)).xpath("//main//form/input")
    assert [(one.get("name"), one.get("value")) for one in sent] == [("handover", 'a"b<c'), ("replace", "1")]


def test_a_retry_is_announced_to_who_has_script(app: Flask) -> None:
    document = rendered(app, error("ELOS-UNREACHABLE", retry=PostForm("/join"), retry_s=10))

    note = document.xpath("//*[@data-retry-note]")[0]
    assert note.get("hidden") is not None
    assert text_of(note) == "We try again every 10 seconds while this page is open."
    assert document.xpath("//form/@data-retry-s") == ["10"]


@pytest.mark.parametrize(("method", "reloads"), [("GET", ["15"]), ("POST", [])])
def test_only_what_was_asked_for_is_asked_for_again(app: Flask, method: str, reloads: list[str]) -> None:
    document = rendered(app, error("WEB-NOT-READY", method=method))

    assert document.xpath("//a/@data-retry-s") == reloads


def test_without_cookies_there_is_one_button(app: Flask) -> None:
    document = rendered(app, error("LTI-UNPROVEN", open_window=LOGIN, framed=True))

    form = document.xpath("//main//form")[0]
    assert primary(document) == ["Open the room in a new window"]
    assert (form.get("action"), form.get("target"), form.get("rel")) == ("/lti/login", "_blank", "opener")
    assert [(one.get("name"), one.get("value")) for one in form.xpath("input")] == list(LOGIN.fields)
    assert text_of(document.xpath("//details/summary")[0]) == "I'd rather use it inside the course"
    assert "LTI-UNPROVEN" in text_of(document)


def test_without_cookies_and_without_a_window_the_page_promises_no_button(app: Flask) -> None:
    text = main_text(app, error("LTI-UNPROVEN", return_url=RETURN, framed=True))

    assert "button" not in text
    assert "Allow cookies of this site" in text
    assert "Back to the course" in text
    assert "Whoever teaches the course" in text


def test_a_window_that_keeps_no_cookies_is_told_of_no_further_window(app: Flask) -> None:
    document = rendered(app, PAGES["error-unproven-top"])

    assert text_of(document.xpath("//h1")[0]) == "Your browser keeps no cookies of this site"
    assert text_of(document.xpath("//title")[0]) == "Your browser keeps no cookies of this site"
    assert "new window" not in text_of(document.get_element_by_id("main"))
    assert primary(document) == ["Back to the course"]
    assert document.xpath("//main//a/@target") == ["_top"]


def test_support_is_the_institution_s_where_the_lms_is_unknown(app: Flask) -> None:
    assert "send this to Moodle support" in main_text(app, error("WEB-FAULT"))
    assert "send this to your institution's support" in main_text(app, error("WEB-FAULT", lms=""))


# --- the meeting inside the page ---


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("room-")])
def test_it_is_offered_in_frames_behind_a_script(app: Flask, name: str) -> None:
    document = rendered(app, PAGES[name])

    offers = document.xpath("//*[@data-here]")
    is_shown = PAGES[name].framed
    assert len(offers) == int(is_shown)
    assert all(one.get("hidden") is not None for one in offers)
    if is_shown:
        assert buttons(document).count("Use it on this page") == 1
        assert len(primary(document)) == 1, "the new tab's, until the script says otherwise"


def test_only_who_presents_is_told_of_the_screen(app: Flask) -> None:
    sentence = "The screen can't be shared here."

    assert sentence in main_text(app, room(CLOSED, framed=True))
    assert sentence not in main_text(app, room(CLOSED, teacher=False, framed=True))
    assert sentence in main_text(app, embed())
    assert sentence not in main_text(app, embed(teacher=False))


def test_what_the_lms_withholds_is_said_with_the_way_on_first(app: Flask) -> None:
    document = rendered(app, embed())

    note = document.xpath("//*[@data-refused='microphone']")[0]
    assert "Moodle doesn't let this page use the microphone." in text_of(note)
    assert primary(note.getroottree()) == ["Open in a new tab"] * 2, "of which one is shown at most"
    assert note.xpath(".//form/input/@name") == ["handover"]
    assert "Your course's platform doesn't let this page use" in main_text(app, embed(lms=""))


@pytest.mark.parametrize(
    ("page", "hint"),
    [
        (room(CLOSED, framed=True), "Starts the session here"),
        (room(OPENING, framed=True), ""),
        (room(OPEN, framed=True), ""),
        (room(CLOSED, teacher=False, framed=True), "You get in by yourself when it opens"),
        (room(OPEN, teacher=False, framed=True), ""),
    ],
)
def test_the_offer_says_what_it_starts(app: Flask, page: Page, hint: str) -> None:
    document = rendered(app, page)

    button = document.xpath("//*[@data-here]//button")[0]
    told = " ".join(text_of(document.get_element_by_id(one)) for one in (button.get("aria-describedby") or "").split())
    assert told == hint


def test_what_may_not_be_framed_opens_outside_the_frame(app: Flask) -> None:
    target = "//footer//a[contains(@href, 'privacy')]/@target"

    assert rendered(app, room(CLOSED, framed=True)).xpath(target) == ["_blank"]
    assert rendered(app, room(CLOSED)).xpath(target) == []


def test_in_the_frame_it_is_the_page_that_stays_open(app: Flask) -> None:
    text = main_text(app, wait(first_name="Zoë", framed=True))

    assert "Keep this page open, Zoë. When the room opens" in text
    assert "this tab" not in text
    assert "Keep this page open. When" in main_text(app, wait(first_name="", framed=True))


def test_in_the_frame_nobody_is_told_to_close_the_tab(app: Flask) -> None:
    assert "close this tab" not in main_text(app, left(framed=True))
    assert rendered(app, left("ELOS-DENIED")).xpath("//*[@data-problem]")
    assert not rendered(app, left()).xpath("//*[@data-problem]")
