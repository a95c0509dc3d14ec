"""Whether this process can serve: for /readyz, the start of `serve`, and `doctor`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.db import schema, tables
from lti_elos.services import hooks, jobs
from lti_elos.services.deps import Deps

OK = "ok"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, without addresses or secrets (/readyz is public), and the operator's mend."""

    what: str
    mend: str
    stops: bool = True
    """False: people are served all the same, and this process stays in."""


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


def _jobs(deps: Deps) -> Trouble | None:
    health = jobs.health(deps)
    if health.is_late:
        return Trouble(
            f"{health.open} wait, the oldest for more than ten minutes",
            "does a worker run (`lti-elos worker`, or `serve` without --no-jobs)? See the log",
            stops=False,
        )
    return None


def _hooks(deps: Deps) -> Trouble | None:
    is_deaf = hooks.IS_DEAF & (tables.hooks.c.missed_at < deps.clock() - hooks.DEAF_FOR)
    troubled = func.count().filter((tables.hooks.c.trouble != "") | is_deaf)
    with deps.database.reading() as db:
        number, of = db.execute(select(troubled, func.count()).select_from(tables.hooks)).one()
    if not number:
        return None
    return Trouble(
        f"of {number} of {of} servers events do not come, so their rooms are asked about more often",
        'see "hook not kept" in the log, or whether the server reaches BASE_URL',
        stops=False,
    )


_CHECKS: tuple[tuple[str, Callable[[Deps], Trouble | None]], ...] = (
    ("database", _database),
    ("schema", _schema),
    ("refreshers", _refreshers),
    ("jobs", _jobs),
    ("hooks", _hooks),
)
"""In order: each stands on those before it, so the first trouble ends the examination."""


def examine(deps: Deps) -> dict[str, Trouble | None]:
    """{check: None or what is wrong}, up to the first trouble."""
    found: dict[str, Trouble | None] = {}
    for name, check in _CHECKS:
        found[name] = check(deps)
        if (trouble := found[name]) is not None and trouble.stops:
            break
    return found


@dataclass(frozen=True, slots=True)
class Readiness:
    """``checks``: {check: "ok" or what is wrong, with the mend}."""

    checks: dict[str, str]
    obstacles: list[str]
    """"check: what is wrong, with the mend": those that keep the process from serving."""


def readiness(deps: Deps) -> Readiness:
    """What /readyz tells, and who may start."""
    found = examine(deps)
    checks = {name: OK if it is None else f"{it.what}: {it.mend}" for name, it in found.items()}
    return Readiness(checks, [f"{name}: {checks[name]}" for name, it in found.items() if it is not None and it.stops])
