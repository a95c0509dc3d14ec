"""A recording inside our page, for those who choose it in an LMS's frame."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_elos.services import handovers, playbacks
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.pages import PostForm
from lti_elos.web.recording_pages import PlayerPage

bp = Blueprint("recording_player", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")


@bp.get("/<uuid:recording_id>")
@requires(Needs.VIEWER)
def show(room_id: UUID, recording_id: UUID) -> Response | str:
    """A bar, and the recording below it: the inner address is the one that plays, and counts."""
    deps, viewer = current_deps(), g.viewer
    list_url = url_for("recordings.index", room_id=room_id)
    if viewer.policies.embedding == "off":
        return redirect(list_url, code=303)
    found = playbacks.look(deps, viewer, recording_id)
    play_url = url_for("recordings.play", room_id=room_id, recording_id=recording_id, kind=found.ways[0])
    g.holds_meeting = True
    # Always with a handover, as where a meeting is inside the page.
    handover = ("handover", handovers.make_handover(deps, viewer))
    return render_template(
        "recordings/player.html",
        page=PlayerPage(
            name=found.name,
            started_at=found.started_at,
            play_url=play_url,
            list_url=list_url,
            tab=PostForm(play_url, (handover,), new_window=True),
        ),
    )
