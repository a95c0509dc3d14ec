"""The course's recordings: the list, and playing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.domain.pipelines import Pipeline
from lti_elos.domain.recordings import DOWNLOADED, Audience, may_download, ways_to_watch
from lti_elos.services import pipelines, playbacks, recordings, rooms
from lti_elos.web import periods
from lti_elos.web.guards import Needs, current_deps, is_framed, requires
from lti_elos.web.paging import key_of, written
from lti_elos.web.recording_around import around_list, with_origins
from lti_elos.web.recording_audience import new_ones_of
from lti_elos.web.recording_notes import changing
from lti_elos.web.recording_pages import (
    FormatLink,
    MissingItem,
    RecordingItem,
    RecordingsFilter,
    RecordingsPage,
    StepItem,
    Way,
)
from lti_elos.web.words import room_word

bp = Blueprint("recordings", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")

_SOON = 7
"""Days before it expires, from which on that is worth a warning."""
_TODAY = timedelta(hours=18)
"""So long a time of day says enough."""


def items_of(
    room_id: UUID,
    found: Sequence[recordings.Item],
    *,
    names: Mapping[UUID, str] | None = None,
    awaited: pipelines.Found = pipelines.NOTHING,
) -> tuple[RecordingItem, ...]:
    """Rows for a template; links are ours, so that each click is authorised.

    :param names: of other rooms
    """
    now = current_deps().clock()
    return tuple(_item(room_id, one, names or {}, awaited, now) for one in found)


def _item(
    room_id: UUID, one: recordings.Item, names: Mapping[UUID, str], awaited: pipelines.Found, now: datetime
) -> RecordingItem:
    policies = g.viewer.policies
    has_file = any(each.kind == DOWNLOADED for each in one.formats)

    def at(endpoint: str, **more: Any) -> str:
        return url_for(endpoint, room_id=room_id, recording_id=one.id, **more)

    pipeline = awaited.of_items.get(one.id)
    expires_at = one.expires_at if one.is_managed else None
    left = (expires_at - now).days if expires_at else None
    return RecordingItem(
        id=one.id,
        name=one.name,
        started_at=one.started_at,
        length=one.length,
        participants=one.participants,
        state=one.state,
        thumbnail=one.thumbnail,
        formats=tuple(
            FormatLink(kind, at("recordings.play", kind=kind))
            for kind in ways_to_watch([each.kind for each in one.formats])
        ),
        description=one.description,
        room_name=names.get(one.room_id),
        is_managed=one.is_managed,
        expires_at=expires_at,
        expires_in=max(left, 0) if left is not None and left < _SOON else None,
        way=_way(pipeline, awaited.usual, now) if pipeline and not pipeline.ready else None,
        pending=pipeline.pending if pipeline else (),
        failed=pipeline.failed if pipeline else (),
        download_url=at("recordings.play", kind=DOWNLOADED)
        if has_file and may_download(policies.recording_download, manages=one.is_managed)
        else "",
        player_url=at("recording_player.show") if policies.embedding != "off" and is_framed() else "",
        audience=one.audience.value if one.is_managed else "",
        audience_url=at("recording_audience.show") if one.is_managed else "",
        plays=one.plays if one.is_managed else 0,
        is_protected=one.is_protected,
        delete_at=one.delete_at,
        session_url=url_for("reports.show", room_id=room_id, meeting_id=one.meeting_id)
        if one.is_managed and one.meeting_id and one.room_id == room_id
        else "",
    )


def _way(pipeline: Pipeline, usual: timedelta | None, now: datetime) -> Way:
    ended_at = pipeline.steps[0].at
    usually_at = ended_at + usual if ended_at and usual else None
    return Way(
        steps=tuple(
            StepItem(one.stage, one.progress, one.at, names_day=one.at is not None and now - one.at > _TODAY)
            for one in pipeline.steps
        ),
        has_failed=pipeline.has_failed,
        usually_at=usually_at if usually_at and now < usually_at < now + _TODAY else None,
        is_open=not pipeline.has_failed,
    )


def _missing(
    awaited: pipelines.Found, names: Mapping[UUID, str], now: datetime, *, since: datetime | None
) -> tuple[MissingItem, ...]:
    """Those that are in the newest page's stretch of time."""
    return tuple(
        MissingItem(
            id=one.id,
            started_at=one.began_at,
            length=one.length,
            people=one.people,
            recorded=one.recorded,
            room_name=names.get(one.room_id),
            way=_way(one.pipeline, awaited.usual, now) if one.recorded else None,
        )
        for one in awaited.missing
        if since is None or one.began_at > since
    )


