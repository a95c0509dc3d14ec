"""Platforms (LMS registrations), their deployments, and the Elos servers behind them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_elos.db.base import Base, Dated


class ServerRow(Dated, Base):
    """An Elos (or BigBlueButton) server."""

    __tablename__ = "servers"
    __table_args__ = (
        UniqueConstraint("name"),
        # At most one default, and the database says so.
        Index(
            "uq_servers_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(2000))
    internal_url: Mapped[str] = mapped_column(String(2000), default="")
    """Where our own calls go, when it differs from where browsers go."""
    secret_sealed: Mapped[str]
    digest: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10))
    """elos or bbb."""
    is_default: Mapped[bool]
    checked_at: Mapped[dt.datetime | None]
    """When an operator last made it answer a signed call, in how many milliseconds, with which code if it did not."""
    checked_ms: Mapped[int | None]
    checked_code: Mapped[str] = mapped_column(String(40), server_default="")
    playback_token: Mapped[str] = mapped_column(String(10), server_default="off")
    """Whether its recordings want a token at playback (getRecordingToken): off, preferred or required."""


class PlatformRow(Dated, Base):
    """An LMS as registered: one client of one issuer (LTI 1.3 core, 3.1.3)."""

    __tablename__ = "platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"), Index("ix_platforms_name_id", "name", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(1000))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(2000))
    auth_token_url: Mapped[str] = mapped_column(String(2000))
    jwks_url: Mapped[str] = mapped_column(String(2000))
    audience: Mapped[str] = mapped_column(String(2000), default="")
    """Audience of service tokens where it is not the token URL (Brightspace)."""
    deployment_policy: Mapped[str] = mapped_column(String(10))
    """auto: the first launch of a deployment creates it; listed: only those given; approve: new ones wait."""
    server_id: Mapped[UUID | None] = mapped_column(ForeignKey("servers.id", ondelete="RESTRICT"), index=True)
    enabled: Mapped[bool]
    disabled_at: Mapped[dt.datetime | None]
    policies: Mapped[dict[str, Any]]
    family: Mapped[str] = mapped_column(String(100), default="")
    """product_family_code of the last launch: moodle, canvas, desire2learn …"""


class DeploymentRow(Dated, Base):
    """One installation of the tool in a platform: the tenant."""

    __tablename__ = "deployments"
    __table_args__ = (
        UniqueConstraint("platform_id", "deployment_id"),
        # Few at any time: those that somebody has to look at.
        Index(
            "ix_deployments_pending",
            "created_at",
            sqlite_where=text("is_active = 0"),  # as queries say it there
            postgresql_where=text("NOT is_active"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    """The platform's own id for it, case-sensitive."""
    is_active: Mapped[bool]
    """False: pending, waits for approval."""


class InviteRow(Dated, Base):
    """A one-time address for an LMS's administrator to register the tool at (dynamic registration)."""

    __tablename__ = "invites"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the secret in the address; the secret itself is kept nowhere."""
    name: Mapped[str] = mapped_column(String(200))
    """What the operator calls the platform."""
    server_id: Mapped[UUID | None] = mapped_column(ForeignKey("servers.id", ondelete="CASCADE"), index=True)
    """Of the platform to be; None: the default one."""
    deployment_policy: Mapped[str] = mapped_column(String(10))
    """As in ``platforms``; "" leaves it to the issuer's default, or as it is."""
    platform_id: Mapped[UUID | None] = mapped_column(ForeignKey("platforms.id", ondelete="CASCADE"), index=True)
    """The platform to be updated; once used, the one that was registered."""
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    leased_until: Mapped[dt.datetime | None]
    """While a registration is under way, so that two clicks do not make two."""


class ToolKeyRow(Dated, Base):
    """A signing key of ours, published in /lti/jwks.json."""

    __tablename__ = "tool_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    private_sealed: Mapped[str]
    public_jwk: Mapped[dict[str, Any]]
    published_until: Mapped[dt.datetime | None]
    """None: the key that signs. Else: retired, published until then for what is still in flight."""
