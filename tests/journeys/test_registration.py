"""Registered in one paste: the operator's invite, the LMS's own page, one button, and a class in the room."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error, FrameLocator, Page, expect

from tests.journeys.conftest import Demo, Person
from tests.journeys.test_deep_linking import SELECT, choose, course_links
from tests.journeys.test_first_class import OPEN, in_meeting
from tests.journeys.test_frames_without_cookies import OPEN_WINDOW
from tests.support.platform import LTI
from tests.support.webkit import WebKitPerson

IN_A_FRAME = ["moodle", "canvas", "sakai"]


def begin(admin: Person, demo: Demo, lms: str, invite: str = "", *, trouble: str = "") -> Any:
    """Paste an invite, or a new one, in the LMS. Gives the tool's page, wherever the LMS shows it."""
    page = admin.page
    more = f"&trouble={trouble}" if trouble else ""
    page.goto(f"{demo.lms}/{lms}/admin/tools?as=admin&locale=pt-BR{more}")
    page.get_by_test_id("registration-url").fill(invite or demo.invite(f"{lms} da escola"))
    if lms in IN_A_FRAME:
        page.get_by_test_id("register-tool").click()
        page.locator("[data-testid=new-tool], [data-testid=registration]").first.wait_for()
        if page.get_by_test_id("new-tool").count():  # the LMS knows the tool that the demo came with
            page.get_by_test_id("new-tool").click()
        return page.frame_locator("[data-testid=registration]")
    with page.expect_popup() as opened:
        page.get_by_test_id("register-tool").click()
    return opened.value


def close(there: Page | FrameLocator) -> None:
    """Press the page's last button. A window closes itself in that very moment, and its click is never answered."""
    try:
        there.locator("#close").click()
    except Error as error:
        if "has been closed" not in str(error):
            raise


@pytest.mark.parametrize("lms", [*IN_A_FRAME, "brightspace"])
def test_an_invite_becomes_a_class(demo: Demo, people: Any, lms: str, shots: Path | None) -> None:
    admin: Person = people()
    there = begin(admin, demo, lms)
    expect(there.locator("button#register")).to_be_visible()
    if shots:
        admin.page.screenshot(path=shots / f"register-{lms}.png")
    there.locator("button#register").click()
    expect(there.get_by_role("heading", level=1)).to_contain_text("Registrado")
    if shots:
        admin.page.screenshot(path=shots / f"registered-{lms}.png")
    close(there)

    entry = admin.page.get_by_test_id("tools").get_by_test_id("tool").last
    entry.get_by_test_id("activate").click()
    entry.get_by_test_id("deactivate").wait_for()
    client_id = entry.get_by_test_id("client-id").inner_text()

    teacher: Person = people()
    teacher.page.goto(f"{demo.course('teacher-1', lms=lms)}&tool={client_id}")
    tab = teacher.press_for_a_tab(OPEN)
    in_meeting(tab, demo, role="Moderador(a)", name="Docente Exemplo Um")
    assert demo.launches()[-1]["claims"]["aud"] == client_id

    name = f"Plantão por convite ({lms})"
    teacher.page.bring_to_front()
    teacher.page.goto(f"{demo.course('teacher-1', lms=lms)}&tool={client_id}")
    teacher.page.get_by_test_id("select-content").click()
    picker = teacher.frame
    picker.locator("label[for=new]").click()
    picker.locator("#new-name").fill(name)
    if picker.locator("[name=room][type=checkbox]").count():
        picker.locator("#course").uncheck()
    picker.locator("#add").click()
    expect(teacher.frame.get_by_role("heading", name=name, level=1)).to_be_visible()  # the new link is opened
    claims = demo.launches()[-1]["claims"]
    assert (claims["aud"], claims[f"{LTI}message_type"]) == (client_id, "LtiResourceLinkRequest")


@pytest.mark.parametrize("trouble", ["fails", "issuer", "expired"])
def test_an_lms_in_trouble_leaves_the_invite_good(demo: Demo, people: Any, trouble: str) -> None:
    admin: Person = people()
    invite = demo.invite("Moodle da escola")
    there = begin(admin, demo, "moodle", invite, trouble=trouble)
    if trouble != "issuer":  # which is seen before anything is offered
        there.locator("button#register").click()
    expect(there.locator("code.fw-bold")).to_have_text(re.compile("LTI-(REGISTRATION|PLATFORM-ADDRESS)"))

    there = begin(admin, demo, "moodle", invite)
    there.locator("button#register").click()
    expect(there.get_by_role("heading", level=1)).to_contain_text("Registrado")


@pytest.mark.parametrize("lms", ["moodle", "canvas", "sakai"])
def test_in_webkit_an_invite_becomes_a_class_and_a_link(
    tls_demo: Demo, webkit: Callable[..., WebKitPerson], lms: str
) -> None:
    admin = webkit()
    admin.open(f"{tls_demo.lms}/{lms}/admin/tools?as=admin&locale=pt-BR")
    field = admin.driver.find_element("css selector", "[data-testid=registration-url]")
    field.send_keys(tls_demo.invite(f"{lms} da escola"))
    admin.press_test_id("register-tool")
    admin.until(
        lambda: admin.driver.find_elements("css selector", "[data-testid=new-tool], [data-testid=registration]")
    )
    if admin.driver.find_elements("css selector", "[data-testid=new-tool]"):
        admin.press_test_id("new-tool")
    admin.into_frame()
    admin.press("Registrar")
    admin.sees("Registrado")
    admin.press("Fechar")
    admin.out_of_frames()
    admin.press_test_id("activate")
    admin.until(lambda: admin.driver.find_elements("css selector", "[data-testid=deactivate]"))
    client_id = admin.driver.find_elements("css selector", "[data-testid=client-id]")[-1].text

    name = f"Plantão por convite ({lms})"
    teacher = webkit()
    teacher.open(f"{tls_demo.course('teacher-1', lms=lms)}{SELECT}&tool={client_id}")
    course = teacher.window
    teacher.into_frame()
    if lms == "moodle":  # no storage there: a window chooses
        with teacher.new_window():
            teacher.press(OPEN_WINDOW)
    choose(teacher, name)
    if lms == "moodle":
        teacher.until(lambda: teacher.windows() == [course] or None)
        teacher.to_window(course)
    teacher.out_of_frames()
    teacher.until(lambda: name in course_links(teacher) or None)
    teacher.into_frame()
    teacher.sees(OPEN_WINDOW if lms == "moodle" else name)
    answered = [one["claims"] for one in tls_demo.launches() if "claims" in one]
    assert answered[-1]["aud"] == client_id
