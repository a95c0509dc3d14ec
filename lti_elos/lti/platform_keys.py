"""Platforms' public keys: fetched rarely, kept parsed, refreshed in the background (DESIGN "Launch" 3)."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from lti_elos.causes import Cause
from lti_elos.errors import KeysUnreachable, KeyUnknown
from lti_elos.lti.http import AddressRefused, FetchFailed, PlatformHttp

log = logging.getLogger(__name__)

FRESH_S = 3600.0
KEPT_S = 24 * 3600.0
UNKNOWN_KID_PAUSE_S = 15.0
FAILURE_PAUSE_S = 5.0


@dataclass
class _KeySet:
    keys: dict[str, RSAPublicKey | None] = field(default_factory=dict)
    """By kid; None for a key that may not sign a launch (not RSA, too short, another use)."""
    fetched_at: float | None = None
    asked_again_at: float | None = None
    failed_at: float | None = None
    failure: str = ""
    refreshing: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class PlatformKeys:
    """The keys of all platforms, per process. Thread-safe: one fetch at a time per platform, others wait for it."""

    def __init__(self, http: PlatformHttp, *, monotonic: Callable[[], float]) -> None:
        self._http = http
        self._monotonic = monotonic
        self._sets: dict[tuple[UUID, str], _KeySet] = {}
        self._lock = threading.Lock()

    def find(self, platform_id: UUID, jwks_url: str, kid: str) -> RSAPublicKey:
        """The key named ``kid``. Raises KeyUnknown, or KeysUnreachable when nothing cached serves."""
        with self._lock:
            keys = self._sets.setdefault((platform_id, jwks_url), _KeySet())
        now = self._monotonic()
        age = None if keys.fetched_at is None else now - keys.fetched_at
        known = keys.keys  # replaced as a whole by a refresh, maybe while this runs
        if age is not None and age < KEPT_S and kid in known:
            if age > FRESH_S:
                self._refresh_behind(keys, jwks_url)
            return _fit(known[kid], kid)
        return self._fetch_for(keys, jwks_url, kid)

    def _fetch_for(self, keys: _KeySet, jwks_url: str, kid: str) -> RSAPublicKey:
        with keys.lock:
            now = self._monotonic()
            is_first = keys.fetched_at is None or now - keys.fetched_at >= KEPT_S
            if not is_first and kid in keys.keys:  # another thread fetched while this one waited
                return _fit(keys.keys[kid], kid)
            if keys.failed_at is not None and now - keys.failed_at < FAILURE_PAUSE_S:
                raise KeysUnreachable(keys.failure)
            if not is_first:
                if keys.asked_again_at is not None and now - keys.asked_again_at < UNKNOWN_KID_PAUSE_S:
                    if keys.failed_at is not None:  # nobody said that it is unknown
                        raise KeysUnreachable(keys.failure)
                    raise _unknown(keys, kid)
                keys.asked_again_at = now
            self._fetch(keys, jwks_url)
            if keys.failed_at is not None:
                raise KeysUnreachable(keys.failure)
            if kid not in keys.keys:
                raise _unknown(keys, kid)
            return _fit(keys.keys[kid], kid)

    def _fetch(self, keys: _KeySet, jwks_url: str) -> None:
        try:
            found = read_jwks(self._http.get(jwks_url))
        except (AddressRefused, FetchFailed, ValueError, RecursionError) as cause:
            keys.failed_at, keys.failure = self._monotonic(), f"JWKS: {cause}"[:300]
            log.warning("platform keys not fetched", extra={"reason": keys.failure})
            return
        keys.keys, keys.fetched_at, keys.failed_at = found, self._monotonic(), None

    def _refresh_behind(self, keys: _KeySet, jwks_url: str) -> None:
        now = self._monotonic()
        if keys.refreshing or (keys.failed_at is not None and now - keys.failed_at < FAILURE_PAUSE_S):
            return
        keys.refreshing = True

        def refresh() -> None:
            try:
                with keys.lock:
                    self._fetch(keys, jwks_url)
            finally:
                keys.refreshing = False

        threading.Thread(target=refresh, name="platform-keys", daemon=True).start()


def _unknown(keys: _KeySet, kid: str) -> KeyUnknown:
    known = ", ".join(sorted(keys.keys)[:5]) + (" …" if len(keys.keys) > 5 else "")
    return KeyUnknown("the kid is not among the platform's keys", expected=known[:300], received=kid[:100])


def _fit(key: RSAPublicKey | None, kid: str) -> RSAPublicKey:
    if key is None:
        raise KeyUnknown(
            "the key of this kid may not sign launches (RSA of 2048 bits or more, for RS256)",
            cause=Cause.KEY_UNFIT,
            received=kid[:100],
        )
    return key


def read_jwks(body: bytes) -> dict[str, RSAPublicKey | None]:
    """The keys of a JWK set by kid; None for one that may not sign a launch. Raises ValueError for no JWK set."""
    document = json.loads(body)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JWK set")  # noqa: TRY004 - one kind of failure for the caller
    return {
        entry["kid"]: _parse_key(entry)
        for entry in document["keys"]
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str)
    }


def _parse_key(entry: dict[str, Any]) -> RSAPublicKey | None:
    """None for a key that must not verify a launch: Brightspace leaves ``alg`` and ``use`` out, others must say so."""
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        key = PyJWK.from_dict({"kty": "RSA", "n": entry.get("n"), "e": entry.get("e")}, algorithm="RS256").key
    except (PyJWTError, ValueError, TypeError, AttributeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= 2048 else None
