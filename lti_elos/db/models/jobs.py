"""Work to be done in the background."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, Dated

_OPEN = text("done_at IS NULL")


class JobRow(Dated, Base):
    """A job (services/jobs.py). The row is the truth: a message of the queue only names it."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_jobs_open", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_jobs_done_at", "done_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(100))
    """Of what: one job of a kind and key, ever, while its row is kept."""
    due_at: Mapped[dt.datetime]
    leased_until: Mapped[dt.datetime | None]
    tries: Mapped[int]
    asked: Mapped[int]
    """How often it was asked for: who does it looks whether that has grown meanwhile."""
    trouble: Mapped[str] = mapped_column(String(100))
    """Why the last try failed."""
    done_at: Mapped[dt.datetime | None]
