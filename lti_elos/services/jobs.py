"""Jobs (DESIGN "Jobs"): what is to be done in the background, once, whoever is killed meanwhile.

A job is a row under a kind and a key. Workers claim it for a while; what it does to the database is written in one
transaction with "done", so that half of it is never there and twice is never written. What it asks of others (Elos) in
between may happen twice, and must bear that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import jobs
from lti_elos.db.upserts import insert_if_new
from lti_elos.errors import LtiElosError
from lti_elos.services.deps import Deps

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any try takes: who holds it may die, and another does the job then."""
MOST_TRIES = 12
"""After some five hours of trying a job rests, and /readyz and `doctor` tell of it."""
INBOX = "meeting"
"""The kind whose jobs are the inbox of events: one for each meeting that something was told of (services/events.py)."""
LATE = timedelta(minutes=10)
"""After so long a job that is due should have been done."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
KEPT = timedelta(days=7)
"""Done ones: their keys are what makes a second one no new job."""
_MANY = 500


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. ``tries``: how many claims there were since it was last asked for and done, with this one."""

    id: int
    kind: str
    key: str
    tries: int
    lease: datetime
    """Until when it is this claim's: whoever claimed before has another one, and writes nothing any more."""
    asked: int


Effect = Callable[[Connection], object]
"""Writes what the job has come to, in the transaction that marks it done."""
Work = Callable[[Deps, Job], Effect | None]
"""Does the slow part, outside any transaction, and gives the effect. Raises when it is to be tried again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What jobs of one kind do. ``every``: it comes by itself, once in that time."""

    work: Work
    every: timedelta | None = None


Kinds = Mapping[str, Kind]


def add(db: Connection, kind: str, key: str, *, now: datetime, due_at: datetime | None = None) -> int | None:
    """Add a job in the caller's transaction. Gives its id, for the bell; None when there is one already."""
    values = {
        "kind": kind,
        "key": key,
        "due_at": due_at or now,
        "leased_until": None,
        "tries": 0,
        "trouble": "",
        "asked": 1,
        "done_at": None,
        "created_at": now,
    }
    added: int | None = insert_if_new(db, jobs, values, returning=jobs.c.id)
    return added


_OF_KEY = Prepared(
    select(jobs.c.id, jobs.c.done_at, jobs.c.leased_until, jobs.c.tries)
    .where(jobs.c.kind == bindparam("of_kind"), jobs.c.key == bindparam("of_key"))
    .with_for_update()
)


def ask(db: Connection, kind: str, key: str, *, now: datetime) -> int | None:
    """Add a job, or let the one that is there be done once more: also when somebody is at it this very moment, who may
    have looked already; and one that was given up is begun anew. Gives its id, for the bell; None when it is waiting
    already, and will see what there is by now.
    """
    row = _OF_KEY.first(db, of_kind=kind, of_key=key)
    if row is None:
        job_id = add(db, kind, key, now=now)
        if job_id is not None:
            return job_id
        row = _OF_KEY.first(db, of_kind=kind, of_key=key)  # another process was quicker
    if row.done_at is None and row.leased_until is None and row.tries < MOST_TRIES:
        return None
    again = {"asked": jobs.c.asked + 1, "done_at": None, "due_at": now, "tries": 0}
    db.execute(jobs.update().where(jobs.c.id == row.id).values(**again))
    return int(row.id)


def beat(deps: Deps, kinds: Kinds) -> None:
    """Add the jobs that come by themselves: one a turn, however many workers beat."""
    now = deps.clock()
    turns = {name: _turn(now, kind.every) for name, kind in kinds.items() if kind.every is not None}
    with deps.database.reading() as db:
        known = {
            (row.kind, row.key)
            for row in db.execute(select(jobs.c.kind, jobs.c.key).where(jobs.c.key.in_(set(turns.values()))))
        }
    if missing := [(kind, key) for kind, key in turns.items() if (kind, key) not in known]:
        with deps.database.transaction() as db:
            added = [add(db, kind, key, now=now) for kind, key in missing]
        for job_id in added:
            deps.bell.ring(job_id)


def _turn(now: datetime, every: timedelta) -> str:
    """The turn that ``now`` is in, by its beginning: the same in every process."""
    began = now.timestamp() // every.total_seconds() * every.total_seconds()
    return datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds")


