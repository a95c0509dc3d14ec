"""Databases that are empty, and migrated ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lti_elos.db.engine import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Migrated, of either kind."""
    one = Database(database_url)
    yield one
    one.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    one = Database(sqlite_url)
    yield one
    one.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a table, of either kind; the SQLite file is not even there."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'elos.sqlite3'}"
    url = str(request.getfixturevalue("postgres_url"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
    return url


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    one = Database(empty_url)
    yield one
    one.dispose()
