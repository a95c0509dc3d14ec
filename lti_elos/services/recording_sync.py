"""Rows of recordings, brought up to date from Elos: on view by one viewer at a time, by events, and by a job.

A list may be of ten thousand: it is read and written in stretches, never held whole (elos-api 4.1), and what is as it
was is not written again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from lti_elos.db.tables import AnyRow, deployments, meetings, platforms, recordings, rooms, servers
from lti_elos.db.upserts import insert_into
from lti_elos.domain.policies import Policies
from lti_elos.domain.recordings import DELETED, DOWNLOADED, LISTED, PROCESSED, PROCESSING, PUBLISHED, WATCHED
from lti_elos.elos.replies import Recording
from lti_elos.errors import ElosError
from lti_elos.services import recording_notices
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import Job

log = logging.getLogger(__name__)

KIND, KIND_OF_ROOM = "recordings", "room-recordings"
EVERY = timedelta(minutes=5)
_LEASE = timedelta(seconds=60)
_TOGETHER = 40
"""Rooms that are asked about at once: as many ids as go into one call."""
_MANY = 400
_DAILY = timedelta(hours=24)
_HOT = timedelta(days=3)
"""How long after a meeting its recording is looked for each time."""
_THUMBNAILS = 3
_KINDS = (*WATCHED, DOWNLOADED)

HOLD = timedelta(seconds=30)
"""After a change of ours the servers need a moment: for so long their lists do not take it back (elos-api 4.2)."""


# --- whose turn it is ------------------------------------------------------------------------------------------------


def is_due(synced_at: datetime | None, leased_until: datetime | None, *, now: datetime, fresh: timedelta) -> bool:
    """Whether a room's list is older than ``fresh``, and nobody is at it."""
    is_old = synced_at is None or synced_at <= now - fresh
    return is_old and (leased_until is None or leased_until <= now)


def refresh(deps: Deps, room_ids: Collection[UUID], *, fresh: timedelta, wait_s: float) -> None:
    """Bring the lists of these rooms up to date where they are older than ``fresh``: in the background, of which the
    caller sees at most ``wait_s``. So a page is as quick with Elos down as with it up.
    """
    taken = _take(deps, room_ids, fresh=fresh)
    if not taken:
        return
    thread = threading.Thread(target=_sync_quietly, args=(deps, taken), name="recordings", daemon=True)
    thread.start()
    thread.join(wait_s)


def _sync_quietly(deps: Deps, taken: Sequence[UUID]) -> None:
    try:
        _sync(deps, taken)
    except Exception:
        log.exception("recordings not learnt")


def work(deps: Deps, _job: Job) -> None:
    """The job that comes by itself: rooms where a recording is expected, and each other one that has any once a day."""
    now = deps.clock()
    expected = or_(
        exists().where(recordings.c.room_id == rooms.c.id, recordings.c.state.in_((PROCESSING, PROCESSED))),
        exists().where(
            meetings.c.room_id == rooms.c.id,
            meetings.c.ended_at > now - _HOT,
            or_(meetings.c.recorded.is_(None), meetings.c.recorded),
            # By the id alone: SQLite would look through all of the room's.
            ~exists().where(recordings.c.internal_id == meetings.c.internal_id, recordings.c.state == PUBLISHED),
        ),
    )
    has_any = or_(
        exists().where(recordings.c.room_id == rooms.c.id, recordings.c.state != DELETED),
        exists().where(meetings.c.room_id == rooms.c.id),
    )
    synced_at = rooms.c.recordings_synced_at
    never = synced_at.is_(None)
    due = or_(
        and_(expected, or_(never, synced_at <= now - EVERY)), and_(has_any, or_(never, synced_at <= now - _DAILY))
    )
    with deps.database.reading() as db:
        # In no order beyond that: those of a server that does not answer stay due, and must not keep others waiting.
        order = (case((expected, 0), else_=1), func.random())
        found = db.scalars(select(rooms.c.id).where(due).order_by(*order).limit(_MANY)).all()
    for start in range(0, len(found), _TOGETHER):
        if taken := _take(deps, found[start : start + _TOGETHER], fresh=EVERY / 2):
            _sync(deps, taken)


