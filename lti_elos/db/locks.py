"""Taking turns: for the rare transaction whose reading must hold until it has written."""

from __future__ import annotations

from sqlalchemy import Connection, Table


def take_turns(db: Connection, table: Table) -> None:
    """Nobody else writes to ``table`` until this transaction ends; readers are not held up. For rare changes only.

    SQLite's writing transactions take turns anyway (they begin IMMEDIATE).
    """
    if db.dialect.name == "postgresql":
        db.exec_driver_sql(f'LOCK TABLE "{table.name}" IN SHARE ROW EXCLUSIVE MODE')
