"""Reports of meetings, as a test sends them in Elos's stead."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import requests
from sqlalchemy import select

from lti_elos.db.tables import rooms
from lti_elos.demo.elos.analytics import token
from tests.conftest import ELOS_SECRET, Tool
from tests.support.deliveries import INTERNAL
from tests.support.rooms import meeting_id_of

STARTED, FINISHED = "2026-11-22 19:56:02 +0000", "2026-11-22 20:56:02 +0000"
"""INTERNAL was made at 19:56:02 UTC."""


def bearer(
    *, secret: str = ELOS_SECRET, algorithm: str = "HS512", lasts_s: float = 86_400, scheme: str = "Bearer"
) -> str:
    return f"{scheme} {token(secret, int(time.time() + lasts_s), algorithm=algorithm)}"


def attendee(
    user_id: str | int, *, name: str = "Pessoa Nomeada", came: int = 0, went: int = 60, **more: Any
) -> dict[str, Any]:
    """Somebody who was there from one minute after 19:56 until another."""
    joined, left = (f"2026-11-22 {19 + (56 + at) // 60}:{(56 + at) % 60:02}:02 +0000" for at in (came, went))
    return {
        "ext_user_id": user_id,
        "name": name,
        "moderator": False,
        "joins": [joined],
        "leaves": [left],
        "duration": (went - came) * 60,
        "engagement": {},
        "sessions": {},
    } | more


def report(external: str, *people: dict[str, Any], internal: str = INTERNAL, **data: Any) -> dict[str, Any]:
    told = {"start": STARTED, "finish": FINISHED, "duration": 3600, "attendees": list(people), "recorded_segments": []}
    return {"version": "1.0", "meeting_id": external, "internal_meeting_id": internal, "data": told | data}


@dataclass
class Reporter:
    """Elos, at the address that it was given for a room."""

    tool: Tool
    room_id: str

    @property
    def external(self) -> str:
        return meeting_id_of(self.tool, self.room_id)

    @property
    def key(self) -> str:
        with self.tool.deps.database.reading() as db:
            return str(db.scalar(select(rooms.c.callback_key).where(rooms.c.id == UUID(self.room_id))))

    def send(self, *people: dict[str, Any], authorization: str | None = None, **more: Any) -> requests.Response:
        return self.post(json.dumps(report(self.external, *people, **more)).encode(), authorization=authorization)

    def post(self, body: bytes, *, authorization: str | None = None, key: str = "") -> requests.Response:
        headers = {"Content-Type": "application/json", "User-Agent": "BigBlueButton Analytics Callback"}
        headers["Authorization"] = bearer() if authorization is None else authorization
        url = f"{self.tool.url}/elos/analytics/{key or self.key}"
        return requests.post(url, data=body, headers=headers, timeout=60)