def work_of_room(deps: Deps, job: Job) -> None:
    """The job of one room: an event has told of a recording. Raises ElosError, to be tried again."""
    room_id = UUID(job.key)
    if not _sync(deps, [room_id]):
        raise ElosError("its recordings were not learnt")


def _take(deps: Deps, room_ids: Collection[UUID], *, fresh: timedelta) -> list[UUID]:
    """Those of the rooms that are due, from now on this caller's to ask about."""
    now = deps.clock()
    query = select(rooms.c.id, rooms.c.recordings_synced_at, rooms.c.recordings_leased_until)
    with deps.database.reading() as db:
        known = db.execute(query.where(rooms.c.id.in_(room_ids))).all()
    due = sorted(row.id for row in known if is_due(row[1], row[2], now=now, fresh=fresh))
    if not due:
        return []
    old = or_(rooms.c.recordings_synced_at.is_(None), rooms.c.recordings_synced_at <= now - fresh)
    free = or_(rooms.c.recordings_leased_until.is_(None), rooms.c.recordings_leased_until <= now)
    with deps.database.transaction() as db:
        taken = rooms.update().where(rooms.c.id.in_(due), old, free).values(recordings_leased_until=now + _LEASE)
        return list(db.scalars(taken.returning(rooms.c.id)))


# --- asking and keeping ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Owner:
    """A room as its recordings need it."""

    room_id: UUID
    audience: str
    """Of new ones."""


def _sync(deps: Deps, room_ids: Sequence[UUID]) -> bool:
    """Whether every server answered. Where one did not, the lease stays: nobody asks again before it ends."""
    with deps.database.reading() as db:
        asked = _asked_of(db, room_ids)
    failed: set[UUID] = set()
    for server, owners in asked:
        try:
            _sync_server(deps, server, owners)
        except ElosError as trouble:
            log.warning("recordings not learnt", extra={"server": server.name, "code": trouble.code})
            failed |= {one.room_id for one in owners.values()}
    done = [room_id for room_id in room_ids if room_id not in failed]
    with deps.database.transaction() as db:
        db.execute(
            rooms.update()
            .where(rooms.c.id.in_(done))
            .values(recordings_synced_at=deps.clock(), recordings_leased_until=None)
        )
        to_be_told = recording_notices.due(deps, db, done)
    for job_id in to_be_told:
        deps.bell.ring(job_id)
    return not failed


def _asked_of(db: Connection, room_ids: Sequence[UUID]) -> list[tuple[AnyRow, dict[str, _Owner]]]:
    """The servers to ask, each with the meeting ids to ask for and whose they are: a room's own server, and any other
    one where recordings of it lie.
    """
    rows = db.execute(
        select(rooms, platforms.c.server_id, platforms.c.policies)
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .where(rooms.c.id.in_(room_ids))
    ).all()
    lie_on = select(recordings.c.room_id, recordings.c.server_id).where(recordings.c.room_id.in_(room_ids)).distinct()
    elsewhere = [(row.room_id, row.server_id) for row in db.execute(lie_on)]
    known = {row.id: row for row in db.execute(select(servers))}
    default = next((row.id for row in known.values() if row.is_default), None)
    asked: dict[UUID, dict[str, _Owner]] = {}
    for row in rows:
        audience = row.settings.get("recording_audience") or Policies.from_json(row.policies).recording_audience
        owner = _Owner(row.id, audience)
        own = row.server_id if row.server_id in known else default
        for server_id in {own, *(other for room_id, other in elsewhere if room_id == row.id)} - {None}:
            owners = asked.setdefault(server_id, {})
            owners[row.meeting_id] = owner
            for older in row.older_meeting_ids:
                owners.setdefault(older, owner)
    return [(known[server_id], owners) for server_id, owners in asked.items()]


