"""The course's recordings: the list, and playing one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.services import playbacks, recordings, rooms
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.pages import FormatLink, RecordingItem, RecordingsPage
from lti_elos.web.paging import key_of, written
from lti_elos.web.recording_around import around_list, with_origins

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
    """The course's list, newest first, 20 a page, paged by key. ``q`` searches titles and descriptions."""
    from lti_elos.web.rooms import handover_of, head_of

    deps, viewer = current_deps(), g.viewer
    query = tidy(request.args.get("q", ""), 100)  # PostgreSQL takes no control characters
    older_than, newer_than = key_of(request.args.get("before", "")), key_of(request.args.get("after", ""))
    room = rooms.find(deps, viewer)
    wanted = recordings.Wanted(query)
    page = recordings.listing(deps, viewer, room, wanted, older_than=older_than, newer_than=newer_than)

    def at(**key: str) -> str:
        arguments: dict[str, Any] = {"q": query or None, **key}
        return url_for("recordings.index", room_id=room_id, **arguments)

    if older_than and not page.items:  # an old bookmark, and recordings that went since
        return redirect(at(), code=303)
    return render_template(
        "recordings/index.html",
        head=head_of(room, viewer, "recordings"),
        page=RecordingsPage(
            items=with_origins(viewer, page.items, items_of(room_id, page.items)),
            total=min(page.total, recordings.MOST),
            is_more=page.total > recordings.MOST,
            query=query,
            next_url=at(before=written(page.older_than)) if page.older_than else "",
            previous_url=at(after=written(page.newer_than)) if page.newer_than else "",
            stale_since=page.stale_since,
        ),
        around=around_list(viewer, room),
        handover=handover_of(viewer),
    )


@bp.route("/<uuid:recording_id>/play", methods=["GET", "POST"])
@requires(Needs.VIEWER_OR_HANDOVER)
def play(room_id: UUID, recording_id: UUID) -> Response:  # noqa: ARG001 - the guard used it
    """To the playback at Elos, authorised now; by POST with a handover from frames."""
    kind = request.args.get("kind", "")
    return redirect(playbacks.address(current_deps(), g.viewer, recording_id, kind), code=303)
