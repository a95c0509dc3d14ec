"""People and courses, as the LMS names them. No e-mail is kept: nothing uses it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, Dated


class UserRow(Dated, Base):
    """A person of one platform. ``id`` is the userID that Elos sees, never ``sub``."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("platform_id", "sub"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    sub: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(250))
    given_name: Mapped[str] = mapped_column(String(250))
    last_seen_at: Mapped[dt.datetime]
    typed_name: Mapped[str | None] = mapped_column(String(250))
    """What the person said to be called, where the LMS says nothing. "": asked, and said nothing."""
    number: Mapped[str] = mapped_column(String(255), server_default="")
    """The institution's for the person, such as a student number; "" where the LMS sends none."""


class CourseRow(Dated, Base):
    """An LTI context of one deployment."""

    __tablename__ = "courses"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    context_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(250))
    label: Mapped[str] = mapped_column(String(250))
    earlier: Mapped[list[str]] = mapped_column(server_default="[]")
    """context.id of the courses that this one was copied from, the last first, as its LMS said."""
