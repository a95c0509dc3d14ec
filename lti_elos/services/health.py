"""Whether this process can serve: for /readyz, the start of `serve`, and `doctor`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from lti_elos.db import schema
from lti_elos.services.deps import Deps

OK = "ok"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, without addresses or secrets (/readyz is public), and the operator's mend."""

    what: str
    mend: str


def _database(deps: Deps) -> Trouble | None:
    try:
        schema.current(deps.database)
    except SQLAlchemyError as cause:
        return Trouble(f"out of reach: {type(cause).__name__}", "is it running, and is DATABASE_URL right?")
    return None


def _schema(deps: Deps) -> Trouble | None:
    current = schema.current(deps.database)
    if current == schema.HEAD:
        return None
    return Trouble(f"is {current or 'empty'}, {schema.HEAD} is needed", "`lti-elos db upgrade`")


_SILENCE_S = 60.0


def _refreshers(deps: Deps) -> Trouble | None:
    """They look every half second; with the database away they try every two."""
    if deps.watchers.untaken_s() < _SILENCE_S:
        return None
    return Trouble("have not looked at the rooms for a minute", "see the log, then restart this process")


_CHECKS: tuple[tuple[str, Callable[[Deps], Trouble | None]], ...] = (
    ("database", _database),
    ("schema", _schema),
    ("refreshers", _refreshers),
)
"""In order: each stands on those before it, so the first trouble ends the examination."""


def examine(deps: Deps) -> dict[str, Trouble | None]:
    """{check: None or what is wrong}, up to the first trouble."""
    found: dict[str, Trouble | None] = {}
    for name, check in _CHECKS:
        found[name] = check(deps)
        if found[name] is not None:
            break
    return found


def readiness(deps: Deps) -> dict[str, str]:
    """{check: "ok" or what is wrong, with the mend}."""
    return {
        name: OK if trouble is None else f"{trouble.what}: {trouble.mend}" for name, trouble in examine(deps).items()
    }
