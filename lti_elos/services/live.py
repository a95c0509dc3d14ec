"""The live row of a room: written by refreshers, and by whoever opens or ends the meeting; read by everybody.

A request never asks Elos how a room is: services/refreshers.py does, in the background.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, live_rooms, rooms
from lti_elos.domain.live import NEVER_ASKED, Live, LiveState, Seen, after
from lti_elos.domain.viewer import Viewer
from lti_elos.elos.replies import CreatedMeeting
from lti_elos.services import history
from lti_elos.services import rooms as room_service
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room

_TROUBLE_LASTS = timedelta(minutes=1)
"""What a question met says nothing of the room later on, when nobody has asked since."""


def read(deps: Deps, room_id: UUID) -> Live:
    """The live state as last known. Asks nobody."""
    with deps.database.reading() as db:
        return read_row(db, room_id, now=deps.clock())


_WITH_ROOM = Prepared(
    room_service.ROOM.outerjoin(live_rooms, live_rooms.c.room_id == rooms.c.id).add_columns(*live_rooms.columns)
)


def read_with_room(deps: Deps, viewer: Viewer) -> tuple[Room, Live]:
    """The room of a viewer's grant, and its live state as last known. Raises NotFound when the room is gone."""
    with deps.database.reading() as db:
        row = _WITH_ROOM.first(db, room_id=viewer.room_id, within=viewer.deployment_id)
    room = room_service.room_of(row)
    return room, NEVER_ASKED if row.state is None else live_of(row, now=deps.clock())


def opened(
    deps: Deps,
    room_id: UUID,
    meeting: CreatedMeeting,
    *,
    server_id: UUID | None,
    by: UUID,
    metadata: Mapping[str, str],
) -> None:
    """A moderator's ``create`` succeeded: the room is at least opening.

    :param metadata: of the platform's own, as ``create`` told it
    """
    now = deps.clock()
    seen = Seen(meeting.internal_id, meeting.create_time_ms, 0, meeting.created_at, is_over=False)
    with deps.database.transaction() as db:
        before = read_row(db, room_id, now=now)
        if before.internal_id != seen.internal_id or not before.runs:
            write(db, room_id, before, after(before, seen, now=now), checked_at=before.checked_at)
        history.opened(db, room_id, meeting.internal_id, server_id=server_id, by=by, metadata=metadata, now=now)
    deps.watchers.room(room_id)  # somebody is about to be in it, and the class is about to ask
    deps.board.forget(room_id)


def ended(deps: Deps, room_id: UUID, *, by: UUID) -> None:
    """Elos took our ``end``: nobody is let in any more. The next question tells whether it is true."""
    now = deps.clock()
    with deps.database.transaction() as db:
        before = read_row(db, room_id, now=now)
        write(db, room_id, before, after(before, None, now=now), checked_at=now)
        history.end_asked(db, room_id, before.internal_id, by=by, now=now)
    deps.watchers.room(room_id)
    deps.board.forget(room_id)


_ROW = Prepared(select(live_rooms).where(live_rooms.c.room_id == bindparam("room_id")))


def read_row(db: Connection, room_id: UUID, *, now: datetime) -> Live:
    row = _ROW.first(db, room_id=room_id)
    return NEVER_ASKED if row is None else live_of(row, now=now)


def live_of(row: AnyRow, *, now: datetime) -> Live:
    """Of a row with the columns of ``live_rooms``."""
    is_lately = row.leased_until is not None and now - row.leased_until < _TROUBLE_LASTS
    return Live(
        state=LiveState(row.state),
        participants=row.participants,
        internal_id=row.internal_id,
        create_time_ms=row.create_time_ms,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        checked_at=row.checked_at,
        trouble=row.trouble if is_lately else "",
    )


def write(
    db: Connection,
    room_id: UUID,
    before: Live,
    live: Live,
    *,
    checked_at: datetime | None,
    version: int | None = None,
) -> None:
    """Keep what is known now, and let the next question come in its time.

    :param version: the row's when the question was put: somebody who opened or ended the room since knows better, and
        their row stays as it is
    """
    statement = live_rooms.update().where(live_rooms.c.room_id == room_id)
    if version is not None:
        statement = statement.where(live_rooms.c.version == version)
    values = {
        "state": live.state.value,
        "participants": live.participants,
        "internal_id": live.internal_id,
        "create_time_ms": live.create_time_ms,
        "opened_at": live.opened_at,
        "ended_at": live.ended_at,
        "checked_at": checked_at,
        "leased_until": None,
        "trouble": "",
        "version": live_rooms.c.version + 1,
    }
    if live.state is not before.state or live.internal_id != before.internal_id:
        values["changed_at"] = live.checked_at
    db.execute(statement.values(**values))
