"""What protected recordings want at playback: tokens as JWTs, and links for one use.

Sources: elos-api 4.4; Scalelite documentation, "protected recordings".
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from lti_elos.demo.elos.recordings import Recording

LIFE = timedelta(minutes=60)
_HEADER = {"alg": "HS256", "typ": "JWT"}


def token_of(record_id: str, user: str, *, secret: str, now: datetime) -> str:
    """A JWT, signed with HS256."""
    issued = int(now.timestamp())
    claims = {
        "auth_meeting_id": record_id,
        "sub": user,
        "iat": issued,
        "exp": issued + int(LIFE.total_seconds()),
    }
    signed = f"{_packed(_HEADER)}.{_packed(claims)}"
    return f"{signed}.{_signature(signed, secret)}"


def opens(token: str, record_id: str, *, secret: str, now: datetime) -> bool:
    """Whether the token is for this recording, ours and not over."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed, secret).encode()):
        return False
    claims = json.loads(_unpacked(signed.partition(".")[2]))
    return bool(claims["auth_meeting_id"] == record_id and claims["exp"] > now.timestamp())


class Proofs:
    """Links that were given out. Each is good once, for an hour."""

    def __init__(self) -> None:
        self._links: dict[str, tuple[str, datetime]] = {}

    def link(self, recording: Recording, now: datetime) -> str:
        """A new one, as the query of a playback's address."""
        key = secrets.token_hex(16)
        self._links[key] = (recording.record_id, now + LIFE)
        return f"once={key}"

    def take(self, key: str, record_id: str, now: datetime) -> bool:
        """Whether it opens the recording; from now on it does no more."""
        its_id, ends = self._links.pop(key, ("", now))
        return its_id == record_id and ends > now


def _packed(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(signed: str, secret: str) -> str:
    return _text(hmac.digest(secret.encode(), signed.encode(), "sha256"))