def _sync_server(deps: Deps, server: AnyRow, owners: dict[str, _Owner]) -> None:
    began = deps.clock()
    listed: set[str] = set()

    def keep(found: Sequence[Recording]) -> None:
        listed.update(one.record_id for one in found)
        with deps.database.transaction() as db:
            _keep(db, server.id, owners, found, now=deps.clock())

    deps.elos.of_row(server).recordings(list(owners), keep, states=LISTED)
    mine = (
        recordings.c.server_id == server.id,
        recordings.c.room_id.in_({one.room_id for one in owners.values()}),
        recordings.c.state != DELETED,
        or_(recordings.c.hold_until.is_(None), recordings.c.hold_until <= began),
    )
    with deps.database.transaction() as db:
        known = db.execute(select(recordings.c.id, recordings.c.record_id).where(*mine))
        gone = [row.id for row in known if row.record_id not in listed]
        for start in range(0, len(gone), 500):
            its = recordings.c.id.in_(gone[start : start + 500])
            db.execute(recordings.update().where(its).values(state=DELETED, digest=""))


_KEPT_WHILE_HELD = ("name", "description", "state", "is_protected")
_TOLD = (
    *("internal_id", "name", "description", "state", "started_at", "ended_at", "length_s", "participants"),
    *("size_bytes", "formats", "expires_at", "is_protected", "digest"),
)


def _keep(
    db: Connection, server_id: UUID, owners: dict[str, _Owner], found: Iterable[Recording], *, now: datetime
) -> None:
    """Write down what is new or has changed."""
    told = {one.record_id: (one, _digest(one)) for one in found if one.meeting_id in owners}
    query = select(recordings.c.record_id, recordings.c.digest).where(
        recordings.c.server_id == server_id, recordings.c.record_id.in_(list(told))
    )
    known = {row.record_id: row.digest for row in db.execute(query)}
    rows = [
        _values(one, owners[one.meeting_id], server_id, digest, now)
        for one, digest in told.values()
        if known.get(one.record_id) != digest
    ]
    if not rows:
        return
    statement = insert_into(db.dialect.name, recordings).values(rows)
    new, old = statement.excluded, recordings.c
    is_held = and_(old.hold_until.is_not(None), old.hold_until > now)
    changed: dict[str, Any] = {
        name: case((is_held, old[name]), else_=new[name]) if name in _KEPT_WHILE_HELD else new[name] for name in _TOLD
    }
    changed["digest"] = case((is_held, ""), else_=new.digest)  # what is held is looked at again
    changed["ready_at"] = func.coalesce(old.ready_at, new.ready_at)
    # Deleted from the bin, and still there: it is deleted once more.
    is_back = and_(old.trashed_at.is_not(None), old.delete_at.is_(None), ~func.coalesce(old.hold_until > now, False))
    changed["delete_at"] = case((is_back, now), else_=old.delete_at)
    db.execute(statement.on_conflict_do_update(index_elements=["server_id", "record_id"], set_=changed))


def _values(one: Recording, owner: _Owner, server_id: UUID, digest: str, now: datetime) -> dict[str, Any]:
    formats = _formats(one)
    return {
        "id": uuid4(),
        "server_id": server_id,
        "record_id": one.record_id[:256],
        "room_id": owner.room_id,
        "internal_id": one.internal_id[:256],
        "name": one.name[:500],
        "description": (one.description or "")[:2000],
        "state": one.state[:20],
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "length_s": int(_length(one).total_seconds()),
        "participants": one.participants,
        "size_bytes": one.size_bytes,
        "formats": formats,
        "expires_at": one.expires_at,
        "is_protected": one.is_protected,
        "ready_at": now if one.state == PUBLISHED and formats else None,
        "audience": owner.audience,
        "digest": digest,
    }


def _formats(one: Recording) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "url": each.url, "thumbnails": list(each.thumbnails[:_THUMBNAILS])}
        for each in one.formats
        if each.kind in _KINDS
    ]


def _digest(one: Recording) -> str:
    """The same while the server tells the same."""
    told: list[Any] = [one.internal_id, one.name, one.description, one.state, one.started_at, one.ended_at]
    told += [one.length, one.participants, one.size_bytes, _formats(one), one.expires_at, one.is_protected]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:32]


def _length(one: Recording) -> timedelta:
    if one.length:
        return one.length
    return one.ended_at - one.started_at if one.ended_at and one.started_at else timedelta(0)
