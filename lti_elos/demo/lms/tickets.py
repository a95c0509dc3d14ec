"""Registration tokens: what lets a tool register itself, for an hour, in the name of an administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import RLock

LIFE_S = 3600
_KEPT = 1_000


class Trouble(StrEnum):
    """What tests want to go wrong. It stands in the addresses that the tool is given."""

    NONE = ""
    FAILS = "fails"
    """The registration is answered with 500."""
    SLOW = "slow"
    """The registration is answered late (:attr:`Lms.slow_s`)."""
    ISSUER = "issuer"
    """The configuration names the issuer of somebody else."""
    SCOPES = "scopes"
    """No scope is granted."""
    DEPLOYMENT = "deployment"
    """The answer names no deployment, as Brightspace's never does."""
    EXPIRED = "expired"
    """The token is too old from the start."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the platform remembers of a token."""

    client_id: str
    """Of the tool to be, or of the one to be changed."""
    deployment_id: str
    key: str
    """The row number of the draft, where the product has one."""
    expires_at: float
    is_update: bool = False
    is_used: bool = False


class Tickets:
    """By platform and the very text of the token. Its signature is for tools to look at: here nobody needs it."""

    def __init__(self, lock: RLock, clock: Callable[[], float]) -> None:
        self._lock = lock
        self._clock = clock
        self._known: dict[tuple[str, str], Ticket] = {}
        self._rows = 1
        """The tool of the start has the first."""

    def next_row(self) -> str:
        with self._lock:
            self._rows += 1
            return str(self._rows)

    def keep(self, slug: str, text: str, ticket: Ticket) -> None:
        with self._lock:
            self._known[slug, text] = ticket
            while len(self._known) > _KEPT:
                self._known.pop(next(iter(self._known)))

    def get(self, slug: str, text: str) -> Ticket | None:
        """Also one that is used or too old."""
        with self._lock:
            return self._known.get((slug, text))

    def is_young(self, ticket: Ticket) -> bool:
        return self._clock() < ticket.expires_at

    def use(self, slug: str, text: str) -> bool:
        """False where it was used before: of two at a time, one goes on."""
        with self._lock:
            ticket = self._known[slug, text]
            self._known[slug, text] = replace(ticket, is_used=True)
            return not ticket.is_used
