"""The device check in Chromium with its fake camera and microphone: after a press, in words, and all let go again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import g
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from lti_elos.demo.serving import ThreadedServer
from tests.journeys.conftest import Demo, Person
from tests.journeys.test_every_page import faults
from tests.web.pages_app import make_app, pages

FAKE_DEVICES = "--use-fake-device-for-media-stream"
FAKE_CONSENT = "--use-fake-ui-for-media-stream"

WATCHED = """
  window.streams = []; window.asked = 0;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (what) => {
    window.asked += 1;
    const stream = await real(what);
    window.streams.push(stream);
    return stream;
  };
"""
ALL_ENDED = "streams.length > 0 && streams.every((one) => one.getTracks().every((t) => t.readyState === 'ended'))"
NOT_HERE = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })"


def failing(name: str) -> str:
    refusal = f"new DOMException('', '{name}')"
    return f"navigator.mediaDevices.getUserMedia = () => Promise.reject({refusal});"


@pytest.fixture(scope="module")
def pages_url() -> Iterator[str]:
    app, shown = make_app(), pages()

    def show(name: str) -> str:
        g.locale = "en"
        return shown[name].render(app, "en")

    def around(name: str) -> str:
        """A page of another site that frames it, and passes nothing on."""
        return f'<iframe src="{server.url}/page/{name}" width="760" height="600"></iframe>'

    app.add_url_rule("/page/<name>", view_func=show)
    app.add_url_rule("/around/<name>", view_func=around)
    with ThreadedServer(app) as server:
        yield server.url


@pytest.fixture(scope="module")
def obliging(launch_chromium: Callable[..., Browser]) -> Browser:
    """A browser with a camera and a microphone, whose person says yes."""
    return launch_chromium(FAKE_DEVICES, FAKE_CONSENT)


@pytest.fixture(scope="module")
def refusing(launch_chromium: Callable[..., Browser]) -> Browser:
    """The same, and the person says no."""
    return launch_chromium(FAKE_DEVICES, "--deny-permission-prompts")


@pytest.fixture
def page_of() -> Iterator[Callable[..., Page]]:
    """A page in a browser, with a script that runs before the page's own."""
    contexts: list[BrowserContext] = []

    def make(browser: Browser, script: str = WATCHED, **more: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", **more)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(script)
        return page

    yield make
    for context in contexts:
        context.close()


START, STOP = "Start the check", "Stop the check"
Somewhere = Page | FrameLocator


def state(page: Somewhere, device: str) -> Any:
    """The word that is shown for a device."""
    return page.locator(f"[data-device={device}] [data-state]:not([hidden]) [data-word]")


def start(page: Somewhere) -> None:
    page.get_by_role("button", name=START).click()


def test_nothing_is_asked_for_before_the_press_and_nothing_is_sent_after(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    page = page_of(obliging)
    page.goto(f"{pages_url}/page/check")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("asked") == 0
    expect(page.locator("[data-check]")).to_be_hidden()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))

    start(page)

    expect(state(page, "camera")).to_have_text("Works")
    expect(state(page, "microphone")).to_have_text("Works")
    expect(page.get_by_text("We hear you well", exact=True)).to_be_visible()
    expect(page.locator("#said")).to_contain_text("Camera: Works")
    page.wait_for_function("document.querySelector('video').videoWidth > 0")
    page.wait_for_function("document.querySelector('meter').value > 30")
    assert page.evaluate("asked") == 1, "the browser asks once for both"
    expect(page.locator("[data-permission=camera]")).to_have_text("allowed")
    expect(page.locator("[data-permission=display-capture]")).to_have_text("asks you first")
    expect(page.get_by_role("button", name=STOP)).to_be_focused()
    page.get_by_role("button", name="Play a sound").click()
    expect(page.get_by_text("Heard nothing?")).to_be_visible()
    assert faults(page) == []
    assert [url for url in sent if "/static/" not in url] == []


