"""The recordings that a person may see, from their rows: a page is as quick with Elos down as with it up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, literal, or_, select, union_all

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, launches, meetings, recording_shares, recordings, rooms
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
_APART = 100
"""Rooms that are looked through one by one; SQLite takes 500 at most."""
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
    synced_at: datetime | None = None
    """When its list was learnt last; None: never yet."""
    leased_until: datetime | None = None
    """Somebody is at it until then."""


def places(db: Connection, viewer: Viewer, room: Room) -> tuple[Place, ...]:
    """The viewer's room first, and others of its course.

    Who manages the course manages its rooms, but for another teacher's own. Others see the course's room, those of
    their groups, the teachers' rooms from one of these, and of the rooms of single links those they came to by one.
    """
    manages = viewer.standing.manages
    here = rooms.c
    query = select(
        *(here.id, here.name, here.scope, here.scope_id, here.recordings_synced_at, here.recordings_leased_until)
    )
    of_course = and_(here.course_id == room.course_id, here.deployment_id == viewer.deployment_id)
    came = exists().where(launches.c.room_id == here.id, launches.c.user_id == viewer.user_id)
    found = db.execute(
        query.add_columns((literal(manages) if manages else came).label("came"))
        .where(or_(here.id == room.id, of_course) if room.course_id else here.id == room.id)
        .order_by(here.id != room.id, here.id)
    )
    return tuple(
        Place(
            *(row.id, row.name, row.scope, row.scope_id),
            is_managed=manages if row.id == room.id else _manages(viewer, row.scope, row.scope_id),
            synced_at=row.recordings_synced_at,
            leased_until=row.recordings_leased_until,
        )
        for row in found
        if manages
        or row.id == room.id
        or row.scope == "course"
        or (row.came and row.scope in ("resource", "named"))
        or leads_on(room.scope, to_scope=row.scope, to_scope_id=row.scope_id, groups=viewer.groups, manages=False)
    )


def _manages(viewer: Viewer, scope: str, scope_id: str) -> bool:
    return viewer.standing.manages and (scope != "user" or scope_id == str(viewer.user_id))


# --- one -------------------------------------------------------------------------------------------------------------


_MEETING = (
    select(meetings.c.id)
    .where(meetings.c.room_id == recordings.c.room_id, meetings.c.internal_id == recordings.c.internal_id)
    .scalar_subquery()
    .label("meeting_id")
)


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


def find_item(db: Connection, viewer: Viewer, recording_id: UUID) -> Item:
    """The same, as a list shows it."""
    found = find(db, viewer, recording_id)
    room = room_service.read(db, viewer.room_id, within=viewer.deployment_id)
    is_shared = not found.is_managed and _is_shared(db, recording_id, room.course_id)
    return _item(found.row, is_managed=found.is_managed, is_shared=is_shared)


def find_any(db: Connection, viewer: Viewer, recording_id: UUID) -> Found:
    """The same, whether it is for them or not: its row may be older than what was decided at Elos."""
    row = db.execute(select(recordings, _MEETING).where(recordings.c.id == recording_id)).one_or_none()
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
    ended_at: datetime | None = None
    ready_at: datetime | None = None
    """When it was first seen ready to be watched."""
    meeting_id: UUID | None = None
    """Its session's row; None where nothing is known of it."""


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
    """When Elos could not be asked: the moment of the list; None: fresh, or never learnt."""
    is_awaited: bool = False
    """A room's list was never learnt yet: there may be more."""


def listing(
    deps: Deps,
    viewer: Viewer,
    room: Room,
    wanted: Wanted | None = None,
    *,
    older_than: Key | None = None,
    newer_than: Key | None = None,
) -> Page:
    """The newest that the viewer may see in the course; or those before, or just after, a key."""
    wanted = wanted or Wanted()
    with deps.database.reading() as db:
        seen = places(db, viewer, room)
    if due := _due(deps, seen):
        is_first = all(one.synced_at is None for one in seen)
        recording_sync.refresh(deps, due, fresh=_FRESH, wait_s=_FIRST_PATIENCE_S if is_first else _PATIENCE_S)
    with deps.database.reading() as db:
        if due:
            seen = places(db, viewer, room)
        parts = _parts(seen, room, wanted)
        rows, older, newer = _stretch(db, parts, older_than=older_than, newer_than=newer_than, limit=PAGE)
    managed = {one.room_id for one in seen if one.is_managed}
    known = {one.room_id for one in seen}
    synced = [one.synced_at for one in seen if one.synced_at is not None]
    oldest = min(synced, default=None)
    return Page(
        items=tuple(_item(row, is_managed=row.room_id in managed, is_shared=row.room_id not in known) for row in rows),
        total=rows[0].total if rows else 0,
        older_than=(rows[-1].started_at, rows[-1].id) if rows and older else None,
        newer_than=(rows[0].started_at, rows[0].id) if rows and newer else None,
        places=seen,
        stale_since=oldest if oldest is not None and deps.clock() - oldest > _STALE else None,
        is_awaited=len(synced) < len(seen),
    )


@dataclass(frozen=True, slots=True)
class Recent:
    """The newest of one room."""

    items: tuple[Item, ...]
    total: int
    """At most MOST + 1."""


