"""People who may open /admin, their sessions there, and how often somebody guessed."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, Dated


class OperatorRow(Dated, Base):
    """Somebody who may open /admin. Nothing ties them to people of a platform."""

    __tablename__ = "operators"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Case-folded."""
    password_hash: Mapped[str] = mapped_column(String(200))
    disabled_at: Mapped[dt.datetime | None]
    signed_in_at: Mapped[dt.datetime | None]


class OperatorSessionRow(Dated, Base):
    """A browser in which an operator is signed in. The cookie holds its secret, this its hash."""

    __tablename__ = "operator_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[dt.datetime]


class SignInFailureRow(Base):
    """How often a sign-in failed of late: by account and address, account, address. Whether the account exists does
    not show here either.
    """

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A hash: addresses and e-mails of whoever tried are not kept."""
    failures: Mapped[int]
    until: Mapped[dt.datetime]
    """When they are forgotten."""
