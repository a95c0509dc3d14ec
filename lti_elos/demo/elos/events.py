"""The events of the Elos guide, as they look on the wire. Written after deliveries of bbb-webhooks 3.5."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lti_elos.demo.elos.clock import epoch_ms
from lti_elos.demo.elos.meetings import Meeting, Person
from lti_elos.demo.elos.recordings import Recording, playback_url, size_of
from lti_elos.demo.elos.switches import Switches

Attributes = dict[str, Any]

STEP_MS, PROCESSING_MS = 1117, 4605
CHATTER = {
    "talk": "user-audio-voice-enabled",
    "chat": "chat-group-message-sent",
    "raise_hand": "user-raise-hand-changed",
    "emoji": "user-emoji-changed",
    "vote": "poll-responded",
}
"""Events of BigBlueButton that the Elos guide does not name, by what people do."""

_OF_RECORDINGS = ("rap-published", "rap-unpublished", "rap-deleted")


def event(event_id: str, attributes: Attributes, *, at: datetime, in_seconds: bool, switches: Switches) -> Attributes:
    """One event. bbb-web counts milliseconds, the recording's scripts seconds."""
    if event_id in _OF_RECORDINGS:
        attributes = _as_switched(attributes, switches)
    ts = epoch_ms(at) // 1000 if in_seconds else epoch_ms(at)
    return {"data": {"type": "event", "id": event_id, "attributes": attributes, "event": {"ts": ts}}}


def meeting_created(meeting: Meeting) -> Attributes:
    return {
        "meeting": {
            **_ids(meeting.internal_id, meeting.meeting_id),
            "name": meeting.name,
            "is-breakout": False,
            "parent-id": "bbb-none",
            "duration": int(meeting.params.get("duration") or 0),
            "create-time": epoch_ms(meeting.created_at),
            "create-date": f"{meeting.created_at:%a %b %d %H:%M:%S} UTC {meeting.created_at:%Y}",
            "moderator-pass": meeting.moderator_password,
            "viewer-pass": meeting.attendee_password,
            "record": meeting.may_record,
            "voice-conf": meeting.voice_bridge,
            "dial-number": meeting.params.get("dialNumber") or "613-555-1234",
            "max-users": int(meeting.params.get("maxParticipants") or 0),
            "metadata": dict(meeting.metadata),
        }
    }


def meeting_ended(meeting: Meeting) -> Attributes:
    return {"meeting": _ids(meeting.internal_id, meeting.meeting_id)}


def user_joined(meeting: Meeting, person: Person) -> Attributes:
    return {
        "meeting": _ids(meeting.internal_id, meeting.meeting_id),
        "user": {
            "internal-user-id": person.internal_id,
            "external-user-id": person.user_id,
            "name": person.name,
            "role": person.role,
            "presenter": False,
            "userdata": dict(person.userdata),
            "guest": person.is_guest,
        },
    }


def user_left(meeting: Meeting, person: Person) -> Attributes:
    """Also what the events beyond the guide's tell of a person, as far as the simulator goes."""
    return {
        "meeting": _ids(meeting.internal_id, meeting.meeting_id),
        "user": {
            "internal-user-id": person.internal_id,
            "external-user-id": person.user_id,
            "guest": person.is_guest,
        },
    }


def of_record(record_id: str, meeting_id: str, **more: Any) -> Attributes:
    """What every step of a recording tells, with ``more`` of it."""
    return {"meeting": _ids(record_id, meeting_id), "record-id": record_id, **more}


def published_format(recording: Recording, kind: str, *, base: str) -> Attributes:
    """The ``recording`` of rap-publish-ended."""
    size = size_of(recording, kind)
    return {
        "name": recording.name,
        "is-breakout": "false",
        "start-time": str(epoch_ms(recording.started_at)),
        "end-time": str(epoch_ms(recording.ended_at)),
        "size": size,
        "raw-size": "0",
        "metadata": {
            "isBreakout": "false",
            "meetingId": recording.meeting_id,
            "meetingName": recording.name,
            **recording.metadata,
        },
        "playback": {
            "format": kind,
            "link": playback_url(recording, kind, base=base),
            "processing_time": PROCESSING_MS,
            "duration": int(recording.length.total_seconds() * 1000),
            "extensions": {"preview": {"images": {"image": []}}},
            "size": size,
        },
        "download": {},
    }


def _ids(internal_id: str, meeting_id: str) -> Attributes:
    return {"internal-meeting-id": internal_id, "external-meeting-id": meeting_id}


def _as_switched(attributes: Attributes, switches: Switches) -> Attributes:
    meeting = dict(attributes["meeting"])
    if switches.drop_external_id:
        del meeting["external-meeting-id"]
    return {"meeting": meeting, switches.record_id_name: attributes["record-id"]}
