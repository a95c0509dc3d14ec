"""INSERT … ON CONFLICT for both databases: the unique key decides, also between two processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database of this name."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_if_new(db: Connection, table: Table, values: Mapping[str, Any], *, returning: ColumnElement[Any]) -> Any:
    """Insert a row unless a unique key says it is there. Gives ``returning`` of the new row, None when it was there.

    (The row count of such an insert is -1 on psycopg: hence RETURNING.)
    """
    statement = insert_into(db.dialect.name, table).values(**values).on_conflict_do_nothing().returning(returning)
    return db.execute(statement).scalar_one_or_none()


def insert_or_update(
    db: Connection,
    table: Table,
    values: Mapping[str, Any],
    *,
    key: list[str],
    update: list[str],
    returning: ColumnElement[Any],
) -> Any:
    """Insert a row, or set its ``update`` columns where ``key`` is there already. Gives ``returning`` of that row."""
    statement = insert_into(db.dialect.name, table).values(**values)
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={column: statement.excluded[column] for column in update}
    )
    return db.execute(statement.returning(returning)).scalar_one()
