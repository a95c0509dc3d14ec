"""Engines and transactions.

SQLite: WAL, foreign keys on, and every writing transaction begins IMMEDIATE, so that two that read before they write
wait for each other instead of failing. Pages that only read take ``Database.reading()``, which takes no lock.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from lti_elos.db.prepared import run_on_driver
from lti_elos.errors import Misconfigured

_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


class NestedTransaction(RuntimeError):
    """A transaction was begun inside another: a slow call or a forgotten ``db`` argument is near."""


def transaction_is_open() -> bool:
    """Whether this thread is inside a transaction. The network stays outside it: clients ask this in tests."""
    return _open_transactions.get() > 0


class Database:
    """One database: short write transactions, and reads that lock nothing."""

    def __init__(self, url: str) -> None:
        """Connects to nothing yet. Raises Misconfigured for a URL that names no database we can speak to."""
        try:
            self.engine = _make_engine(url)
        except (ArgumentError, ImportError, ValueError) as cause:
            raise Misconfigured(
                f"DATABASE_URL names no database that the tool can speak to ({type(cause).__name__}): "
                "postgresql://user:password@host/name, or sqlite:////folder/file"
            ) from None  # the cause may hold the URL
        self._reads = self.engine.execution_options(readonly=True)
        self.dialect = self.engine.dialect.name
        # SQLite has one writer at a time, and who finds it taken sleeps and tries again, up to 100 ms at a time:
        # threads of a process queue here instead, so that only processes meet there.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.dialect == "sqlite" else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end, rolled back on any error. Refuses to nest."""
        with self._once(), self._turn, self.engine.begin() as db:
            yield db

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A reading transaction. Never write on it: on SQLite that fails when another wrote meanwhile."""
        with self._once(), self._reads.connect() as db:
            yield db

    @contextmanager
    def _once(self) -> Iterator[None]:
        if transaction_is_open():
            raise NestedTransaction
        token = _open_transactions.set(1)
        try:
            yield
        finally:
            _open_transactions.reset(token)

    def dispose(self) -> None:
        self.engine.dispose()


_ENGINE: dict[str, Any] = {
    "pool_size": 8,
    "max_overflow": 8,
    # The connection that was used last: its pages are in its cache still, and the others may rest.
    "pool_use_lifo": True,
    "hide_parameters": True,  # an error's text, which is logged, would hold people's names
}


def _make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 5}, **_ENGINE)
    if parsed.database and parsed.database != ":memory:":
        file = Path(parsed.database)
        if not file.parent.exists():
            file.parent.mkdir(mode=0o700, parents=True)
        file.touch(mode=0o600)  # SQLite's own would be open to others; its side files take this one's mode
    engine = create_engine(parsed, **_ENGINE)
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _pragmas(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # the driver must not begin on its own
    # SQLite's own knows ASCII only: "álgebra" would not find "Álgebra".
    dbapi.create_function("lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True)
    dbapi.execute("PRAGMA busy_timeout=30000")
    _switch_to_wal(dbapi)
    for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
        dbapi.execute(f"PRAGMA {pragma}")


def _switch_to_wal(dbapi: Any) -> None:
    """Once per file. Processes that make the switch at once get "locked" from SQLite without any wait: so wait here."""
    ends = time.monotonic() + 30
    while True:
        try:
            dbapi.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("readonly")
    run_on_driver(connection, "BEGIN" if reads else "BEGIN IMMEDIATE")
