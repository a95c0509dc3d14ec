"""What the simulator tells hooks, against what the real emitter told: tests/fixtures/bbb-webhooks-3.5."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from lxml import html

from tests.demo.elos_support import NOON, Elos, running_elos
from tests.demo.receiver import Receiver, receiving
from tests.support.rooms import until

CAPTURED = Path(__file__).parents[1] / "fixtures" / "bbb-webhooks-3.5" / "deliveries.jsonl"
NOON_MS = int(NOON.timestamp() * 1000)

STEPS = [
    "rap-archive-started",
    "rap-archive-ended",
    "rap-sanity-started",
    "rap-sanity-ended",
    "rap-process-started",
    "rap-process-ended",
    "rap-publish-started",
    "rap-publish-ended",
    "rap-published",
]


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def elos(server: Elos, receiver: Receiver) -> Elos:
    """With a hook that hears everything."""
    server.control("DELETE", "all")
    server.hook(receiver.url)
    return server


def captured() -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in CAPTURED.read_text(encoding="utf-8").splitlines()]
    return [event for line in lines for event in json.loads(parse_qs(line["body"])["event"][0])]


def shape(value: object, name: str = "") -> object:
    """Keys in order and types; what people put in is free (metadata, userdata)."""
    if isinstance(value, dict):
        if name in ("metadata", "userdata"):
            assert all(isinstance(one, str) for one in value.values())
            return "texts by name"
        return [(key, shape(one, key)) for key, one in value.items()]
    if isinstance(value, list):
        return [shape(one) for one in value]
    if name == "ts":
        assert isinstance(value, int)
        return "s" if value < 100_000_000_000 else "ms"
    return type(value).__name__


def shapes(events: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(one["data"]["id"], json.dumps(shape(one))) for one in events}


def hold_a_recorded_class(elos: Elos) -> str:
    """With one attendee, for a minute; all formats come. Gives the record id."""
    created = elos.create(record="true", **{"meta_bbb-origin": "LTI"})
    elos.join("João d'Ávila", userID="45", **{"userdata-bbb_override_default_locale": "pt-br"})
    elos.simulator.existing("sala-1").set_recording(True, elos.simulator.now)  # type: ignore[union-attr]
    elos.wait(minutes=1)
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})
    elos.wait(minutes=2)
    elos.settle()
    return created["internalMeetingID"]


def test_the_events_are_those_of_the_real_emitter_field_by_field(elos: Elos, receiver: Receiver) -> None:
    """The capture has those of recordings twice: from bbb-web, without the external id, and from the scripts."""
    elos.switch(workflows=("presentation",))
    record_id = hold_a_recorded_class(elos)
    elos.switch(drop_external_id=True)
    changes: list[tuple[str, dict[str, object]]] = [
        ("publishRecordings", {"publish": "true"}),
        ("publishRecordings", {"publish": "false"}),
        ("deleteRecordings", {}),
    ]
    for call, more in changes:
        elos.ask(call, {"recordID": record_id, **more})
    elos.settle()

    told, real = shapes(receiver.events), shapes(captured())
    # The scripts' own word of these two is sent where an operator runs them by hand: here it is always bbb-web's.
    by_hand = {(name, one) for name, one in real if name in ("rap-unpublished", "rap-deleted") and "external" in one}
    assert told <= real
    assert real - told == by_hand
    assert {name for name, _ in told} == {name for name, _ in real}


def test_a_class_is_told_from_its_beginning_to_its_recording(elos: Elos, receiver: Receiver) -> None:
    hold_a_recorded_class(elos)

    assert receiver.ids == [
        "meeting-created",
        "user-joined",
        "user-left",
        "meeting-ended",
        *STEPS,
        *STEPS[4:],  # the video, later
    ]
    workflows = [one["workflow"] for one in receiver.attributes("rap-publish-ended")]
    assert workflows == ["presentation", "video"]


def test_meetings_count_milliseconds_and_recordings_seconds(elos: Elos, receiver: Receiver) -> None:
    hold_a_recorded_class(elos)

    at = {one["data"]["id"]: one["data"]["event"]["ts"] for one in receiver.events[:13]}
    assert (at["meeting-created"], at["user-joined"]) == (NOON_MS, NOON_MS)
    assert at["meeting-ended"] == at["user-left"] == NOON_MS + 60_000
    assert at["rap-archive-started"] == NOON_MS // 1000 + 60
    assert at["rap-published"] == NOON_MS // 1000 + 80


def test_created_tells_what_the_meeting_is(elos: Elos, receiver: Receiver) -> None:
    created = elos.create(
        "sala-1", name="Física", record="true", duration="50", maxParticipants="30", **{"meta_bbb-context-id": "7"}
    )
    elos.settle()

    [told] = receiver.attributes("meeting-created")
    meeting = told["meeting"]
    assert (meeting["name"], meeting["record"], meeting["duration"], meeting["max-users"]) == ("Física", True, 50, 30)
    assert (meeting["internal-meeting-id"], meeting["external-meeting-id"]) == (created["internalMeetingID"], "sala-1")
    assert (meeting["moderator-pass"], meeting["viewer-pass"]) == ("moderate", "attend")
    assert meeting["metadata"] == {"bbb-context-id": "7"}


def test_a_second_create_of_an_open_meeting_is_no_event(elos: Elos, receiver: Receiver) -> None:
    elos.create()
    elos.create()
    elos.settle()

    assert receiver.ids == ["meeting-created"]


def test_who_joined_is_told_with_both_ids(elos: Elos, receiver: Receiver) -> None:
    elos.create()
    elos.join("Ana", userID="u-1", role="VIEWER", guest="true")
    elos.join("Sem id")
    elos.settle()

    first, second = (one["user"] for one in receiver.attributes("user-joined"))
    assert (first["name"], first["role"], first["external-user-id"], first["guest"]) == ("Ana", "VIEWER", "u-1", True)
    assert first["internal-user-id"].startswith("w_")
    assert second["external-user-id"] == second["internal-user-id"]
    assert second["role"] == "MODERATOR"


def test_whoever_waits_has_not_joined(elos: Elos, receiver: Receiver) -> None:
    elos.create(guestPolicy="ASK_MODERATOR")
    elos.join("Profa", userID="t")
    elos.join("Bia", userID="u-1", role="VIEWER")
    elos.join("Caio", userID="u-2", role="VIEWER")
    elos.wait(seconds=30)
    with elos.simulator.lock:
        meeting = elos.simulator.existing("sala-1")
        assert meeting
        meeting.leave(meeting.waiting[1], elos.simulator.now)
        meeting.admit(elos.simulator.now)
    elos.settle()

    assert receiver.ids == ["meeting-created", "user-joined", "user-joined"]
    assert receiver.events[-1]["data"]["event"]["ts"] == NOON_MS + 30_000


def test_everybody_leaves_at_the_end(elos: Elos, receiver: Receiver) -> None:
    elos.create()
    for name in ("Ana", "Bia", "Caio"):
        elos.control("POST", "meetings/sala-1/people", json={"name": name, "userID": name})
    elos.control("DELETE", "meetings/sala-1/people?userID=Ana")
    elos.control("DELETE", "meetings")
    elos.settle()

    assert [one["user"]["external-user-id"] for one in receiver.attributes("user-left")] == ["Ana", "Bia", "Caio"]
    assert receiver.ids[-1] == "meeting-ended"


def test_a_meeting_that_ends_by_itself_says_so_though_nobody_asks(elos: Elos, receiver: Receiver) -> None:
    elos.create()
    elos.simulator.clock.advance(timedelta(minutes=7))
    until(lambda: len(receiver.received) == 2)

    assert receiver.ids == ["meeting-created", "meeting-ended"]
    assert receiver.events[-1]["data"]["event"]["ts"] == NOON_MS + 300_000


@pytest.mark.parametrize(("params", "told"), [({"record": "true"}, 2), ({"meetingKeepEvents": "true"}, 2), ({}, 0)])
def test_without_the_button_pressed_nothing_follows_the_archive(
    elos: Elos, receiver: Receiver, params: dict[str, object], told: int
) -> None:
    elos.create("sala-1", **params)
    elos.control("DELETE", "meetings")
    elos.wait(minutes=5)
    elos.settle()

    assert receiver.ids[2:] == STEPS[:told]
    assert all(one["recorded"] is False for one in receiver.attributes("rap-archive-ended"))


def test_a_recording_that_was_deleted_is_told_of_no_more(elos: Elos, receiver: Receiver) -> None:
    elos.create(record="true", autoStartRecording="true")
    elos.join()
    elos.control("DELETE", "meetings")
    elos.wait(seconds=30)
    [recording] = elos.control("GET", "recordings")
    elos.ask("deleteRecordings", {"recordID": recording["recordID"]})
    elos.wait(minutes=5)
    elos.settle()

    assert receiver.ids[-1] == "rap-deleted"
    assert receiver.ids.count("rap-published") == 1


def test_what_a_recording_is_is_told_when_it_is_published(elos: Elos, receiver: Receiver) -> None:
    record_id = hold_a_recorded_class(elos)

    presentation, video = (one["recording"] for one in receiver.attributes("rap-publish-ended"))
    assert presentation["metadata"] == {
        "isBreakout": "false",
        "meetingId": "sala-1",
        "meetingName": "Física",
        "bbb-origin": "LTI",
    }
    assert presentation["playback"]["link"] == f"{elos.url}/playback/presentation/2.3/{record_id}"
    assert presentation["playback"]["duration"] == 60_000
    assert requests.get(video["playback"]["link"], timeout=5).ok


@pytest.mark.parametrize("name", ["record-id", "record_id"])
def test_the_record_id_has_two_spellings_and_the_meeting_may_be_forgotten(
    elos: Elos, receiver: Receiver, name: str
) -> None:
    elos.switch(record_id_name=name, drop_external_id=True)
    record_id = hold_a_recorded_class(elos)

    assert receiver.attributes("rap-published")[0] == {"meeting": {"internal-meeting-id": record_id}, name: record_id}
    assert "external-meeting-id" in receiver.attributes("rap-publish-ended")[0]["meeting"]


@pytest.mark.parametrize(
    ("chatter", "told"), [(False, []), (True, ["chat-group-message-sent", "user-raise-hand-changed"])]
)
def test_what_the_guide_does_not_name_is_told_if_asked(
    elos: Elos, receiver: Receiver, chatter: bool, told: list[str]
) -> None:
    elos.switch(chatter=chatter)
    elos.create()
    elos.join(userID="u-1")
    elos.act("u-1", "chat")
    elos.act("u-1", "raise_hand")
    elos.settle()

    assert receiver.ids == ["meeting-created", "user-joined", *told]


# --- a class that plays itself ---


def test_a_class_plays_itself_and_lasts_fifty_seconds(elos: Elos, receiver: Receiver) -> None:
    elos.create(meetingKeepEvents="true")

    told = elos.control("POST", "meetings/sala-1/class")
    assert told == {"minutes": 50, "factor": 60, "seconds": 50}
    elos.wait(seconds=20)
    [halfway] = elos.control("GET", "meetings")
    elos.wait(seconds=31)
    elos.settle()

    assert {one["name"] for one in halfway["users"]} >= {"Bruna Teixeira", "Caio Moura", "Fábio Nogueira"}
    joined = [one["user"]["name"] for one in receiver.attributes("user-joined")]
    assert joined.count("Caio Moura") == 2  # his connection broke
    assert len(joined) == len(receiver.attributes("user-left")) == 7
    assert elos.control("GET", "meetings")[0]["users"] == []
    assert elos.control("GET", "meetings")[0]["endedAt"] is None


def test_a_class_may_be_slower(elos: Elos) -> None:
    elos.create()

    assert elos.control("POST", "meetings/sala-1/class", json={"factor": 10})["seconds"] == 300
    elos.wait(seconds=20)

    assert len(elos.control("GET", "meetings")[0]["users"]) == 3


def test_a_class_is_over_with_its_meeting(elos: Elos, receiver: Receiver) -> None:
    elos.create()
    elos.control("POST", "meetings/sala-1/class")
    elos.wait(seconds=10)
    elos.control("DELETE", "meetings")
    elos.wait(minutes=2)
    elos.settle()

    assert receiver.ids[-1] == "meeting-ended"
    assert requests.post(f"{elos.url}/_sim/meetings/sala-1/class", json={}, timeout=5).status_code == 404


def test_a_switch_plays_a_class_for_whoever_comes_and_is_off_by_default(elos: Elos) -> None:
    elos.create("quiet")
    elos.join(meeting_id="quiet")
    elos.switch(plays_classes=True)
    elos.create("lively")
    elos.join(meeting_id="lively")
    elos.wait(seconds=10)

    people = {one["meetingID"]: len(one["users"]) for one in elos.control("GET", "meetings")}
    assert people["quiet"] == 1
    assert people["lively"] > 3


def test_a_moderator_plays_a_class_from_the_page(elos: Elos) -> None:
    elos.create()
    joined = elos.join()
    page = joined.headers["Location"]
    cookies = joined.cookies.get_dict()
    token = page.partition("sessionToken=")[2]

    requests.post(f"{elos.url}/html5client/class", data={"sessionToken": token}, cookies=cookies, timeout=5)
    elos.wait(seconds=10)

    shown = html.fromstring(requests.get(page, cookies=cookies, timeout=5).text)
    assert len(shown.xpath("//ul[@id='people']/li")) > 3
    assert shown.xpath("//*[@id='play_class']") == []
