"""A recording inside the LMS's page, and one that somebody watches who has nothing but a link, in Chromium."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.journeys.conftest import Demo, Person


def test_a_teacher_watches_in_the_frame_and_shares_with_whoever_has_the_link(demo: Demo, people: Any) -> None:
    teacher: Person = people(locale="en")
    teacher.page.goto(demo.course("teacher-1", locale="en"))
    frame = teacher.frame
    frame.get_by_role("link", name="Recordings", exact=True).click()

    frame.get_by_role("link", name=re.compile("^Watch on this page")).first.click()
    expect(frame.frame_locator("iframe").get_by_test_id("media")).to_be_visible()
    frame.get_by_role("link", name="Back").click()

    # The newest that can be watched: the demo has one in the making, and one that is not published.
    ready = frame.get_by_role("listitem").filter(has=frame.get_by_role("link", name=re.compile("^Watch on this page")))
    ready.first.get_by_role("link", name=re.compile("^Who can see it")).click()
    frame.get_by_role("radio", name="Anyone with the link").check()
    title = frame.locator("main bdi").first.inner_text()
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_text("Faces, voices and names may show.")).to_be_visible()
    frame.get_by_role("button", name="Create link").click()
    link = frame.get_by_label("Link number 1", exact=True).input_value()

    stranger: Person = people(locale="en")
    stranger.page.goto(link)
    expect(stranger.page.get_by_role("heading", name=title)).to_be_visible()
    stranger.page.get_by_role("button", name="Watch").click()  # its form is led on to Elos
    expect(stranger.page.get_by_test_id("media")).to_be_visible()
    assert stranger.page.url.startswith(f"{demo.elos}/playback/")

    frame.get_by_role("button", name="Revoke link number 1").click()
    expect(frame.get_by_text("The link is revoked.")).to_be_visible()
    stranger.page.goto(link)
    expect(stranger.page.get_by_role("heading", name="This link doesn't work")).to_be_visible()
    frame.get_by_role("radio", name=re.compile("^Course")).check()
    frame.get_by_role("button", name="Save").click()
    expect(frame.get_by_text("Saved.")).to_be_visible()
