"""The runs of a room ("sessions", to people), as its managers look back on them: recorded or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, live_rooms, meetings, recordings, users
from lti_elos.domain.live import LiveState
from lti_elos.domain.meetings import Ended
from lti_elos.services.deps import Deps

PAGE = 50

Key = tuple[datetime, UUID]
"""Where a row stands in the list: when the meeting was created, and its id."""


@dataclass(frozen=True, slots=True)
class Run:
    """One meeting of the room."""

    id: UUID
    began_at: datetime
    opened_by: UUID | None
    name: str
    typed_name: str | None
    """Both of who opened it: see ``meetings.name_shown``."""
    length: timedelta | None
    """From the first person's coming to the end; None while it runs, and where that is not known."""
    is_live: bool
    present: int
    """While it is live."""
    people: int | None
    """None: no event told."""
    peak: int
    ended: Ended
    has_ended: bool
    """False, and not live: nobody told us of its end."""
    recorded: bool | None
    has_recording: bool
    """In the list of recordings."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them. ``opener``: a part of the name of who opened it; "" for all."""

    opener: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list, newest first."""

    items: tuple[Run, ...]
    total: int
    """Of those that were wanted."""
    oldest_at: datetime | None
    newest_at: datetime | None
    """Of all there are; None: none."""
    older_than: Key | None
    newer_than: Key | None
    """What to ask for next, and what before; None where there is nothing."""


IS_LIVE = and_(
    live_rooms.c.room_id == meetings.c.room_id,
    live_rooms.c.internal_id == meetings.c.internal_id,
    or_(live_rooms.c.state == LiveState.OPEN.value, live_rooms.c.state == LiveState.OPENING.value),
    meetings.c.ended_at.is_(None),
)
_OPENED = meetings.outerjoin(users, users.c.id == meetings.c.opened_by)
_RUNS = (
    select(meetings, users.c.name, users.c.typed_name, live_rooms.c.participants)
    .select_from(_OPENED.outerjoin(live_rooms, IS_LIVE))
    .where(meetings.c.room_id == bindparam("room_id"))
)
_NEWEST_FIRST = meetings.c.created_at.desc(), meetings.c.id.desc()
_LATEST = Prepared(_RUNS.order_by(*_NEWEST_FIRST).limit(bindparam("limit")))


def latest(deps: Deps, room_id: UUID, limit: int) -> tuple[Run, ...]:
    """The last ones, without asking for their recordings."""
    with deps.database.reading() as db:
        return tuple(_run(row, has_recording=False) for row in _LATEST.all(db, room_id=room_id, limit=limit))


def listing(
    deps: Deps, room_id: UUID, wanted: Wanted, *, older_than: Key | None = None, newer_than: Key | None = None
) -> Page:
    """The newest; or those before, or just after, a key. Who lacks a whole page after it is given the newest."""
    chosen = _chosen(wanted)
    with deps.database.reading() as db:
        total, oldest_at, newest_at = _known(db, room_id, chosen)
        rows: list[AnyRow] = []
        has_newer, has_older = older_than is not None, True
        if newer_than is not None:
            rows = _stretch(db, room_id, chosen, newer_than, is_newer=True)
            has_newer = len(rows) > PAGE
            rows = rows[:PAGE][::-1] if has_newer else []
        if not rows:
            rows = _stretch(db, room_id, chosen, older_than, is_newer=False)
            has_older, rows = len(rows) > PAGE, rows[:PAGE]
        recorded = _with_recordings(db, room_id, rows)
    return Page(
        items=tuple(_run(row, has_recording=row.internal_id in recorded) for row in rows),
        total=total,
        oldest_at=oldest_at,
        newest_at=newest_at,
        older_than=(rows[-1].created_at, rows[-1].id) if rows and has_older else None,
        newer_than=(rows[0].created_at, rows[0].id) if rows and has_newer else None,
    )


def _chosen(wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if wanted.opener:
        quoted = wanted.opener.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        # The name that is shown: a typed one only where the LMS tells none.
        shown = func.coalesce(func.nullif(users.c.name, ""), users.c.typed_name)
        chosen.append(shown.ilike(f"%{quoted}%", escape="\\"))
    if wanted.since is not None:
        chosen.append(meetings.c.created_at >= wanted.since)
    if wanted.until is not None:
        chosen.append(meetings.c.created_at < wanted.until)
    return chosen


def _known(
    db: Connection, room_id: UUID, chosen: Sequence[ColumnElement[bool]]
) -> tuple[int, datetime | None, datetime | None]:
    of_room = meetings.c.room_id == room_id
    total = select(func.count()).select_from(_OPENED).where(of_room, *chosen).scalar_subquery()
    oldest = select(func.min(meetings.c.created_at)).where(of_room).scalar_subquery()
    newest = select(func.max(meetings.c.created_at)).where(of_room).scalar_subquery()
    row = db.execute(select(total, oldest, newest)).one()
    return row[0], row[1], row[2]


def _stretch(
    db: Connection, room_id: UUID, chosen: Sequence[ColumnElement[bool]], key: Key | None, *, is_newer: bool
) -> list[AnyRow]:
    """One more than a page, from the key outwards."""
    created_at, its_id = meetings.c.created_at, meetings.c.id
    query = _RUNS.where(*chosen).limit(PAGE + 1)
    if key is not None:
        at, known_id = key
        # The first half alone is what the index is entered by.
        query = (
            query.where(created_at >= at, or_(created_at > at, its_id > known_id))
            if is_newer
            else query.where(created_at <= at, or_(created_at < at, its_id < known_id))
        )
    order: tuple[Any, ...] = (created_at, its_id) if is_newer else _NEWEST_FIRST
    return list(db.execute(query.order_by(*order), {"room_id": room_id}))


def _with_recordings(db: Connection, room_id: UUID, rows: Sequence[AnyRow]) -> set[str]:
    """The internal ids of those that are in the list of recordings."""
    if not rows:
        return set()
    query = select(recordings.c.internal_id).where(
        recordings.c.room_id == room_id,
        recordings.c.internal_id.in_([row.internal_id for row in rows]),
        recordings.c.state != "deleted",
    )
    return set(db.scalars(query))


def length_of(row: AnyRow) -> timedelta | None:
    """See :class:`Run`. ``row`` has the columns of ``meetings``."""
    is_known = row.ended_at is not None and row.ended != Ended.UNUSED
    return max(row.ended_at - (row.opened_at or row.created_at), timedelta(0)) if is_known else None


def _run(row: AnyRow, *, has_recording: bool) -> Run:
    is_live = row.participants is not None
    return Run(
        id=row.id,
        began_at=row.created_at,
        opened_by=row.opened_by,
        name=row.name or "",
        typed_name=row.typed_name,
        length=length_of(row),
        is_live=is_live,
        present=row.participants or 0,
        people=row.people if row.told_at is not None else None,
        peak=row.peak,
        ended=Ended(row.ended),
        has_ended=row.ended_at is not None,
        recorded=True if has_recording else row.recorded,
        has_recording=has_recording,
    )
