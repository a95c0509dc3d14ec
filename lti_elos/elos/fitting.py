"""Texts of any length and kind, made to fit a query (elos-api 1.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from lti_elos.elos.signing import clean

QUERY_BUDGET = 1800
"""Bytes, percent-encoded: with the checksum it stays under the 2,000 that every front end takes."""
_LEFT_OVER = 40
"""Characters that cutting leaves of each text: less would tell nobody anything."""
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")


def one_line(text: str) -> str:
    """``text`` with breaks and tabs as single spaces, without other control characters and outer white space."""
    return clean(_BREAKS.sub(" ", text)).strip()


def shorten(text: str, most: int) -> str:
    """The first ``most`` characters of ``text``, as Java counts them: one beyond U+FFFF counts twice.

    BigBlueButton is written in Java, so 256 emoji would be refused there as 512. None is ever cut in half.
    """
    if len(text) * 2 <= most:
        return text
    units = 0
    for place, char in enumerate(text):
        units += 2 if char > "\uffff" else 1
        if units > most:
            return text[:place].rstrip()
    return text


def fit(
    query: Mapping[str, str], *, cut_first: Sequence[str], cut_last: Sequence[str], drop: Sequence[str] = ()
) -> dict[str, str]:
    """``query`` with the texts of these names cut, always the longest, until it is no longer than QUERY_BUDGET.

    Those of ``cut_last`` are cut only where ``cut_first`` was not enough, and those of ``drop`` left out, one after the
    other, only where neither was; where nothing is enough, it stays too long.
    """
    fitted = dict(query)
    excess = sum(_size(name, text) for name, text in fitted.items()) - QUERY_BUDGET
    for names in (cut_first, cut_last):
        while excess > 0:
            cuttable = [name for name in names if len(fitted[name]) > _LEFT_OVER]
            if not cuttable:
                break
            longest = max(cuttable, key=lambda name: _size(name, fitted[name]))
            before = _size(longest, fitted[longest])
            most = max(_LEFT_OVER, len(fitted[longest]) * 4 // 5)
            fitted[longest] = fitted[longest][:most].rstrip()
            excess -= before - _size(longest, fitted[longest])
    for name in drop:
        if excess <= 0:
            break
        excess -= _size(name, fitted.pop(name))
    return fitted


def _size(name: str, text: str) -> int:
    return len(name) + len(quote_plus(clean(text))) + 2
