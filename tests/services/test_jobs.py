"""Jobs: done once, tried again when they fail, found again when their worker is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from lti_elos.clock import utc_now
from lti_elos.db.tables import jobs as table
from lti_elos.errors import ElosUnreachable
from lti_elos.services import health, jobs
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import Effect, Job, Kind
from lti_elos.services.workers import Worker, make_queue
from tests.services.conftest import Clock, MakeDeps
from tests.support import job_process


def added(deps: Deps, key: str = "1", kind: str = "k", **more: Any) -> int:
    with deps.database.transaction() as db:
        found = jobs.add(db, kind, key, now=deps.clock(), **more)
    assert found is not None
    return found


class Notes:
    """A kind that notes what was done."""

    def __init__(self) -> None:
        self.claimed: list[int] = []
        self.written: list[str] = []
        self.fails: Exception | None = None

    def work(self, _deps: Deps, job: Job) -> Effect:
        self.claimed.append(job.tries)
        if self.fails is not None:
            raise self.fails
        return lambda _db: self.written.append(job.key)

    @property
    def kinds(self) -> dict[str, Kind]:
        return {"k": Kind(self.work)}


@pytest.fixture
def notes() -> Notes:
    return Notes()


def test_a_job_is_done_once(deps: Deps, notes: Notes) -> None:
    job_id = added(deps)
    for _ in range(3):
        jobs.run(deps, job_id, notes.kinds)
    assert (notes.claimed, notes.written) == ([1], ["1"])
    assert jobs.due(deps) == []


def test_a_second_job_of_the_same_kind_and_key_is_none(deps: Deps) -> None:
    added(deps)
    with deps.database.transaction() as db:
        assert jobs.add(db, "k", "1", now=deps.clock()) is None
    added(deps, "2")
    added(deps, kind="other")


def test_a_job_that_was_given_up_is_done_when_it_is_asked_for_again(deps: Deps, notes: Notes) -> None:
    job_id = added(deps)
    with deps.database.transaction() as db:
        db.execute(table.update().values(tries=jobs.MOST_TRIES))
    assert jobs.due(deps) == []

    with deps.database.transaction() as db:
        assert jobs.ask(db, "k", "1", now=deps.clock()) == job_id
        assert jobs.ask(db, "k", "1", now=deps.clock()) is None, "it waits already"

    jobs.run(deps, job_id, notes.kinds)
    assert notes.written == ["1"]


def test_a_job_waits_for_its_time(deps: Deps, notes: Notes, clock: Clock) -> None:
    job_id = added(deps, due_at=clock.now + timedelta(minutes=1))
    jobs.run(deps, job_id, notes.kinds)
    assert (jobs.due(deps), notes.claimed) == ([], [])
    clock.forward(minutes=1)
    assert jobs.due(deps) == [job_id]


def test_what_fails_is_tried_again_later_and_later_and_rests_in_the_end(
    deps: Deps, notes: Notes, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    notes.fails = ElosUnreachable("away", server="default")
    job_id, pauses = added(deps), []
    while not jobs.health(deps).given_up:
        began = clock.now
        jobs.run(deps, job_id, notes.kinds)
        if jobs.health(deps).given_up:
            break
        while jobs.due(deps) == []:
            clock.forward(seconds=5)
        pauses.append((clock.now - began).total_seconds())

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, 3600)
    assert len(notes.claimed) == jobs.MOST_TRIES
    clock.forward(days=1)
    assert jobs.due(deps) == []
    with deps.database.reading() as db:
        assert db.scalars(select(table.c.trouble)).all() == ["ELOS-UNREACHABLE"]
    assert {record.__dict__["reason"] for record in caplog.records} == {"ELOS-UNREACHABLE"}


def test_a_job_whose_worker_died_is_done_by_the_next(deps: Deps, notes: Notes, clock: Clock) -> None:
    job_id = added(deps)
    claimed_and_gone = jobs._claim(deps, job_id, notes.kinds)
    assert claimed_and_gone is not None
    jobs.run(deps, job_id, notes.kinds)
    assert notes.written == [], "somebody is at it"

    clock.forward(seconds=jobs.LEASE.total_seconds())
    assert jobs.due(deps) == [job_id]
    jobs.run(deps, job_id, notes.kinds)
    assert notes.written == ["1"]


def test_a_worker_that_comes_back_too_late_writes_nothing(deps: Deps, notes: Notes, clock: Clock) -> None:
    job_id = added(deps)

    def sleeps(deps: Deps, job: Job) -> Effect:
        clock.forward(seconds=jobs.LEASE.total_seconds() + 1)
        jobs.run(deps, job_id, notes.kinds)
        return lambda _db: notes.written.append(f"late {job.key}")

    jobs.run(deps, job_id, {"k": Kind(sleeps)})
    assert notes.written == ["1"]


def test_a_job_that_is_asked_for_again_while_it_is_done_is_done_again(deps: Deps, notes: Notes) -> None:
    job_id = added(deps)

    def asked_meanwhile(deps: Deps, job: Job) -> Effect:
        with deps.database.transaction() as db:
            assert jobs.ask(db, "k", "1", now=deps.clock()) == job_id
        return lambda _db: notes.written.append(f"first {job.key}")

    jobs.run(deps, job_id, {"k": Kind(asked_meanwhile)})
    assert jobs.due(deps) == [job_id]
    jobs.run(deps, job_id, notes.kinds)

    assert notes.written == ["first 1", "1"]
    assert jobs.due(deps) == []
    with deps.database.transaction() as db:
        assert jobs.ask(db, "k", "1", now=deps.clock()) == job_id
        assert jobs.ask(db, "k", "1", now=deps.clock()) is None, "it waits already"
    assert jobs.due(deps) == [job_id]


def test_an_effect_that_fails_leaves_nothing_and_is_tried_again(deps: Deps, notes: Notes, clock: Clock) -> None:
    job_id = added(deps)

    def half(db: Connection) -> None:
        jobs.add(db, "half", "1", now=clock.now)
        raise ZeroDivisionError

    jobs.run(deps, job_id, {"k": Kind(lambda _deps, _job: half)})

    with deps.database.reading() as db:
        assert db.scalars(select(table.c.kind)).all() == ["k"]
    clock.forward(seconds=5)
    jobs.run(deps, job_id, notes.kinds)
    assert notes.written == ["1"]


def test_a_kind_of_newer_code_is_left_alone(deps: Deps, notes: Notes) -> None:
    job_id = added(deps, kind="newer")
    jobs.run(deps, job_id, notes.kinds)
    assert jobs.due(deps) == [job_id]
    assert notes.claimed == []


def test_what_comes_by_itself_comes_once_a_turn_however_many_beat(
    deps_with: MakeDeps, notes: Notes, clock: Clock
) -> None:
    kinds = {"k": Kind(notes.work, every=timedelta(hours=1))}
    several = [deps_with() for _ in range(3)]
    for minutes in (0, 10, 49, 1, 59):
        clock.forward(minutes=minutes)
        for deps in several:
            jobs.beat(deps, kinds)
    with several[0].database.reading() as db:
        keys = db.scalars(select(table.c.key).order_by(table.c.key)).all()
    assert keys == ["2026-03-02T12:00:00+00:00", "2026-03-02T13:00:00+00:00"]


def test_late_jobs_are_told_and_keep_nobody_from_serving(deps: Deps, clock: Clock) -> None:
    assert health.readiness(deps).checks["jobs"] == "ok"
    added(deps)
    clock.forward(minutes=11)
    ready = health.readiness(deps)
    assert "1 wait" in ready.checks["jobs"]
    assert ready.obstacles == []


# --- with huey, in processes ---

MANY = 60


@pytest.fixture
def real(deps: Deps) -> Deps:
    """The same by the real clock, with a table for effects."""
    made = replace(deps, clock=utc_now)
    with made.database.transaction() as db:
        db.execute(text("create table effects (key varchar(100))"))
    return made


@contextlib.contextmanager
def processes(deps: Deps, how: str, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.extend(start(deps, how) for _ in range(count))
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def start(deps: Deps, how: str) -> subprocess.Popen[bytes]:
    url, folder = deps.settings.sqlalchemy_url, deps.settings.data_dir
    return subprocess.Popen([sys.executable, "-m", "tests.support.job_process", url, str(folder), how])


def effects(deps: Deps, kind: str) -> list[str]:
    with deps.database.reading() as db:
        return [key for key in db.scalars(text("select key from effects order by key")) if key.startswith(kind)]


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(real: Deps) -> None:
    how = "alone" if real.database.dialect == "sqlite" else "beside"
    queue = make_queue(real, job_process.KINDS)
    moments = random.Random(7)  # noqa: S311 - no secret
    with processes(real, how, 2) as running:
        for number in range(MANY):
            with real.database.transaction() as db:
                job_id = jobs.add(db, "effect", f"{number:03}", now=real.clock())
            real.bell.ring(job_id)
        kills = 0
        until = time.monotonic() + 100
        while len(effects(real, "effect")) < MANY and time.monotonic() < until:
            time.sleep(moments.uniform(0.3, 1.2))
            if kills < 6:
                victim = kills % 2
                os.kill(running[victim].pid, signal.SIGKILL)
                running[victim].wait()
                running[victim] = start(real, how)
                kills += 1
        beats = effects(real, "beat")
    queue.storage.close()

    assert effects(real, "effect") == [f"effect {number:03}" for number in range(MANY)]
    assert kills >= 2, "they were killed while there was work"
    assert len(beats) == len(set(beats)) >= 1, "each turn came once"


def test_the_bell_wakes_a_worker_and_a_missed_one_is_swept_up(real: Deps) -> None:
    worker = Worker(real, alone=True, kinds=job_process.KINDS).start()
    try:
        with real.database.transaction() as db:
            heard = jobs.add(db, "effect", "heard", now=real.clock())
            jobs.add(db, "effect", "missed", now=real.clock())
        real.bell.ring(heard)
        until = time.monotonic() + 30
        while len(effects(real, "effect")) < 2 and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        worker.stop()
    assert effects(real, "effect") == ["effect heard", "effect missed"]


def test_a_message_of_somebody_else_is_not_even_unpacked(real: Deps, tmp_path: Path) -> None:
    """huey's messages are pickles: who writes into the queue file must not run code."""
    import pickle

    class Evil:
        def __reduce__(self) -> Any:
            return (os.mkdir, (str(tmp_path / "evil"),))

    queue = make_queue(real, job_process.KINDS)
    queue.storage.enqueue(pickle.dumps(Evil()))
    queue.storage.close()
    job_id = added(real, "after", "effect")
    worker = Worker(real, alone=True, kinds=job_process.KINDS).start()
    try:
        real.bell.ring(job_id)
        until = time.monotonic() + 30
        while not effects(real, "effect") and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        worker.stop()
    assert effects(real, "effect") == ["effect after"]
    assert not (tmp_path / "evil").exists()
