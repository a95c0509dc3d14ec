"""Refreshers: threads behind every serving process that ask Elos how watched rooms are (DESIGN "Live state").

However many watch and however many processes there are, a room is asked about once in LIVE_REFRESH_S: whoever moves its
lease forward by compare-and-set asks. Of a server with more than a few watched rooms, all meetings are asked for at
once. A slow answer does not overwrite what happened since it was asked for (``version``).
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue
from uuid import UUID

import requests
from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.db.tables import AnyRow, deployments, hooks, live_rooms, live_servers, platforms, rooms, servers
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.live import Live, LiveState, Seen, after
from lti_elos.elos.replies import MeetingInfo
from lti_elos.elos.transport import new_session
from lti_elos.errors import ElosError
from lti_elos.services import history, live
from lti_elos.services import hooks as service_hooks
from lti_elos.services.deps import Deps
from lti_elos.services.watchers import write_down

log = logging.getLogger(__name__)

THREADS = 4
FEW = 20
"""Watched rooms of a server, up to which each is asked about by itself."""
_AT_ONCE = 2
"""Questions to one server at a time: one that hangs must not keep the others waiting."""
_LEASE = timedelta(seconds=15)
"""Longer than one call to Elos may take: who holds it may die, and another asks then."""
_STUCK = timedelta(seconds=60)
"""How seldom a room is asked about that somebody created and nobody was seen in, when nobody watches it either."""
_MOST = 100
"""Rooms looked up in one go."""
_CHUNK = 500
_BREATH_S = 0.02
_RECOVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """One call to put to a server: about a room, or (``room`` is None) about all its meetings."""

    server_id: UUID | None
    """None: nobody has said which; the question fails, and the room's row tells why."""
    room: AnyRow | None


