"""The tiny answer that pages ask for again and again: one room, no person.

With a token it is given before Flask sees the request (:class:`StatusAnswer`): a class that waits asks hundreds of
times a second, and the framework would be most of the cost. Flask's view answers the rest: who comes by cookie, and who
is refused.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.domain.live import pace_s
from lti_elos.errors import LtiElosError, NotFound, SessionEnded
from lti_elos.services import sessions
from lti_elos.services.deps import Deps
from lti_elos.vault import SealBroken
from lti_elos.web.addresses import of_room
from lti_elos.web.guards import COOKIE, Needs, current_deps, requires
from lti_elos.web.pages import Watch
from lti_elos.web.request_log import bind_launch

bp = Blueprint("status", __name__, url_prefix="/rooms")

HEADER = "X-Status-Token"
_SOON_S = 1.0
_JITTER = 0.2
_OPENED, _OPENED_S = 20_000, 60.0


def watch_of(room_id: UUID, *, checked_at: datetime | None, waits: bool = False) -> Watch:
    """What a page's script needs to follow the room.

    :param checked_at: when was known what the page shows: if that is long ago, the first question comes soon
    """
    deps = current_deps()
    told = deps.board.look(deps, room_id, g.viewer.deployment_id)
    ask_again_s = _ask_again_s(deps, told.watching if told else 0)
    is_old = checked_at is None or deps.clock() - checked_at > timedelta(seconds=2 * deps.settings.live_refresh_s)
    return _watch(room_id, min(ask_again_s, _SOON_S) if is_old else ask_again_s, waits=waits)


def watch_after_leaving(room_id: UUID) -> Watch:
    """The same for who has just left: how the room is without them is known after the next refresh."""
    return _watch(room_id, current_deps().settings.live_refresh_s + 2 * _SOON_S, waits=False)


def _watch(room_id: UUID, ask_again_s: float, *, waits: bool) -> Watch:
    """Notes that a page is open. The token names the room, its tenant and the browser session, nobody in it."""
    deps, viewer = current_deps(), g.viewer
    deps.watchers.seat(room_id, viewer.session_id, waits=waits)
    told = [room_id.hex, viewer.deployment_id.hex, viewer.session_id.hex, int(waits)]
    token = deps.vault.issue("status", told, ttl=sessions.LIFE, now=deps.clock())
    return Watch(of_room("status.show", room_id), token, ask_again_s)


def _ask_again_s(deps: Deps, crowd: int) -> float:
    """Spread, so that browsers that came together do not stay together."""
    pace = pace_s(refresh_s=deps.settings.live_refresh_s, crowd=crowd)
    return round(pace * random.uniform(1 - _JITTER, 1 + _JITTER), 1)  # noqa: S311 - jitter, not a secret


@dataclass(frozen=True, slots=True)
class _Follower:
    """A page that follows a room."""

    room_id: UUID
    deployment_id: UUID
    session_id: UUID
    waits: bool


def _follower(deps: Deps, token: str) -> _Follower:
    """Raises SessionEnded for a token that is not ours, or too old."""
    try:
        *named, waits = deps.vault.redeem("status", token, now=deps.clock())
        room_id, deployment_id, session_id = (UUID(hex=one) for one in named)
    except (SealBroken, ValueError, TypeError):
        raise SessionEnded("the status token is not ours, or too old") from None
    return _Follower(room_id, deployment_id, session_id, bool(waits))


def _answer(deps: Deps, follower: _Follower, enter: str) -> dict[str, Any]:
    """Raises NotFound, or SessionEnded: a token outlives what an operator disables; grants do not."""
    told = deps.board.look(deps, follower.room_id, follower.deployment_id)
    if told is None:
        raise NotFound("no such room in this deployment")
    if not told.is_served:
        raise SessionEnded("the room's platform or deployment was disabled")
    deps.watchers.seat(follower.room_id, follower.session_id, waits=follower.waits)
    live = told.live
    return {
        "running": live.is_open,
        "participants": live.participants,
        "since": live.opened_at.isoformat() if live.opened_at and live.is_open else None,
        "ask_again_s": _ask_again_s(deps, told.watching),
        "enter": enter if live.is_open else None,
        "trouble": live.trouble or None,
        "waiting": told.waiting,
        "state": live.state,
    }


@bp.get("/<uuid:room_id>/status")
@requires(Needs.STATUS_TOKEN)
def show(room_id: UUID) -> Response:
    """{running, participants, since, ask_again_s, enter, trouble, waiting, state}.

    ``enter``: the way in when open, else null. ``waiting``: how many people are on the waiting page. ``state``: closed,
    opening, open, ended.
    """
    deps = current_deps()
    if token := request.headers.get(HEADER, ""):
        follower = _follower(deps, token)
        if follower.room_id != room_id:
            raise SessionEnded("the status token is for another room")
    else:
        viewer = g.viewer = sessions.viewer_of(deps, request.cookies.get(COOKIE), room_id)
        bind_launch(viewer.launch_id)
        follower = _Follower(room_id, viewer.deployment_id, viewer.session_id, waits=False)
    return jsonify(_answer(deps, follower, url_for("rooms.enter", room_id=room_id)))


class StatusAnswer:
    """WSGI middleware: answers the status of a room to whoever holds a token for it, and leaves all else alone."""

    def __init__(self, app: Any, deps: Deps) -> None:
        self._app = app
        self._deps = deps
        self._opened: dict[str, tuple[float, _Follower]] = {}
        """Tokens of the last minute: each page sends its own again and again, and opening it is half of the work."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        token: str = environ.get("HTTP_X_STATUS_TOKEN", "")
        path: str = environ.get("PATH_INFO", "")
        if token and environ["REQUEST_METHOD"] == "GET" and path.startswith("/rooms/") and path.endswith("/status"):
            room = path.removesuffix("status")
            with suppress(LtiElosError, SQLAlchemyError):  # Flask's view meets it again, and has a page for it
                follower = self._follower(token)
                if room == f"/rooms/{follower.room_id}/":
                    enter = f"{environ.get('SCRIPT_NAME', '')}{room}enter"
                    answer_now = _answer(self._deps, follower, enter)
                    self._deps.counts.poll()
                    return _plain(answer_now, start_response)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _follower(self, token: str) -> _Follower:
        now = time.monotonic()
        known = self._opened.get(token)
        if known is not None and now < known[0]:
            return known[1]
        follower = _follower(self._deps, token)
        if len(self._opened) >= _OPENED:
            self._opened.clear()
        self._opened[token] = (now + _OPENED_S, follower)
        return follower


def _plain(answer: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    body = json.dumps(answer, separators=(",", ":")).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("200 OK", headers)
    return [body]
