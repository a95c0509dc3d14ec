"""Joining: who is let in, as what, and where the others are sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.demo.elos_support import LOGOUT, Elos, flat, running_elos


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    server.create()
    return server


def refusal(reply: requests.Response) -> str:
    """The key a redirected browser brings to the logoutURL."""
    assert reply.status_code == 302
    address = urlsplit(reply.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == LOGOUT.partition("?")[0]
    query = parse_qs(address.query)
    assert query["lang"] == ["pt"]  # the logoutURL's own query is still there
    [error] = json.loads(query["errors"][0])
    assert error["message"]
    return str(error["key"])


def role_of(elos: Elos, name: str) -> str:
    [meeting] = [one for one in elos.control("GET", "meetings") if one["running"]]
    return next(str(one["role"]) for one in meeting["users"] if one["name"] == name)


def test_a_join_sends_the_browser_to_the_meeting(elos: Elos) -> None:
    reply = elos.join()

    assert reply.status_code == 302
    assert reply.headers["Location"].startswith(f"{elos.url}/html5client/join?sessionToken=")
    assert reply.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("params", "role"),
    [
        ({"password": "moderate"}, "MODERATOR"),
        ({"password": "attend"}, "VIEWER"),
        ({"password": "moderate", "role": "VIEWER"}, "VIEWER"),
        ({"password": "", "role": "moderator"}, "MODERATOR"),
        ({"password": "attend", "role": "nonsense"}, "VIEWER"),
    ],
)
def test_the_role_beats_the_password(elos: Elos, params: dict[str, str], role: str) -> None:
    elos.join("Ana", **params)

    assert role_of(elos, "Ana") == role


def test_a_join_may_be_answered_in_xml(elos: Elos) -> None:
    reply = flat(elos.join(redirect="false", userID="u-1"))

    assert (reply["returncode"], reply["messageKey"]) == ("SUCCESS", "successfullyJoined")
    assert reply["user_id"].startswith("w_")
    assert len(reply["session_token"]) == 16
    assert reply["url"].endswith(reply["session_token"])
    assert reply["guestStatus"] == "ALLOW"


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"fullName": ""}, "missingParamFullName"),
        ({"password": "wrong"}, "invalidPassword"),
        ({"password": ""}, "invalidPassword"),
        ({"createTime": "1529954870092"}, "mismatchCreateTimeParam"),
        ({"createTime": "soon"}, "validationError"),
    ],
)
def test_a_refused_browser_goes_to_the_logout_address_with_the_reason(
    elos: Elos, params: dict[str, str], key: str
) -> None:
    assert refusal(elos.join(**params)) == key
    assert flat(elos.join(redirect="false", **params))["messageKey"] == key
    assert elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["participantCount"] == "0"


def test_an_error_address_of_the_join_itself_comes_first(elos: Elos) -> None:
    reply = elos.join(password="wrong", errorRedirectUrl="https://tool.test/oops")

    assert reply.headers["Location"].startswith("https://tool.test/oops?errors=")


def test_nobody_is_redirected_by_an_unsigned_join(elos: Elos) -> None:
    reply = elos.raw("join?meetingID=sala-1&fullName=Ana&errorRedirectUrl=https://evil.test&checksum=00")

    assert (reply.status_code, flat(reply)["messageKey"]) == (200, "checksumError")


def test_an_unknown_meeting_is_refused_in_xml_for_there_is_nowhere_to_go(elos: Elos) -> None:
    assert flat(elos.join(meeting_id="sala-2"))["messageKey"] == "invalidMeetingIdentifier"


def test_the_create_time_binds_a_join_to_its_run(elos: Elos) -> None:
    first = elos.create()["createTime"]
    assert "sessionToken" in elos.join(createTime=first).headers["Location"]

    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})
    elos.create()

    assert refusal(elos.join(createTime=first)) == "mismatchCreateTimeParam"


def test_who_comes_after_a_forced_end_is_told_so_for_a_while(elos: Elos) -> None:
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})

    assert refusal(elos.join()) == "meetingForciblyEnded"
    elos.wait(minutes=6)
    assert flat(elos.join())["messageKey"] == "invalidMeetingIdentifier"


def test_a_full_meeting_lets_nobody_in_until_somebody_leaves(elos: Elos) -> None:
    elos.create("small", maxParticipants=2)
    elos.join("Ana", "small")
    elos.join("Bia", "small", userID="bia")

    assert refusal(elos.join("Zé", "small")) == "maxParticipantsReached"
    elos.control("DELETE", "meetings/small/people?userID=bia")
    assert "sessionToken" in elos.join("Zé", "small").headers["Location"]


def test_guests_are_denied_where_the_policy_says_so(elos: Elos) -> None:
    elos.create("closed", guestPolicy="ALWAYS_DENY")

    assert refusal(elos.join("Eva", "closed", password="attend", guest="true")) == "guestDeniedAccess"
    assert "sessionToken" in elos.join("Zé", "closed", password="attend").headers["Location"]


def test_where_moderators_are_asked_viewers_wait_unless_they_are_said_to_be_no_guests(elos: Elos) -> None:
    elos.create("door", guestPolicy="ASK_MODERATOR")

    waits = elos.join("Zé", "door", password="attend")
    walks_in = elos.join("Eva", "door", password="attend", guest="false")
    moderates = elos.join("Ana", "door", guest="true")

    assert "/html5client/guestWait?" in waits.headers["Location"]
    assert "/html5client/join?" in walks_in.headers["Location"]
    assert "/html5client/join?" in moderates.headers["Location"]
    waiting = flat(elos.join("Lia", "door", password="attend", redirect="false"))
    assert (waiting["messageKey"], waiting["guestStatus"]) == ("guestWait", "WAIT")
    info = elos.ask("getMeetingInfo", {"meetingID": "door"})
    assert info["participantCount"] == "2"


def test_each_join_is_another_entry_of_the_same_person(elos: Elos) -> None:
    first = flat(elos.join("Ana", userID="u-1", redirect="false"))
    second = flat(elos.join("Ana", userID="u-1", redirect="false"))

    assert first["user_id"] != second["user_id"]
    assert elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["participantCount"] == "2"
