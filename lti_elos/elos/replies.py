"""What Elos answers, as types. Epoch milliseconds, minutes and texts end here; passwords are not taken over at all.

What a reply lacks is "", None or 0; one that lacks its very ids is None, and the caller says what that means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from lxml import etree

from lti_elos.elos.documents import boolean, integer, text
from lti_elos.errors import (
    ElosDenied,
    ElosEnded,
    ElosError,
    ElosIdTaken,
    ElosNewSession,
    ElosNotOpen,
    ElosReply,
    ElosRoomFull,
    ElosSecret,
    ElosSessionsLimit,
    ElosUnreachable,
)


@dataclass(frozen=True, slots=True)
class CreatedMeeting:
    """The answer to ``create`` (elos-api 3.1.2)."""

    meeting_id: str
    internal_id: str
    create_time_ms: int
    """As Elos wants it back in ``join``; 0 when it told none."""
    created_at: datetime | None
    already_existed: bool


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody in a meeting. ``user_id`` is the id that the join sent."""

    user_id: str
    full_name: str = field(repr=False)
    is_moderator: bool


@dataclass(frozen=True, slots=True)
class MeetingInfo:
    """The answer to ``getMeetingInfo``, or one of ``getMeetings`` (3.4)."""

    meeting_id: str
    internal_id: str
    name: str
    create_time_ms: int
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    running: bool
    """At least one person is in."""
    participants: int
    moderators: int
    has_been_forcibly_ended: bool
    recording: bool
    """It may be recorded; not: it is being recorded."""
    attendees: tuple[Attendee, ...] = field(repr=False)
    metadata: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Format:
    """One playback of a recording. The URL may be good for an hour only, and for anybody (4.4)."""

    kind: str
    url: str = field(repr=False)
    length: timedelta | None
    thumbnails: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recording:
    """One of ``getRecordings`` (4.1)."""

    record_id: str
    meeting_id: str
    internal_id: str
    name: str
    description: str | None
    state: str
    """processing, processed, published, unpublished or deleted."""
    published: bool
    started_at: datetime
    ended_at: datetime | None
    length: timedelta | None
    """Of the longest playback."""
    participants: int | None
    size_bytes: int
    """0 where the server tells none."""
    is_protected: bool | None
    """None: the server knows no protection (4.4)."""
    formats: tuple[Format, ...]
    metadata: dict[str, str] = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """The server answers and takes our signature. ``version``: "" when it tells none."""

    version: str


# --- refusals (1.6) ---

_ERRORS: dict[str, type[ElosError]] = {
    "checksumError": ElosSecret,
    "maxParticipantsReached": ElosRoomFull,
    "meetingForciblyEnded": ElosEnded,
    "mismatchCreateTimeParam": ElosNewSession,
    "mismatchCreateTime": ElosNewSession,
    "guestDeniedAccess": ElosDenied,
    "idNotUnique": ElosIdTaken,
    "invalidMeetingIdentifier": ElosNotOpen,
    "notFound": ElosNotOpen,
    # A load balancer's or database's trouble on their side: it passes, like a server that does not answer.
    "internalError": ElosUnreachable,
}
_LIMITS: dict[str, type[ElosError]] = {
    "simultaneousMeetingsLimitReached": ElosSessionsLimit,
    "simultaneousParticipantsLimitReached": ElosRoomFull,
}
"""Followed by whose limit it is: ForSecret, ForInstitution."""


def error_for(key: str) -> type[ElosError]:
    """The error that a messageKey stands for: one that we do not know is an unexpected answer."""
    limit = next((kind for begin, kind in _LIMITS.items() if key.startswith(begin)), None)
    return limit or _ERRORS.get(key, ElosReply)


# --- meetings ---


def created_meeting(root: etree._Element) -> CreatedMeeting | None:
    """None without an internal id: nothing was created then, whatever the answer says."""
    internal_id, created_ms = text(root, "internalMeetingID"), integer(root, "createTime")
    if not internal_id:
        return None
    return CreatedMeeting(
        meeting_id=text(root, "meetingID"),
        internal_id=internal_id,
        create_time_ms=created_ms,
        created_at=_moment(created_ms),
        already_existed=text(root, "messageKey") == "duplicateWarning",
    )


