"""Who can see a recording, its links, and who sees a room's new ones: for those who manage."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.recordings import DEFAULTS, PUBLISHED, Audience
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import recording_audience, recording_links
from lti_elos.services.rooms import Room
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.recording_pages import AudiencePage, LinkItem, NewOnes

bp = Blueprint("recording_audience", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")

_LASTS = {str(one.days): one for one in recording_links.LASTS}
_NOTES = ("saved", "made", "revoked")


@bp.get("/<uuid:recording_id>/audience")
@requires(Needs.MANAGER)
def show(room_id: UUID, recording_id: UUID) -> str:
    """Three choices, and the links where it is public."""
    return _page(room_id, recording_id)


@bp.post("/<uuid:recording_id>/audience")
@requires(Needs.MANAGER)
def choose(room_id: UUID, recording_id: UUID) -> Response | str:
    """Choose one. Making it public asks first, and is done by making the first link."""
    deps, viewer = current_deps(), g.viewer
    try:
        audience = Audience(request.form.get("audience", ""))
    except ValueError:
        raise NotFound("no such audience") from None
    if audience is Audience.LINK:
        row, _ = recording_links.of_managed(deps, viewer, recording_id)
        if row.audience != Audience.LINK.value:
            return _page(room_id, recording_id, asks=True)
    recording_audience.change(deps, viewer, recording_id, audience)
    return _back(room_id, recording_id, "saved")


@bp.post("/<uuid:recording_id>/links")
@requires(Needs.MANAGER)
def make_link(room_id: UUID, recording_id: UUID) -> Response:
    """One more link, for so many ``days``, or until it is revoked. The first makes the recording public."""
    days = request.form.get("days", "")
    if days and days not in _LASTS:
        raise NotFound("no such choice")
    recording_audience.make_link(current_deps(), g.viewer, recording_id, lasts=_LASTS[days] if days else None)
    return _back(room_id, recording_id, "made")


@bp.post("/<uuid:recording_id>/links/<uuid:link_id>/revoke")
@requires(Needs.MANAGER)
def revoke_link(room_id: UUID, recording_id: UUID, link_id: UUID) -> Response:
    """It works no more, for good."""
    recording_links.revoke(current_deps(), g.viewer, recording_id, link_id)
    return _back(room_id, recording_id, "revoked")


@bp.post("/audience")
@requires(Needs.MANAGER)
def choose_for_new_ones(room_id: UUID) -> Response:
    """Who sees the room's new recordings; empty: what the platform says."""
    chosen = request.form.get("audience", "")
    if chosen not in ("", *DEFAULTS):
        raise NotFound("no such audience")
    audience = next((one for one in DEFAULTS if one == chosen), None)
    recording_audience.choose_for_new_ones(current_deps(), g.viewer, audience)
    return redirect(url_for("recordings.index", room_id=room_id, note="new"), code=303)


def new_ones_of(room: Room, viewer: Viewer) -> NewOnes | None:
    """The form on the list's page; None for those who do not manage."""
    if not viewer.standing.manages:
        return None
    return NewOnes(
        action=url_for("recording_audience.choose_for_new_ones", room_id=room.id),
        chosen=recording_audience.of_new_ones(room) or "",
        default=viewer.policies.recording_audience,
        is_saved=request.args.get("note") == "new",
    )


def _back(room_id: UUID, recording_id: UUID, note: str) -> Response:
    return redirect(url_for("recording_audience.show", room_id=room_id, recording_id=recording_id, note=note), code=303)


def _page(room_id: UUID, recording_id: UUID, *, asks: bool = False) -> str:
    deps, viewer = current_deps(), g.viewer
    row, links = recording_links.of_managed(deps, viewer, recording_id)
    may_link = viewer.policies.recording_links
    if asks and not may_link:
        raise NotFound("no links on this platform")

    def at(endpoint: str, **more: Any) -> str:
        return url_for(endpoint, room_id=room_id, recording_id=recording_id, **more)

    base = deps.settings.base_url
    note = request.args.get("note", "")
    return render_template(
        "recordings/audience.html",
        page=AudiencePage(
            name=row.name,
            started_at=row.started_at,
            is_published=row.state == PUBLISHED,
            audience=row.audience,
            asks=asks,
            may_link=may_link,
            lasts=tuple(one.days for one in recording_links.LASTS),
            links=tuple(
                LinkItem(
                    url=f"{base}{url_for('public_links.show', code=one.code)}" if one.code else "",
                    created_at=one.created_at,
                    expires_at=one.expires_at,
                    revoke_url=at("recording_audience.revoke_link", link_id=one.id),
                )
                for one in links
            )
            if row.audience == Audience.LINK.value
            else (),
            action=at("recording_audience.choose"),
            link_action=at("recording_audience.make_link"),
            list_url=url_for("recordings.index", room_id=room_id),
            note=note if note in _NOTES and not asks else "",
        ),
    )
