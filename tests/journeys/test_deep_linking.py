"""A teacher chooses in the LMS which room a link opens; the link stands in the course, and leads a student there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, expect
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_first_class import OPEN, WAIT
from tests.journeys.test_frames_without_cookies import OPEN_WINDOW
from tests.support.webkit import WebKitPerson

FACES = ["moodle", "canvas", "brightspace", "sakai"]
SELECT = "&message=deep-linking"
COURSE = "Cálculo Diferencial e Integral I"


def selecting(people: Any, demo: Demo, lms: str, who: str = "teacher-1", **more: Any) -> tuple[Person, FrameLocator]:
    """In front of the picker, as the LMS opens it."""
    teacher: Person = people(**more)
    teacher.page.goto(demo.course(who, lms=lms))
    teacher.page.get_by_test_id("select-content").click()
    expect(teacher.frame.locator("#picker")).to_be_visible()
    return teacher, teacher.frame


def opened(person: Person, title: str) -> FrameLocator:
    """The course's page with an activity of this title, which is opened."""
    person.page.locator("nav.index").get_by_role("link", name=title, exact=True).last.click()
    return person.frame


@pytest.mark.parametrize("lms", FACES)
def test_a_new_room_is_linked_and_a_student_lands_in_it(demo: Demo, people: Any, lms: str, shots: Path | None) -> None:
    name = f"Plantão de dúvidas ({lms})"
    teacher, picker = selecting(people, demo, lms)
    picker.locator("label[for=new]").click()
    expect(picker.locator("#new-name")).to_be_focused()
    picker.locator("#new-name").fill(name)
    if picker.locator("[name=room][type=checkbox]").count():
        picker.locator("#course").uncheck()
    if shots:
        teacher.page.screenshot(path=shots / f"picker-{lms}.png")
    picker.locator("#add").click()

    link = teacher.page.locator("nav.index").get_by_role("link", name=name, exact=True)
    expect(link).to_be_visible()
    expect(teacher.frame.get_by_role("heading", name=name, level=1)).to_be_visible()  # the new link is opened
    expect(teacher.frame.get_by_role("button", name=OPEN)).to_be_visible()
    student: Person = people()
    student.page.goto(demo.course("student-1", lms=lms))
    expect(opened(student, name).get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(student.frame.get_by_role("button", name=WAIT)).to_be_visible()
    if lms == "moodle":
        teacher.press_for_a_tab(OPEN).get_by_test_id("person-role").wait_for()
        assert demo.calls("create")[-1]["params"]["name"] == name


@pytest.mark.parametrize("lms", ["moodle", "canvas", "brightspace"])
def test_several_rooms_become_several_links(demo: Demo, people: Any, lms: str) -> None:
    name = f"Monitoria ({lms})"
    teacher, picker = selecting(people, demo, lms)
    one = picker.locator("#add").inner_text()
    picker.locator("label[for=new]").click()
    expect(picker.locator("#add")).to_contain_text("2")
    picker.locator("#course").uncheck()
    expect(picker.locator("#add")).to_have_text(one)
    picker.locator("#course").check()
    picker.locator("#new-name").fill(name)
    links = teacher.page.locator("nav.index a:not([data-testid])")
    before = links.count()
    picker.locator("#add").click()

    expect(links).to_have_count(before + 2)
    expect(teacher.page.locator("nav.index").get_by_role("link", name=name)).to_be_visible()
    expect(teacher.frame.get_by_role("heading", name=COURSE, level=1)).to_be_visible()  # the first of them is opened


def test_cancel_leads_back_and_the_course_stays_as_it_was(demo: Demo, people: Any) -> None:
    teacher, picker = selecting(people, demo, "canvas")
    links = teacher.page.locator("nav.index a:not([data-testid])")
    before = links.count()

    picker.locator("button[name=cancel]").click()

    expect(teacher.page.locator("#activity-title")).to_have_text("Sala de aula ao vivo")
    expect(links).to_have_count(before)


def test_nothing_chosen_is_explained_in_place_and_nothing_is_lost(demo: Demo, people: Any) -> None:
    _teacher, picker = selecting(people, demo, "moodle")
    picker.locator("#course").uncheck()
    picker.locator("#add").click()

    expect(picker.get_by_role("alert")).to_be_visible()
    expect(picker.get_by_role("alert")).to_be_focused()
    picker.get_by_role("alert").get_by_role("link").click()
    picker.locator("#course").check()
    picker.locator("label[for=new]").click()
    picker.locator("#new-name").fill("x")
    picker.locator("#new-name").press("Enter")

    expect(picker.locator("#new-name")).to_have_value("x")
    expect(picker.locator("#new-name")).to_have_attribute("aria-invalid", "true")
    expect(picker.locator("#course")).to_be_checked()


def test_a_student_who_gets_hold_of_the_address_is_refused(demo: Demo, people: Any) -> None:
    student: Person = people()
    student.page.goto(demo.course("student-1") + SELECT)

    expect(student.frame.get_by_text("LTI-CONTENT-ROLE")).to_be_visible()


def test_without_scripts_two_buttons_are_all(demo: Demo, people: Any) -> None:
    name = "Sem scripts"
    teacher: Person = people(java_script_enabled=False)
    page = teacher.page
    # The LMS's own forms post by script; here they are sent by hand, in a window of their own.
    page.goto(demo.course("teacher-1", opening="same") + SELECT)
    page.get_by_test_id("open-activity").click()
    for _ in range(2):  # the login, and the token
        page.locator("form button.primary").click()
    page.locator("label[for=new]").click()
    page.locator("#new-name").fill(name)
    page.locator("#course").uncheck()
    page.locator("#add").click()
    page.locator("#answer button").click()
    page.get_by_role("link").click()

    expect(page.locator("nav.index").get_by_role("link", name=name, exact=True)).to_be_visible()


def test_where_no_cookie_sticks_the_window_hands_the_answer_to_the_frame(tls_demo: Demo, tls_people: Any) -> None:
    """Moodle has no storage for tools: the frame opens a window, and waits for what is chosen there."""
    name = "Escolhida na janela"
    teacher: Person = tls_people(cookies="none")
    teacher.page.goto(tls_demo.course("teacher-1") + SELECT)
    window = teacher.press_for_a_tab(OPEN_WINDOW)
    window.locator("label[for=new]").click()
    window.locator("#new-name").fill(name)
    window.locator("#course").uncheck()
    expect(teacher.frame.locator("#is-there")).to_be_visible()
    with window.expect_event("close"):
        window.locator("#add").click()

    link = teacher.page.locator("nav.index").get_by_role("link", name=name, exact=True)
    expect(link).to_be_visible()


def test_only_our_own_window_has_the_frame_post_an_answer(tls_demo: Demo, tls_people: Any) -> None:
    """Else whoever frames or opens it could send a teacher's browser anywhere, with anything."""
    teacher: Person = tls_people(cookies="none")
    teacher.page.goto(tls_demo.course("teacher-1") + SELECT)
    expect(teacher.frame.get_by_role("button", name=OPEN_WINDOW)).to_be_visible()
    forged = {"subject": "elos.answer", "action": f"{tls_demo.lms}/?forged", "token": "a.b.c"}
    asked: list[str] = []
    teacher.page.on("request", lambda request: asked.append(request.url))

    teacher.page.evaluate("(it) => document.querySelector('iframe').contentWindow.postMessage(it, '*')", forged)
    # What comes after it has been worked off, so has this.
    teacher.press_for_a_tab(OPEN_WINDOW).locator("#picker").wait_for()

    expect(teacher.frame.locator("#is-there")).to_be_visible()
    assert [one for one in asked if "forged" in one] == []


def test_where_the_lms_opens_a_tab_the_tab_answers(demo: Demo, people: Any) -> None:
    name = "Escolhida em outra aba"
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="brightspace", opening="window") + SELECT)
    with teacher.page.expect_popup() as popup:
        teacher.page.get_by_test_id("open-activity").click()
    tab = popup.value
    tab.locator("label[for=new]").click()
    tab.locator("#new-name").fill(name)
    tab.locator("#course").uncheck()
    tab.locator("#add").click()

    expect(tab.locator("nav.index").get_by_role("link", name=name, exact=True)).to_be_visible()


