"""Passwords of operators: Argon2id, as OWASP asks for it. A guess costs a twentieth of a second and 19 MiB."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from lti_elos.errors import Misconfigured

SHORTEST, LONGEST = 12, 1000
"""Characters. The upper limit only keeps a post from being work."""
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$MDAwMDAwMDAwMDAwMDAwMA$wlsxSwo4GkTSDXb9eOZ3iJC12LSBlBsYIGPyfwYz9uQ"
"""Compared with where there is no account: as much work, and never right."""


def hash_of(password: str) -> str:
    """A PHC string. Raises Misconfigured for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Misconfigured(f"a password has {SHORTEST} to {LONGEST} characters")
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=2, lanes=1, memory_cost=19 * 1024)
    return kdf.derive_phc_encoded(_bytes(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. ``None``, where there is no account, takes as long and is never right."""
    try:
        Argon2id.verify_phc_encoded(_bytes(password[: LONGEST + 1]), password_hash or _NOBODYS)
    except InvalidKey:
        return False
    return password_hash is not None


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
