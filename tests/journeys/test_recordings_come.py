"""A class is recorded in the demo: some seconds after its end the recording is in the course's list, and plays."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_first_class import OPEN, in_meeting

RECORDED = {"lms": "brightspace", "course": "his210"}
"""A room whose list no other journey counts."""


def newest(person: Person) -> Locator:
    """The list's first recording."""
    return person.frame.get_by_role("main").get_by_role("listitem").first


def see_it_come(person: Person) -> None:
    """Somebody who comes back to the list now and then."""
    person.frame.get_by_role("link", name="Gravações", exact=True).click()
    title = newest(person).get_by_role("button", name=re.compile("^Assistir: História")).first
    for _ in range(30):
        expect(newest(person)).to_be_visible()
        if title.count():
            return
        person.page.wait_for_timeout(1000)
        person.frame.get_by_role("link", name="Gravações", exact=True).click()
    raise AssertionError("the recording did not come")


def test_a_class_is_recorded_and_some_seconds_later_it_plays(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-2", **RECORDED))
    tab = teacher.press_for_a_tab(OPEN)
    in_meeting(tab, demo, role="Moderador(a)", name="Docente Exemplo Dois")
    tab.get_by_role("button", name="Iniciar gravação").click()
    expect(tab.get_by_test_id("recording-state")).to_have_text("Gravando")

    tab.get_by_role("button", name="Encerrar sessão").click()

    tab.wait_for_url(re.compile("/left"))
    see_it_come(teacher)
    playing = teacher.press_for_a_tab(re.compile("^Assistir: História"))
    playing.wait_for_url(re.compile(f"^{re.escape(demo.elos)}/playback/"))
    expect(playing.get_by_test_id("recording-name")).to_contain_text("História")
    expect(playing.get_by_text("Obrigada! Perguntas?")).to_be_hidden()
    playing.get_by_role("button", name=re.compile("^Slide ")).last.click()
    expect(playing.get_by_text("Obrigada! Perguntas?")).to_be_visible()

    student: Person = people()
    student.page.goto(demo.course("student-2", **RECORDED))
    see_it_come(student)
