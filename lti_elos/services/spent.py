"""Tokens that work once: the insert decides, also between two processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import spent
from lti_elos.db.upserts import insert_into

_SPEND = Prepared(
    lambda dialect: insert_into(dialect, spent).on_conflict_do_nothing().returning(spent.c.key),
    sets=["purpose", "key", "holder", "ends_at"],
)
_HOLDER = Prepared(
    select(spent.c.holder).where(spent.c.purpose == bindparam("purpose"), spent.c.key == bindparam("key"))
)


def spend(db: Connection, purpose: str, key: str, *, ends_at: datetime, holder: str = "") -> bool:
    """Whether ``key`` was not spent before; from now on it is.

    ``ends_at``: when the token could not be used anyway, leeway included; the row may go then.
    """
    return _SPEND.value(db, purpose=purpose, key=key, holder=holder, ends_at=ends_at) is not None


def holder_of(db: Connection, purpose: str, key: str) -> str | None:
    """Who spent it: a browser session for a handover. None: nobody did yet."""
    found: str | None = _HOLDER.value(db, purpose=purpose, key=key)
    return found


def sweep(db: Connection, *, now: datetime) -> None:
    """Forget what could not be used any more."""
    db.execute(spent.delete().where(spent.c.ends_at < now))
