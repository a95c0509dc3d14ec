"""Forgetting: what the privacy page promises not to keep, and what could not be used any more.

Deletes of old rows only: any process may run it at any time, and two at once do no harm.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from sqlalchemy import exists
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.db.tables import browser_sessions, grants, launches
from lti_elos.services import failed_launches, invites, operators, spent
from lti_elos.services.deps import Deps
from lti_elos.services.sessions import LIFE

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""Launches, failed launches, and invites that nobody used."""
_EVERY_S = 3600.0


def sweep(deps: Deps) -> None:
    """Forget what is old. Grants that have ended go with their session when none of it is left."""
    now = deps.clock()
    with deps.database.transaction() as db:
        spent.sweep(db, now=now)
        operators.sweep(db, now=now)
        db.execute(grants.delete().where(grants.c.ends_at < now))
        db.execute(
            browser_sessions.delete().where(
                browser_sessions.c.created_at < now - LIFE,
                ~exists().where(grants.c.session_id == browser_sessions.c.id),
            )
        )
    with deps.database.transaction() as db:
        db.execute(launches.delete().where(launches.c.created_at < now - KEPT))
        failed_launches.sweep(db, before=now - KEPT)
        invites.sweep(db, before=now - KEPT)


def keep_sweeping(deps: Deps, *, every_s: float = _EVERY_S) -> threading.Event:
    """Sweep once an hour in a thread of this process, until the event that it gives is set."""
    stop = threading.Event()

    def run() -> None:
        while True:
            try:
                sweep(deps)
            except SQLAlchemyError as trouble:
                log.warning("housekeeping failed", extra={"reason": type(trouble).__name__})
            if stop.wait(every_s):
                return

    threading.Thread(target=run, name="housekeeping", daemon=True).start()
    return stop
