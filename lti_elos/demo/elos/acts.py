"""What people do in a meeting, as far as its analytics tell of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Acts:
    """What one entry of somebody did."""

    chats: int = 0
    talks: int = 0
    hands: int = 0
    emojis: int = 0
    votes: int = 0
    talked: timedelta = timedelta()
    talking_since: datetime | None = None
    talked_last_at: datetime | None = None

    def begin_to_talk(self, now: datetime) -> None:
        if self.talking_since is None:
            self.talks += 1
            self.talking_since = self.talked_last_at = now

    def stop_talking(self, now: datetime) -> None:
        if self.talking_since is not None:
            self.talked += now - self.talking_since
            self.talking_since = None

    def talk_for(self, seconds: float, now: datetime) -> None:
        """A talk that is over by now."""
        self.talks += 1
        self.talked += timedelta(seconds=seconds)
        self.talked_last_at = now


@dataclass
class Poll:
    """One question to everybody. Votes are by internal user id; a second one replaces the first."""

    id: str
    question: str
    options: tuple[str, ...]
    started_at: datetime
    votes: dict[str, str] = field(default_factory=dict)
