"""The path from a course into the meeting in engines that keep fewer cookies: over https, as they are used in life."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from playwright.sync_api import expect

from lti_elos.demo.certificate import kept_certificate
from lti_elos.demo.serving import ThreadedServer
from tests.journeys.conftest import Cookies, Demo, Person
from tests.journeys.test_first_class import OPEN, WAIT, in_meeting
from tests.support.webkit import WebKitPerson

COURSE_LINK = "open-activity"


# --- what the browsers of these journeys keep ---


@pytest.fixture(scope="module")
def framing_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page at 127.0.0.1 that frames one at localhost, which sets two cookies and links to what came back."""
    framed, around = Flask("framed"), Flask("around")

    @framed.get("/")
    def sets() -> Response:
        response = Response('<a href="/seen">next</a>', content_type="text/html")
        for cookie in ("plain=1", "parted=1; Partitioned"):
            response.headers.add("Set-Cookie", f"{cookie}; Secure; HttpOnly; SameSite=None; Path=/")
        return response

    framed.add_url_rule("/seen", "seen", lambda: f"<p>{' '.join(sorted(request.cookies)) or 'none'}</p>")
    context = kept_certificate(tmp_path_factory.mktemp("certificate")).server_context()
    with ThreadedServer(framed, ssl_context=context) as inner, ThreadedServer(around, ssl_context=context) as outer:
        address = f"https://localhost:{inner.port}/"
        around.add_url_rule("/", "frame", lambda: f'<iframe src="{address}"></iframe><a href="{address}">top</a>')
        yield outer.url


@pytest.mark.parametrize(("cookies", "framed"), [("partitioned", "parted"), ("none", "none")])
def test_chromium_keeps_these_cookies_in_a_frame_and_all_at_the_top(
    tls_people: Any, framing_page: str, cookies: Cookies, framed: str
) -> None:
    person: Person = tls_people(cookies=cookies)
    person.page.goto(framing_page)
    person.frame.get_by_role("link").click()
    expect(person.frame.locator("p")).to_have_text(framed)

    person.page.get_by_role("link", name="top").click()
    person.page.get_by_role("link", name="next").click()

    expect(person.page.locator("p")).to_have_text("parted plain")


def test_webkit_keeps_none_in_a_frame_and_all_at_the_top(
    webkit: Callable[..., WebKitPerson], framing_page: str
) -> None:
    person = webkit()
    person.open(framing_page)
    person.into_frame()
    person.press("next")
    person.sees("none")

    person.out_of_frames()
    person.press("top")
    person.press("next")

    person.sees("parted plain")


# --- the path ---


def test_with_partitioned_cookies_alone_a_teacher_in_the_frame_enters_in_a_new_tab(
    tls_demo: Demo, tls_people: Any
) -> None:
    teacher: Person = tls_people()
    teacher.page.goto(tls_demo.course("teacher-1"))

    tab = teacher.press_for_a_tab(OPEN)

    in_meeting(tab, tls_demo, role="Moderador(a)", name="Docente Exemplo Um")
    expect(teacher.frame.get_by_role("heading", name=re.compile("Sessão aberta às"))).to_be_visible()


def test_in_webkit_in_a_window_of_its_own_a_student_waits_and_is_let_in_when_a_teacher_opens(
    tls_demo: Demo, webkit: Callable[..., WebKitPerson]
) -> None:
    student = webkit(width=480)
    student.open(tls_demo.course("student-2", opening="same"))
    student.press_test_id(COURSE_LINK)
    student.press(WAIT)
    student.sees("Aguardando a abertura da sala")

    teacher = webkit()
    teacher.open(tls_demo.course("teacher-1", opening="window"))
    with teacher.new_window():
        teacher.press_test_id(COURSE_LINK)
    teacher.comes_to(f"{tls_demo.tool}/rooms/")
    teacher.press(OPEN)

    for person, role in ((teacher, "Moderador(a)"), (student, "Participante")):
        person.comes_to(f"{tls_demo.elos}/html5client/join")
        assert person.test_id("person-role") == role
    assert len(teacher.windows()) == 2
