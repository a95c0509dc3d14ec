"""INSERT … ON CONFLICT for both databases: the unique key decides, also between two processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection

Columns = ReadOnlyColumnCollection[str, ColumnElement[Any]]


def _insert(db: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if db.dialect.name == "postgresql" else sqlite.insert(table)


def insert_if_new(db: Connection, table: Table, values: Mapping[str, Any], *, returning: ColumnElement[Any]) -> Any:
    """Insert a row unless a unique key says it is there. Gives ``returning`` of the new row, None when it was there.

    (The row count of such an insert is -1 on psycopg: hence RETURNING.)
    """
    statement = _insert(db, table).values(**values).on_conflict_do_nothing().returning(returning)
    return db.execute(statement).scalar_one_or_none()


def insert_or_update(
    db: Connection,
    table: Table,
    values: Mapping[str, Any],
    *,
    key: list[str],
    update: list[str],
    also: Callable[[Columns], Mapping[str, ColumnElement[Any]]] | None = None,
    returning: ColumnElement[Any],
) -> Any:
    """Insert a row, or set its ``update`` columns where ``key`` is there already. Gives ``returning`` of that row.

    :param also: columns that are then set to something else than the values: made of those, and of the row as it was.
    """
    statement = _insert(db, table).values(**values)
    given = statement.excluded
    set_ = {column: given[column] for column in update} | dict(also(given) if also else {})
    statement = statement.on_conflict_do_update(index_elements=key, set_=set_)
    return db.execute(statement.returning(returning)).scalar_one()
