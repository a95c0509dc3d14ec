"""The processes that are measured, in a folder of their own, stopped at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bench import platform
from lti_elos.app import make_deps
from lti_elos.db import schema
from lti_elos.db.tables import launches
from lti_elos.services import platforms
from lti_elos.services.deps import Deps
from lti_elos.settings import Settings

_ROOT = Path(__file__).resolve().parent.parent
_SECRET_KEY = "bench-only-key-of-more-than-32-characters"  # noqa: S105
ELOS_SECRET = "bench-only-secret"  # noqa: S105
THREADS = 8
"""`serve`'s own default; the Flask applications beside it get the same."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    pid: int


@dataclass(frozen=True)
class Tool:
    """`lti-elos serve`, in one process or several over one database."""

    servers: tuple[Server, ...]
    deps: Deps

    @property
    def url(self) -> str:
        return self.servers[0].url

    @property
    def pid(self) -> int:
        return self.servers[0].pid

    def launches(self) -> int:
        """How many launches the database holds: those that were really let in."""
        with self.deps.database.reading() as db:
            return int(db.execute(select(func.count()).select_from(launches)).scalar_one())


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


@contextmanager
def _process(command: list[str], port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LTI_ELOS_")}
    noise = folder / f"{port}.log"
    with noise.open("wb") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env=inherited | {"PYTHONPATH": str(_ROOT)} | dict(environment),
            cwd=folder,
            stdout=stderr,
            stderr=stderr,
        )
    try:
        until = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{command} did not start:\n{noise.read_text()[-3000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def simulator(folder: Path) -> Iterator[Server]:
    """Elos, in a process of its own: its CPU is nobody's here."""
    port = _free_port()
    with _process([sys.executable, "-m", "bench.simulator", str(port), ELOS_SECRET], port, folder, {}) as server:
        yield server


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of our own by its URL; "" where Debian's redis-server is not installed."""
    path = shutil.which("redis-server")
    if path is None:
        yield ""
        return
    port = _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with _process([path, *options], port, folder, {}):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A database's URL; "" for the tool's default, a SQLite file in its folder."""
    if kind == "sqlite":
        yield ""
        return
    from tests.support.postgres import as_text, own_postgres

    with own_postgres() as (url, _):
        text = as_text(url)
        with psycopg.connect(text, autocommit=True) as connection:
            for switch in ("fsync", "synchronous_commit", "full_page_writes"):  # the tests' server saves on them
                connection.execute(f"alter system reset {switch}".encode())
            connection.execute("select pg_reload_conf()")
            name = f"bench_{folder.name.replace('-', '_')}".lower()
            connection.execute(f"create database {name}".encode())
        yield as_text(make_url(text).set(database=name))
        with psycopg.connect(text, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)".encode())


@contextmanager
def tool(
    folder: Path,
    *,
    elos: Server,
    jwks_url: str,
    processes: int = 1,
    workers: int = 1,
    database_url: str = "",
    **settings: str,
) -> Iterator[Tool]:
    """`serve` as production runs it: level info, JSON lines into a file. The platform is registered."""
    folder.mkdir()
    ports = [_free_port() for _ in range(processes)]
    base = f"http://127.0.0.1:{ports[0]}"
    environment = {
        "LTI_ELOS_BASE_URL": base,
        "LTI_ELOS_DATA_DIR": str(folder),
        "LTI_ELOS_SECRET_KEY": _SECRET_KEY,
        "LTI_ELOS_ELOS_URL": elos.url,
        "LTI_ELOS_ELOS_SECRET": ELOS_SECRET,
        "LTI_ELOS_ALLOW_PRIVATE_NETWORKS": "true",
        "LTI_ELOS_LOG_FORMAT": "json",
    } | {f"LTI_ELOS_{name.upper()}": value for name, value in settings.items()}
    if database_url:
        environment["LTI_ELOS_DATABASE_URL"] = database_url
    deps = make_deps(
        Settings(
            base_url=base,
            data_dir=folder,
            secret_key=_SECRET_KEY,
            database_url=database_url,
            allow_private_networks=True,
        )
    )
    schema.upgrade(deps.database)
    platforms.add(
        deps,
        name="bench",
        issuer=platform.ISSUER,
        client_id=platform.CLIENT_ID,
        auth_login_url=platform.AUTH_URL,
        auth_token_url=platform.TOKEN_URL,
        jwks_url=jwks_url,
    )
    with ExitStack() as running:
        running.callback(deps.database.dispose)
        arguments = ["--workers", str(workers), "--threads", str(THREADS)]
        servers = [
            running.enter_context(
                _process(
                    [sys.executable, "-m", "lti_elos", "serve", "--port", str(port), *arguments],
                    port,
                    folder,
                    environment,
                )
            )
            for port in ports
        ]
        yield Tool(tuple(servers), deps)


@contextmanager
def gunicorn(
    app: str, folder: Path, environment: Mapping[str, str], *, is_sync: bool = False, workers: int = 1
) -> Iterator[Server]:
    """Another WSGI application, with the tool's own gunicorn settings and number of threads unless ``is_sync``."""
    port = _free_port()
    own = ["-c", str(_ROOT / "configs/gunicorn.conf.py"), "--threads", str(THREADS)]
    settings = ["--no-control-socket", "-k", "sync"] if is_sync else own
    command = [sys.executable, "-m", "gunicorn", *settings, "-w", str(workers), "-b", f"127.0.0.1:{port}", app]
    with _process(command, port, folder, environment) as server:
        yield server
