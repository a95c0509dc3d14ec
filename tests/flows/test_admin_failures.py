"""The operators' pages of failed launches and of a connection, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy import event

from lti_elos.services import failed_launches, platforms
from tests.conftest import Tool
from tests.flows.test_failed_launches import now
from tests.support.browser import Browser, code_of
from tests.support.operators import Desk, at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import one_database

LIST = "/admin/failed-launches"


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    with at_the_desk(tool, language="en") as one:
        yield one


def main_of(page: Any) -> Any:
    assert page.status_code == 200, page.text[:500]
    return html.fromstring(page.text).get_element_by_id("main")


def text_of(page: Any) -> str:
    return " ".join(main_of(page).text_content().split())


def wrong_clock(browser: Browser, platform: Platform) -> None:
    assert code_of(browser.launch(platform, iat=now() + 302, exp=now() + 362)) == "LTI-TOKEN-TIME"


@contextmanager
def counted_queries(tool: Tool) -> Iterator[list[str]]:
    """Statements while it lasts."""
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(tool.deps.database.engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(tool.deps.database.engine, "before_cursor_execute", count)


@one_database
def test_nothing_failed(desk: Desk) -> None:
    assert "No failure in 30 days." in text_of(desk.open(LIST))


def test_the_list_names_the_cause_and_leads_to_its_launch(desk: Desk, browser: Browser, platform: Platform) -> None:
    wrong_clock(browser, platform)
    wrong_clock(browser, platform)

    page = desk.open(LIST)

    said = text_of(page)
    assert "The clock of Canvas is 5 min ahead" in said or "The clock of LMS Exemplo is 5 min ahead" in said
    assert "Still happening: 2 times in 1 h" in said
    assert "LTI-TOKEN-TIME" in said
    (link,) = main_of(page).xpath("//tbody//th//a/@href")
    one = desk.open(link)
    said = text_of(one)
    assert "What to do" in said
    assert "set the server's clock (NTP)" in said
    assert "10. Validity in time: refused" in said
    assert "11 to 17. Not checked" in said
    assert "1 person affected" in said
    assert "Cálculo I" in said
    assert "Docente" not in one.text
    assert "user-1" not in one.text
    (message,) = main_of(one).xpath("//@data-copy")
    assert "Please set it by NTP" in message
    assert "Code: LTI-TOKEN-TIME" in message


def test_it_stops_when_somebody_gets_in(desk: Desk, browser: Browser, platform: Platform) -> None:
    wrong_clock(browser, platform)
    browser.enter_room(platform)

    assert "Stopped: the last one just now" in text_of(desk.open(LIST))


def test_an_occurrence_leads_to_its_launch(desk: Desk, browser: Browser, platform: Platform) -> None:
    page = browser.launch(platform, roles=None)
    occurrence = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}(?=<)", page.text)
    assert occurrence

    found = desk.open(LIST, params={"occurrence": occurrence[0].lower()})

    assert found.status_code == 303
    assert occurrence[0] in desk.open(found.headers["Location"]).text
    assert "has the occurrence ZZZZ-ZZZZ" in text_of(desk.open(LIST, params={"occurrence": "ZZZZ-ZZZZ"}))


@one_database
def test_filters_stay_in_the_address(desk: Desk, browser: Browser, platform: Platform) -> None:
    wrong_clock(browser, platform)
    browser.launch(platform, roles=None)

    page = desk.open(LIST, params={"platform": str(platform.id), "code": "LTI-TOKEN-TIME"})

    assert "Only LMS Exemplo." in text_of(page)
    assert len(main_of(page).xpath("//tbody/tr")) == 1
    assert main_of(page).xpath("//option[@selected]/text()") == ["LTI-TOKEN-TIME"]
    assert "No failure fits." in text_of(desk.open(LIST, params={"code": "LTI-REPLAYED"}))
    assert len(main_of(desk.open(LIST, params={"code": "nonsense", "platform": "no-id"})).xpath("//tbody/tr")) == 2


@one_database
def test_a_failed_launch_that_is_gone(desk: Desk) -> None:
    answer = desk.open(f"{LIST}/00000000-0000-4000-8000-000000000000")

    assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")


def test_the_pages_take_few_queries_however_many_causes(
    tool: Tool, desk: Desk, browser: Browser, platform: Platform
) -> None:
    for number in range(60):
        browser.login(platform, iss=f"http://{number}.example.test") if number < 15 else None
    wrong_clock(browser, platform)
    with counted_queries(tool) as few:
        page = desk.open(LIST)
    (link, *_rest) = main_of(page).xpath("//tbody//th//a/@href")
    with counted_queries(tool) as one:
        desk.open(link)

    assert len([text for text in few if text.startswith("SELECT")]) <= 8
    assert len([text for text in one if text.startswith("SELECT")]) <= 8
    with counted_queries(tool) as doctor:
        assert desk.open(f"/admin/platforms/{platform.id}/doctor").status_code == 200
    assert len([text for text in doctor if text.startswith("SELECT")]) <= 8


# --- the doctor ---


def test_the_doctor_asks_when_it_is_told_to(desk: Desk, browser: Browser, platform: Platform) -> None:
    browser.enter_room(platform)
    path = f"/admin/platforms/{platform.id}/doctor"
    fetches = platform.jwks.fetches
    assert "Nothing was asked yet." in text_of(desk.open(path))
    assert platform.jwks.fetches == fetches

    page = desk.act(path, page=path)

    said = text_of(page)
    assert "1 fit to sign (key-1)" in said
    assert "Clock agrees with the platform" in said.replace(": good", "")
    assert "a window of its own 1" in said
    assert "deployment-1: the last one" in said
    assert platform.jwks.fetches == fetches + 1
    (copied,) = main_of(page).xpath("//@data-copy")
    assert copied.splitlines()[0].startswith("ok    Registration: ")


@one_database
def test_the_doctor_names_what_to_mend(tool: Tool, desk: Desk, platform: Platform) -> None:
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)
    platform.jwks.behaviour = "500"
    path = f"/admin/platforms/{platform.id}/doctor"

    said = text_of(desk.act(path, page=path))

    assert "things to mend" in said
    assert f"lti-elos platform enable {platform.id}" in said
    assert "answers 500" in said


@one_database
def test_the_doctor_of_nobody(desk: Desk) -> None:
    path = "/admin/platforms/00000000-0000-4000-8000-000000000000/doctor"

    assert desk.open(path).status_code == desk.act(path).status_code == 404


@one_database
def test_failures_are_forgotten_after_thirty_days(tool: Tool, desk: Desk, browser: Browser, platform: Platform) -> None:
    wrong_clock(browser, platform)
    with tool.deps.database.transaction() as db:
        failed_launches.sweep(db, before=tool.deps.clock() + timedelta(seconds=1))

    assert "No failure in 30 days." in text_of(desk.open(LIST))
