"""Grants and handovers over HTTP (DESIGN "Sessions"): who is let in where, until when, and in which tab."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy import func, select

from lti_elos.db.tables import browser_sessions, deployments, grants
from lti_elos.db.tables import platforms as platform_table
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from lti_elos.services.refreshers import keep_notes
from tests.conftest import Elos, Tool, add_platform
from tests.support.browser import Browser, code_of, hidden
from tests.support.platform import Jwks, Platform
from tests.support.rooms import (
    STUDENT,
    TEACHER,
    another_tool,
    ask_elos,
    follow,
    hours_later,
    one_database,
    people_in,
    until,
)

SECOND = {"context": {"id": "course-2", "title": "Física II"}}
THIRD = {"context": {"id": "course-3", "title": "Química"}}
OTHER = {"sub": "user-2", "name": "Outra Pessoa", "given_name": "Outra", "family_name": "Pessoa"}


def page(browser: Browser, room_id: str) -> tuple[int, str]:
    response = browser.open(f"/rooms/{room_id}")
    return response.status_code, code_of(response) if response.status_code >= 400 else ""


LET_IN, ENDED = (200, ""), (401, "WEB-SESSION-ENDED")


@pytest.fixture
def elsewhere(tool: Tool, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any, platform: Platform) -> Platform:
    """A second LMS."""
    jwks, server = jwks_server
    return add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test")


# --- grants ---


def test_a_launch_into_a_second_room_keeps_the_first(platform: Platform, browser: Browser) -> None:
    first, second = browser.enter_room(platform), browser.enter_room(platform, **SECOND)

    assert (page(browser, first), page(browser, second)) == (LET_IN, LET_IN)


def test_a_grant_is_for_its_room_alone(platform: Platform, browser: Browser, tool: Tool) -> None:
    browser.enter_room(platform)
    with Browser(tool.url) as other:
        others = other.enter_room(platform, **SECOND)

    assert page(browser, others) == ENDED


def test_another_persons_launch_ends_all_grants_of_the_former_person(
    tool: Tool, platform: Platform, browser: Browser
) -> None:
    first, second = browser.enter_room(platform), browser.enter_room(platform, **SECOND)
    with Browser(tool.url) as at_home:
        at_home.enter_room(platform)

        third = browser.enter_room(platform, **THIRD, **OTHER)

        assert (page(browser, first), page(browser, second), page(browser, third)) == (ENDED, ENDED, LET_IN)
        assert page(at_home, first) == LET_IN


def test_another_person_takes_the_room_over_as_themselves(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)

    browser.enter_room(platform, **STUDENT)

    assert browser.submit(f"/rooms/{room_id}/end").status_code == 403


def test_a_person_of_another_platform_ends_nothing(platform: Platform, elsewhere: Platform, browser: Browser) -> None:
    first = browser.enter_room(platform)

    second = browser.enter_room(elsewhere, **OTHER)

    assert (page(browser, first), page(browser, second)) == (LET_IN, LET_IN)


def test_a_grant_ends_after_two_hours_unused(tool: Tool, platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)

    with hours_later(tool, browser, 2.01):
        assert page(browser, room_id) == ENDED


def test_a_grant_in_use_ends_after_eight_hours(tool: Tool, platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)

    for hours in (1.9, 3.8, 5.7, 7.6, 7.99):
        with hours_later(tool, browser, hours):
            assert page(browser, room_id) == LET_IN, hours
    with hours_later(tool, browser, 8.01):
        assert page(browser, room_id) == ENDED


def test_polling_counts_as_use_of_the_grant_whose_page_polls(tool: Tool, platform: Platform, browser: Browser) -> None:
    with Browser(tool.url) as idle:
        room_id = browser.enter_room(platform)
        assert idle.enter_room(platform) == room_id
        token = status_token(browser, room_id)
        with another_tool(tool, later=timedelta(hours=1.9)) as then, Browser(then.url) as cookieless:
            answer = cookieless.open(f"/rooms/{room_id}/status", headers={"X-Status-Token": token})
            assert answer.status_code == 200
            keep_notes(then.deps)

        for one, expected in ((browser, LET_IN), (idle, ENDED)):
            with hours_later(tool, one, 3.5):
                assert page(one, room_id) == expected


def status_token(browser: Browser, room_id: str) -> str:
    return browser.open(f"/rooms/{room_id}").text.partition('data-token="')[2].partition('"')[0]


def disable_platform(tool: Tool, platform: Platform) -> None:
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)


def disable_by_its_row_alone(tool: Tool, platform: Platform) -> None:
    """Grants end by what is read, whoever wrote it, and however."""
    with tool.deps.database.transaction() as db:
        db.execute(platform_table.update().where(platform_table.c.id == platform.id).values(enabled=False))


def disable_deployment(tool: Tool, platform: Platform) -> None:
    with tool.deps.database.transaction() as db:
        db.execute(deployments.update().where(deployments.c.platform_id == platform.id).values(is_active=False))


@pytest.mark.parametrize("disable", [disable_platform, disable_by_its_row_alone, disable_deployment])
def test_disabling_ends_all_access_at_once(
    tool: Tool, platform: Platform, elsewhere: Platform, browser: Browser, elos: Elos, disable: Any
) -> None:
    with Browser(tool.url, framed=True) as frame, Browser(tool.url) as tab:
        room_id, elsewhere_id = browser.enter_room(platform), browser.enter_room(elsewhere)
        frame.enter_room(platform, **STUDENT)
        handover = hidden(frame.open(f"/rooms/{room_id}"), "handover")
        token = status_token(frame, room_id)
        elos.send("DELETE", "calls")

        disable(tool, platform)

        asked = [
            browser.open(f"/rooms/{room_id}"),
            browser.open(f"/rooms/{room_id}/recordings"),
            browser.submit(f"/rooms/{room_id}/join"),
            browser.submit(f"/rooms/{room_id}/end"),
            browser.open(f"/rooms/{room_id}/status"),
            tab.submit(f"/rooms/{room_id}/join", {"handover": handover}),
        ]
        assert [response.status_code for response in asked] == [401] * len(asked)
        assert elos.calls() == []
        assert page(browser, elsewhere_id) == LET_IN
        # What those who follow a room are told is a moment old.
        path, by_token = f"/rooms/{room_id}/status", {"X-Status-Token": token}
        until(lambda: browser.open(path, headers=by_token).status_code == 401)


@pytest.mark.parametrize("to", ["", "?to=embed"])
def test_who_waits_is_not_let_in_as_somebody_else_who_launched_meanwhile(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos, to: str
) -> None:
    """On a shared computer the tab that a student left waiting has the teacher's cookie by now."""
    room_id = browser.enter_room(platform, **STUDENT)
    waiting = html.fromstring(browser.open(f"/rooms/{room_id}/wait{to}").text)
    [own_way_in] = waiting.xpath("//*[@id='watch']/@data-enter")

    browser.enter_room(platform, **OTHER)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    ask_elos(tool, room_id)
    let_in = browser.open(own_way_in)

    assert (let_in.status_code, let_in.headers["Location"]) == (303, f"/rooms/{room_id}")
    assert len(elos.calls("join")) == 1

    browser.enter_room(platform, **STUDENT)
    assert browser.open(own_way_in).headers.get("Location") != f"/rooms/{room_id}"


