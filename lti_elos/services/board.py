"""The board: what everybody who follows a room is told, kept in memory for a second (reference/perf.md 4).

However many poll, each process reads a room's row once in that time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import distinct, func, select

from lti_elos.db.tables import deployments, grants, live_rooms, platforms, rooms
from lti_elos.domain.live import Live

if TYPE_CHECKING:
    from lti_elos.services.deps import Deps

_MANY = 2000


@dataclass(frozen=True, slots=True)
class Told:
    """A room, as those who follow it are told."""

    live: Live
    waiting: int
    """People on the waiting page."""
    watching: int
    """Open pages of the room, the waiting ones among them."""
    is_served: bool
    """False: an operator has disabled its platform or deployment."""


class Board:
    """One process' memory of what it told last. Thread-safe."""

    def __init__(self, *, lasts_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lasts_s = lasts_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._told: dict[tuple[UUID, UUID], tuple[float, Told]] = {}

    def look(self, deps: Deps, room_id: UUID, deployment_id: UUID) -> Told | None:
        """None: there is no such room in this deployment. Raises what the database raises."""
        key, now = (room_id, deployment_id), self._monotonic()
        with self._lock:
            known = self._told.get(key)
            if known is not None:
                if now < known[0]:
                    return known[1]
                self._told[key] = (now + self._lasts_s, known[1])  # one reads anew; meanwhile the others get this
        told = _read(deps, room_id, deployment_id)
        if told is None:
            return None
        with self._lock:
            if len(self._told) >= _MANY:
                self._told = {one: kept for one, kept in self._told.items() if now < kept[0]}
            self._told[key] = (now + self._lasts_s, told)
        return told

    def forget(self, room_id: UUID) -> None:
        """Something happened to the room in this process: it is told at once."""
        with self._lock:
            for key in [key for key in self._told if key[0] == room_id]:
                del self._told[key]


def _read(deps: Deps, room_id: UUID, deployment_id: UUID) -> Told | None:
    from lti_elos.services.live import live_of

    now = deps.clock()
    here = (grants.c.room_id == room_id, grants.c.seen_until > now, grants.c.ended_at.is_(None))
    with deps.database.reading() as db:
        row = db.execute(
            select(
                live_rooms,
                (platforms.c.enabled & deployments.c.is_active).label("is_served"),
                select(func.count()).select_from(grants).where(*here).scalar_subquery().label("watching"),
                select(func.count(distinct(grants.c.user_id)))
                .where(*here, grants.c.waits)
                .scalar_subquery()
                .label("waiting"),
            )
            .select_from(
                live_rooms.join(rooms, rooms.c.id == live_rooms.c.room_id)
                .join(deployments, deployments.c.id == rooms.c.deployment_id)
                .join(platforms, platforms.c.id == deployments.c.platform_id)
            )
            .where(rooms.c.id == room_id, rooms.c.deployment_id == deployment_id)
        ).one_or_none()
    if row is None:
        return None
    return Told(live_of(row, now=now), row.waiting, row.watching, row.is_served)
