"""``/r/…``: a recording for whoever holds a link. It names no person, and all links that do not work look the same."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_elos.errors import NotFound, RecordingGone
from lti_elos.services import playbacks, recording_links
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.limits import count_guess
from lti_elos.web.recording_pages import LinkPage

bp = Blueprint("public_links", __name__, url_prefix="/r")


@bp.get("/<code>")
@requires(Needs.ANYONE)
def show(code: str) -> Response | str:
    """What it is, and a button: whatever fetches addresses by itself plays nothing."""
    try:
        row = recording_links.find(current_deps(), code).row
    except NotFound:
        return _gone()
    page = LinkPage(
        name=row.name,
        started_at=row.started_at,
        length=timedelta(seconds=row.length_s),
        action=url_for("public_links.play", code=code),
    )
    return render_template("recordings/link.html", page=page)


@bp.post("/<code>")
@requires(Needs.ANYONE)
def play(code: str) -> Response:
    """To the playback at Elos."""
    try:
        return redirect(playbacks.address_by_link(current_deps(), code), code=303)
    except (NotFound, RecordingGone):
        return _gone()


def _gone() -> Response:
    count_guess()
    return make_response(render_template("recordings/link_gone.html"), 404)