def test_stopping_lets_go_of_camera_and_microphone(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    page = page_of(obliging)
    page.goto(f"{pages_url}/page/check")
    start(page)
    expect(state(page, "camera")).to_have_text("Works")

    page.get_by_role("button", name=STOP).click()

    assert page.evaluate(ALL_ENDED)
    expect(state(page, "camera")).to_have_text("Off")
    expect(page.locator("video")).to_be_hidden()
    expect(page.get_by_role("button", name=START)).to_be_focused()
    start(page)
    expect(state(page, "camera")).to_have_text("Works")


@pytest.mark.parametrize("how", ["hidden", "left"])
def test_a_page_that_nobody_sees_lets_go_too(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str, how: str
) -> None:
    page = page_of(obliging)
    page.goto(f"{pages_url}/page/check")
    start(page)
    expect(state(page, "microphone")).to_have_text("Works")

    if how == "hidden":
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    else:
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")

    assert page.evaluate(ALL_ENDED)
    expect(state(page, "microphone")).to_have_text("Off")


def test_consent_that_comes_after_the_stop_is_not_used(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    late = WATCHED.replace(
        "await real(what);", "await real(what); await new Promise((go) => { window.consent = go; });"
    )
    page = page_of(obliging, late)
    page.goto(f"{pages_url}/page/check")
    start(page)
    expect(state(page, "camera")).to_have_text("Asking")
    page.wait_for_function("typeof window.consent === 'function'")

    page.get_by_role("button", name=STOP).click()
    page.evaluate("consent()")

    page.wait_for_function(ALL_ENDED)
    expect(state(page, "camera")).to_have_text("Off")


def test_a_no_is_explained_and_not_asked_again(refusing: Browser, page_of: Callable[..., Page], pages_url: str) -> None:
    page = page_of(refusing)
    page.goto(f"{pages_url}/page/check")

    start(page)

    for device in ("camera", "microphone"):
        expect(state(page, device)).to_have_text("Not allowed")
    assert page.evaluate("asked") == 1
    expect(page.get_by_text("The browser was told not to allow it.").first).to_be_visible()
    expect(page.get_by_role("button", name=START)).to_be_focused()
    expect(page.get_by_role("button", name=STOP)).to_be_hidden()
    assert faults(page) == []


@pytest.mark.parametrize(
    ("script", "word"),
    [
        (failing("NotReadableError"), "In use"),
        (failing("NotFoundError"), "Not found"),
        (failing("TypeError"), "Did not start"),
    ],
)
def test_what_fails_is_named(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str, script: str, word: str
) -> None:
    page = page_of(obliging, script)
    page.goto(f"{pages_url}/page/check")

    start(page)

    for device in ("camera", "microphone"):
        expect(state(page, device)).to_have_text(word)


def test_a_camera_in_use_does_not_hide_a_microphone_that_works(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    busy = "if (what.video) throw new DOMException('', 'NotReadableError');"
    page = page_of(obliging, WATCHED.replace("window.asked += 1;", busy))
    page.goto(f"{pages_url}/page/check")

    start(page)

    expect(state(page, "camera")).to_have_text("In use")
    expect(state(page, "microphone")).to_have_text("Works")


def test_a_computer_without_devices_says_so_without_asking(
    chromium: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    page = page_of(chromium)
    page.goto(f"{pages_url}/page/check")

    start(page)

    for device in ("camera", "microphone"):
        expect(state(page, device)).to_have_text("Not found")
    assert page.evaluate("asked") == 0


def test_a_frame_that_is_given_nothing_offers_a_new_tab(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    page = page_of(obliging)
    page.goto(f"{pages_url.replace('127.0.0.1', 'localhost')}/around/check-framed")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("button", name="Open the check in a new tab")).to_be_hidden()

    start(frame)

    for device in ("camera", "microphone"):
        expect(state(frame, device)).to_have_text("Not allowed here")
    expect(frame.get_by_text("Moodle does not let this page use it.").first).to_be_visible()
    expect(frame.get_by_role("button", name="Open the check in a new tab")).to_be_visible()
    expect(frame.locator("[data-permission=camera]")).to_have_text("not passed on by the course's page")


def test_without_the_browsers_help_the_page_says_what_is_missing(
    obliging: Browser, page_of: Callable[..., Page], pages_url: str
) -> None:
    bare = page_of(obliging, NOT_HERE)
    bare.goto(f"{pages_url}/page/check")
    expect(bare.get_by_text("This browser gives this page no camera and no microphone.")).to_be_visible()
    expect(bare.get_by_role("button", name=START)).to_be_hidden()


# --- in the demo, with the real headers ---


@pytest.fixture
def student(obliging: Browser) -> Iterator[Person]:
    context = obliging.new_context(viewport={"width": 1280, "height": 800}, locale="pt-BR")
    context.set_default_timeout(15_000)
    yield Person(context)
    context.close()


def works(page: Somewhere) -> None:
    page.locator("[data-start]").click()
    for device in ("camera", "microphone"):
        expect(page.locator(f"[data-device={device}] [data-state=works]")).to_be_visible()


def test_the_check_works_in_the_frame_of_the_room(demo: Demo, student: Person) -> None:
    complaints: list[str] = []
    student.page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    student.page.goto(demo.course("student-1"))

    student.frame.locator(".before a[href$='/check']").click()

    works(student.frame)
    assert complaints == [], "the content security policy lets all of it be"


def test_the_check_opens_beside_the_waiting_page(demo: Demo, student: Person) -> None:
    student.page.goto(demo.course("student-1"))
    waiting = student.press_for_a_tab("Aguardar abertura")
    expect(waiting.get_by_role("heading", name="Aguardando a abertura da sala")).to_be_visible()

    with student.context.expect_page() as opened:
        waiting.locator("a[href$='/check']").click()

    works(opened.value)
    assert re.search("/wait$", waiting.url)
