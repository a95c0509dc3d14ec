"""What a login request points back to: ``lti_message_hint`` and the launch behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from lti_elos.demo.lms.launches import Launch

_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class _Kept:
    slug: str
    launch: Launch
    at: float


class Hints:
    """By the very text that was sent: a tool must echo it unchanged, so a reformatted hint is unknown here."""

    def __init__(self, lock: RLock, clock: Callable[[], float]) -> None:
        self._lock = lock
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def remember(self, text: str, *, slug: str, launch: Launch) -> None:
        with self._lock:
            self._kept[text] = _Kept(slug, launch, self._clock())
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))

    def take(self, text: str, *, slug: str, age_s: int | None) -> Launch | None:
        """Hints without an age are spent by the asking, whatever comes of it; others work until they are too old."""
        with self._lock:
            kept = self._kept.get(text)
            if kept is None or kept.slug != slug:
                return None
            if age_s is None:
                del self._kept[text]
            elif self._clock() - kept.at > age_s:
                return None
            return kept.launch
