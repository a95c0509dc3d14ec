"""Lists of recordings: chunks, pages, and who may see what."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lti_elos.elos import recording_lists
from lti_elos.elos.client import ElosClient
from lti_elos.errors import ElosReply, ElosUnreachable
from tests.elos.support import Asked, Wire, client_of, failed, html, listed, recording_xml, recordings, success

STARTED_MS = 1530718721124


def item(number: int, meeting_id: str = "sala-1") -> str:
    return recording_xml(f"r{number:05}", meeting_id, started_ms=STARTED_MS + number)


class Shelf:
    """Pages as servers do, ``said`` being how they tell that there is more."""

    def __init__(self, wire: Wire, count: int, said: str, *, most: int = 100) -> None:
        self.items = [item(number) for number in range(count)]
        self.said = said
        self.most = most
        wire.answer = self.answer

    def answer(self, asked: Asked) -> bytes:
        offset, limit = int(asked.params["offset"]), min(int(asked.params["limit"]), self.most)
        page = self.items[offset : offset + limit]
        more = "true" if offset + limit < len(self.items) else "false"
        if self.said in ("nextPage", "nextpage"):
            return recordings(*page, before=f"<{self.said}>{more}</{self.said}>")
        if self.said == "totalElements":
            return recordings(*page, after=f"<totalElements>{len(self.items)}</totalElements>")
        return recordings(*page)


@pytest.mark.parametrize("said", ["nextPage", "nextpage", "totalElements", "nothing"])
@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (99, 1), (101, 2), (250, 3)])
def test_all_pages_are_read_however_a_server_tells_of_them(
    wire: Wire, client: ElosClient, said: str, count: int, calls: int
) -> None:
    Shelf(wire, count, said)

    found = listed(client, ["sala-1"])

    assert [one.record_id for one in found] == [f"r{number:05}" for number in reversed(range(count))]
    assert len(wire.asked) == calls


@pytest.mark.parametrize("said", ["nextPage", "totalElements"])
def test_a_server_that_gives_fewer_at_once_is_asked_more_often(wire: Wire, client: ElosClient, said: str) -> None:
    Shelf(wire, 60, said, most=25)

    assert len(listed(client, ["sala-1"])) == 60
    assert [one.params["offset"] for one in wire.asked] == ["0", "25", "50"]


def test_a_full_last_page_needs_a_look_where_the_server_tells_nothing(wire: Wire, client: ElosClient) -> None:
    Shelf(wire, 100, "nothing")

    assert len(listed(client, ["sala-1"])) == 100
    assert len(wire.asked) == 2


@pytest.mark.parametrize("before", ["", "<nextPage>true</nextPage>"])
def test_a_server_that_gives_the_same_again_and_again_is_left(wire: Wire, client: ElosClient, before: str) -> None:
    wire.always(recordings(*(item(number) for number in range(150)), before=before))

    assert len(listed(client, ["sala-1"])) == 150
    assert len(wire.asked) == 2


@pytest.mark.parametrize("after", ["", "<totalElements>250</totalElements>"])
def test_a_server_that_gives_all_at_once_is_asked_once(wire: Wire, client: ElosClient, after: str) -> None:
    wire.always(recordings(*(item(number) for number in range(250)), after=after))

    assert len(listed(client, ["sala-1"])) == 250
    assert len(wire.asked) == 1


def test_broken_items_are_skipped_and_cost_no_good_ones(wire: Wire, client: ElosClient) -> None:
    broken = "<recording><error><recordID>x</recordID></error></recording>"
    shelf = Shelf(wire, 150, "nextPage")

    def answer(asked: Asked) -> bytes:
        return shelf.answer(asked).replace(b"<recordings>", b"<recordings>" + broken.encode(), 1)

    def fixed_length(asked: Asked) -> bytes:
        body = answer(asked).partition(b"\r\n\r\n")[2]
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body

    wire.answer = fixed_length

    assert len(listed(client, ["sala-1"])) == 150


def test_a_list_without_an_end_is_an_error_and_not_half_a_list(
    wire: Wire, client: ElosClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_lists, "_MOST_PAGES", 20)
    wire.answer = lambda asked: recordings(item(int(asked.params["offset"])), before="<nextPage>true</nextPage>")

    with pytest.raises(ElosReply, match="more than 20 pages") as refused:
        listed(client, ["sala-1"])

    assert (refused.value.call, refused.value.server) == ("getRecordings", "teste")


def test_a_list_that_takes_too_long_is_given_up(
    wire: Wire, client: ElosClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_lists, "_MOST_SECONDS", 0.0)
    Shelf(wire, 250, "nextPage")

    with pytest.raises(ElosUnreachable, match="seconds"):
        listed(client, ["sala-1"])


@pytest.mark.parametrize(
    "answer",
    [
        success("<recordings/>"),
        success("<recordings></recordings><messageKey>noRecordings</messageKey>"),
        failed("noRecordings"),
        failed("noRecordings", form="list", status="404 Not Found"),
        failed("notFound", form="attributes"),
        success(),
    ],
)
def test_no_recordings_is_an_empty_list(wire: Wire, client: ElosClient, answer: bytes) -> None:
    wire.always(answer)

    assert listed(client, ["sala-1"]) == []


@pytest.mark.parametrize("ids", [[], [""], ["  ", ","], ["a,b"]])
def test_without_ids_nothing_is_asked(wire: Wire, client: ElosClient, ids: list[str]) -> None:
    assert listed(client, ids) == []
    assert wire.asked == []


def test_only_recordings_of_the_meetings_asked_about_are_given(wire: Wire, client: ElosClient) -> None:
    wire.always(recordings(item(1, "sala-1"), item(2, "sala-10"), item(3, "sala-2"), item(4, "")))

    assert [one.record_id for one in listed(client, ["sala-2", "sala-1"])] == ["r00003", "r00001"]


def test_newest_come_first_and_each_once(wire: Wire, client: ElosClient) -> None:
    wire.always(recordings(item(2), item(9), item(5), item(9)))

    assert [one.record_id for one in listed(client, ["sala-1", "sala-1"])] == ["r00009", "r00005", "r00002"]
    assert wire.asked[0].params["meetingID"] == "sala-1"


def test_states_are_asked_for(wire: Wire, client: ElosClient) -> None:
    listed(client, ["sala-1"], states=["processing", "published"])
    listed(client, ["sala-1"])

    assert wire.asked[0].params["state"] == "processing,published"
    assert "state" not in wire.asked[1].params


def test_many_meetings_are_asked_about_in_chunks(wire: Wire, client: ElosClient) -> None:
    ids = [str(uuid4()) for _ in range(101)]
    wire.answer = lambda asked: recordings(*(recording_xml(one, one) for one in asked.params["meetingID"].split(",")))

    found = listed(client, ids)

    assert {one.meeting_id for one in found} == set(ids)
    assert [len(one.params["meetingID"].split(",")) for one in wire.asked] == [40, 40, 21]


def test_long_ids_make_smaller_chunks(wire: Wire, client: ElosClient) -> None:
    ids = [f"{number:03}-çã-{'x' * 200}" for number in range(20)]

    listed(client, ids)

    assert len(wire.asked) > 1
    assert max(len(one.target) for one in wire.asked) < 2000
    assert [one for asked in wire.asked for one in asked.params["meetingID"].split(",")] == ids


def test_a_page_that_fails_fails_the_list(wire: Wire) -> None:
    wire.in_turn(recordings(item(1), before="<nextPage>true</nextPage>"), html("502 Bad Gateway"))

    with pytest.raises(ElosUnreachable):
        listed(client_of(wire.url), ["sala-1"])
