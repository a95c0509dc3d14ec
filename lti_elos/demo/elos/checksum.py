"""Whether a call was signed with our secret. Source: BigBlueButton documentation, "API security model"."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

ALGORITHMS = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
"""The digest's hex length tells the algorithm."""

_PREFIX = b"checksum="


def cut_checksum(query: bytes) -> tuple[bytes, bytes]:
    """The query without its first checksum parameter, wherever that stands, and the checksum.

    Nothing is decoded: the digest is over the bytes that came over the wire.
    """
    parts = query.split(b"&")
    for place, part in enumerate(parts):
        if part.startswith(_PREFIX):
            return b"&".join(parts[:place] + parts[place + 1 :]), part.removeprefix(_PREFIX)
    return query, b""


def is_signed(call: str, query: bytes, *, secret: str, algorithms: Collection[str]) -> bool:
    """Whether ``query`` holds the digest it should, in an allowed algorithm; letter case is free."""
    unsigned, given = cut_checksum(query)
    algorithm = ALGORITHMS.get(len(given))
    if algorithm is None or algorithm not in algorithms:
        return False
    expected = hashlib.new(algorithm, call.encode() + unsigned + secret.encode()).hexdigest()
    return hmac.compare_digest(expected.encode(), given.lower())


def delivery_checksum(url: str, body: bytes, *, secret: str, algorithm: str) -> str:
    """What BigBlueButton's emitter adds to the address of a hook. Source: BigBlueButton documentation, webhooks."""
    return hashlib.new(algorithm, url.encode() + body + secret.encode()).hexdigest()
