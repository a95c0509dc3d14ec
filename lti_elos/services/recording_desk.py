"""Recordings as operators look at them: what is stored where, looking for one, and one with all that is known of it.

A page looks through a bounded stretch of the newest, in an index's order, and says how far back that was: it costs the
same over a hundred recordings and over millions. What is counted is counted now and then (``storage``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Subquery, func, literal, or_, select, union

from lti_elos.db.tables import (
    AnyRow,
    courses,
    deployments,
    platforms,
    recording_links,
    recording_shares,
    recordings,
    rooms,
    servers,
)
from lti_elos.domain.recordings import DELETED, PROCESSED, PROCESSING, PUBLISHED, UNPUBLISHED, Audience
from lti_elos.errors import NotFound
from lti_elos.services.deps import Deps

PAGE = 50
STRETCH = 5_000
"""Recordings that one page looks through for a text or a state, at most."""
SOON = timedelta(days=30)
CHOICES = 50
"""Platforms to choose from, at most; any other one's page leads to its recordings."""
_ID_FROM = 20
"""Letters, at least, of what may be a record id: they are searched for whole."""

Key = tuple[datetime, UUID]
"""Where a row stands: when the recording began (or goes, in those lists), and its id."""

State = Literal["published", "unpublished", "processing", "bin", "expiring", "deleted"]
STATES: tuple[State, ...] = get_args(State)
SOONEST_FIRST = ("expiring", "bin")
"""Lists in the order in which their recordings will go."""


# --- what is stored --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one server, or one platform, has."""

    id: UUID | None
    name: str
    number: int
    size_bytes: int
    """As the servers tell it."""
    expiring: int
    """Within 30 days, by the server itself."""
    in_bin: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Storage:
    """All that is kept, and where. Largest first."""

    total: Shelf
    servers: tuple[Shelf, ...]
    platforms: tuple[Shelf, ...]
    counted_at: datetime


def storage(deps: Deps) -> Storage:
    """Reads every recording's row: pages keep its answer for a while."""
    now = deps.clock()
    its = recordings.c
    by_room = (
        select(
            its.server_id,
            its.room_id,
            func.count().label("number"),
            func.sum(its.size_bytes).label("size"),
            func.count().filter(its.expires_at <= now + SOON).label("expiring"),
            func.count().filter(its.delete_at.is_not(None)).label("in_bin"),
            func.min(its.started_at).label("oldest"),
        )
        .where(its.state != DELETED)
        .group_by(its.room_id, its.server_id)
        .subquery()
    )
    query = (
        select(
            by_room.c.server_id,
            deployments.c.platform_id,
            func.sum(by_room.c.number).label("number"),
            func.sum(by_room.c.size).label("size"),
            func.sum(by_room.c.expiring).label("expiring"),
            func.sum(by_room.c.in_bin).label("in_bin"),
            func.min(by_room.c.oldest).label("oldest"),
        )
        .join(rooms, rooms.c.id == by_room.c.room_id)
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .group_by(by_room.c.server_id, deployments.c.platform_id)
    )
    with deps.database.reading() as db:
        rows = db.execute(query).all()
        of_servers = {row.id: row.name for row in db.execute(select(servers.c.id, servers.c.name))}
        of_platforms = {row.id: row.name for row in db.execute(select(platforms.c.id, platforms.c.name))}
    return Storage(
        total=_shelf(None, "", rows),
        servers=_shelves(rows, "server_id", of_servers),
        platforms=_shelves(rows, "platform_id", of_platforms),
        counted_at=now,
    )


def _shelves(rows: Sequence[AnyRow], of: str, names: dict[UUID, str]) -> tuple[Shelf, ...]:
    together: dict[UUID, list[AnyRow]] = {}
    for row in rows:
        together.setdefault(getattr(row, of), []).append(row)
    found = (_shelf(one, names.get(one, ""), its) for one, its in together.items())
    return tuple(sorted(found, key=lambda one: (-one.size_bytes, -one.number, one.name)))


def _shelf(its_id: UUID | None, name: str, rows: Iterable[AnyRow]) -> Shelf:
    rows = list(rows)
    return Shelf(
        id=its_id,
        name=name,
        number=sum(int(row.number) for row in rows),
        size_bytes=sum(int(row.size) for row in rows),
        expiring=sum(int(row.expiring) for row in rows),
        in_bin=sum(int(row.in_bin) for row in rows),
        oldest=min((row.oldest for row in rows), default=None),
    )


