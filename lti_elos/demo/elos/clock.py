"""The simulator's time, which tests may move forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """A source of time plus what was skipped by ``advance``."""

    def __init__(self, source: Callable[[], datetime] = _utc_now) -> None:
        self._source = source
        self._skipped = timedelta()

    def now(self) -> datetime:
        return self._source() + self._skipped

    def advance(self, by: timedelta) -> None:
        self._skipped += by

    def reset(self) -> None:
        """Back to the source's own time."""
        self._skipped = timedelta()


def epoch_ms(moment: datetime) -> int:
    """Milliseconds, as BigBlueButton writes nearly all its times."""
    return int(moment.timestamp() * 1000)
