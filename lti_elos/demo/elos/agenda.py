"""What will happen by itself, by the time it is due."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

_MOST = 10_000


class Agenda:
    """Things to do, each with its moment. Beyond the first ten thousand, new ones are forgotten."""

    def __init__(self) -> None:
        self._numbers = count()
        self._waiting: list[tuple[datetime, int, Callable[[datetime], None]]] = []

    def add(self, due: datetime, do: Callable[[datetime], None]) -> None:
        if len(self._waiting) < _MOST:
            heapq.heappush(self._waiting, (due, next(self._numbers), do))

    def run(self, now: datetime) -> None:
        """Does what is due, in order; each is told the moment that it was due, not the one it is done at."""
        while self._waiting and self._waiting[0][0] <= now:
            due, _, do = heapq.heappop(self._waiting)
            do(due)
