"""Recordings: what Elos tells of them, who may see them here, and what people did with them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, Dated, JsonDocument


class RecordingRow(Base):
    """A recording as its server last told, and what this tool adds: audience, undo window, plays."""

    __tablename__ = "recordings"
    __table_args__ = (
        UniqueConstraint("server_id", "record_id"),
        # A list's page is found in it alone, whatever the number of recordings.
        Index("ix_recordings_list", "room_id", "started_at", "id", "state", "audience", "trashed_at"),
        # Operators look over all rooms: the newest first, and what expires next.
        Index("ix_recordings_newest", "started_at", "id"),
        Index(
            "ix_recordings_expires_at",
            "expires_at",
            "id",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        # Few at any time.
        Index(
            "ix_recordings_delete_at",
            "delete_at",
            sqlite_where=text("delete_at IS NOT NULL"),
            postgresql_where=text("delete_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    """In our URLs."""
    server_id: Mapped[UUID] = mapped_column(ForeignKey("servers.id", ondelete="CASCADE"))
    record_id: Mapped[str] = mapped_column(String(256))
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    internal_id: Mapped[str] = mapped_column(String(256), index=True)
    """Of the meeting that was recorded (``meetings.internal_id``)."""

    name: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(String(2000), server_default="")
    state: Mapped[str] = mapped_column(String(20))
    """published, unpublished, processing, processed, deleted."""
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    length_s: Mapped[int]
    participants: Mapped[int | None]
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    formats: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument)
    """[{kind, url, length_s, thumbnails: [url]}]"""
    expires_at: Mapped[dt.datetime | None]
    """When the server will remove it by itself."""
    is_protected: Mapped[bool | None]
    """Its playback wants proof; None: the server does not say."""
    ready_at: Mapped[dt.datetime | None]
    """When it was first seen published with a playback."""
    digest: Mapped[str] = mapped_column(String(32), server_default="")
    """Of all that the server told: what is as it was is not written again."""
    hold_until: Mapped[dt.datetime | None]
    """Until then what we changed stays as we asked for, whatever lists say."""

    audience: Mapped[str] = mapped_column(String(10), server_default="course")
    """domain/recordings.py ``Audience``."""
    was_published: Mapped[bool] = mapped_column(server_default=false())
    """Before it was put into the bin."""
    trashed_at: Mapped[dt.datetime | None]
    trashed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    delete_at: Mapped[dt.datetime | None]
    """When the bin is emptied of it."""
    plays: Mapped[int] = mapped_column(server_default="0")


class RecordingLinkRow(Dated, Base):
    """A link by which anyone may watch: revocable, and it may expire."""

    __tablename__ = "recording_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    recording_id: Mapped[UUID] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    code_sealed: Mapped[str]
    """For those who manage, to copy it once more."""
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class RecordingShareRow(Dated, Base):
    """A recording that is shown in another course as well, since a teacher of both said so."""

    __tablename__ = "recording_shares"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    recording_id: Mapped[UUID] = mapped_column(
        ForeignKey("recordings.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    shared_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)


class CourseOfferRow(Base):
    """A teacher's answer to the offer of an earlier course's recordings."""

    __tablename__ = "course_offers"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)
    answered_at: Mapped[dt.datetime]


class RecordingNoticeRow(Dated, Base):
    """A teacher who is told when a room's recordings are ready: at the next visit, and by e-mail where they asked."""

    __tablename__ = "recording_notices"
    __table_args__ = (UniqueConstraint("room_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[dt.datetime | None]
    """What was ready by then is no news any more."""
    email_sealed: Mapped[str] = mapped_column(server_default="")
    locale: Mapped[str] = mapped_column(String(35), server_default="")
    confirmed_at: Mapped[dt.datetime | None]
    """By the link in the first e-mail: nobody is written to who has not asked."""
    mailed_at: Mapped[dt.datetime | None]
    """What was ready by then has been told."""


class AuditRow(Base):
    """Who did what: only ever added to (the database refuses updates), by ids, whatever becomes of the rest."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_room", "room_id", "id"), Index("ix_audit_platform", "platform_id", "id"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(String(40))
    platform_id: Mapped[UUID | None]
    room_id: Mapped[UUID | None]
    recording_id: Mapped[UUID | None] = mapped_column(index=True)
    record_id: Mapped[str] = mapped_column(String(256))
    user_id: Mapped[UUID | None]
    """A launched person; or nobody, where a link was used."""
    operator_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]
    """Of the action; names no person."""
