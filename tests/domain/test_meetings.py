"""What a meeting's events come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lti_elos.domain.meetings import CREATED, ENDED, JOINED, LEFT, Course, Ended, Happened, course_of

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
START_MS = round(START.timestamp() * 1000)
INTERNAL = f"{'a' * 40}-{START_MS}"


def at(minutes: float, name: str, who: str = "", **more: Any) -> Happened:
    return Happened(name, START + timedelta(minutes=minutes), who, person=who.partition("/")[0], **more)


def come_to(*events: Happened, end_asked: bool = False) -> Course:
    return course_of(events, internal_id=INTERNAL, end_asked=end_asked)


A_CLASS = (
    at(0, CREATED, create_time_ms=START_MS),
    at(1, JOINED, "ana/1"),
    at(2, JOINED, "bia/1"),
    at(2, JOINED, "bia/2"),
    at(30, LEFT, "bia/1"),
    at(31, JOINED, "bia/1"),
    at(60, LEFT, "ana/1"),
)


def test_people_are_counted_once_and_devices_each() -> None:
    course = come_to(*A_CLASS)
    assert (course.present, course.peak, course.people) == (2, 3, 2)
    assert (course.created_at, course.opened_at) == (START, START + timedelta(minutes=1))
    assert (course.ended_at, course.ended) == (None, Ended.UNKNOWN)


def test_without_its_creation_the_internal_id_tells_when_it_was() -> None:
    assert come_to(at(1, JOINED, "ana/1")).created_at == START


def test_how_it_ended() -> None:
    everybody_left = [at(61, LEFT, "bia/1"), at(61, LEFT, "bia/2")]
    for end, more, asked, how in (
        (at(61.05, ENDED), everybody_left, False, Ended.ROOM),
        (at(61.05, ENDED), [], False, Ended.ROOM),
        (at(61.05, ENDED), everybody_left, True, Ended.BUTTON),
        (at(66, ENDED), everybody_left, False, Ended.EMPTY),
        (at(90, ENDED), [at(0, CREATED, duration_min=90)], False, Ended.LIMIT),
        (at(70, ENDED), [at(0, CREATED, duration_min=90)], False, Ended.ROOM),
    ):
        course = come_to(*A_CLASS, end, *more, end_asked=asked)
        assert course.ended is how
        assert course.present == 0
    assert come_to(at(0, CREATED), at(5, ENDED)).ended is Ended.UNUSED


def test_an_end_after_an_hours_silence_may_be_elos_own_or_a_lectures() -> None:
    all_out = [at(120, LEFT, "bia/1"), at(120, LEFT, "bia/2")]
    assert come_to(*A_CLASS, *all_out, at(120, ENDED), at(121, "rap-archive-ended")).ended is Ended.UNKNOWN
    assert come_to(*A_CLASS, *all_out, at(120, ENDED), end_asked=True).ended is Ended.BUTTON
    for sign_of_life in (at(61, JOINED, "caio/1"), at(61, "chat-group-message-sent", "bia/1")):
        assert come_to(*A_CLASS, sign_of_life, *all_out, at(120, ENDED)).ended is Ended.ROOM


@given(order=st.permutations((*A_CLASS, at(65, ENDED), *A_CLASS)))
def test_order_and_repetition_do_not_matter(order: list[Happened]) -> None:
    assert come_to(*order) == come_to(*A_CLASS, at(65, ENDED))


@given(order=st.permutations(A_CLASS))
def test_leaving_before_ever_coming_counts_for_nothing(order: list[Happened]) -> None:
    assert come_to(*order, at(0.5, LEFT, "nobody/1")) == come_to(*A_CLASS)
