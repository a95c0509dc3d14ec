"""Inserts that the unique key decides."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from lti_elos.db.engine import Database
from lti_elos.db.tables import servers, spent
from lti_elos.db.upserts import insert_if_new, insert_or_update
from tests.db.rows import NOW, add_server, spent_row


def rows(database: Database) -> list[Any]:
    with database.reading() as db:
        return [tuple(row) for row in db.execute(select(spent.c.key, spent.c.holder).order_by(spent.c.key))]


def test_a_new_row_gives_what_was_asked_for_and_an_old_one_none(database: Database) -> None:
    with database.transaction() as db:
        first = insert_if_new(db, spent, spent_row(holder="first"), returning=spent.c.holder)
        second = insert_if_new(db, spent, spent_row(holder="second"), returning=spent.c.holder)

    assert (first, second) == ("first", None)
    assert rows(database) == [("key-1", "first")]


def test_any_unique_key_counts_not_the_primary_one_alone(database: Database) -> None:
    with database.transaction() as db:
        add_server(db, name="one")
        values = dict(db.execute(servers.select()).mappings().one()) | {"id": uuid4()}

        assert insert_if_new(db, servers, values, returning=servers.c.id) is None


def test_an_upsert_sets_the_named_columns_alone_and_gives_the_row(database: Database) -> None:
    def upsert(**changes: Any) -> Any:
        with database.transaction() as db:
            return insert_or_update(
                db,
                spent,
                spent_row(**changes),
                key=["purpose", "key"],
                update=["holder"],
                returning=spent.c.ends_at,
            )

    later = NOW.replace(year=2027)
    first = upsert(holder="first")
    second = upsert(holder="second", ends_at=later)

    assert (first, second) == (NOW, NOW)
    assert rows(database) == [("key-1", "second")]


def test_of_many_at_once_one_is_new(database: Database) -> None:
    together = threading.Barrier(6)

    def insert(number: int) -> Any:
        together.wait()
        with database.transaction() as db:
            return insert_if_new(db, spent, spent_row(holder=str(number)), returning=spent.c.holder)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(insert, range(6)))

    (won,) = [answer for answer in answers if answer is not None]
    assert rows(database) == [("key-1", won)]
