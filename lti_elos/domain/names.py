"""Names of people and rooms: made presentable, never trusted, never cut inside a character."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from uuid import UUID

NAME_LIMIT = 250
ROOM_NAME_LIMIT = 250
DESCRIPTION_LIMIT = 500
TYPED_NAME_LIMIT = 60
"""What people see, not code points: see :func:`is_too_long`."""

_SPACES = re.compile(r"\s+")
_BIDI_CONTROLS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)}
"""Overrides and isolates: right-to-left names need none of them, and they can turn a neighbour's name around."""


_ZERO_WIDTH_JOINER = "\u200d"
_MODIFIERS = {chr(code) for code in (*range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080))}
"""Skin tones, and the tags of regional flags: parts of the emoji before them."""
_FLAG_LETTERS = "".join(chr(code) for code in range(0x1F1E6, 0x1F200))
"""Two of them are one flag."""


def has_controls(text: str) -> bool:
    """Whether there are control characters or halves of surrogate pairs: no database or log takes them well."""
    return not text.isprintable() and any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def tidy(text: object, limit: int) -> str:
    """``text`` on one line, without control characters, at most ``limit`` characters.

    "" for anything but text, and for a text of which nothing can be seen.
    """
    if not isinstance(text, str):
        return ""
    if text.isprintable() and "  " not in text and len(text) <= limit:
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


_BLANKS = str.maketrans(dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0", " "))
"""Letters and symbols by category, and nothing to be seen: fillers of Hangul, the Braille pattern without dots."""


def typed_name(text: str) -> str:
    """A name that somebody typed. "" when there is nothing to be seen; longer than the limits when it was.

    Nobody vouches for it: blanks that are no spaces could push what we write behind it out of sight.
    """
    return tidy(text[: 8 * NAME_LIMIT].translate(_BLANKS), 4 * NAME_LIMIT)


def is_too_long(name: str) -> bool:
    """Whether a typed name has more than 60 visible characters (accents and joiners are parts of one), or too many
    invisible ones to be kept."""
    visible = sum(unicodedata.category(char)[0] not in "MC" and char not in _MODIFIERS for char in name)
    return visible > TYPED_NAME_LIMIT or len(name) > NAME_LIMIT


def person_mark(user_id: UUID) -> str:
    """Four characters that stay the same, for a person without a name."""
    return hashlib.sha256(user_id.bytes).hexdigest()[:4].upper()


def first_name(*, name: str, given: str) -> str:
    """How the waiting page addresses a person: the given name; "" when there is none (no guessing from ``name``)."""
    return given if given and given in name else ""


def room_name(*candidates: object) -> str:
    """The first candidate that is a name of two characters or more; "" when none is."""
    return next((tidied for text in candidates if len(tidied := tidy(text, ROOM_NAME_LIMIT)) >= 2), "")


def chosen_room_name(text: str) -> str:
    """What somebody typed as a room's name; "" for nothing.

    Raises ValueError for what is no name: fewer than two characters to be seen, or more than ROOM_NAME_LIMIT.
    """
    name = tidy(text, len(text))
    seen = sum(unicodedata.category(char) not in ("Cf", "Zs") for char in name)
    if text.strip() and not (seen >= 2 and len(name) <= ROOM_NAME_LIMIT):
        raise ValueError(f"2 to {ROOM_NAME_LIMIT} characters")
    return name


def chosen_description(text: str) -> str:
    """What somebody typed to describe a recording; "" for nothing. Raises ValueError above DESCRIPTION_LIMIT."""
    description = tidy(text, len(text))
    if len(description) > DESCRIPTION_LIMIT:
        raise ValueError(f"at most {DESCRIPTION_LIMIT} characters")
    return description
