"""getRecordings of many meetings: asked in chunks, page by page, whichever way a server pages (elos-api 4.1)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote_plus

from lxml import etree

from lti_elos.elos.documents import integer, text
from lti_elos.elos.replies import Recording, recording
from lti_elos.elos.signing import Pairs
from lti_elos.errors import ElosError, ElosReply, ElosUnreachable

PAGE = 100
"""BigBlueButton's limit; a server with a lower one says that there is more."""
_MOST_PAGES = 300
_MOST_SECONDS = 45.0
"""Less than a room's lease."""
_STRETCH = 200
_CHUNK_IDS = 40
_CHUNK_BYTES = 1600
"""Forty UUIDs are 1,560, percent-encoded with their commas."""


class TooLongError(Exception):
    """The list has no end, or takes too long. Half a list is not given: who asks would take the rest for deleted."""

    def __init__(self, kind: type[ElosError], what: str) -> None:
        super().__init__(what)
        self.kind = kind


Ask = Callable[[Pairs, Callable[[etree._Element], object]], "etree._Element | None"]
"""One getRecordings: each of its items, and then the rest of the answer; None for an empty list."""


def gather(
    ask: Ask,
    meeting_ids: Sequence[str],
    keep: Callable[[Sequence[Recording]], object],
    *,
    states: Sequence[str] | None,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """The recordings of these meetings and no others, each once, in no order. Raises TooLongError.

    :param keep: is given them in stretches, the last one before this ends
    """
    ends = monotonic() + _MOST_SECONDS
    # An id with a comma would be read as two. Elos has none: they are no valid meetingIDs.
    asked = [one for one in dict.fromkeys(meeting_ids) if one.strip() and "," not in one]
    mine, kept = set(asked), set[str]()
    stretch: list[Recording] = []

    def take(one: Recording) -> None:
        if one.meeting_id not in mine or one.record_id in kept:
            return
        kept.add(one.record_id)
        stretch.append(one)
        if len(stretch) == _STRETCH:
            keep(tuple(stretch))
            stretch.clear()

    for chunk in _chunks(asked):
        fixed = [("meetingID", ",".join(chunk)), *([("state", ",".join(states))] if states else [])]
        _pages(ask, fixed, take, ends, monotonic)
    if stretch:
        keep(tuple(stretch))


def _pages(
    ask: Ask, fixed: Pairs, take: Callable[[Recording], None], ends: float, monotonic: Callable[[], float]
) -> None:
    seen: set[str] = set()
    offset = 0
    for _page in range(_MOST_PAGES):
        if monotonic() > ends:
            raise TooLongError(ElosUnreachable, f"more than {_MOST_SECONDS:.0f} seconds")
        count, ids = 0, set[str]()

        def each(node: etree._Element) -> None:
            nonlocal count
            count += 1
            if record_id := text(node, "recordID"):
                ids.add(record_id)  # noqa: B023 - called within this turn only
            if (one := recording(node)) is not None:
                take(one)

        root = ask([*fixed, ("limit", str(PAGE)), ("offset", str(offset))], each)
        if root is None:
            return
        # Some servers list broken items beyond the limit; not skipping those asks for a few items twice.
        offset += min(count, PAGE)
        # A server that does not page gives the same list again and again.
        if not _has_more(root, count, offset) or (ids and ids <= seen):
            return
        seen |= ids
    raise TooLongError(ElosReply, f"more than {_MOST_PAGES} pages")


def _has_more(root: etree._Element, count: int, offset: int) -> bool:
    said = text(root, "nextPage").lower()  # Elos writes nextPage or nextpage
    if not count or said == "false":
        return False
    if said == "true":
        return True
    if count > 2 * PAGE:  # it does not page: this was all
        return False
    total = text(root, "totalElements")
    return offset < integer(root, "totalElements") if total else count >= PAGE


def _chunks(meeting_ids: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for one in meeting_ids:
        length = len(quote_plus(one)) + len("%2C")
        if chunk and (len(chunk) == _CHUNK_IDS or size + length > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += length
    if chunk:
        yield chunk
