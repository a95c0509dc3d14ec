"""``/html5client``: the page people meet on. They may be framed by anybody, as on Elos."""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from lti_elos.demo.elos.api import simulator
from lti_elos.demo.elos.browsers import is_same_browser
from lti_elos.demo.elos.classes import play
from lti_elos.demo.elos.meetings import Act, Meeting, Person
from lti_elos.demo.elos.simulator import Simulator
from lti_elos.demo.elos.words import ENGLISH, words_for

bp = Blueprint("pages", __name__, url_prefix="/html5client")


@bp.before_request
def refuse_other_browsers() -> Response | None:
    """Whoever only knows somebody's session token gets nothing by it."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry is None or is_same_browser(sim, *entry):
            return None
        return _plain("no_session", 403, words=words_for(entry[1].userdata))


@bp.get("/join")
@bp.get("/guestWait")
def room() -> Response:
    """The meeting, the door before it, or the way out for those who left."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry is None:
            return _plain("gone", 404)
        meeting, person = entry
        if person.left_at is not None:
            return _go(_exit_address(meeting))
        person.away_since = None  # a reload is not a leave
        page = "waiting.html" if person.is_waiting else "meeting.html"
        return _page(page, meeting=meeting, person=person, t=words_for(person.userdata))


@bp.get("/status")
def status() -> Response:
    """What the page asks every other second. ``goto`` is where it must go, if anywhere."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry is None:
            return jsonify(goto=url_for(".left"))
        meeting, person = entry
        if person.left_at is not None:
            return jsonify(goto=_exit_address(meeting))
        person.away_since = None
        return jsonify(
            goto=None,
            version=_version(meeting, person),
            people=[{"name": one.name, "role": one.role, "isYou": one is person} for one in meeting.present],
        )


@bp.post("/away")
def away() -> Response:
    """The page is closing. It may be a reload, so the person is given a moment to come back."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry:
            entry[1].away_since = sim.now
    return Response(status=204)


@bp.post("/leave")
def leave() -> Response:
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry is None:
            return _plain("gone", 404)
        meeting, person = entry
        meeting.leave(person, sim.now)
        return _go(_exit_address(meeting))


@bp.post("/record")
def record() -> Response:
    """Starts or stops, as the form's ``on`` says; for moderators of a meeting that allows it."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry and _moderates(*entry) and entry[0].may_toggle_recording:
            entry[0].set_recording(request.form.get("on") == "true", sim.now)
        return _back()


@bp.post("/do")
def do() -> Response:
    """What the analytics count: ``what`` is ``talk`` (begins or stops), ``chat``, ``raise_hand`` or ``vote``."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry and _is_in(*entry):
            meeting, person = entry
            what = request.form.get("what")
            for act in get_args(Act):
                if act == what:
                    meeting.act(person, act, sim.now, option=request.form.get("option", ""))
        return _back()


@bp.post("/ask")
def ask() -> Response:
    """A poll with the one question of the moderator's language."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry and _moderates(*entry):
            words = words_for(entry[1].userdata)
            entry[0].ask(words["question"], (words["yes"], words["no"]), sim.now)
        return _back()


@bp.post("/class")
def play_class() -> Response:
    """A class plays itself around whoever watches."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry and _moderates(*entry) and entry[0].class_since is None:
            play(sim, entry[0])
        return _back()


@bp.post("/admit")
def admit() -> Response:
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry and _moderates(*entry):
            entry[0].admit(sim.now)
        return _back()


@bp.post("/end")
def end() -> Response:
    """For everybody; the others learn it from their next poll."""
    sim = simulator()
    with sim.lock:
        entry = _entry(sim)
        if entry and _moderates(*entry):
            sim.end(entry[0], at=sim.now, forcibly=True)
        return _back()


@bp.get("/left")
def left() -> Response:
    """For meetings whose creator named no logoutURL."""
    return _plain("left", 200)


def _entry(sim: Simulator) -> tuple[Meeting, Person] | None:
    sim.tick()
    return sim.entry(request.values.get("sessionToken", ""))


def _is_in(meeting: Meeting, person: Person) -> bool:
    return meeting.ended_at is None and person.left_at is None and not person.is_waiting


def _moderates(meeting: Meeting, person: Person) -> bool:
    return _is_in(meeting, person) and person.is_moderator


def _exit_address(meeting: Meeting) -> str:
    return meeting.logout_url or url_for(".left")


def _version(meeting: Meeting, person: Person) -> str:
    """Changes when the page must be drawn anew; who is inside is drawn from the list."""
    held = len(meeting.waiting) if person.is_moderator else 0
    return f"{person.is_waiting}-{meeting.recording_since is not None}-{held}-{len(meeting.polls)}"


def _back() -> Response:
    return _go(url_for(".room", sessionToken=request.values.get("sessionToken", "")))


def _go(address: str) -> Response:
    answer = redirect(address, code=303)
    answer.headers["Cache-Control"] = "no-store"
    return make_response(answer)


def _plain(what: str, status_code: int, *, words: dict[str, str] = ENGLISH) -> Response:
    answer = _page("plain.html", t=words, what=what, title=words[f"{what}_title"], text=words[f"{what}_text"])
    answer.status_code = status_code
    return answer


def _page(template: str, **values: Any) -> Response:
    """No inline script or style.

    No frame-ancestors, since an LMS frames the page; no form-action, since Chromium applies it to the
    redirect to logoutURL.
    """
    if "meeting" in values:
        values["version"] = _version(values["meeting"], values["person"])
    answer = make_response(render_template(template, **values))
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src * data:"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
