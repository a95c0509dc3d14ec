"""What tests stand on: a migrated database of either kind, the real application on a port, its two counterparts."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import requests
from sqlalchemy import URL, func, make_url, select

from lti_elos.app import create_app, make_deps
from lti_elos.db import schema
from lti_elos.db.base import Base
from lti_elos.db.engine import Database, transaction_is_open
from lti_elos.demo.elos import create_simulator
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms, servers
from lti_elos.services.deps import Deps
from lti_elos.settings import Settings
from tests.support.browser import Browser
from tests.support.platform import Jwks, Platform, make_jwks
from tests.support.postgres import WorkerDatabase, as_text, own_postgres

# How long a machine takes that does other work too is no property of ours.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

SECRET_KEY = "test-only-key-of-more-than-32-characters"
ELOS_SECRET = "test-only-elos-secret"

# --- the run ---

_ON_POSTGRES = ("database", "postgresql")
_met_postgres = False


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    global _met_postgres
    if report.when == "call" and report.passed and _ON_POSTGRES in map(tuple, report.user_properties):
        _met_postgres = True


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run in which nothing met PostgreSQL has not tested what it claims to."""
    config = session.config
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    if is_whole and not hasattr(config, "workerinput") and exitstatus == 0 and not _met_postgres:
        config.get_terminal_writer().line("\nNO TEST RAN ON POSTGRESQL: the run fails", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


# --- databases ---


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()  # the last connection takes the write-ahead log into the file
    return path


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> Iterator[URL]:
    """The address of a PostgreSQL server, TEST_DATABASE_URL's or our own; ``application_name`` is the template's."""
    template = f"template_elos_{worker_id}"
    if given := os.environ.get("TEST_DATABASE_URL"):
        url = make_url(given)
        _make_template(url, template)
        yield url.update_query_dict({"application_name": template})
        return
    with own_postgres() as (url, lock):
        with lock:
            _make_template(url, template)
        yield url.update_query_dict({"application_name": template})


def _make_template(url: URL, template: str) -> None:
    with psycopg.connect(as_text(url), autocommit=True) as connection:
        connection.execute(f'drop database if exists "{template}"'.encode())
        connection.execute(f'create database "{template}"'.encode())
    database = Database(as_text(url.set(database=template)))
    schema.upgrade(database)
    database.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    copy = tmp_path / "test.sqlite3"
    shutil.copyfile(sqlite_template, copy)
    return f"sqlite:///{copy}"


@pytest.fixture(scope="session")
def worker_database(postgres: URL, worker_id: str) -> Iterator[WorkerDatabase]:
    database = WorkerDatabase(postgres, name=f"elos_{worker_id}_{uuid.uuid4().hex[:8]}")
    yield database
    database.drop()


@pytest.fixture
def postgres_url(worker_database: WorkerDatabase, record_property: Any) -> str:
    """A migrated database without a row."""
    record_property(*_ON_POSTGRES)
    worker_database.empty()
    return worker_database.url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both kinds, one after the other: what works on one only does not work."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


# --- counterparts ---


@pytest.fixture(scope="session")
def simulator_server() -> Iterator[ThreadedServer]:
    listening = ThreadedServer(_late)
    app = create_simulator(secret=ELOS_SECRET, public_url=listening.url)
    listening._server.app = app
    listening.start()
    yield listening
    listening.stop()
    app.extensions["simulator"].close()


def _late(_environ: dict[str, Any], _start_response: Any) -> Any:
    """Stands in while a server's port is known, but not its application: that needs to know the port."""
    raise RuntimeError("not ready")


class Elos:
    """The simulator, as a test steers it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def calls(self, name: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(
            f"{self.url}/_sim/calls", params={"call": name} if name else {}, timeout=10
        ).json()
        return found

    def fault(self, kind: str, *, call: str = "*", **more: Any) -> None:
        body = {"call": call, "kind": kind} | more
        requests.post(f"{self.url}/_sim/faults", json=body, timeout=10).raise_for_status()

    def meetings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/_sim/meetings", timeout=10).json()
        return found

    def put_someone_in(self, meeting_id: str, name: str = "Alguém", role: str = "MODERATOR") -> None:
        requests.post(
            f"{self.url}/_sim/meetings/{meeting_id}/people",
            json={"name": name, "role": role, "userID": f"sim-{name}"},
            timeout=10,
        ).raise_for_status()

    def send(self, method: str, path: str, **body: Any) -> Any:
        response = requests.request(method, f"{self.url}/_sim/{path}", json=body, timeout=10)
        response.raise_for_status()
        return response.json() if response.content else None


@pytest.fixture
def elos(simulator_server: ThreadedServer) -> Elos:
    handle = Elos(simulator_server.url)
    requests.delete(f"{handle.url}/_sim/all", timeout=10).raise_for_status()
    return handle


@pytest.fixture(scope="session")
def jwks_server() -> Iterator[tuple[Jwks, ThreadedServer]]:
    jwks, server = make_jwks()
    yield jwks, server
    server.stop()


@pytest.fixture(scope="session")
def platform_key() -> Any:
    """RSA keys take a moment: one a run."""
    return jose.generate_key()


@pytest.fixture(scope="session")
def other_key() -> Any:
    return jose.generate_key()


# --- the tool ---


@dataclass
class Tool:
    """The running application."""

    url: str
    deps: Deps

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.deps.database.reading() as db:
            return {
                table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
                for table in Base.metadata.sorted_tables
            }


def refuse_calls_in_transactions() -> None:
    if transaction_is_open():
        raise AssertionError("a call to Elos inside a database transaction")


@pytest.fixture
def tool(database_url: str, elos: Elos, tmp_path: Path) -> Iterator[Tool]:
    server = ThreadedServer(_late)
    settings = Settings(
        base_url=f"http://localhost:{server.port}",
        data_dir=tmp_path,
        secret_key=SECRET_KEY,
        database_url=database_url,
        allow_private_networks=True,
        live_refresh_s=0.2,
    )
    deps = make_deps(settings, guard=refuse_calls_in_transactions)
    servers.add(deps, name="sim", url=elos.url, secret=ELOS_SECRET)
    server._server.app = create_app(deps)
    server.start()
    yield Tool(settings.base_url, deps)
    server.stop()
    deps.database.dispose()


def add_platform(
    tool: Tool,
    jwks_url: str,
    jwks: Jwks,
    key: Any,
    *,
    issuer: str = "http://lms.example.test",
    client_id: str = "client-1",
    **more: Any,
) -> Platform:
    """Register a platform in the tool."""
    deployment_id = more.pop("deployment_id", "deployment-1")
    platform_id = platforms.add(
        tool.deps,
        name="LMS Exemplo",
        issuer=issuer,
        client_id=client_id,
        auth_login_url="http://127.0.0.1:9/auth",
        auth_token_url="http://127.0.0.1:9/token",
        jwks_url=jwks_url,
        **more,
    )
    return Platform(platform_id, issuer, client_id, deployment_id, jwks, key, "key-1")


@pytest.fixture
def platform(tool: Tool, jwks_server: tuple[Jwks, ThreadedServer], platform_key: Any) -> Platform:
    jwks, server = jwks_server
    jwks.behaviour, jwks.fetches = "ok", 0
    jwks.keys = [jose.public_jwk(platform_key, kid="key-1")]
    return add_platform(tool, f"{server.url}/jwks", jwks, platform_key)


@pytest.fixture
def browser(tool: Tool) -> Iterator[Browser]:
    with Browser(tool.url) as one:
        yield one
