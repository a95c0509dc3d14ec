"""What the scripts of pages in frames without cookies do to them. Whole ways: test_frames_without_cookies.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import g
from playwright.sync_api import Browser, Page, expect

from lti_elos.demo.serving import ThreadedServer
from tests.journeys.test_every_page import faults
from tests.web.pages_app import COURSE, ROOM, make_app, pages


@pytest.fixture(scope="module")
def pages_url() -> Iterator[str]:
    app, all_pages = make_app(), pages()

    def show(name: str) -> str:
        g.locale = "en"
        return all_pages[name].render(app, "en")

    app.add_url_rule("/page/<name>", view_func=show)
    with ThreadedServer(app) as server:
        yield server.url


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 780})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def is_fine(page: Page) -> bool:
    return faults(page) == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def click_to_open(page: Page) -> None:
    """As if a window opened: the other one is played by the test."""
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    page.get_by_role("button", name="Open the room in a new window").click()


def tell(page: Page, path: str) -> None:
    page.evaluate("(path) => postMessage({ subject: 'elos.here', path }, location.origin)", path)


# --- the window ---


@pytest.mark.parametrize("name", ["window", "error-unproven-return"])
def test_after_the_click_the_page_says_what_to_do_if_nothing_came(page: Page, pages_url: str, name: str) -> None:
    page.goto(f"{pages_url}/page/{name}")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    click_to_open(page)

    expect(page.get_by_text("Go on in the new window.")).to_be_visible()
    expect(page.get_by_text("Window didn't open?")).to_be_visible()
    expect(page.get_by_role("button", name="Open it again")).to_be_focused()
    expect(page.get_by_text("It protects your privacy")).to_be_hidden()
    assert is_fine(page)


@pytest.mark.parametrize("name", ["window", "error-unproven-return"])
def test_once_the_window_is_there_the_page_leads_to_it(page: Page, pages_url: str, name: str) -> None:
    page.goto(f"{pages_url}/page/{name}")
    click_to_open(page)
    tell(page, f"/rooms/{ROOM}")

    expect(page.get_by_role("heading", level=1)).to_have_text("The room is open in the other window")
    expect(page).to_have_title("The room is open in the other window")
    again = page.get_by_role("link", name="Open it again")
    expect(again).to_be_focused()
    expect(again).to_have_attribute("href", f"/rooms/{ROOM}")
    expect(page.locator("main button")).to_be_hidden()
    assert is_fine(page)


@pytest.mark.parametrize("path", ["https://evil.example/rooms/x", "//evil.example/rooms/" + str(ROOM), "/privacy", "/"])
def test_only_a_room_is_led_to(page: Page, pages_url: str, path: str) -> None:
    page.goto(f"{pages_url}/page/window")
    click_to_open(page)
    tell(page, path)

    page.wait_for_timeout(200)
    expect(page.get_by_role("link", name="Open it again")).to_be_hidden()


# --- the room in short ---


def answer(**more: Any) -> dict[str, Any]:
    quiet = {"running": False, "participants": 0, "since": None, "ask_again_s": 0.1, "enter": False, "trouble": None}
    return quiet | {"state": "closed"} | more


def test_the_room_in_short_follows_its_state(page: Page, pages_url: str) -> None:
    now = answer()
    page.route("**/rooms/*/status", lambda route: route.fulfill(json=now))
    page.goto(f"{pages_url}/page/brief-teacher-closed")
    page.evaluate("document.getElementById('watch').dataset.askAgain = 0.1")
    page.evaluate("dispatchEvent(new Event('online'))")
    said, heading = page.locator("#said"), page.get_by_role("heading", level=2)
    go = page.locator("#stage button")

    steps = [
        (answer(state="opening"), "Opening the room…", "Go to the room", "Opening"),
        (answer(state="open", running=True, participants=1), "The session is open", "Join room", "Open"),
        (answer(trouble="ELOS-UNREACHABLE"), "Elos isn't answering", "Try now", "Unavailable"),
        (answer(trouble="ELOS-SECRET"), "Elos did not accept our request", "Try now", "Unavailable"),
        (answer(trouble="ELOS-YET-UNKNOWN"), "Elos gave an unexpected answer", "Try now", "Unavailable"),
        (answer(), "Ready to open", "Open room", "Closed"),
    ]
    for now, words, button, title in steps:  # noqa: B007  (the route reads it)
        expect(heading).to_have_text(words, use_inner_text=True)
        expect(go).to_have_text(button, use_inner_text=True)
        expect(said).to_have_text(words)
        expect(page).to_have_title(f"{title} · {COURSE}")
        assert is_fine(page), json.dumps(words)


def test_people_who_come_and_go_are_counted_silently(page: Page, pages_url: str) -> None:
    now = answer(state="open", running=True, participants=1)
    page.route("**/rooms/*/status", lambda route: route.fulfill(json=now))
    page.goto(f"{pages_url}/page/brief-teacher-open")
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.get_by_text("1 person in the room")).to_be_visible()
    now = answer(state="open", running=True, participants=30)
    expect(page.get_by_text("30 people in the room")).to_be_visible()
    expect(page.locator("#said")).to_be_empty()


# --- checking ---


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_check_is_white_until_it_takes_long(page: Page, pages_url: str, motion: Any) -> None:
    page.emulate_media(reduced_motion=motion)
    page.route("**/js/checking.js*", lambda route: route.abort())
    page.goto(f"{pages_url}/page/checking-get")
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=10_000)


def test_without_script_a_check_goes_on_at_once(chromium: Browser, pages_url: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{pages_url}/page/checking-probe")
    expect(page.get_by_role("button", name="Continue")).to_be_visible(timeout=1_000)
    context.close()
