"""The history of a room, as its teacher finds it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.journeys.conftest import Demo, Person


def test_a_teacher_opens_ends_and_finds_the_session_in_the_list(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="canvas", course="mat101", locale="en"))
    tab = teacher.press_for_a_tab("Open room")
    tab.wait_for_url(re.compile("/html5client/join"))
    expect(teacher.frame.get_by_role("heading", name=re.compile("Session open since"))).to_be_visible()
    teacher.frame.get_by_role("link", name="Sessions", exact=True).click()
    running = teacher.frame.get_by_role("row").nth(1)
    expect(running).to_contain_text("In progress")
    expect(running).to_contain_text("1 person")
    again = teacher.press_for_a_tab("See it live")
    again.wait_for_url(re.compile("/html5client/join"))
    expect(running).to_contain_text("2 people")  # the page was not loaded anew

    colleague: Person = people()
    colleague.page.goto(demo.course("teacher-1", lms="canvas", course="mat101", locale="en"))
    colleague.frame.get_by_text("End session", exact=True).click()
    colleague.frame.get_by_role("button", name="End for everyone").click()
    expect(running).to_contain_text("Ended on the room's page")
    expect(teacher.frame.get_by_role("button", name="See it live")).to_have_count(0)
    colleague.press_for_a_tab("Open room").wait_for_url(re.compile("/html5client/join"))
    expect(running).to_contain_text("In progress")

    teacher.frame.get_by_role("link", name="Room", exact=True).click()
    teacher.frame.get_by_text("End session", exact=True).click()
    teacher.frame.get_by_role("button", name="End for everyone").click()
    expect(teacher.frame.locator(".note", has_text=re.compile("Session ended at"))).to_be_visible()
    last = teacher.frame.get_by_role("region", name="Last sessions")
    expect(last.get_by_role("listitem").first).to_contain_text("Ended on the room's page")
    last.get_by_role("link", name="See all sessions").click()

    row = teacher.frame.get_by_role("row").nth(1)
    expect(row).to_contain_text("Ended on the room's page")
    expect(row.get_by_role("cell").first).to_contain_text("Docente Exemplo Um")

    teacher.frame.get_by_role("searchbox").fill("nobody of that name")
    teacher.frame.get_by_role("button", name="Search").click()
    expect(teacher.frame.get_by_role("heading", name="No session found")).to_be_visible()
    teacher.frame.get_by_role("link", name="Clear the search").click()
    expect(teacher.frame.get_by_role("searchbox")).to_have_value("")  # the page that is left has a form too
    teacher.frame.get_by_role("combobox", name="Month").select_option(index=1)
    teacher.frame.get_by_role("button", name="Search").click()
    expect(teacher.frame.get_by_role("heading", name=re.compile(r"^\d+ sessions? found$"))).to_be_visible()

    student: Person = people()
    student.page.goto(demo.course("student-1", lms="canvas", course="mat101", locale="en"))
    expect(student.frame.get_by_role("link", name="Recordings", exact=True)).to_be_visible()
    expect(student.frame.get_by_role("link", name="Sessions", exact=True)).to_have_count(0)
