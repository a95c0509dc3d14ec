"""The product's main job, as people do it: from a click in the course into the meeting, with the right role."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Demo, Person

OPEN, WAIT, JOIN = "Abrir sala", "Aguardar abertura", "Entrar na sala"


def in_meeting(tab: Page, demo: Demo, *, role: str, name: str | re.Pattern[str]) -> None:
    """The tab shows the simulator's meeting, with this role and name."""
    tab.wait_for_url(re.compile(f"^{re.escape(demo.elos)}/html5client/join"))
    expect(tab.get_by_test_id("person-role")).to_have_text(role)
    expect(tab.get_by_test_id("person-name")).to_have_text(name)


def open_activity(course_page: Page) -> None:
    """Where the activity is not shown inside the course's page: the link that opens it."""
    course_page.get_by_test_id("open-activity").click()


@pytest.mark.parametrize("lms", ["moodle", "canvas", "brightspace", "blackboard", "sakai"])
def test_a_teacher_in_the_frame_enters_as_moderator_in_a_new_tab_and_again(demo: Demo, people: Any, lms: str) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms=lms))

    first = teacher.press_for_a_tab(OPEN)
    in_meeting(first, demo, role="Moderador(a)", name="Docente Exemplo Um")
    # The frame learns of it by itself; its button enters again, while the first tab stays.
    expect(teacher.frame.get_by_role("heading", name=re.compile("Sessão aberta às"))).to_be_visible()
    second = teacher.press_for_a_tab(JOIN)
    in_meeting(second, demo, role="Moderador(a)", name="Docente Exemplo Um")

    creates = demo.calls("create")
    assert {call["params"]["meetingID"] for call in creates} == {creates[0]["params"]["meetingID"]}
    assert creates[0]["params"]["name"] == "Cálculo Diferencial e Integral I"


def test_a_student_in_the_frame_waits_in_the_tab_and_is_let_in_by_itself(demo: Demo, people: Any) -> None:
    student: Person = people()
    student.page.goto(demo.course("student-2"))
    waiting = student.press_for_a_tab(WAIT)
    expect(waiting.get_by_role("heading", name="Aguardando a abertura da sala")).to_be_visible()
    assert demo.calls("create") == []

    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    in_meeting(teacher.press_for_a_tab(OPEN), demo, role="Moderador(a)", name="Docente Exemplo Um")

    in_meeting(waiting, demo, role="Participante", name="طالبة نموذجية")
    expect(student.frame.get_by_role("button", name=JOIN)).to_be_visible()
    expect(student.frame.get_by_text("Encerrar sessão")).to_have_count(0)


@pytest.mark.parametrize("opening", ["window", "same"])
def test_in_a_window_of_its_own_everything_stays_in_it(demo: Demo, people: Any, opening: str) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-2", course="his210", opening=opening))
    room = teacher.page
    if opening == "window":
        with teacher.context.expect_page() as opened:
            open_activity(teacher.page)
        room = opened.value
    else:
        open_activity(room)
    room.wait_for_url(re.compile(f"^{re.escape(demo.tool)}/rooms/"))

    room.get_by_role("button", name=OPEN).click()

    in_meeting(room, demo, role="Moderador(a)", name="Docente Exemplo Dois")


def test_on_a_phone_the_button_is_in_sight_without_scrolling(demo: Demo, people: Any) -> None:
    student: Person = people(width=390, height=844, is_mobile=True, has_touch=True)
    student.page.goto(demo.course("student-1", lms="canvas", opening="same"))
    open_activity(student.page)
    student.page.wait_for_url(re.compile(f"^{re.escape(demo.tool)}/rooms/"))
    button = student.page.get_by_role("button", name=WAIT)
    expect(button).to_be_in_viewport(ratio=1)
    assert student.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    button.tap()

    expect(student.page.get_by_role("heading", name="Aguardando a abertura da sala")).to_be_visible()
    assert student.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_teacher_of_another_course_gets_nothing(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="canvas", opening="same"))
    open_activity(teacher.page)
    teacher.page.wait_for_url(re.compile("/rooms/"))
    room = teacher.page.url
    teacher.page.get_by_role("button", name=OPEN).click()
    in_meeting(teacher.page, demo, role="Moderador(a)", name="Docente Exemplo Um")
    calls = len(demo.calls("end")) + len(demo.calls("create"))

    stranger: Person = people()
    stranger.page.goto(demo.course("teacher-2", lms="canvas", course="his210", opening="same"))
    open_activity(stranger.page)
    stranger.page.wait_for_url(re.compile("/rooms/"))
    for path in ("", "/recordings", "/wait", "/enter", "/status"):
        answer = stranger.page.goto(room + path)
        assert answer is not None
        assert answer.status == 401
    for path in ("/join", "/end"):
        answer_to_post = stranger.page.request.post(room + path, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer_to_post.status == 401

    assert len(demo.calls("end")) + len(demo.calls("create")) == calls


def test_ending_asks_first_and_says_what_was_done(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="brightspace"))
    tab = teacher.press_for_a_tab(OPEN)
    in_meeting(tab, demo, role="Moderador(a)", name="Docente Exemplo Um")
    end = teacher.frame.get_by_text("Encerrar sessão", exact=True)
    end.click()
    expect(teacher.frame.get_by_role("heading", name=re.compile("^Encerrar a sessão para"))).to_be_focused()
    teacher.page.keyboard.press("Escape")
    expect(end).to_be_focused()
    assert demo.calls("end") == []

    end.click()
    teacher.frame.get_by_role("button", name="Encerrar para todas as pessoas").click()

    said = teacher.frame.locator(".note", has_text=re.compile("Sessão encerrada às"))
    expect(said).to_be_focused()
    expect(teacher.frame.get_by_role("button", name=OPEN)).to_be_visible()
    assert [call["returncode"] for call in demo.calls("end")] == ["SUCCESS"]
    tab.wait_for_url(re.compile("/left"))


def test_a_recording_is_watched_from_the_frame(demo: Demo, people: Any) -> None:
    student: Person = people()
    student.page.goto(demo.course("student-3"))
    student.frame.get_by_role("link", name="Gravações", exact=True).click()
    expect(student.frame.get_by_role("heading", name="6 gravações")).to_be_visible()
    expect(student.frame.get_by_text("Plantão de dúvidas antes da prova")).to_have_count(0)

    tab = student.press_for_a_tab("Assistir: Aula 12 · Perguntas da turma")

    tab.wait_for_url(re.compile(f"^{re.escape(demo.elos)}/playback/"))


def test_leaving_leads_back(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-2", lms="canvas", course="his210"))
    tab = teacher.press_for_a_tab(OPEN)
    in_meeting(tab, demo, role="Moderador(a)", name="Docente Exemplo Dois")

    tab.get_by_test_id("leave").click()

    expect(tab.get_by_role("heading", name="Você saiu da sala")).to_be_visible()
    tab.get_by_role("button", name="Entrar de novo").click()
    in_meeting(tab, demo, role="Moderador(a)", name="Docente Exemplo Dois")
