"""The id_token: shape, header, signature, audience, times. Source: 1EdTech security framework 1.0, 5.1.3.

RS256 and nothing else, so the signature is one call of ``cryptography`` on a key that ``platform_keys`` has parsed and
found fit. (PyJWT walks through the token's base64 byte by byte in Python, which costs ten times the verification, and
parses the key's PEM or JWK each time.) The claims are those of the very bytes that were verified, and each check of
them is ours: a refusal has its code, the clock is given, and ``exp`` as text or further audiences do not pass.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from lti_elos.causes import Cause
from lti_elos.errors import BadSignature, Incomplete, Mismatch, TokenTime

LEEWAY_S = 60
"""Clocks may differ by this much. Moodle's tokens live 60 s, so more would double their life."""
MAX_AGE_S = 3600
MAX_BYTES = 256 * 1024

_MIN_KEY_BITS = 2048
_PADDING, _HASH = PKCS1v15(), SHA256()


def verified_claims(
    token: str,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    find_key: Callable[[str], RSAPublicKey],
    now: datetime,
    login_at: datetime | None = None,
) -> dict[str, Any]:
    """The claims of a token that ``issuer`` signed for ``client_id`` and this login's ``nonce``.

    :param login_at: when we began the login: a token from before it comes from a clock that is behind.

    Raises BadSignature, KeyUnknown or KeysUnreachable (from ``find_key``), Mismatch, TokenTime.
    """
    if len(token) > MAX_BYTES:
        raise Incomplete("id_token is too large", cause=Cause.TOKEN_TOO_LARGE)
    header, unverified, signed, signature = _parse(token)
    kid = header.get("kid")
    if header.get("alg") != "RS256":
        raise BadSignature("algorithm", cause=Cause.ALGORITHM, expected="RS256", received=str(header.get("alg"))[:40])
    if "crit" in header or header.get("b64", True) is not True:
        raise BadSignature("the header names extensions", cause=Cause.EXTENSIONS)
    if not isinstance(kid, str) or not kid:
        raise BadSignature("the header has no kid", cause=Cause.NO_KID)
    if unverified.get("iss") != issuer:
        raise Mismatch("iss", cause=Cause.ISSUER_OTHER, expected=issuer, received=str(unverified.get("iss"))[:300])
    key = find_key(kid)
    if key.key_size < _MIN_KEY_BITS:
        raise BadSignature("the key is too short", cause=Cause.KEY_UNFIT)
    try:
        key.verify(signature, signed, _PADDING, _HASH)
    except InvalidSignature:
        raise BadSignature("the signature is not the key's") from None
    claims = unverified  # no longer: parsed from the bytes that were signed
    _check_audience(claims, client_id)
    _check_times(claims, now.timestamp(), login_at.timestamp() if login_at else None)
    if not isinstance(claims.get("nonce"), str) or claims["nonce"] != nonce:
        raise Mismatch("nonce", cause=Cause.NONCE_OTHER)
    return claims


def _parse(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, payload, what is signed, signature (RFC 7515, 5.2): nothing of it verified yet."""
    try:
        whole = token.encode("ascii")
        parts = whole.split(b".")
        if len(parts) != 3:
            raise BadSignature("not a JWT of three parts", cause=Cause.TOKEN_MALFORMED)
        header_json, payload_json, signature = map(_decoded, parts)
        header, payload = json.loads(header_json.decode()), json.loads(payload_json.decode())
    except (ValueError, RecursionError):
        raise BadSignature("not base64 of JSON", cause=Cause.TOKEN_MALFORMED) from None
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise BadSignature("header or payload is not an object", cause=Cause.TOKEN_MALFORMED)
    return header, payload, whole[: whole.rindex(b".")], signature


def _decoded(part: bytes) -> bytes:
    """Base64url without padding, in its one canonical form: Python's decoder skips what is foreign to the alphabet."""
    decoded = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != part:
        raise ValueError("not canonical base64url")
    return decoded


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if audiences != [client_id]:  # further audiences are nobody that we trust
        cause = Cause.AUDIENCE_SEVERAL if client_id in audiences else Cause.AUDIENCE_OTHER
        raise Mismatch("aud", cause=cause, expected=client_id, received=str(audience)[:300])
    if "azp" in claims and claims["azp"] != client_id:
        received = str(claims["azp"])[:300]
        raise Mismatch("azp", cause=Cause.AUDIENCE_OTHER, expected=client_id, received=received)


def _check_times(claims: dict[str, Any], now: float, login: float | None) -> None:
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires + LEEWAY_S:
        raise _late("exp is past", "exp", expires, now, issued=issued, login=login)
    if issued > now + LEEWAY_S:
        raise _early("iat is in the future", "iat", issued, now)
    if issued < now - MAX_AGE_S:
        raise _late("iat is too old", "iat", issued, now, issued=issued, login=login)
    if "nbf" in claims and (begins := _moment(claims, "nbf")) > now + LEEWAY_S:
        raise _early("nbf is in the future", "nbf", begins, now)


def _early(detail: str, name: str, moment: float, now: float) -> TokenTime:
    """A platform's clock that is ahead: it says itself by how much."""
    refusal = TokenTime(
        detail,
        cause=Cause.CLOCK_AHEAD,
        expected=f"{name} ≤ {_told(now + LEEWAY_S, now)} (now + {LEEWAY_S} s)",
        received=f"{name} {_told(moment, now)}, {moment - now:.0f} s ahead",
    )
    refusal.off_by_s = _seconds(moment - now)
    return refusal


def _late(detail: str, name: str, moment: float, now: float, *, issued: float, login: float | None) -> TokenTime:
    """A token that took too long, unless it was made before the login that it answers: then a clock is behind."""
    age = LEEWAY_S if name == "exp" else MAX_AGE_S
    is_behind = login is not None and issued < login - LEEWAY_S
    refusal = TokenTime(
        detail,
        cause=Cause.CLOCK_BEHIND if is_behind else Cause.TOKEN_EXPIRED,
        expected=f"{name} ≥ {_told(now - age, now)} (now − {age} s)",
        received=f"{name} {_told(moment, now)}, {now - moment:.0f} s ago",
    )
    if is_behind and login is not None:
        refusal.off_by_s = _seconds(issued - login)
    return refusal


_FAR_S = 10**9


def _seconds(difference: float) -> int:
    """Bounded: a token may say anything."""
    return round(max(-_FAR_S, min(_FAR_S, difference)))


def _told(moment: float, now: float) -> str:
    """In UTC, with the date where it is not today's; a token may name a moment that no calendar has."""
    try:
        told, today = datetime.fromtimestamp(moment, UTC), datetime.fromtimestamp(now, UTC)
        return f"{told:%H:%M:%SZ}" if told.date() == today.date() else f"{told:%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return "no date"


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenTime(f"{name} is missing or not a number")
    return float(value)