def test_enabling_a_platform_again_does_not_revive_access(tool: Tool, platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)

    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)
    platforms.set_enabled(tool.deps, str(platform.id), enabled=True)

    assert browser.open(f"/rooms/{room_id}").status_code == 401
    assert browser.enter_room(platform) == room_id


def test_the_last_launch_decides_what_a_person_may(platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = browser.enter_room(platform)
    demoted = STUDENT | {"sub": "user-1"}

    browser.enter_room(platform, **demoted)

    assert browser.submit(f"/rooms/{room_id}/end").status_code == 403
    assert browser.submit(f"/rooms/{room_id}/join").headers["Location"].endswith("/wait")
    assert elos.calls("create") == []

    browser.enter_room(platform)
    assert browser.submit(f"/rooms/{room_id}/end").status_code == 303


@pytest.mark.parametrize("again_in", [TEACHER, SECOND], ids=["same course", "another course"])
def test_the_last_launch_decides_in_every_browser_of_the_person(
    tool: Tool, platform: Platform, browser: Browser, again_in: dict[str, Any]
) -> None:
    """The tab that a frame opened has a session of its own: it must not stay moderator when the course says otherwise.

    Roles belong to a course: what somebody is in another one changes nothing here.
    """
    with Browser(tool.url, framed=True) as frame, Browser(tool.url) as tab, Browser(tool.url) as colleague:
        room_id = frame.enter_room(platform)
        colleague.enter_room(platform, **OTHER)
        handover = hidden(frame.open(f"/rooms/{room_id}"), "handover")
        assert tab.submit(f"/rooms/{room_id}", {"handover": handover}).status_code == 303

        frame.enter_room(platform, **(STUDENT | {"sub": "user-1"} | again_in))

        assert tab.submit(f"/rooms/{room_id}/end").status_code == (303 if again_in else 403)
        assert colleague.submit(f"/rooms/{room_id}/end").status_code == 303


def test_the_last_launch_decides_in_all_rooms_of_the_course(platform: Platform, browser: Browser) -> None:
    by_link = {"custom": {"room_scope": "resource"}, "resource_link": {"id": "link-9"}}
    room_id = browser.enter_room(platform, **by_link)

    browser.enter_room(platform, **(STUDENT | {"sub": "user-1"}))

    assert browser.submit(f"/rooms/{room_id}/end").status_code == 403


# --- handovers ---


class Frame:
    """A framed room page of a person, and the handover in its forms."""

    def __init__(self, tool: Tool, platform: Platform, **claims: Any) -> None:
        self.browser = Browser(tool.url, framed=True)
        self.room_id = self.browser.enter_room(platform, **claims)
        self.url = f"/rooms/{self.room_id}"
        self.fields = {"handover": hidden(self.browser.open(self.url), "handover")}


@pytest.fixture
def frame(tool: Tool, platform: Platform) -> Frame:
    return Frame(tool, platform)


@pytest.fixture
def tab(tool: Tool) -> Browser:
    """A tab that the frame opened: it has no cookie of ours."""
    return Browser(tool.url)


def cookie_of(browser: Browser) -> str | None:
    return {cookie.name: cookie.value for cookie in browser.cookies}.get("__Host-elos")


def test_pages_at_top_level_carry_no_handover(platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)

    assert "handover" not in browser.open(f"/rooms/{room_id}").text


def test_the_first_use_of_a_handover_sets_a_cookie_of_the_tabs_own(frame: Frame, tab: Browser) -> None:
    response = tab.submit(frame.url, frame.fields)

    assert (response.status_code, response.headers["Location"]) == (303, frame.url)
    assert cookie_of(tab) not in (None, cookie_of(frame.browser))
    set_cookie = response.headers["Set-Cookie"]
    for part in ("__Host-elos=", "Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert part in set_cookie
    assert "Max-Age" not in set_cookie
    assert "expires" not in set_cookie.lower()
    assert page(tab, frame.room_id) == LET_IN


def test_a_handover_works_again_in_its_tab_and_nowhere_else(frame: Frame, tab: Browser, tool: Tool) -> None:
    assert tab.submit(frame.url, frame.fields).status_code == 303
    first = cookie_of(tab)

    again = tab.submit(frame.url, frame.fields)
    with Browser(tool.url) as thief:
        stolen = thief.submit(frame.url, frame.fields)

        assert (again.status_code, cookie_of(tab)) == (303, first)
        assert (stolen.status_code, code_of(stolen)) == (403, "WEB-FORM-STALE")
        assert cookie_of(thief) is None
        assert page(thief, frame.room_id) == ENDED


def test_a_refused_handover_leaves_no_session_behind(frame: Frame, tab: Browser, tool: Tool) -> None:
    tab.submit(frame.url, frame.fields)
    before = tool.rows()

    with Browser(tool.url) as thief:
        thief.submit(frame.url, frame.fields)

    assert tool.rows() == before


def test_twenty_tabs_at_once_cannot_share_a_handover(frame: Frame, tool: Tool) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def use(_number: int) -> int:
        with Browser(tool.url) as one:
            return one.submit(frame.url, frame.fields).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(use, range(20)))

    assert statuses == [303] + [403] * 19
    with tool.deps.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(browser_sessions)) == 2


