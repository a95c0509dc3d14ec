"""The demo LMS's administrator registers a tool by its address, in Chromium: in a frame or in a tab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lti_elos.demo.lms.app import create_lms
from lti_elos.demo.serving import ThreadedServer
from tests.demo.fake_tool import LTI, FakeTool, fake_tool
from tests.journeys.test_every_page import faults


@pytest.fixture(scope="module")
def tool() -> Iterator[FakeTool]:
    with fake_tool() as tool:
        yield tool


@pytest.fixture(scope="module")
def lms_url(tool: FakeTool) -> Iterator[str]:
    with ThreadedServer() as server:
        server.app = create_lms(public_url=server.url, tool_url=tool.url)
        yield server.url


@pytest.mark.parametrize("slug", ["moodle", "canvas", "brightspace", "sakai"])
def test_a_tool_is_registered_activated_and_used(lms_url: str, tool: FakeTool, people: Any, slug: str) -> None:
    page = people().page
    page.goto(f"{lms_url}/?locale=en")
    page.get_by_test_id("admin-tools").get_by_role("link", name=slug.capitalize()).click()
    assert faults(page) == []
    page.get_by_test_id("registration-url").fill(f"{tool.url}/register?invite=abc")

    if slug == "brightspace":
        with page.expect_popup() as opened:
            page.get_by_test_id("register-tool").click()
        there: Any = opened.value
    else:
        page.get_by_test_id("register-tool").click()
        there = page.frame_locator("[data-testid=registration]")
    there.locator("#invite").get_by_text("abc").wait_for()
    there.get_by_role("button", name="Done").click()

    entry = page.get_by_test_id("tools").get_by_test_id("tool")
    entry.get_by_text("Pending").wait_for()
    assert page.get_by_test_id("registration").count() == 0
    if slug == "brightspace":
        assert there.is_closed()
    client_id = entry.get_by_test_id("client-id").inner_text()
    assert client_id in {known for _, known in tool.registrations}
    entry.get_by_test_id("activate").click()
    entry.get_by_text("Active", exact=True).wait_for()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    entry.get_by_test_id("open-course").click()

    inside = page.frame_locator("[data-testid=activity]")
    inside.get_by_text("Docente Exemplo Um").wait_for()
    assert tool.launches[-1]["aud"] == client_id

    tool.items = [{"type": "ltiResourceLink", "title": "Sala escolhida", "custom": {"room": "r-1"}}]
    page.get_by_test_id("select-content").click()
    inside.get_by_role("button", name="Take").click()
    page.get_by_role("heading", name="Sala escolhida").wait_for()
    inside.get_by_text("Docente Exemplo Um").wait_for()
    assert tool.launches[-1][f"{LTI}custom"]["room"] == "r-1"
    assert faults(page) == []


def test_moodle_asks_whether_a_known_tool_is_changed(lms_url: str, tool: FakeTool, people: Any) -> None:
    page = people().page
    for _ in range(2):
        page.goto(f"{lms_url}/moodle/admin/tools?as=admin&locale=en")
        page.get_by_test_id("registration-url").fill(f"{tool.url}/register")
        page.get_by_test_id("register-tool").click()
        page.locator("[data-testid=update-tool], [data-testid=registration]").wait_for()
        if page.get_by_test_id("update-tool").count():
            assert faults(page) == []
            page.get_by_test_id("update-tool").click()
        page.frame_locator("[data-testid=registration]").get_by_role("button", name="Done").click()
        page.get_by_test_id("tools").wait_for()

    assert page.get_by_test_id("tool").count() == 1
