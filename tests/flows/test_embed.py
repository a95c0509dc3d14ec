"""The meeting inside our page, over HTTP: who gets it, what it may do, and that looking at it never creates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lxml import html

from lti_elos.services import platforms
from tests.conftest import Elos, Tool
from tests.flows.test_headers import policy_of
from tests.support.browser import Browser, code_of, hidden
from tests.support.platform import Platform
from tests.support.rooms import (
    ADMINISTRATOR,
    ASSISTANT,
    STUDENT,
    TEACHER,
    another_tool,
    ask_elos,
    follow,
    meeting_id_of,
    one_database,
    open_room,
    people_in,
)

DELEGATED = [
    "microphone *",
    "camera *",
    "display-capture *",
    "fullscreen *",
    "autoplay *",
    "clipboard-read *",
    "clipboard-write *",
    "speaker-selection *",
    "screen-wake-lock *",
]


@pytest.fixture
def frame(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url, framed=True) as one:
        yield one


def let(tool: Tool, platform: Platform, policy: str) -> None:
    platforms.set_policies(tool.deps, str(platform.id), [f"embedding={policy}"])


def where(answer: requests.Response) -> tuple[int, str]:
    """Status, and the path (with query) that it leads to."""
    parts = urlsplit(answer.headers.get("Location", ""))
    return answer.status_code, parts.path + (f"?{parts.query}" if parts.query else "")


def use_it_here(browser: Browser, room_id: str) -> requests.Response:
    return browser.submit(f"/rooms/{room_id}/join", {"to": "embed"})


def document_of(answer: requests.Response) -> Any:
    assert answer.status_code == 200, (answer.status_code, code_of(answer), answer.headers.get("Location"))
    return html.document_fromstring(answer.text)


# --- the page ---


@pytest.mark.parametrize("policy", ["allowed", "preferred"])
def test_who_may_open_opens_here_and_is_led_into_the_meeting_by_the_inner_frame(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos, policy: str
) -> None:
    let(tool, platform, policy)
    room_id = frame.enter_room(platform)

    assert where(use_it_here(frame, room_id)) == (303, f"/rooms/{room_id}/embed")
    [inner] = document_of(frame.open(f"/rooms/{room_id}/embed")).xpath("//iframe")

    assert inner.get("src") == f"/rooms/{room_id}/enter"
    assert people_in(elos, meeting_id_of(tool, room_id)) == {}, "created, nobody is in"
    follow(frame.open(inner.get("src")))
    assert list(people_in(elos, meeting_id_of(tool, room_id)).values()) == ["MODERATOR"]
    assert len(elos.calls("create")) == 1


@one_database
def test_the_page_is_a_bar_and_a_frame_that_passes_on_what_a_meeting_needs(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    assert frame.enter_room(platform, **STUDENT) == room_id

    document = document_of(frame.open(f"/rooms/{room_id}/embed?lang=pt"))

    assert document.xpath("//title/text()") == ["Aberta · Cálculo I"]
    [inner] = document.xpath("//iframe")
    assert inner.get("allow").split("; ") == DELEGATED
    assert inner.get("allowfullscreen") is not None
    assert inner.get("title").endswith(": Cálculo I")
    assert len(document.xpath("//header//h1[.//text()='Cálculo I']")) == 1
    assert document.xpath("//header//a/@href") == [f"/rooms/{room_id}"]
    before = document.xpath("count(//iframe/preceding::form[@data-move])")
    assert before == document.xpath("count(//form[@data-move])") > 0, "the bar comes first in order"
    assert len(document.xpath("//*[@role='status']")) == 1
    assert document.get("data-bs-theme") == "light"


def test_open_in_a_new_tab_knows_the_person_without_the_frames_cookie(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    frame.enter_room(platform, **STUDENT)
    page = frame.open(f"/rooms/{room_id}/embed")

    [form, *_] = document_of(page).xpath("//header//form")
    assert (form.get("method"), form.get("target"), form.get("rel")) == ("post", "_blank", "opener")
    with Browser(tool.url) as tab:
        joined = follow(tab.submit(form.get("action"), {"handover": hidden(page, "handover")}))

    assert joined["role"] == "VIEWER"
    assert joined["fullName"] == "Estudante Modelo"


@one_database
def test_the_page_at_top_level_moves_too(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = open_room(tool, platform, elos)
    browser.enter_room(platform, **STUDENT)

    page = browser.open(f"/rooms/{room_id}/embed")

    follow(browser.submit(f"/rooms/{room_id}/join", {"handover": hidden(page, "handover")}))


@one_database
def test_only_who_may_present_is_told_that_the_screen_cannot_be_shared(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    told = {}
    for name, person in {
        "teacher": TEACHER,
        "assistant": ASSISTANT,
        "student": STUDENT,
        "admin": ADMINISTRATOR,
    }.items():
        frame.enter_room(platform, **person)
        document = document_of(frame.open(f"/rooms/{room_id}/embed"))
        notes = document.xpath("//*[@data-refused]")
        assert all(note.get("hidden") is not None for note in notes), "only the browser knows"
        told[name] = "display-capture" in [note.get("data-refused") for note in notes]

    assert told == {"teacher": True, "assistant": True, "student": False, "admin": False}


# --- who does not get it ---


@pytest.mark.parametrize("person", [STUDENT, ADMINISTRATOR], ids=["student", "administrator"])
def test_who_may_not_open_waits_in_the_frame_and_is_let_in_to_the_page(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos, person: dict[str, Any]
) -> None:
    room_id = frame.enter_room(platform, **person)
    here, waiting = f"/rooms/{room_id}/embed", f"/rooms/{room_id}/wait?to=embed"

    assert where(use_it_here(frame, room_id)) == (303, waiting)
    assert where(frame.open(here)) == (303, waiting)
    document = document_of(frame.open(waiting))
    on = document.get_element_by_id("watch").get("data-enter")
    assert on.partition("?waits=")[0] == here
    assert document.xpath("//*[@data-when='open']//a/@href") == [on]
    assert elos.calls("create") == []

    assert open_room(tool, platform, elos) == room_id
    assert where(frame.open(waiting)) == (303, here)
    assert where(use_it_here(frame, room_id)) == (303, here)
    assert len(document_of(frame.open(here)).xpath("//iframe")) == 1


@one_database
def test_who_waits_for_a_tab_goes_on_into_the_meeting(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform, **STUDENT)
    document = document_of(browser.open(f"/rooms/{room_id}/wait"))

    assert document.get_element_by_id("watch").get("data-enter").partition("?waits=")[0] == f"/rooms/{room_id}/enter"
    open_room(tool, platform, elos)
    assert where(browser.open(f"/rooms/{room_id}/wait")) == (303, f"/rooms/{room_id}/enter")


@one_database
def test_changing_the_language_while_waiting_in_the_frame_still_leads_to_the_page(
    platform: Platform, frame: Browser
) -> None:
    room_id = frame.enter_room(platform, **STUDENT)

    links = document_of(frame.open(f"/rooms/{room_id}/wait?to=embed")).xpath("//footer//a[@hreflang]/@href")

    assert links == ["?to=embed&lang=en", "?to=embed&lang=es"]
    document = document_of(frame.open(f"/rooms/{room_id}/wait{links[0]}"))
    assert document.get_element_by_id("watch").get("data-enter").partition("?waits=")[0] == f"/rooms/{room_id}/embed"


def test_looking_never_creates(tool: Tool, platform: Platform, frame: Browser, elos: Elos) -> None:
    room_id = frame.enter_room(platform)

    for path in ("embed", "embed?to=embed", "wait?to=embed", "enter"):
        assert where(frame.open(f"/rooms/{room_id}/{path}")) == (303, f"/rooms/{room_id}"), path

    assert elos.calls("create") == []
    assert elos.meetings() == []


def test_after_the_end_there_is_nothing_to_hold(tool: Tool, platform: Platform, frame: Browser, elos: Elos) -> None:
    room_id = frame.enter_room(platform)
    use_it_here(frame, room_id)
    follow(frame.open(f"/rooms/{room_id}/enter"))
    frame.submit(f"/rooms/{room_id}/end")
    ask_elos(tool, room_id)

    assert where(frame.open(f"/rooms/{room_id}/embed")) == (303, f"/rooms/{room_id}")
    assert len(elos.calls("create")) == 1


@pytest.mark.parametrize("person", [TEACHER, STUDENT], ids=["teacher", "student"])
def test_where_it_is_off_everything_leads_to_the_room_and_nothing_is_opened(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos, person: dict[str, Any]
) -> None:
    room_id = open_room(tool, platform, elos)
    elos.send("DELETE", "calls")
    let(tool, platform, "off")
    frame.enter_room(platform, **person)

    assert where(frame.open(f"/rooms/{room_id}/embed")) == (303, f"/rooms/{room_id}")
    assert where(use_it_here(frame, room_id)) == (303, f"/rooms/{room_id}")
    assert "data-here" not in frame.open(f"/rooms/{room_id}").text
    assert elos.calls("create") == []
    follow(frame.submit(f"/rooms/{room_id}/join"))


@one_database
def test_elos_out_of_reach_is_said_and_tried_again_for_this_page(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos
) -> None:
    room_id = frame.enter_room(platform)
    elos.fault("html500", call="create")

    refused = use_it_here(frame, room_id)

    assert code_of(refused).startswith("ELOS-")
    assert hidden(refused, "to") == "embed"


@one_database
def test_nobody_uses_anothers_room(tool: Tool, platform: Platform, frame: Browser, elos: Elos) -> None:
    room_id = open_room(tool, platform, elos)
    with Browser(tool.url, framed=True) as stranger:
        assert (answer := stranger.open(f"/rooms/{room_id}/embed")).status_code == 401
        assert "Cálculo I" not in answer.text
        other = stranger.enter_room(platform, sub="other-1", context={"id": "course-2", "title": "Física"})
        for path in (room_id, "00000000-0000-4000-8000-000000000000"):
            refused = stranger.open(f"/rooms/{path}/embed")
            assert (refused.status_code, code_of(refused)) == (401, "WEB-SESSION-ENDED")
            assert use_it_here(stranger, path).status_code == 401
        assert where(stranger.open(f"/rooms/{other}/embed")) == (303, f"/rooms/{other}")
    assert len(elos.calls("create")) == 1


@one_database
def test_a_form_from_elsewhere_opens_nothing(platform: Platform, frame: Browser, elos: Elos) -> None:
    room_id = frame.enter_room(platform)

    answer = frame.submit(f"/rooms/{room_id}/join", {"to": "embed"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert elos.calls("create") == []


# --- the offer ---


@pytest.mark.parametrize(("policy", "offered"), [("off", []), ("allowed", ["allowed"]), ("preferred", ["preferred"])])
def test_it_is_offered_in_frames_alone_and_shown_by_the_browser_alone(
    tool: Tool, platform: Platform, frame: Browser, browser: Browser, policy: str, offered: list[str]
) -> None:
    let(tool, platform, policy)
    room_id = frame.enter_room(platform)
    browser.enter_room(platform)

    document = document_of(frame.open(f"/rooms/{room_id}"))

    offers = document.xpath("//*[@data-here]")
    assert [one.get("data-here") for one in offers] == offered
    assert all(one.get("hidden") is not None for one in offers)
    for form in document.xpath("//*[@data-here]//form"):
        assert (form.get("method"), form.get("action")) == ("post", f"/rooms/{room_id}/join")
        assert (form.get("target"), form.xpath(".//input[@name='handover']")) == (None, [])
        assert form.xpath(".//input/@name") == ["to"]
    assert document_of(browser.open(f"/rooms/{room_id}")).xpath("//*[@data-here]") == []


@one_database
def test_what_was_moved_is_said_on_the_room_page(platform: Platform, frame: Browser) -> None:
    room_id = frame.enter_room(platform)

    assert "joined in the new tab" in frame.open(f"/rooms/{room_id}?note=moved&lang=en").text
    assert "data-focus" not in frame.open(f"/rooms/{room_id}?note=anything").text


# --- what Elos and the browser are told ---


@pytest.mark.parametrize(("policy", "sent"), [("off", None), ("allowed", "true"), ("preferred", "true")])
@pytest.mark.parametrize("to", ["", "embed"])
def test_elos_is_told_that_the_meeting_may_be_framed_where_that_may_be(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos, policy: str, sent: str | None, to: str
) -> None:
    room_id = frame.enter_room(platform)
    let(tool, platform, policy)
    frame.submit(f"/rooms/{room_id}/join", {"to": to} if to and sent else {})

    [call] = elos.calls("create")

    assert call["params"].get("allowRequestsWithoutSession") == sent
    assert call["returncode"] == "SUCCESS"


@one_database
def test_only_the_page_that_holds_a_meeting_may_frame_and_only_what_operators_use(
    tool: Tool, platform: Platform, frame: Browser, elos: Elos
) -> None:
    room_id = open_room(tool, platform, elos)
    frame.enter_room(platform, **STUDENT)
    demo = policy_of(frame.open(f"/rooms/{room_id}/embed"))
    with another_tool(tool, allow_private_networks=False) as strict:
        frame.tool_url = strict.url
        page = frame.open(f"/rooms/{room_id}/embed")
        inner = frame.open(f"/rooms/{room_id}/enter")
        others = [frame.open(f"/rooms/{room_id}{path}") for path in ("", "/wait?to=embed", "/left", "/recordings")]

    assert demo["frame-src"] == ["'self'", "https:", "http:"]
    policy = policy_of(page)
    assert policy["frame-src"] == ["'self'", "https:", elos.url]
    # Chromium applies it to the redirect of the inner frame too.
    assert "{0.scheme}://{0.netloc}".format(urlsplit(inner.headers["Location"])) in policy["frame-src"]
    assert policy["default-src"] == policy["object-src"] == ["'none'"]
    assert "Permissions-Policy" not in page.headers
    for other in (*others, inner):
        assert "frame-src" not in policy_of(other)


@one_database
def test_a_redirect_of_the_page_may_frame_nothing(platform: Platform, frame: Browser) -> None:
    room_id = frame.enter_room(platform, **STUDENT)

    assert "frame-src" not in policy_of(frame.open(f"/rooms/{room_id}/embed"))
