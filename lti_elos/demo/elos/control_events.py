"""``/_sim``, continued: hooks and what was sent to them, what people do, and classes that play themselves."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from pydantic import Field, ValidationError

from lti_elos.demo.elos.api import simulator
from lti_elos.demo.elos.classes import FACTOR, MINUTES, play
from lti_elos.demo.elos.control import Asked, refuse_strangers, say_what_is_wrong, sent
from lti_elos.demo.elos.hooks import Hook
from lti_elos.demo.elos.meetings import Act
from lti_elos.demo.elos.outbox import Delivery

bp = Blueprint("control_events", __name__, url_prefix="/_sim")
bp.before_request(refuse_strangers)
bp.register_error_handler(ValidationError, say_what_is_wrong)


class _Settle(Asked):
    within_s: float = Field(default=5, ge=0, le=60)


class _Act(Asked):
    user_id: str = Field(alias="userID")
    act: Act
    times: int = Field(default=1, ge=1, le=1000)
    seconds: float | None = Field(default=None, ge=0)
    """Of a talk that is over already."""
    option: str = ""


class _Poll(Asked):
    question: str
    options: tuple[str, ...] = ("A", "B")


class _Class(Asked):
    factor: float = Field(default=FACTOR, gt=0)


class _Event(Asked):
    id: str
    attributes: dict[str, Any]
    meeting_id: str = Field(default="", alias="meetingID")
    in_seconds: bool = False


@bp.get("/hooks")
def hooks() -> Response:
    sim = simulator()
    with sim.lock:
        return jsonify([_hook_json(one) for one in sim.hooks])


@bp.post("/hooks/restart")
def restart_emitter() -> Response:
    """As if BigBlueButton's emitter had been started anew: dead hooks are gone."""
    sim = simulator()
    with sim.lock:
        sim.restart_emitter()
    return hooks()


@bp.get("/deliveries")
def deliveries() -> Response:
    """The last ones, hooks' and analytics', oldest first; ``?what=`` picks an event, or ``analytics``."""
    what = request.args.get("what")
    found = simulator().outbox.deliveries()
    return jsonify([_delivery_json(one) for one in found if what is None or what in one.what])


@bp.post("/deliveries/settle")
def settle() -> Response:
    """Waits until nothing is due or on its way on the simulator's clock. Retries of later are not waited for."""
    asked = _Settle.model_validate(sent())
    sim = simulator()
    with sim.lock:
        sim.tick()
    return jsonify(settled=sim.outbox.settle(within_s=asked.within_s))


@bp.post("/events")
def tell() -> Response:
    """Any event, to the hooks that hear it."""
    asked = _Event.model_validate(sent())
    sim = simulator()
    with sim.lock:
        sim.tell(asked.id, asked.attributes, asked.meeting_id, at=sim.now, in_seconds=asked.in_seconds)
    return jsonify(ok=True)


@bp.post("/meetings/<meeting_id>/acts")
def act(meeting_id: str) -> tuple[Response, int]:
    """Somebody who is inside does something. ``talk`` begins or stops, or with ``seconds`` is one that is over."""
    asked = _Act.model_validate(sent())
    sim = simulator()
    with sim.lock:
        sim.tick()
        meeting = sim.existing(meeting_id)
        people = [one for one in meeting.present if one.user_id == asked.user_id] if meeting else []
        if meeting is None or not people:
            return jsonify(error="nobody of that id is in such a meeting"), 404
        for _ in range(asked.times):
            if asked.act == "talk" and asked.seconds is not None:
                people[-1].acts.talk_for(asked.seconds, sim.now)
            else:
                meeting.act(people[-1], asked.act, sim.now, option=asked.option)
    return jsonify(ok=True), 200


@bp.post("/meetings/<meeting_id>/polls")
def ask(meeting_id: str) -> tuple[Response, int]:
    asked = _Poll.model_validate(sent())
    sim = simulator()
    with sim.lock:
        sim.tick()
        meeting = sim.existing(meeting_id)
        if meeting is None:
            return jsonify(error="no such meeting"), 404
        poll = meeting.ask(asked.question, asked.options, sim.now)
        return jsonify(id=poll.id, options=poll.options), 201


@bp.post("/meetings/<meeting_id>/class")
def play_class(meeting_id: str) -> tuple[Response, int]:
    """A class of so many minutes plays itself, ``factor`` times faster."""
    asked = _Class.model_validate(sent())
    sim = simulator()
    with sim.lock:
        sim.tick()
        meeting = sim.existing(meeting_id)
        if meeting is None:
            return jsonify(error="no such meeting"), 404
        seconds = play(sim, meeting, factor=asked.factor)
    return jsonify(minutes=MINUTES, factor=asked.factor, seconds=seconds), 201


def _hook_json(hook: Hook) -> dict[str, Any]:
    return {
        "hookID": hook.id,
        "callbackURL": hook.callback_url,
        "meetingID": hook.meeting_id,
        "enabled": hook.is_enabled,
        "dead": hook.is_dead,
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "what": delivery.what,
        "hookID": delivery.hook.id if delivery.hook else None,
        "url": delivery.url,
        "state": delivery.state,
        "due": delivery.due.timestamp(),
        "tries": [
            {"at": one.at.timestamp(), "status": one.outcome.status, "error": one.outcome.error}
            for one in delivery.tries
        ],
    }
