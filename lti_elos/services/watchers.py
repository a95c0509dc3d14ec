"""Who looks at a room, and who waits for it.

Requests only note it, in memory; a refresher of this process writes the notes down together (services/refreshers.py).
So a thousand polls a minute are not a thousand writes, and the database knows, for all processes, which rooms are to be
asked about and how many wait.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from lti_elos.db.tables import grants, live_rooms

if TYPE_CHECKING:
    from lti_elos.services.deps import Deps

KEPT = timedelta(seconds=90)
"""How long a note counts: longer than the slowest page's pause, a hidden tab's too (browsers wake them each minute)."""
_AGAIN_S = 45.0
"""A note is written anew when it is this old."""
_CHUNK = 500

Seat = tuple[UUID, UUID]
"""A room, and the browser session that has a page of it open."""


@dataclass(slots=True)
class Notes:
    """What is to be written down."""

    rooms: set[UUID] = field(default_factory=set)
    waiting: dict[Seat, bool] = field(default_factory=dict)
    """Whether the page there is the waiting page."""
    gone: set[Seat] = field(default_factory=set)
    """They went in."""

    def __bool__(self) -> bool:
        return bool(self.rooms or self.waiting or self.gone)


class Watchers:
    """The notes of one process. Thread-safe."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._notes = Notes()
        self._rooms: dict[UUID, float] = {}
        self._seats: dict[Seat, tuple[float, bool]] = {}
        self.news = threading.Event()
        """Set when a room is watched that was not: whoever asks about rooms need not wait for its next turn."""
        self._taken_at: float | None = None

    def room(self, room_id: UUID) -> None:
        """Somebody comes to the room."""
        now = self._monotonic()
        with self._lock:
            if now - self._rooms.get(room_id, -_AGAIN_S) >= _AGAIN_S:
                self._rooms[room_id] = now
                self._notes.rooms.add(room_id)
                self.news.set()

    def seat(self, room_id: UUID, session_id: UUID, *, waits: bool) -> None:
        """A page of the room is open there; ``waits``: the waiting page."""
        self.room(room_id)
        now, seat = self._monotonic(), (room_id, session_id)
        with self._lock:
            noted_at, waited = self._seats.get(seat, (-_AGAIN_S, not waits))
            if waited is not waits or now - noted_at >= _AGAIN_S:
                self._seats[seat] = (now, waits)
                self._notes.waiting[seat] = waits
                self._notes.gone.discard(seat)

    def went_in(self, room_id: UUID, session_id: UUID) -> None:
        """Whoever sat there is in the meeting."""
        seat = (room_id, session_id)
        with self._lock:
            self._seats.pop(seat, None)
            self._notes.waiting.pop(seat, None)
            self._notes.gone.add(seat)

    def take(self) -> Notes:
        """What was noted since the last time. Forgets what is too old to matter."""
        now = self._monotonic()
        with self._lock:
            notes, self._notes = self._notes, Notes()
            self._taken_at = now
            self.news.clear()
            if notes:
                self._rooms = {room: at for room, at in self._rooms.items() if now - at < _AGAIN_S}
                self._seats = {seat: (at, w) for seat, (at, w) in self._seats.items() if now - at < _AGAIN_S}
        return notes

    def untaken_s(self) -> float:
        """For how long nobody has taken notes, in seconds; 0 in a process where nobody ever did."""
        with self._lock:
            return 0.0 if self._taken_at is None else self._monotonic() - self._taken_at

    def lost(self, notes: Notes) -> None:
        """They could not be written: the next poll of each notes it again."""
        with self._lock:
            for room_id in notes.rooms:
                self._rooms.pop(room_id, None)
            for seat in notes.waiting:
                self._seats.pop(seat, None)


def write_down(deps: Deps, notes: Notes) -> None:
    """One transaction, however many. An open page counts as use of its grant."""
    if not notes:
        return
    now = deps.clock()
    with deps.database.transaction() as db:
        if notes.rooms:
            statement = live_rooms.update().where(live_rooms.c.room_id.in_(notes.rooms))
            db.execute(statement.values(watched_until=now + KEPT))
        for waits in (True, False):
            seats = [seat for seat, w in notes.waiting.items() if w is waits]
            for room_id, session_ids in _by_room(seats):
                of_room = grants.update().where(grants.c.room_id == room_id, grants.c.session_id.in_(session_ids))
                db.execute(of_room.values(seen_until=now + KEPT, waits=waits, used_at=now))
        for room_id, session_ids in _by_room(notes.gone):
            of_room = grants.update().where(grants.c.room_id == room_id, grants.c.session_id.in_(session_ids))
            db.execute(of_room.values(seen_until=None, waits=False))


def _by_room(seats: Iterable[Seat]) -> Iterable[tuple[UUID, list[UUID]]]:
    """Sessions by room, in handfuls that any database takes as parameters."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for room_id, session_id in seats:
        found[room_id].append(session_id)
    for room_id, session_ids in found.items():
        for start in range(0, len(session_ids), _CHUNK):
            yield room_id, session_ids[start : start + _CHUNK]
