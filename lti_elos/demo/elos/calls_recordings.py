"""getRecordings, publishRecordings, updateRecordings, deleteRecordings and getRecordingToken."""

from __future__ import annotations

from lti_elos.demo.elos.params import Params
from lti_elos.demo.elos.proofs import token_of
from lti_elos.demo.elos.recordings import (
    LISTED_BY_DEFAULT,
    STATES,
    Recording,
    broken_xml,
    matching,
    playback_base,
    recording_xml,
)
from lti_elos.demo.elos.replies import Answer, RefusedError, remark, tag
from lti_elos.demo.elos.simulator import Simulator

_LONGEST_PAGE = 100
_NOT_FOUND = "We could not find recordings"


def get_recordings(sim: Simulator, params: Params, _body: bytes) -> Answer:
    states = params.ids("state") or list(LISTED_BY_DEFAULT)
    if unknown := set(states) - {*STATES, "any"}:
        raise RefusedError("validationError", f"State {sorted(unknown)[0]} is not known")
    if sim.before_listing is not None:
        for meeting_id in params.ids("meetingID"):
            sim.before_listing(meeting_id)
    found = matching(
        sim.recordings,
        sim.now,
        record_ids=params.ids("recordID"),
        meeting_ids=params.ids("meetingID"),
        by_prefix=params.has_true("meetingIDWildcard"),
        states=states,
        metadata=params.metadata(),
    )
    offset, limit = _page(params)
    page = found[offset : offset + limit] if limit else found[offset:]
    hosts = sim.switches.playback_hosts
    protection = sim.switches.protection
    items = [
        recording_xml(
            one,
            sim.now,
            base=playback_base(one, hosts=hosts, own=sim.public_url),
            knows_protection=protection != "none",
            query=sim.proofs.link(one, sim.now) if one.is_protected and protection == "once" else "",
        )
        for one in page
    ]
    if sim.switches.broken_recording:
        items.insert(0, broken_xml())
    if not items and sim.switches.empty_lists_fail:
        raise RefusedError("noRecordings")
    listed = tag("recordings", items)
    empty = () if items else remark("noRecordings")
    key = "" if items else "noRecordings"

    if sim.switches.paging == "totalElements":  # BigBlueButton counts only for those who page
        counted = (tag("totalElements", len(found)),) if limit or offset else ()
        return Answer((listed, *empty, *counted), key=key)
    has_more = offset + len(page) < len(found)
    return Answer((tag(sim.switches.paging, has_more), listed, *empty), key=key)


def publish_recordings(sim: Simulator, params: Params, _body: bytes) -> Answer:
    params.require("recordID", otherwise="missingParamRecordID")
    if params.get("publish") not in ("true", "false"):
        raise RefusedError("missingParamPublish")
    for one in _meant(sim, params):
        sim.publish(one, params.has_true("publish"))
    return Answer((tag("published", params.has_true("publish")),))


def update_recordings(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """Sets metadata; an empty value removes its key. Servers that know no protection do not look at ``protect``."""
    params.require("recordID", otherwise="missingParamRecordID")
    changes = params.metadata(with_empty=True)
    protect = params.get("protect") if sim.switches.protection != "none" else ""
    for one in _meant(sim, params):
        if protect in ("true", "false"):
            one.is_protected = protect == "true"
        merged = {**one.metadata, **changes}
        one.metadata = {name: value for name, value in merged.items() if value}
    return Answer((tag("updated", True),))


def delete_recordings(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """The recording stays listed for those who ask for deleted ones."""
    params.require("recordID", otherwise="missingParamRecordID")
    for one in _meant(sim, params):
        sim.delete(one)
    return Answer((tag("deleted", True),))


def get_recording_token(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """For one person and one recording, which old Elos calls ``meetingID`` and newer ``recordID``."""
    if sim.switches.protection != "token":
        raise RefusedError("unsupportedRequest")
    record_id = params.get("recordID") or params.get("meetingID")
    if not record_id:
        raise RefusedError("missingParamRecordID")
    if not any(one.record_id == record_id and not one.is_deleted for one in sim.recordings):
        raise RefusedError("notFound", _NOT_FOUND)
    return Answer((tag("token", token_of(record_id, params.get("authUser"), secret=sim.secret, now=sim.now)),))


def _meant(sim: Simulator, params: Params) -> list[Recording]:
    found = sim.changeable(params.ids("recordID"))
    if not found:
        raise RefusedError("notFound", _NOT_FOUND)
    return found


def _page(params: Params) -> tuple[int, int]:
    """Offset and limit; a limit of 0 is none. BigBlueButton gives at most 100 at once."""
    for name in ("limit", "offset"):
        value = params.get(name)
        if value and not (value.isascii() and value.isdigit() and len(value) <= 9):
            raise RefusedError("validationError", f"{name.capitalize()} must be an integer")
    return params.number("offset"), min(params.number("limit"), _LONGEST_PAGE)
