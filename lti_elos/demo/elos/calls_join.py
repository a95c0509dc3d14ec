"""join: the one call that a browser makes."""

from __future__ import annotations

from urllib.parse import urlencode

from lti_elos.demo.elos.browsers import session_of_browser
from lti_elos.demo.elos.clock import epoch_ms
from lti_elos.demo.elos.meetings import MODERATOR, VIEWER, Meeting, Person, random_word
from lti_elos.demo.elos.params import Params, check_types, meeting_id_of
from lti_elos.demo.elos.replies import Answer, RefusedError, tag, with_errors
from lti_elos.demo.elos.simulator import Simulator


def join(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """Lets a person in, or to the door, and sends the browser there; ``redirect=false`` answers XML."""
    meeting_id = meeting_id_of(params)
    params.require("fullName", otherwise="missingParamFullName")
    check_types(params)
    meeting = _joinable(sim, meeting_id)
    created = params.get("createTime")
    if created and int(created) != epoch_ms(meeting.created_at):
        raise RefusedError("mismatchCreateTimeParam")
    role = _role(meeting, params)
    limit = int(meeting.params.get("maxParticipants") or 0)
    if limit and len(meeting.present) >= limit:
        raise RefusedError("maxParticipantsReached")

    person = _person(sim, meeting, params, role=role)
    sim.enter(meeting, person)
    page = "guestWait" if person.is_waiting else "join"
    url = f"{sim.public_url}/html5client/{page}?{urlencode({'sessionToken': person.session_token})}"
    if params.has_true("redirect", default=True):
        return Answer(location=url, session_id=person.session_id)
    return _as_xml(meeting, person, url)


def refused_address(sim: Simulator, params: Params, refusal: RefusedError) -> str:
    """Where a refused browser goes: the meeting's logoutURL, with the reason. Empty where there is none.

    Source: BigBlueButton documentation, join (``redirect``, ``errorRedirectUrl``).
    """
    if not params.has_true("redirect", default=True):
        return ""
    meeting_id = params.get("meetingID")
    meeting = sim.existing(meeting_id) or _lately_ended(sim, meeting_id)
    address = params.get("errorRedirectUrl") or (meeting.logout_url if meeting else "")
    return with_errors(address, refusal) if address.startswith(("https://", "http://")) else ""


def _joinable(sim: Simulator, meeting_id: str) -> Meeting:
    meeting = sim.existing(meeting_id)
    if meeting:
        return meeting
    ended = _lately_ended(sim, meeting_id)
    raise RefusedError("meetingForciblyEnded" if ended else "invalidMeetingIdentifier")


def _lately_ended(sim: Simulator, meeting_id: str) -> Meeting | None:
    """A meeting somebody ended a short while ago. One that ended by itself is forgotten at once."""
    ended = sim.last_ended(meeting_id)
    if ended is None or ended.ended_at is None or not ended.is_forcibly_ended:
        return None
    age_s = (sim.now - ended.ended_at).total_seconds()
    return ended if age_s < sim.switches.forcibly_ended_s else None


def _role(meeting: Meeting, params: Params) -> str:
    """A valid ``role`` beats the password."""
    asked = params.get("role").upper()
    if asked in (MODERATOR, VIEWER):
        return asked
    if params.get("password") == meeting.moderator_password:
        return MODERATOR
    if params.get("password") == meeting.attendee_password:
        return VIEWER
    raise RefusedError("invalidPassword")


def _person(sim: Simulator, meeting: Meeting, params: Params, *, role: str) -> Person:
    """Applies the guest policy, which never holds moderators.

    Under ASK_MODERATOR only a viewer with ``guest=false`` walks in: BigBlueButton's authenticatedGuest.
    """
    policy = meeting.params.get("guestPolicy", "ALWAYS_ACCEPT").upper()
    is_guest = params.has_true("guest")
    if policy == "ALWAYS_DENY" and is_guest and role == VIEWER:
        raise RefusedError("guestDeniedAccess")
    internal_id = f"w_{random_word(12)}"
    return Person(
        name=params.get("fullName"),
        role=role,
        user_id=params.get("userID") or internal_id,
        internal_id=internal_id,
        joined_at=sim.now,
        is_guest=is_guest,
        is_waiting=policy == "ASK_MODERATOR" and role == VIEWER and params.get("guest") != "false",
        userdata=params.userdata(),
        session_id=session_of_browser(),
    )


def _as_xml(meeting: Meeting, person: Person, url: str) -> Answer:
    key = "guestWait" if person.is_waiting else "successfullyJoined"
    told = "Guest waiting for approval to join meeting." if person.is_waiting else "You have joined successfully."
    return Answer(
        (
            tag("messageKey", key),
            tag("message", told),
            tag("meeting_id", meeting.internal_id),
            tag("user_id", person.internal_id),
            tag("auth_token", person.auth_token),
            tag("session_token", person.session_token),
            tag("guestStatus", "WAIT" if person.is_waiting else "ALLOW"),
            tag("url", url),
        ),
        key=key,
        session_id=person.session_id,
    )
