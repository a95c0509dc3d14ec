"""The course's recordings: the list, and playing one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.domain.recordings import DOWNLOADED, may_download, ways_to_watch
from lti_elos.services import playbacks, recordings, rooms
from lti_elos.web.guards import Needs, current_deps, is_framed, requires
from lti_elos.web.pages import FormatLink, RecordingItem, RecordingsPage
from lti_elos.web.paging import key_of, written
from lti_elos.web.recording_audience import new_ones_of

bp = Blueprint("recordings", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")


_SOON = timedelta(days=7)


def items_of(room_id: UUID, found: Sequence[recordings.Item]) -> tuple[RecordingItem, ...]:
    """Rows for a template; links are ours, so that each click is authorised."""
    policies, now = g.viewer.policies, current_deps().clock()
    is_embedded = policies.embedding != "off" and is_framed()

    def at(endpoint: str, one: recordings.Item, **more: Any) -> str:
        return url_for(endpoint, room_id=room_id, recording_id=one.id, **more)

    def can_be_taken(one: recordings.Item) -> bool:
        has_file = any(each.kind == DOWNLOADED for each in one.formats)
        return has_file and may_download(policies.recording_download, manages=one.is_managed)

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
                FormatLink(kind, at("recordings.play", one, kind=kind))
                for kind in ways_to_watch([each.kind for each in one.formats])
            ),
            download_url=at("recordings.play", one, kind=DOWNLOADED) if can_be_taken(one) else "",
            player_url=at("recording_player.show", one) if is_embedded else "",
            audience=one.audience.value if one.is_managed else "",
            audience_url=at("recording_audience.show", one) if one.is_managed else "",
            plays=one.plays if one.is_managed else 0,
            expires_at=one.expires_at if one.is_managed else None,
            expires_soon=one.expires_at is not None and one.expires_at - now < _SOON,
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
            items=items_of(room_id, page.items),
            total=min(page.total, recordings.MOST),
            is_more=page.total > recordings.MOST,
            query=query,
            next_url=at(before=written(page.older_than)) if page.older_than else "",
            previous_url=at(after=written(page.newer_than)) if page.newer_than else "",
            stale_since=page.stale_since,
            new_ones=new_ones_of(room_id, viewer),
        ),
        handover=handover_of(viewer),
    )


@bp.route("/<uuid:recording_id>/play", methods=["GET", "POST"])
@requires(Needs.VIEWER_OR_HANDOVER)
def play(room_id: UUID, recording_id: UUID) -> Response:  # noqa: ARG001 - the guard used it
    """To the playback at Elos, authorised now; by POST with a handover from frames.

    Nobody watches yet who only asks whether it is there, or a browser that fetches before a click: neither is counted,
    and neither spends a link that is good once.
    """
    if request.method == "HEAD":
        return Response(status=204)
    if "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", "")):
        return Response(status=403)
    kind = request.args.get("kind", "")
    return redirect(playbacks.address(current_deps(), g.viewer, recording_id, kind), code=303)
