"""What a test asks to go wrong. How each kind looks on the wire is in :mod:`.broken`."""

from __future__ import annotations

import threading
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

TransportKind = Literal[
    "html500", "html200", "hang", "malformed", "empty", "doctype", "entity_bomb", "huge", "slow_drip"
]
RefusalKind = Literal[
    "internalError", "checksumError", "limit_secret", "limit_institution", "room_full", "ended", "denied", "refuse"
]

REFUSALS: dict[str, str] = {
    "internalError": "internalError",
    "checksumError": "checksumError",
    "limit_secret": "simultaneousMeetingsLimitReachedForSecret",
    "limit_institution": "simultaneousMeetingsLimitReachedForInstitution",
    "room_full": "maxParticipantsReached",
    "ended": "meetingForciblyEnded",
    "denied": "guestDeniedAccess",
}
"""The kinds that are ordinary FAILED replies, with their keys; ``refuse`` brings its own."""


class Fault(BaseModel):
    """``times=None`` is for ever.

    ``seconds`` is how long ``hang`` and ``slow_drip`` last, None until faults are deleted; ``bytes`` is the
    size of ``huge``; ``key`` is what ``refuse`` answers.
    """

    model_config = ConfigDict(extra="forbid")

    call: str = "*"
    kind: TransportKind | RefusalKind
    times: int | None = Field(default=None, ge=1)
    seconds: float | None = Field(default=None, ge=0)
    bytes: int = Field(default=50_000_000, ge=0)
    key: str = ""

    @model_validator(mode="after")
    def _only_refusals_have_a_key(self) -> Self:
        if (self.kind == "refuse") != bool(self.key):
            raise ValueError("kind refuse needs a key, and no other kind has one")
        return self

    @property
    def refusal_key(self) -> str:
        """Empty for what is no ordinary refusal."""
        return self.key or REFUSALS.get(self.kind, "")


class Faults:
    """Faults in waiting, first come first used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._deleted = threading.Event()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault.model_copy())

    def waiting(self) -> list[Fault]:
        """With the times that are left."""
        with self._lock:
            return [fault.model_copy() for fault in self._waiting]

    def take(self, call: str) -> tuple[Fault, threading.Event] | None:
        """The fault this call meets, one time used up, and the event that is set when faults are deleted."""
        with self._lock:
            for fault in self._waiting:
                if fault.call in ("*", call):
                    if fault.times is not None:
                        fault.times -= 1
                        if not fault.times:
                            self._waiting.remove(fault)
                    return fault, self._deleted
        return None

    def clear(self) -> None:
        """Forgets all, and ends the calls that hang."""
        with self._lock:
            self._waiting.clear()
            self._deleted.set()
            self._deleted = threading.Event()
