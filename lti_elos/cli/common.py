"""What commands share."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lti_elos.services.deps import Deps

Nouns = Any
"""argparse's sub-parsers: a private class."""
Run = Callable[[argparse.Namespace], int | None]


def command(nouns: Nouns, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    """A sub-command that calls ``run``."""
    parser: argparse.ArgumentParser = nouns.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def noun(nouns: Nouns, name: str, text: str) -> Nouns:
    """A command that has sub-commands."""
    return nouns.add_parser(name, help=text, description=text).add_subparsers(required=True, metavar="ACTION")


@contextmanager
def deps_of_settings() -> Iterator[Deps]:
    """The dependencies that settings describe; the schema must be current. Raises Misconfigured."""
    from lti_elos.app import make_deps
    from lti_elos.errors import Misconfigured
    from lti_elos.services.health import readiness
    from lti_elos.settings import load_settings

    logging.basicConfig(level=logging.ERROR)
    deps = make_deps(load_settings())
    try:
        wrong = readiness(deps).obstacles
        if wrong:
            raise Misconfigured("; ".join(wrong))
        yield deps
    finally:
        deps.database.dispose()


def print_rows(rows: list[dict[str, Any]], *, as_json: bool, columns: list[str]) -> None:
    """A list, as JSON or as a plain table."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = [columns, *([_cell(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(columns))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return f"{value['deployment_id']}{'' if value['is_active'] else ' (pending)'}"
    return "" if value is None else str(value)
