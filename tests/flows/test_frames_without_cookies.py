"""Logins in frames: cookies tried, the platform's storage, a window; and the proof that storage brings (DESIGN
"Launch" 2 and 4). The scripts' part is played by hand here; in browsers it is tests/journeys/test_engines.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from lxml import html
from sqlalchemy import select

from lti_elos.db.tables import failed_launches
from lti_elos.services import platforms
from tests.conftest import Elos, Tool
from tests.support.browser import SAFARI, STORAGE, Browser, ClosedFrame, code_of, hidden, page_does
from tests.support.crowds import all_at_once
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool

WINDOW = "Open the room in a new window"


@pytest.fixture
def frame(tool: Tool) -> Iterator[ClosedFrame]:
    with ClosedFrame(tool.url, language="en") as one:
        yield one


@pytest.fixture
def tab(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        yield one


def refusals(tool: Tool) -> list[tuple[str, str]]:
    with tool.deps.database.reading() as db:
        return [(row.code, row.detail) for row in db.execute(select(failed_launches))]


def forms(response: requests.Response) -> list[Any]:
    return html.fromstring(response.text).xpath("//form")  # type: ignore[no-any-return]


# --- login -----------------------------------------------------------------------------------------------------------


def test_a_frame_that_keeps_cookies_is_tried_once_and_goes_on(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url, framed=True) as chromium:
        first = chromium.post(f"{tool.url}/lti/login", data=login_of(tool, platform), allow_redirects=False)
        assert (first.status_code, page_does(first)) == (200, "probe")
        cookie = first.headers["Set-Cookie"]
        assert cookie.startswith("__Host-lti-probe=")
        for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/", "Max-Age=60"):
            assert attribute in cookie

        assert chromium.go_on(first).status_code == 302


def test_once_there_is_a_session_frames_are_not_tried_again(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url, framed=True) as chromium:
        chromium.enter_room(platform)
        again = chromium.post(f"{tool.url}/lti/login", data=login_of(tool, platform), allow_redirects=False)
        assert again.status_code == 302


def login_of(tool: Tool, platform: Platform, **more: str) -> dict[str, str]:
    return {
        "iss": platform.issuer,
        "login_hint": "hint-1",
        "target_link_uri": f"{tool.url}/lti/launch",
        "client_id": platform.client_id,
    } | more


def test_without_cookies_and_storage_one_button_opens_a_window(
    frame: ClosedFrame, platform: Platform, tool: Tool
) -> None:
    page = frame.login(platform, lti_message_hint="mé & <b>", custom="kept too")

    assert page.status_code == 200
    assert WINDOW in page.text
    [form] = forms(page)
    assert (form.get("method"), form.get("action"), form.get("target"), form.get("rel")) == (
        "post",
        "/lti/login",
        "_blank",
        "opener",
    )
    assert dict(form.form_values()) == {
        "iss": platform.issuer,
        "login_hint": "hint-1",
        "target_link_uri": f"{tool.url}/lti/launch",
        "lti_message_hint": "mé & <b>",
        "client_id": platform.client_id,
        "lti_deployment_id": platform.deployment_id,
        "custom": "kept too",
    }, "the platform's own login, unchanged"
    assert refusals(tool) == [], "nothing has failed"


def test_the_window_is_an_ordinary_first_login(frame: ClosedFrame, tab: Browser, platform: Platform) -> None:
    [form] = forms(frame.login(platform))
    assert tab.submit("/lti/login", dict(form.form_values())).status_code == 302


def test_the_secret_goes_into_the_platforms_storage(frame: ClosedFrame, platform: Platform) -> None:
    page = frame.login(platform, **STORAGE)

    [form] = forms(page)
    assert page_does(page) == "put"
    assert form.get("data-target") == "_parent"
    assert form.get("data-origin") == "http://127.0.0.1:9", "of the registered authorisation endpoint"
    assert form.get("data-onward").startswith("http://127.0.0.1:9/auth?")
    secret, state = form.get("data-secret"), parse_qs(urlsplit(form.get("data-onward")).query)["state"][0]
    assert len(secret) >= 43
    assert secret not in form.get("data-onward")
    assert secret not in state


def test_a_storage_that_is_silent_at_the_login_leads_to_the_window(frame: ClosedFrame, platform: Platform) -> None:
    page = frame.go_on(frame.login(platform, **STORAGE))
    assert (page.status_code, page_does(page)) == (200, "")
    assert WINDOW in page.text


@pytest.mark.parametrize("refused", [{"iss": "https://nobody.example"}, {"target_link_uri": "https://evil.example/"}])
def test_a_login_that_is_refused_is_refused_before_anything_is_tried(
    frame: ClosedFrame, platform: Platform, refused: dict[str, str]
) -> None:
    assert code_of(frame.login(platform, **refused)) in ("LTI-PLATFORM-UNKNOWN", "LTI-INCOMPLETE")


def test_an_old_ipad_at_top_level_goes_on_once_its_script_has_looked(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url) as ipad:
        ipad.headers["User-Agent"] = SAFARI
        del ipad.headers["Sec-Fetch-Dest"]
        page = ipad.post(f"{tool.url}/lti/login", data=login_of(tool, platform), allow_redirects=False)
        assert page_does(page) == "probe"
        assert ipad.go_on(page, checked="top").status_code == 302


@pytest.mark.parametrize("page", ["probe", "window", "put", "get"])
def test_the_small_pages_run_no_script_of_others_and_are_kept_by_nobody(
    frame: ClosedFrame, platform: Platform, tool: Tool, page: str
) -> None:
    shown = {
        "probe": lambda: frame.post(f"{tool.url}/lti/login", data=login_of(tool, platform)),
        "window": lambda: frame.login(platform),
        "put": lambda: frame.login(platform, **STORAGE),
        "get": lambda: frame.reach_verify(platform)[0],
    }[page]()
    assert "script-src 'self';" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"] == "no-store"
    document = html.fromstring(shown.text)
    assert document.xpath("//script[not(@src)]") == []
    assert document.xpath("//@style | //@*[starts-with(name(), 'on')]") == []


# --- the proof -------------------------------------------------------------------------------------------------------


def test_the_secret_lets_in_and_the_answer_is_a_page_to_use(
    frame: ClosedFrame, tab: Browser, platform: Platform, elos: Elos
) -> None:
    page, secret = frame.reach_verify(platform)
    assert (page.status_code, page_does(page)) == (401, "get")

    room = frame.go_on(page, secret=secret)
    assert room.status_code == 200
    assert "Cálculo I" in room.text
    [enter, others] = forms(room)
    for form in (enter, others):
        assert (form.get("method"), form.get("target"), form.get("rel")) == ("post", "_blank", "opener")
    joined = tab.submit(enter.get("action"), dict(enter.form_values()))
    assert joined.status_code == 303
    assert urlsplit(joined.headers["Location"]).path.endswith("/join"), "a moderator opens the meeting"
    assert tab.open(others.get("action")).status_code == 200, "the tab has a cookie of its own"
    assert [one["name"] for one in elos.meetings()] == ["Cálculo I"]


def test_the_short_page_follows_the_room_without_a_cookie(frame: ClosedFrame, platform: Platform) -> None:
    page, secret = frame.reach_verify(platform, **STUDENT)
    room = frame.go_on(page, secret=secret)
    [watch] = html.fromstring(room.text).xpath("//*[@id='watch']")
    status = frame.get(
        frame.tool_url + watch.get("data-url"),
        headers={"X-Status-Token": watch.get("data-token"), "Accept": "application/json"},
    )
    assert status.json()["running"] is False


@pytest.mark.parametrize("to", ["recordings", "room"])
def test_all_else_is_a_tab_away(frame: ClosedFrame, tab: Browser, platform: Platform, to: str) -> None:
    page, secret = frame.reach_verify(platform)
    [_, others] = forms(frame.go_on(page, secret=secret))
    arrived = tab.submit(others.get("action"), {"handover": others.fields["handover"], "to": to})
    assert arrived.status_code == 303
    assert tab.open(arrived.headers["Location"]).status_code == 200


def test_nothing_is_told_before_the_proof(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, _ = frame.reach_verify(platform)
    for told in ("Docente", "Cálculo", "course-1", "user-1", "/rooms/"):
        assert told not in page.text
    assert tool.rows()["launches"] == tool.rows()["rooms"] == tool.rows()["spent"] == 0
    assert refusals(tool) == [], "it has not failed"


def test_a_wrong_secret_spends_nothing(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, secret = frame.reach_verify(platform)
    wrong = frame.go_on(page, secret=secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    assert (wrong.status_code, code_of(wrong)) == (401, "LTI-UNPROVEN")
    assert tool.rows()["spent"] == 0

    assert frame.go_on(page, secret=secret).status_code == 200


def test_a_silent_storage_leads_to_the_window_and_is_noted(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, _ = frame.reach_verify(platform)
    refused = frame.go_on(page)

    assert (refused.status_code, code_of(refused)) == (401, "LTI-UNPROVEN")
    [form] = forms(refused)
    assert (form.get("target"), form.fields["login_hint"]) == ("_blank", "hint-1")
    assert refusals(tool) == [("LTI-UNPROVEN", "the platform's storage held nothing")]


def test_where_hints_work_once_the_way_on_is_the_course(frame: ClosedFrame, platform: Platform) -> None:
    page, _ = frame.reach_verify(platform, tool_platform={"guid": "g", "product_family_code": "moodle"})
    refused = frame.go_on(page)
    assert forms(refused) == []
    [link] = html.fromstring(refused.text).xpath("//a[@target='_top']")
    assert link.get("href") == f"{platform.issuer}/course/1"


def test_a_proof_works_once(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, secret = frame.reach_verify(platform)
    assert frame.go_on(page, secret=secret).status_code == 200
    before = tool.rows()

    again = frame.go_on(page, secret=secret)
    assert (again.status_code, code_of(again)) == (401, "LTI-REPLAYED")
    after = tool.rows()
    for counted in ("failed_launches", "failures"):
        assert after.pop(counted) == before.pop(counted) + 1
    assert after == before
    assert html.fromstring(again.text).xpath("//a[@target='_top']"), "a frame that is reloaded has a way on"


def test_twenty_proofs_at_once_let_in_once(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, secret = frame.reach_verify(platform)

    def prove(_number: int) -> requests.Response:
        with ClosedFrame(tool.url) as one:
            return one.go_on(page, secret=secret)

    answers = all_at_once(20, prove)
    assert sorted(one.status_code for one in answers) == [200] + [401] * 19
    assert {code_of(one) for one in answers if one.status_code == 401} == {"LTI-REPLAYED"}
    assert tool.rows()["launches"] == 1


def test_a_short_pages_handover_is_of_the_first_tab_that_uses_it(
    frame: ClosedFrame, tab: Browser, platform: Platform, tool: Tool
) -> None:
    page, secret = frame.reach_verify(platform)
    [enter, others] = forms(frame.go_on(page, secret=secret))
    fields = {"handover": others.fields["handover"], "to": "room"}
    assert tab.submit(others.get("action"), fields).status_code == 303

    with Browser(tool.url) as thief:
        for action in (others.get("action"), enter.get("action")):
            stolen = thief.submit(action, fields)
            assert (stolen.status_code, code_of(stolen)) == (403, "WEB-FORM-STALE")
            assert "Set-Cookie" not in stolen.headers
    assert tab.submit(others.get("action"), fields).status_code == 303, "a second click in the same browser"


def test_a_short_page_in_a_tab_of_somebody_else_asks_first(
    frame: ClosedFrame, tab: Browser, platform: Platform
) -> None:
    tab.enter_room(platform, sub="somebody-else")
    page, secret = frame.reach_verify(platform)
    [enter, _] = forms(frame.go_on(page, secret=secret))

    asked = tab.submit(enter.get("action"), dict(enter.form_values()))
    assert (asked.status_code, code_of(asked)) == (403, "WEB-OTHER-PERSON")

    [carry_on] = forms(asked)
    assert tab.submit(carry_on.get("action"), dict(carry_on.form_values())).status_code == 303


def test_where_a_reload_posts_nothing_it_says_the_same(frame: ClosedFrame, tool: Tool) -> None:
    again = frame.open("/lti/verify")
    assert (again.status_code, code_of(again)) == (401, "LTI-REPLAYED")
    assert refusals(tool) == [], "it was no launch"


def test_a_proof_for_another_launch_is_none(frame: ClosedFrame, platform: Platform) -> None:
    mine, _ = frame.reach_verify(platform)
    _, other = frame.reach_verify(platform, sub="user-2")
    assert code_of(frame.go_on(mine, secret=other)) == "LTI-UNPROVEN"


def test_a_checked_launch_is_good_for_two_minutes(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, secret = frame.reach_verify(platform)
    with another_tool(tool, later=timedelta(minutes=2, seconds=1)) as late:
        answer = frame.post(
            f"{late.url}/lti/verify",
            data={"launch": hidden(page, "launch"), "secret": secret},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    assert (answer.status_code, code_of(answer)) == (401, "LTI-STATE-OLD")


def test_a_platform_disabled_meanwhile_lets_nobody_in(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, secret = frame.reach_verify(platform)
    platforms.set_enabled(tool.deps, str(platform.id), enabled=False)
    assert code_of(frame.go_on(page, secret=secret)) == "LTI-PLATFORM-DISABLED"


@pytest.mark.parametrize("spoilt", ["", "{0}AA", "AA{0}", "x.y.z"])
def test_what_is_not_our_copy_is_nothing(frame: ClosedFrame, platform: Platform, spoilt: str) -> None:
    page, secret = frame.reach_verify(platform)
    answer = frame.submit("/lti/verify", {"launch": spoilt.format(hidden(page, "launch")), "secret": secret})
    assert (answer.status_code, code_of(answer)) == (401, "LTI-MISMATCH")


def test_other_tokens_of_ours_are_no_copy(frame: ClosedFrame, platform: Platform) -> None:
    page, secret = frame.reach_verify(platform)
    handover = forms(frame.go_on(page, secret=secret))[0].fields["handover"]
    assert code_of(frame.submit("/lti/verify", {"launch": handover, "secret": secret})) == "LTI-MISMATCH"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}])
def test_a_proof_posted_from_elsewhere_is_refused(
    frame: ClosedFrame, platform: Platform, tool: Tool, headers: dict[str, str]
) -> None:
    page, secret = frame.reach_verify(platform)
    answer = frame.post(
        f"{tool.url}/lti/verify",
        data={"launch": hidden(page, "launch"), "secret": secret},
        headers=headers | {"Origin": "https://sub.evil.example"},
    )
    assert (answer.status_code, code_of(answer)) == (403, "WEB-FORM-STALE")
    assert tool.rows()["spent"] == 0


def test_at_top_level_storage_proves_nothing(frame: ClosedFrame, platform: Platform) -> None:
    put = frame.login(platform, **STORAGE)
    [form] = forms(put)
    sent = parse_qs(urlsplit(form.get("data-onward")).query)
    speaks = {"launch_presentation": {"locale": "en"}}
    token = platform.sign(platform.claims(nonce=sent["nonce"][0], target=f"{frame.tool_url}/lti/launch", **speaks))
    frame.headers["Sec-Fetch-Dest"] = "document"

    launched = frame.post_token(sent["state"][0], token)
    assert (launched.status_code, code_of(launched), page_does(launched)) == (401, "LTI-UNPROVEN", "")
    assert "keeps no cookies" in launched.text, "a window of its own would be no better"
    assert forms(launched) == []


def test_nor_does_a_proof_that_is_brought_there(frame: ClosedFrame, platform: Platform, tool: Tool) -> None:
    page, secret = frame.reach_verify(platform)
    frame.headers["Sec-Fetch-Dest"] = "document"
    assert code_of(frame.go_on(page, secret=secret)) == "LTI-UNPROVEN"
    assert tool.rows()["launches"] == 0


def test_a_launch_asks_no_storage_that_its_login_did_not_use(frame: ClosedFrame, platform: Platform) -> None:
    """Canvas names its storage at the launch too: what is posted there is not trusted."""
    with Browser(frame.tool_url) as elsewhere:
        state, nonce = elsewhere.begin(platform)
    token = platform.sign(platform.claims(nonce=nonce, target=f"{frame.tool_url}/lti/launch"))
    answer = frame.post_token(state, token, lti_storage_target="_parent")
    assert (code_of(answer), page_does(answer)) == ("LTI-UNPROVEN", "")


def test_the_cookie_is_proof_enough_where_it_sticks_after_all(tool: Tool, platform: Platform) -> None:
    with Browser(tool.url, framed=True) as safari:
        safari.headers["User-Agent"] = SAFARI
        page = safari.login(platform, **STORAGE)
        sent = parse_qs(urlsplit(forms(page)[0].get("data-onward")).query)
        token = platform.sign(platform.claims(nonce=sent["nonce"][0], target=f"{tool.url}/lti/launch"))
        assert safari.post_token(sent["state"][0], token).status_code == 303
