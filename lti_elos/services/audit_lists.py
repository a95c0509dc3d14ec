"""The audit log as operators read it: fifty entries at a time, or a file of many. Ids, and no person's name.

As in services/recording_desk.py a page looks through a bounded stretch, the newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select

from lti_elos.db.tables import AnyRow, audit, operators, platforms, recordings, rooms
from lti_elos.services.deps import Deps

PAGE = 50
STRETCH = 5_000
"""Entries that one page looks through for an action, at most."""
FILE = 10_000
"""Entries of a file, at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was done."""

    id: int
    at: datetime
    action: str
    platform_id: UUID | None
    platform: str
    """"" once it is removed."""
    room_id: UUID | None
    room: str
    recording_id: UUID | None
    """None once its row is gone; the record id stays."""
    recording: str
    record_id: str
    user_id: UUID | None
    operator_id: UUID | None
    operator: str
    """E-mail; "" for none, or one who was removed."""
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the log."""

    items: tuple[Entry, ...]
    onward: int | None
    """What to ask for next; None at the end."""
    looked_back_to: datetime | None
    """Where the stretch was over before the page was full; None otherwise."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries. None and "" are all."""

    platform_id: UUID | None = None
    recording_id: UUID | None = None
    action: str = ""

    def __bool__(self) -> bool:
        return self != Wanted()


def page(deps: Deps, wanted: Wanted, *, before: int | None = None, limit: int = PAGE) -> Page:
    """The newest, or those before an entry."""
    stretch = _stretch(wanted, before)
    with deps.database.reading() as db:
        looked_through = None
        if not wanted.action:
            found = db.execute(stretch.limit(limit + 1)).all()
        else:
            within = stretch.limit(STRETCH).subquery().c
            its = select(within.id).where(within.action == wanted.action)
            found = db.execute(its.order_by(within.id.desc()).limit(limit + 1)).all()
            if len(found) <= limit:
                looked_through = db.execute(stretch.offset(STRETCH - 1).limit(1)).one_or_none()
        ids = [row.id for row in found[:limit]]
        rows = _shown(db, ids)
    onward = ids[-1] if len(found) > limit else looked_through.id if looked_through is not None else None
    return Page(tuple(_entry(row) for row in rows), onward, looked_through.at if looked_through is not None else None)


def whole(deps: Deps, wanted: Wanted) -> list[Entry]:
    """The newest for a file: as many as FILE, wherever in the log they are."""
    chosen = _stretch(wanted, None)
    if wanted.action:
        chosen = chosen.where(audit.c.action == wanted.action)
    inner = chosen.limit(FILE).subquery()
    with deps.database.reading() as db:
        rows = db.execute(_joined().where(audit.c.id.in_(select(inner.c.id))).order_by(audit.c.id.desc())).all()
    return [_entry(row) for row in rows]


def _stretch(wanted: Wanted, before: int | None) -> Select[Any]:
    its = audit.c
    stretch = select(its.id, its.at, its.action).order_by(its.id.desc())
    if wanted.platform_id is not None:
        stretch = stretch.where(its.platform_id == wanted.platform_id)
    if wanted.recording_id is not None:
        stretch = stretch.where(its.recording_id == wanted.recording_id)
    return stretch if before is None else stretch.where(its.id < before)


def _joined() -> Select[Any]:
    return (
        select(
            audit,
            platforms.c.name.label("platform"),
            rooms.c.name.label("room"),
            recordings.c.id.label("row_id"),
            recordings.c.name.label("recording"),
            operators.c.email.label("operator"),
        )
        .outerjoin(platforms, platforms.c.id == audit.c.platform_id)
        .outerjoin(rooms, rooms.c.id == audit.c.room_id)
        .outerjoin(recordings, recordings.c.id == audit.c.recording_id)
        .outerjoin(operators, operators.c.id == audit.c.operator_id)
    )


def _shown(db: Connection, ids: Sequence[int]) -> Sequence[AnyRow]:
    if not ids:
        return []
    return db.execute(_joined().where(audit.c.id.in_(ids)).order_by(audit.c.id.desc())).all()


def _entry(row: AnyRow) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        action=row.action,
        platform_id=row.platform_id,
        platform=row.platform or "",
        room_id=row.room_id,
        room=row.room or "",
        recording_id=row.row_id,
        recording=row.recording or "",
        record_id=row.record_id,
        user_id=row.user_id,
        operator_id=row.operator_id,
        operator=row.operator or "",
        details=row.details,
    )
