"""``lti-elos serve`` in processes of its own, over a database of their own, with what it wrote on stderr."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import requests
from sqlalchemy import URL

from lti_elos.app import make_deps
from lti_elos.services import servers
from lti_elos.settings import Settings
from tests.conftest import ELOS_SECRET, SECRET_KEY, Tool
from tests.support.postgres import as_text


@dataclass
class Served:
    """Running processes that serve one tool."""

    tool: Tool
    """The first one's address, and dependencies of ours over the same database."""
    urls: list[str]
    stderr: list[Path]

    def said(self) -> str:
        return "".join(path.read_text() for path in self.stderr)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


@contextmanager
def own_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """A migrated database for longer than one test: ``kind`` is sqlite or postgresql."""
    if kind == "sqlite":
        copy = folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), copy)
        yield f"sqlite:///{copy}"
        return
    server: URL = request.getfixturevalue("postgres")
    template, name = str(server.query["application_name"]), f"elos_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(as_text(server), autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"'.encode())
    yield as_text(server.set(database=name).difference_update_query(["application_name"]))
    with psycopg.connect(as_text(server), autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())


@contextmanager
def serving(
    database_url: str,
    elos_url: str,
    folder: Path,
    *,
    processes: int = 1,
    workers: int = 1,
    log_level: str = "info",
    **settings: str,
) -> Iterator[Served]:
    """``serve`` as often as asked, each with its workers on its own port; BASE_URL is the first one's."""
    ports = [free_port() for _ in range(processes)]
    environment = {
        "LTI_ELOS_BASE_URL": f"http://localhost:{ports[0]}",
        "LTI_ELOS_DATA_DIR": str(folder),
        "LTI_ELOS_SECRET_KEY": SECRET_KEY,
        "LTI_ELOS_DATABASE_URL": database_url,
        "LTI_ELOS_ALLOW_PRIVATE_NETWORKS": "true",
        "LTI_ELOS_LOG_FORMAT": "json",
        "LTI_ELOS_LOG_LEVEL": log_level,
    } | {f"LTI_ELOS_{name.upper()}": value for name, value in settings.items()}
    deps = make_deps(
        Settings(
            base_url=environment["LTI_ELOS_BASE_URL"],
            data_dir=folder,
            secret_key=SECRET_KEY,
            database_url=database_url,
            allow_private_networks=True,
        )
    )
    servers.add(deps, name="sim", url=elos_url, secret=ELOS_SECRET)
    with ExitStack() as running:
        running.callback(deps.database.dispose)
        noise = [folder / f"stderr-{port}.txt" for port in ports]
        started = [
            running.enter_context(_process(port, environment, folder, path, workers))
            for port, path in zip(ports, noise, strict=True)
        ]
        urls = [f"http://localhost:{port}" for port in ports]
        _wait_for(urls, started, noise)
        yield Served(Tool(urls[0], deps), urls, noise)


@contextmanager
def _process(
    port: int, environment: dict[str, str], folder: Path, noise: Path, workers: int
) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LTI_ELOS_")}
    command = [sys.executable, "-m", "lti_elos", "serve", "--port", str(port)]
    command += ["--workers", str(workers), "--threads", "12"]
    here = Path(__file__).parent.parent.parent
    with noise.open("wb") as stderr:
        process = subprocess.Popen(
            command, env=inherited | environment | {"PYTHONPATH": str(here)}, cwd=folder, stderr=stderr
        )
    yield process
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=20)


def _wait_for(urls: Sequence[str], started: Sequence[subprocess.Popen[bytes]], noise: Sequence[Path]) -> None:
    for url, process, path in zip(urls, started, noise, strict=True):
        until = time.monotonic() + 60
        while True:
            assert process.poll() is None, path.read_text()
            assert time.monotonic() < until, path.read_text()
            try:
                if requests.get(f"{url}/healthz", timeout=5).status_code == 200:
                    break
            except requests.ConnectionError:
                time.sleep(0.05)
