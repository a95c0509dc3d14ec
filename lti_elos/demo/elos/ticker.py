"""Lets the simulator's time pass though nobody asks it anything."""

from __future__ import annotations

import threading
from collections.abc import Callable

_EVERY_S = 0.05


class Ticker:
    """Calls ``tick`` again and again, in a thread, from the first ``start()`` to ``close()``."""

    def __init__(self, tick: Callable[[], None]) -> None:
        self._tick = tick
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._go_on, name="elos-ticker", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _go_on(self) -> None:
        while not self._closed.wait(_EVERY_S):
            self._tick()
