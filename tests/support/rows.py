"""All that a database holds, to be compared with what it held before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from lti_elos.db.base import Base
from tests.conftest import Tool

Everything = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


def everything(tool: Tool) -> Everything:
    """{table: {primary key: row}}."""
    with tool.deps.database.reading() as db:
        return {
            table.name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in db.execute(select(table)).mappings()
            }
            for table in Base.metadata.sorted_tables
        }


def changes(before: Everything, after: Everything) -> set[str]:
    """{"table.column" for a changed value, "table +" for a new row, "table -" for one that went}."""
    found: set[str] = set()
    for name, rows in before.items():
        now = after[name]
        found |= {f"{name} +" for _ in now.keys() - rows.keys()} | {f"{name} -" for _ in rows.keys() - now.keys()}
        for key in rows.keys() & now.keys():
            found |= {f"{name}.{column}" for column, value in rows[key].items() if now[key][column] != value}
    return found
