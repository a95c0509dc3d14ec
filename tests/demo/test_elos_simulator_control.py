"""How tests steer the simulator: its journal, faults, clock and switches."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from lxml import etree

from lti_elos.demo.elos import create_simulator
from tests.demo.elos_support import LOGOUT, NOON, SECRET, Elos, flat, running_elos


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


def fault(elos: Elos, kind: str, **values: object) -> None:
    elos.control("POST", "faults", json={"kind": kind, **values})


def test_calls_are_kept_in_order_without_their_checksum(elos: Elos) -> None:
    elos.raw("create?name=Aula&checksum=00", headers={"User-Agent": "lti-elos/1"})
    elos.create()
    elos.ask("getMeetings")

    calls = elos.control("GET", "calls")

    assert [one["call"] for one in calls] == ["create", "create", "getMeetings"]
    assert calls[0] == {
        "at": NOON.timestamp(),
        "call": "create",
        "method": "GET",
        "params": {"name": "Aula"},
        "returncode": "FAILED",
        "key": "checksumError",
        "user_agent": "lti-elos/1",
    }
    assert [one["returncode"] for one in elos.control("GET", "calls?call=create")] == ["FAILED", "SUCCESS"]
    elos.control("DELETE", "calls")
    assert elos.control("GET", "calls") == []


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("html500", 500, b"<!doctype html>"),
        ("html200", 200, b"<!doctype html>"),
        ("malformed", 200, b"<response>"),
        ("empty", 200, b""),
        ("doctype", 200, b'<?xml version="1.0"?><!DOCTYPE'),
        ("entity_bomb", 200, b'<?xml version="1.0"?><!DOCTYPE'),
    ],
)
def test_a_fault_takes_the_place_of_the_reply(elos: Elos, kind: str, status: int, start: bytes) -> None:
    fault(elos, kind, call="getMeetings", times=1)

    assert elos.ask("isMeetingRunning", {"meetingID": "x1"})["returncode"] == "SUCCESS"
    broken = elos.signed("getMeetings")
    assert broken.status_code == status
    assert broken.content.startswith(start)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(broken.content, etree.XMLParser(resolve_entities="internal", no_network=True))
    assert elos.ask("getMeetings")["returncode"] == "SUCCESS"
    assert elos.control("GET", "calls?call=getMeetings")[0]["returncode"] == "FAULT"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("internalError", "internalError"),
        ("checksumError", "checksumError"),
        ("limit_secret", "simultaneousMeetingsLimitReachedForSecret"),
        ("limit_institution", "simultaneousMeetingsLimitReachedForInstitution"),
        ("room_full", "maxParticipantsReached"),
        ("ended", "meetingForciblyEnded"),
        ("denied", "guestDeniedAccess"),
    ],
)
def test_some_faults_are_ordinary_refusals(elos: Elos, kind: str, key: str) -> None:
    elos.create()
    fault(elos, kind)

    assert elos.create()["messageKey"] == key
    assert elos.create()["messageKey"] == key  # without "times" it stays

    joined = elos.join()
    if kind == "checksumError":
        assert flat(joined)["messageKey"] == key
    else:
        assert joined.headers["Location"].startswith(f"{LOGOUT}&errors=")
        assert key in joined.headers["Location"]
    elos.control("DELETE", "faults")
    assert elos.create()["messageKey"] == "duplicateWarning"


@pytest.mark.parametrize(
    "key",
    ["guestDeniedAccess", "simultaneousParticipantsLimitReachedForSecret", "somethingNobodyHasSeenYet"],
)
def test_joins_can_be_refused_with_any_key(elos: Elos, key: str) -> None:
    elos.create()
    fault(elos, "refuse", call="join", key=key, times=1)

    assert elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["returncode"] == "SUCCESS"
    refused = elos.join().headers["Location"]

    [error] = json.loads(parse_qs(urlsplit(refused).query)["errors"][0])
    assert refused.startswith(f"{LOGOUT}&errors=")
    assert error["key"] == key
    assert error["message"]
    assert "sessionToken" in elos.join().headers["Location"]


def test_a_create_can_be_refused_with_any_key(elos: Elos) -> None:
    fault(elos, "refuse", call="create", key="simultaneousMeetingsLimitReachedForInstitution", times=1)

    refused = elos.create()

    assert (refused["returncode"], refused["messageKey"]) == (
        "FAILED",
        "simultaneousMeetingsLimitReachedForInstitution",
    )
    assert elos.create()["returncode"] == "SUCCESS"


def test_faults_wear_off_one_after_the_other(elos: Elos) -> None:
    fault(elos, "internalError", times=2)
    fault(elos, "limit_secret", call="create", times=1)

    keys = [elos.create()["messageKey"] for _ in range(4)]

    assert keys == ["internalError", "internalError", "simultaneousMeetingsLimitReachedForSecret", ""]
    assert elos.control("GET", "faults") == []


def test_a_hanging_call_ends_with_its_time(elos: Elos) -> None:
    fault(elos, "hang", seconds=0.2, times=1)

    began = time.monotonic()
    reply = elos.signed("getMeetings")

    assert reply.status_code == 504
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("call", ["getMeetings", "getMeetingInfo"])
def test_a_hanging_call_holds_up_no_other_and_ends_when_faults_are_deleted(elos: Elos, call: str) -> None:
    elos.create()
    fault(elos, "hang", call=call, times=1)
    replies: list[int] = []
    caller = threading.Thread(target=lambda: replies.append(elos.signed(call, {"meetingID": "sala-1"}).status_code))
    caller.start()
    while not elos.control("GET", f"calls?call={call}"):
        time.sleep(0.01)

    joined = elos.join()
    assert requests.get(joined.headers["Location"], cookies=joined.cookies, timeout=5).status_code == 200
    assert elos.ask(call, {"meetingID": "sala-1"})["returncode"] == "SUCCESS"
    assert caller.is_alive()
    elos.control("DELETE", "faults")
    caller.join(timeout=2)

    assert replies == [504]


def test_a_huge_reply_is_as_long_as_asked(elos: Elos) -> None:
    fault(elos, "huge", bytes=300_000, times=1)

    reply = elos.signed("getMeetings")

    assert 300_000 < len(reply.content) < 300_200
    assert flat(reply)["returncode"] == "SUCCESS"


def test_a_dripping_reply_never_lets_a_single_read_time_out(elos: Elos) -> None:
    fault(elos, "slow_drip", seconds=0.5, times=1)

    began = time.monotonic()
    reply = elos.signed("getMeetings")

    assert time.monotonic() - began >= 0.4
    assert flat(reply)["returncode"] == "SUCCESS"


def test_a_parser_that_follows_entities_is_seen(elos: Elos) -> None:
    fault(elos, "doctype", times=1)
    reply = elos.signed("getMeetings")
    start = reply.text.index(f"{elos.url}/bigbluebutton/api/entityFetched")

    requests.get(reply.text[start:].split('"')[0], timeout=5)

    assert len(elos.control("GET", "calls?call=entityFetched")) == 1


def test_the_clock_moves_forward(elos: Elos) -> None:
    assert elos.control("GET", "clock") == {"now": NOON.timestamp()}
    assert elos.control("POST", "clock", json={"advance_s": 90}) == {"now": NOON.timestamp() + 90}


def test_switches_are_shown_set_and_put_back(elos: Elos) -> None:
    defaults = elos.control("GET", "switches")

    elos.switch(paging="nextpage", end_delay_s=2)

    changed = elos.control("GET", "switches")
    assert (changed["paging"], changed["end_delay_s"]) == ("nextpage", 2)
    assert elos.control("DELETE", "switches") == defaults


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("switches", {"pagging": "nextPage"}),
        ("switches", {"paging": "sideways"}),
        ("faults", {"kind": "earthquake"}),
        ("faults", {"kind": "refuse"}),
        ("faults", {"kind": "hang", "key": "guestDeniedAccess"}),
        ("clock", {"advance_s": -1}),
        ("recordings", {"name": "A"}),
    ],
)
def test_what_is_misspelt_is_refused(elos: Elos, path: str, body: dict[str, object]) -> None:
    answer = requests.post(f"{elos.url}/_sim/{path}", json=body, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_people_can_be_put_into_a_meeting(elos: Elos) -> None:
    elos.create()

    added = elos.control("POST", "meetings/sala-1/people", json={"name": "Bia", "userID": "u-2"})

    assert added["userID"] == "u-2"
    [meeting] = elos.control("GET", "meetings")
    assert meeting["running"]
    assert [(one["name"], one["userID"], one["role"]) for one in meeting["users"]] == [("Bia", "u-2", "VIEWER")]
    assert meeting["params"]["logoutURL"] == LOGOUT
    missing = requests.post(f"{elos.url}/_sim/meetings/none/people", json={"name": "Bia"}, timeout=5)
    assert missing.status_code == 404


def test_one_meeting_can_be_ended_by_force_or_as_if_by_itself(elos: Elos) -> None:
    for meeting_id in ("by-force", "by-itself"):
        elos.create(meeting_id)

    elos.control("DELETE", "meetings/by-force")
    elos.control("DELETE", "meetings/by-itself?forcibly=false")

    assert "meetingForciblyEnded" in elos.join(meeting_id="by-force").headers["Location"]
    assert flat(elos.join(meeting_id="by-itself"))["messageKey"] == "invalidMeetingIdentifier"
    assert requests.delete(f"{elos.url}/_sim/meetings/by-force", timeout=5).status_code == 404


@pytest.mark.parametrize("is_on", [True, False])
def test_a_meeting_can_be_run_again_behind_the_tools_back(elos: Elos, is_on: bool) -> None:
    first = elos.create(record="true")
    if not is_on:
        elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})

    again = elos.control("POST", "meetings/sala-1/runs")

    assert again["createTime"] != int(first["createTime"])
    assert "mismatchCreateTimeParam" in elos.join(createTime=first["createTime"]).headers["Location"]
    assert "sessionToken" in elos.join(createTime=again["createTime"]).headers["Location"]
    info = elos.ask("getMeetingInfo", {"meetingID": "sala-1"})
    assert (info["attendeePW"], info["moderatorPW"], info["recording"]) == ("attend", "moderate", "true")
    assert elos.create()["messageKey"] == "duplicateWarning"
    assert requests.post(f"{elos.url}/_sim/meetings/none/runs", timeout=5).status_code == 404


def test_everything_can_be_forgotten(elos: Elos) -> None:
    elos.create()
    elos.switch(max_meetings=0)
    fault(elos, "html500")
    elos.wait(seconds=30)

    elos.control("DELETE", "all")

    assert elos.control("GET", "meetings") == elos.control("GET", "calls") == []
    assert elos.control("GET", "clock") == {"now": NOON.timestamp()}
    assert elos.create()["returncode"] == "SUCCESS"


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.7", 403)],
)
def test_only_this_machine_may_steer(address: str, status: int) -> None:
    client = create_simulator(secret=SECRET, public_url="http://elos.test").test_client()

    answer = client.get("/_sim/calls", environ_overrides={"REMOTE_ADDR": address})

    assert answer.status_code == status
