"""A newcomer's look at sessions: ``demo --classes``, from its first page to a report on the disk."""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.journeys.conftest import Person
from tests.support.demo import demo_process

_HANGS_S = 120


def test_a_visitor_gives_a_class_and_takes_its_report_home(tmp_path: Path, people: Any) -> None:
    with demo_process(tmp_path, "--classes") as demo:
        teacher: Person = people(locale="en-GB")
        page, room = teacher.page, teacher.frame
        page.goto(f"{demo.lms}/?locale=en")
        expect(page.get_by_test_id("classes")).to_contain_text("50 minutes of class pass in 50 seconds")
        page.locator("input[name=lms][value=canvas]").check()
        page.locator("input[name=who][value='mat101/teacher-1']").check()
        page.get_by_role("button", name="Enter the course").click()

        teacher.press_for_a_tab("Open room").wait_for_url(re.compile("/html5client/join"))
        room.get_by_role("link", name="Sessions", exact=True).click()
        running = room.get_by_role("row").nth(1)
        expect(running).to_contain_text("In progress")
        expect(running).to_contain_text(re.compile("[4-9] people"))  # they come while one looks

        room.get_by_role("link", name="Room", exact=True).click()
        room.get_by_text("End session", exact=True).click()
        room.get_by_role("button", name="End for everyone").click()
        expect(room.locator(".note", has_text=re.compile("Session ended at"))).to_be_visible()
        room.get_by_role("link", name="Sessions", exact=True).click()
        expect(running).to_contain_text("Ended on the room's page")
        running.get_by_role("link").first.click()
        expect(room.get_by_role("heading", name="Who was there")).to_be_visible()
        take_home = room.get_by_role("link", name="Download (CSV)")
        until = time.monotonic() + _HANGS_S
        while not take_home.count():  # Elos sends the report seconds after the end
            assert time.monotonic() < until, "no report came"
            page.wait_for_timeout(500)
            room.get_by_role("link", name="All sessions").click()
            running.get_by_role("link").first.click()
            expect(room.get_by_role("heading", name="Who was there")).to_be_visible()

        shown = room.locator("table.who tbody tr")
        names = [" ".join(one.split()) for one in shown.locator("th bdi").all_inner_texts()]
        assert {"Docente Exemplo Um", "Bruna Teixeira", "Caio Moura"} <= set(names)
        with page.expect_download() as download:
            take_home.click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        assert re.fullmatch(r"session-\d{4}-\d\d-\d\d-\d{4}\.csv", file.name)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            _, *rows = csv.reader(lines)
        assert sorted(row[0] for row in rows) == sorted(names)
