"""Rooms: made once per identity, found inside their owner."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, courses, deployments, live_rooms, platforms, rooms
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.live import LiveState
from lti_elos.domain.names import chosen_room_name
from lti_elos.domain.rooms import LINKED, RoomKey
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services.deps import Deps
from lti_elos.vault import Vault

log = logging.getLogger(__name__)

ATTENDEE, MODERATOR = "attendee-password", "moderator-password"
"""Purposes in the vault."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room as its pages and its meeting need it. Passwords stay sealed until the call that needs one."""

    id: UUID
    name: str
    scope: str
    scope_id: str
    is_named: bool
    meeting_id: str
    older_meeting_ids: tuple[str, ...]
    attendee_password_sealed: str
    moderator_password_sealed: str
    callback_key: str = field(repr=False)
    course_id: UUID | None
    context_id: str
    course_title: str
    course_label: str
    was_copied: bool
    """Its LMS names courses that this one was copied from."""
    server_id: UUID | None
    settings: Mapping[str, Any]
    """What its managers chose."""
    is_served: bool
    """False: an operator has disabled its platform or deployment."""


def find(deps: Deps, viewer: Viewer) -> Room:
    """The room of a viewer's grant. Raises NotFound when it is gone."""
    with deps.database.reading() as db:
        return read(db, viewer.room_id, within=viewer.deployment_id)


ROOM = (
    select(
        rooms,
        courses.c.context_id,
        courses.c.title.label("course_title"),
        courses.c.label.label("course_label"),
        courses.c.earlier,
        platforms.c.server_id,
        (platforms.c.enabled & deployments.c.is_active).label("is_served"),
    )
    .select_from(
        rooms.join(deployments, deployments.c.id == rooms.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .outerjoin(courses, courses.c.id == rooms.c.course_id)
    )
    .where(rooms.c.id == bindparam("room_id"), rooms.c.deployment_id == bindparam("within"))
)
_ROOM = Prepared(ROOM)


def read(db: Connection, room_id: UUID, *, within: UUID) -> Room:
    """The room, inside its deployment. Raises NotFound for anybody else's."""
    return room_of(_ROOM.first(db, room_id=room_id, within=within))


def room_of(row: AnyRow | None) -> Room:
    """The room of a row of ``ROOM``. Raises NotFound when there is none."""
    if row is None:
        raise NotFound("no such room in this deployment")
    return Room(
        id=row.id,
        name=row.name,
        scope=row.scope,
        scope_id=row.scope_id,
        is_named=row.is_named,
        meeting_id=row.meeting_id,
        older_meeting_ids=tuple(row.older_meeting_ids),
        attendee_password_sealed=row.attendee_password_sealed,
        moderator_password_sealed=row.moderator_password_sealed,
        callback_key=row.callback_key,
        course_id=row.course_id,
        context_id=row.context_id or "",
        course_title=row.course_title or "",
        course_label=row.course_label or "",
        was_copied=bool(row.earlier),
        server_id=row.server_id,
        settings=row.settings,
        is_served=row.is_served,
    )


def rename(deps: Deps, viewer: Viewer, text: str) -> None:
    """Name a group's room, of which the LMS tells an id only; "" gives the automatic name back.

    Raises ValueError for what is no name, NotFound for a room that has its name from elsewhere.
    """
    name = chosen_room_name(text)
    with deps.database.transaction() as db:
        renamed = db.execute(
            rooms.update()
            .where(
                rooms.c.id == viewer.room_id, rooms.c.deployment_id == viewer.deployment_id, rooms.c.scope == "group"
            )
            .values(name=name, is_named=bool(name))
            .returning(rooms.c.id)
        ).one_or_none()
    if renamed is None:
        raise NotFound("not a group's room")
    log.info("room renamed", extra={"room_id": str(viewer.room_id), "user_id": str(viewer.user_id)})


def find_id(db: Connection, deployment_id: UUID, key: RoomKey) -> tuple[UUID, str] | None:
    """Id and name of the room with this identity."""
    row = db.execute(
        select(rooms.c.id, rooms.c.name).where(rooms.c.deployment_id == deployment_id, rooms.c.key_digest == key.digest)
    ).one_or_none()
    return None if row is None else (row.id, row.name)


@dataclass(frozen=True, slots=True)
class Linked:
    """The room that a link names."""

    id: UUID
    name: str
    scope: str


_LINKED = Prepared(
    select(rooms.c.id, rooms.c.name, rooms.c.scope).where(
        rooms.c.link_key == bindparam("link_key"),
        rooms.c.deployment_id == bindparam("within"),
        rooms.c.course_id == bindparam("of_course"),
        or_(*(rooms.c.scope == one for one in LINKED)),
    )
)


def find_linked(db: Connection, link_key: str, *, deployment_id: UUID, course_id: UUID) -> Linked | None:
    """The room of a link key, in the deployment and course it was made in; None anywhere else."""
    row: Any = _LINKED.first(db, link_key=link_key, within=deployment_id, of_course=course_id)
    return None if row is None else Linked(row.id, row.name, row.scope)


def find_or_make(
    db: Connection,
    vault: Vault,
    *,
    deployment_id: UUID,
    course_id: UUID | None,
    key: RoomKey,
    name: str,
    now: datetime,
    is_named: bool = False,
) -> UUID:
    """The room with this identity, made if it is the first launch: twenty at once make one.

    :param is_named: by a person here, so that launches leave the name alone.
    """
    values: dict[str, Any] = {
        "id": uuid4(),
        "deployment_id": deployment_id,
        "course_id": course_id,
        "scope": key.scope,
        "scope_id": key.scope_id,
        "key_digest": key.digest,
        "name": name,
        "is_named": is_named,
        "meeting_id": str(uuid4()),
        "older_meeting_ids": [],
        "callback_key": secrets.token_urlsafe(32),
        "link_key": secrets.token_urlsafe(32),
        "attendee_password_sealed": vault.seal(ATTENDEE, secrets.token_hex(20)),
        "moderator_password_sealed": vault.seal(MODERATOR, secrets.token_hex(20)),
        "settings": {},
        "recordings_synced_at": None,
        "recordings_leased_until": None,
        "created_at": now,
    }
    made: UUID | None = insert_if_new(db, rooms, values, returning=rooms.c.id)
    if made is None:
        found = find_id(db, deployment_id, key)
        assert found is not None  # noqa: S101 - the unique key just said so
        return found[0]
    db.execute(
        live_rooms.insert().values(
            room_id=made,
            state=LiveState.CLOSED,
            participants=0,
            internal_id="",
            create_time_ms=0,
            opened_at=None,
            ended_at=None,
            checked_at=None,
            leased_until=None,
            trouble="",
            version=0,
        )
    )
    return made
