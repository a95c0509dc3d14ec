"""A wrong clock at the LMS: the operator sees the cause and its mend, and that it stopped once it was mended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from lti_elos.app import make_deps
from lti_elos.services import operators
from lti_elos.settings import Settings
from tests.journeys.conftest import Demo, Person
from tests.support.operators import PASSWORD

ON_CALL = "plantao@exemplo.test"


@pytest.fixture
def wrong_clock(demo: Demo) -> Iterator[None]:
    """The demo's LMS is five minutes ahead."""
    address = f"{demo.lms}/_lms/overrides"
    now = int(time.time())
    changes = {"claims": {"iat": now + 350, "exp": now + 410}}
    requests.post(address, json=changes, timeout=10).raise_for_status()
    yield
    requests.delete(address, timeout=10).raise_for_status()


def at_the_desk(demo: Demo, person: Person) -> Page:
    deps = make_deps(
        Settings(base_url=demo.tool, data_dir=demo.data, secret_key="not-the-demo's-own-key-of-32-characters")
    )
    operators.create(deps, ON_CALL, PASSWORD)
    deps.database.dispose()
    page = person.page
    page.goto(f"{demo.tool}/admin/failed-launches")
    page.locator("#email").fill(ON_CALL)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/admin/failed-launches")
    return page


def enter(demo: Demo, person: Person) -> None:
    person.page.goto(demo.course("student-1", lms="canvas"))


def test_a_wrong_clock_is_seen_mended_and_seen_to_have_stopped(
    demo: Demo, people: Any, wrong_clock: None, shots: Path | None
) -> None:
    student: Person = people()
    operator: Person = people(locale="en-US")
    enter(demo, student)
    expect(student.frame.get_by_text("LTI-TOKEN-TIME")).to_be_visible()
    occurrence = student.frame.locator("code").nth(1).inner_text()

    page = at_the_desk(demo, operator)
    row = page.locator("tbody tr").filter(has_text="LTI-TOKEN-TIME")
    expect(row).to_contain_text("5 min ahead")
    expect(row).to_contain_text("Still happening")
    page.locator("#occurrence").fill(occurrence)
    page.locator("#occurrence").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 min ahead")
    expect(page.locator("main")).to_contain_text("set the server's clock (NTP)")
    expect(page.locator("main")).to_contain_text(occurrence)
    if shots:
        page.screenshot(path=shots / "admin-failed-launch.png", full_page=True)

    page.get_by_role("link", name="Check the connection").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("ol.checks")).to_contain_text("fit to sign")

    requests.delete(f"{demo.lms}/_lms/overrides", timeout=10).raise_for_status()
    enter(demo, student)
    expect(student.frame.get_by_role("heading", level=1)).to_contain_text("Cálculo")
    page.goto(f"{demo.tool}/admin/failed-launches")
    expect(row).to_contain_text("Stopped")


def test_an_lms_administrator_looks_at_the_connection_in_the_frame(demo: Demo, people: Any, shots: Path | None) -> None:
    admin: Person = people()
    admin.page.goto(demo.course("admin", lms="moodle"))
    admin.frame.get_by_role("link", name="Connection").or_(admin.frame.get_by_role("link", name="Conexão")).click()
    admin.frame.locator("form[action$='/lms'] button").click()

    expect(admin.frame.locator("ol.checks")).to_contain_text("JWKS")
    if shots:
        admin.page.screenshot(path=shots / "lms-connection.png")
