"""The tiny answer that waiting browsers ask for: one room, no person."""

from __future__ import annotations

import random
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request, url_for

from lti_elos.errors import SessionEnded
from lti_elos.services import live, rooms, sessions
from lti_elos.vault import SealBroken
from lti_elos.web.guards import COOKIE, Needs, current_deps, requires
from lti_elos.web.pages import Watch

bp = Blueprint("status", __name__, url_prefix="/rooms")

HEADER = "X-Status-Token"


def watch_of(room_id: UUID) -> Watch:
    """What a page's script needs to follow the room. The token names the room and its tenant, nobody in it."""
    deps, viewer = current_deps(), g.viewer
    token = deps.vault.issue("status", [room_id.hex, viewer.deployment_id.hex], ttl=sessions.LIFE, now=deps.clock())
    return Watch(url_for("status.show", room_id=room_id), token, int(_ask_again_s()))


def _ask_again_s() -> float:
    """When to ask next, spread so that browsers that came together do not stay together."""
    refresh = current_deps().settings.live_refresh_s
    return round(max(0.5, refresh * random.uniform(0.5, 0.9)), 1)  # noqa: S311 - jitter, not a secret


@bp.get("/<uuid:room_id>/status")
@requires(Needs.STATUS_TOKEN)
def show(room_id: UUID) -> Response:
    """{running, participants, since, ask_again_s, enter, trouble}. ``enter``: the way in when open, else null."""
    deps = current_deps()
    deployment_id = _deployment(room_id)
    # A launched person's polls count as use of the grant.
    if (cookie := request.cookies.get(COOKIE)) and "viewer" not in g:
        try:
            g.viewer = sessions.viewer_of(deps, cookie, room_id)
        except SessionEnded:
            g.pop("viewer", None)
    with deps.database.reading() as db:
        room = rooms.read(db, room_id, within=deployment_id)
    if not room.is_served:  # a token outlives what an operator disables; grants do not
        raise SessionEnded("the room's platform or deployment was disabled")
    state = live.fresh(deps, room)
    return jsonify(
        running=state.is_open,
        participants=state.participants,
        since=state.opened_at.isoformat() if state.opened_at and state.is_open else None,
        ask_again_s=_ask_again_s(),
        enter=url_for("rooms.enter", room_id=room_id) if state.is_open else None,
        trouble=state.trouble or None,
    )


def _deployment(room_id: UUID) -> UUID:
    deps = current_deps()
    token = request.headers.get(HEADER, "")
    if token:
        try:
            room_hex, deployment_hex = deps.vault.redeem("status", token, now=deps.clock())
            if UUID(hex=room_hex) != room_id:
                raise SessionEnded("the status token is for another room")
            return UUID(hex=deployment_hex)
        except (SealBroken, ValueError, TypeError):
            raise SessionEnded("the status token is not ours, or too old") from None
    g.viewer = sessions.viewer_of(deps, request.cookies.get(COOKIE), room_id)
    deployment_id: UUID = g.viewer.deployment_id
    return deployment_id