def meeting_info(node: etree._Element) -> MeetingInfo | None:
    """None for one without its ids."""
    meeting_id, internal_id = text(node, "meetingID"), text(node, "internalMeetingID")
    if not meeting_id or not internal_id:
        return None
    created_ms = integer(node, "createTime")
    return MeetingInfo(
        meeting_id=meeting_id,
        internal_id=internal_id,
        name=text(node, "meetingName"),
        create_time_ms=created_ms,
        created_at=_moment(created_ms),
        started_at=_moment(integer(node, "startTime")),
        ended_at=_moment(integer(node, "endTime")),
        running=boolean(node, "running"),
        participants=integer(node, "participantCount", most=_MOST_PEOPLE),
        moderators=integer(node, "moderatorCount", most=_MOST_PEOPLE),
        has_been_forcibly_ended=boolean(node, "hasBeenForciblyEnded"),
        recording=boolean(node, "recording"),
        attendees=tuple(
            Attendee(text(one, "userID"), text(one, "fullName"), text(one, "role").upper() == "MODERATOR")
            for one in node.iterfind("attendees/attendee")
        ),
        metadata=_metadata(node),
    )


# --- recordings ---


def recording(node: etree._Element) -> Recording | None:
    """None for a broken item: ``<recording><error>…`` or one without ids or start."""
    record_id, started_at = text(node, "recordID"), _moment(integer(node, "startTime"))
    if not record_id or started_at is None:
        return None
    metadata = _metadata(node)
    formats = tuple(one for each in node.iterfind("playback/format") if (one := _format(each)) is not None)
    # Both come; where they differ the state is right, being the newer notion.
    state = text(node, "state").lower() or ("published" if boolean(node, "published") else "unpublished")
    expires = integer(node, "expirationDate")
    return Recording(
        record_id=record_id,
        meeting_id=text(node, "meetingID"),
        internal_id=text(node, "internalMeetingID") or record_id,
        # Renaming writes meta_name; other tools write bbb-recording-name (section 2).
        name=metadata.get("name") or metadata.get("bbb-recording-name") or text(node, "name"),
        description=metadata.get("description") or metadata.get("bbb-recording-description") or None,
        state=state,
        published=state == "published",
        started_at=started_at,
        ended_at=_moment(integer(node, "endTime")),
        length=max((one.length for one in formats if one.length), default=None),
        participants=integer(node, "participants", most=_MOST_PEOPLE) if text(node, "participants") else None,
        size_bytes=integer(node, "size"),
        is_protected=boolean(node, "protected") if text(node, "protected") else None,
        formats=formats,
        metadata=metadata,
        expires_at=_moment(expires if expires >= _LEAST_MS else expires * 1000),
    )


def _format(node: etree._Element) -> Format | None:
    kind, url = text(node, "type").lower(), _web_url(text(node, "url"))
    if not kind or not url:
        return None
    images = ((image.text or "").strip() for image in node.iterfind("preview/images/image"))
    minutes = integer(node, "length", most=_MOST_MINUTES)
    return Format(
        kind=kind,
        url=url,
        length=timedelta(minutes=minutes) if minutes else None,
        thumbnails=tuple(one for image in images if (one := _web_url(image))),
    )


# --- values ---

_MOST_PEOPLE = 1_000_000
_MOST_MINUTES = 60 * 24 * 30
_LEAST_MS = 10**11
"""expirationDate comes in seconds or in milliseconds: below this it is seconds (until the year 5138)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_PART_OF_A_URL = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f]")


def _metadata(node: etree._Element) -> dict[str, str]:
    found = node.find("metadata")
    if found is None:
        return {}
    return {child.tag: (child.text or "").strip() for child in found if isinstance(child.tag, str)}


def _moment(epoch_ms: int) -> datetime | None:
    """Epoch milliseconds; 0 is BigBlueButton's "not yet"."""
    try:
        return _EPOCH + timedelta(milliseconds=epoch_ms) if epoch_ms > 0 else None
    except OverflowError:
        return None


def _web_url(url: str) -> str:
    """``url`` if a browser may be sent there, else "": it becomes a Location header or an image's source."""
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in ("http", "https") and bool(parts.hostname) and not _NO_PART_OF_A_URL.search(url)
    except ValueError:
        return ""
    return url if is_fit else ""
