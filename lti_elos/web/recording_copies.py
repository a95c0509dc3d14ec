"""Recordings of earlier courses: the choice of those that are shown here too, the offer, and taking one back."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.errors import NotFound
from lti_elos.services import recording_copies, rooms
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.paging import key_of, written
from lti_elos.web.recording_pages import CopyItem, CopyPage

bp = Blueprint("recording_copies", __name__, url_prefix="/rooms/<uuid:room_id>/recordings/copy")

_MOST = 200
"""Ids in one form: a page has twenty."""


@bp.get("")
@requires(Needs.MANAGER)
def index(room_id: UUID) -> str:
    """What may be shown here, newest first."""
    return _page(room_id)


@bp.post("")
@requires(Needs.MANAGER)
def share(room_id: UUID) -> Response | tuple[str, int]:
    """Show what was chosen; nothing chosen is said in place."""
    chosen = [_id(text) for text in request.form.getlist("recording")[:_MOST]]
    if not chosen:
        return _page(room_id, nothing_chosen=True), 422
    recording_copies.share(current_deps(), g.viewer, chosen)
    return redirect(url_for("recordings.index", room_id=room_id, note="shared"), code=303)


@bp.post("/remove")
@requires(Needs.MANAGER)
def remove(room_id: UUID) -> Response:
    """Show one in its own course alone again."""
    recording_copies.unshare(current_deps(), g.viewer, _id(request.form.get("recording", "")))
    return redirect(url_for("recordings.index", room_id=room_id, note="unshared"), code=303)


@bp.post("/dismiss")
@requires(Needs.MANAGER)
def dismiss(room_id: UUID) -> Response:
    """The offer is not wanted: back to the page where it stood."""
    recording_copies.answer_offer(current_deps(), g.viewer)
    return redirect(url_for("rooms.show", room_id=room_id), code=303)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("a recording's id is none") from None


def _page(room_id: UUID, *, nothing_chosen: bool = False) -> str:
    from lti_elos.web.rooms import head_of

    deps, viewer = current_deps(), g.viewer
    room = rooms.find(deps, viewer)
    older_than = key_of(request.args.get("before", ""))
    found = recording_copies.listing(deps, viewer, room, older_than=older_than)
    here = url_for("recording_copies.index", room_id=room_id)
    page = CopyPage(
        courses=tuple(
            (name, tuple(CopyItem(one.id, one.name, one.started_at, one.length) for one in items))
            for (_, name), items in groupby(found.items, key=lambda one: (one.course_id, one.course_name))
        ),
        has_courses=found.has_courses,
        nothing_chosen=nothing_chosen,
        action=here,
        list_url=url_for("recordings.index", room_id=room_id),
        older_url=f"{here}?before={written(found.older_than)}" if found.older_than else "",
        newest_url=here if older_than else "",
    )
    return render_template("recordings/copy.html", head=head_of(room, viewer, "recordings"), page=page)
