"""Before a meeting: what people want to be called, and whether their camera and microphone work."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import is_too_long, typed_name
from lti_elos.services import people, rooms
from lti_elos.web.guards import Needs, current_deps, is_framed, requires
from lti_elos.web.pages import NameForm
from lti_elos.web.rooms import before_of, go_in, handover_of, head_of
from lti_elos.web.words import room_word

bp = Blueprint("people", __name__, url_prefix="/rooms/<uuid:room_id>")


@bp.get("/name")
@requires(Needs.VIEWER)
def ask_name(room_id: UUID) -> Response | str:
    """What people want to be called, where the LMS does not say it."""
    if not people.may_choose(g.viewer):
        return _to_room(room_id)
    return render_template("rooms/name.html", form=_form(room_id, to=request.args.get("to", "")))


@bp.post("/name")
@requires(Needs.VIEWER)
def give_name(room_id: UUID) -> Response | str | tuple[str, int]:
    """Keep the name, or that there shall be none, and go on to where the person was going."""
    deps, viewer, to = current_deps(), g.viewer, request.form.get("to", "")
    if people.may_choose(viewer):
        name = "" if "without" in request.form else typed_name(request.form.get("name", ""))
        problem = "long" if is_too_long(name) else "" if name or "without" in request.form else "empty"
        if problem:
            form = replace(_form(room_id, to=to), name=name, problem=problem)
            return render_template("rooms/name.html", form=form), 422
        people.give_name(deps, viewer, name)
        g.viewer = replace(viewer, typed_name=name)
    return _to_room(room_id) if _aim(to) == "room" else go_in(room_id)


@bp.get("/check")
@requires(Needs.VIEWER)
def check(room_id: UUID) -> str:
    """Try camera, microphone and sound. All of it happens in the browser; nothing is sent."""
    viewer = g.viewer
    return render_template(
        "rooms/check.html",
        head=head_of(rooms.find(current_deps(), viewer), viewer, "check"),
        room_url=url_for("rooms.show", room_id=room_id),
        handover=handover_of(viewer),
    )


def _form(room_id: UUID, *, to: str) -> NameForm:
    viewer = g.viewer
    room = rooms.find(current_deps(), viewer)
    return NameForm(
        room_name=room_word(room.scope, room.scope_id, room.name),
        lms=viewer.lms_name,
        action=url_for("people.give_name", room_id=room_id),
        to=_aim(to),
        name=viewer.typed_name or "",
        problem="",
        is_kept=viewer.policies.typed_names == "keep",
        before=before_of(room_id, viewer),
        room_url=url_for("rooms.show", room_id=room_id),
    )


def _aim(to: str) -> str:
    """Where the form leads. The meeting never opens in an LMS's frame by itself: from there it is the room's page."""
    if to in ("room", "embed"):
        return to
    return "room" if is_framed() else ""


def _to_room(room_id: UUID) -> Response:
    return redirect(url_for("rooms.show", room_id=room_id), code=303)
