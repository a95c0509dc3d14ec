"""Signing: the query is built once, hashed as it will travel, and sent unchanged (elos-api 1.2)."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlencode

Pairs = Sequence[tuple[str, str]]
"""Parameters in order, as decoded text."""

_NOT_XML = "\ufffe\uffff"
DIGESTS = ("sha1", "sha256", "sha384", "sha512")


def clean(text: str) -> str:
    """``text`` without control characters, lone surrogates and what XML cannot carry.

    BigBlueButton strips the first before it looks at a value, and the second cannot be encoded at all. A person named
    U+FFFF would make the XML about the whole meeting unreadable.
    """
    return "".join(char for char in text if char not in _NOT_XML and unicodedata.category(char) not in ("Cc", "Cs"))


def checksum(call: str, query: str, *, secret: str, digest: str = "sha256") -> str:
    """Hex digest over call name, raw query without checksum, and shared secret. ValueError: unknown digest."""
    if digest not in DIGESTS:
        raise ValueError(f"digest is one of {', '.join(DIGESTS)}")
    return hashlib.new(digest, f"{call}{query}{secret}".encode()).hexdigest()


def signed_url(base: str, call: str, pairs: Pairs, *, secret: str, digest: str = "sha256") -> str:
    """The whole URL of a call. Never take it apart and put it together again: any other spelling breaks the sum."""
    query = urlencode([(name, clean(value)) for name, value in pairs])
    separator = "&" if query else ""
    return f"{base}/{call}?{query}{separator}checksum={checksum(call, query, secret=secret, digest=digest)}"
