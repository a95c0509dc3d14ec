"""Where is my recording: what its events come to."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lti_elos.domain.pipelines import Pipeline, Progress, Told, pipeline_of, usual_wait

ENDED = datetime(2026, 11, 12, 22, 39, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def told(name: str, at_min: float, workflow: str = "", **more: Any) -> Told:
    return Told(f"rap-{name}", ENDED + at_min * MINUTE, workflow, **more)


ARCHIVED = told("archive-ended", 13, success=True, recorded=True)
CHECKED = told("sanity-ended", 14, success=True)


def made(kind: str, begin: float, end: float) -> list[Told]:
    return [
        told("process-started", begin, kind),
        told("process-ended", end - 1, kind, success=True),
        told("publish-started", end - 1, kind),
        told("publish-ended", end, kind, success=True),
    ]


def marks(found: Pipeline) -> str:
    """A letter a step: done, now, failed, or to come."""
    letters = {Progress.DONE: "d", Progress.NOW: "n", Progress.FAILED: "f", Progress.TO_COME: "-"}
    return "".join(letters[one.progress] for one in found.steps)


@pytest.mark.parametrize(
    ("events", "expected", "minutes"),
    [
        ([], "dn--", [0, 0, None, None]),
        ([ARCHIVED], "ddn-", [0, 13, 13, None]),
        ([ARCHIVED, CHECKED, told("process-started", 15, "presentation")], "ddn-", [0, 13, 15, None]),
        ([ARCHIVED, CHECKED, *made("presentation", 15, 80)], "dddd", [0, 13, 79, 80]),
        ([told("archive-ended", 13, success=False)], "df--", [0, 13, None, None]),
        ([ARCHIVED, told("sanity-ended", 14, success=False)], "ddf-", [0, 13, 14, None]),
        (
            [ARCHIVED, *made("video", 15, 80)[:1], told("process-ended", 40, "video", success=False)],
            "ddf-",
            [0, 13, 40],
        ),
        ([ARCHIVED, *made("video", 15, 80)[:3], told("publish-ended", 81, "video", success=False)], "dddf", [0, 13]),
        # The archive's own event was lost.
        ([told("process-started", 15, "presentation")], "ddn-", [0, None, 15, None]),
        # Tried again, and well.
        ([told("archive-ended", 5, success=False), ARCHIVED], "ddn-", [0, 13, 13, None]),
        (
            [ARCHIVED, told("process-ended", 20, "video", success=False), told("process-started", 30, "video")],
            "ddn-",
            [0, 13, 30, None],
        ),
    ],
)
def test_the_steps_and_when(events: list[Told], expected: str, minutes: list[float | None]) -> None:
    found = pipeline_of(events, ended_at=ENDED)

    assert marks(found) == expected
    given = [None if one.at is None else (one.at - ENDED) / MINUTE for one in found.steps]
    assert given[: len(minutes)] == minutes
    assert found.has_failed == ("f" in expected)


def test_every_order_of_the_events_comes_to_the_same() -> None:
    events = [ARCHIVED, CHECKED, *made("presentation", 15, 80)]
    expected = pipeline_of(events, ended_at=ENDED)

    for some in itertools.permutations(events):
        assert pipeline_of([*some, some[0]], ended_at=ENDED) == expected


def test_a_video_may_follow_or_fail_alone() -> None:
    first = [ARCHIVED, CHECKED, *made("presentation", 15, 80), told("process-started", 80, "video")]
    later = pipeline_of(first, ended_at=ENDED)
    never = pipeline_of([*first, told("process-ended", 90, "video", success=False)], ended_at=ENDED)
    after_all = pipeline_of([*first, *made("video", 80, 120)[1:]], ended_at=ENDED)

    assert (marks(later), later.ready, later.pending) == ("dddd", ("presentation",), ("video",))
    assert (marks(never), never.ready, never.pending, never.failed) == ("dddd", ("presentation",), (), ("video",))
    assert (after_all.ready, after_all.pending) == (("presentation", "video"), ())


def test_one_that_fails_while_another_is_made_is_no_failure_yet() -> None:
    events = [ARCHIVED, told("process-started", 15, "presentation"), told("process-ended", 20, "video", success=False)]

    found = pipeline_of(events, ended_at=ENDED)

    assert (marks(found), found.pending, found.failed) == ("ddn-", ("presentation",), ("video",))


def test_nobody_pressed_the_button() -> None:
    assert pipeline_of([], ended_at=ENDED).recorded is None
    assert pipeline_of([told("archive-ended", 1, success=True, recorded=False)], ended_at=ENDED).recorded is False
    assert pipeline_of([ARCHIVED], ended_at=ENDED).recorded is True


def test_what_a_list_shows_is_there_whatever_was_told() -> None:
    listed = pipeline_of([], ended_at=ENDED, is_listed=True)
    played = pipeline_of([], ended_at=ENDED, is_listed=True, ready=["presentation"])

    assert (marks(listed), listed.recorded, listed.steps[2].at) == ("ddn-", True, None)
    assert (marks(played), played.ready) == ("dddd", ("presentation",))


def test_the_usual_wait_is_the_middle_one_of_those_that_tell() -> None:
    late = timedelta(days=3)

    assert usual_wait([100 * MINUTE, 130 * MINUTE, 50 * MINUTE, late, late, late]) == 105 * MINUTE
    assert usual_wait([100 * MINUTE, 130 * MINUTE, late]) is None
    assert usual_wait([timedelta(0), 15 * MINUTE, 15 * MINUTE, 15 * MINUTE, -MINUTE]) == 15 * MINUTE