@bp.get("")
@requires(Needs.VIEWER)
def index(room_id: UUID) -> Response | str:
    """The course's list, newest first, 20 a page, paged by key.

    ``q`` searches titles and descriptions; ``period``: of the page's zone (periods.py); ``room``: one of the course's;
    ``audience``: for who manages.
    """
    from lti_elos.web.rooms import handover_of, head_of

    deps, viewer = current_deps(), g.viewer
    now = deps.clock()
    query = tidy(request.args.get("q", ""), 100)  # PostgreSQL takes no control characters
    period = periods.known(request.args.get("period", ""))
    audience = _audience(request.args.get("audience", "")) if viewer.standing.manages else None
    older_than, newer_than = key_of(request.args.get("before", "")), key_of(request.args.get("after", ""))
    room = rooms.find(deps, viewer)
    since, until = periods.bounds(period, now)
    wanted = recordings.Wanted(query, since, until, _uuid(request.args.get("room", "")), audience)
    page = recordings.listing(deps, viewer, room, wanted, older_than=older_than, newer_than=newer_than)

    def at(**key: str) -> str:
        arguments: dict[str, Any] = {
            "q": query or None,
            "period": period or None,
            "room": wanted.room_id,
            "audience": audience,
            **key,
        }
        return url_for("recordings.index", room_id=room_id, **arguments)

    if older_than and not page.items:  # an old bookmark, and recordings that went since
        return redirect(at(), code=303)
    is_newest = not wanted and page.newer_than is None
    awaited = pipelines.awaited(deps, page) if is_newest else pipelines.NOTHING
    names = {one.room_id: room_word(one.scope, one.scope_id, one.name) for one in page.places}
    others = {its_id: name for its_id, name in names.items() if its_id != room_id}
    return render_template(
        "recordings/index.html",
        head=head_of(room, viewer, "recordings"),
        page=RecordingsPage(
            items=with_origins(viewer, page.items, items_of(room_id, page.items, names=others, awaited=awaited)),
            total=min(page.total, recordings.MOST),
            is_more=page.total > recordings.MOST,
            query=query,
            next_url=at(before=written(page.older_than)) if page.older_than else "",
            previous_url=at(after=written(page.newer_than)) if page.newer_than else "",
            stale_since=page.stale_since,
            filter=RecordingsFilter(
                query=query,
                period=period,
                periods=periods.offered(period, now),
                room=str(wanted.room_id or ""),
                rooms=tuple((str(its_id), name) for its_id, name in names.items()) if others else (),
                audience=audience or "",
                has_audience=viewer.standing.manages,
            ),
            missing=_missing(awaited, others, now, since=page.items[-1].started_at if page.older_than else None),
            is_awaited=page.is_awaited,
            new_ones=new_ones_of(room, viewer),
            copy_url=url_for("recording_copies.index", room_id=room_id)
            if room.was_copied and viewer.standing.manages
            else "",
            **changing(viewer),
        ),
        around=around_list(viewer),
        handover=handover_of(viewer),
    )


def _audience(text: str) -> Audience | None:
    return Audience(text) if text in set(Audience) else None


def _uuid(text: str) -> UUID | None:
    """None for what is no id: the list is then not narrowed to a room."""
    try:
        return UUID(text)
    except ValueError:
        return None


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
