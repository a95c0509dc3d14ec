"""Hooks: whom the server tells what happens."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

_MOST = 100


@dataclass(eq=False)
class Hook:
    """One registered address.

    ``is_enabled`` is Elos's word, ``is_dead`` what becomes of BigBlueButton's: it failed too often, yet stays listed
    and is tried at each event, until the emitter starts anew.
    """

    id: str
    callback_url: str
    meeting_id: str = ""
    """The one room it is for; empty for all."""
    event_ids: frozenset[str] = frozenset()
    """BigBlueButton's filter; empty for all."""
    is_enabled: bool = True
    is_dead: bool = False
    is_raw: bool = False
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    auth_token: str = field(default_factory=lambda: secrets.token_hex(20))

    def hears(self, event_id: str, meeting_id: str) -> bool:
        return (
            self.is_enabled
            and self.meeting_id in ("", meeting_id)
            and (not self.event_ids or event_id.lower() in self.event_ids)
        )


class Hooks:
    """The hooks of one secret, oldest first. No more than a hundred."""

    def __init__(self) -> None:
        self._all: dict[str, Hook] = {}
        self._last_number = 0

    def __iter__(self) -> Iterator[Hook]:
        return iter(list(self._all.values()))

    @property
    def is_full(self) -> bool:
        return len(self._all) >= _MOST

    def next_number(self) -> str:
        """An id as Elos gives them."""
        self._last_number += 1
        return str(self._last_number)

    def add(self, hook: Hook) -> None:
        self._all[hook.id] = hook

    def get(self, hook_id: str) -> Hook | None:
        return self._all.get(hook_id)

    def of_url(self, callback_url: str) -> Hook | None:
        return next((one for one in self if one.callback_url == callback_url), None)

    def remove(self, hook: Hook) -> None:
        self._all.pop(hook.id, None)
