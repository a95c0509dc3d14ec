"""Names of people and rooms: made presentable, never trusted, never cut inside a character."""

from __future__ import annotations

import re
import unicodedata

NAME_LIMIT = 250
ROOM_NAME_LIMIT = 250

_SPACES = re.compile(r"\s+")
_BIDI_CONTROLS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
"""Overrides and isolates: right-to-left names need none of them, and they can turn a neighbour's name around."""


_ZERO_WIDTH_JOINER = "\u200d"
_MODIFIERS = {chr(code) for code in (*range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080))}
"""Skin tones, and the tags of regional flags: parts of the emoji before them."""
_FLAG_LETTERS = "".join(chr(code) for code in range(0x1F1E6, 0x1F200))
"""Two of them are one flag."""


def tidy(text: object, limit: int) -> str:
    """``text`` on one line, without control characters, at most ``limit`` characters.

    "" for anything but text, and for a text of which nothing can be seen.
    """
    if not isinstance(text, str):
        return ""
    if text.isascii() and text.isprintable() and "  " not in text and len(text) <= limit:
        return text.strip()  # most are so; what follows asks about each character
    kept = "".join(
        char
        for char in _SPACES.sub(" ", text)
        if unicodedata.category(char) not in ("Cc", "Cs", "Cn") and char not in _BIDI_CONTROLS
    )
    kept = _SPACES.sub(" ", kept).strip()
    if len(kept) > limit:
        end = limit
        while end and _is_inside_a_character(kept, end):
            end -= 1
        kept = kept[:end].rstrip()
    return kept if any(unicodedata.category(char) not in ("Cf", "Zs") for char in kept) else ""


def _is_inside_a_character(text: str, at: int) -> bool:
    """Whether a cut at ``at`` would part what people see as one character."""
    before, char = text[at - 1], text[at]
    if _ZERO_WIDTH_JOINER in (before, char) or char in _MODIFIERS or unicodedata.category(char).startswith("M"):
        return True
    letters_before = at - len(text[:at].rstrip(_FLAG_LETTERS))
    return char in _FLAG_LETTERS and letters_before % 2 == 1


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