def due(deps: Deps) -> list[int]:
    """The ids of jobs whose time has come and that nobody is at, longest overdue first."""
    now = deps.clock()
    is_free = or_(jobs.c.leased_until.is_(None), jobs.c.leased_until <= now)
    query = select(jobs.c.id).where(jobs.c.done_at.is_(None), jobs.c.due_at <= now, is_free)
    with deps.database.reading() as db:
        return list(db.scalars(query.where(jobs.c.tries < MOST_TRIES).order_by(jobs.c.due_at).limit(_MANY)))


def run(deps: Deps, job_id: int, kinds: Kinds) -> None:
    """Do a job, unless it is done, not due, or somebody is at it. A try that fails is tried again, later and later.

    A kind that is not known here (newer code's, during an upgrade) is left to those who know it.
    """
    job = _claim(deps, job_id, kinds)
    if job is None:
        return
    try:
        effect = kinds[job.kind].work(deps, job)
        with deps.database.transaction() as db:
            if _finish(db, job, deps.clock()) and effect is not None:
                effect(db)
        deps.counts.job(job.kind, has_failed=False)
    except Exception as trouble:
        reason = trouble.code if isinstance(trouble, LtiElosError) else type(trouble).__name__
        expected = isinstance(trouble, LtiElosError)
        deps.counts.job(job.kind, has_failed=True)
        log.warning(
            "a job failed", extra={"job": job.kind, "tries": job.tries, "reason": reason}, exc_info=not expected
        )
        _try_later(deps, job, reason)


def _claim(deps: Deps, job_id: int, kinds: Kinds) -> Job | None:
    now = deps.clock()
    lease = now + LEASE
    statement = (
        jobs.update()
        .where(
            jobs.c.id == job_id,
            jobs.c.kind.in_(kinds),
            jobs.c.done_at.is_(None),
            jobs.c.due_at <= now,
            or_(jobs.c.leased_until.is_(None), jobs.c.leased_until <= now),
            jobs.c.tries < MOST_TRIES,
        )
        .values(leased_until=lease, tries=jobs.c.tries + 1)
        .returning(jobs.c.id, jobs.c.kind, jobs.c.key, jobs.c.tries, jobs.c.asked)
    )
    with deps.database.transaction() as db:
        row = db.execute(statement).one_or_none()
    return None if row is None else Job(row.id, row.kind, row.key, row.tries, lease, row.asked)


def _mine(job: Job) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.id == job.id, jobs.c.leased_until == job.lease, jobs.c.done_at.is_(None)


def _finish(db: Connection, job: Job, now: datetime) -> bool:
    """Whether the job was still this claim's to finish. Asked for again meanwhile, it stays open."""
    done_at = case((jobs.c.asked == job.asked, literal(now, jobs.c.done_at.type)), else_=None)
    statement = jobs.update().where(*_mine(job)).values(done_at=done_at, leased_until=None, tries=0, trouble="")
    return db.execute(statement.returning(jobs.c.id)).scalar_one_or_none() is not None


def _try_later(deps: Deps, job: Job, reason: str) -> None:
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (job.tries - 1))
    later = {"due_at": deps.clock() + pause, "leased_until": None, "trouble": reason[:100]}
    with deps.database.transaction() as db:
        db.execute(jobs.update().where(*_mine(job)).values(**later))


@dataclass(frozen=True, slots=True)
class Health:
    """Of the queue."""

    open: int
    oldest_due_at: datetime | None
    given_up: int
    inbox: int
    """Meetings with events that were taken in and not worked on yet."""
    inbox_since: datetime | None
    last_done_at: datetime | None
    """A worker was there then: every few minutes there is something to do."""
    is_late: bool


def health(deps: Deps) -> Health:
    """How much is to be done, since when, what nobody tries any more, and when something was done."""
    gives_up = jobs.c.tries >= MOST_TRIES
    waits = ~gives_up & (jobs.c.kind == INBOX)
    query = select(
        func.count().filter(~gives_up),
        func.min(jobs.c.due_at).filter(~gives_up),
        func.count().filter(gives_up),
        func.count().filter(waits),
        func.min(jobs.c.due_at).filter(waits),
        select(func.max(jobs.c.done_at)).scalar_subquery(),
    ).where(jobs.c.done_at.is_(None))
    with deps.database.reading() as db:
        waiting, oldest, given_up, inbox, inbox_since, last_done_at = db.execute(query).one()
    is_late = oldest is not None and oldest < deps.clock() - LATE
    return Health(waiting, oldest, given_up, inbox, inbox_since, last_done_at, is_late)


def sweep(db: Connection, *, before: datetime) -> None:
    """Forget the jobs that were done, or given up, before then."""
    db.execute(jobs.delete().where(or_(jobs.c.done_at < before, jobs.c.due_at < before)))
