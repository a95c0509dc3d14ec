"""The recordings that a person may see, from their rows: a page is as quick with Elos down as with it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, or_, select

from lti_elos.db.tables import AnyRow, launches, recording_shares, recordings, rooms
from lti_elos.domain.recordings import DELETED, PUBLISHED, Audience, is_for_everybody
from lti_elos.domain.rooms import leads_on
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import recording_sync
from lti_elos.services import rooms as room_service
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room

PAGE = 20
MOST = 1000
"""As far as they are counted."""
_FRESH = timedelta(seconds=20)
_STALE = timedelta(minutes=1)
_PATIENCE_S, _FIRST_PATIENCE_S = 1.5, 8.0
"""How long a page waits for Elos: with a list to show, and without."""

Key = tuple[datetime, UUID]
"""Where a row stands in the list: when the recording began, and its id."""


# --- where -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A room of the course whose recordings the person sees."""

    room_id: UUID
    name: str
    scope: str
    scope_id: str
    is_managed: bool
    """By the person: all recordings are to be seen, and may be changed."""


def places(db: Connection, viewer: Viewer, room: Room) -> tuple[Place, ...]:
    """The viewer's room first, and others of its course.

    Who manages the course manages its rooms, but for another teacher's own. Others see the course's room, those of
    their groups, the teachers' rooms from one of these, and of the rooms of single links those they came to by one.
    """
    manages = viewer.standing.manages
    own = Place(room.id, room.name, room.scope, room.scope_id, manages)
    if room.course_id is None:
        return (own,)
    here = rooms.c
    query = select(here.id, here.name, here.scope, here.scope_id).where(
        here.course_id == room.course_id, here.deployment_id == viewer.deployment_id, here.id != room.id
    )
    came = exists().where(launches.c.room_id == here.id, launches.c.user_id == viewer.user_id)
    found = db.execute(query.add_columns((literal(manages) if manages else came).label("came")).order_by(here.id)).all()
    others = (
        Place(row.id, row.name, row.scope, row.scope_id, _manages(viewer, row.scope, row.scope_id))
        for row in found
        if manages
        or row.scope == "course"
        or (row.came and row.scope in ("resource", "named"))
        or leads_on(room.scope, to_scope=row.scope, to_scope_id=row.scope_id, groups=viewer.groups, manages=False)
    )
    return (own, *others)


def _manages(viewer: Viewer, scope: str, scope_id: str) -> bool:
    return viewer.standing.manages and (scope != "user" or scope_id == str(viewer.user_id))


# --- one -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A recording that the viewer may see, as it is kept, and where."""

    row: AnyRow
    is_managed: bool


def find(db: Connection, viewer: Viewer, recording_id: UUID) -> Found:
    """A recording from the viewer's room: of one of the course's rooms that they see, or shown in the course as well.

    Raises NotFound for anything else, and for what is not for them.
    """
    found = find_any(db, viewer, recording_id)
    row = found.row
    if not found.is_managed and not is_for_everybody(
        state=row.state, audience=row.audience, is_trashed=row.trashed_at is not None
    ):
        raise NotFound("the recording is not for this person")
    return found


def find_any(db: Connection, viewer: Viewer, recording_id: UUID) -> Found:
    """The same, whether it is for them or not: its row may be older than what was decided at Elos."""
    row = db.execute(select(recordings).where(recordings.c.id == recording_id)).one_or_none()
    if row is None or row.state == DELETED:
        raise NotFound("no such recording")
    room = room_service.read(db, viewer.room_id, within=viewer.deployment_id)
    place = next((one for one in places(db, viewer, room) if one.room_id == row.room_id), None)
    if place is None and not _is_shared(db, recording_id, room.course_id):
        raise NotFound("the recording is of another course")
    return Found(row, place is not None and place.is_managed)


