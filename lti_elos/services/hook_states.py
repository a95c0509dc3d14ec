"""How each server's hook does, in a word, for operators (services/hooks.py keeps them)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lti_elos.db.tables import AnyRow, hooks
from lti_elos.elos.addresses import is_within_reach
from lti_elos.services.deps import Deps
from lti_elos.services.hooks import DEAF_FOR, DELIVERS, IS_DEAF, SELDOM, url_of

State = Literal["local", "trouble", "missing", "silent", "late", "quiet", "heard"]


@dataclass(frozen=True, slots=True)
class HookState:
    """``state``: what holds first, of

    - local: BASE_URL is of this machine, the server is not here: it gets no hook
    - trouble: the server would not tell us its hooks, or make one; ``trouble`` is the code
    - missing: it has none, or one for another BASE_URL; the next job makes it
    - silent: things happen there, and no event has told of any for long
    - late: something happened there that no event has told yet
    - quiet: nothing has come since it was made, and nothing was missed
    - heard: events come
    """

    state: State
    url: str
    """Where its events come."""
    made_at: datetime | None
    checked_at: datetime | None
    last_event_at: datetime | None
    trouble: str
    asks_every_s: float
    """How often the server is asked about a room that somebody looks at."""

    @property
    def is_bad(self) -> bool:
        """Somebody should do something."""
        return self.state in ("trouble", "silent")


COLUMNS = (
    *(column.label(f"hook_{column.name}") for column in hooks.columns),
    DELIVERS.label("hook_delivers"),
    IS_DEAF.label("hook_is_deaf"),
)
"""What ``state_of`` wants beside a server's own columns, of an outer join with ``hooks``."""


def state_of(deps: Deps, row: AnyRow) -> HookState:
    every_s = deps.settings.live_refresh_s
    return HookState(
        state=_state(deps, row),
        url=url_of(deps, row.id),
        made_at=row.hook_made_at,
        checked_at=row.hook_checked_at,
        last_event_at=row.hook_last_event_at,
        trouble=row.hook_trouble or "",
        asks_every_s=every_s * SELDOM if row.hook_delivers else every_s,
    )


def _state(deps: Deps, row: AnyRow) -> State:
    url = url_of(deps, row.id)
    if not is_within_reach(url, of=row.internal_url or row.url):
        return "local"
    if row.hook_trouble:
        return "trouble"
    if not row.hook_hook_id or row.hook_url != url:
        return "missing"
    if row.hook_is_deaf:
        return "silent" if row.hook_missed_at < deps.clock() - DEAF_FOR else "late"
    return "heard" if row.hook_delivers else "quiet"
