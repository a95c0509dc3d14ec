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
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from lti_elos.db.prepared import run_on_driver
from lti_elos.errors import Misconfigured

_open: ContextVar[Literal["", "reads", "writes"]] = ContextVar("open_transaction", default="")


class NestedTransaction(RuntimeError):
    """A transaction was begun inside another: a slow call or a forgotten ``db`` argument is near."""


def transaction_is_open() -> bool:
    """Whether this thread is inside a transaction. The network stays outside it: clients ask this in tests."""
    return _open.get() != ""


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
        self.dialect = self.engine.dialect.name
        # SQLite has one writer at a time, and who finds it taken sleeps and tries again, up to 100 ms at a time:
        # threads of a process queue here instead, so that only processes meet there.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.dialect == "sqlite" else nullcontext()

        self._resting: list[Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end, rolled back on any error. Refuses to nest."""
        with self._once("writes"), self._turn, self._connection() as db, db.begin():
            yield db

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A reading transaction. Never write on it: on SQLite that fails when another wrote meanwhile."""
        with self._once("reads"), self._connection() as db:
            yield db

    @contextmanager
    def _once(self, what: Literal["reads", "writes"]) -> Iterator[None]:
        if transaction_is_open():
            raise NestedTransaction
        token = _open.set(what)
        try:
            yield
        finally:
            _open.reset(token)

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """On SQLite one that rests open: what SQLAlchemy's pool does at each loan costs more than most statements.

        The one that was used last comes first: its pages are in its cache still. After an error it is not used again.
        """
        if self.dialect != "sqlite":
            with self.engine.connect() as db:
                yield db
            return
        resting = self._resting
        try:
            db = resting.pop()
        except IndexError:
            db = self.engine.connect()
        try:
            yield db
            if db.in_transaction():
                db.rollback()
        except BaseException:
            db.close()
            raise
        if resting is self._resting:
            resting.append(db)
        else:  # disposed of meanwhile
            db.close()

    def dispose(self) -> None:
        resting, self._resting = self._resting, []
        for db in resting:
            db.close()
        self.engine.dispose()


_ENGINE: dict[str, Any] = {
    "pool_size": 8,
    "max_overflow": 8,
    "pool_use_lifo": True,  # the others may rest
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
    engine = create_engine(parsed, **_ENGINE | {"max_overflow": -1})  # those that rest are not the pool's to lend
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
    run_on_driver(connection, "BEGIN" if _open.get() == "reads" else "BEGIN IMMEDIATE")
