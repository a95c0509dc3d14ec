"""The audit log as the managers of a room read it: of all rooms whose recordings they manage, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, select

from lti_elos.db.tables import AnyRow, audit, recordings, users
from lti_elos.domain.audit import Action
from lti_elos.domain.viewer import Viewer
from lti_elos.services import recordings as recording_service
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room

PAGE = 50
MOST = 20_000
"""Lines of a file."""
PLAYS = (Action.PLAYED.value, Action.DOWNLOADED.value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line."""

    id: int
    at: datetime
    action: str
    details: dict[str, object]
    user_id: UUID | None
    is_known: bool
    """The person is: their data may have been erased since."""
    name: str
    typed_name: str | None
    """Both of the person: see ``meetings.name_shown``."""
    is_operator: bool
    record_id: str
    recording_name: str
    started_at: datetime | None
    """None: nothing is known of the recording any more."""


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the log."""

    entries: tuple[Entry, ...]
    older_than: int | None
    newer_than: int | None
    """What to ask for next, and what before; None where there is nothing."""


def page(
    deps: Deps,
    viewer: Viewer,
    room: Room,
    *,
    wanted: str = "",
    older_than: int | None = None,
    newer_than: int | None = None,
) -> Page:
    """:param wanted: "changes", "plays", or "" for both

    Who lacks a whole page after ``newer_than`` is given the newest.
    """
    with deps.database.reading() as db:
        chosen = _chosen(db, viewer, room, wanted)
        if newer_than is not None:
            found = _stretch(db, [*chosen, audit.c.id > newer_than], is_newer=True)
            if len(found) > PAGE:
                return _page(found[:PAGE][::-1], has_older=True, has_newer=True)
            older_than = None
        keyed = chosen if older_than is None else [*chosen, audit.c.id < older_than]
        found = _stretch(db, keyed, is_newer=False)
    return _page(found[:PAGE], has_older=len(found) > PAGE, has_newer=older_than is not None)


def everything(deps: Deps, viewer: Viewer, room: Room, *, wanted: str = "") -> list[Entry]:
    """For a file: the newest MOST."""
    with deps.database.reading() as db:
        query = _entries().where(*_chosen(db, viewer, room, wanted)).order_by(audit.c.id.desc()).limit(MOST)
        return [_entry(row) for row in db.execute(query)]


def _chosen(db: Connection, viewer: Viewer, room: Room, wanted: str) -> list[ColumnElement[bool]]:
    managed = [one.room_id for one in recording_service.places(db, viewer, room) if one.is_managed]
    chosen: list[ColumnElement[bool]] = [audit.c.room_id.in_(managed)]
    if wanted == "plays":
        chosen.append(audit.c.action.in_(PLAYS))
    elif wanted == "changes":
        chosen.append(audit.c.action.not_in(PLAYS))
    return chosen


def _entries() -> Select[tuple[object, ...]]:
    return select(
        audit,
        users.c.id.label("known_id"),
        users.c.name.label("person_name"),
        users.c.typed_name,
        recordings.c.name.label("recording_name"),
        recordings.c.started_at,
    ).select_from(
        audit.outerjoin(users, users.c.id == audit.c.user_id).outerjoin(
            recordings, recordings.c.id == audit.c.recording_id
        )
    )


def _stretch(db: Connection, chosen: Sequence[ColumnElement[bool]], *, is_newer: bool) -> list[AnyRow]:
    order = audit.c.id if is_newer else audit.c.id.desc()
    return list(db.execute(_entries().where(*chosen).order_by(order).limit(PAGE + 1)))


def _page(rows: Sequence[AnyRow], *, has_older: bool, has_newer: bool) -> Page:
    return Page(
        entries=tuple(_entry(row) for row in rows),
        older_than=rows[-1].id if rows and has_older else None,
        newer_than=rows[0].id if rows and has_newer else None,
    )


def _entry(row: AnyRow) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        action=row.action,
        details=row.details,
        user_id=row.user_id,
        is_known=row.known_id is not None,
        name=row.person_name or "",
        typed_name=row.typed_name,
        is_operator=row.operator_id is not None,
        record_id=row.record_id,
        recording_name=row.recording_name or "",
        started_at=row.started_at,
    )