def test_a_handover_enters_the_meeting_and_sets_the_cookie_on_the_way(frame: Frame, tab: Browser, elos: Elos) -> None:
    joined = follow(tab.submit(f"{frame.url}/join", frame.fields))

    assert joined["role"] == "MODERATOR"
    assert list(people_in(elos, joined["meetingID"]).values()) == ["MODERATOR"]
    assert page(tab, frame.room_id) == LET_IN


def test_a_handover_opens_its_own_room_only(frame: Frame, tab: Browser, tool: Tool, platform: Platform) -> None:
    other = Frame(tool, platform, **SECOND)

    for path in ("", "/join"):
        response = tab.submit(other.url + path, frame.fields)
        assert (response.status_code, code_of(response)) == (403, "WEB-FORM-STALE")
    assert cookie_of(tab) is None


@one_database
@pytest.mark.parametrize("sent", [{}, {"handover": ""}, {"handover": "x" * 90}, {"handover": "é"}])
def test_without_a_good_handover_nobody_comes_in(frame: Frame, tab: Browser, sent: dict[str, str]) -> None:
    response = tab.submit(frame.url, sent)

    assert (response.status_code, code_of(response)) == (403, "WEB-FORM-STALE")


def test_a_status_token_is_no_handover(frame: Frame, tab: Browser) -> None:
    response = tab.submit(frame.url, {"handover": status_token(frame.browser, frame.room_id)})

    assert (response.status_code, code_of(response)) == (403, "WEB-FORM-STALE")