# --- WebKit ----------------------------------------------------------------------------------------------------------

Come = Callable[..., WebKitPerson]


def choose(person: WebKitPerson, name: str) -> None:
    """A new room, and nothing else."""
    find = person.driver.find_element
    person.until(lambda: person.driver.find_elements(By.ID, "picker") or None)
    find(By.CSS_SELECTOR, "label[for=new]").click()
    if find(By.ID, "course").get_attribute("type") == "checkbox":
        find(By.ID, "course").click()
    # By keyboard: the driver does not scroll a page whose frame is as tall as it.
    find(By.ID, "new-name").send_keys(name, Keys.ENTER)


def course_links(person: WebKitPerson) -> str:
    return person.driver.find_element(By.CSS_SELECTOR, "nav.index").text


@pytest.mark.parametrize("lms", ["canvas", "brightspace", "sakai"])
def test_in_webkit_the_platforms_storage_proves_the_frame_and_it_chooses_there(
    tls_demo: Demo, webkit: Come, lms: str
) -> None:
    name = f"Sem biscoitos ({lms})"
    teacher = webkit()
    teacher.open(tls_demo.course("teacher-1", lms=lms) + SELECT)
    teacher.into_frame()
    choose(teacher, name)

    teacher.out_of_frames()
    teacher.until(lambda: name in course_links(teacher) or None)
    teacher.into_frame()
    teacher.sees(OPEN)
    teacher.sees(name)


