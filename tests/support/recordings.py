"""What tests about one room's recordings share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import select

from lti_elos.db.tables import audit, recordings, rooms, users
from tests.conftest import Elos, Tool
from tests.support.browser import Browser
from tests.support.rooms import meeting_id_of

START = 1_790_000_000.0


@dataclass
class Shelf:
    """The recordings of a room, at Elos and in the tool."""

    tool: Tool
    elos: Elos
    room_id: str
    _made: int = 0

    def put(self, name: str, *, reader: Browser, **more: Any) -> str:
        """One more at Elos, which the tool learns when ``reader`` looks at the list. Gives its id in the tool."""
        self._made += 1
        body = {"meetingID": meeting_id_of(self.tool, self.room_id), "name": name}
        started_at = START + 86_400 * self._made
        made = self.elos.send("POST", "recordings", **(body | {"started_at": started_at} | more))
        with self.tool.deps.database.transaction() as db:
            db.execute(
                rooms.update()
                .where(rooms.c.id == UUID(self.room_id))
                .values(recordings_synced_at=None, recordings_leased_until=None)
            )
        assert reader.open(f"/rooms/{self.room_id}/recordings").status_code == 200
        with self.tool.deps.database.reading() as db:
            query = select(recordings.c.id).where(recordings.c.record_id == made["recordID"])
            return str(db.execute(query).scalar_one())

    def row(self, recording_id: str) -> Any:
        with self.tool.deps.database.reading() as db:
            return db.execute(select(recordings).where(recordings.c.id == UUID(recording_id))).one()

    def set(self, recording_id: str, **values: Any) -> None:
        """As another part of the tool would."""
        with self.tool.deps.database.transaction() as db:
            db.execute(recordings.update().where(recordings.c.id == UUID(recording_id)).values(**values))

    def told(self, recording_id: str) -> list[tuple[str, str | None, dict[str, Any]]]:
        """The audit log of it: action, whose (by the LMS's sub), details."""
        query = (
            select(audit.c.action, users.c.sub, audit.c.details)
            .select_from(audit.outerjoin(users, users.c.id == audit.c.user_id))
            .where(audit.c.recording_id == UUID(recording_id))
            .order_by(audit.c.id)
        )
        with self.tool.deps.database.reading() as db:
            return [(row.action, row.sub, row.details) for row in db.execute(query)]

    def path(self, recording_id: str, more: str = "") -> str:
        return f"/rooms/{self.room_id}/recordings/{recording_id}{more}"

    def play(self, browser: Browser, recording_id: str, kind: str = "", **more: Any) -> requests.Response:
        return browser.open(self.path(recording_id, f"/play?kind={kind}"), **more)