@pytest.mark.parametrize("how", ["another person launched", "unused", "too old"])
def test_a_handover_ends_with_its_grant(frame: Frame, tab: Browser, tool: Tool, platform: Platform, how: str) -> None:
    if how == "another person launched":
        frame.browser.enter_room(platform, **OTHER)
        response = tab.submit(frame.url, frame.fields)
    else:
        with hours_later(tool, tab, 2.01 if how == "unused" else 8.01):
            response = tab.submit(frame.url, frame.fields)

    expected = (403, "WEB-FORM-STALE") if how == "too old" else (401, "WEB-SESSION-ENDED")
    assert (response.status_code, code_of(response)) == expected
    assert cookie_of(tab) is None


def test_an_older_page_still_opens_tabs_after_the_same_person_came_again(
    frame: Frame, tab: Browser, platform: Platform
) -> None:
    """The LMS open in two of its tabs: the first one's button must not say that the session has ended."""
    frame.browser.enter_room(platform)

    assert tab.submit(frame.url, frame.fields).status_code == 303


def test_an_older_page_gives_what_the_last_launch_said(frame: Frame, tab: Browser, platform: Platform) -> None:
    frame.browser.enter_room(platform, **(STUDENT | {"sub": "user-1"}))

    assert tab.submit(frame.url, frame.fields).status_code == 303
    assert tab.submit(f"{frame.url}/end").status_code == 403


def test_a_tab_of_another_person_asks_before_it_changes_hands(
    frame: Frame, tab: Browser, tool: Tool, platform: Platform
) -> None:
    theirs = tab.enter_room(platform, **SECOND, **OTHER)
    before = tool.rows()

    refused = tab.submit(frame.url, frame.fields | {"to": "recordings"})

    assert (refused.status_code, code_of(refused)) == (403, "WEB-OTHER-PERSON")
    assert refused.text.count("<form") == refused.text.count('<button class="btn btn-primary') == 1
    assert tool.rows() == before
    assert (page(tab, theirs), page(tab, frame.room_id)) == (LET_IN, ENDED)

    fields = {name: hidden(refused, name) for name in ("handover", "to", "replace")}
    assert fields == frame.fields | {"to": "recordings", "replace": "1"}
    carried_on = tab.submit(frame.url, fields)

    assert (carried_on.status_code, carried_on.headers["Location"]) == (303, f"{frame.url}/recordings")
    assert (page(tab, theirs), page(tab, frame.room_id)) == (ENDED, LET_IN)


def test_a_tab_of_a_person_of_another_platform_changes_no_hands(
    frame: Frame, tab: Browser, elsewhere: Platform
) -> None:
    theirs = tab.enter_room(elsewhere, **OTHER)

    assert tab.submit(frame.url, frame.fields).status_code == 303
    assert (page(tab, theirs), page(tab, frame.room_id)) == (LET_IN, LET_IN)


def test_a_tab_whose_other_person_has_left_long_ago_asks_nothing(
    frame: Frame, tab: Browser, tool: Tool, platform: Platform
) -> None:
    tab.enter_room(platform, **SECOND, **OTHER)
    with hours_later(tool, frame.browser, 1.5):
        assert page(frame.browser, frame.room_id) == LET_IN

    with hours_later(tool, tab, 2.5):
        assert tab.submit(frame.url, frame.fields).status_code == 303


