"""hooks/create, hooks/list, hooks/destroy and hooks/enable, as Elos documents them or as bbb-webhooks 3.5 does them."""

from __future__ import annotations

import uuid

from lxml import etree

from lti_elos.demo.elos.checksum import ALGORITHMS, cut_checksum
from lti_elos.demo.elos.hooks import Hook
from lti_elos.demo.elos.params import Params
from lti_elos.demo.elos.replies import Answer, BrokenPageError, RefusedError, remark, tag
from lti_elos.demo.elos.simulator import Simulator

PREFIX = "hooks/"
_OF_BBB = ("create", "list", "destroy", "ping")


def check_reached(sim: Simulator, call: str, query: bytes, *, method: str) -> None:
    """BigBlueButton's hooks are a server of their own, whose framework answers what it does not know with HTML."""
    if sim.switches.mode != "bbb":
        return
    if method != "GET" or call.removeprefix(PREFIX) not in _OF_BBB:
        raise BrokenPageError(404)
    given = cut_checksum(query)[1]
    if given and len(given) not in ALGORITHMS and call != "hooks/ping":
        raise BrokenPageError(500)


def create(sim: Simulator, params: Params, _body: bytes) -> Answer:
    url = params.require("callbackURL", otherwise="missingParamCallbackURL")
    known = sim.hooks.of_url(url)
    if sim.switches.mode == "bbb":
        if known:
            return Answer(
                (tag("hookID", known.id), *remark("duplicateHook", "duplicateWarning")), key="duplicateWarning"
            )
        hook = Hook(
            id=str(uuid.uuid4()),
            callback_url=url,
            meeting_id=params.get("meetingID"),
            event_ids=frozenset(one.lower() for one in params.ids("eventID")),
            is_raw=params.has_true("getRaw"),
        )
        _add(sim, hook)
        return Answer((tag("hookID", hook.id), tag("permanentHook", False), tag("rawData", hook.is_raw)))

    if params.get("enabled") not in ("", "true", "false"):
        raise RefusedError("validationError", "Enabled must be a boolean value (true or false)")
    if known and sim.switches.same_callback == "refused":
        raise RefusedError("createHookError")
    if known and sim.switches.same_callback == "warned":
        return Answer((*_elos_ids(sim, known), *remark("duplicateHook", "duplicateWarning")), key="duplicateWarning")
    hook = Hook(
        id=sim.hooks.next_number(),
        callback_url=url,
        meeting_id=params.get("meetingID"),
        is_enabled=params.has_true("enabled"),
    )
    _add(sim, hook)
    return Answer(_elos_ids(sim, hook))


def list_hooks(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """Elos takes no parameters. BigBlueButton calls it an error when no hook is for the meeting asked for."""
    if sim.switches.mode == "elos":
        return Answer((tag("hooks", [_elos_hook(sim, one) for one in sim.hooks]),))
    found = list(sim.hooks)
    if meeting_id := params.get("meetingID"):
        found = [one for one in found if one.meeting_id == meeting_id]
        if not found:
            raise RefusedError("listHookError")
    return Answer((tag("hooks", [_bbb_hook(one) for one in found]),))


def destroy(sim: Simulator, params: Params, _body: bytes) -> Answer:
    hook = sim.hooks.get(params.require("hookID", otherwise="missingParamHookID"))
    if hook is None:
        raise RefusedError("destroyMissingHook")
    sim.remove_hook(hook)
    return Answer((tag("removed", True),))


def enable(sim: Simulator, params: Params, _body: bytes) -> Answer:
    """Elos alone has it."""
    hook_id = params.require("hookID", otherwise="missingParamHookID")
    if not hook_id.isascii() or not hook_id.isdigit():
        raise RefusedError("invalidParamHookID")
    hook = sim.hooks.get(hook_id)
    if hook is None:
        raise RefusedError("enableMissingHook")
    hook.is_enabled = True
    return Answer((tag("enabled", True),))


def ping() -> Answer:
    """BigBlueButton's sign of life, for anybody."""
    return Answer(text="bbb-webhooks API up!")


def _add(sim: Simulator, hook: Hook) -> None:
    if sim.hooks.is_full:
        raise RefusedError("createHookError")
    sim.add_hook(hook)


def _elos_ids(sim: Simulator, hook: Hook) -> tuple[etree._Element, ...]:
    token = (tag("authToken", hook.auth_token),) if sim.switches.auth_tokens else ()
    return (
        tag("hookID", hook.id),
        tag("hookGUID", hook.guid),
        *token,
        tag("sharedSecretGUID", sim.secret_guid),
    )


def _elos_hook(sim: Simulator, hook: Hook) -> etree._Element:
    hook_id, guid, *token, secret_guid = _elos_ids(sim, hook)
    room = (tag("externalMeetingID", hook.meeting_id),) if hook.meeting_id else ()
    address = tag("callbackURL", hook.callback_url)
    return tag("hook", [hook_id, guid, *token, address, secret_guid, *room, tag("enabled", hook.is_enabled)])


def _bbb_hook(hook: Hook) -> etree._Element:
    room = (_cdata("meetingID", hook.meeting_id),) if hook.meeting_id else ()
    events = (_cdata("eventID", ",".join(sorted(hook.event_ids))),) if hook.event_ids else ()
    return tag(
        "hook",
        [
            tag("hookID", hook.id),
            _cdata("callbackURL", hook.callback_url),
            *room,
            *events,
            tag("permanentHook", False),
            tag("rawData", hook.is_raw),
        ],
    )


def _cdata(name: str, text: str) -> etree._Element:
    element = tag(name)
    element.text = etree.CDATA(text)
    return element
