"""Pages of a list by key: where a row stands, as an address has it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

Key = tuple[datetime, UUID]

_KEY = re.compile(r"(\d{1,18})-([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def key_of(text: str) -> Key | None:
    """None for what is no key of ours: the list then begins at its beginning."""
    found = _KEY.fullmatch(text)
    if found is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(found[1])), UUID(hex=found[2])
    except OverflowError:
        return None


def written(key: Key) -> str:
    """As :func:`key_of` reads it."""
    at, its_id = key
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{its_id.hex}"
