"""Migrations: run from code, inside the package, one upgrade at a time on any database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from lti_elos.db.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0011"
"""The newest migration. Known here, so that the start need not import alembic (0.6 s); a test compares."""

_LOCK = 7201


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "lti_elos.db:migrations")
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "m%%(rev)s_%%(slug)s")
    return config


def current(database: Database) -> str:
    """The revision that the database has; "" for an empty one."""
    with database.reading() as db:
        if not inspect(db).has_table("alembic_version"):
            return ""
        return str(db.scalar(text("SELECT version_num FROM alembic_version")) or "")


def upgrade(database: Database, target: str = "head") -> None:
    """Bring the schema to ``target``. Safe to run from several processes at once."""
    _migrate(database, target, up=True)


def downgrade(database: Database, target: str) -> None:
    """Take the schema back to ``target`` ("base" for nothing)."""
    _migrate(database, target, up=False)


def _migrate(database: Database, target: str, *, up: bool) -> None:
    from alembic import command

    is_sqlite = database.dialect == "sqlite"
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101 - an open connection has one
        if is_sqlite:  # a batch migration drops tables: with foreign keys on, the drop would cascade
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                config = alembic_config()
                config.attributes["connection"] = connection
                (command.upgrade if up else command.downgrade)(config, target)
                if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                    raise RuntimeError("the migration broke foreign keys; nothing was changed")
        finally:
            if is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")
