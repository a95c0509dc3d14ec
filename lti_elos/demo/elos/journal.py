"""What was called, for tests to look at."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One API call as it came and what was said. ``at`` is epoch seconds on the simulator's clock.

    ``params`` lack the checksum. ``returncode`` is FAULT, and ``key`` the fault's kind, where no API reply
    was given.
    """

    at: float
    call: str
    method: str
    params: dict[str, str]
    returncode: str
    key: str
    user_agent: str


class Journal:
    """The last calls, oldest first."""

    def __init__(self, *, keep: int = 5_000) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Call] = deque(maxlen=keep)

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def calls(self, name: str | None = None) -> list[Call]:
        with self._lock:
            return [call for call in self._calls if name is None or call.call == name]

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