def find_managed(db: Connection, viewer: Viewer, recording_ids: Sequence[UUID]) -> list[AnyRow]:
    """Recordings of rooms that the viewer manages, to be changed: all of them, or NotFound."""
    room = room_service.read(db, viewer.room_id, within=viewer.deployment_id)
    managed = [one.room_id for one in places(db, viewer, room) if one.is_managed]
    query = select(recordings).where(
        recordings.c.id.in_(recording_ids), recordings.c.room_id.in_(managed), recordings.c.state != DELETED
    )
    found = db.execute(query).all()
    if not found or len(found) != len(set(recording_ids)):
        raise NotFound("a recording is of no room that this person manages")
    return list(found)


def _is_shared(db: Connection, recording_id: UUID, course_id: UUID | None) -> bool:
    shares = recording_shares.c
    query = exists().where(shares.recording_id == recording_id, shares.course_id == course_id)
    return course_id is not None and bool(db.scalar(select(query)))


# --- many ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Format:
    """One playback of a recording, at Elos."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One recording, as a list shows it."""

    id: UUID
    room_id: UUID
    is_managed: bool
    is_shared: bool
    """It is another course's, shown in this one as well."""
    name: str
    description: str
    state: str
    started_at: datetime
    length: timedelta
    participants: int | None
    thumbnail: str
    formats: tuple[Format, ...]
    internal_id: str
    audience: Audience
    is_protected: bool | None
    expires_at: datetime | None
    delete_at: datetime | None
    """It is in the bin until then."""
    plays: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them. ``query``: a part of the title or description; "" for all."""

    query: str = ""
    since: datetime | None = None
    until: datetime | None = None
    room_id: UUID | None = None
    audience: Audience | None = None

    def __bool__(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list, newest first."""

    items: tuple[Item, ...]
    total: int
    """Of those that were wanted; at most MOST + 1."""
    older_than: Key | None
    newer_than: Key | None
    """What to ask for next, and what before; None where there is nothing."""
    places: tuple[Place, ...]
    stale_since: datetime | None
    """When Elos could not be asked: the moment of the list; None: fresh."""


def listing(
    deps: Deps,
    viewer: Viewer,
    room: Room,
    wanted: Wanted | None = None,
    *,
    older_than: Key | None = None,
    newer_than: Key | None = None,
    limit: int = PAGE,
) -> Page:
    """The newest that the viewer may see in the course; or those before, or just after, a key."""
    wanted = wanted or Wanted()
    with deps.database.reading() as db:
        seen = places(db, viewer, room)
        synced_at, due = _oldest(db, deps, seen)
    if due:
        wait_s = _FIRST_PATIENCE_S if synced_at is None else _PATIENCE_S
        recording_sync.refresh(deps, due, fresh=_FRESH, wait_s=wait_s)
    with deps.database.reading() as db:
        chosen = _chosen(db, seen, room, wanted)
        rows, older, newer = _stretch(db, chosen, older_than=older_than, newer_than=newer_than, limit=limit)
        counted = select(recordings.c.id).where(*chosen).limit(MOST + 1).subquery()
        total = db.scalar(select(func.count()).select_from(counted)) or 0
        if due:
            synced_at, _ = _oldest(db, deps, seen)
    is_stale = synced_at is None or deps.clock() - synced_at > _STALE
    managed = {one.room_id for one in seen if one.is_managed}
    known = {one.room_id for one in seen}
    return Page(
        items=tuple(_item(row, is_managed=row.room_id in managed, is_shared=row.room_id not in known) for row in rows),
        total=total,
        older_than=(rows[-1].started_at, rows[-1].id) if rows and older else None,
        newer_than=(rows[0].started_at, rows[0].id) if rows and newer else None,
        places=seen,
        stale_since=(synced_at or deps.clock()) if is_stale else None,
    )


def _oldest(db: Connection, deps: Deps, seen: Sequence[Place]) -> tuple[datetime | None, list[UUID]]:
    """When the oldest of the rooms' lists was learnt (None: one never was), and the rooms that are due."""
    query = select(rooms.c.id, rooms.c.recordings_synced_at, rooms.c.recordings_leased_until)
    known = db.execute(query.where(rooms.c.id.in_([one.room_id for one in seen]))).all()
    now = deps.clock()
    due = [row.id for row in known if recording_sync.is_due(row[1], row[2], now=now, fresh=_FRESH)]
    moments = [row[1] for row in known]
    return (None if None in moments else min(moments, default=None)), due


