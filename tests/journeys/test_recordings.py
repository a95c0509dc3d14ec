"""A recording is found and played: by a student on a phone, and by a teacher in the LMS's frame."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Demo, Person


def plays(tab: Page, demo: Demo, kind: str) -> None:
    tab.wait_for_url(re.compile(f"^{re.escape(demo.elos)}/playback/{kind}/"))
    assert "handover" not in tab.url


def test_a_student_on_a_phone_finds_a_lesson_by_its_title_and_watches_it(demo: Demo, people: Any) -> None:
    student: Person = people(width=390, height=844, is_mobile=True, has_touch=True)
    page = student.page
    page.goto(demo.course("student-1", lms="canvas", opening="same"))
    page.get_by_test_id("open-activity").click()
    page.wait_for_url(re.compile(f"^{re.escape(demo.tool)}/rooms/"))

    page.get_by_role("navigation").get_by_role("link", name="Gravações").tap()
    expect(page.get_by_role("listitem").filter(has_text="Plantão de dúvidas")).to_have_count(0)  # for teachers
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("searchbox").fill("revisão")
    page.locator("#period").select_option("30d")
    page.get_by_role("button", name="Buscar").tap()

    expect(page.locator("li.rec")).to_have_count(1)
    assert re.search(r"q=revis.*&period=30d", page.url)
    page.get_by_role("link", name=re.compile("^Assistir: Aula 11")).tap()
    plays(page, demo, "presentation")


def test_a_teacher_in_the_frame_finds_what_is_not_published_and_plays_the_video_in_a_tab(
    demo: Demo, people: Any
) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    teacher.frame.get_by_role("link", name="Gravações", exact=True).click()
    rows = teacher.frame.locator("li.rec")

    expect(rows.filter(has_text="Plantão de dúvidas")).to_contain_text("Não publicada")
    teacher.frame.get_by_role("searchbox").fill("aula 12")
    teacher.frame.get_by_role("button", name="Buscar").click()
    expect(rows).to_have_count(1)
    with teacher.context.expect_page() as opened:
        rows.locator("form[action*='kind=video'] button").click()

    plays(opened.value, demo, "video")
