"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from lti_elos.domain.sentences import marked as _l
from lti_elos.errors import LtiElosError

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Sentences:
    """What pages translate: the sentences with their slots, ``%(name)s``, and what fills these."""

    found: str
    mend: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """One line. ``mend`` is the command or setting to change; "" when all is well."""

    check: str
    state: State
    found: str
    mend: str = ""
    sentences: Sentences | None = field(default=None, compare=False, repr=False)
    """Of checks that pages show; English alone is enough for commands."""
    is_ours: bool = False
    """The mend is for whoever operates this service: an LMS's administrator cannot do it."""


Checks = Callable[[], list[Check]]


def said(check: str, state: State, found: str, mend: str = "", **values: str) -> Check:
    """A finding of which pages have the sentences too. ``found`` and ``mend`` come marked by ``_l``."""
    sentences = Sentences(found, mend, values)
    return Check(check, state, found % values, mend % values, sentences)


def ours(check: Check) -> Check:
    """The same, with a mend for whoever operates this service."""
    return replace(check, is_ours=True)


def guarded(name: str, checks: Checks) -> list[Check]:
    """What the checks find; that they broke, if they did. Only the error's kind is told: its text may hold anything."""
    try:
        return checks()
    except (SQLAlchemyError, LtiElosError, OSError, ValueError) as cause:
        found, mend = _l("could not be checked: %(kind)s"), _l("run it again; else report it")
        return [said(name, "fail", found, mend, kind=type(cause).__name__)]
