"""A teacher changes recordings inside the LMS's frame: by keyboard, with the focus where it makes sense."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.journeys.conftest import Demo, Person


def test_a_teacher_takes_down_deletes_and_brings_back_a_recording(demo: Demo, people: Any) -> None:
    teacher: Person = people(width=390)
    teacher.page.goto(demo.course("teacher-1", lms="sakai", course="mat101", locale="en"))
    frame, keyboard = teacher.frame, teacher.page.keyboard
    frame.get_by_role("link", name="Recordings", exact=True).click()
    row = frame.get_by_role("listitem").filter(has_text="Aula 11").first
    menu = row.get_by_label(re.compile("^Options: Aula 11"))
    note, entry = frame.locator(".note"), row.locator("details.menu")

    menu.press("Enter")
    expect(entry).to_have_attribute("open", "")
    keyboard.press("Tab")
    expect(row.get_by_role("link", name="Rename and describe")).to_be_focused()
    keyboard.press("Escape")
    expect(entry).not_to_have_attribute("open", "")
    expect(menu).to_be_focused()

    menu.press("Enter")
    row.get_by_role("button", name="Unpublish").click()
    expect(note).to_contain_text("Aula 11 · Revisão: not published any more")
    expect(note).to_be_focused()
    menu.click()
    row.get_by_role("button", name="Publish").click()
    expect(note).to_contain_text("Aula 11 · Revisão: published")

    menu.click()
    row.get_by_role("link", name="Delete…").click()
    expect(row.get_by_role("heading", name=re.compile("Delete “Aula 11"))).to_be_focused()
    row.get_by_role("link", name="Keep").click()
    expect(menu).to_be_focused()
    menu.click()
    row.get_by_role("link", name="Delete…").click()
    row.get_by_role("button", name="Delete recording").click()
    expect(note).to_contain_text("offline now")
    expect(row).to_contain_text("Will be deleted on")
    row.get_by_role("button", name=re.compile("^Undo: Aula 11")).click()
    expect(note).to_contain_text("back as before")

    frame.get_by_role("link", name="Select several").click()
    boxes = frame.get_by_role("checkbox")
    boxes.first.check()
    boxes.last.check()
    frame.get_by_role("button", name="Teachers only").click()
    expect(note).to_contain_text("teachers only now")
    frame.get_by_role("link", name="Who did what").click()
    lines = frame.get_by_role("row")
    expect(lines.nth(1)).to_contain_text("Changed who can see it: Teachers only")
    expect(lines.nth(3)).to_contain_text("Deletion undone")
