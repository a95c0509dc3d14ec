"""Tables to be downloaded: CSV that spreadsheets open as what it says, and never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from werkzeug.wrappers import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell's text for a formula: people choose their names themselves."""


def csv_of(rows: Iterable[Iterable[object]]) -> bytes:
    """UTF-8 with a byte order mark, without which Excel takes another encoding."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def download(rows: Iterable[Iterable[object]], name: str) -> Response:
    """:param name: of the file, in ASCII"""
    response = Response(csv_of(rows), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