def _chosen(db: Connection, seen: Sequence[Place], room: Room, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The condition of a list; it says in SQL what ``is_for_everybody`` says."""
    its = recordings.c
    for_everybody = and_(its.state == PUBLISHED, its.audience != Audience.TEACHERS.value, its.trashed_at.is_(None))
    within = [one for one in seen if wanted.room_id in (None, one.room_id)]
    managed = [one.room_id for one in within if one.is_managed]
    others = [one.room_id for one in within if not one.is_managed]
    parts: list[ColumnElement[bool]] = []
    if managed:
        parts.append(and_(its.room_id.in_(managed), its.state != DELETED))
    if others:
        parts.append(and_(its.room_id.in_(others), for_everybody))
    if room.course_id is not None and wanted.room_id is None:
        shares = recording_shares.c
        shared = db.scalars(select(shares.recording_id).where(shares.course_id == room.course_id)).all()
        if shared:
            parts.append(and_(its.id.in_(shared), for_everybody))
    chosen: list[ColumnElement[bool]] = [or_(*parts)] if parts else [its.id.is_(None)]
    if wanted.query:
        quoted = wanted.query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        chosen.append(or_(*(text.ilike(f"%{quoted}%", escape="\\") for text in (its.name, its.description))))
    if wanted.since is not None:
        chosen.append(its.started_at >= wanted.since)
    if wanted.until is not None:
        chosen.append(its.started_at < wanted.until)
    if wanted.audience is not None:
        chosen.append(its.audience == wanted.audience.value)
    return chosen


def _stretch(
    db: Connection,
    chosen: Sequence[ColumnElement[bool]],
    *,
    older_than: Key | None,
    newer_than: Key | None,
    limit: int,
) -> tuple[list[AnyRow], bool, bool]:
    """Rows, newest first; whether there are older ones, and newer ones."""
    if newer_than is not None:
        found = _rows(db, chosen, newer_than, is_newer=True, limit=limit)
        if len(found) > limit:  # else: all there is at the top
            return found[:limit][::-1], True, True
        older_than = None
    found = _rows(db, chosen, older_than, is_newer=False, limit=limit)
    return found[:limit], len(found) > limit, older_than is not None


def _rows(
    db: Connection, chosen: Sequence[ColumnElement[bool]], key: Key | None, *, is_newer: bool, limit: int
) -> list[AnyRow]:
    """One more than a page, from the key outwards. The inner query finds them by the index alone."""
    at, its_id = recordings.c.started_at, recordings.c.id
    inner = select(its_id).where(*chosen)
    if key is not None:
        moment, known_id = key
        # The first half alone is what the index is entered by.
        inner = inner.where(
            *(
                (at >= moment, or_(at > moment, its_id > known_id))
                if is_newer
                else (at <= moment, or_(at < moment, its_id < known_id))
            )
        )
    order = (at, its_id) if is_newer else (at.desc(), its_id.desc())
    page = inner.order_by(*order).limit(limit + 1)
    return list(db.execute(select(recordings).where(its_id.in_(page)).order_by(*order)))


def _item(row: AnyRow, *, is_managed: bool, is_shared: bool) -> Item:
    thumbnails = [url for entry in row.formats for url in entry["thumbnails"]]
    return Item(
        id=row.id,
        room_id=row.room_id,
        is_managed=is_managed,
        is_shared=is_shared,
        name=row.name,
        description=row.description,
        state=row.state,
        started_at=row.started_at,
        length=timedelta(seconds=row.length_s),
        participants=row.participants,
        thumbnail=thumbnails[0] if thumbnails else "",
        formats=tuple(Format(entry["kind"], entry["url"]) for entry in row.formats),
        internal_id=row.internal_id,
        audience=Audience(row.audience),
        is_protected=row.is_protected,
        expires_at=row.expires_at,
        delete_at=row.delete_at,
        plays=row.plays,
    )