@one_database
def test_nothing_in_an_address_says_who_somebody_is(frame: Frame, tab: Browser, elos: Elos) -> None:
    handover = frame.fields["handover"]
    elos.send("DELETE", "calls")

    asked = [
        tab.open(f"{frame.url}?handover={handover}"),
        tab.open(f"{frame.url}/enter?handover={handover}"),
        tab.open(f"{frame.url}/status?token={handover}"),
        tab.submit(f"{frame.url}/join?handover={handover}"),
        tab.submit(f"{frame.url}?handover={handover}"),
    ]

    assert [response.status_code for response in asked] == [401, 401, 401, 401, 403]
    assert cookie_of(tab) is None
    assert elos.calls() == []


@one_database
@pytest.mark.parametrize(
    ("to", "expected"),
    [("room", ""), (None, ""), ("recordings", "/recordings"), ("wait", "/wait")],
)
def test_a_handover_leads_to_the_page_that_the_form_names(
    frame: Frame, tab: Browser, to: str | None, expected: str
) -> None:
    response = tab.submit(frame.url, frame.fields | ({"to": to} if to else {}))

    assert (response.status_code, response.headers["Location"]) == (303, frame.url + expected)


@one_database
@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "settings", "../recordings", ""])
def test_a_handover_leads_nowhere_else(frame: Frame, tab: Browser, to: str) -> None:
    response = tab.submit(frame.url, frame.fields | {"to": to})

    assert (response.status_code, code_of(response)) == (404, "WEB-NOT-FOUND")


def test_grants_are_one_a_room_and_session_however_often_one_comes(
    platform: Platform, browser: Browser, tool: Tool
) -> None:
    for _ in range(3):
        browser.enter_room(platform)

    with tool.deps.database.reading() as db:
        assert db.scalar(select(func.count()).select_from(grants)) == 1


# --- forms posted from elsewhere ---

FORMS = ["join", "end", "", "recordings/00000000-0000-4000-8000-000000000000/play"]
OURS = {"Sec-Fetch-Site": "same-origin"}
FOREIGN: list[dict[str, str | None]] = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "none", "Origin": None},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{ours}"},
    {"Sec-Fetch-Site": "", "Origin": "{ours}"},
    {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "null"},
    {"Sec-Fetch-Site": None, "Origin": None},
    {"Sec-Fetch-Site": None, "Origin": "{ours}.evil.example"},
]


def post(browser: Browser, path: str, headers: dict[str, str | None], data: dict[str, str]) -> Any:
    sent = {name: value.format(ours=browser.tool_url) if value else value for name, value in headers.items()}
    return browser.post(browser.tool_url + path, data=data, headers=sent, allow_redirects=False)


@one_database
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_posted_from_elsewhere_has_no_effect(
    platform: Platform, browser: Browser, tool: Tool, elos: Elos, headers: dict[str, str | None]
) -> None:
    room_id = browser.enter_room(platform)
    before = tool.rows()

    for form in FORMS:
        response = post(browser, f"/rooms/{room_id}/{form}".rstrip("/"), headers, {})
        assert (response.status_code, code_of(response)) == (403, "WEB-FORM-STALE"), form
    assert elos.calls() == []
    assert tool.rows() == before


def test_not_even_with_a_handover_does_a_form_from_elsewhere_work(frame: Frame, tab: Browser) -> None:
    response = post(tab, frame.url, FOREIGN[0], frame.fields)

    assert (response.status_code, code_of(response)) == (403, "WEB-FORM-STALE")
    assert cookie_of(tab) is None
    assert tab.submit(frame.url, frame.fields).status_code == 303


@one_database
@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin", "Origin": None}, {"Sec-Fetch-Site": None, "Origin": "{ours}"}],
    ids=["Sec-Fetch-Site", "Origin"],
)
def test_our_own_forms_work_in_new_and_in_old_browsers(
    platform: Platform, browser: Browser, headers: dict[str, str | None]
) -> None:
    room_id = browser.enter_room(platform)

    follow(post(browser, f"/rooms/{room_id}/join", headers, {}))


def test_the_lmss_forms_come_from_elsewhere(platform: Platform, browser: Browser) -> None:
    state, nonce = browser.begin(platform)
    token = platform.sign(platform.claims(nonce=nonce, target=f"{browser.tool_url}/lti/launch"))
    headers: dict[str, str | None] = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}

    assert post(browser, "/lti/launch", headers, {"state": state, "id_token": token}).status_code == 303
