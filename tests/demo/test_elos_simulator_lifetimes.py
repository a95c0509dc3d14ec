"""Meetings that end by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.demo.elos_support import NOON, Elos, flat, running_elos


@pytest.fixture(scope="module")
def server() -> Iterator[Elos]:
    with running_elos() as elos:
        yield elos


@pytest.fixture
def elos(server: Elos) -> Elos:
    server.control("DELETE", "all")
    return server


def exists(elos: Elos) -> bool:
    return elos.ask("getMeetingInfo", {"meetingID": "sala-1"})["returncode"] == "SUCCESS"


def minutes_lived(elos: Elos) -> float:
    [meeting] = elos.control("GET", "meetings")
    return float(meeting["endedAt"] - NOON.timestamp()) / 60


def test_a_meeting_nobody_joins_ends_after_five_minutes(elos: Elos) -> None:
    elos.create()

    elos.wait(minutes=4.9)
    assert exists(elos)
    elos.wait(minutes=0.2)
    assert not exists(elos)


def test_an_empty_meeting_ends_after_five_minutes_unless_somebody_comes_back(elos: Elos) -> None:
    elos.create()
    elos.join()
    elos.wait(minutes=10)
    elos.control("DELETE", "meetings/sala-1/people")
    elos.wait(minutes=4)
    elos.join()
    elos.wait(minutes=4)
    assert exists(elos)

    elos.control("DELETE", "meetings/sala-1/people")
    elos.wait(minutes=30)

    assert not exists(elos)
    # It ended when it was due, not when somebody looked.
    assert minutes_lived(elos) == 10 + 4 + 4 + 5


def test_a_meeting_where_nothing_happens_ends_after_an_hour(elos: Elos) -> None:
    elos.create()
    elos.join("Ana")
    elos.wait(minutes=50)
    elos.join("Bia")
    elos.wait(minutes=50)
    assert exists(elos)

    elos.wait(minutes=11)

    assert not exists(elos)
    assert minutes_lived(elos) == 50 + 60


def test_the_duration_counts_from_creation(elos: Elos) -> None:
    elos.create(duration=30)
    elos.wait(minutes=4)
    elos.join()
    elos.wait(minutes=25)
    assert exists(elos)

    elos.wait(minutes=2)

    assert not exists(elos)
    assert minutes_lived(elos) == 30


def test_a_meeting_may_bring_its_own_limits_and_zero_is_none(elos: Elos) -> None:
    elos.create(meetingExpireIfNoUserJoinedInMinutes=0, meetingExpireWhenLastUserLeftInMinutes=1)
    elos.wait(minutes=45)
    assert exists(elos)
    elos.join()
    elos.control("DELETE", "meetings/sala-1/people")

    elos.wait(minutes=1.1)

    assert not exists(elos)


def test_a_meeting_may_end_when_its_last_moderator_left(elos: Elos) -> None:
    elos.create(endWhenNoModerator="true", endWhenNoModeratorDelayInMinutes=2)
    elos.join("Zé", password="attend", userID="ze")
    elos.wait(minutes=3)
    assert exists(elos)
    elos.join("Ana", userID="ana")
    elos.control("DELETE", "meetings/sala-1/people?userID=ana")

    elos.wait(minutes=2.1)

    assert not exists(elos)


def test_a_meeting_that_ended_by_itself_is_forgotten_at_once(elos: Elos) -> None:
    elos.create()
    elos.wait(minutes=6)

    reply = elos.join()

    assert flat(reply)["messageKey"] == "invalidMeetingIdentifier"


def test_limits_can_be_shortened(elos: Elos) -> None:
    elos.switch(never_joined_s=2)
    elos.create()

    elos.wait(seconds=3)

    assert not exists(elos)