# --- looking for one -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list."""

    id: UUID
    name: str
    state: str
    """The server's word; "bin" while it is in the bin."""
    started_at: datetime
    length: timedelta
    size_bytes: int
    room: str
    platform_id: UUID
    platform: str
    expires_at: datetime | None
    delete_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list."""

    items: tuple[Listed, ...]
    onward: Key | None
    """What to ask for next; None at the end."""
    looked_back_to: datetime | None
    """Where the stretch was over before the page was full; None: all was looked through, or the page is full."""


def page(
    deps: Deps, *, query: str = "", platform_id: UUID | None = None, state: str = "", after: Key | None = None
) -> Page:
    """The newest first; what expires or is in the bin: what goes next first.

    :param query: part of a title or of a room's name, or a whole record id (or internal meeting id)
    :param state: one of STATES; "" for all that the servers have
    """
    with deps.database.reading() as db:
        if len(query) >= _ID_FROM and (known := _by_record_id(db, query)):
            rows = _shown(db, known, recordings.c.started_at.desc())
            return Page(tuple(_listed(row) for row in rows), None, None)
        return _search(db, query, platform_id, state, after, now=deps.clock())


def _by_record_id(db: Connection, query: str) -> list[UUID]:
    its = recordings.c
    on_servers = its.server_id.in_(select(servers.c.id))  # the index begins with the server
    by_record = select(its.id).where(on_servers, its.record_id == query)
    return list(db.scalars(union(by_record, select(its.id).where(its.internal_id == query)).limit(PAGE)))


def _search(
    db: Connection, query: str, platform_id: UUID | None, state: str, after: Key | None, *, now: datetime
) -> Page:
    its = recordings.c
    is_soonest_first = state in SOONEST_FIRST
    at: ColumnElement[datetime] = {"expiring": its.expires_at, "bin": its.delete_at}.get(state, its.started_at)
    order = (at, its.id) if is_soonest_first else (at.desc(), its.id.desc())
    stretch = select(its.id, at.label("at"), its.name, its.state, its.trashed_at, its.room_id).order_by(*order)
    stretch = stretch.where(*_in_order(state, now))
    if platform_id is not None:
        of_platform = select(rooms.c.id).join(deployments, deployments.c.id == rooms.c.deployment_id)
        stretch = stretch.where(its.room_id.in_(of_platform.where(deployments.c.platform_id == platform_id)))
    if after is not None:
        moment, known = after
        # The first half alone is what the index is entered by.
        beyond = (at >= moment, or_(at > moment, its.id > known))
        before = (at <= moment, or_(at < moment, its.id < known))
        stretch = stretch.where(*(beyond if is_soonest_first else before))
    if not query and state in ("", *SOONEST_FIRST):
        found = db.execute(stretch.limit(PAGE + 1)).all()
        looked_through = None
    else:
        within = stretch.limit(STRETCH).subquery()
        inner = within.c
        again = (inner.at, inner.id) if is_soonest_first else (inner.at.desc(), inner.id.desc())
        found = db.execute(
            select(inner.id, inner.at).where(*_wanted(within, query, state)).order_by(*again).limit(PAGE + 1)
        ).all()
        looked_through = None
        if len(found) <= PAGE:
            looked_through = db.execute(stretch.offset(STRETCH - 1).limit(1)).one_or_none()
    shown = found[:PAGE]
    onward = shown[-1] if len(found) > PAGE else looked_through
    rows = _shown(db, [row.id for row in shown], *order)
    return Page(
        items=tuple(_listed(row) for row in rows),
        onward=(onward.at, onward.id) if onward is not None else None,
        looked_back_to=looked_through.at if looked_through is not None else None,
    )


def _in_order(state: str, now: datetime) -> list[ColumnElement[bool]]:
    """What is found by an index, or nearly always holds."""
    its = recordings.c
    if state == "deleted":
        return []
    if state == "bin":
        return [its.delete_at.is_not(None), its.state != DELETED]
    if state == "expiring":
        return [its.expires_at.is_not(None), its.expires_at <= now + SOON, its.state != DELETED]
    return [its.state != DELETED]


def _wanted(within: Subquery, query: str, state: str) -> list[ColumnElement[bool]]:
    """What each of the stretch is looked at for."""
    its = within.c
    wanted: list[ColumnElement[bool]] = []
    if state in (PUBLISHED, UNPUBLISHED):
        wanted += [its.state == state, its.trashed_at.is_(None)]
    elif state == PROCESSING:
        wanted.append(its.state.in_((PROCESSING, PROCESSED)))
    elif state == DELETED:
        wanted.append(its.state == DELETED)
    if query:
        part = query.lower()
        of_room = select(rooms.c.name).where(rooms.c.id == its.room_id).scalar_subquery()
        wanted.append(or_(*(func.lower(text).contains(part, autoescape=True) for text in (its.name, of_room))))
    return wanted


def _shown(db: Connection, ids: Sequence[UUID], *order: Any) -> Sequence[AnyRow]:
    """As a list shows them."""
    if not ids:
        return []
    query = (
        select(
            recordings, rooms.c.name.label("room"), platforms.c.id.label("platform_id"), platforms.c.name.label("lms")
        )
        .join(rooms, rooms.c.id == recordings.c.room_id)
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .where(recordings.c.id.in_(ids))
    )
    return db.execute(query.order_by(*order)).all()


def _listed(row: AnyRow) -> Listed:
    return Listed(
        id=row.id,
        name=row.name,
        state="bin" if row.trashed_at is not None and row.state != DELETED else row.state,
        started_at=row.started_at,
        length=timedelta(seconds=row.length_s),
        size_bytes=row.size_bytes,
        room=row.room,
        platform_id=row.platform_id,
        platform=row.lms,
        expires_at=row.expires_at,
        delete_at=row.delete_at,
    )


def choices(deps: Deps, chosen: UUID | None) -> list[tuple[UUID, str]]:
    """Platforms to choose from, by name: the first ones, and the chosen one."""
    of = platforms.c
    first = select(of.id, of.name, literal(0).label("rank")).order_by(of.name, of.id).limit(CHOICES)
    with deps.database.reading() as db:
        found = [(row.id, row.name) for row in db.execute(first)]
        if chosen is not None and chosen not in dict(found):
            found += [(row.id, row.name) for row in db.execute(select(of.id, of.name).where(of.id == chosen))]
    return found


# --- one -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Details:
    """One recording. Nothing of who is in it."""

    listed: Listed
    record_id: str
    internal_id: str
    meeting_id: str
    description: str
    server_id: UUID
    server: str
    course: str
    room_id: UUID
    ended_at: datetime | None
    participants: int | None
    formats: tuple[str, ...]
    audience: Audience
    is_protected: bool | None
    ready_at: datetime | None
    trashed_at: datetime | None
    was_published: bool
    can_be_restored: bool
    plays: int
    links: int
    """By which anybody may watch now."""
    shares: int
    """Other courses that show it."""


def one(deps: Deps, recording_id: UUID) -> Details:
    """Raises NotFound."""
    now = deps.clock()
    links, shares = recording_links.c, recording_shares.c
    good = (
        links.recording_id == recordings.c.id,
        links.revoked_at.is_(None),
        or_(links.expires_at.is_(None), links.expires_at > now),
    )
    query = (
        select(
            recordings,
            servers.c.name.label("server"),
            rooms.c.name.label("room"),
            rooms.c.meeting_id,
            courses.c.title.label("course"),
            platforms.c.id.label("platform_id"),
            platforms.c.name.label("lms"),
            select(func.count()).where(*good).scalar_subquery().label("links"),
            select(func.count()).where(shares.recording_id == recordings.c.id).scalar_subquery().label("shares"),
        )
        .join(servers, servers.c.id == recordings.c.server_id)
        .join(rooms, rooms.c.id == recordings.c.room_id)
        .outerjoin(courses, courses.c.id == rooms.c.course_id)
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .where(recordings.c.id == recording_id)
    )
    with deps.database.reading() as db:
        row = db.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such recording")
    return Details(
        listed=_listed(row),
        record_id=row.record_id,
        internal_id=row.internal_id,
        meeting_id=row.meeting_id,
        description=row.description,
        server_id=row.server_id,
        server=row.server,
        course=row.course or "",
        room_id=row.room_id,
        ended_at=row.ended_at,
        participants=row.participants,
        formats=tuple(entry["kind"] for entry in row.formats),
        audience=Audience(row.audience),
        is_protected=row.is_protected,
        ready_at=row.ready_at,
        trashed_at=row.trashed_at,
        was_published=row.was_published,
        can_be_restored=is_in_bin(row, now=now),
        plays=row.plays,
        links=row.links,
        shares=row.shares,
    )


def is_in_bin(row: AnyRow, *, now: datetime) -> bool:
    """Whether a recording can be taken out of the bin still."""
    return row.state != DELETED and row.delete_at is not None and row.delete_at > now
