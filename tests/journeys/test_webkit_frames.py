"""A frame in WebKit, which keeps no cookie there: each LMS's storage, or a window of its own. Over https."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.journeys.conftest import Demo
from tests.journeys.test_first_class import JOIN, OPEN, WAIT
from tests.journeys.test_frames_without_cookies import OPEN_WINDOW, WITH_STORAGE
from tests.support.webkit import WebKitPerson

GO = "Ir para a sala"
"""The button's words once the last person has left the meeting, which the simulator tells after a while."""
WAITING = "Aguardando a abertura da sala"
THERE = "A sala está aberta na outra janela"

Come = Callable[..., WebKitPerson]


@pytest.fixture
def demo(tls_demo: Demo) -> Demo:
    return tls_demo


def at(person: WebKitPerson, demo: Demo, who: str, lms: str, storage: str = "on") -> None:
    """In the tool's frame."""
    person.open(f"{demo.course(who, lms=lms)}&storage={storage}")
    into_tool(person, lms)


def into_tool(person: WebKitPerson, lms: str) -> None:
    person.into_frame(2 if lms == "openedx" else 1)


def in_meeting(person: WebKitPerson, demo: Demo, role: str) -> None:
    person.comes_to(f"{demo.elos}/html5client/join")
    assert person.test_id("person-role") == role


@pytest.mark.parametrize("lms", WITH_STORAGE)
def test_by_the_platforms_storage_the_room_is_there_and_a_tab_leads_into_the_meeting(
    demo: Demo, webkit: Come, lms: str
) -> None:
    teacher = webkit()
    at(teacher, demo, "teacher-1", lms)
    course = teacher.window

    with teacher.new_window():
        teacher.press(OPEN)
    in_meeting(teacher, demo, "Moderador(a)")

    meeting = teacher.window
    teacher.to_window(course)
    into_tool(teacher, lms)
    teacher.sees(JOIN)  # told without a cookie

    if lms == WITH_STORAGE[0]:
        teacher.close(meeting)
        into_tool(teacher, lms)
        with teacher.new_window():
            teacher.press(JOIN, GO)
        in_meeting(teacher, demo, "Moderador(a)")


@pytest.mark.parametrize(
    ("lms", "role"),
    [("moodle", "Moderador(a)"), ("openedx", "Moderator")],  # Open edX tells no language, and meetings have their own
)
def test_without_storage_a_window_leads_to_the_room_and_the_frame_knows_the_way_there(
    demo: Demo, webkit: Come, lms: str, role: str
) -> None:
    teacher = webkit()
    at(teacher, demo, "teacher-1", lms)
    course = teacher.window
    teacher.sees("Falta um passo: abrir em nova janela")

    with teacher.new_window():
        teacher.press(OPEN_WINDOW)
    teacher.comes_to(f"{demo.tool}/rooms/")
    teacher.sees(OPEN)

    first = teacher.window
    teacher.to_window(course)
    into_tool(teacher, lms)
    teacher.sees(THERE)  # said by the window: WebKit leaves it its opener
    teacher.close(first)
    launches = demo.launches()
    into_tool(teacher, lms)
    with teacher.new_window():
        teacher.press("Abrir de novo")
    teacher.comes_to(f"{demo.tool}/rooms/")
    teacher.press(OPEN)
    in_meeting(teacher, demo, role)
    assert demo.launches() == launches, "the LMS was not asked again"


@pytest.mark.parametrize("lms", ["canvas", "moodle"])
def test_a_student_at_a_small_screen_waits_in_the_tab_and_is_let_in(demo: Demo, webkit: Come, lms: str) -> None:
    student, teacher = webkit(width=480), webkit()
    for person, who, label in ((student, "student-1", WAIT), (teacher, "teacher-1", OPEN)):
        at(person, demo, who, lms)
        with person.new_window():
            person.press(OPEN_WINDOW if lms == "moodle" else label)
        if lms == "moodle":
            person.press(label)
        if person is student:
            student.sees(WAITING)

    in_meeting(teacher, demo, "Moderador(a)")
    in_meeting(student, demo, "Participante")


def launched_since(demo: Demo, count: int) -> bool | None:
    return len(demo.launches()) > count or None


def reload_page(person: WebKitPerson) -> None:
    person.driver.refresh()


def open_activity_again(person: WebKitPerson) -> None:
    person.press("Sala de aula ao vivo")


def send_frame_to_activity_again(person: WebKitPerson) -> None:
    person.driver.execute_script(
        "const frame = document.querySelector('[data-testid=activity]'); frame.src = frame.src"
    )


