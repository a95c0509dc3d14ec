"""Courses with several rooms: a room for each group, or for each teacher."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, expect

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_first_class import JOIN, OPEN, WAIT


def in_course(people: Any, demo: Demo, who: str, resource: str, *, lms: str = "moodle") -> Person:
    person: Person = people()
    person.page.goto(demo.course(who, resource=resource, lms=lms))
    return person


def pick(frame: FrameLocator, name: str) -> None:
    frame.get_by_text("Escolher outra sala").click()
    frame.get_by_role("link", name=name).click()


def test_each_group_meets_in_its_own_room(demo: Demo, people: Any) -> None:
    in_both = in_course(people, demo, "student-2", "groups")
    expect(in_both.frame.get_by_role("heading", name="Grupo 31", level=1)).to_be_visible()
    in_one = in_course(people, demo, "student-1", "groups")
    expect(in_one.frame.get_by_role("heading", name="Grupo 31", level=1)).to_be_visible()
    expect(in_one.frame.get_by_text("Grupo 32")).to_have_count(0)

    teacher = in_course(people, demo, "teacher-1", "groups")
    pick(teacher.frame, "Grupo 32")
    expect(teacher.frame.get_by_role("heading", name="Grupo 32", level=1)).to_be_visible()
    teacher.press_for_a_tab(OPEN).get_by_test_id("person-role").wait_for()

    [created] = demo.calls("create")
    assert created["params"]["name"] == "Cálculo Diferencial e Integral I – Grupo 32"
    expect(in_one.frame.get_by_role("button", name=WAIT)).to_be_visible()
    pick(in_both.frame, "Grupo 32")
    tab = in_both.press_for_a_tab(JOIN)
    expect(tab.get_by_test_id("person-role")).to_have_text("Participante")


def test_who_is_in_no_group_is_told_so_with_a_way_back(demo: Demo, people: Any) -> None:
    nobody = in_course(people, demo, "student-3", "groups")

    expect(nobody.frame.get_by_role("heading", name="Você ainda não está em um grupo deste curso")).to_be_visible()
    expect(nobody.frame.get_by_role("link", name="Voltar ao curso")).to_be_visible()


@pytest.mark.parametrize("lms", ["moodle", "canvas"])
def test_each_teacher_has_a_room_and_students_choose(demo: Demo, people: Any, lms: str) -> None:
    for teacher in ("teacher-1", "teacher-3"):
        expect(
            in_course(people, demo, teacher, "teachers", lms=lms).frame.get_by_role("button", name=OPEN)
        ).to_be_visible()

    student = in_course(people, demo, "student-1", "teachers", lms=lms)
    for name in ("Docente Exemplo Um", "Docente Exemplo Três"):
        pick(student.frame, name)
        expect(student.frame.get_by_role("heading", name=name, level=1)).to_be_visible()
