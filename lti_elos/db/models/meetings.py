"""What happened in Elos: hooks, their inbox, and the meetings they tell of."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import BY_KEY, Base, Dated


class HookRow(Base):
    """The one hook of a server (services/hooks.py)."""

    __tablename__ = "hooks"

    server_id: Mapped[UUID] = mapped_column(ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True)
    hook_id: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(2000))
    token_sealed: Mapped[str]
    """"" where Elos told none: then the server's secret takes its place."""
    checked_at: Mapped[dt.datetime | None]
    made_at: Mapped[dt.datetime | None]
    last_event_at: Mapped[dt.datetime | None]
    """When the last delivery came, of whatever meeting."""
    missed_at: Mapped[dt.datetime | None]
    """When a question found what no event had told."""
    trouble: Mapped[str] = mapped_column(String(40))


class EventRow(Base):
    """The inbox: one event, redacted, once."""

    __tablename__ = "events"
    __table_args__ = (BY_KEY,)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    at: Mapped[dt.datetime]
    """By the server's clock."""
    who: Mapped[str] = mapped_column(String(200))
    person: Mapped[str] = mapped_column(String(200))
    record_id: Mapped[str] = mapped_column(String(200))
    more: Mapped[dict[str, Any]]
    received_at: Mapped[dt.datetime]


class MeetingRow(Dated, Base):
    """One run of a room: from its creation at Elos to its end."""

    __tablename__ = "meetings"
    __table_args__ = (
        UniqueConstraint("room_id", "internal_id"),
        Index("ix_meetings_room", "room_id", "created_at"),
        Index("ix_meetings_platform", "platform_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    """The room's: so that all of a platform are found in their order."""
    server_id: Mapped[UUID | None] = mapped_column(ForeignKey("servers.id", ondelete="SET NULL"), index=True)
    internal_id: Mapped[str] = mapped_column(String(200), index=True)
    opened_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    opened_at: Mapped[dt.datetime | None]
    end_asked_at: Mapped[dt.datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[dt.datetime | None]
    ended: Mapped[str] = mapped_column(String(10))
    """domain/meetings.py ``Ended``."""
    people: Mapped[int]
    peak: Mapped[int]
    recorded: Mapped[bool | None]
    told_at: Mapped[dt.datetime | None]
    """When its last event came; None: only our own questions tell of it."""


class MeetingMetadataRow(Dated, Base):
    """One thing of the platform's own that the meeting's ``create`` told Elos (domain/metadata.py)."""

    __tablename__ = "meeting_metadata"
    __table_args__ = (Index("ix_meeting_metadata_value", "platform_id", "name", "value", "created_at", "meeting_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    """Without ``meta_``, in small letters."""
    value: Mapped[str] = mapped_column(String(255))
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    """The meeting's, as its ``created_at`` is: a list of those with this value is read in order from the index."""
