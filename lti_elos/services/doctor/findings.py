"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from lti_elos.errors import LtiElosError

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line. ``mend`` is the command or setting to change; "" when all is well."""

    check: str
    state: State
    found: str
    mend: str = ""


Checks = Callable[[], list[Check]]


def guarded(name: str, checks: Checks) -> list[Check]:
    """What the checks find; that they broke, if they did. Only the error's kind is told: its text may hold anything."""
    try:
        return checks()
    except (SQLAlchemyError, LtiElosError, OSError, ValueError) as cause:
        return [Check(name, "fail", f"could not be checked: {type(cause).__name__}", "run it again; else report it")]
