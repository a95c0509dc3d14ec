"""Playing a recording over HTTP: who may, in which ways, with what proof for Elos, and how it is counted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from lti_elos.services import platforms, servers
from tests.conftest import Elos, Tool
from tests.support.browser import Browser, code_of, hidden
from tests.support.crowds import all_at_once
from tests.support.platform import Platform
from tests.support.recordings import Shelf
from tests.support.rooms import STUDENT, another_tool, one_database


@pytest.fixture
def student(tool: Tool, platform: Platform) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        one.enter_room(platform, **STUDENT)
        yield one


@pytest.fixture
def teacher(tool: Tool, platform: Platform) -> Iterator[Browser]:
    with Browser(tool.url, language="en") as one:
        one.enter_room(platform)
        yield one


@pytest.fixture
def shelf(tool: Tool, elos: Elos, platform: Platform, teacher: Browser) -> Shelf:
    return Shelf(tool, elos, teacher.enter_room(platform))


# --- counting ---


def test_a_play_is_counted_once_and_asks_elos_nothing(
    tool: Tool, shelf: Shelf, elos: Elos, student: Browser, teacher: Browser
) -> None:
    aula = shelf.put("Aula", reader=teacher)
    elos.send("DELETE", "calls")
    cookies = {cookie.name: cookie.value or "" for cookie in student.cookies}

    def click(_number: int) -> int:
        with Browser(tool.url) as twin:
            twin.cookies.update(cookies)
            return shelf.play(twin, aula).status_code

    assert all_at_once(4, click) == [303] * 4
    assert (shelf.row(aula).plays, shelf.told(aula)) == (1, [("played", "student-1", {})])
    assert shelf.play(teacher, aula).status_code == 303
    with another_tool(tool, later=timedelta(seconds=11)) as later:
        student.tool_url = later.url
        assert shelf.play(student, aula).status_code == 303

    assert shelf.row(aula).plays == 3
    assert [who for _, who, _ in shelf.told(aula)][::2] == ["student-1", "student-1"]
    assert elos.calls() == []


def test_only_a_click_plays(tool: Tool, shelf: Shelf, student: Browser, teacher: Browser) -> None:
    aula = shelf.put("Aula", reader=teacher)
    url = tool.url + shelf.path(aula, "/play")

    looked = student.head(url, allow_redirects=False)
    fetched = [
        student.get(url, headers={name: "prefetch"}, allow_redirects=False) for name in ("Sec-Purpose", "Purpose")
    ]
    with Browser(tool.url) as stranger:
        assert stranger.head(url).status_code == shelf.play(stranger, aula).status_code == 401

    assert [one.status_code for one in (looked, *fetched)] == [204, 403, 403]
    assert {one.headers.get("Location") for one in (looked, *fetched)} == {None}
    assert (shelf.row(aula).plays, shelf.told(aula)) == (0, [])


# --- ways ---


def test_the_video_alone_is_a_format_or_the_presentation_without_the_rest(
    shelf: Shelf, elos: Elos, student: Browser, teacher: Browser
) -> None:
    plain = shelf.put("Sem vídeo", reader=teacher, formats=["presentation"])
    both = shelf.put("Com vídeo", reader=teacher)
    page = student.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text

    assert "Video only: Sem vídeo" in page
    assert f"{shelf.path(plain)}/play?kind=media" in page
    assert f"{shelf.path(both)}/play?kind=media" not in page
    record_id = shelf.row(plain).record_id
    assert shelf.play(student, plain, "media").headers["Location"] == (
        f"{elos.url}/playback/presentation/2.3/{record_id}?l=media"
    )
    assert "/playback/video/" in shelf.play(student, both, "media").headers["Location"]
    assert "/playback/presentation/" in shelf.play(student, both).headers["Location"]
    for kind in ("video", "statistics", "x" * 500):
        refused = shelf.play(student, plain, kind)
        assert (refused.status_code, code_of(refused)) == (404, "ELOS-RECORDING-GONE")


@pytest.mark.parametrize(("policy", "who"), [("off", []), ("teachers", ["t"]), ("everyone", ["t", "s"])])
def test_the_video_is_taken_away_by_those_whom_the_platform_allows(
    tool: Tool, platform: Platform, shelf: Shelf, student: Browser, teacher: Browser, policy: str, who: list[str]
) -> None:
    aula = shelf.put("Aula", reader=teacher, formats=["presentation", "presentation_video"])
    platforms.set_policies(tool.deps, str(platform.id), [f"recording_download={policy}"])

    for key, browser in (("t", teacher), ("s", student)):
        page = browser.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
        answer = shelf.play(browser, aula, "presentation_video")
        assert ("Download the video" in page) is (key in who)
        assert (answer.status_code, code_of(answer)) == ((303, "") if key in who else (404, "WEB-NOT-FOUND"))
        if key in who:
            assert requests.get(answer.headers["Location"], timeout=10).headers["Content-Type"] == "video/mp4"
    assert [action for action, _, _ in shelf.told(aula)] == ["downloaded"] * len(who)
    assert shelf.play(student, aula).headers["Location"].count("/presentation/") == 1


# --- protected ---


def claims_of(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def test_a_token_opens_what_the_server_protects(
    tool: Tool, shelf: Shelf, elos: Elos, student: Browser, teacher: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    elos.send("POST", "switches", protection="token")
    aula = shelf.put("Aula", reader=teacher, protected=True, formats=["presentation"])
    servers.set_playback_token(tool.deps, "sim", "required")

    where = shelf.play(student, aula, "media").headers["Location"]

    query = parse_qs(urlsplit(where).query)
    assert query["l"] == ["media"]
    assert requests.get(where, timeout=10).status_code == 200
    assert requests.get(where.partition("?")[0], timeout=10).status_code == 403
    [token] = query["token"]
    assert claims_of(token)["auth_meeting_id"] == shelf.row(aula).record_id
    assert claims_of(token)["sub"] not in ("", STUDENT["sub"])
    assert token not in caplog.text + "".join(str(vars(one)) for one in caplog.records if one.name != "urllib3")

    for call in ("getRecordingToken", "getRecordings"):
        for choice, status in (("required", 503), ("preferred", 303)):
            servers.set_playback_token(tool.deps, "sim", choice)
            elos.fault("malformed", call=call, times=1)
            answer = shelf.play(student, aula)
            assert answer.status_code == status, (call, choice)
            assert code_of(answer) == ("ELOS-REPLY" if status == 503 else "")
            if status == 303:
                assert ("token=" in answer.headers["Location"]) is (call == "getRecordings")
    assert shelf.row(aula).plays == 1  # all within a few seconds; what was refused is none


def test_links_for_one_use_are_fetched_at_each_click(
    shelf: Shelf, elos: Elos, student: Browser, teacher: Browser
) -> None:
    elos.send("POST", "switches", protection="once")
    aula = shelf.put("Aula", reader=teacher, protected=True)
    [kept] = [entry["url"] for entry in shelf.row(aula).formats if entry["kind"] == "presentation"]

    where = [shelf.play(browser, aula).headers["Location"] for browser in (student, student, teacher)]

    assert len({*where, kept}) == 4
    assert [requests.get(one, timeout=10).status_code for one in where] == [200] * 3
    elos.fault("malformed", call="getRecordings", times=1)
    refused = shelf.play(student, aula)
    assert (refused.status_code, code_of(refused)) == (503, "ELOS-REPLY")  # the kept one may be used up, or over
    elos.send("POST", "switches", protection="none")
    shelf.set(aula, is_protected=None)
    assert "once=" in shelf.play(student, aula).headers["Location"]  # as told lately


def test_what_was_taken_down_a_moment_ago_is_not_opened_with_proof(
    tool: Tool, shelf: Shelf, elos: Elos, student: Browser, teacher: Browser
) -> None:
    from tests.flows.test_recordings import call_elos

    elos.send("POST", "switches", protection="once")
    aula = shelf.put("Aula", reader=teacher, protected=True)
    call_elos(tool, "publishRecordings", recordID=shelf.row(aula).record_id, publish="false")

    refused = shelf.play(student, aula)

    assert (refused.status_code, code_of(refused)) == (404, "ELOS-RECORDING-GONE")
    assert shelf.play(teacher, aula).status_code == 303
    call_elos(tool, "deleteRecordings", recordID=shelf.row(aula).record_id)
    assert code_of(shelf.play(teacher, aula)) == "ELOS-RECORDING-GONE"


# --- inside the page ---


@one_database
def test_a_frame_may_hold_the_player_where_the_platform_allows(
    tool: Tool, platform: Platform, shelf: Shelf, student: Browser, teacher: Browser
) -> None:
    aula = shelf.put("Aula 1", reader=teacher)
    with Browser(tool.url, framed=True, language="en") as frame, Browser(tool.url) as tab:
        frame.enter_room(platform, **STUDENT)
        assert f'href="{shelf.path(aula)}"' in frame.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
        player = frame.open(shelf.path(aula))
        assert player.status_code == 200
        assert f'src="{shelf.path(aula)}/play?kind=presentation"' in player.text
        assert "frame-src 'self'" in player.headers["Content-Security-Policy"]
        opened = tab.submit(f"{shelf.path(aula)}/play?kind=presentation", {"handover": hidden(player, "handover")})
        assert opened.status_code == 303

        platforms.set_policies(tool.deps, str(platform.id), ["embedding=off"])
        assert f'href="{shelf.path(aula)}"' not in frame.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
        away = frame.open(shelf.path(aula))
        assert (away.status_code, away.headers["Location"]) == (303, f"/rooms/{shelf.room_id}/recordings")
    assert f'href="{shelf.path(aula)}"' not in student.open(f"/rooms/{shelf.room_id}/recordings?lang=en").text
