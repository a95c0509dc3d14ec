"""create, isMeetingRunning, getMeetingInfo, getMeetings and end."""

from __future__ import annotations

import secrets

from lxml import etree

from lti_elos.demo.elos.clock import epoch_ms
from lti_elos.demo.elos.meeting_xml import meeting_elements
from lti_elos.demo.elos.meetings import Meeting, random_word
from lti_elos.demo.elos.params import Params, check_length, check_types, meeting_id_of
from lti_elos.demo.elos.replies import Answer, RefusedError, remark, tag
from lti_elos.demo.elos.simulator import Simulator

_PASSWORDS = ("attendeePW", "moderatorPW")
_ANALYTICS = "analytics-callback-url"
"""The metadata that asks for analytics. Nobody sees its value again. Source: the Elos guide."""


def create(sim: Simulator, params: Params, body: bytes) -> Answer:
    """Makes the meeting. One that exists is given unchanged to whoever does not contradict its passwords.

    Source: BigBlueButton documentation, create.
    """
    meeting_id = meeting_id_of(params)
    check_length("Meeting name", params.require("name", otherwise="missingParamName"), at_most=256)
    for name in _PASSWORDS:
        if params.get(name):
            check_length(f"{name} password", params.get(name), at_most=64)
    if params.get("attendeePW") and params.get("attendeePW") == params.get("moderatorPW"):
        raise RefusedError("validationError", "Attendee and moderator passwords must be different")
    check_types(params)
    documents = _documents(body)

    there = sim.existing(meeting_id)
    if there is None:
        _check_plan(sim)
        there = _made(sim, meeting_id, params, documents)
        sim.open(there)
        return Answer(_created(there, key=""))
    known = {"attendeePW": there.attendee_password, "moderatorPW": there.moderator_password}
    if any(params.get(name) not in ("", known[name]) for name in _PASSWORDS):
        raise RefusedError("idNotUnique")
    return Answer(_created(there, key="duplicateWarning"), key="duplicateWarning")


def is_meeting_running(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """An unknown meeting does not run; that is no error. Of several ids, one that runs is enough."""
    params.require("meetingID", otherwise="missingParamMeetingID")
    meetings = [sim.existing(one) for one in params.ids("meetingID")]
    return Answer((tag("running", any(one.is_running for one in meetings if one)),))


def get_meeting_info(sim: Simulator, params: Params, _body: bytes) -> Answer:
    meeting = sim.existing(meeting_id_of(params))
    if meeting is None:
        raise RefusedError("notFound")
    return Answer(meeting_elements(meeting))


def get_meetings(sim: Simulator, _params: Params, _body: bytes) -> Answer:
    """All that exist, also those of other integrations with this secret."""
    meetings = sim.all_existing()
    listed = tag("meetings", [tag("meeting", meeting_elements(one)) for one in meetings])
    if meetings:
        return Answer((listed,))
    if sim.switches.empty_lists_fail:
        raise RefusedError("noMeetings")
    return Answer((listed, *remark("noMeetings")), key="noMeetings")


def end(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """Elos requires the moderator password; newer BigBlueButton no longer looks at it."""
    meeting = sim.existing(meeting_id_of(params))
    if meeting is None:
        told = "We could not find a meeting with that meeting ID - perhaps the meeting is not yet running?"
        raise RefusedError("notFound", told)
    if params.get("password") != meeting.moderator_password:
        raise RefusedError("invalidPassword", "You must supply the moderator password for this call.")
    sim.ask_to_end(meeting)
    told = (
        "A request to end the meeting was sent.  Please wait a few seconds, and then use the getMeetingInfo"
        " or isMeetingRunning API calls to verify that it was ended."
    )
    key = "sentEndMeetingRequest"
    return Answer((tag("messageKey", key), tag("message", told)), key=key)


def _check_plan(sim: Simulator) -> None:
    limit = sim.switches.max_meetings
    if limit is not None and len(sim.all_existing()) >= limit:
        whose = "Secret" if sim.switches.limit_of == "secret" else "Institution"
        raise RefusedError(f"simultaneousMeetingsLimitReachedFor{whose}")


def _made(sim: Simulator, meeting_id: str, params: Params, documents: list[str]) -> Meeting:
    metadata = params.metadata()
    analytics_url = metadata.get(_ANALYTICS, "")
    if analytics_url:
        metadata[_ANALYTICS] = "hidden"
    return Meeting(
        meeting_id=meeting_id,
        name=params.get("name"),
        attendee_password=params.get("attendeePW") or random_word(8),
        moderator_password=params.get("moderatorPW") or random_word(8),
        created_at=sim.free_moment(meeting_id),
        params=params.all(),
        metadata=metadata,
        voice_bridge=params.get("voiceBridge") or str(10_000 + secrets.randbelow(90_000)),
        documents=documents or ["default.pdf"],
        may_record=params.has_true("record"),
        analytics_url=analytics_url,
    )


def _created(meeting: Meeting, *, key: str) -> tuple[etree._Element, ...]:
    return (
        tag("meetingID", meeting.meeting_id),
        tag("internalMeetingID", meeting.internal_id),
        tag("parentMeetingID", "bbb-none"),
        tag("attendeePW", meeting.attendee_password),
        tag("moderatorPW", meeting.moderator_password),
        tag("createTime", epoch_ms(meeting.created_at)),
        tag("voiceBridge", meeting.voice_bridge),
        tag("dialNumber", meeting.params.get("dialNumber") or "613-555-1234"),
        tag("createDate", f"{meeting.created_at:%a %b %d %H:%M:%S} UTC {meeting.created_at:%Y}"),
        tag("hasUserJoined", meeting.has_user_joined),
        tag("duration", int(meeting.params.get("duration") or 0)),
        tag("hasBeenForciblyEnded", False),
        *remark(key),
    )


def _documents(body: bytes) -> list[str]:
    """The names of documents sent along: ``<modules><module name="presentation"><document …/>``."""
    if not body.strip():
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        modules = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as cause:
        raise RefusedError("internalError", "The body could not be read as XML") from cause
    documents = modules.iterfind("module[@name='presentation']/document")
    return [one.get("filename") or one.get("name") or str(one.get("url", "")).rpartition("/")[2] for one in documents]