class Refreshers:
    """The threads of one process: one looks for questions that are due, the others put them."""

    def __init__(self, deps: Deps, *, threads: int = THREADS) -> None:
        self._deps = deps
        self._tick_s = min(0.5, max(0.05, deps.settings.live_refresh_s / 5))
        self._stop = threading.Event()
        self._questions: SimpleQueue[Question | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._asking: Counter[UUID | None] = Counter()
        self._most = threads
        # Daemons: a process that ends does not wait for a server that hangs. Leases end by themselves.
        self._threads = [threading.Thread(target=self._look, name="refresher", daemon=True)]
        self._threads += [
            threading.Thread(target=self._ask, name=f"refresher-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> Refreshers:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """End all threads, after the questions that they are at: then the database may go."""
        self._stop.set()
        self._deps.watchers.news.set()
        for _ in range(self._most):
            self._questions.put(None)
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            self._deps.watchers.news.wait(self._tick_s)
            try:
                self._look_once()
            except SQLAlchemyError as trouble:
                log.warning("refreshers cannot use the database", extra={"reason": type(trouble).__name__})
                self._stop.wait(_RECOVERY_S)
            self._stop.wait(_BREATH_S)  # news may come without end

    def _look_once(self) -> None:
        keep_notes(self._deps)
        for question in due(self._deps):
            with self._lock:
                if self._asking.total() >= self._most:
                    return
                if self._asking[question.server_id] >= _AT_ONCE:
                    continue
            if take_lease(self._deps, question):
                with self._lock:
                    self._asking[question.server_id] += 1
                self._questions.put(question)

    def _ask(self) -> None:
        with new_session() as session:  # connections to the servers stay open from one question to the next
            while (question := self._questions.get()) is not None:
                try:
                    ask(self._deps, question, session=session)
                except Exception:  # the thread outlives whatever went wrong: the lease ends by itself
                    log.exception("live state not kept")
                finally:
                    with self._lock:
                        self._asking[question.server_id] -= 1
                    self._deps.watchers.news.set()


def refresh(deps: Deps) -> None:
    """Put all questions that are due now, one after the other."""
    keep_notes(deps)
    with new_session() as session:
        for question in due(deps):
            if take_lease(deps, question):
                ask(deps, question, session=session)


def keep_notes(deps: Deps) -> None:
    """Write down who watches, as requests have noted it."""
    notes = deps.watchers.take()
    try:
        write_down(deps, notes)
    except SQLAlchemyError:
        deps.watchers.lost(notes)
        raise


# --- what is due -----------------------------------------------------------------------------------------------------

_DEFAULT = select(servers.c.id).where(servers.c.is_default).scalar_subquery()
_SERVER = func.coalesce(platforms.c.server_id, _DEFAULT)
_SERVED = (
    live_rooms.join(rooms, rooms.c.id == live_rooms.c.room_id)
    .join(deployments, deployments.c.id == rooms.c.deployment_id)
    .join(platforms, platforms.c.id == deployments.c.platform_id)
)


_TOLD = exists().where(hooks.c.server_id == _SERVER, service_hooks.DELIVERS).correlate(platforms)
"""SQL: events come from the room's server."""


def _rooms() -> Select[tuple[object, ...]]:
    """Live rows of rooms that are served, with their meetingID and server."""
    return (
        select(live_rooms, rooms.c.meeting_id, _SERVER.label("server_id"))
        .select_from(_SERVED)
        .where(platforms.c.enabled, deployments.c.is_active)
    )


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(live_rooms.c.leased_until.is_(None), live_rooms.c.leased_until <= now)


def _not_asked_since(then: datetime) -> ColumnElement[bool]:
    return or_(live_rooms.c.checked_at.is_(None), live_rooms.c.checked_at <= then)


def due(deps: Deps) -> list[Question]:
    """The questions whose time has come and that nobody is at, longest overdue first."""
    now = deps.clock()
    every = timedelta(seconds=deps.settings.live_refresh_s)
    before, before_told = now - every, now - service_hooks.SELDOM * every
    is_watched = live_rooms.c.watched_until > now
    is_stuck = (live_rooms.c.state == LiveState.OPENING) & (live_rooms.c.changed_at <= now - _STUCK)
    with deps.database.reading() as db:
        crowded = _crowded_servers(db, is_watched)
        few = or_(_SERVER.is_(None), _SERVER.not_in(crowded)) if crowded else None
        found = [Question(server_id, None) for server_id in _due_servers(db, crowded, now, before, before_told)]
        for which, then in ((is_watched, before), (is_stuck, now - _STUCK)):
            is_due = _not_asked_since(then)
            if which is is_watched:
                is_due = _not_asked_since(before_told) | (~_TOLD & is_due)
            query = _rooms().where(which, _free(now), is_due)
            if few is not None:
                query = query.where(few)
            rows = db.execute(query.order_by(live_rooms.c.checked_at.nulls_first()).limit(_MOST)).all()
            found.extend(Question(row.server_id, row) for row in rows)
    return found


def _crowded_servers(db: Connection, is_watched: ColumnElement[bool]) -> list[UUID]:
    """Servers with more than a few watched rooms."""
    counted = (
        select(_SERVER.label("server_id"))
        .select_from(_SERVED)
        .where(is_watched, platforms.c.enabled, deployments.c.is_active)
        .subquery()
    )
    grouped = select(counted.c.server_id).where(counted.c.server_id.is_not(None)).group_by(counted.c.server_id)
    return list(db.scalars(grouped.having(func.count() > FEW)))


def _due_servers(
    db: Connection, crowded: list[UUID], now: datetime, before: datetime, before_told: datetime
) -> Iterator[UUID]:
    if not crowded:
        return
    tell = set(db.scalars(select(hooks.c.server_id).where(hooks.c.server_id.in_(crowded), service_hooks.DELIVERS)))
    rows = {row.server_id: row for row in db.execute(select(live_servers).where(live_servers.c.server_id.in_(crowded)))}
    for server_id in crowded:
        row = rows.get(server_id)
        is_free = row is None or row.leased_until is None or row.leased_until <= now
        then = before_told if server_id in tell else before
        if is_free and (row is None or row.checked_at is None or row.checked_at <= then):
            yield server_id


# --- leases ----------------------------------------------------------------------------------------------------------


def take_lease(deps: Deps, question: Question) -> bool:
    """Whether the question is this caller's to put: nobody has moved its row since it was found due."""
    now = deps.clock()
    with deps.database.transaction() as db:
        if question.room is None:
            return _take_server(db, question.server_id, now, deps.settings.live_refresh_s)
        row = question.room
        statement = live_rooms.update().where(
            live_rooms.c.room_id == row.room_id,
            live_rooms.c.version == row.version,
            live_rooms.c.checked_at.is_not_distinct_from(row.checked_at),
            _free(now),
        )
        taken = db.execute(statement.values(leased_until=now + _LEASE).returning(live_rooms.c.room_id))
        return taken.scalar_one_or_none() is not None


def _take_server(db: Connection, server_id: UUID | None, now: datetime, refresh_s: float) -> bool:
    values = {"server_id": server_id, "checked_at": None, "leased_until": None}
    insert_if_new(db, live_servers, values, returning=live_servers.c.server_id)
    checked_at, leased_until = live_servers.c.checked_at, live_servers.c.leased_until
    statement = live_servers.update().where(
        live_servers.c.server_id == server_id,
        or_(checked_at.is_(None), checked_at <= now - timedelta(seconds=refresh_s)),
        or_(leased_until.is_(None), leased_until <= now),
    )
    taken = db.execute(statement.values(leased_until=now + _LEASE).returning(live_servers.c.server_id))
    return taken.scalar_one_or_none() is not None


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(deps: Deps, question: Question, *, session: requests.Session | None = None) -> None:
    """Put a question whose lease is held, and keep the answer; or the trouble that it met."""
    rows = [question.room] if question.room is not None else _watched_of(deps, question.server_id)
    try:
        with deps.database.reading() as db:
            client = deps.elos.of_platform(db, question.server_id, session=session)
        if question.room is not None:
            info = client.meeting_info(question.room.meeting_id)
            found = {question.room.meeting_id: info} if info is not None else {}
        else:
            found = {info.meeting_id: info for info in client.meetings()}
    except ElosError as trouble:
        log.warning("live state not learnt", extra={"code": trouble.code, "server": trouble.server, "rooms": len(rows)})
        _keep_trouble(deps, question, rows, trouble.code)
        return
    _keep(deps, question, rows, found)


def _watched_of(deps: Deps, server_id: UUID | None) -> list[AnyRow]:
    with deps.database.reading() as db:
        return list(db.execute(_rooms().where(live_rooms.c.watched_until > deps.clock(), _SERVER.in_([server_id]))))


def _keep(deps: Deps, question: Question, rows: list[AnyRow], found: dict[str, MeetingInfo]) -> None:
    now = deps.clock()
    unchanged: list[UUID] = []
    untold: set[UUID] = set()
    with deps.database.transaction() as db:
        for row in rows:
            before = live.live_of(row, now=now)
            seen = after(before, _seen(found.get(row.meeting_id)), now=now)
            if _says_the_same(row, seen):
                unchanged.append(row.room_id)
            else:
                live.write(db, row.room_id, before, seen, checked_at=now, version=row.version)
                history.seen(db, row.room_id, before, seen, server_id=row.server_id, now=now)
                is_new = (seen.state, seen.internal_id) != (before.state, before.internal_id)
                if is_new and row.server_id is not None:
                    untold.add(row.server_id)
        for server_id in untold:
            service_hooks.missed(db, server_id, now=now)
        for some in _handfuls(unchanged):
            statement = live_rooms.update().where(live_rooms.c.room_id.in_(some))
            db.execute(statement.values(checked_at=now, leased_until=None, trouble=""))
        if question.room is None:
            statement = live_servers.update().where(live_servers.c.server_id == question.server_id)
            db.execute(statement.values(checked_at=now, leased_until=None))
        else:  # whoever opened or ended the room meanwhile knows better, but the lease is ours to give back
            statement = live_rooms.update().where(live_rooms.c.room_id == question.room.room_id)
            db.execute(statement.where(live_rooms.c.version != question.room.version).values(leased_until=None))
    for row in rows:
        deps.board.forget(row.room_id)


def _says_the_same(row: AnyRow, seen: Live) -> bool:
    known = (row.state, row.participants, row.internal_id, row.create_time_ms, row.opened_at, row.ended_at)
    return known == (
        seen.state,
        seen.participants,
        seen.internal_id,
        seen.create_time_ms,
        seen.opened_at,
        seen.ended_at,
    )


def _keep_trouble(deps: Deps, question: Question, rows: list[AnyRow], code: str) -> None:
    """What was known stays, and says that it is old; one refresh passes before the next question.

    Unless somebody opened or ended the room meanwhile: Elos has answered them since.
    """
    until = deps.clock() + timedelta(seconds=deps.settings.live_refresh_s)
    with deps.database.transaction() as db:
        if question.room is not None:
            statement = live_rooms.update().where(
                live_rooms.c.room_id == question.room.room_id, live_rooms.c.version == question.room.version
            )
            db.execute(statement.values(trouble=code, leased_until=until))
        else:
            for some in _handfuls([row.room_id for row in rows]):
                statement = live_rooms.update().where(live_rooms.c.room_id.in_(some))
                db.execute(statement.values(trouble=code, leased_until=until))
            statement = live_servers.update().where(live_servers.c.server_id == question.server_id)
            db.execute(statement.values(leased_until=until))
    for row in rows:
        deps.board.forget(row.room_id)


def _seen(info: MeetingInfo | None) -> Seen | None:
    if info is None:
        return None
    return Seen(
        internal_id=info.internal_id,
        create_time_ms=info.create_time_ms,
        participants=info.participants,
        started_at=info.started_at,
        is_over=info.has_been_forcibly_ended or info.ended_at is not None,
    )


def _handfuls(ids: list[UUID]) -> Iterable[list[UUID]]:
    """As many as any database takes as parameters."""
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