def test_the_page_may_be_reloaded_and_the_activity_opened_again(demo: Demo, webkit: Come) -> None:
    student = webkit()
    at(student, demo, "student-1", "canvas")
    student.sees(WAIT)

    for again in (reload_page, open_activity_again, send_frame_to_activity_again):
        launches_before = len(demo.launches())
        student.out_of_frames()
        again(student)
        student.until(partial(launched_since, demo, launches_before))  # what is seen is of the new page
        into_tool(student, "canvas")
        student.sees(WAIT)


def test_a_frame_that_is_reloaded_says_how_to_go_on(demo: Demo, webkit: Come) -> None:
    """WebKit asks for the address then, and posts nothing."""
    student = webkit()
    at(student, demo, "student-1", "canvas")
    student.sees(WAIT)
    student.until(lambda: student.driver.execute_script("return history.state") or None)  # the way back is noted

    student.driver.execute_script("location.reload()")

    student.sees("LTI-REPLAYED")
    student.press("Voltar ao curso")
    into_tool(student, "canvas")
    student.sees(WAIT)


def test_a_frame_that_asks_for_a_window_asks_again_when_it_is_reloaded(demo: Demo, webkit: Come) -> None:
    teacher = webkit()
    at(teacher, demo, "teacher-1", "moodle")
    teacher.sees(OPEN_WINDOW)

    teacher.driver.execute_script("location.reload()")

    with teacher.new_window():
        teacher.press(OPEN_WINDOW)
    teacher.sees(OPEN)


@pytest.mark.parametrize(
    ("lms", "trouble"),
    [("canvas", "silent"), ("brightspace", "refuses"), ("blackboard", "forgets"), ("sakai", "wrong")],
)
def test_a_storage_that_fails_leads_to_the_window(demo: Demo, webkit: Come, lms: str, trouble: str) -> None:
    teacher = webkit()
    at(teacher, demo, "teacher-1", lms, trouble)
    with teacher.new_window():
        teacher.press(OPEN_WINDOW)
    teacher.sees(OPEN)


def windows_of_two(demo: Demo, shared: WebKitPerson) -> tuple[str, str]:
    """A student's frame and a teacher's in two windows of one browser, that keeps no cookie yet."""
    at(shared, demo, "student-1", "canvas")
    shared.sees(WAIT)
    of_student = shared.window
    shared.driver.switch_to.new_window("window")
    at(shared, demo, "teacher-1", "canvas")
    shared.sees(OPEN)
    return of_student, shared.window


def test_a_tab_of_somebody_else_asks_before_it_changes_hands(demo: Demo, webkit: Come) -> None:
    shared = webkit()
    of_student, of_teacher = windows_of_two(demo, shared)
    shared.to_window(of_student)
    into_tool(shared, "canvas")
    with shared.new_window():
        shared.press(WAIT)
    shared.sees(WAITING)

    shared.to_window(of_teacher)
    into_tool(shared, "canvas")
    with shared.new_window():
        shared.press(OPEN)
    shared.sees("WEB-OTHER-PERSON")
    shared.press("Continuar como quem está no Canvas agora")
    in_meeting(shared, demo, "Moderador(a)")


def test_a_launch_that_comes_with_the_tabs_cookie_takes_its_place(demo: Demo, webkit: Come) -> None:
    """Once a site has a cookie at the top, WebKit sends it in frames, too (but keeps no new one there)."""
    shared = webkit()
    at(shared, demo, "student-1", "canvas")
    course = shared.window
    with shared.new_window():
        shared.press(WAIT)
    shared.sees(WAITING)
    waiting = shared.window

    shared.to_window(course)
    at(shared, demo, "teacher-1", "canvas")
    with shared.new_window():
        shared.press(OPEN)
    in_meeting(shared, demo, "Moderador(a)")

    shared.to_window(waiting)
    shared.sees("Você modera esta sala")  # the teacher's room page: nobody was let in there as another person
    assert shared.url.startswith(f"{demo.tool}/rooms/")


@pytest.mark.parametrize(("locale", "opens"), [("en", "Open room"), ("es", "Abrir sala")])
def test_a_frame_speaks_the_courses_language(demo: Demo, webkit: Come, locale: str, opens: str) -> None:
    teacher = webkit()
    teacher.open(f"{demo.course('teacher-1', lms='canvas', locale=locale)}&storage=on")
    into_tool(teacher, "canvas")
    teacher.sees(opens)
