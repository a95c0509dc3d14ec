"""A meeting as getMeetingInfo and getMeetings show it. Source: Elos's OpenAPI document, its example."""

from __future__ import annotations

from lxml import etree

from lti_elos.demo.elos.clock import epoch_ms
from lti_elos.demo.elos.meetings import Meeting, Person
from lti_elos.demo.elos.replies import tag


def meeting_elements(meeting: Meeting) -> tuple[etree._Element, ...]:
    """In the order servers send them. ``recording`` tells that it may be recorded, not that it is."""
    present = meeting.present
    in_conference = len(present)
    return (
        tag("meetingName", meeting.name),
        tag("meetingID", meeting.meeting_id),
        tag("internalMeetingID", meeting.internal_id),
        tag("createTime", epoch_ms(meeting.created_at)),
        tag("createDate", f"{meeting.created_at:%a %b %d %H:%M:%S} UTC {meeting.created_at:%Y}"),
        tag("voiceBridge", meeting.voice_bridge),
        tag("dialNumber", meeting.params.get("dialNumber") or "613-555-1234"),
        tag("attendeePW", meeting.attendee_password),
        tag("moderatorPW", meeting.moderator_password),
        tag("running", meeting.is_running),
        tag("duration", int(meeting.params.get("duration") or 0)),
        tag("hasUserJoined", meeting.has_user_joined),
        tag("recording", meeting.may_record),
        tag("hasBeenForciblyEnded", meeting.is_forcibly_ended),
        tag("startTime", epoch_ms(meeting.created_at)),
        tag("endTime", epoch_ms(meeting.ended_at) if meeting.ended_at else 0),
        tag("participantCount", in_conference),
        tag("listenerCount", 0),
        tag("voiceParticipantCount", in_conference),
        tag("videoCount", 0),
        tag("maxUsers", int(meeting.params.get("maxParticipants") or 0)),
        tag("moderatorCount", sum(one.is_moderator for one in present)),
        tag("attendees", [_attendee(one, is_presenter=one is present[0]) for one in present]),
        tag("metadata", [tag(name, value) for name, value in meeting.metadata.items()]),
        tag("isBreakout", False),
        tag("transfer", False),
        tag("transferCount", 0),
    )


def _attendee(person: Person, *, is_presenter: bool) -> etree._Element:
    return tag(
        "attendee",
        [
            tag("userID", person.user_id),
            tag("fullName", person.name),
            tag("role", person.role),
            tag("isPresenter", is_presenter),
            tag("isListeningOnly", False),
            tag("hasJoinedVoice", True),
            tag("hasVideo", False),
            tag("clientType", "HTML5"),
            tag("customdata", [tag(name, value) for name, value in person.userdata.items()]),
        ],
    )
