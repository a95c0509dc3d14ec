"""lti-elos db."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from lti_elos.cli.common import Nouns, command, noun

if TYPE_CHECKING:
    from lti_elos.db.engine import Database


def add_to(nouns: Nouns) -> None:
    actions = noun(nouns, "db", "Migrations.")
    command(
        actions,
        "upgrade",
        _upgrade,
        "Bring the database's schema up to date. Safe to run again, and at once.",
    )
    command(actions, "current", _current, "Print the schema's revision and the one that is needed.")


def _upgrade(_arguments: argparse.Namespace) -> None:
    from lti_elos.db import schema

    database = _database()
    try:
        schema.upgrade(database)
        print(f"schema {schema.current(database)}")
    finally:
        database.dispose()


def _current(_arguments: argparse.Namespace) -> int:
    from lti_elos.db import schema

    database = _database()
    try:
        current = schema.current(database)
    finally:
        database.dispose()
    print(f"{current or 'empty'} (needed: {schema.HEAD})")
    return 0 if current == schema.HEAD else 1


def _database() -> Database:
    from sqlalchemy.exc import SQLAlchemyError

    from lti_elos.db.engine import Database
    from lti_elos.errors import Misconfigured
    from lti_elos.settings import load_settings

    logging.basicConfig(level=logging.ERROR)
    database = Database(load_settings().sqlalchemy_url)
    try:
        with database.reading():
            return database
    except SQLAlchemyError as cause:
        raise Misconfigured(f"the database is out of reach ({type(cause).__name__}): see DATABASE_URL") from None
