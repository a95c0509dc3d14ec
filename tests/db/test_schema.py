"""Migrations: they give what the models say, on both databases, however many processes run them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from uuid import uuid4

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select

from lti_elos.db import models, schema
from lti_elos.db.base import Base
from lti_elos.db.engine import Database
from lti_elos.db.tables import browser_sessions, platforms, servers, spent
from tests.db.rows import NOW, add_platform, add_server, spent_row

UPGRADE = """
import sys
from alembic import command
from lti_elos.db import schema
from lti_elos.db.engine import Database
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
schema.upgrade(database)
print(schema.current(database))
database.dispose()
"""


def differences(database: Database) -> Any:
    with database.reading() as db:
        return compare_metadata(MigrationContext.configure(db, opts={"compare_type": True}), Base.metadata)


def tables(database: Database) -> set[str]:
    with database.reading() as db:
        return set(inspect(db).get_table_names())


def test_migrating_an_empty_database_leaves_no_difference_to_the_models(empty: Database) -> None:
    assert schema.current(empty) == ""

    schema.upgrade(empty)

    assert differences(empty) == []
    assert schema.current(empty) == schema.HEAD


def test_a_column_that_the_models_do_not_have_would_be_seen(database: Database) -> None:
    with database.transaction() as db:
        db.exec_driver_sql("ALTER TABLE spent ADD COLUMN forgotten INTEGER")

    assert [difference[0] for difference in differences(database)] == ["remove_column"]


def test_the_head_that_the_start_compares_with_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(schema.alembic_config()).get_heads() == [schema.HEAD]


def test_every_model_is_known_where_the_metadata_is_read() -> None:
    assert {getattr(models, name).__tablename__ for name in models.__all__} == set(Base.metadata.tables)


def test_migrations_go_down_to_nothing_and_up_again(database: Database) -> None:
    with database.transaction() as db:
        add_server(db)

    schema.downgrade(database, "base")

    assert tables(database) == {"alembic_version"}
    assert schema.current(database) == ""
    schema.upgrade(database)
    assert differences(database) == []


def test_upgrading_again_changes_nothing_and_keeps_every_row(database: Database) -> None:
    with database.transaction() as db:
        add_platform(db, server_id=add_server(db))

    schema.upgrade(database)

    with database.reading() as db:
        assert len(db.execute(platforms.select()).all()) == 1
        assert len(db.execute(servers.select()).all()) == 1


def test_foreign_keys_are_watched_again_after_a_migration(database: Database) -> None:
    schema.upgrade(database)

    with database.engine.connect() as connection:
        if database.dialect == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_three_processes_may_upgrade_at_once(empty_url: str, empty: Database) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"

    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    outcomes = [(*one.communicate(timeout=60), one.returncode) for one in started]

    assert [(out.strip(), code) for out, _err, code in outcomes] == [(schema.HEAD, 0)] * 3, outcomes
    assert differences(empty) == []


def test_tables_that_are_made_anew_keep_their_rows(database: Database) -> None:
    schema.downgrade(database, "0002")
    with database.transaction() as db:
        db.execute(spent.insert().values(spent_row("kept")))
        db.execute(browser_sessions.insert().values(id=uuid4(), token_hash="hash", created_at=NOW))

    schema.upgrade(database)

    with database.reading() as db:
        assert db.execute(select(spent.c.key)).scalars().all() == ["kept"]
        assert db.execute(select(browser_sessions.c.token_hash)).scalars().all() == ["hash"]
    assert differences(database) == []


def test_on_sqlite_what_each_launch_or_delivery_writes_is_kept_in_its_keys_tree(sqlite: Database) -> None:
    with sqlite.reading() as db:
        made = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'").scalars().all()

    assert sorted(made) == ["browser_sessions", "events", "launches", "spent"]
