"""The course's recordings: the list, and playing one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.services import recordings, rooms
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.pages import FormatLink, RecordingItem, RecordingsPage

bp = Blueprint("recordings", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")


def items_of(room_id: UUID, found: Sequence[recordings.Item]) -> tuple[RecordingItem, ...]:
    """Rows for a template; links are ours, so that each click is authorised."""
    return tuple(
        RecordingItem(
            id=one.id,
            name=one.name,
            started_at=one.started_at,
            length=one.length,
            participants=one.participants,
            state=one.state,
            thumbnail=one.thumbnail,
            formats=tuple(
                FormatLink(
                    each.kind,
                    url_for("recordings.play", room_id=room_id, recording_id=one.id, kind=each.kind),
                )
                for each in one.formats
            ),
        )
        for one in found
    )


@bp.get("")
@requires(Needs.VIEWER)
def index(room_id: UUID) -> Response | str:
    """The list, newest first, 20 a page; ``q`` searches titles."""
    from lti_elos.web.rooms import handover_of, head_of

    deps, viewer = current_deps(), g.viewer
    query = tidy(request.args.get("q", ""), 100)  # PostgreSQL takes no control characters
    offset = min(max(request.args.get("from", 0, type=int), 0), 100_000)
    room = rooms.find(deps, viewer)
    page = recordings.listing(deps, viewer, room, query=query, offset=offset)

    def at(start: int) -> str:
        arguments: dict[str, Any] = {"q": query or None, "from": start or None}
        return url_for("recordings.index", room_id=room_id, **arguments)

    if offset and not page.items:  # an old bookmark, and recordings that went since
        return redirect(at(0), code=303)
    return render_template(
        "recordings/index.html",
        head=head_of(room, viewer, "recordings"),
        page=RecordingsPage(
            items=items_of(room_id, page.items),
            total=page.total,
            query=query,
            first=offset + 1 if page.items else 0,
            next_url=at(offset + recordings.PAGE) if offset + recordings.PAGE < page.total else "",
            previous_url=at(max(0, offset - recordings.PAGE)) if offset else "",
            stale_since=page.stale_since,
        ),
        handover=handover_of(viewer),
    )


@bp.route("/<uuid:recording_id>/play", methods=["GET", "POST"])
@requires(Needs.VIEWER_OR_HANDOVER)
def play(room_id: UUID, recording_id: UUID) -> Response:  # noqa: ARG001 - the guard used it
    """To the playback at Elos, authorised now; by POST with a handover from frames."""
    kind = request.args.get("kind", "")
    return redirect(recordings.playback_url(current_deps(), g.viewer, recording_id, kind), code=303)
