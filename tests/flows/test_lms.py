"""The connection as an LMS's administrator sees it, inside the LMS: their deployment alone, and nothing to change."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from tests.conftest import Tool
from tests.flows.test_admin_failures import main_of, text_of, wrong_clock
from tests.support.browser import Browser, ClosedFrame, code_of
from tests.support.platform import MEMBERSHIP, Platform
from tests.support.rooms import ADMINISTRATOR, INSTITUTION, STUDENT, TEACHER, one_database
from tests.support.rows import changes, everything

TEACHING_ADMINISTRATOR: dict[str, Any] = {"roles": [f"{MEMBERSHIP}Instructor", f"{INSTITUTION}Administrator"]}


@pytest.fixture
def admin(tool: Tool, platform: Platform) -> Any:
    with Browser(tool.url) as browser:
        room_id = browser.enter_room(platform, **ADMINISTRATOR)
        browser.open(f"/rooms/{room_id}?lang=en")  # the LMS speaks Portuguese
        yield browser


def launch_to(browser: Browser, platform: Platform, path: str, **claims: Any) -> str:
    """Where a launch with this target leads."""
    response = browser.launch(platform, target_link_uri=browser.tool_url + path, **claims)
    assert response.status_code == 303, code_of(response)
    return response.headers["Location"]


def test_a_link_to_lms_leads_administrators_to_the_connection(browser: Browser, platform: Platform) -> None:
    where = launch_to(browser, platform, "/lms", **ADMINISTRATOR)

    assert where.endswith("/lms")
    assert browser.open(where).status_code == 200
    again = browser.open("/lms")
    assert (again.status_code, again.headers["Location"]) == (303, where)


@pytest.mark.parametrize("person", [TEACHER, STUDENT], ids=["teacher", "student"])
@one_database
def test_a_link_to_lms_leads_others_to_the_room(browser: Browser, platform: Platform, person: dict[str, Any]) -> None:
    where = launch_to(browser, platform, "/lms", **person)

    assert not where.endswith("/lms")
    assert code_of(browser.open("/lms")) == "WEB-SESSION-ENDED"
    assert "Conexão" not in browser.open(where).text
    for method in (browser.open, browser.submit):
        refused = method(f"{where}/lms")
        assert (refused.status_code, code_of(refused)) == (403, "WEB-NOT-ALLOWED")


@one_database
def test_who_teaches_and_administers_sees_it_too(browser: Browser, platform: Platform) -> None:
    room_id = browser.enter_room(platform, **TEACHING_ADMINISTRATOR)

    assert f"/rooms/{room_id}/lms" in browser.open(f"/rooms/{room_id}").text
    assert browser.open(f"/rooms/{room_id}/lms").status_code == 200


@one_database
def test_a_platforms_policy_may_keep_it_from_them(tool: Tool, browser: Browser, platform: Platform) -> None:
    from lti_elos.services import platforms

    platforms.set_policies(tool.deps, str(platform.id), ["admins_manage=false"])
    room_id = browser.enter_room(platform, **ADMINISTRATOR)

    assert browser.open(f"/rooms/{room_id}/lms").status_code == 403


def test_it_shows_state_failures_and_what_they_can_do(admin: Browser, browser: Browser, platform: Platform) -> None:
    wrong_clock(browser, platform)
    page = admin.open(admin.open("/lms").headers["Location"])

    assert "is 5 min ahead" in text_of(page)
    assert "Needs attention" in text_of(page)
    (link,) = main_of(page).xpath("//tbody//th//a/@href")
    one = admin.open(link)
    assert "Please set it by NTP" in text_of(one)
    for kept_back in ("data-copy", "[hidden", "sub</code>", "In the log", "lti-elos "):
        assert kept_back not in html.tostring(main_of(one)).decode()


@one_database
def test_another_deployments_failures_are_not_theirs(
    tool: Tool, admin: Browser, browser: Browser, platform: Platform
) -> None:
    other = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    browser.enter_room(other)
    wrong_clock(browser, other)
    browser.login(platform, client_id="mistyped")
    where = admin.open("/lms").headers["Location"]
    with Browser(tool.url) as theirs:
        theirs.enter_room(other, **ADMINISTRATOR)
        (link,) = main_of(theirs.open(theirs.open("/lms").headers["Location"])).xpath("//tbody//th//a/@href")
    failure_id = link.rpartition("/")[2]

    assert "No failure in 30 days." in text_of(admin.open(where))
    assert admin.open(f"{where}/{failure_id}").status_code == 404


def test_the_connection_is_checked_when_they_ask(tool: Tool, admin: Browser, platform: Platform) -> None:
    where = admin.open("/lms").headers["Location"]
    before = everything(tool)

    page = admin.submit(where)

    said = text_of(page)
    assert "1 fit to sign (key-1)" in said
    assert "deployment-1: the last one" in said
    assert "sim" not in main_of(page).xpath("string(//ol[@class='checks'])").split()  # our servers are not told of
    assert changes(before, everything(tool)) <= {"grants.used_at"}


@one_database
def test_it_is_not_checked_without_end(admin: Browser) -> None:
    where = admin.open("/lms").headers["Location"]

    codes = [admin.submit(where).status_code for _ in range(7)]

    assert codes == [200] * 6 + [429]


@one_database
def test_looking_changes_nothing(tool: Tool, admin: Browser) -> None:
    where = admin.open("/lms").headers["Location"]
    before = everything(tool)

    assert admin.open(where).status_code == 200

    assert changes(before, everything(tool)) <= {"grants.used_at"}


def test_from_a_frame_without_cookies_it_is_a_tab_away(tool: Tool, platform: Platform) -> None:
    with ClosedFrame(tool.url) as frame:
        page, secret = frame.reach_verify(platform, **ADMINISTRATOR)
        brief = frame.go_on(page, secret=secret)
    form = html.fromstring(brief.text).xpath("//form[.//button[@value='lms']]")[0]
    with Browser(tool.url) as tab:
        arrived = tab.submit(form.get("action"), dict(form.form_values()) | {"to": "lms"})
        assert arrived.status_code == 303
        assert tab.open(arrived.headers["Location"]).status_code == 200


@one_database
def test_the_page_may_be_framed(admin: Browser) -> None:
    page = admin.open(admin.open("/lms").headers["Location"])

    assert "frame-ancestors 'self' https:" in page.headers["Content-Security-Policy"]
