"""Names of people and rooms: made presentable, never trusted, never cut inside a character."""

from __future__ import annotations

import re
import unicodedata

NAME_LIMIT = 250
ROOM_NAME_LIMIT = 250

_SPACES = re.compile(r"\s+")
_BIDI_CONTROLS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
"""Overrides and isolates: right-to-left names need none of them, and they can turn a neighbour's name around."""


def tidy(text: object, limit: int) -> str:
    """``text`` on one line, without control characters, at most ``limit`` characters; "" for anything but text."""
    if not isinstance(text, str):
        return ""
    flat = _SPACES.sub(" ", text)
    kept = "".join(
        char for char in flat if unicodedata.category(char) not in ("Cc", "Cs", "Cn") and char not in _BIDI_CONTROLS
    ).strip()
    if len(kept) <= limit:
        return kept
    cut = kept[:limit]
    # Do not leave half of a combined character: step back over what joins to the next one.
    following = kept[limit]
    while cut and (unicodedata.combining(following) or following in "\u200d\ufe0f" or cut[-1] == "\u200d"):
        following, cut = cut[-1], cut[:-1]
    return cut.rstrip()


def person_name(*, name: object, given: object, family: object) -> str:
    """name → given + family → given → family → "" (the page then says "Participant" and a short mark).

    The e-mail's local part is not a name: it was not given to be shown.
    """
    whole = tidy(name, NAME_LIMIT)
    return whole or tidy(f"{tidy(given, NAME_LIMIT)} {tidy(family, NAME_LIMIT)}", NAME_LIMIT)


def first_name(*, name: str, given: str) -> str:
    """How the waiting page addresses a person: the given name; "" when there is none (no guessing from ``name``)."""
    return given if given and given in name else ""


def room_name(*candidates: object) -> str:
    """The first candidate that is a name of two characters or more; "" when none is."""
    return next((tidied for text in candidates if len(tidied := tidy(text, ROOM_NAME_LIMIT)) >= 2), "")
