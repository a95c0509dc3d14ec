"""Sealing: everything secret at rest and every token that we hand out goes through here.

AES-256-GCM with a key derived from SECRET_KEY (HKDF-SHA256); the purpose is authenticated with it, so that a token made
for one use is no good for another. A sealed value begins with the id of its key, so that a rotated SECRET_KEY (comma
separated: the first seals, all open) can be told apart and moved (``lti-elos secrets reseal``).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


_written = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""``json.dumps`` would make an encoder for each token."""


class SealBroken(Exception):
    """The value was not sealed by us, for this purpose, with a key that we still have."""


class SealExpired(SealBroken):
    """The value was ours, but its time is over. ``payload`` tells what it said, for a better page."""

    def __init__(self, payload: Any) -> None:
        super().__init__("expired")
        self.payload = payload


class Vault:
    """Seals and opens values. Thread-safe; holds keys only in memory."""

    def __init__(self, secret_keys: list[str]) -> None:
        """:param secret_keys: the first seals, all open. At least one."""
        if not secret_keys:
            raise ValueError("a vault needs a key")
        self._boxes: dict[bytes, AESGCM] = {}
        self._macs: dict[bytes, bytes] = {}
        self._secrets = list(secret_keys)
        for secret in secret_keys:
            material = HKDF(SHA256(), 64, salt=b"lti-elos", info=b"vault 1").derive(secret.encode())
            key_id = hashlib.sha256(b"key id" + material).digest()[:_KEY_ID_BYTES]
            self._boxes[key_id] = AESGCM(material[:32])
            self._macs[key_id] = material[32:]
        self._first = next(iter(self._boxes))

    def signing_keys(self, purpose: str) -> list[str]:
        """Keys for a library that signs by itself, one of each SECRET_KEY: the first signs, all are taken."""
        info = f"signing {purpose} 1".encode()
        return [HKDF(SHA256(), 32, salt=b"lti-elos", info=info).derive(one.encode()).hex() for one in self._secrets]

    # --- at rest ---

    def seal(self, purpose: str, value: str) -> str:
        """Sealed text of a secret at rest, for one purpose."""
        return self._close(purpose, value.encode())

    def open(self, purpose: str, sealed: str) -> str:
        """What ``seal`` was given. Raises SealBroken."""
        return self._reveal(purpose, sealed).decode()

    def is_current(self, sealed: str) -> bool:
        """Whether the value is sealed with the first key (else ``secrets reseal`` has work to do)."""
        return _decode(sealed)[:_KEY_ID_BYTES] == self._first

    def has_key_of(self, sealed: str) -> bool:
        """Whether one of our keys sealed the value. Only its key id is looked at: ``open`` proves it."""
        try:
            return _decode(sealed)[:_KEY_ID_BYTES] in self._boxes
        except SealBroken:
            return False

    # --- tokens ---

    def issue(self, purpose: str, payload: Any, *, ttl: timedelta, now: datetime) -> str:
        """A URL-safe token that carries ``payload`` (JSON) and its end."""
        body = _written([int((now + ttl).timestamp()), payload])
        return self._close(purpose, body.encode())

    def redeem(self, purpose: str, token: str, *, now: datetime) -> Any:
        """The payload of a token that we issued. Raises SealBroken, or SealExpired past its end.

        That it is used once only is not decided here: the spent table does that.
        """
        ends, payload = json.loads(self._reveal(purpose, token))
        if now.timestamp() >= ends:
            raise SealExpired(payload)
        return payload

    def fingerprint(self, purpose: str, value: str) -> str:
        """A keyed hash (32 hex) for values to recognise but not to know: subjects in logs.

        It changes with SECRET_KEY; nothing stored depends on it.
        """
        mac = hmac.digest(self._macs[self._first], f"{purpose}\0{value}".encode(), "sha256")
        return mac.hex()[:32]

    def _close(self, purpose: str, plain: bytes) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        body = self._boxes[self._first].encrypt(nonce, plain, purpose.encode())
        return base64.urlsafe_b64encode(self._first + nonce + body).rstrip(b"=").decode()

    def _reveal(self, purpose: str, sealed: str) -> bytes:
        raw = _decode(sealed)
        box = self._boxes.get(raw[:_KEY_ID_BYTES])
        if box is None:
            raise SealBroken("unknown key")
        nonce, body = raw[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES], raw[_KEY_ID_BYTES + _NONCE_BYTES :]
        try:
            return box.decrypt(nonce, body, purpose.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("not ours, or for another purpose") from None


def _decode(sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise SealBroken("not base64") from None
    if len(raw) <= _KEY_ID_BYTES + _NONCE_BYTES:
        raise SealBroken("too short")
    return raw
