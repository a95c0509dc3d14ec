"""Launches, browser sessions, grants, and what was spent."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, false
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
    cookie_way: Mapped[str] = mapped_column(String(12), server_default="")
    """How its browser was proven (domain/browsers.py): what the connection doctor tells of cookies."""
    administers: Mapped[bool] = mapped_column(server_default=false())
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Of its course, by variable (domain/metadata.py): what the meetings that its person opens tell Elos. {} unless the
    platform has extra metadata and the person may open."""


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
        Index("ix_failed_launches_failure_id_created_at", "failure_id", "created_at"),
        # What happened of late, whoever's it was: found and counted without a look at the rows.
        Index("ix_failed_launches_minute", "minute", "platform_id", "code", "more"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    failure_id: Mapped[UUID | None] = mapped_column(ForeignKey("failures.id", ondelete="CASCADE"))
    """None: kept by a version that did not group them."""
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
    cause: Mapped[str] = mapped_column(String(40), server_default="")
    """Which check failed, and how (causes.py)."""
    door: Mapped[str] = mapped_column(String(10), server_default="")
    """login, launch or verify."""
    is_verified: Mapped[bool] = mapped_column(server_default=false())
    """Whether the signature was good: else anybody may have sent all that follows."""
    off_by_s: Mapped[int | None]
    after_s: Mapped[int | None]
    """How long after our login it came."""
    deployment_id: Mapped[str] = mapped_column(String(255), server_default="")
    """The platform's own id for it, as sent."""
    message_type: Mapped[str] = mapped_column(String(60), server_default="")
    course: Mapped[str] = mapped_column(String(250), server_default="")
    roles: Mapped[str] = mapped_column(String(200), server_default="")
    """Short names."""
    subject: Mapped[str] = mapped_column(String(8), server_default="")
    """The head of a keyed hash of sub."""
    browser: Mapped[str] = mapped_column(String(20), server_default="")
    is_framed: Mapped[bool | None]
    """None: the browser does not say."""
    cookie_way: Mapped[str] = mapped_column(String(12), server_default="")
    """As in launches; "none": what should have proven the browser did not come."""
    claims: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Of the token, without anything about the person. At most 4 kB."""


class FailureRow(Base):
    """All refusals of one cause at one platform: what the operator is shown first. One row, however many there were."""

    __tablename__ = "failures"
    __table_args__ = (
        Index("ix_failures_last_at", "last_at", "id"),
        Index("ix_failures_platform_id_last_at", "platform_id", "last_at", "id"),
        Index("ix_failures_issuer_last_at", "issuer", "last_at", "id"),
        Index("ix_failures_code_last_at", "code", "last_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of what makes it one: platform (or issuer), code, cause, and the deployment of a verified token."""
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(300))
    """"" where the platform is known. Else as it was sent: unverified."""
    code: Mapped[str] = mapped_column(String(40))
    cause: Mapped[str] = mapped_column(String(40))
    deployment_id: Mapped[str] = mapped_column(String(255))
    """"" unless the token was verified."""
    off_by_s: Mapped[int | None]
    """Of the last one."""
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    times: Mapped[int] = mapped_column(BigInteger)
    by_hour: Mapped[dict[str, Any]]
    """{"2026-11-25T13": 31} of the last 24 hours."""
    people: Mapped[int]
    subjects: Mapped[list[str]]
    """Short hashes, to count people once. Bounded: then ``people`` means "at least"."""
    latest_id: Mapped[UUID]
    """The last failed launch that was kept."""
