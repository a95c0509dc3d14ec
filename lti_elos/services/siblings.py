"""The rooms of a course among which people choose: one per group, or one per teacher."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from lti_elos.db.tables import live_rooms, rooms
from lti_elos.domain.live import LiveState
from lti_elos.domain.rooms import NO_GROUP, SEVERAL, RoomKey, in_order, leads_on
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NoGroup, NoTeacher
from lti_elos.services import rooms as room_service
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room
from lti_elos.vault import Vault


@dataclass(frozen=True, slots=True)
class Course:
    """Where the rooms are."""

    deployment_id: UUID
    id: UUID
    context_id: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """One of the rooms, as a list shows it."""

    id: UUID
    scope: str
    scope_id: str
    name: str
    is_open: bool


def choices(deps: Deps, viewer: Viewer, room: Room) -> tuple[Sibling, ...]:
    """The rooms that the viewer may go to and fro, this one among them; () where there is no other.

    As last known. Those that are said to be open are asked about in the background from now on: nobody may look at
    them, and then nobody has noticed that they ended.
    """
    scope = room.scope if room.scope in SEVERAL else "group" if viewer.groups and viewer.standing.manages else ""
    if not scope or room.course_id is None:
        return ()
    with deps.database.reading() as db:
        known = _of_course(db, room.course_id, scope)
    found = [
        one
        for one in known
        if one.id == room.id
        or leads_on(
            room.scope,
            to_scope=one.scope,
            to_scope_id=one.scope_id,
            groups=viewer.groups,
            manages=viewer.standing.manages,
        )
    ]
    if room.scope not in SEVERAL and found:  # the course's own: a group link led here while no group was known
        found.insert(0, Sibling(room.id, room.scope, room.scope_id, room.name, is_open=False))
    for one in found:
        if one.is_open:
            deps.watchers.room(one.id)
    return tuple(found) if len(found) > 1 else ()


def land_in_group(
    db: Connection, vault: Vault, course: Course, *, groups: Sequence[str], manages: bool, now: datetime
) -> UUID | None:
    """The room where a group link leads, all rooms of the person's groups being there from now on.

    The only one; else one that is open; else the first. Who manages and is in no group: the same among all that are
    known, None while none is. Raises NoGroup for anybody else without a group.
    """
    own = [group_id for group_id in groups if group_id != NO_GROUP]
    if not own and not manages:
        raise NoGroup("the launch names no group")
    known = {one.scope_id: one for one in _of_course(db, course.id, "group")}
    for group_id in sorted(own):  # in one order: two launches that make the same rooms wait for each other only once
        if group_id not in known:
            room_id = _find_or_make(db, vault, course, RoomKey("group", course.context_id, group_id), "", now)
            known[group_id] = Sibling(room_id, "group", group_id, "", is_open=False)
    return _first([known[group_id] for group_id in own] or known.values())


def land_at_teacher(
    db: Connection, vault: Vault, course: Course, *, user_id: UUID, name: str, moderates: bool, now: datetime
) -> UUID:
    """The room where a link to the teachers' rooms leads: who moderates to their own, made and named at need.

    Everybody else to the only one, to one that is open, or to the first. Raises NoTeacher while there is none.
    """
    known = _of_course(db, course.id, "user")
    if not moderates:
        if (landing := _first(known)) is None:
            raise NoTeacher("no teacher's room in this course")
        return landing
    own = next((one for one in known if one.scope_id == str(user_id)), None)
    if own is None:
        return _find_or_make(db, vault, course, RoomKey("user", course.context_id, str(user_id)), name, now)
    if name and name != own.name:
        db.execute(rooms.update().where(rooms.c.id == own.id, rooms.c.is_named.is_(False)).values(name=name))
    return own.id


def _of_course(db: Connection, course_id: UUID, scope: str) -> list[Sibling]:
    """All rooms of a scope, in the order of lists."""
    rows = db.execute(
        select(rooms.c.id, rooms.c.scope_id, rooms.c.name, live_rooms.c.state)
        .join_from(rooms, live_rooms, live_rooms.c.room_id == rooms.c.id)
        .where(rooms.c.course_id == course_id, rooms.c.scope == scope)
    )
    found = [Sibling(row.id, scope, row.scope_id, row.name, row.state == LiveState.OPEN) for row in rows]
    return sorted(found, key=_order)


def _order(one: Sibling) -> tuple[bool, list[str | int]]:
    return in_order(one.name, one.scope_id)


def _first(found: Iterable[Sibling]) -> UUID | None:
    best = min(found, key=lambda one: (not one.is_open, *_order(one)), default=None)
    return None if best is None else best.id


def _find_or_make(db: Connection, vault: Vault, course: Course, key: RoomKey, name: str, now: datetime) -> UUID:
    return room_service.find_or_make(
        db, vault, deployment_id=course.deployment_id, course_id=course.id, key=key, name=name, now=now
    )
