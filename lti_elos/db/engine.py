"""Engines and transactions.

SQLite: WAL, foreign keys on, and every writing transaction begins IMMEDIATE, so that two that read before they write
wait for each other instead of failing. Pages that only read take ``Database.reading()``, which takes no lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

_open_transactions: ContextVar[int] = ContextVar("open_transactions", default=0)


class NestedTransaction(RuntimeError):
    """A transaction was begun inside another: a slow call or a forgotten ``db`` argument is near."""


def transaction_is_open() -> bool:
    """Whether this thread is inside a transaction. The network stays outside it: clients ask this in tests."""
    return _open_transactions.get() > 0


class Database:
    """One database: short write transactions, and reads that lock nothing."""

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url)
        self._reads = self.engine.execution_options(readonly=True)
        self.dialect = self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end, rolled back on any error. Refuses to nest."""
        with self._once(), self.engine.begin() as db:
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


def _make_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed, pool_pre_ping=True, pool_size=8, max_overflow=8, connect_args={"connect_timeout": 5}
        )
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
    engine = create_engine(parsed, pool_size=8, max_overflow=8)
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _pragmas(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # the driver must not begin on its own
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        dbapi.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
