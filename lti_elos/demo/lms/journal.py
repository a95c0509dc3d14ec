"""What the platforms answered, for tests to read. No tokens: a page of this would be a bag of keys."""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import Any

_KEPT = 500


class Journal:
    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """Oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
