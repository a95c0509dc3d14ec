"""Services stand on a real database of either kind, and on a clock that stands still until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from lti_elos.app import make_deps
from lti_elos.services.deps import Deps
from lti_elos.settings import Settings
from tests.conftest import SECRET_KEY, refuse_calls_in_transactions


class Clock:
    """Moved by ``clock.now += …``."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


class MakeDeps(Protocol):
    """Dependencies over the test's one database, with settings of the test's choice."""

    def __call__(self, **settings: Any) -> Deps: ...


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def making(url: str, folder: Path, clock: Clock) -> Iterator[MakeDeps]:
    made: list[Deps] = []

    def make(**settings: Any) -> Deps:
        given: dict[str, Any] = {"data_dir": folder, "secret_key": SECRET_KEY, "database_url": url}
        made.append(make_deps(Settings(**given | settings), clock=clock, guard=refuse_calls_in_transactions))
        return made[-1]

    yield make
    for deps in made:
        deps.database.dispose()


@pytest.fixture
def deps_with(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[MakeDeps]:
    with making(database_url, tmp_path, clock) as make:
        yield make


@pytest.fixture
def deps(deps_with: MakeDeps) -> Deps:
    return deps_with()


@pytest.fixture
def sqlite_deps_with(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[MakeDeps]:
    """For what is decided before the database is asked: one kind is enough, and the other takes its time."""
    with making(sqlite_url, tmp_path, clock) as make:
        yield make


@pytest.fixture
def sqlite_deps(sqlite_deps_with: MakeDeps) -> Deps:
    return sqlite_deps_with()