@pytest.mark.parametrize("gone", [False, True], ids=["the frame waits", "the frame is gone"])
def test_in_webkit_without_storage_the_window_chooses(tls_demo: Demo, webkit: Come, gone: bool) -> None:
    name = f"Na janela {gone}"
    teacher = webkit()
    teacher.open(tls_demo.course("teacher-1", lms="moodle") + SELECT)
    course = teacher.window
    teacher.into_frame()
    with teacher.new_window():
        teacher.press(OPEN_WINDOW)
    window = teacher.window
    if gone:  # the teacher went on to another page of the LMS
        teacher.to_window(course)
        teacher.open(tls_demo.course("teacher-1", lms="moodle"))
        teacher.to_window(window)
    choose(teacher, name)

    if gone:  # then it is posted from here, and leads here
        teacher.comes_to(f"{tls_demo.lms}/moodle/courses/")
    else:
        teacher.until(lambda: teacher.windows() == [course] or None)
        teacher.to_window(course)
    teacher.until(lambda: name in course_links(teacher) or None)


def test_in_webkit_cancelling_in_the_window_goes_on_in_the_frame(tls_demo: Demo, webkit: Come) -> None:
    teacher = webkit()
    teacher.open(tls_demo.course("teacher-1", lms="moodle") + SELECT)
    course = teacher.window
    teacher.into_frame()
    with teacher.new_window():
        teacher.press(OPEN_WINDOW)
    teacher.until(lambda: teacher.driver.find_elements(By.NAME, "cancel") or None)
    teacher.driver.find_element(By.NAME, "cancel").click()

    teacher.until(lambda: teacher.windows() == [course] or None)
    teacher.to_window(course)
    teacher.until(lambda: "message=" not in teacher.url or None)
    teacher.comes_to(f"{tls_demo.lms}/moodle/courses/")


def test_a_recording_is_found_in_the_picker_and_its_link_leads_a_student_to_it(
    demo: Demo, people: Any, shots: Path | None
) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="canvas"))
    teacher.frame.get_by_role("link", name=re.compile("^(Gravações|Recordings)$")).click()  # so that they are known
    title = teacher.frame.locator("li.rec bdi").last.inner_text()
    teacher.page.goto(demo.course("teacher-1", lms="canvas"))
    teacher.page.get_by_test_id("select-content").click()
    picker = teacher.frame
    picker.locator("#q").fill(title)
    picker.locator("#q").press("Enter")
    found = picker.locator("label.option", has_text=title)
    expect(found).to_have_count(1)
    picker.locator("#q").press("Enter")  # once more, and nothing is added
    expect(found).to_be_visible()
    if picker.locator("[name=room][type=checkbox]").count():
        picker.locator("#course").uncheck()
    found.locator("input").check()
    if shots:
        teacher.page.screenshot(path=shots / "picker-recording.png")
    picker.locator("#add").click()

    expect(teacher.frame.locator("#shown-title")).to_have_text(title)  # the new link is opened
    student: Person = people()
    student.page.goto(demo.course("student-1", lms="canvas"))
    expect(opened(student, title).locator("#shown-title")).to_have_text(title)
    if shots:
        student.page.screenshot(path=shots / "recording-linked.png")
