"""The runs ("sessions", to people) of all rooms of a platform, as its operators look for them by their metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, or_, select

from lti_elos.db.tables import AnyRow, courses, live_rooms, meeting_metadata, meetings, platforms, rooms
from lti_elos.domain.metadata import names_of
from lti_elos.domain.policies import Policies
from lti_elos.errors import NotFound
from lti_elos.services.deps import Deps
from lti_elos.services.runs import IS_LIVE, PAGE, Key, length_of


@dataclass(frozen=True, slots=True)
class PlatformRun:
    """One meeting, without anybody's name."""

    id: UUID
    began_at: datetime
    course: str
    room: str
    """"" for a room without a name."""
    length: timedelta | None
    is_live: bool
    present: int
    people: int | None
    """None: no event told."""
    ended: str
    """domain/meetings.py ``Ended``; "unknown": nobody knows whether it has."""
    metadata: Mapping[str, str]
    """The platform's own that Elos was told."""


@dataclass(frozen=True, slots=True)
class PlatformRuns:
    """A stretch of the list, newest first."""

    platform: str
    names: tuple[str, ...]
    """Those that the platform's policy gives to its meetings now."""
    items: tuple[PlatformRun, ...]
    older_than: Key | None
    """What to ask for next; None at the end."""


def listing(
    deps: Deps, platform_id: UUID, *, metadata: tuple[str, str] | None = None, older_than: Key | None = None
) -> PlatformRuns:
    """The newest, or those before a key. Raises NotFound for no platform.

    :param metadata: (name, value): only those that told Elos exactly this
    """
    with deps.database.reading() as db:
        platform = db.execute(
            select(platforms.c.name, platforms.c.policies).where(platforms.c.id == platform_id)
        ).one_or_none()
        if platform is None:
            raise NotFound("no such platform")
        rows = _stretch(db, platform_id, metadata, older_than)
        shown, are_more = rows[:PAGE], len(rows) > PAGE
        told = _metadata(db, [row.id for row in shown])
    return PlatformRuns(
        platform=platform.name,
        names=names_of(Policies.from_json(platform.policies).extra_metadata),
        items=tuple(_run(row, told.get(row.id, {})) for row in shown),
        older_than=(shown[-1].created_at, shown[-1].id) if are_more else None,
    )


def _stretch(db: Connection, platform_id: UUID, metadata: tuple[str, str] | None, key: Key | None) -> list[AnyRow]:
    """One more than a page, in the order of one index: the meetings', or that of what they told."""
    source, at, its_id = meetings, meetings.c.created_at, meetings.c.id
    chosen: list[Any] = [meetings.c.platform_id == platform_id]
    if metadata:
        told = meeting_metadata.c
        source = meeting_metadata.join(meetings, meetings.c.id == told.meeting_id)  # type: ignore[assignment]
        at, its_id = told.created_at, told.meeting_id
        chosen = [told.platform_id == platform_id, told.name == metadata[0], told.value == metadata[1]]
    if key is not None:
        # The first half alone is what the index is entered by.
        chosen += [at <= key[0], or_(at < key[0], its_id < key[1])]
    query = (
        select(
            meetings,
            rooms.c.name,
            rooms.c.scope,
            courses.c.title,
            courses.c.label,
            live_rooms.c.participants,
        )
        .select_from(
            source.join(rooms, rooms.c.id == meetings.c.room_id)
            .outerjoin(courses, courses.c.id == rooms.c.course_id)
            .outerjoin(live_rooms, IS_LIVE)
        )
        .where(*chosen)
    )
    return list(db.execute(query.order_by(at.desc(), its_id.desc()).limit(PAGE + 1)))


def _metadata(db: Connection, ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = {}
    if ids:
        query = select(meeting_metadata).where(meeting_metadata.c.meeting_id.in_(ids))
        for row in db.execute(query.order_by(meeting_metadata.c.name)):
            found.setdefault(row.meeting_id, {})[row.name] = row.value
    return found


def _run(row: AnyRow, metadata: Mapping[str, str]) -> PlatformRun:
    is_own = row.scope == "course"
    return PlatformRun(
        id=row.id,
        began_at=row.created_at,
        course=row.title or row.label or ("" if is_own else row.name),
        room="" if is_own else row.name,
        length=length_of(row),
        is_live=row.participants is not None,
        present=row.participants or 0,
        people=row.people if row.told_at is not None else None,
        ended=row.ended if row.ended_at is not None else "unknown",
        metadata=metadata,
    )
