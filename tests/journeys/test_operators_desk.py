"""An operator's day: sign in, invite, see the platform come, decide about it, and shut it out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_first_class import OPEN, in_meeting
from tests.journeys.test_registration import begin, close


def sign_in(person: Person, demo: Demo) -> Page:
    """As a visitor of the demo does, by what its first page says."""
    page = person.page
    page.goto(f"{demo.lms}/?locale=pt-BR")
    email, password = (page.get_by_test_id(f"desk-{one}").inner_text() for one in ("email", "password"))
    page.get_by_test_id("desk").get_by_role("link").click()
    page.get_by_label("E-mail").fill(email)
    page.locator("#password").fill(password)
    page.locator("main form button").click()
    expect(page.locator(".desk-bar")).to_contain_text(email)
    return page


def test_an_operator_connects_an_lms_and_shuts_it_out(demo: Demo, people: Any, shots: Path | None) -> None:
    page = sign_in(people(locale="en-GB"), demo)
    assert page.url == f"{demo.tool}/admin"
    if shots:
        page.screenshot(path=shots / "desk.png", full_page=True)

    page.get_by_role("link", name="Invite an LMS").first.click()
    page.get_by_label("What you call the LMS").fill("Moodle da nova escola")
    page.get_by_role("button", name="Make the invitation").click()
    invite = page.locator("#invite-url").inner_text()
    expect(page.locator("[data-copy]")).to_be_visible()

    admin: Person = people()
    there = begin(admin, demo, "moodle", invite)
    there.locator("button#register").click()
    close(there)
    entry = admin.page.get_by_test_id("tools").get_by_test_id("tool").last
    entry.get_by_test_id("activate").click()
    entry.get_by_test_id("deactivate").wait_for()
    client_id = entry.get_by_test_id("client-id").inner_text()

    page.get_by_role("navigation").get_by_role("link", name="Platforms").click()
    row = page.get_by_role("row", name=re.compile("Moodle da nova escola"))
    expect(row).to_contain_text("Not used yet")
    row.get_by_role("link").click()
    page.get_by_label("Your words beside").fill("As aulas desta escola são gravadas.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")

    teacher: Person = people()
    teacher.page.goto(f"{demo.course('teacher-1')}&tool={client_id}")
    expect(teacher.frame.locator("body")).to_contain_text("As aulas desta escola são gravadas.")
    in_meeting(teacher.press_for_a_tab(OPEN), demo, role="Moderador(a)", name="Docente Exemplo Um")

    page.locator("summary", has_text="Disable").click()
    page.get_by_role("button", name="Disable", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Disabled")
    teacher.page.reload()
    expect(teacher.frame.locator("code.fw-bold")).to_have_text("LTI-PLATFORM-DISABLED")

    page.get_by_role("button", name="Sign out").click()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_server_is_checked_from_the_overview(demo: Demo, people: Any) -> None:
    page = sign_in(people(locale="en-GB"), demo)

    page.get_by_role("button", name=re.compile("Check default now")).click()

    expect(page.get_by_role("status")).to_contain_text("It answered a signed call in")
    page.get_by_role("navigation").get_by_role("link", name="Servers").click()
    expect(page.get_by_role("row", name=re.compile("default"))).to_contain_text("Answered")
