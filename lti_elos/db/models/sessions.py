"""Launches, browser sessions, grants, and what was spent."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import BY_KEY, Base, Dated, JsonDocument


class LaunchRow(Dated, Base):
    """An accepted launch: the least of it that pages need. Kept 30 days."""

    __tablename__ = "launches"
    __table_args__ = (Index("ix_launches_deployment_id_created_at", "deployment_id", "created_at"), BY_KEY)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"), index=True)
    moderates: Mapped[bool]
    manages: Mapped[bool]
    role: Mapped[str] = mapped_column(String(20))
    is_test: Mapped[bool]
    locale: Mapped[str] = mapped_column(String(35))
    time_zone: Mapped[str] = mapped_column(String(64))
    return_url: Mapped[str] = mapped_column(String(2000))
    lms_name: Mapped[str] = mapped_column(String(100))
    group_ids: Mapped[list[str]] = mapped_column(JsonDocument, server_default="[]")
    """The course's groups that the person is in, as the LMS calls them. [] unless the launch came through a group link,
    and then never []: [""] says that the person is in none (domain/rooms.py)."""


class SessionRow(Dated, Base):
    """A browser session. The cookie's hash is here, the cookie is not."""

    __tablename__ = "browser_sessions"
    __table_args__ = (BY_KEY,)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)


class GrantRow(Dated, Base):
    """A person let into a room, in one browser session: 8 h at most, 2 h unused."""

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("session_id", "room_id"),
        Index("ix_grants_room_id_seen_until", "room_id", "seen_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("browser_sessions.id", ondelete="CASCADE"))
    room_id: Mapped[UUID] = mapped_column(ForeignKey("rooms.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    launch_id: Mapped[UUID] = mapped_column(ForeignKey("launches.id", ondelete="CASCADE"), index=True)
    ends_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    """Ended early: another person's launch, or "continue as …"."""
    seen_until: Mapped[dt.datetime | None]
    """A page of the room is open there and asks: about until then."""
    waits: Mapped[bool] = mapped_column(server_default=false())
    """… and it is the waiting page."""
    typed_name: Mapped[str | None] = mapped_column(String(250))
    """The name the person gave for this session, where the platform's policy keeps it no longer."""


class SelectionRow(Dated, Base):
    """A teacher chooses content for the course: asked for by the platform, and answered once (deep linking)."""

    __tablename__ = "selections"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    """In our URLs."""
    session_id: Mapped[UUID] = mapped_column(ForeignKey("browser_sessions.id", ondelete="CASCADE"), index=True)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"), index=True)
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    locale: Mapped[str] = mapped_column(String(35))
    lms_name: Mapped[str] = mapped_column(String(100))
    return_url: Mapped[str] = mapped_column(String(2000))
    """Back to the course; "" when the LMS gave none."""
    wanted: Mapped[str]
    """Sealed, for as long as it may be answered: the address that takes the answer holds the LMS's own secrets."""
    ends_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]


class SpentRow(Base):
    """A token that may be used once (or by one holder): whoever inserts the row has it."""

    __tablename__ = "spent"
    __table_args__ = (BY_KEY,)

    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    """For a handover: the browser session that it is bound to. Else ""."""
    ends_at: Mapped[dt.datetime]
    """When the token could not be used anyway, and the row may go. No index: once an hour all rows are looked at."""


class FailedLaunchRow(Dated, Base):
    """A launch that was refused: redacted, bounded, unverified. At most 20 a minute per platform and code."""

    __tablename__ = "failed_launches"
    __table_args__ = (
        Index("ix_failed_launches_platform_id_code_minute", "platform_id", "code", "minute"),
        # What happened of late, whoever's it was: found and counted without a look at the rows.
        Index("ix_failed_launches_minute", "minute", "platform_id", "code", "more"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    occurrence: Mapped[str] = mapped_column(String(20), index=True)
    """What the page shows for the support."""
    detail: Mapped[str] = mapped_column(String(500))
    expected: Mapped[str] = mapped_column(String(500))
    received: Mapped[str] = mapped_column(String(500))
    issuer: Mapped[str] = mapped_column(String(300))
    """As it was sent: unverified."""
    minute: Mapped[dt.datetime]
    more: Mapped[int]
    """On the minute's last row: how many more were only counted."""
