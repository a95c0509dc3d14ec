"""Waiting as it is in life: the network goes, the tool is started anew, a phone sleeps; and teachers see who waits."""

from __future__ import annotations

import os
import re
import signal
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_first_class import JOIN, OPEN, WAIT
from tests.support.demo import children
from tests.support.rooms import until


def waits(demo: Demo, people: Any, who: str = "student-2", **more: Any) -> Page:
    """Somebody waits in a tab of their own."""
    student: Person = people(**more)
    student.page.goto(demo.course(who))
    tab = student.press_for_a_tab(WAIT)
    expect(tab.get_by_text("Ainda não abriu")).to_be_visible()
    return tab


def somebody_opens(demo: Demo, people: Any) -> Page:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    tab = teacher.press_for_a_tab(OPEN)
    tab.get_by_test_id("person-role").wait_for()
    return tab


def is_in(tab: Page) -> None:
    expect(tab.get_by_test_id("person-role")).to_have_text("Participante", timeout=30_000)


def test_without_network_the_page_says_so_and_lets_in_once_it_is_back(demo: Demo, people: Any) -> None:
    tab = waits(demo, people)
    tab.context.set_offline(True)
    expect(tab.get_by_text("Você está sem conexão.")).to_be_visible()
    somebody_opens(demo, people)

    tab.context.set_offline(False)

    is_in(tab)


def test_a_page_that_slept_asks_at_once_when_it_is_seen(demo: Demo, people: Any) -> None:
    """A hidden tab's timers run late, a sleeping phone's not at all: here they do not run."""
    tab = waits(demo, people)
    tab.clock.install()
    somebody_opens(demo, people)
    until(lambda: requests.get(f"{demo.tool}/healthz", timeout=10).ok)

    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    is_in(tab)


def test_who_waits_while_the_tool_is_started_anew_is_let_in_all_the_same(demo: Demo, people: Any) -> None:
    tab = waits(demo, people)
    [serve] = children(demo.pid)
    before = children(serve)
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(children(serve)) == len(before) and not set(before) & set(children(serve)))

    somebody_opens(demo, people)

    is_in(tab)


def test_teachers_see_who_waits_and_nobody_else_does(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    expect(teacher.frame.get_by_role("button", name=OPEN)).to_be_visible()
    first, second = waits(demo, people), waits(demo, people, "student-1", width=390, height=844)

    expect(teacher.frame.get_by_text("2 pessoas aguardando")).to_be_visible()
    expect(first.get_by_text("2 pessoas aguardando")).to_be_visible()
    teacher.frame.get_by_text("2 pessoas aguardando").click()

    expect(teacher.frame.get_by_text("طالبة نموذجية")).to_be_visible()
    expect(first.get_by_text(re.compile("Amostra dos Nomes"))).to_have_count(0)
    teacher.press_for_a_tab(OPEN)
    for tab in (first, second):
        is_in(tab)
    expect(teacher.frame.get_by_role("button", name=JOIN)).to_be_visible()


def test_a_room_that_nobody_got_into_can_be_opened_again(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1"))
    teacher.press_for_a_tab(OPEN).wait_for_url(re.compile("/html5client/"))
    demo.end_everything()

    expect(teacher.frame.get_by_role("button", name=OPEN)).to_be_visible(timeout=15_000)


def test_whoever_leaves_is_told_whether_the_class_goes_on(demo: Demo, people: Any) -> None:
    somebody_opens(demo, people)
    student: Person = people()
    student.page.goto(demo.course("student-2"))
    tab = student.press_for_a_tab(JOIN)
    is_in(tab)

    tab.get_by_test_id("leave").click()

    expect(tab.get_by_role("heading", name="Você saiu da sala")).to_be_visible()
    expect(tab.get_by_text("A sessão continua em andamento.")).to_be_visible()
    demo.end_everything()
    expect(tab.get_by_text("A sessão terminou.")).to_be_visible()
