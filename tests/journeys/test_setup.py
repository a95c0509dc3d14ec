"""Connecting an LMS by hand, in Chromium: values are copied, or taken whole where nothing copies."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from lti_elos.web.setup_guides import GUIDES
from tests.journeys.conftest import Demo, Person


def row(person: Person, label: str) -> Any:
    return person.page.locator("[data-copy-row]", has=person.page.get_by_text(label, exact=True))


def test_an_administrator_finds_the_guide_and_copies_a_value(demo: Demo, people: Any) -> None:
    person: Person = people(permissions=["clipboard-read", "clipboard-write"])
    page = person.page
    page.goto(demo.tool)
    page.get_by_role("link", name="LMS").click()
    page.get_by_role("main").get_by_role("link", name="Moodle").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Moodle")

    row(person, "Iniciar URL de login").get_by_role("button").click()

    expect(row(person, "Iniciar URL de login").get_by_role("button")).to_contain_text("Copiado")
    expect(page.get_by_role("status")).to_have_text("Copiado")
    assert page.evaluate("navigator.clipboard.readText()") == f"{demo.tool}/lti/login"

    row(person, "Parâmetros personalizados").get_by_role("button").click()
    expect(row(person, "Parâmetros personalizados").get_by_role("button")).to_contain_text("Copiado")
    assert len(page.evaluate("navigator.clipboard.readText()").split("\n")) == 3


def test_where_the_clipboard_is_out_of_reach_the_value_is_selected(demo: Demo, people: Any) -> None:
    person: Person = people(locale="en")
    page = person.page
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto(f"{demo.tool}/docs/setup/sakai")

    button = row(person, "Launch URL").get_by_role("button")
    button.click()

    expect(button).to_contain_text("Ctrl+C")
    assert page.evaluate("String(getSelection())") == f"{demo.tool}/lti/launch"


def test_without_script_every_value_is_there_and_one_click_takes_all_of_it(demo: Demo, people: Any) -> None:
    person: Person = people(locale="en", java_script_enabled=False)
    page = person.page
    page.goto(f"{demo.tool}/docs/setup/brightspace")

    expect(row(person, "Keyset URL").locator("code")).to_have_text(f"{demo.tool}/lti/jwks.json")
    assert row(person, "Keyset URL").locator("code").evaluate("one => getComputedStyle(one).userSelect") == "all"
    expect(page.get_by_role("button")).to_have_count(0)


def test_from_one_guide_to_the_others_by_keyboard(demo: Demo, people: Any) -> None:
    page = people(locale="es", width=390).page
    page.goto(f"{demo.tool}/docs/setup/moodle")

    links = page.get_by_role("navigation", name="LMS").get_by_role("link")

    expect(links).to_have_count(len(GUIDES))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    links.last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/docs/setup/other")
