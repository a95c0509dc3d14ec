"""Prepared statements say what Core's say, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError, StatementError

from lti_elos.db.engine import Database
from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import platforms, spent
from lti_elos.db.upserts import insert_into
from tests.db.rows import NOW, add_platform

COLUMNS = ["purpose", "key", "holder", "ends_at"]
INSERT = Prepared(spent.insert(), sets=COLUMNS)
INSERT_IF_NEW = Prepared(
    lambda dialect: insert_into(dialect, spent).on_conflict_do_nothing().returning(spent.c.key), sets=COLUMNS
)
FIND = Prepared(select(spent).where(spent.c.purpose == "state", spent.c.key == bindparam("wanted")))
OF_PURPOSE = Prepared(select(spent.c.key).where(spent.c.purpose == bindparam("purpose")).order_by(spent.c.key))
END = Prepared(spent.update().where(spent.c.key == bindparam("wanted")), sets=["ends_at"])
PLATFORM = Prepared(select(platforms).where(platforms.c.id == bindparam("id")))


def test_a_row_comes_back_as_core_would_give_it(database: Database) -> None:
    with database.transaction() as db:
        platform_id = add_platform(db)
    with database.reading() as db:
        expected = db.execute(select(platforms).where(platforms.c.id == platform_id)).one()
        found = PLATFORM.first(db, id=platform_id)
    assert found._asdict() == dict(expected._mapping)
    assert isinstance(found.policies, dict)
    assert found.created_at.tzinfo is UTC


def test_moments_of_any_zone_are_kept_in_utc_and_naive_ones_refused(database: Database) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-3)))
    with database.transaction() as db:
        INSERT.run(db, purpose="state", key="a", holder="", ends_at=there)
        assert FIND.first(db, wanted="a").ends_at == NOW
        END.run(db, wanted="a", ends_at=NOW + timedelta(hours=1))
        assert FIND.first(db, wanted="a").ends_at == NOW + timedelta(hours=1)
        with pytest.raises((StatementError, ValueError)):
            END.run(db, wanted="a", ends_at=datetime(2026, 3, 2))  # noqa: DTZ001 - what is to be refused


def test_returning_tells_whether_a_row_was_new(database: Database) -> None:
    row = {"purpose": "state", "key": "a", "holder": "", "ends_at": NOW}
    with database.transaction() as db:
        assert INSERT_IF_NEW.value(db, **row) == "a"
        assert INSERT_IF_NEW.value(db, **row) is None


def test_no_row_is_none_and_several_come_in_order(database: Database) -> None:
    with database.transaction() as db:
        assert FIND.first(db, wanted="a") is None
        for key in ("b", "a"):
            INSERT.run(db, purpose="state", key=key, holder="", ends_at=NOW)
        assert [row.key for row in OF_PURPOSE.all(db, purpose="state")] == ["a", "b"]


def test_an_error_is_sqlalchemys_and_hides_the_values(database: Database) -> None:
    row = {"purpose": "state", "key": "a", "holder": "somebody", "ends_at": NOW}
    with database.transaction() as db:
        INSERT.run(db, **row)
    with pytest.raises(IntegrityError) as caught, database.transaction() as db:
        INSERT.run(db, **row)
    assert "somebody" not in str(caught.value)
    with database.reading() as db:  # the connection is good for more
        assert FIND.first(db, wanted="a").holder == "somebody"


def test_a_parameter_that_is_missing_is_an_error_and_not_null(database: Database) -> None:
    with database.transaction() as db, pytest.raises(KeyError):
        INSERT.run(db, purpose="state", key="a", holder="")
