"""What the servers tell while they make a recording. Source: BigBlueButton documentation, recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_elos.demo.elos.events import PROCESSING_MS, STEP_MS, Attributes, of_record, published_format
from lti_elos.demo.elos.meetings import Meeting
from lti_elos.demo.elos.recordings import Recording

# Where the steps lie between the end of a meeting and its first format, or between two formats.
_ARCHIVED, _CHECKED, _PROCESSED = 0.1, 0.2, 0.8


@dataclass(frozen=True)
class Step:
    at: datetime
    event_id: str
    attributes: Attributes


def steps(meeting: Meeting, recording: Recording | None, *, ended_at: datetime, base: str) -> Iterator[Step]:
    """All of them in order. Where nobody pressed the button, nothing follows the archive.

    :param base: of the playback's addresses
    """

    def step(at: datetime, name: str, **more: Any) -> Step:
        return Step(at, f"rap-{name}", of_record(meeting.internal_id, meeting.meeting_id, **more))

    done = {"success": True, "step-time": STEP_MS}
    ready = sorted(recording.ready_at.items(), key=lambda item: item[1]) if recording else []
    first = ready[0][1] - ended_at if ready else ended_at - ended_at
    duration = int(meeting.recorded.total_seconds() * 1000)

    yield step(ended_at, "archive-started")
    yield step(ended_at + first * _ARCHIVED, "archive-ended", **done, recorded=bool(recording), duration=duration)
    if recording is None:
        return
    yield step(ended_at + first * _ARCHIVED, "sanity-started")
    yield step(ended_at + first * _CHECKED, "sanity-ended", **done)
    began = ended_at + first * _CHECKED
    for kind, at in ready:
        processed = began + (at - began) * _PROCESSED
        yield step(began, "process-started", workflow=kind)
        yield step(processed, "process-ended", **{**done, "step-time": PROCESSING_MS}, workflow=kind)
        yield step(processed, "publish-started", workflow=kind)
        published = published_format(recording, kind, base=base)
        yield step(at, "publish-ended", **done, workflow=kind, recording=published)
        yield step(at, "published")
        began = at
