"""What the desk's templates of recordings and of the audit log are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lti_elos.services.audit_lists import Entry
from lti_elos.services.recording_desk import Details, Listed, Shelf, Storage


@dataclass(frozen=True, slots=True)
class RecordingsPage:
    """What is stored where, and fifty recordings."""

    storage: Storage
    platforms: tuple[Shelf, ...]
    """The largest; the chosen one alone, where one is chosen."""
    items: tuple[Listed, ...]
    query: str
    state: str
    """"" for all."""
    platform_id: str
    """"" for all."""
    choices: tuple[tuple[str, str], ...]
    """(id, name) of platforms to choose from."""
    next_url: str
    first_url: str
    """"" on the first page."""
    looked_back_to: datetime | None
    """How far back the page has looked, where that is not to the end."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the log, ready to be shown."""

    entry: Entry
    changed: str
    """ "old → new", and what else it says; "" for nothing."""
    recording_url: str
    """"" once its row is gone."""


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """One recording, and what was done with it."""

    found: Details
    told: tuple[Told, ...]
    audit_url: str
    now: datetime
    done: str = ""
    problem: str = ""
    """Why it was not taken out of the bin: "late", or a code of Elos's refusal; "" for nothing."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Fifty entries."""

    items: tuple[Told, ...]
    action: str
    actions: tuple[str, ...]
    platform_id: str
    choices: tuple[tuple[str, str], ...]
    recording_id: str
    recording: str
    """Its title, where the list is of one; its record id where it has none."""
    next_url: str
    first_url: str
    all_url: str
    file_url: str
    file_limit: int
    looked_back_to: datetime | None
    now: datetime


_OLD_AND_NEW = (("from", "to"), ("old", "new"), ("before", "after"))


def changed_text(details: Mapping[str, object]) -> str:
    """ "course → link; kind: video": what an entry's details say, whatever its action put there."""
    rest = dict(details)
    said: list[str] = []
    for old, new in _OLD_AND_NEW:
        if old in rest and new in rest:
            said.append(f"{_word(rest.pop(old))} → {_word(rest.pop(new))}")
    said += [f"{key}: {_word(value)}" for key, value in rest.items()]
    return "; ".join(said)


def _word(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return changed_text(value)
    if isinstance(value, list):
        return ", ".join(map(_word, value))
    return str(value)
