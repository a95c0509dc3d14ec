"""Somebody whose name the LMS withholds: asked once on the way in, from the frame, and then called so."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_first_class import JOIN, OPEN, WAIT, in_meeting

CALLED = "Maria Aparecida (não verificado)"


def test_the_name_is_asked_for_once_and_leads_on_by_itself(demo: Demo, people: Any) -> None:
    nobody: Person = people()
    nobody.page.goto(demo.course("student-3"))
    tab = nobody.press_for_a_tab(WAIT)
    tab.wait_for_url(re.compile("/name$"))

    # An empty answer is explained, with the focus there.
    tab.locator("#name").press("Enter")
    expect(tab.get_by_role("alert")).to_be_focused()
    expect(tab).to_have_title(re.compile("^Erro: "))
    assert tab.locator("#name").get_attribute("aria-invalid") == "true"

    tab.locator("#name").fill("  Maria   Aparecida ")
    tab.locator("#name").press("Enter")
    expect(tab.get_by_role("heading", name="Aguardando a abertura da sala")).to_be_visible()

    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    in_meeting(teacher.press_for_a_tab(OPEN), demo, role="Moderador(a)", name="Docente Exemplo Um")
    in_meeting(tab, demo, role="Participante", name=CALLED)

    # Never again: neither in another tab, nor in another browser.
    in_meeting(nobody.press_for_a_tab(JOIN), demo, role="Participante", name=CALLED)
    elsewhere: Person = people()
    elsewhere.page.goto(demo.course("student-3"))
    in_meeting(elsewhere.press_for_a_tab(JOIN), demo, role="Participante", name=CALLED)

    # The room's page, in the frame, offers to change it, and stays in the frame.
    expect(elsewhere.frame.get_by_text(CALLED)).to_be_visible()
    elsewhere.frame.locator(".before a[href*='/name']").click()
    expect(elsewhere.frame.locator("#name")).to_have_value("Maria Aparecida")
    elsewhere.frame.locator("#name").fill("Mar")
    elsewhere.frame.locator("main .btn-primary").click()
    expect(elsewhere.frame.get_by_text("Mar (não verificado)")).to_be_visible()
    expect(elsewhere.frame.get_by_role("button", name=JOIN)).to_be_visible()


def test_who_would_rather_have_no_name_enters_without_one(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="canvas"))
    in_meeting(teacher.press_for_a_tab(OPEN), demo, role="Moderador(a)", name="Docente Exemplo Um")
    nobody: Person = people(width=390, height=844)
    nobody.page.goto(demo.course("student-3", lms="canvas"))
    tab = nobody.press_for_a_tab(JOIN)
    tab.wait_for_url(re.compile("/name$"))

    tab.locator("button[name=without]").click()

    in_meeting(tab, demo, role="Participante", name=re.compile("^Participante [0-9A-F]{4}$"))
    elsewhere: Person = people()
    elsewhere.page.goto(demo.course("student-3", lms="canvas"))
    in_meeting(
        elsewhere.press_for_a_tab(JOIN), demo, role="Participante", name=re.compile("^Participante [0-9A-F]{4}$")
    )
