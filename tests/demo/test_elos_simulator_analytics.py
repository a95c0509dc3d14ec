"""The analytics of a meeting that is over: who gets them, how they are signed, what they tell."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lxml import html

from lti_elos.demo.elos.analytics import token
from tests.demo.elos_support import NOON, SECRET, Elos, items, running_elos
from tests.demo.receiver import Received, Receiver, receiving


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def create(elos: Elos, receiver: Receiver, **params: object) -> dict[str, str]:
    """A meeting that asks for analytics."""
    asked = {"meta_analytics-callback-url": f"{receiver.url}/analytics/x1", "meetingKeepEvents": "true"}
    return elos.create("sala-1", **{**asked, **params})


def put_in(elos: Elos, name: str, user_id: str = "", role: str = "VIEWER") -> str:
    person = {"name": name, "role": role, "userID": user_id}
    added: str = elos.control("POST", "meetings/sala-1/people", json=person)["userID"]
    return added


def end_and_wait(elos: Elos) -> None:
    elos.control("DELETE", "meetings")
    elos.wait(seconds=24)
    elos.settle()


def told(receiver: Receiver) -> Any:
    [one] = receiver.received
    return json.loads(one.body)


def attendees(receiver: Receiver) -> dict[Any, Any]:
    return {one["ext_user_id"]: one for one in told(receiver)["data"]["attendees"]}


def jwt_of(one: Received) -> tuple[str, dict[str, Any], dict[str, Any], bool]:
    """Scheme, header and claims, and whether the signature is the secret's in the header's algorithm."""
    scheme, jwt = one.headers["Authorization"].split(" ")
    head, claims, signature = jwt.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[header["alg"]]
    expected = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), digest).digest()
    is_ours = base64.urlsafe_b64decode(signature + "==") == expected
    return scheme, header, json.loads(base64.urlsafe_b64decode(claims + "==")), is_ours


# --- when, and to whom ---


def test_analytics_come_once_some_seconds_after_the_end(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    elos.wait(minutes=2)
    elos.control("DELETE", "meetings")
    elos.wait(seconds=23)
    elos.settle()
    assert receiver.received == []

    elos.wait(seconds=1)
    elos.settle()
    elos.wait(minutes=60)
    elos.settle()

    [one] = receiver.received
    assert (one.method, one.path, one.headers["Content-Type"]) == ("POST", "/analytics/x1", "application/json")
    assert one.headers["User-Agent"] == "BigBlueButton Analytics Callback"


def test_a_failure_is_not_made_good(elos: Elos, receiver: Receiver) -> None:
    receiver.answer("500 Oh")
    create(elos, receiver)
    end_and_wait(elos)
    elos.wait(minutes=60)
    elos.settle()

    assert len(receiver.received) == 1
    [delivery] = elos.control("GET", "deliveries?what=analytics")
    assert (delivery["state"], [one["status"] for one in delivery["tries"]]) == ("given_up", [500])


def test_they_come_faster_where_recordings_do(receiver: Receiver) -> None:
    with running_elos(speed=10) as elos:
        create(elos, receiver)
        elos.control("DELETE", "meetings")
        elos.wait(seconds=2.4)
        elos.settle()

        assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("params", "deliveries"),
    [
        ({"meetingKeepEvents": "true"}, 1),
        ({"meetingKeepEvents": "false", "record": "true", "autoStartRecording": "true"}, 1),
        ({"meetingKeepEvents": "false", "record": "true"}, 0),
        ({"meetingKeepEvents": "false"}, 0),
        ({"meta_analytics-callback-url": ""}, 0),
    ],
)
def test_a_meeting_leaves_analytics_when_its_events_were_kept(
    elos: Elos, receiver: Receiver, params: dict[str, object], deliveries: int
) -> None:
    create(elos, receiver, **params)
    elos.join()
    end_and_wait(elos)

    assert len(receiver.received) == deliveries


def test_nobody_sees_the_address_again(elos: Elos, receiver: Receiver) -> None:
    elos.hook(f"{receiver.url}/hook")
    create(elos, receiver, record="true", autoStartRecording="true")
    elos.join()
    info = elos.ask("getMeetingInfo", {"meetingID": "sala-1"})
    listed = elos.signed("getMeetings").text
    elos.control("DELETE", "meetings")
    elos.wait(minutes=2)
    elos.settle()

    assert info["metadata/analytics-callback-url"] == "hidden"
    said = [listed, elos.signed("getRecordings", {"meetingID": "sala-1"}).text]
    said += [one.body.decode() for one in receiver.received]
    assert not any("x1" in one for one in said)
    assert len(receiver.received) > 10
    [analytics] = [one for one in receiver.received if one.path == "/analytics/x1"]
    assert json.loads(analytics.body)["data"]["metadata"]["analytics_callback_url"] == "hidden"
    assert items(elos.signed("getRecordings", {"meetingID": "sala-1"}), "recordings/recording/metadata")


# --- how they are signed ---


def test_the_token_holds_only_its_end_in_a_day(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    end_and_wait(elos)

    scheme, header, claims, is_ours = jwt_of(receiver.received[0])
    assert (scheme, header) == ("Bearer", {"alg": "HS512", "typ": "JWT"})
    assert claims == {"exp": int(NOON.timestamp()) + 24 + 24 * 60 * 60}
    assert is_ours


def test_the_token_is_that_of_a_known_vector() -> None:
    assert token(SECRET, 4102444800, algorithm="HS512") == (
        "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDB9"
        ".SU58bhXkfH5Id3QUDo5-xaG91mE3NKwxi5Zo_9ICFSHb2gY3JMd9Mh09SB8lDTSmNq5bWv2pGzpr5fNBBQkn_w"
    )


def test_bbblb_between_signs_anew_and_sends_three_times(elos: Elos, receiver: Receiver) -> None:
    elos.switch(analytics_from="bbblb")
    create(elos, receiver)
    end_and_wait(elos)

    assert len(receiver.received) == 3
    assert len({one.body for one in receiver.received}) == 1
    for one in receiver.received:
        scheme, header, _, is_ours = jwt_of(one)
        assert (scheme, header["alg"], is_ours) == ("bearer", "HS256", True)


def test_they_may_come_much_later(elos: Elos, receiver: Receiver) -> None:
    elos.switch(analytics_delay_s=3 * 86_400)
    create(elos, receiver)
    elos.control("DELETE", "meetings")
    elos.wait(minutes=60)
    elos.settle()
    assert receiver.received == []

    elos.wait(minutes=3 * 24 * 60)
    elos.settle()

    assert told(receiver)["data"]["finish"] == "2026-03-02 12:00:00 -0300"


def test_they_may_be_of_another_meeting(elos: Elos, receiver: Receiver) -> None:
    elos.switch(foreign_analytics=True)
    created = create(elos, receiver)
    end_and_wait(elos)

    document = told(receiver)
    assert document["meeting_id"] == document["data"]["metadata"]["meeting_id"] != "sala-1"
    assert document["internal_meeting_id"] != created["internalMeetingID"]


# --- what they tell ---


def test_the_document_tells_of_the_meeting(elos: Elos, receiver: Receiver) -> None:
    created = create(elos, receiver, record="true", **{"meta_bbb-context-id": "7"})
    put_in(elos, "Ana", "u-1")
    elos.wait(minutes=2)
    with elos.simulator.lock:
        meeting = elos.simulator.existing("sala-1")
        assert meeting
        meeting.set_recording(True, elos.simulator.now)
    elos.wait(minutes=3)
    end_and_wait(elos)

    document = told(receiver)
    assert list(document) == ["version", "meeting_id", "internal_meeting_id", "data"]
    assert (document["version"], document["meeting_id"]) == ("1.0", "sala-1")
    assert document["internal_meeting_id"] == created["internalMeetingID"]
    data = document["data"]
    assert data["metadata"] == {
        "analytics_callback_url": "hidden",
        "bbb_context_id": "7",
        "is_breakout": "false",
        "meeting_id": "sala-1",
        "meeting_name": "Física",
        "record": "true",
    }
    assert (data["duration"], data["start"], data["finish"]) == (
        300,
        "2026-03-02 12:00:00 -0300",
        "2026-03-02 12:05:00 -0300",
    )
    assert data["recorded_segments"] == [{"start": "2026-03-02 12:02:00 -0300", "stop": "2026-03-02 12:05:00 -0300"}]
    assert (data["files"], data["polls"], data["transfer_attendees"]) == (["default.pdf"], [], [])


def test_numeric_ids_become_numbers_and_who_has_none_gets_the_servers(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    put_in(elos, "Ana", "007")
    put_in(elos, "Bia", "a-2")
    nameless = put_in(elos, "Caio")
    end_and_wait(elos)

    assert nameless.startswith("w_")
    assert [one["ext_user_id"] for one in told(receiver)["data"]["attendees"]] == [7, "a-2", nameless]


def test_a_person_is_told_with_all_that_was_done(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    put_in(elos, "Ana", "u-1", "MODERATOR")
    elos.act("u-1", "chat", times=3)
    elos.act("u-1", "raise_hand")
    elos.act("u-1", "emoji", times=2)
    elos.act("u-1", "talk", seconds=60)
    elos.act("u-1", "talk")
    elos.wait(seconds=30)
    elos.act("u-1", "talk")
    elos.wait(seconds=30)
    elos.act("u-1", "talk")
    elos.wait(seconds=10)
    end_and_wait(elos)

    ana = attendees(receiver)["u-1"]
    assert (ana["name"], ana["moderator"], ana["duration"]) == ("Ana", True, 70)
    assert (ana["joins"], ana["leaves"]) == (["2026-03-02 12:00:00 -0300"], ["2026-03-02 12:01:10 -0300"])
    assert ana["recent_talking_time"] == "2026-03-02 12:01:00 -0300"
    assert ana["engagement"] == {
        "chats": 3,
        "talks": 3,
        "raisehand": 1,
        "emojis": 2,
        "poll_votes": 0,
        "talk_time": 100,  # the last talk ended with the meeting
    }


def test_who_said_nothing_has_no_talking_time(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    put_in(elos, "Bia", "u-2")
    end_and_wait(elos)

    bia = attendees(receiver)["u-2"]
    assert (bia["moderator"], bia["recent_talking_time"]) == (False, "")
    assert set(bia["engagement"].values()) == {0}


def test_whoever_comes_back_is_one_person_with_two_sessions(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    put_in(elos, "Ana", "u-1")
    elos.act("u-1", "chat")
    elos.wait(seconds=60)
    elos.control("DELETE", "meetings/sala-1/people")
    elos.wait(seconds=60)
    put_in(elos, "Ana", "u-1")
    elos.act("u-1", "chat")
    elos.wait(seconds=30)
    end_and_wait(elos)

    [ana] = told(receiver)["data"]["attendees"]
    assert (len(ana["joins"]), len(ana["leaves"]), ana["duration"]) == (2, 2, 90)
    assert ana["engagement"]["chats"] == 2
    assert len(ana["sessions"]) == 2
    for internal_id, session in ana["sessions"].items():
        [joined], [left] = session["joins"], session["lefts"]
        assert joined["userid"] == left["userid"] == internal_id
        assert joined["ext_userid"] == "u-1"
        assert (joined["event"], left["event"], joined["remove"]) == ("join", "left", False)
    assert joined["timestamp"] == "2026-03-02 12:02:00 -0300"


def test_whoever_only_waited_is_nobody(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver, guestPolicy="ASK_MODERATOR")
    elos.join("Profa", userID="t")
    elos.join("Bia", userID="u-1", role="VIEWER")
    end_and_wait(elos)

    assert list(attendees(receiver)) == ["t"]


def test_polls_are_told_with_their_votes(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    put_in(elos, "Ana", "u-1")
    elos.act("u-1", "vote", option="A")  # nothing was asked yet
    poll = elos.control("POST", "meetings/sala-1/polls", json={"question": "Qual?", "options": ["A", "B"]})
    elos.act("u-1", "vote", option="C")
    elos.act("u-1", "vote", option="A")
    elos.act("u-1", "vote", option="B")
    end_and_wait(elos)

    [asked] = told(receiver)["data"]["polls"]
    assert (asked["id"], asked["question"], asked["options"]) == (poll["id"], "Qual?", ["A", "B"])
    assert (asked["published"], list(asked["votes"].values())) == (True, ["B"])
    ana = attendees(receiver)["u-1"]
    assert ana["engagement"]["poll_votes"] == 1
    assert list(asked["votes"]) == list(ana["sessions"])


@pytest.mark.parametrize("meeting_id", ["sala-1", "none"])
def test_only_who_is_inside_can_act(elos: Elos, meeting_id: str) -> None:
    elos.create()
    asked = {"userID": "u-1", "act": "chat"}

    answer = requests.post(f"{elos.url}/_sim/meetings/{meeting_id}/acts", json=asked, timeout=5)

    assert answer.status_code == 404


def test_the_pages_buttons_count(elos: Elos, receiver: Receiver) -> None:
    """A teacher asks, and a student talks, writes, raises the hand and votes."""
    create(elos, receiver)
    pages = [elos.join("Profa", userID="t"), elos.join("Bia", userID="u-1", role="VIEWER")]
    teacher, student = ((one.headers["Location"], one.cookies.get_dict()) for one in pages)

    def page(who: tuple[str, dict[str, str]]) -> html.HtmlElement:
        return html.fromstring(requests.get(who[0], cookies=who[1], timeout=5).text)

    def press(who: tuple[str, dict[str, str]], button: str) -> None:
        [form] = page(who).xpath(f"//form[.//button[@id='{button}']]")
        fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
        address = elos.url + str(form.get("action"))
        assert requests.post(address, data=fields, cookies=who[1], timeout=5, allow_redirects=False).status_code == 303

    assert page(student).xpath("//*[@id='ask']") == page(student).xpath("//*[@id='play_class']") == []
    press(teacher, "ask")
    press(student, "talk")
    assert page(student).xpath("//*[@id='talk']")[0].text == "Stop talking"
    elos.wait(seconds=12)
    for button in ("talk", "chat", "chat", "raise_hand", "vote-2"):
        press(student, button)
    end_and_wait(elos)

    bia = attendees(receiver)["u-1"]
    assert bia["engagement"] == {
        "chats": 2,
        "talks": 1,
        "raisehand": 1,
        "emojis": 0,
        "poll_votes": 1,
        "talk_time": 12,
    }
    [poll] = told(receiver)["data"]["polls"]
    assert list(poll["votes"].values()) == ["No"]


def test_a_played_class_leaves_a_document_worth_reading(elos: Elos, receiver: Receiver) -> None:
    create(elos, receiver)
    elos.control("POST", "meetings/sala-1/class")
    elos.wait(seconds=55)
    end_and_wait(elos)

    people = attendees(receiver)
    assert len(people) == 6
    assert people[20231045]["engagement"]["poll_votes"] == 1
    assert len(people["class-caio"]["joins"]) == 2
    assert sum(one["engagement"]["talk_time"] for one in people.values()) == 14
    assert any(str(one).startswith("w_") for one in people)
