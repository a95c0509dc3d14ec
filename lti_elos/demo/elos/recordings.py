"""Recordings: what a meeting leaves behind, and how it becomes visible with time."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from lti_elos.demo.elos.clock import epoch_ms
from lti_elos.demo.elos.meetings import Meeting
from lti_elos.demo.elos.replies import tag
from lti_elos.demo.elos.switches import Switches

PROCESSING, PUBLISHED, UNPUBLISHED, DELETED = "processing", "published", "unpublished", "deleted"
LISTED_BY_DEFAULT = (PUBLISHED, UNPUBLISHED)
STATES = (PROCESSING, "processed", PUBLISHED, UNPUBLISHED, DELETED)

_PATHS = {
    "presentation": "/playback/presentation/2.3/{}",
    "video": "/playback/video/{}/",
    "presentation_video": "/playback/presentation_video/{}.mp4",
}
_BYTES_PER_S = {"presentation": 40_000, "video": 120_000, "presentation_video": 120_000}  # like the real ones


@dataclass(eq=False)
class Recording:
    """The recording of one meeting run, with a format per workflow."""

    record_id: str
    """The run's internal meeting id."""
    meeting_id: str
    name: str
    started_at: datetime
    ended_at: datetime
    length: timedelta
    participants: int
    metadata: dict[str, str]
    ready_at: dict[str, datetime]
    """When each format appears."""
    is_published: bool = True
    is_deleted: bool = False
    is_protected: bool = False
    expires_at: datetime | None = None
    """When the server removes it by itself. None: never."""

    def state(self, now: datetime) -> str:
        if self.is_deleted or (self.expires_at is not None and self.expires_at <= now):
            return DELETED
        if not self.formats(now):
            return PROCESSING
        return PUBLISHED if self.is_published else UNPUBLISHED

    def formats(self, now: datetime) -> list[str]:
        """The formats there are by now, first made first."""
        return [kind for kind, at in sorted(self.ready_at.items(), key=lambda item: item[1]) if at <= now]


def recording_of(meeting: Meeting, ended_at: datetime, *, limits: Switches, speed: float) -> Recording:
    """What a recorded meeting leaves. Its formats come one by one, ``speed`` times faster than configured."""
    delays = {"presentation": limits.presentation_delay_s, "video": limits.video_delay_s}
    return Recording(
        record_id=meeting.internal_id,
        meeting_id=meeting.meeting_id,
        name=meeting.name,
        started_at=meeting.created_at,
        ended_at=ended_at,
        length=meeting.recorded,
        participants=len({one.user_id for one in meeting.everyone if not one.is_waiting}),
        metadata=dict(meeting.metadata),
        ready_at={kind: ended_at + timedelta(seconds=delays[kind] / speed) for kind in limits.workflows},
    )


def matching(
    recordings: Collection[Recording],
    now: datetime,
    *,
    record_ids: Collection[str],
    meeting_ids: Collection[str],
    by_prefix: bool,
    states: Collection[str],
    metadata: Mapping[str, str],
) -> list[Recording]:
    """The recordings asked for, as they lie on the servers: in no promised order.

    Record ids may be prefixes and make meeting ids count for nothing; with neither, all are meant.
    """

    def is_meant(one: Recording) -> bool:
        if record_ids:
            return any(one.record_id.startswith(prefix) for prefix in record_ids)
        if meeting_ids and by_prefix:
            return any(one.meeting_id.startswith(prefix) for prefix in meeting_ids)
        return not meeting_ids or one.meeting_id in meeting_ids

    return [
        one
        for one in recordings
        if is_meant(one) and ("any" in states or one.state(now) in states) and metadata.items() <= one.metadata.items()
    ]


def playback_base(recording: Recording, *, hosts: Collection[str], own: str) -> str:
    """The server a recording lies on: always the same one of several, as behind a load balancer."""
    servers = list(hosts) or [own]
    return servers[zlib.crc32(recording.record_id.encode()) % len(servers)].rstrip("/")


def recording_xml(
    recording: Recording, now: datetime, *, base: str, knows_protection: bool, query: str = ""
) -> etree._Element:
    """One ``<recording>`` of getRecordings. As on Elos, metadata also holds keys the servers add.

    ``query`` is what its playback wants, if anything.
    """
    state = recording.state(now)
    formats = recording.formats(now)
    added = {
        "isBreakout": "false",
        "meetingName": recording.name,
        "meetingId": recording.meeting_id,
        "mconf-secret-name": "simulator",
        "mconf-institution-name": "Simulated institution",
    }
    return tag(
        "recording",
        [
            tag("recordID", recording.record_id),
            tag("meetingID", recording.meeting_id),
            tag("internalMeetingID", recording.record_id),
            tag("name", recording.name),
            tag("isBreakout", False),
            tag("published", state == PUBLISHED),
            tag("state", state),
            tag("startTime", epoch_ms(recording.started_at)),
            tag("endTime", epoch_ms(recording.ended_at)),
            tag("size", sum(size_of(recording, kind) for kind in formats)),
            tag("rawSize", size_of(recording, "video") * 2),
            tag("participants", recording.participants),
            *([tag("protected", recording.is_protected)] if knows_protection else []),
            *((tag("expirationDate", epoch_ms(recording.expires_at)),) if recording.expires_at else ()),
            tag("metadata", [tag(name, value) for name, value in {**added, **recording.metadata}.items()]),
            tag("playback", [_format_xml(recording, kind, base=base, query=query) for kind in formats]),
        ],
    )


def broken_xml() -> etree._Element:
    """What a server lists for a recording whose files it cannot read."""
    return tag("recording", [tag("error", [tag("recordID", f"{'0' * 40}-1500000000000")])])


def playback_url(recording: Recording, kind: str, *, base: str) -> str:
    return base + _PATHS[kind].format(recording.record_id)


def size_of(recording: Recording, kind: str) -> int:
    """The format's bytes."""
    return int(recording.length.total_seconds()) * _BYTES_PER_S[kind]


def _format_xml(recording: Recording, kind: str, *, base: str, query: str) -> etree._Element:
    url = playback_url(recording, kind, base=base)
    elements = [
        tag("type", kind),
        tag("url", f"{url}?{query}" if query else url),
        tag("processingTime", 7177),
        tag("length", round(recording.length.total_seconds() / 60)),
        tag("size", size_of(recording, kind)),
    ]
    if kind == "presentation":
        thumbs = [
            tag("image", f"{url}/thumb-{n}.png", alt=f"{recording.name} {n}", height="136", width="176")
            for n in (1, 2, 3)
        ]
        elements.append(tag("preview", [tag("images", thumbs)]))
    return tag("format", elements)
