"""When people were in a meeting, out of when they came and went."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.domain.stays import length_of, merged, peak_of, stays_of

NOON = datetime(2026, 11, 17, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def minutes(stays: object) -> list[tuple[float, float]]:
    return [((since - NOON) / timedelta(minutes=1), (until - NOON) / timedelta(minutes=1)) for since, until in stays]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("came", "went", "stays"),
    [
        ([], [], []),
        ([1], [5], [(1, 5)]),
        ([1], [], [(1, 50)]),
        ([], [5], []),
        ([1, 10], [5, 20], [(1, 5), (10, 20)]),
        ([10, 1], [20, 5], [(1, 5), (10, 20)]),
        ([1, 3], [5], [(1, 5)]),
        ([1], [5, 7, 9], [(1, 5)]),
        ([1, 5], [5, 9], [(1, 5), (5, 9)]),
        ([1], [1], [(1, 1)]),
        ([1, 1], [1], [(1, 50)]),
        ([60], [], []),
    ],
)
def test_stays_are_made_of_moments(came: list[float], went: list[float], stays: list[tuple[float, float]]) -> None:
    assert minutes(stays_of(map(at, came), map(at, went), until=at(50))) == stays


def test_two_devices_at_once_count_once() -> None:
    phone, laptop = (at(0), at(20)), (at(10), at(30))

    assert minutes(merged([laptop, phone, (at(40), at(45))])) == [(0, 30), (40, 45)]
    assert length_of(merged([laptop, phone])) == timedelta(minutes=30)


def test_the_peak_counts_people_and_not_those_who_had_gone_already() -> None:
    first, second, third = [(at(0), at(10))], [(at(10), at(20))], [(at(5), at(12))]

    assert peak_of([first, second]) == 1
    assert peak_of([first, second, third]) == 2
    assert peak_of([]) == 0


moments = st.lists(st.integers(0, 100).map(at), max_size=12)


@given(moments, moments)
def test_stays_never_overlap_and_never_go_backwards(came: list[datetime], went: list[datetime]) -> None:
    stays = stays_of(came, went, until=at(100))

    assert all(since <= until for since, until in stays)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(stays))
    assert length_of(merged(stays)) <= timedelta(minutes=100)
