"""A frame that keeps no cookie, over https: each LMS's storage, or a window of its own.

Chromium, told to keep no cookie in frames, goes all the ways of the LMSs; WebKit itself is in test_webkit_frames.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.journeys.conftest import Demo, Person

WITH_STORAGE = ["canvas", "brightspace", "blackboard", "sakai"]
WITHOUT = ["moodle", "openedx"]
TROUBLES = [("canvas", "silent"), ("canvas", "wrong"), ("brightspace", "refuses"), ("blackboard", "silent")]
TROUBLES += [("blackboard", "forgets"), ("sakai", "refuses"), ("sakai", "wrong")]

OLD_IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Mobile/15E148 "
    "Safari/604.1"
)
"""The last Safari that sends no ``Sec-Fetch-*``."""

OPEN_WINDOW = "Abrir a sala em nova janela"


@pytest.fixture
def demo(tls_demo: Demo) -> Demo:
    return tls_demo


@pytest.fixture
def person(tls_people: Any) -> Person:
    found: Person = tls_people(cookies="none")
    return found


def at(person: Person, demo: Demo, who: str, lms: str, storage: str = "on") -> None:
    person.depth = 2 if lms == "openedx" else 1
    person.page.goto(f"{demo.course(who, lms=lms)}&storage={storage}")


@pytest.mark.parametrize("lms", WITH_STORAGE)
def test_by_the_platforms_storage_the_room_is_there_at_once(
    demo: Demo, person: Person, lms: str, shots: Path | None
) -> None:
    at(person, demo, "teacher-1", lms)
    expect(person.frame.get_by_role("heading", level=1)).to_have_text("Cálculo Diferencial e Integral I")
    button = person.frame.get_by_role("button", name="Abrir sala")
    expect(button).to_be_visible()
    if shots:
        person.page.screenshot(path=shots / f"brief-{lms}.png")

    tab = person.press_for_a_tab("Abrir sala")
    expect(tab.get_by_test_id("person-role")).to_have_text("Moderador(a)")
    expect(person.frame.get_by_role("button", name="Entrar na sala")).to_be_visible()
    tab.close()

    again = person.press_for_a_tab(re.compile("Entrar na sala|Ir para a sala"))
    expect(again.get_by_test_id("person-role")).to_have_text("Moderador(a)")


@pytest.mark.parametrize("lms", WITHOUT)
def test_without_storage_a_window_of_its_own_is_one_click_away(
    demo: Demo, person: Person, lms: str, shots: Path | None
) -> None:
    at(person, demo, "teacher-1", lms)
    expect(person.frame.get_by_role("heading", level=1)).to_have_text("Falta um passo: abrir em nova janela")
    if shots:
        person.page.screenshot(path=shots / f"window-{lms}.png")

    window = person.press_for_a_tab(OPEN_WINDOW)
    window.get_by_role("button", name="Abrir sala").wait_for()
    expect(person.frame.get_by_text("A sala está aberta na outra janela")).to_be_visible()
    if shots:
        person.page.screenshot(path=shots / f"window-there-{lms}.png")
    window.close()

    person.frame.get_by_role("link", name="Abrir de novo").click()
    person.page.wait_for_timeout(500)
    again = person.context.pages[-1]
    again.get_by_role("button", name="Abrir sala").wait_for()
    assert len(demo.calls("create")) == 0


@pytest.mark.parametrize(("lms", "trouble"), TROUBLES)
def test_a_storage_that_fails_leads_to_the_window(demo: Demo, person: Person, lms: str, trouble: str) -> None:
    at(person, demo, "teacher-1", lms, trouble)
    window = person.press_for_a_tab(OPEN_WINDOW)
    window.get_by_role("button", name="Abrir sala").wait_for()


def test_a_student_waits_in_the_tab_and_is_let_in(demo: Demo, tls_people: Any) -> None:
    student, teacher = tls_people(cookies="none", width=390, height=780), tls_people(cookies="none")
    at(student, demo, "student-1", "canvas")
    waiting = student.press_for_a_tab("Aguardar abertura")
    waiting.get_by_role("heading", name="Aguardando a abertura da sala").wait_for()

    at(teacher, demo, "teacher-1", "canvas")
    teacher.press_for_a_tab("Abrir sala")
    expect(waiting.get_by_test_id("person-role")).to_have_text("Participante")
    expect(student.frame.get_by_role("button", name="Entrar na sala")).to_be_visible()


def test_a_reload_of_the_page_gives_the_room_again_and_one_of_the_frame_the_way_to_the_course(
    demo: Demo, person: Person
) -> None:
    at(person, demo, "student-1", "canvas")
    button = person.frame.get_by_role("button", name="Aguardar abertura")
    button.wait_for()
    person.page.reload()
    button.wait_for()

    tool = next(one for one in person.page.frames if one.url.startswith(demo.tool))
    tool.evaluate("location.reload()")

    expect(person.frame.get_by_text("LTI-REPLAYED")).to_be_visible()
    person.frame.get_by_role("link", name="Voltar ao curso").click()
    button.wait_for()
    assert person.page.url.startswith(f"{demo.lms}/canvas/courses/mat101"), "in the whole window, not in the frame"


def test_the_secret_is_taken_out_again(demo: Demo, person: Person) -> None:
    at(person, demo, "teacher-1", "canvas")
    person.frame.get_by_role("button", name="Abrir sala").wait_for()
    sibling = next(one for one in person.page.frames if one.name == "post_message_forwarding")
    person.page.wait_for_timeout(300)
    assert "elos_" not in sibling.evaluate("JSON.stringify(localStorage)")


def test_recordings_are_a_tab_away(demo: Demo, person: Person) -> None:
    at(person, demo, "student-1", "sakai")
    tab = person.press_for_a_tab("Gravações")
    tab.get_by_role("heading", name="Gravações").wait_for()


def test_an_old_ipad_gets_the_window_in_the_frame_and_goes_on_in_it(demo: Demo, tls_people: Any) -> None:
    """It does not tell the server where it is: our page's script does."""
    ipad: Person = tls_people(cookies="none", user_agent=OLD_IPAD)
    ipad.context.route(f"{demo.tool}/lti/**", _without_fetch_metadata)
    sent: list[str] = []
    ipad.context.on("request", lambda request: sent.append(request.post_data or ""))
    at(ipad, demo, "teacher-1", "moodle")

    window = ipad.press_for_a_tab(OPEN_WINDOW)

    window.get_by_role("button", name="Abrir sala").wait_for()
    expect(ipad.frame.get_by_text("A sala está aberta na outra janela")).to_be_visible()
    assert [re.findall(r"checked=(\w+)", one) for one in sent if "checked=" in one] == [["1"], ["top"]]


def _without_fetch_metadata(route: Route) -> None:
    headers = {name: value for name, value in route.request.all_headers().items() if not name.startswith("sec-")}
    route.fulfill(response=route.fetch(headers=headers, max_redirects=0))
