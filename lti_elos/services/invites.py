"""Invites: one-time addresses at which an LMS's administrator registers the tool (dynamic registration).

Whoever holds one may register a platform, so only its hash is kept. It is spent in the transaction that stores the
platform, and by nothing else: until then it is lent, for moments, to one registration at a time.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, or_, select

from lti_elos.db.tables import invites
from lti_elos.errors import InviteExpired, InviteUnknown, InviteUsed, Misconfigured, RegistrationRunning
from lti_elos.services.deps import Deps
from lti_elos.services.platforms import require_text, row_of, server_id_of

_SECRET_BYTES = 24
_LONGEST = timedelta(days=365)
_SHOWN = 200
LEASE = timedelta(seconds=60)
"""Longer than a registration can take. It only matters to a process that was killed while at it."""


@dataclass(frozen=True, slots=True)
class MadeInvite:
    """What the operator hands on."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenInvite:
    """An invite that somebody may use still. Its address was shown once and is kept nowhere."""

    id: UUID
    name: str
    platform_id: UUID | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invite:
    """A good invite."""

    id: UUID
    name: str
    server_id: UUID | None
    deployment_policy: str
    """"" for the issuer's default."""
    platform_id: UUID | None
    """The platform to be updated; None: a new one."""
    expires_at: datetime


def make(
    deps: Deps, *, name: str, lasts: timedelta, server: str = "", deployment_policy: str = "", update: str = ""
) -> MadeInvite:
    """Raises Misconfigured, saying which value and why.

    :param update: id of a platform that shall be registered anew and keep its id, people and rooms
    """
    require_text("--name", name, 200)
    if not timedelta(0) < lasts <= _LONGEST:
        raise Misconfigured(f"--expires is more than 0 and at most {_LONGEST.days}d")
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    now = deps.clock()
    with deps.database.transaction() as db:
        db.execute(
            invites.insert().values(
                id=uuid4(),
                token_hash=_hash(secret),
                name=name,
                server_id=server_id_of(db, server) if server else None,
                deployment_policy=deployment_policy,
                platform_id=row_of(db, update).id if update else None,
                expires_at=now + lasts,
                used_at=None,
                leased_until=None,
                created_at=now,
            )
        )
    return MadeInvite(f"{deps.settings.base_url}/lti/register/{secret}", now + lasts)


def listing(deps: Deps) -> list[OpenInvite]:
    """Those that are still good, the newest first."""
    now = deps.clock()
    is_open = (invites.c.used_at.is_(None), invites.c.expires_at > now)
    query = select(invites).where(*is_open).order_by(invites.c.created_at.desc(), invites.c.id).limit(_SHOWN)
    with deps.database.reading() as db:
        rows = db.execute(query).all()
    return [OpenInvite(row.id, row.name, row.platform_id, row.created_at, row.expires_at) for row in rows]


def withdraw(deps: Deps, invite_id: UUID) -> None:
    """Its address is good for nothing any more. Raises InviteUnknown for one that is not there, or used."""
    with deps.database.transaction() as db:
        unused = invites.delete().where(invites.c.id == invite_id, invites.c.used_at.is_(None))
        if db.execute(unused.returning(invites.c.id)).first() is None:
            raise InviteUnknown("no such invite, or it is used")


def find(db: Connection, secret: str, *, now: datetime) -> Invite:
    """The invite of this secret. Raises InviteUnknown, InviteUsed or InviteExpired."""
    row = db.execute(select(invites).where(invites.c.token_hash == _hash(secret))).one_or_none()
    if row is None:
        raise InviteUnknown("no such invite")
    if row.used_at is not None:
        raise InviteUsed(f"used at {row.used_at.isoformat(timespec='seconds')}")
    if row.expires_at <= now:
        raise InviteExpired(f"expired at {row.expires_at.isoformat(timespec='seconds')}")
    return Invite(row.id, row.name, row.server_id, row.deployment_policy, row.platform_id, row.expires_at)


def lease(db: Connection, invite: Invite, *, now: datetime) -> None:
    """Keep others from registering with it meanwhile. Raises RegistrationRunning: somebody is at it."""
    is_free = or_(invites.c.leased_until.is_(None), invites.c.leased_until <= now)
    statement = invites.update().where(invites.c.id == invite.id, invites.c.used_at.is_(None), is_free)
    if db.execute(statement.values(leased_until=now + LEASE).returning(invites.c.id)).first() is None:
        raise RegistrationRunning("the invite is lent to another registration")


def give_back(db: Connection, invite: Invite) -> None:
    """After a registration that did not come about: the next one may begin at once."""
    db.execute(invites.update().where(invites.c.id == invite.id).values(leased_until=None))


def spend(db: Connection, invite: Invite, *, now: datetime) -> None:
    """First thing in the transaction that keeps the platform: who comes second waits here for the first.

    Raises InviteUsed: another was first, whose lease was over.
    """
    statement = invites.update().where(invites.c.id == invite.id, invites.c.used_at.is_(None))
    if db.execute(statement.values(used_at=now, leased_until=None).returning(invites.c.id)).first() is None:
        raise InviteUsed("used meanwhile")


def name_platform(db: Connection, invite: Invite, platform_id: UUID) -> None:
    """What the spent invite has registered. Its server serves the platform now, and may go once it no longer does."""
    db.execute(invites.update().where(invites.c.id == invite.id).values(platform_id=platform_id, server_id=None))


def has_registered(db: Connection, platform_id: UUID) -> bool:
    """Whether this platform came, or was updated, by an invite."""
    query = select(invites.c.id).where(invites.c.platform_id == platform_id, invites.c.used_at.is_not(None)).limit(1)
    return db.scalar(query) is not None


def sweep(db: Connection, *, before: datetime) -> None:
    """Forget those that expired unused. Used ones tell how their platform came."""
    db.execute(invites.delete().where(invites.c.expires_at < before, invites.c.used_at.is_(None)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
