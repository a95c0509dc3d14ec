"""Workers: huey wakes them, the rows say what is to be done (services/jobs.py).

huey takes a message off its queue before the work is done, so kill -9 loses it; its periodic tasks come once per
consumer. Hence a message is a bare id, and a sweep finds the rows that no message speaks of any more.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
from typing import Any

import psycopg
from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.services import jobs
from lti_elos.services.deps import Deps
from lti_elos.services.job_kinds import KINDS
from lti_elos.services.jobs import Kinds

log = logging.getLogger(__name__)

_NAME = "lti-elos"
_LOCK = 7202
_THREADS = 2
_PICK_UP_S = 0.25
"""How late SQLite's queue is looked into; PostgreSQL's tells by itself."""
_FEW = 50
_STEP_S = 1.0
_RECOVERY_S = 5.0
_END_S = 10.0


class _Consumer(Consumer):  # type: ignore[misc]
    """huey's consumer beside other threads: signals stay the process's own."""

    def _set_signal_handlers(self) -> None:
        """None of its own."""


def make_queue(deps: Deps, kinds: Kinds = KINDS) -> Huey:
    """The queue of this process; make it after the fork. From now on the bell rings there.

    Messages are signed: huey's are pickles, and who could write one would run code.
    """
    serializer = SignedSerializer(secret=deps.vault.fingerprint("queue", _NAME))
    options: dict[str, Any] = {"results": False, "serializer": serializer}
    if deps.database.dialect == "postgresql":
        url = make_url(deps.settings.sqlalchemy_url).set(drivername="postgresql")
        dsn = url.render_as_string(hide_password=False)
        with psycopg.connect(dsn) as db:  # processes that start at once would all make the queue's tables
            db.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            queue = PostgresHuey(_NAME, dsn=dsn, **options)
    else:
        deps.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = deps.settings.data_dir / "queue.sqlite"
        file.touch(mode=0o600)
        queue = SqliteHuey(_NAME, filename=str(file), timeout=30, **options)

    def run_job(job_id: int) -> None:
        jobs.run(deps, job_id, kinds)

    deps.bell.answer = queue.task(name="run_job")(run_job)
    closing = threading.Lock()

    def close() -> None:
        """Each thread's own connection to PostgreSQL, and the one of all."""
        with closing:
            queue.storage.close()

    queue.on_shutdown(name="close")(close)
    return queue


class Worker:
    """Does jobs until it is stopped. With ``alone``, only while no other worker of this machine does."""

    def __init__(self, deps: Deps, *, alone: bool, kinds: Kinds = KINDS) -> None:
        self._deps, self._alone, self._kinds = deps, alone, kinds
        self._queue = make_queue(deps, kinds)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run, name="jobs", daemon=True)

    def start(self) -> Worker:
        """In a thread of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Lets the jobs that are being done come to their end, for a while; others find what is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_END_S)

    def request_stop(self) -> None:
        """For signal handlers."""
        self._stop.set()

    def run(self) -> None:
        """Until stopped."""
        if not self._alone:
            self._work()
            return
        self._deps.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._deps.settings.data_dir / "consumer.lock").open("w") as lock:
            while not self._stop.is_set():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel frees it, whatever the death
                except BlockingIOError:
                    self._stop.wait(_STEP_S)
                else:
                    self._work()

    def _work(self) -> None:
        consumer = _Consumer(self._queue, workers=_THREADS, periodic=False, max_delay=_PICK_UP_S, scheduler_interval=60)
        consumer.start()
        try:
            while not self._stop.is_set():
                self._stop.wait(self._look())
        finally:
            consumer.stop(graceful=True)
            self._queue.storage.close()

    def _look(self) -> float:
        """One round. Gives the seconds until the next."""
        try:
            jobs.beat(self._deps, self._kinds)
            if self._queue.pending_count() < _FEW:  # else messages of the same jobs would heap up
                for job_id in jobs.due(self._deps):
                    self._deps.bell.ring(job_id)
        except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as trouble:  # the last two: of the queue
            log.warning("workers cannot use the database", extra={"reason": type(trouble).__name__})
            return _RECOVERY_S
        return _STEP_S
