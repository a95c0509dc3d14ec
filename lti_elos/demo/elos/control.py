"""``/_sim``: how tests and the demo steer the simulator. For this machine only, and without any password."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lti_elos.demo.elos.api import simulator
from lti_elos.demo.elos.clock import epoch_ms
from lti_elos.demo.elos.faults import Fault
from lti_elos.demo.elos.meetings import Meeting, Person, random_word
from lti_elos.demo.elos.recordings import Recording
from lti_elos.demo.elos.switches import Switches

bp = Blueprint("control", __name__, url_prefix="/_sim")


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Clock(Asked):
    advance_s: float = Field(ge=0)


class _Person(Asked):
    name: str
    role: Literal["MODERATOR", "VIEWER"] = "VIEWER"
    user_id: str = Field(default="", alias="userID")


class _Seed(Asked):
    meeting_id: str = Field(alias="meetingID")
    name: str
    started_at: float
    minutes: int = 50
    participants: int = 1
    published: bool = True
    formats: tuple[Literal["presentation", "video", "presentation_video"], ...] = ("presentation", "video")
    metadata: dict[str, str] = {}
    protected: bool = False
    expires_at: float | None = None
    ready_at: float | None = None


@bp.before_request
def refuse_strangers() -> Response | None:
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - an address to refuse, not to bind
    mapped = getattr(address, "ipv4_mapped", None)
    return None if (mapped or address).is_loopback else Response("loopback only", 403)


@bp.errorhandler(ValidationError)
def say_what_is_wrong(error: ValidationError) -> tuple[Response, int]:
    return jsonify(errors=error.errors(include_url=False, include_context=False, include_input=False)), 400


@bp.get("/calls")
def calls() -> Response:
    return jsonify([asdict(one) for one in simulator().journal.calls(request.args.get("call"))])


@bp.delete("/calls")
def clear_calls() -> Response:
    simulator().journal.clear()
    return _done()


@bp.get("/faults")
def faults() -> Response:
    return jsonify([one.model_dump() for one in simulator().faults.waiting()])


@bp.post("/faults")
def add_fault() -> Response:
    simulator().faults.add(Fault.model_validate(sent()))
    return _done()


@bp.delete("/faults")
def clear_faults() -> Response:
    simulator().faults.clear()
    return _done()


@bp.get("/clock")
def clock() -> Response:
    return jsonify(now=simulator().now.timestamp())


@bp.post("/clock")
def advance_clock() -> Response:
    sim = simulator()
    asked = _Clock.model_validate(sent())
    with sim.lock:
        sim.clock.advance(timedelta(seconds=asked.advance_s))
        sim.tick()
    sim.outbox.look()
    return clock()


@bp.get("/switches")
def switches() -> Response:
    return jsonify(simulator().switches.model_dump())


@bp.post("/switches")
def set_switches() -> Response:
    """Changes those that are named."""
    sim = simulator()
    with sim.lock:
        sim.switches = Switches.model_validate({**sim.switches.model_dump(), **sent()})
    return switches()


@bp.delete("/switches")
def reset_switches() -> Response:
    sim = simulator()
    with sim.lock:
        sim.switches = Switches()
    return switches()


@bp.get("/meetings")
def meetings() -> Response:
    sim = simulator()
    with sim.lock:
        sim.tick()
        return jsonify([_meeting_json(one) for one in sim.all_meetings()])


@bp.delete("/meetings")
def end_meetings() -> Response:
    """Ends all that exist, as moderators would."""
    sim = simulator()
    with sim.lock:
        for meeting in sim.all_existing():
            sim.end(meeting, at=sim.now, forcibly=True)
    return _done()


@bp.delete("/meetings/<meeting_id>")
def end_meeting(meeting_id: str) -> tuple[Response, int]:
    """As a moderator would, or with ``?forcibly=false`` as a meeting ends by itself: then nobody remembers it."""
    sim = simulator()
    with sim.lock:
        sim.tick()
        meeting = sim.existing(meeting_id)
        if meeting is None:
            return jsonify(error="no such meeting"), 404
        sim.end(meeting, at=sim.now, forcibly=request.args.get("forcibly") != "false")
    return _done(), 200


@bp.post("/meetings/<meeting_id>/runs")
def start_new_run(meeting_id: str) -> tuple[Response, int]:
    """Another run with the same parameters and passwords, behind the tool's back: links of the old one mismatch.

    A run that is on ends by itself first.
    """
    sim = simulator()
    with sim.lock:
        sim.tick()
        if meeting := sim.existing(meeting_id):
            sim.end(meeting, at=sim.now, forcibly=False)
        last = sim.last_ended(meeting_id)
        if last is None:
            return jsonify(error="no such meeting"), 404
        run = last.again(sim.free_moment(meeting_id))
        sim.open(run)
        return jsonify(_meeting_json(run)), 201


@bp.post("/meetings/<meeting_id>/people")
def add_person(meeting_id: str) -> tuple[Response, int]:
    """As if somebody had joined, past every limit."""
    sim = simulator()
    asked = _Person.model_validate(sent())
    with sim.lock:
        sim.tick()
        meeting = sim.existing(meeting_id)
        if meeting is None:
            return jsonify(error="no such meeting"), 404
        internal_id = f"w_{random_word(12)}"
        person = Person(
            name=asked.name,
            role=asked.role,
            user_id=asked.user_id or internal_id,
            internal_id=internal_id,
            joined_at=sim.now,
        )
        sim.enter(meeting, person)
        return jsonify(userID=person.user_id, sessionToken=person.session_token), 201


@bp.delete("/meetings/<meeting_id>/people")
def remove_people(meeting_id: str) -> tuple[Response, int]:
    """Everybody, or with ``?userID=`` one person, leaves."""
    sim = simulator()
    user_id = request.args.get("userID")
    with sim.lock:
        sim.tick()
        meeting = sim.existing(meeting_id)
        if meeting is None:
            return jsonify(error="no such meeting"), 404
        for person in meeting.present + meeting.waiting:
            if user_id in (None, person.user_id):
                meeting.leave(person, sim.now)
    return _done(), 200


@bp.get("/recordings")
def recordings() -> Response:
    sim = simulator()
    with sim.lock:
        sim.tick()
        return jsonify([_recording_json(one, sim.now) for one in sim.recordings])


@bp.post("/recordings")
def seed_recording() -> tuple[Response, int]:
    sim = simulator()
    asked = _Seed.model_validate(sent())
    seeded = sim.seed_recording(
        asked.meeting_id,
        asked.name,
        datetime.fromtimestamp(asked.started_at, UTC),
        asked.minutes,
        asked.participants,
        published=asked.published,
        formats=asked.formats,
        metadata=asked.metadata,
        protected=asked.protected,
        expires_at=_moment(asked.expires_at),
        ready_at=_moment(asked.ready_at),
    )
    return jsonify(_recording_json(seeded, sim.now)), 201


@bp.delete("/all")
def reset() -> Response:
    simulator().reset()
    return _done()


def sent() -> dict[str, Any]:
    """The JSON object that was sent; an empty body is an empty one."""
    found = request.get_json(force=True) if request.get_data() else {}
    return found if isinstance(found, dict) else {}


def _moment(epoch_s: float | None) -> datetime | None:
    return None if epoch_s is None else datetime.fromtimestamp(epoch_s, UTC)


def _done() -> Response:
    return jsonify(ok=True)


def _meeting_json(meeting: Meeting) -> dict[str, Any]:
    return {
        "meetingID": meeting.meeting_id,
        "internalMeetingID": meeting.internal_id,
        "name": meeting.name,
        "createdAt": meeting.created_at.timestamp(),
        "createTime": epoch_ms(meeting.created_at),
        "endedAt": meeting.ended_at.timestamp() if meeting.ended_at else None,
        "forciblyEnded": meeting.is_forcibly_ended,
        "running": meeting.is_running,
        "users": [_person_json(one) for one in meeting.present],
        "waiting": [_person_json(one) for one in meeting.waiting],
        "metadata": meeting.metadata,
        "params": meeting.params,
        "documents": meeting.documents,
        "record": meeting.may_record,
        "recording": meeting.recording_since is not None,
        "recorded": meeting.was_recorded,
    }


def _person_json(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "userID": person.user_id,
        "role": person.role,
        "guest": person.is_guest,
        "userdata": person.userdata,
        "talking": person.acts.talking_since is not None,
    }


def _recording_json(recording: Recording, now: datetime) -> dict[str, Any]:
    return {
        "recordID": recording.record_id,
        "meetingID": recording.meeting_id,
        "name": recording.name,
        "state": recording.state(now),
        "formats": recording.formats(now),
        "metadata": recording.metadata,
        "protected": recording.is_protected,
    }
