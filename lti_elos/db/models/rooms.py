"""Rooms and their live state."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, Dated


class RoomRow(Dated, Base):
    """A room lasts; its meetings come and go. Its identities are separate on purpose (DESIGN "Identity")."""

    __tablename__ = "rooms"
    __table_args__ = (UniqueConstraint("deployment_id", "key_digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    """In our URLs."""
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    scope: Mapped[str] = mapped_column(String(10))
    scope_id: Mapped[str] = mapped_column(String(255))
    key_digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(250))
    is_named: Mapped[bool] = mapped_column(server_default=false())
    """By a manager, here: launches leave the name alone."""
    meeting_id: Mapped[str] = mapped_column(String(256), unique=True)
    """What Elos knows, fixed for ever."""
    older_meeting_ids: Mapped[list[str]]
    """Of another tool, for recordings only."""
    callback_key: Mapped[str] = mapped_column(String(64), unique=True)
    """In callback URLs alone."""
    link_key: Mapped[str] = mapped_column(String(64), unique=True)
    """In deep links alone."""
    attendee_password_sealed: Mapped[str]
    moderator_password_sealed: Mapped[str]
    settings: Mapped[dict[str, Any]]
    recordings_synced_at: Mapped[dt.datetime | None]
    recordings_leased_until: Mapped[dt.datetime | None]


class LiveRow(Base):
    """The one live row of a room (domain/live.py). Whoever moves the lease forward asks Elos; all others read."""

    __tablename__ = "live_rooms"
    __table_args__ = (
        Index("ix_live_rooms_watched_until", "watched_until"),
        # Few at any time: those that somebody created and nobody was seen in yet.
        Index(
            "ix_live_rooms_opening",
            "changed_at",
            sqlite_where=text("state = 'opening'"),
            postgresql_where=text("state = 'opening'"),
        ),
        # Few beside all rooms: where somebody was in when Elos was last asked.
        Index(
            "ix_live_rooms_open",
            "checked_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    participants: Mapped[int]
    internal_id: Mapped[str] = mapped_column(String(100))
    create_time_ms: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    checked_at: Mapped[dt.datetime | None]
    leased_until: Mapped[dt.datetime | None]
    trouble: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    """Moves with every write: a slow answer does not overwrite what happened since it was asked for."""
    watched_until: Mapped[dt.datetime | None]
    """Somebody looks at the room, or waits for it: until then it is asked about."""
    changed_at: Mapped[dt.datetime | None]
    """Since when the state is what it is."""


class LiveServerRow(Base):
    """When a server was last asked about all its meetings at once, and who is at it."""

    __tablename__ = "live_servers"

    server_id: Mapped[UUID] = mapped_column(ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True)
    checked_at: Mapped[dt.datetime | None]
    leased_until: Mapped[dt.datetime | None]
