"""Operators: people who may open /admin. Their accounts, their sessions, and what keeps guessing slow.

Whether an account exists is told to nobody: an unknown one costs the same work, is counted and locked the same way and
gets the same answer.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_address
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, case, literal, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, operator_sessions, operators, sign_in_failures
from lti_elos.db.upserts import insert_if_new, insert_into
from lti_elos.domain.names import has_controls, tidy
from lti_elos.errors import Misconfigured
from lti_elos.services import passwords
from lti_elos.services.deps import Deps

log = logging.getLogger(__name__)

LIFE = timedelta(hours=12)
IDLE = timedelta(hours=2)
_TOUCH = timedelta(minutes=1)
"""How exactly it is known when a session was last used: a write a minute, not one a page."""

WINDOW = timedelta(minutes=15)
"""A failure counts that long after the last one; so long a lock lasts."""
_PER_ADDRESS, _PER_ACCOUNT, _PER_BOTH = 50, 20, 5
"""Failures in a row. Least for an account from one address, so that strangers do not lock its owner out easily."""
_PART = 31

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_EMAIL_LIMIT = 254
_TOKEN_BYTES = 24


class SignInRefused(Exception):
    """Wrong e-mail or password. It does not say which."""


class SignInLocked(SignInRefused):
    """Too many failures: nothing was looked at."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who is signed in."""

    id: UUID
    email: str


_OF_SESSION = Prepared(
    select(operators.c.id, operators.c.email, operator_sessions.c.created_at, operator_sessions.c.used_at)
    .join_from(operator_sessions, operators, operators.c.id == operator_sessions.c.operator_id)
    .where(operator_sessions.c.token_hash == bindparam("token_hash"), operators.c.disabled_at.is_(None))
)


# --- sessions --------------------------------------------------------------------------------------------------------


def sign_in(deps: Deps, email: str, password: str, *, address: str, former: str = "") -> str:
    """A new session's secret. Raises SignInLocked, or SignInRefused for a wrong e-mail or password, or a disabled one.

    :param address: where the attempt came from
    :param former: the secret of the session that this browser had until now: it ends
    """
    email = tidy(_folded(email), _EMAIL_LIMIT)
    keys = _keys(email, address)
    # Counted before it is looked at, so that many at once do not get more guesses.
    with deps.database.transaction() as db:
        within = [_count(db, key, limit, now=deps.clock()) for key, limit in keys]
        row = db.execute(select(operators).where(operators.c.email == email)).one_or_none()
    if not all(within):
        log.warning("operator sign-in refused", extra={"reason": "too many failures"})
        raise SignInLocked
    is_right = passwords.is_right(password, row.password_hash if row else None)
    if row is None or not is_right or row.disabled_at is not None:
        log.warning("operator sign-in refused", extra={"reason": "wrong e-mail or password"})
        raise SignInRefused
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), deps.clock()
    with deps.database.transaction() as db:
        _forget(db, keys)
        _end(db, former)
        # The account as it is now: a password that was reset meanwhile opens nothing.
        still = (operators.c.id == row.id, operators.c.password_hash == row.password_hash)
        touched = operators.update().where(*still, operators.c.disabled_at.is_(None)).values(signed_in_at=now)
        if db.execute(touched.returning(operators.c.id)).first() is None:
            raise SignInRefused
        new = {"id": uuid4(), "operator_id": row.id, "token_hash": _hash(token), "created_at": now, "used_at": now}
        db.execute(operator_sessions.insert().values(**new))
    log.info("operator signed in", extra={"operator_id": str(row.id)})
    return token


def of_session(deps: Deps, token: str) -> Operator | None:
    """Who is signed in with this secret: 12 hours at most, 2 unused, and as long as the account is enabled."""
    now = deps.clock()
    with deps.database.reading() as db:
        row = _OF_SESSION.first(db, token_hash=_hash(token))
    if row is None or row.created_at <= now - LIFE or row.used_at <= now - IDLE:
        return None
    if row.used_at <= now - _TOUCH:
        with deps.database.transaction() as db:
            of_token = operator_sessions.update().where(operator_sessions.c.token_hash == _hash(token))
            db.execute(of_token.values(used_at=now))
    return Operator(row.id, row.email)


def sign_out(deps: Deps, token: str) -> None:
    """End the session: a copy of its cookie is good for nothing."""
    with deps.database.transaction() as db:
        _end(db, token)


def sweep(db: Connection, *, now: datetime) -> None:
    """Forget what is over."""
    db.execute(operator_sessions.delete().where(operator_sessions.c.created_at < now - LIFE))
    db.execute(sign_in_failures.delete().where(sign_in_failures.c.until < now))


