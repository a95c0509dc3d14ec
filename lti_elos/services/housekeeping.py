"""Forgetting: what the privacy page promises not to keep, and what could not be used any more.

Deletes of old rows only: any process may run it at any time, and two at once do no harm.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists

from lti_elos.db.tables import browser_sessions, grants, launches, selections
from lti_elos.services import (
    analytics,
    audit,
    failed_launches,
    hooks,
    invites,
    jobs,
    operators,
    recording_notices,
    spent,
)
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import Job
from lti_elos.services.sessions import LIFE

KEPT = timedelta(days=30)
"""Launches, failed launches, and invites that nobody used."""


def work(deps: Deps, _job: Job) -> None:
    """As a job."""
    sweep(deps)


def sweep(deps: Deps) -> None:
    """Forget what is old. Grants that have ended go with their session when none of it is left."""
    now = deps.clock()
    with deps.database.transaction() as db:
        spent.sweep(db, now=now)
        operators.sweep(db, now=now)
        db.execute(grants.delete().where(grants.c.ends_at < now))
        db.execute(selections.delete().where(selections.c.ends_at < now))
        db.execute(
            browser_sessions.delete().where(
                browser_sessions.c.created_at < now - LIFE,
                ~exists().where(grants.c.session_id == browser_sessions.c.id),
                ~exists().where(selections.c.session_id == browser_sessions.c.id),
            )
        )
    with deps.database.transaction() as db:
        db.execute(launches.delete().where(launches.c.created_at < now - KEPT))
        failed_launches.sweep(db, before=now - KEPT)
        invites.sweep(db, before=now - KEPT)
        analytics.sweep(db, now=now)
        audit.sweep(db, before=now - audit.KEPT)
        recording_notices.sweep(db, before=now - recording_notices.KEPT)
        hooks.sweep(db, before=now - hooks.KEPT)
        jobs.sweep(db, before=now - jobs.KEPT)
