"""What only a browser sees of the demo's counterparts: frames within frames, and what they delegate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, render_template_string, request
from playwright.sync_api import Browser, Page, expect

from lti_elos.demo.serving import ThreadedServer
from tests.demo.elos_support import Elos, running_elos
from tests.journeys.conftest import ARGUMENTS, Demo, Person

FAKE_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
ALLOWS = "name => (document.permissionsPolicy ?? document.featurePolicy).allowsFeature(name)"


def test_open_edx_holds_the_tool_two_frames_deep_without_screen_sharing(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="openedx"))
    tool = teacher.page.frame_locator("iframe").frame_locator("iframe")
    button = tool.get_by_role("button", name="Abrir sala")
    expect(button).to_be_visible()

    [frame] = [one for one in teacher.page.frames if one.url.startswith(demo.tool)]
    allowed = {one: frame.evaluate(ALLOWS, one) for one in ("camera", "microphone", "fullscreen", "display-capture")}
    with teacher.context.expect_page() as opened:
        button.click()

    assert allowed == {"camera": True, "microphone": True, "fullscreen": True, "display-capture": False}
    expect(opened.value.get_by_test_id("person-name")).to_have_text("Docente Exemplo Um")


def test_sakai_lets_neither_camera_nor_microphone_through_to_the_tool(demo: Demo, people: Any) -> None:
    teacher: Person = people()
    teacher.page.goto(demo.course("teacher-1", lms="sakai"))
    expect(teacher.frame.get_by_role("button", name="Abrir sala")).to_be_visible()

    [frame] = [one for one in teacher.page.frames if one.url.startswith(demo.tool)]

    assert [one for one in ("camera", "microphone", "display-capture") if frame.evaluate(ALLOWS, one)] == []


# --- a meeting in a frame of another site ---


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """At a browser with a camera, a microphone and a screen, whose person says yes to everything."""
    browser = chromium.browser_type.launch(executable_path=shutil.which("chromium"), args=[*ARGUMENTS, *FAKE_DEVICES])
    yield browser.new_page()
    browser.close()


@pytest.fixture(scope="module")
def elos() -> Iterator[Elos]:
    with running_elos() as running:
        yield running


@pytest.fixture(scope="module")
def other_site() -> Iterator[str]:
    """A page that frames ``src`` with ``allow``."""
    app = Flask(__name__)
    frame = '<iframe src="{{ src }}" allow="{{ allow }}" width="900" height="600"></iframe>'
    app.add_url_rule("/", view_func=lambda: render_template_string(frame, **request.args), endpoint="frame")
    with ThreadedServer(app) as server:
        yield server.url.replace("127.0.0.1", "localhost")


def framed(page: Page, other_site: str, elos: Elos, meeting_id: str, allow: str) -> Any:
    join = elos.join_url("Ana", meeting_id)
    page.goto(f"{other_site}/?{urlencode({'src': join, 'allow': allow})}")
    return page.frame_locator("iframe")


def test_a_meeting_in_a_frame_of_another_site_needs_to_be_created_for_it(
    page: Page, other_site: str, elos: Elos
) -> None:
    elos.create("cookie")
    elos.create("cookieless", allowRequestsWithoutSession="true")

    assert (
        framed(page, other_site, elos, "cookie", "").get_by_test_id("plain").get_attribute("data-what") == "no_session"
    )
    expect(framed(page, other_site, elos, "cookieless", "").get_by_test_id("person-name")).to_have_text("Ana")
    page.goto(elos.join_url("Ana", "cookie"))
    expect(page.get_by_test_id("person-name")).to_have_text("Ana")


@pytest.mark.parametrize("allow", ["", "camera *; microphone *", "camera *; display-capture *"])
def test_the_meeting_page_says_what_was_delegated_to_it(page: Page, other_site: str, elos: Elos, allow: str) -> None:
    elos.create("devices", allowRequestsWithoutSession="true")
    meeting = framed(page, other_site, elos, "devices", allow)

    for device, feature in (("camera", "camera"), ("microphone", "microphone"), ("screen", "display-capture")):
        meeting.get_by_test_id(f"try-{device}").click()
        said = meeting.get_by_test_id(device)
        expect(said).to_have_text("granted" if feature in allow else "NotAllowedError")
