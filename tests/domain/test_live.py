"""A room's live state: closed, opening, open, ended, as Elos answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lti_elos.domain.live import NEVER_ASKED, Live, LiveState, Seen, after, pace_s

T0 = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EMPTY = Seen("run-1", 111, 0, T0, is_over=False)
PEOPLED = replace(EMPTY, participants=3)
OVER = replace(PEOPLED, is_over=True)
NEXT_EMPTY = Seen("run-2", 222, 0, T0 + 60 * MINUTE, is_over=False)
NEXT_PEOPLED = replace(NEXT_EMPTY, participants=1)
CLOSED, OPENING, OPEN, ENDED = LiveState.CLOSED, LiveState.OPENING, LiveState.OPEN, LiveState.ENDED


def lived(*answers: Seen | None) -> Live:
    """The state after Elos gave these answers, one a minute."""
    live = NEVER_ASKED
    for number, seen in enumerate(answers):
        live = after(live, seen, now=T0 + number * MINUTE)
    return live


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([None], CLOSED),
        ([None, None], CLOSED),
        ([OVER], CLOSED),
        ([EMPTY], OPENING),
        ([EMPTY, EMPTY], OPENING),
        ([PEOPLED], OPEN),
        ([EMPTY, PEOPLED], OPEN),
        ([EMPTY, None], CLOSED),
        ([EMPTY, replace(EMPTY, is_over=True)], CLOSED),
        ([PEOPLED, EMPTY], OPENING),
        ([PEOPLED, None], ENDED),
        ([PEOPLED, OVER], ENDED),
        ([PEOPLED, OVER, None], ENDED),
        ([PEOPLED, None, None], ENDED),
        # Elos takes a meeting down a while after the last person left.
        ([PEOPLED, EMPTY, None], ENDED),
        ([PEOPLED, EMPTY, EMPTY, None], ENDED),
        ([PEOPLED, EMPTY, PEOPLED], OPEN),
        ([PEOPLED, None, NEXT_EMPTY], OPENING),
        ([PEOPLED, None, NEXT_EMPTY, None], CLOSED),
        ([PEOPLED, None, NEXT_PEOPLED], OPEN),
        ([PEOPLED, NEXT_EMPTY, None], CLOSED),
    ],
)
def test_the_state_follows_what_elos_answers(answers: list[Seen | None], state: LiveState) -> None:
    assert lived(*answers).state is state


def test_an_open_room_tells_who_is_in_since_when_and_when_it_was_asked() -> None:
    live = lived(None, EMPTY, PEOPLED)

    assert live.is_open
    assert (live.participants, live.internal_id, live.create_time_ms) == (3, "run-1", 111)
    assert (live.opened_at, live.ended_at, live.checked_at) == (T0, None, T0 + 2 * MINUTE)


def test_a_meeting_of_unknown_start_is_open_since_it_was_first_seen_open() -> None:
    unknown = replace(PEOPLED, started_at=None)

    assert lived(None, unknown, replace(unknown, participants=9)).opened_at == T0 + MINUTE


def test_an_ended_room_tells_when_it_was_open_and_holds_nobody() -> None:
    live = lived(PEOPLED, None, None)

    assert (live.participants, live.create_time_ms, live.is_open) == (0, 0, False)
    assert (live.opened_at, live.ended_at, live.checked_at) == (T0, T0 + MINUTE, T0 + 2 * MINUTE)


def test_the_next_meeting_starts_anew() -> None:
    live = lived(PEOPLED, None, NEXT_PEOPLED)

    assert (live.opened_at, live.ended_at, live.internal_id) == (NEXT_PEOPLED.started_at, None, "run-2")


def test_an_answer_clears_the_trouble_of_the_one_before() -> None:
    troubled = replace(lived(PEOPLED), trouble="ELOS-UNREACHABLE")

    assert after(troubled, PEOPLED, now=T0).trouble == ""
    assert after(troubled, None, now=T0).trouble == ""


def test_what_elos_still_says_of_a_meeting_that_was_just_ended_is_old() -> None:
    ended = lived(PEOPLED, None)
    assert ended.ended_at is not None

    assert after(ended, PEOPLED, now=ended.ended_at + timedelta(seconds=10)).state is ENDED
    assert after(ended, PEOPLED, now=ended.ended_at + timedelta(seconds=20)).state is OPEN
    assert after(ended, NEXT_PEOPLED, now=ended.ended_at + timedelta(seconds=1)).state is OPEN


def test_when_a_room_ended_that_nobody_looked_at_is_not_known() -> None:
    live = after(lived(PEOPLED), None, now=T0 + 90 * MINUTE)

    assert (live.state, live.ended_at) == (ENDED, None)


@pytest.mark.parametrize(
    ("refresh_s", "crowd", "pause_s"),
    [
        (5, 0, 3),
        (5, 900, 3),
        (5, 3000, 10),
        (5, 100_000, 20),
        (2, 1, 1.4),
        (0.2, 1, 0.5),
        (0.5, 200, 200 / 300),
        (60, 5, 3),
    ],
)
def test_pages_ask_less_often_the_more_they_are(refresh_s: float, crowd: int, pause_s: float) -> None:
    assert pace_s(refresh_s=refresh_s, crowd=crowd) == pytest.approx(pause_s)
