"""What an operator should know first: what needs attention, a few figures, how the first steps went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select

from lti_elos.db.tables import deployments, failed_launches, launches, live_rooms, platforms, servers
from lti_elos.services.deps import Deps
from lti_elos.services.platform_lists import midnight

LATELY = timedelta(hours=2)
_MANY = 3
"""Refusals of one platform and code that are worth a line: one or two are somebody's old tab."""
_SHOWN = 5
"""Lines of each kind; the lists behind them have all."""
_SEEN = timedelta(minutes=15)
"""A meeting counts as open that Elos named so no longer ago: rooms that nobody looks at are not asked about."""


@dataclass(frozen=True, slots=True)
class Failing:
    """Launches of one platform that were refused for one reason of late."""

    platform_id: UUID | None
    """None: the platform is not known."""
    platform: str
    code: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """Deployments of one platform that wait for approval."""

    platform_id: UUID
    platform: str
    number: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Attention:
    """What somebody should look at. All empty: nothing."""

    failing: tuple[Failing, ...]
    pending: tuple[Pending, ...]
    troubles: tuple[tuple[str, int], ...]
    """(code, rooms) that people look at, and Elos does not tell about."""
    has_server: bool
    has_platform: bool
    has_launch: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Counted now and then, not for each page."""

    meetings: int
    people: int
    launches_today: int
    failures_today: int
    counted_at: datetime


def attention(deps: Deps) -> Attention:
    """Found by indexes of what is late, waiting or watched: it does not grow with what went well."""
    now = deps.clock()
    with deps.database.reading() as db:
        there = db.execute(
            select(
                select(servers.c.id).exists().label("server"),
                select(platforms.c.id).exists().label("platform"),
                select(launches.c.id).exists().label("launch"),
            )
        ).one()
        return Attention(
            failing=_failing(db, since=now - LATELY),
            pending=_pending(db),
            troubles=_troubles(db, now=now),
            has_server=bool(there.server),
            has_platform=bool(there.platform),
            has_launch=bool(there.launch),
        )


def _failing(db: Connection, *, since: datetime) -> tuple[Failing, ...]:
    of = failed_launches.c
    # First those of late, by their index: else the groups are made by another one, of all there are.
    late = select(of.platform_id, of.code, of.minute, of.more).where(of.minute > since).cte("late")
    late = late.prefix_with("MATERIALIZED")
    times = func.sum(late.c.more + 1)
    query = (
        select(
            late.c.platform_id, platforms.c.name, late.c.code, times.label("times"), func.max(late.c.minute).label("at")
        )
        .outerjoin_from(late, platforms, platforms.c.id == late.c.platform_id)
        .group_by(late.c.platform_id, platforms.c.name, late.c.code)
        .having(times >= _MANY)
        .order_by(times.desc(), late.c.code)
        .limit(_SHOWN)
    )
    rows = db.execute(query).all()
    return tuple(Failing(row.platform_id, row.name or "", row.code, int(row.times), row.at) for row in rows)


def _pending(db: Connection) -> tuple[Pending, ...]:
    of = deployments.c
    waiting = select(of.platform_id, of.created_at).where(~of.is_active).cte("waiting").prefix_with("MATERIALIZED")
    since = func.min(waiting.c.created_at)
    query = (
        select(platforms.c.id, platforms.c.name, func.count().label("number"), since.label("since"))
        .join_from(waiting, platforms, platforms.c.id == waiting.c.platform_id)
        .where(platforms.c.enabled)
        .group_by(platforms.c.id, platforms.c.name)
        .order_by(since)
        .limit(_SHOWN)
    )
    return tuple(Pending(row.id, row.name, row.number, row.since) for row in db.execute(query).all())


def _troubles(db: Connection, *, now: datetime) -> tuple[tuple[str, int], ...]:
    query = (
        select(live_rooms.c.trouble, func.count())
        .where(live_rooms.c.watched_until > now, live_rooms.c.trouble != "")
        .group_by(live_rooms.c.trouble)
        .order_by(func.count().desc(), live_rooms.c.trouble)
    )
    return tuple((code, rooms) for code, rooms in db.execute(query).all())


def figures(deps: Deps) -> Figures:
    """One query. It reads as many rows as there were launches today, so pages keep its answer for a while."""
    now, today = deps.clock(), midnight(deps)
    live = (live_rooms.c.state == "open", live_rooms.c.checked_at > now - _SEEN)
    of_deployment = (launches.c.deployment_id == deployments.c.id, launches.c.created_at >= today)
    # Deployment by deployment, by their index: one over all launches would cost every launch a page more to write.
    launched = select(func.count()).select_from(launches).where(*of_deployment).scalar_subquery()
    failed = select(func.sum(failed_launches.c.more + 1)).where(failed_launches.c.minute >= today)
    query = select(
        select(func.count()).select_from(live_rooms).where(*live).scalar_subquery().label("meetings"),
        select(func.sum(live_rooms.c.participants)).where(*live).scalar_subquery().label("people"),
        select(func.sum(launched)).select_from(deployments).scalar_subquery().label("launches"),
        failed.scalar_subquery().label("failures"),
    )
    with deps.database.reading() as db:
        row = db.execute(query).one()
    return Figures(row.meetings, int(row.people or 0), int(row.launches or 0), int(row.failures or 0), now)