def _end(db: Connection, token: str) -> None:
    if token:
        db.execute(operator_sessions.delete().where(operator_sessions.c.token_hash == _hash(token)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- guessing --------------------------------------------------------------------------------------------------------


def _keys(email: str, address: str) -> list[tuple[str, int]]:
    """The address's first; those of the account begin alike."""
    account, there = _of_account(email), _hash(_network(address))[:_PART]
    return [(f":{there}", _PER_ADDRESS), (account, _PER_ACCOUNT), (f"{account}{there}", _PER_BOTH)]


def _network(address: str) -> str:
    """An IPv6 visitor has as many addresses as they like, all in one /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4 or found.ipv4_mapped:
        return address
    return str(IPv6Network((int(found), 64), strict=False))


def _of_account(email: str) -> str:
    return f"{_hash(email)[:_PART]}:"


def _count(db: Connection, key: str, limit: int, *, now: datetime) -> bool:
    """Count an attempt as failed until it is known to be good. False: there were too many already."""
    old = sign_in_failures.c
    is_over, is_locked, until = old.until <= now, old.failures >= limit, literal(now + WINDOW, old.until.type)
    statement = insert_into(db.dialect.name, sign_in_failures).values(key=key, failures=1, until=now + WINDOW)
    counted = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "failures": case((is_over, 1), else_=old.failures + 1),
            "until": case((is_over, until), (is_locked, old.until), else_=until),
        },
    )
    failures: int = db.execute(counted.returning(old.failures)).scalar_one()
    return failures <= limit


def _forget(db: Connection, keys: list[tuple[str, int]]) -> None:
    """After a good sign-in. The address's other failures stay: one good account does not buy guesses at others."""
    (address, _), *own = keys
    db.execute(sign_in_failures.delete().where(sign_in_failures.c.key.in_([key for key, _ in own])))
    of_address = sign_in_failures.update().where(sign_in_failures.c.key == address)
    db.execute(of_address.values(failures=sign_in_failures.c.failures - 1))


# --- accounts --------------------------------------------------------------------------------------------------------


def create(deps: Deps, email: str, password: str) -> None:
    """Raises Misconfigured: no e-mail, a bad password, or an account that is there already."""
    folded = _folded(email)
    if not _EMAIL.fullmatch(folded) or len(folded) > _EMAIL_LIMIT or has_controls(folded):
        raise Misconfigured(f"{email[:100]!r} is not an e-mail address")
    values = {
        "id": uuid4(),
        "email": folded,
        "password_hash": passwords.hash_of(password),
        "disabled_at": None,
        "signed_in_at": None,
        "created_at": deps.clock(),
    }
    with deps.database.transaction() as db:
        if insert_if_new(db, operators, values, returning=operators.c.id) is None:
            raise Misconfigured(f"{folded} is there already: `admin reset` gives a new password")


def listing(deps: Deps) -> list[dict[str, Any]]:
    """[{email, enabled, created_at, signed_in_at}]."""
    with deps.database.reading() as db:
        rows = db.execute(select(operators).order_by(operators.c.email)).all()
    return [
        {
            "email": row.email,
            "enabled": row.disabled_at is None,
            "created_at": row.created_at.isoformat(),
            "signed_in_at": row.signed_in_at.isoformat() if row.signed_in_at else None,
        }
        for row in rows
    ]


def disable(deps: Deps, email: str) -> None:
    """Signed out everywhere, at once, and not let in again until ``reset``."""
    with deps.database.transaction() as db:
        row = _row(db, email)
        db.execute(operators.update().where(operators.c.id == row.id).values(disabled_at=deps.clock()))
        _end_all(db, row.id)


def reset(deps: Deps, email: str, password: str) -> None:
    """A new password: ends all sessions and locks, and lets a disabled operator in again."""
    password_hash = passwords.hash_of(password)
    with deps.database.transaction() as db:
        row = _row(db, email)
        changed = {"password_hash": password_hash, "disabled_at": None}
        db.execute(operators.update().where(operators.c.id == row.id).values(**changed))
        _end_all(db, row.id)
        db.execute(sign_in_failures.delete().where(sign_in_failures.c.key.startswith(_of_account(row.email))))


def _end_all(db: Connection, operator_id: UUID) -> None:
    db.execute(operator_sessions.delete().where(operator_sessions.c.operator_id == operator_id))


def _row(db: Connection, email: str) -> AnyRow:
    row = db.execute(select(operators).where(operators.c.email == _folded(email))).one_or_none()
    if row is None:
        raise Misconfigured(f"no operator is called {email[:100]!r}: see `admin list`")
    return row


def _folded(email: str) -> str:
    return email.strip().casefold()
