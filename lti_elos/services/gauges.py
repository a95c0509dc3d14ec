"""How the installation is now, for /metrics: read from the database, so every process and machine tells the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.counts import Gauge
from lti_elos.db.tables import hooks, jobs, live_rooms, servers
from lti_elos.domain.live import LiveState
from lti_elos.services.deps import Deps
from lti_elos.services.hooks import IS_DEAF
from lti_elos.services.jobs import MOST_TRIES


def read(deps: Deps) -> list[Gauge]:
    """With the database away, that alone."""
    try:
        with deps.database.reading() as db:
            found = [*_jobs(db, deps.clock()), *_hooks(db, deps.clock()), *_rooms(db)]
    except SQLAlchemyError:
        return [_plain("database_up", "Whether the database answers", 0)]
    return [_plain("database_up", "Whether the database answers", 1), *found]


def _plain(name: str, text: str, value: float) -> Gauge:
    return Gauge(name, text, (), {(): value})


def _jobs(db: Connection, now: datetime) -> list[Gauge]:
    gives_up = jobs.c.tries >= MOST_TRIES
    query = (
        select(
            jobs.c.kind,
            func.count().filter(~gives_up),
            func.count().filter(gives_up),
            func.min(jobs.c.due_at).filter(~gives_up),
        )
        .where(jobs.c.done_at.is_(None))
        .group_by(jobs.c.kind)
    )
    rows = db.execute(query).all()
    oldest = min((row[3] for row in rows if row[3] is not None), default=now)
    return [
        Gauge("jobs_open", 'Background jobs to be done; "meeting": of the events\' inbox', ("kind",), _by(rows, 1)),
        Gauge("jobs_given_up", "Background jobs that nobody tries any more", ("kind",), _by(rows, 2)),
        _plain("jobs_oldest_seconds", "How long the oldest open job has been due", max(0.0, _age(oldest, now))),
    ]


def _by(rows: Iterable[Any], place: int) -> dict[tuple[str, ...], float]:
    return {(row[0],): row[place] for row in rows}


def _hooks(db: Connection, now: datetime) -> list[Gauge]:
    query = select(
        servers.c.name,
        hooks.c.last_event_at,
        case((and_(hooks.c.hook_id != "", hooks.c.trouble == ""), 1), else_=0),
        case((IS_DEAF, 1), else_=0),
    ).outerjoin(hooks, hooks.c.server_id == servers.c.id)
    rows = db.execute(query.order_by(servers.c.name)).all()
    events: dict[tuple[str, ...], float] = {(row[0],): _age(row[1], now) for row in rows if row[1] is not None}
    return [
        Gauge("hook_kept", "Whether the server has our hook", ("server",), _by(rows, 2)),
        Gauge("hook_deaf", "Whether something happened there that no event has told since", ("server",), _by(rows, 3)),
        Gauge("hook_last_event_seconds", "Age of the server's last delivery", ("server",), events),
    ]


def _rooms(db: Connection) -> list[Gauge]:
    query = select(func.count(), func.coalesce(func.sum(live_rooms.c.participants), 0))
    rooms, people = db.execute(query.where(live_rooms.c.state == LiveState.OPEN.value)).one()
    return [
        _plain("rooms_open", "Rooms whose meeting has people in it, as last known", rooms),
        _plain("people_in_rooms", "People in them, as last known", int(people)),
    ]


def _age(moment: datetime, now: datetime) -> float:
    return (now - moment).total_seconds()
