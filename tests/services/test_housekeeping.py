"""What the privacy page promises not to keep goes, and what is in use stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select

from lti_elos.db.tables import browser_sessions, failed_launches, failures, grants, invites, launches, spent
from lti_elos.errors import BadSignature
from lti_elos.services import failed_launches as failed_launch_service
from lti_elos.services import housekeeping
from lti_elos.services import invites as invite_service
from lti_elos.services.deps import Deps
from lti_elos.services.spent import spend
from tests.services.conftest import Clock
from tests.services.test_platforms import add, fill

TABLES = (launches, grants, browser_sessions, spent, failed_launches, failures)
_ATTEMPT = failed_launch_service.Attempt("launch", {})


def let_somebody_in(deps: Deps) -> UUID:
    """A launch with its grant, session and spent state, and one that failed; gives the session."""
    session_id = fill(deps, add(deps, client_id=uuid4().hex, deployment_ids=["d"]))
    with deps.database.transaction() as db:
        spend(db, "state", uuid4().hex, ends_at=deps.clock() + timedelta(minutes=12))
    failed_launch_service.note(deps, BadSignature("x"), _ATTEMPT, occurrence="ABCD-EFGH")
    return session_id


def counts(deps: Deps) -> dict[str, int]:
    with deps.database.reading() as db:
        return {table.name: db.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES}


def everything(number: int, **changes: int) -> dict[str, int]:
    return {table.name: number for table in TABLES} | changes


def test_what_is_in_use_stays(deps: Deps, clock: Clock) -> None:
    let_somebody_in(deps)
    clock.forward(minutes=11)

    housekeeping.sweep(deps)

    assert counts(deps) == everything(1)


def test_access_that_has_ended_goes_within_the_day_and_launches_stay_a_month(deps: Deps, clock: Clock) -> None:
    let_somebody_in(deps)
    clock.forward(hours=9)

    housekeeping.sweep(deps)

    assert counts(deps) == everything(0, launches=1, failed_launches=1, failures=1)


def test_after_a_month_nothing_is_left(deps: Deps, clock: Clock) -> None:
    let_somebody_in(deps)
    clock.forward(days=30, seconds=1)
    kept = let_somebody_in(deps)

    housekeeping.sweep(deps)

    assert counts(deps) == everything(1)
    with deps.database.reading() as db:
        assert db.scalars(select(browser_sessions.c.id)).all() == [kept]


def test_an_invite_that_nobody_used_goes_a_month_after_its_end_and_a_used_one_stays(deps: Deps, clock: Clock) -> None:
    for lasts in (1, 1, 10):
        invite_service.make(deps, name="x", lasts=timedelta(days=lasts))
    with deps.database.transaction() as db:
        used = db.execute(select(invites.c.id).order_by(invites.c.expires_at).limit(1)).scalar_one()
        db.execute(invites.update().where(invites.c.id == used).values(used_at=clock()))
    clock.forward(days=32)

    housekeeping.sweep(deps)

    with deps.database.reading() as db:
        left = db.execute(select(invites.c.used_at).order_by(invites.c.expires_at)).scalars().all()
    assert [used_at is not None for used_at in left] == [True, False]
