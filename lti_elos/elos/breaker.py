"""A circuit breaker: a server that does not answer is left alone for a while, and nobody waits for it meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 3
PAUSE_S = 15.0


class Breaker:
    """Counts consecutive transport failures of one server. Thread-safe; per process.

    Whoever was let through by :meth:`allows` tells the outcome by :meth:`succeeded` or :meth:`failed`.
    """

    def __init__(
        self, *, failures: int = FAILURES, pause_s: float = PAUSE_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._open_until: float | None = None
        """None while closed. Past: half-open, and the next call is the one that tries."""

    def allows(self) -> bool:
        """Whether a call may go out. After the pause one may; the others are refused until it tells its outcome.

        One that never tells (its thread died) keeps them waiting for another pause, not for ever.
        """
        with self._lock:
            if self._open_until is None:
                return True
            now = self._monotonic()
            if now < self._open_until:
                return False
            self._open_until = now + self._pause_s
            self._failures = self._limit - 1  # the one that tries decides alone
            return True

    def succeeded(self) -> None:
        """The server answered, whatever it said."""
        with self._lock:
            self._failures, self._open_until = 0, None

    def failed(self) -> None:
        """No answer: timeout, refusal, or 5xx without XML."""
        with self._lock:
            self._failures += 1
            # Calls that set out before it opened come in late: each of them would lengthen the pause.
            if self._failures == self._limit:
                self._open_until = self._monotonic() + self._pause_s
