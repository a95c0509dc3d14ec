"""The recordings of a room: rows, brought up to date from Elos by one viewer at a time.

Pages are served from rows, so they are as quick with Elos down as with it up, and a class that opens the page at once
asks Elos once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, func, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, recordings, rooms
from lti_elos.db.upserts import insert_or_update
from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.viewer import Viewer
from lti_elos.elos.replies import Recording
from lti_elos.errors import ElosError, NotFound, RecordingGone
from lti_elos.services import rooms as room_service
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room

log = logging.getLogger(__name__)

PAGE = 20
_FRESH = timedelta(seconds=20)
_LEASE = timedelta(seconds=30)
_STALE = timedelta(minutes=1)
_PLAY_FRESH = timedelta(minutes=2)
"""Protected servers hand out playback links that expire within the hour: a link is never older than this at a click."""

PLAYABLE_KINDS = ("presentation", "video", "podcast", "notes", "screenshare", "presentation_video")
_STATES = ("published", "unpublished", "processing", "processed")


@dataclass(frozen=True, slots=True)
class Format:
    """One playback of a recording, at Elos."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One recording, as a list shows it."""

    id: UUID
    name: str
    state: str
    started_at: datetime
    length: timedelta
    participants: int | None
    thumbnail: str
    formats: tuple[Format, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list, newest first."""

    items: tuple[Item, ...]
    total: int
    offset: int
    stale_since: datetime | None
    """When Elos could not be asked: the moment of the list; None: fresh."""


_SYNC = select(rooms.c.recordings_synced_at, rooms.c.recordings_leased_until).where(rooms.c.id == bindparam("room_id"))
_SYNC_STATE = Prepared(_SYNC)


def _lists(*states: str, is_search: bool) -> tuple[Prepared, Prepared]:
    """The sync state with how many there are in these states (and of the wanted name), and a stretch of them."""
    chosen = [recordings.c.room_id == bindparam("room_id"), or_(*(recordings.c.state == state for state in states))]
    if is_search:
        chosen.append(recordings.c.name.ilike(bindparam("pattern"), escape="\\"))
    total = select(func.count()).select_from(recordings).where(*chosen).scalar_subquery().label("total")
    newest = select(recordings).where(*chosen).order_by(recordings.c.started_at.desc(), recordings.c.id)
    return (
        Prepared(_SYNC.add_columns(total)),
        Prepared(newest.limit(bindparam("limit")).offset(bindparam("offset"))),
    )


_LISTS = {
    (sees_all, is_search): _lists(*(_STATES if sees_all else ("published",)), is_search=is_search)
    for sees_all in (True, False)
    for is_search in (True, False)
}


def listing(deps: Deps, viewer: Viewer, room: Room, *, query: str = "", offset: int = 0, limit: int = PAGE) -> Page:
    """What the viewer may see of their room: published ones; managers all that is not deleted."""
    sees_all, wanted = may(viewer.standing, Ability.SEE_ALL_RECORDINGS), query.strip()

    def read() -> _Read:
        with deps.database.reading() as db:
            return _read(db, room.id, sees_all=sees_all, query=wanted, offset=offset, limit=limit)

    found, failed = read(), False
    if _is_due(found.synced_at, found.leased_until, now=deps.clock(), fresh=_FRESH):
        failed = not _sync(deps, room, _FRESH)
        found = read()
    now, synced_at, leased_until = deps.clock(), found.synced_at, found.leased_until
    # A failed question keeps its lease: who comes while it lasts sees an old list too, and is told so.
    is_old = synced_at is not None and now - synced_at > _STALE and leased_until is not None and leased_until > now
    stale = (synced_at or now) if failed or is_old else None
    return Page(tuple(_item(row) for row in found.rows), found.total, offset, stale)


@dataclass(frozen=True, slots=True)
class _Read:
    """A stretch of the list as it is kept, and when it was or is being brought up to date."""

    total: int
    rows: list[AnyRow]
    synced_at: datetime | None
    leased_until: datetime | None


def _read(db: Connection, room_id: UUID, *, sees_all: bool, query: str, offset: int, limit: int) -> _Read:
    known, stretch = _LISTS[sees_all, bool(query)]
    quoted = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    chosen = {"room_id": room_id} | ({"pattern": f"%{quoted}%"} if quoted else {})
    synced_at, leased_until, total = known.first(db, **chosen)
    rows = stretch.all(db, **chosen, limit=limit, offset=offset) if total else []
    return _Read(total, rows, synced_at, leased_until)


def playback_url(deps: Deps, viewer: Viewer, recording_id: UUID, kind: str) -> str:
    """Where to send a person who clicked play: authorised now, the link as Elos told it lately.

    Raises NotFound (another room's, or not for this person) or RecordingGone (not playable now).
    """
    room = room_service.find(deps, viewer)
    _sync(deps, room, _PLAY_FRESH)
    with deps.database.reading() as db:
        row = db.execute(
            select(recordings).where(recordings.c.id == recording_id, recordings.c.room_id == room.id)
        ).one_or_none()
    if row is None:
        raise NotFound("no such recording in this room")
    if row.state != "published" and not may(viewer.standing, Ability.SEE_ALL_RECORDINGS):
        raise NotFound("the recording is not published")
    for one in _item(row).formats:
        if one.kind == kind:
            log.info("recording played", extra={"room_id": str(room.id), "recording_id": str(recording_id)})
            return one.url
    raise RecordingGone(f"state {row.state}, no playback {kind[:20]}")


def _sync(deps: Deps, room: Room, fresh: timedelta) -> bool:
    """Bring the rows up to date unless they are fresh or another viewer is at it. False: Elos did not answer."""
    if not _take_lease(deps, room.id, fresh):
        return True
    try:
        with deps.database.reading() as db:
            client = deps.elos.of_platform(db, room.server_id)
        found = client.recordings([room.meeting_id, *room.older_meeting_ids], states=_STATES)
    except ElosError as trouble:
        log.warning("recordings not learnt", extra={"room_id": str(room.id), "code": trouble.code})
        return False  # the lease stays: nobody asks again before it ends
    now = deps.clock()
    with deps.database.transaction() as db:
        _keep(db, room.id, found)
        db.execute(
            rooms.update().where(rooms.c.id == room.id).values(recordings_synced_at=now, recordings_leased_until=None)
        )
    return True


def _take_lease(deps: Deps, room_id: UUID, fresh: timedelta) -> bool:
    now = deps.clock()
    with deps.database.reading() as db:
        state = _SYNC_STATE.first(db, room_id=room_id)
    if state is None or not _is_due(*state, now=now, fresh=fresh):
        return False
    old = (rooms.c.recordings_synced_at.is_(None)) | (rooms.c.recordings_synced_at <= now - fresh)
    free = (rooms.c.recordings_leased_until.is_(None)) | (rooms.c.recordings_leased_until <= now)
    with deps.database.transaction() as db:
        statement = rooms.update().where(rooms.c.id == room_id, old, free).values(recordings_leased_until=now + _LEASE)
        return db.execute(statement.returning(rooms.c.id)).scalar_one_or_none() is not None


def _is_due(synced_at: datetime | None, leased_until: datetime | None, *, now: datetime, fresh: timedelta) -> bool:
    is_old = synced_at is None or synced_at <= now - fresh
    return is_old and (leased_until is None or leased_until <= now)


def _keep(db: Connection, room_id: UUID, found: Sequence[Recording]) -> None:
    for one in found:
        values = {
            "id": uuid4(),
            "room_id": room_id,
            "record_id": one.record_id,
            "internal_id": one.internal_id,
            "name": one.name[:500],
            "state": one.state,
            "started_at": one.started_at,
            "length_s": int(_length(one).total_seconds()),
            "participants": one.participants,
            "formats": [
                {"kind": each.kind, "url": each.url, "thumbnails": list(each.thumbnails[:3])}
                for each in one.formats
                if each.kind in PLAYABLE_KINDS
            ],
        }
        update = [column for column in values if column not in ("id", "room_id", "record_id")]
        insert_or_update(db, recordings, values, key=["room_id", "record_id"], update=update, returning=recordings.c.id)
    gone = recordings.delete().where(recordings.c.room_id == room_id)
    db.execute(gone.where(recordings.c.record_id.not_in([one.record_id for one in found])))


def _length(one: Recording) -> timedelta:
    if one.length:
        return one.length
    return one.ended_at - one.started_at if one.ended_at and one.started_at else timedelta(0)


def _item(row: AnyRow) -> Item:
    formats = tuple(Format(entry["kind"], entry["url"]) for entry in row.formats)
    thumbnails = [url for entry in row.formats for url in entry["thumbnails"] if url.startswith("https://")]
    return Item(
        id=row.id,
        name=row.name,
        state=row.state,
        started_at=row.started_at,
        length=timedelta(seconds=row.length_s),
        participants=row.participants,
        thumbnail=thumbnails[0] if thumbnails else "",
        formats=formats,
    )
