"""How far a session's recording is, told by its events: the same whatever their order, and however often each came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from statistics import median

from lti_elos.domain.meetings import ARCHIVED as ARCHIVE_ENDED

STEP_EVENTS = (
    ARCHIVE_ENDED,
    "rap-sanity-ended",
    "rap-process-started",
    "rap-process-ended",
    "rap-publish-started",
    "rap-publish-ended",
)
"""The events that tell of it (elos-api 4.5)."""


class Stage(StrEnum):
    """What becomes of a recording, in this order."""

    RECORDED = "recorded"
    ARCHIVED = "archived"
    PROCESSING = "processing"
    PUBLISHED = "published"


class Progress(StrEnum):
    """Where a stage stands."""

    DONE = "done"
    NOW = "now"
    FAILED = "failed"
    TO_COME = "to come"


@dataclass(frozen=True, slots=True)
class Told:
    """One event of STEP_EVENTS. ``workflow``: the kind of playback, "" for all; None where the event says nothing."""

    name: str
    at: datetime
    workflow: str = ""
    success: bool | None = None
    recorded: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """``at``: when it was done or failed, or since when it lasts; None where nobody told, and for what is to come."""

    stage: Stage
    progress: Progress
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """How far it is."""

    steps: tuple[Step, ...]
    recorded: bool | None
    """Whether somebody recorded; None: not told yet."""
    ready: tuple[str, ...]
    """Kinds of playback that are there."""
    pending: tuple[str, ...]
    """… that are in the making."""
    failed: tuple[str, ...]
    """… that could not be made."""

    @property
    def has_failed(self) -> bool:
        """Nothing will come of it by itself."""
        return any(one.progress is Progress.FAILED for one in self.steps)


def pipeline_of(
    told: Iterable[Told], *, ended_at: datetime, is_listed: bool = False, ready: Sequence[str] = ()
) -> Pipeline:
    """:param ended_at: when the session ended
    :param is_listed: Elos lists the recording, whatever the events say: then it has been archived
    :param ready: the kinds of playback that are listed with it
    """
    events = sorted(told, key=lambda one: (one.at, STEP_EVENTS.index(one.name)))
    # The last word counts: what failed may have been tried again.
    archive = next((one for one in reversed(events) if one.name == ARCHIVE_ENDED), None)
    sanity = next((one for one in reversed(events) if one.name == "rap-sanity-ended"), None)
    last = {one.workflow: one for one in events if one.workflow}
    published = {
        kind: one for kind, one in last.items() if one.name == "rap-publish-ended" and one.success is not False
    }
    done = tuple(dict.fromkeys([*ready, *published]))
    failed = tuple(kind for kind, one in last.items() if one.success is False and kind not in ready)
    pending = tuple(kind for kind in last if kind not in done and kind not in failed)
    began_at = min((one.at for one in events if one.name == "rap-process-started"), default=None)
    is_spoilt = sanity is not None and sanity.success is False

    archived = _step(Stage.ARCHIVED, archive, since=ended_at, is_over=bool(is_listed or last or done))
    if archived.progress is not Progress.DONE:
        rest = (Step(Stage.PROCESSING, Progress.TO_COME, None), Step(Stage.PUBLISHED, Progress.TO_COME, None))
    elif done:
        at = min((one.at for one in published.values()), default=None)
        rest = (
            Step(Stage.PROCESSING, Progress.DONE, _processed_at(events, published) or at),
            Step(Stage.PUBLISHED, Progress.DONE, at),
        )
    elif not last and is_spoilt and sanity is not None:
        rest = (Step(Stage.PROCESSING, Progress.FAILED, sanity.at), Step(Stage.PUBLISHED, Progress.TO_COME, None))
    elif failed and not pending:
        rest = _failure([last[kind] for kind in failed])
    else:
        since = began_at or archived.at
        rest = (Step(Stage.PROCESSING, Progress.NOW, since), Step(Stage.PUBLISHED, Progress.TO_COME, None))
    return Pipeline(
        steps=(Step(Stage.RECORDED, Progress.DONE, ended_at), archived, *rest),
        recorded=True if is_listed or done or last else archive.recorded if archive else None,
        ready=done,
        pending=pending,
        failed=failed,
    )


def _step(stage: Stage, end: Told | None, *, since: datetime, is_over: bool) -> Step:
    """A stage that ends with one event. ``is_over``: later ones tell that it has, its own may have been lost."""
    if is_over or (end is not None and end.success is not False):
        return Step(stage, Progress.DONE, end.at if end else None)
    return Step(stage, Progress.NOW, since) if end is None else Step(stage, Progress.FAILED, end.at)


def _processed_at(events: Sequence[Told], published: Iterable[str]) -> datetime | None:
    """When the first of those that were published was processed."""
    kinds = set(published)
    return min((one.at for one in events if one.name == "rap-process-ended" and one.workflow in kinds), default=None)


def _failure(last: Sequence[Told]) -> tuple[Step, Step]:
    """None could be made: where it stopped."""
    latest = max(last, key=lambda one: one.at)
    if latest.name == "rap-publish-ended":
        return Step(Stage.PROCESSING, Progress.DONE, None), Step(Stage.PUBLISHED, Progress.FAILED, latest.at)
    return Step(Stage.PROCESSING, Progress.FAILED, latest.at), Step(Stage.PUBLISHED, Progress.TO_COME, None)


_FEWEST, _LONGEST = 3, timedelta(hours=48)
_QUARTER = timedelta(minutes=15)


def usual_wait(waits: Iterable[timedelta]) -> timedelta | None:
    """From the end of a session to its recording: the median of some of late, up to the next quarter of an hour.

    None where too few are known. What took days was learnt late, and says nothing.
    """
    known = [one / _QUARTER for one in waits if timedelta(0) < one <= _LONGEST]
    return ceil(median(known)) * _QUARTER if len(known) >= _FEWEST else None