def recent(deps: Deps, viewer: Viewer, room: Room, limit: int) -> Recent:
    """The room's own newest that the viewer may see: for its page, which thousands open in one minute."""
    manages = viewer.standing.manages
    known, newest = _RECENT[manages]

    def read() -> tuple[AnyRow, list[AnyRow]]:
        with deps.database.reading() as db:
            state = known.first(db, of_room=room.id)
            return state, newest.all(db, of_room=room.id, most=limit) if state is not None and state.total else []

    state, rows = read()
    if state is not None and recording_sync.is_due(
        state.recordings_synced_at, state.recordings_leased_until, now=deps.clock(), fresh=_FRESH
    ):
        wait_s = _FIRST_PATIENCE_S if state.recordings_synced_at is None else _PATIENCE_S
        recording_sync.refresh(deps, [room.id], fresh=_FRESH, wait_s=wait_s)
        state, rows = read()
    return Recent(tuple(_item(row, is_managed=manages, is_shared=False) for row in rows), state.total if state else 0)


def _recent(*conditions: ColumnElement[bool]) -> tuple[Prepared, Prepared]:
    """When the room's list was learnt and how many are in it; and the newest."""
    its = recordings.c
    of_room = (its.room_id == bindparam("of_room"), *conditions)
    counted = select(its.id).where(*of_room).limit(MOST + 1).subquery()
    total = select(func.count()).select_from(counted).scalar_subquery().label("total")
    state = select(rooms.c.recordings_synced_at, rooms.c.recordings_leased_until, total)
    newest = select(recordings, _MEETING).where(*of_room).order_by(its.started_at.desc(), its.id.desc())
    return (
        Prepared(state.where(rooms.c.id == bindparam("of_room"))),
        Prepared(newest.limit(bindparam("most"))),
    )


FOR_EVERYBODY = and_(
    recordings.c.state == PUBLISHED,
    recordings.c.audience != Audience.TEACHERS.value,
    recordings.c.trashed_at.is_(None),
)
"""What ``is_for_everybody`` says, in SQL."""
_RECENT = {True: _recent(recordings.c.state != DELETED), False: _recent(FOR_EVERYBODY)}


def _due(deps: Deps, seen: Sequence[Place]) -> list[UUID]:
    """The rooms whose lists are old, and nobody at it."""
    now = deps.clock()
    return [
        one.room_id for one in seen if recording_sync.is_due(one.synced_at, one.leased_until, now=now, fresh=_FRESH)
    ]


Part = list[ColumnElement[bool]]
"""The condition of one room's recordings, or of those that are shown here as well. No recording is in two parts."""


def _parts(seen: Sequence[Place], room: Room, wanted: Wanted) -> list[Part]:
    """What a list is put together of, room by room: so the index gives each one's newest without reading the others."""
    its = recordings.c
    within = [one for one in seen if wanted.room_id in (None, one.room_id)]
    chosen = _chosen(wanted)
    states = {True: its.state != DELETED, False: FOR_EVERYBODY}
    if len(within) <= _APART:
        parts: list[Part] = [[its.room_id == one.room_id, states[one.is_managed], *chosen] for one in within]
    else:
        both = {managed: [one.room_id for one in within if one.is_managed is managed] for managed in states}
        parts = [[its.room_id.in_(ids), states[managed], *chosen] for managed, ids in both.items() if ids]
    if room.course_id is not None and wanted.room_id is None:
        shares = recording_shares.c
        shared = select(shares.recording_id).where(shares.course_id == room.course_id)
        elsewhere = its.room_id.not_in([one.room_id for one in seen])
        parts.append([its.id.in_(shared), elsewhere, FOR_EVERYBODY, *chosen])
    return parts


def _chosen(wanted: Wanted) -> Part:
    its = recordings.c
    chosen: Part = []
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
    db: Connection, parts: Sequence[Part], *, older_than: Key | None, newer_than: Key | None, limit: int
) -> tuple[list[AnyRow], bool, bool]:
    """Rows, newest first, each with the ``total``; whether there are older ones, and newer ones."""
    if not parts:
        return [], False, False
    if newer_than is not None:
        found = _rows(db, parts, newer_than, is_newer=True, limit=limit)
        if len(found) > limit:  # else: all there is at the top
            return found[:limit][::-1], True, True
        older_than = None
    found = _rows(db, parts, older_than, is_newer=False, limit=limit)
    return found[:limit], len(found) > limit, older_than is not None


def _rows(db: Connection, parts: Sequence[Part], key: Key | None, *, is_newer: bool, limit: int) -> list[AnyRow]:
    """One more than a page, from the key outwards. The inner queries find them by the index alone."""
    at, its_id = recordings.c.started_at, recordings.c.id
    beyond: Part = []
    if key is not None:
        moment, known_id = key
        # The first half alone is what the index is entered by.
        beyond = (
            [at >= moment, or_(at > moment, its_id > known_id)]
            if is_newer
            else [at <= moment, or_(at < moment, its_id < known_id)]
        )
    order = (at, its_id) if is_newer else (at.desc(), its_id.desc())
    each = [
        select(select(its_id, at).where(*part, *beyond).order_by(*order).limit(limit + 1).subquery()) for part in parts
    ]
    found = union_all(*each).subquery()
    by = (found.c.started_at, found.c.id)
    page = select(found.c.id).order_by(*(by if is_newer else (one.desc() for one in by))).limit(limit + 1)
    counted = union_all(*(select(its_id).where(*part) for part in parts)).limit(MOST + 1).subquery()
    total = select(func.count()).select_from(counted).scalar_subquery()
    query = select(recordings, _MEETING, total.label("total"))
    return list(db.execute(query.where(its_id.in_(page)).order_by(*order)))


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
        ended_at=row.ended_at,
        ready_at=row.ready_at,
        meeting_id=row.meeting_id,
    )
