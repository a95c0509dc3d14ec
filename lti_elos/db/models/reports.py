"""What Elos reports of a meeting that is over: the meeting as a whole, and each person in it."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, JsonDocument


class ReportRow(Base):
    """The one report of a meeting: the first that came."""

    __tablename__ = "reports"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    received_at: Mapped[dt.datetime] = mapped_column(index=True)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    length_s: Mapped[int]
    polls: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument)
    """[{question, options: [[text, votes]], others}]"""


class PresenceRow(Base):
    """One person of a report."""

    __tablename__ = "presences"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("reports.meeting_id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    """In the report."""
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    is_guest: Mapped[bool]
    """Nobody whom the LMS launched: known by a name alone."""
    name: Mapped[str] = mapped_column(String(250))
    """Of guests; everybody else's is in ``users``."""
    moderates: Mapped[bool]
    stays: Mapped[list[list[int]]] = mapped_column(JsonDocument)
    """[[since, until]] in seconds of Unix time, in order."""
    length_s: Mapped[int]
    talk_s: Mapped[int]
    talks: Mapped[int]
    chats: Mapped[int]
    hands: Mapped[int]
    emojis: Mapped[int]
    votes: Mapped[int]
