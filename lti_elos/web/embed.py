"""The meeting inside our page, for LMS frames that let camera and microphone through."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.abilities import Ability, may
from lti_elos.services import handovers, live, meetings, rooms
from lti_elos.web.guards import Needs, current_deps, is_anothers_way_in, requires
from lti_elos.web.pages import EmbedPage, PostForm
from lti_elos.web.words import room_word

bp = Blueprint("embed", __name__, url_prefix="/rooms")


@bp.get("/<uuid:room_id>/embed")
@requires(Needs.VIEWER)
def show(room_id: UUID) -> Response | str:
    """A bar, and the meeting below it. Never creates: who finds it closed waits, or opens it from the room page."""
    deps, viewer = current_deps(), g.viewer
    room_url = url_for("rooms.show", room_id=room_id)
    if viewer.policies.embedding == "off" or is_anothers_way_in():
        return redirect(room_url, code=303)
    room = rooms.find(deps, viewer)
    opens = may(viewer.standing, Ability.OPEN)
    if not meetings.lets_in(viewer, live.read(deps, room.id)):
        return redirect(room_url if opens else url_for("rooms.wait", room_id=room_id, to="embed"), code=303)
    deps.watchers.room(room_id)
    g.holds_meeting = True
    # Always with a handover: the tab has the frame's cookie at top level only, and what a browser says of it may lack.
    handover = ("handover", handovers.make_handover(deps, viewer))
    return render_template(
        "rooms/embed.html",
        page=EmbedPage(
            room_name=room_word(room.scope, room.scope_id, room.name),
            lms=viewer.lms_name,
            presents=viewer.standing.moderates,
            enter_url=url_for("rooms.enter", room_id=room_id),
            status_url=url_for("status.show", room_id=room_id),
            room_url=room_url,
            moved_url=url_for("rooms.show", room_id=room_id, note="moved"),
            move=PostForm(url_for("rooms.join", room_id=room_id), (handover,), new_window=True),
        ),
    )
