"""Statements of the paths that run on every click: written by Core once, run by the driver ever after.

Core writes the SQL and knows how each type is bound and read; doing so again at each execution costs 60–130 µs, the
driver's own part is 5–10. A launch runs ten statements.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import Connection, Dialect, Uuid
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Delete, Insert, Select, Update
from sqlalchemy.types import TypeEngine

from lti_elos.db.base import UtcDateTime

Statement = Select[Any] | Insert | Update | Delete

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement in one database's SQL."""

    sql: str
    binds: tuple[tuple[str, _Convert | None], ...]
    constants: dict[str, Any]
    is_positional: bool
    make_row: Callable[..., Any] | None
    reads: tuple[tuple[int, _Convert], ...]

    def parameters(self, values: dict[str, Any]) -> Any:
        if self.constants:
            values = self.constants | values
        if self.is_positional:
            return [values[name] if convert is None else convert(values[name]) for name, convert in self.binds]
        return {name: values[name] if convert is None else convert(values[name]) for name, convert in self.binds}

    def row(self, record: Sequence[Any]) -> Any:
        assert self.make_row is not None  # noqa: S101 - only statements that give rows are asked for them
        if not self.reads:
            return self.make_row(*record)
        values = list(record)
        for place, convert in self.reads:
            values[place] = convert(values[place])
        return self.make_row(*values)


class Prepared:
    """A statement with named parameters. Runs on a Connection, inside whatever transaction it has.

    :param statement: or what makes it for a dialect's name, where the two databases' constructs differ
    :param sets: columns that an insert or update sets; each is a parameter of its name
    """

    def __init__(self, statement: Statement | Callable[[str], Statement], *, sets: Sequence[str] = ()) -> None:
        self._statement = statement
        self._sets = list(sets)
        self._written: dict[str, _Written] = {}

    def run(self, db: Connection, **values: Any) -> None:
        """For a statement that gives no rows."""
        written = self._for(db)
        run_on_driver(db, written.sql, written.parameters(values))

    def all(self, db: Connection, **values: Any) -> list[Any]:
        """The rows, with their columns as attributes."""
        written = self._for(db)
        return [written.row(one) for one in run_on_driver(db, written.sql, written.parameters(values))]

    def first(self, db: Connection, **values: Any) -> Any:
        """The first row, None when there is none."""
        written = self._for(db)
        found = run_on_driver(db, written.sql, written.parameters(values))
        return written.row(found[0]) if found else None

    def value(self, db: Connection, **values: Any) -> Any:
        """The first column of the first row, None when there is none."""
        row = self.first(db, **values)
        return None if row is None else row[0]

    def _for(self, db: Connection) -> _Written:
        name = db.dialect.name
        return self._written.get(name) or self._write(db, name)

    def _write(self, db: Connection, name: str) -> _Written:
        statement = self._statement(name) if callable(self._statement) else self._statement
        if isinstance(statement, Insert):
            statement = statement.inline()  # else Core asks for the new row's key, unasked
        compiled = statement.compile(dialect=db.dialect, column_keys=self._sets or None)
        names = list(compiled.binds) if compiled.positiontup is None else compiled.positiontup
        binds = {key: _writer(bind.type, db.dialect) for key, bind in _binds(compiled)}
        columns = list(statement.exported_columns)
        reads = [(place, _reader(column.type, db.dialect)) for place, column in enumerate(columns)]
        written = _Written(
            sql=str(compiled),
            binds=tuple((key, binds[key]) for key in names),
            constants={key: bind.value for key, bind in _binds(compiled) if not bind.required},
            is_positional=compiled.positiontup is not None,
            make_row=namedtuple("Row", [str(column.key) for column in columns]) if columns else None,
            reads=tuple((place, convert) for place, convert in reads if convert is not None),
        )
        self._written[name] = written
        return written


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    is_moment = isinstance(kind, UtcDateTime) and dialect.name == "sqlite"
    convert: _Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return _moment if is_moment else convert


def _moment(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it for SQLite, which puts it together part by part: a launch binds eight."""
    if value is None:
        return None
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise ValueError("a naive datetime")
        value = value.astimezone(UTC)
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    convert: _Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return _uuid if convert is not None and isinstance(kind, Uuid) else convert


@functools.lru_cache(maxsize=4096)
def _uuid(text: str | None) -> UUID | None:
    """SQLite has them as text. A page reads twenty, and the class's next page the same ones."""
    return None if text is None else UUID(text)


def _binds(compiled: Any) -> list[tuple[str, Any]]:
    return list(compiled.binds.items())


def run_on_driver(db: Connection, sql: str, parameters: Any = ()) -> list[Any]:
    """Run SQL as the driver takes it; all rows. Its errors come as SQLAlchemy's, without the parameters."""
    connection: Any = db.connection.driver_connection
    try:
        cursor = connection.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall() if cursor.description else []
    except db.dialect.loaded_dbapi.Error as cause:
        _raise_as_usual(db, sql, cause)
    cursor.close()
    return rows


def _raise_as_usual(db: Connection, sql: str, cause: Exception) -> NoReturn:
    dialect = db.dialect
    is_lost = dialect.is_disconnect(cause, db.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if is_lost:
        db.invalidate(cause)
    raise DBAPIError.instance(
        sql,
        None,
        cause,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    ) from cause
