"""Recordings: how they come to be, are listed, changed and watched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree

from tests.demo.elos_support import NOON, Elos, flat, items, running_elos


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


def record_a_meeting(elos: Elos, **params: str) -> str:
    """A recorded meeting of half an hour that just ended; its record id."""
    made = elos.create(record="true", autoStartRecording="true", **params)
    elos.join("Ana", userID="u-1")
    elos.join("Ana", userID="u-1")
    elos.join("Zé", password="attend")
    elos.wait(minutes=30)
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})
    return made["internalMeetingID"]


def seed(elos: Elos, name: str, *, days_ago: int = 1, **values: object) -> str:
    started_at = (NOON - timedelta(days=days_ago)).timestamp()
    sent = {"meetingID": "sala-1", "name": name, "started_at": started_at, **values}
    return str(elos.control("POST", "recordings", json=sent)["recordID"])


def names(elos: Elos, **params: object) -> list[str]:
    return [one["name"] for one in items(elos.signed("getRecordings", params), "recordings/recording")]


def formats(elos: Elos, record_id: str) -> list[str]:
    reply = elos.signed("getRecordings", {"recordID": record_id})
    return [one["type"] for one in items(reply, "recordings/recording/playback/format")]


def test_a_recorded_meeting_is_processed_then_published_format_by_format(elos: Elos) -> None:
    record_id = record_a_meeting(elos)

    assert names(elos, meetingID="sala-1") == []
    assert names(elos, meetingID="sala-1", state="processing") == ["Física"]
    elos.wait(seconds=21)
    assert names(elos, meetingID="sala-1") == ["Física"]
    assert formats(elos, record_id) == ["presentation"]
    elos.wait(seconds=40)
    assert formats(elos, record_id) == ["presentation", "video"]


def test_a_recording_tells_about_its_meeting(elos: Elos) -> None:
    record_id = record_a_meeting(elos, **{"meta_bbb-origin": "LTI"})
    elos.wait(seconds=61)

    reply = elos.signed("getRecordings", {"meetingID": "sala-1"})

    [recording] = items(reply, "recordings/recording")
    assert recording["recordID"] == recording["internalMeetingID"] == record_id
    assert (recording["meetingID"], recording["participants"]) == ("sala-1", "2")
    assert (recording["published"], recording["state"]) == ("true", "published")
    assert int(recording["endTime"]) - int(recording["startTime"]) == 30 * 60_000
    [metadata] = items(reply, "recordings/recording/metadata")
    assert metadata["bbb-origin"] == "LTI"
    assert (metadata["meetingId"], metadata["isBreakout"]) == ("sala-1", "false")
    presentation, video = items(reply, "recordings/recording/playback/format")
    assert presentation["url"] == f"{elos.url}/playback/presentation/2.3/{record_id}"
    assert video["url"] == f"{elos.url}/playback/video/{record_id}/"
    assert presentation["length"] == "30"


def test_nothing_is_left_of_a_meeting_in_which_nobody_recorded(elos: Elos) -> None:
    elos.create(record="true")
    elos.join()
    elos.ask("end", {"meetingID": "sala-1", "password": "moderate"})

    assert names(elos, state="any") == []


def test_a_class_that_plays_itself_is_recorded_where_it_may_be(elos: Elos) -> None:
    elos.control("POST", "switches", json={"plays_classes": True})
    for meeting_id, record in (("sala-1", "true"), ("sala-2", "false")):
        elos.create(meetingID=meeting_id, record=record)
        elos.join(meetingID=meeting_id)
        elos.wait(seconds=5)
        elos.ask("end", {"meetingID": meeting_id, "password": "moderate"})
    elos.wait(seconds=60)

    assert names(elos, meetingID="sala-1,sala-2") == ["Física"]
    assert names(elos, meetingID="sala-2", state="any") == []


def test_speed_makes_recordings_come_sooner() -> None:
    with running_elos(speed=10) as elos:
        record_id = record_a_meeting(elos)
        elos.wait(seconds=2.5)
        assert formats(elos, record_id) == ["presentation"]
        elos.wait(seconds=4)
        assert formats(elos, record_id) == ["presentation", "video"]


def test_recordings_are_found_by_meeting_record_state_and_metadata(elos: Elos) -> None:
    first = seed(elos, "A", days_ago=1, metadata={"bbb-context-id": "c1"})
    seed(elos, "B", days_ago=2, published=False)
    seed(elos, "C", days_ago=3, meetingID="sala-2")

    assert names(elos) == ["A", "B", "C"]
    assert names(elos, meetingID="sala-1,sala-2") == ["A", "B", "C"]
    assert names(elos, meetingID="sala-2") == ["C"]
    assert names(elos, meetingID="sala") == []
    assert names(elos, meetingID="sala", meetingIDWildcard="true") == ["A", "B", "C"]
    assert names(elos, state="unpublished") == ["B"]
    assert names(elos, **{"meta_bbb-context-id": "c1"}) == ["A"]
    assert names(elos, recordID=first, meetingID="sala-2") == ["A"]  # record ids win
    assert names(elos, recordID=first[:41]) == ["A", "B"]  # prefixes: both are of sala-1
    assert elos.ask("getRecordings", {"state": "lost"})["messageKey"] == "validationError"


def test_no_recordings_is_success_unless_switched(elos: Elos) -> None:
    reply = elos.ask("getRecordings", {"meetingID": "sala-1"})
    assert (reply["returncode"], reply["messageKey"]) == ("SUCCESS", "noRecordings")
    assert reply["recordings"] == ""

    elos.switch(empty_lists_fail=True)
    reply = elos.ask("getRecordings", {"meetingID": "sala-1"})
    assert (reply["returncode"], reply["messageKey"]) == ("FAILED", "noRecordings")


@pytest.mark.parametrize("spelling", ["nextPage", "nextpage"])
def test_pages_say_whether_there_is_more(elos: Elos, spelling: str) -> None:
    for n in range(5):
        seed(elos, f"R{n}", days_ago=n + 1)
    elos.switch(paging=spelling)

    pages = [elos.signed("getRecordings", {"limit": 2, "offset": offset}) for offset in (0, 2, 4)]

    assert [flat(page)[spelling] for page in pages] == ["true", "true", "false"]
    found = [one["name"] for page in pages for one in items(page, "recordings/recording")]
    assert found == ["R0", "R1", "R2", "R3", "R4"]


def test_pages_may_be_counted_instead(elos: Elos) -> None:
    for n in range(3):
        seed(elos, f"R{n}", days_ago=n + 1)
    elos.switch(paging="totalElements")

    assert elos.ask("getRecordings", {"limit": 2})["totalElements"] == "3"
    unpaged = elos.ask("getRecordings")
    assert "totalElements" not in unpaged
    assert "nextPage" not in unpaged


def test_a_page_is_never_longer_than_a_hundred(elos: Elos) -> None:
    for n in range(102):
        elos.simulator.seed_recording("sala-1", f"R{n}", NOON - timedelta(hours=n + 1), 50, 3)

    assert len(names(elos, limit=1000)) == 100
    assert elos.ask("getRecordings", {"limit": "all"})["messageKey"] == "validationError"


def test_recordings_may_lie_on_several_hosts_each_on_one(elos: Elos) -> None:
    for n in range(12):
        seed(elos, f"R{n}", days_ago=n + 1)
    elos.switch(playback_hosts=["https://rec1.test", "https://rec2.test/"])

    def hosts() -> list[str]:
        reply = elos.signed("getRecordings")
        return [urlsplit(one["url"]).netloc for one in items(reply, "recordings/recording/playback/format")]

    assert set(hosts()) == {"rec1.test", "rec2.test"}
    assert hosts() == hosts()


def test_a_broken_item_may_stand_in_the_list(elos: Elos) -> None:
    seed(elos, "A")
    elos.switch(broken_recording=True)

    broken, whole = items(elos.signed("getRecordings"), "recordings/recording")

    assert list(broken) == ["error"]
    assert whole["name"] == "A"


def test_publishing_and_unpublishing(elos: Elos) -> None:
    record_id = seed(elos, "A")

    done = elos.ask("publishRecordings", {"recordID": record_id, "publish": "false"})
    assert (done["returncode"], done["published"]) == ("SUCCESS", "false")
    assert names(elos, state="published") == []
    assert names(elos, state="unpublished") == ["A"]

    elos.ask("publishRecordings", {"recordID": record_id, "publish": "true"})
    assert names(elos, state="published") == ["A"]


def test_updating_sets_metadata_and_an_empty_value_removes_it(elos: Elos) -> None:
    record_id = seed(elos, "A", metadata={"description": "old"})

    done = elos.ask(
        "updateRecordings",
        {"recordID": record_id, "meta_name": "New", "meta_description": "", "meta_bad_name": "x"},
    )

    assert done["updated"] == "true"
    [metadata] = items(elos.signed("getRecordings"), "recordings/recording/metadata")
    assert metadata["name"] == "New"
    assert not {"description", "bad_name"} & metadata.keys()


def test_a_deleted_recording_is_listed_only_for_those_who_ask(elos: Elos) -> None:
    first, second = seed(elos, "A", days_ago=1), seed(elos, "B", days_ago=2)

    done = elos.ask("deleteRecordings", {"recordID": f"{first},{second}"})

    assert done["deleted"] == "true"
    assert names(elos) == []
    assert names(elos, state="deleted") == names(elos, state="any") == ["A", "B"]
    assert elos.ask("deleteRecordings", {"recordID": first})["messageKey"] == "notFound"


@pytest.mark.parametrize("call", ["publishRecordings", "updateRecordings", "deleteRecordings"])
def test_changes_need_a_record_that_exists(elos: Elos, call: str) -> None:
    assert elos.ask(call, {"publish": "true"})["messageKey"] == "missingParamRecordID"
    assert elos.ask(call, {"recordID": "none", "publish": "true"})["messageKey"] == "notFound"


def test_publishing_needs_to_be_told_which_way(elos: Elos) -> None:
    record_id = seed(elos, "A")

    for publish in ("", "yes"):
        reply = elos.ask("publishRecordings", {"recordID": record_id, "publish": publish})
        assert reply["messageKey"] == "missingParamPublish"


def test_a_published_recording_can_be_watched_and_media_stands_alone_when_asked(elos: Elos) -> None:
    record_id = seed(elos, "Aula <1>")
    presentation = f"{elos.url}/playback/presentation/2.3/{record_id}"

    whole = requests.get(presentation, timeout=5)
    bare = requests.get(f"{presentation}?l=media", timeout=5)
    video = requests.get(f"{elos.url}/playback/video/{record_id}/", timeout=5)

    assert "Aula &lt;1&gt;</h1>" in whole.text
    assert "<h1" not in bare.text
    assert 'id="media"' in bare.text
    assert 'data-format="video"' in video.text
    picture = requests.get(f"{presentation}/thumb-1.png", timeout=5)
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert etree.fromstring(picture.content).tag == "{http://www.w3.org/2000/svg}svg"


def test_a_recording_that_is_not_published_cannot_be_watched(elos: Elos) -> None:
    hidden = seed(elos, "A", published=False)
    no_video = seed(elos, "B", days_ago=2, formats=["presentation"])

    for path in (
        f"presentation/2.3/{hidden}",
        f"video/{hidden}/",
        f"presentation/2.3/{hidden}/thumb-1.png",
        f"video/{no_video}/",
        "presentation/2.3/none",
    ):
        assert requests.get(f"{elos.url}/playback/{path}", timeout=5).status_code == 404


def test_a_recording_tells_when_it_expires_and_is_gone_then(elos: Elos) -> None:
    expires_at = (NOON + timedelta(minutes=5)).timestamp()
    seed(elos, "A", expires_at=expires_at)
    seed(elos, "B", ready_at=expires_at)

    [told] = items(elos.signed("getRecordings", {"state": "any"}), "recordings/recording")[:1]
    assert told["expirationDate"] == str(int(expires_at * 1000))
    assert names(elos, state="processing") == ["B"]
    elos.wait(minutes=6)
    assert names(elos) == ["B"]


# --- protected ones ---


def playback(elos: Elos, record_id: str, **query: str) -> int:
    url = f"{elos.url}/playback/presentation/2.3/{record_id}"
    return requests.get(url, params=query, timeout=5).status_code


def test_a_protected_recording_opens_with_a_token_of_its_own(elos: Elos) -> None:
    elos.switch(protection="token")
    mine, other = seed(elos, "Aula", protected=True), seed(elos, "Outra", days_ago=2)
    token = elos.ask("getRecordingToken", {"meetingID": mine, "authUser": "u-1"})["token"]

    assert playback(elos, mine) == playback(elos, mine, token="x.y.z") == 403
    assert playback(elos, mine, token=token) == playback(elos, mine, token=token, l="media") == 200
    assert playback(elos, other) == 200
    elos.ask("updateRecordings", {"recordID": other, "protect": "true"})
    assert playback(elos, other, token=token) == 403
    elos.wait(minutes=61)
    assert playback(elos, mine, token=token) == 403
    assert elos.ask("getRecordingToken", {"recordID": "nothing", "authUser": "u-1"})["messageKey"] == "notFound"


def test_links_for_one_use_are_given_with_each_list(elos: Elos) -> None:
    elos.switch(protection="once")
    record_id = seed(elos, "Aula", protected=True)

    def links() -> list[str]:
        reply = elos.signed("getRecordings", {"recordID": record_id})
        return [one["url"] for one in items(reply, "recordings/recording/playback/format")]

    first, late = links()[0], links()[0]
    assert [requests.get(first, timeout=5).status_code for _ in range(2)] == [200, 403]
    elos.wait(minutes=61)
    assert requests.get(late, timeout=5).status_code == 403
    assert elos.ask("getRecordings", {"recordID": record_id})["recordings/recording/protected"] == "true"
    assert elos.ask("updateRecordings", {"recordID": record_id, "protect": "false"})["updated"] == "true"
    assert links() == [link.partition("?")[0] for link in links()]


def test_a_server_that_knows_no_protection_says_nothing_of_it(elos: Elos) -> None:
    record_id = seed(elos, "Aula", protected=True)

    assert "recordings/recording/protected" not in elos.ask("getRecordings", {"recordID": record_id})
    assert elos.ask("getRecordingToken", {"recordID": record_id})["messageKey"] == "unsupportedRequest"
    assert playback(elos, record_id) == 200
