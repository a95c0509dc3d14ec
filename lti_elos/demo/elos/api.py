"""``/bigbluebutton/api``: every call's way in. Checksum first, then parameters, then state."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from lti_elos.demo.elos import calls_hooks, calls_meetings, calls_recordings
from lti_elos.demo.elos.broken import broken_reply
from lti_elos.demo.elos.browsers import remember
from lti_elos.demo.elos.calls_join import join, refused_address
from lti_elos.demo.elos.checksum import is_signed
from lti_elos.demo.elos.journal import Call
from lti_elos.demo.elos.params import Params
from lti_elos.demo.elos.replies import Answer, BrokenPageError, RefusedError, broken_page, failure, success, tag
from lti_elos.demo.elos.simulator import Simulator

bp = Blueprint("api", __name__, url_prefix="/bigbluebutton/api")

_CALLS: dict[str, Callable[[Simulator, Params, bytes], Answer]] = {
    "create": calls_meetings.create,
    "join": join,
    "isMeetingRunning": calls_meetings.is_meeting_running,
    "getMeetingInfo": calls_meetings.get_meeting_info,
    "getMeetings": calls_meetings.get_meetings,
    "end": calls_meetings.end,
    "getRecordings": calls_recordings.get_recordings,
    "publishRecordings": calls_recordings.publish_recordings,
    "updateRecordings": calls_recordings.update_recordings,
    "deleteRecordings": calls_recordings.delete_recordings,
    "getRecordingToken": calls_recordings.get_recording_token,
    "hooks/create": calls_hooks.create,
    "hooks/list": calls_hooks.list_hooks,
    "hooks/destroy": calls_hooks.destroy,
    "hooks/enable": calls_hooks.enable,
}
_PROBE = "/"
_PING = "hooks/ping"
_BODY_TYPES = ("application/xml", "text/xml", "application/x-www-form-urlencoded", "multipart/form-data")
_XML_TYPES = _BODY_TYPES[:2]


def simulator() -> Simulator:
    """The simulator of the app that answers."""
    found: Simulator = current_app.extensions["simulator"]
    return found


@bp.route("", defaults={"call": _PROBE}, methods=["GET", "POST"])
@bp.route("/", defaults={"call": _PROBE}, methods=["GET", "POST"])
@bp.route("/<path:call>", methods=["GET", "POST"])
def answer(call: str) -> Response:
    sim = simulator()
    # WSGI hands the bytes over as latin-1 text; anything decoded further would no longer be what was signed.
    query = request.environ.get("QUERY_STRING", "").encode("latin-1")
    params = Params.of(query)
    refusal = ""
    if taken := sim.faults.take(call):
        fault, deleted = taken
        refusal = fault.refusal_key
        if not refusal:
            _note(sim, call, params, "FAULT", fault.kind)
            return broken_reply(fault, deleted, public_url=sim.public_url)
    with sim.lock:
        sim.tick()
        return _answer(sim, call, query, params, refusal)


def _answer(sim: Simulator, call: str, query: bytes, params: Params, refuse_with: str) -> Response:
    try:
        done = _do(sim, call, query, params, refuse_with)
    except BrokenPageError as page:
        _note(sim, call, params, "FAULT", f"html{page.status}")
        return broken_page(page.status)
    except RefusedError as refusal:
        _note(sim, call, params, "FAILED", refusal.key)
        # Parameters that nobody signed may not say where a browser goes.
        if call == "join" and refusal.key not in ("checksumError", "unsupportedRequest"):
            where = refused_address(sim, params, refusal)
            if where:
                return success(Answer(location=where))
        # Elos documents real statuses on this call, whatever it does on others.
        real_statuses = sim.switches.real_statuses or call == "hooks/enable"
        return failure(refusal, form=sim.switches.error_form, real_statuses=real_statuses)
    _note(sim, call, params, "SUCCESS", done.key)
    response = success(done)
    if done.session_id:
        remember(response, done.session_id)
    return response


def _do(sim: Simulator, call: str, query: bytes, params: Params, refuse_with: str) -> Answer:
    """``refuse_with`` is the key of a fault that looks like an ordinary refusal, or empty."""
    is_probe = call == _PROBE
    if call.startswith(calls_hooks.PREFIX):
        calls_hooks.check_reached(sim, call, query, method=request.method)
        if call == _PING and sim.switches.mode == "bbb":
            return calls_hooks.ping()
    # Elos documents POST for create and the probe alone.
    if not is_probe and (call not in _CALLS or (request.method == "POST" and call != "create")):
        raise RefusedError("unsupportedRequest")
    if not is_probe and not is_signed(call, query, secret=sim.secret, algorithms=sim.switches.algorithms):
        raise RefusedError("checksumError")
    if refuse_with:
        raise RefusedError(refuse_with)
    return Answer((tag("version", "1.0.0"),)) if is_probe else _CALLS[call](sim, params, _body())


def _body() -> bytes:
    """The XML sent along with a POST; other allowed bodies are not looked at."""
    if request.method != "POST":
        return b""
    if request.mimetype not in _BODY_TYPES:
        raise RefusedError("unsupportedContentType")
    return request.get_data() if request.mimetype in _XML_TYPES else b""


def _note(sim: Simulator, call: str, params: Params, returncode: str, key: str) -> None:
    sim.journal.add(
        Call(
            at=sim.now.timestamp(),
            call=call,
            method=request.method,
            params=params.all(),
            returncode=returncode,
            key=key,
            user_agent=request.headers.get("User-Agent", ""),
        )
    )
