"""The id_token: shape, header, signature, audience, times. Source: 1EdTech security framework 1.0, 5.1.3.

PyJWT verifies the signature and nothing else: its own claim checks are switched off one by one, because ours give each
refusal its code, take the clock, and refuse what PyJWT lets pass (``exp`` as text, further audiences).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lti_elos.errors import BadSignature, Incomplete, Mismatch, TokenTime

LEEWAY_S = 60
"""Clocks may differ by this much. Moodle's tokens live 60 s, so more would double their life."""
MAX_AGE_S = 3600
MAX_BYTES = 256 * 1024

_OPTIONS: Any = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
    "require": [],
    "strict_aud": False,
    "enforce_minimum_key_length": True,
}


def verified_claims(
    token: str,
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    find_key: Callable[[str], RSAPublicKey],
    now: datetime,
) -> dict[str, Any]:
    """The claims of a token that ``issuer`` signed for ``client_id`` and this login's ``nonce``.

    Raises BadSignature, KeyUnknown or KeysUnreachable (from ``find_key``), Mismatch, TokenTime.
    """
    if len(token) > MAX_BYTES:
        raise Incomplete("id_token is too large")
    header, unverified = _peek(token)
    kid = header.get("kid")
    if header.get("alg") != "RS256":
        raise BadSignature("algorithm", expected="RS256", received=str(header.get("alg"))[:40])
    if "crit" in header:
        raise BadSignature("the header names critical extensions")
    if not isinstance(kid, str) or not kid:
        raise BadSignature("the header has no kid")
    if unverified.get("iss") != issuer:
        raise Mismatch("iss", expected=issuer, received=str(unverified.get("iss"))[:300])
    try:
        claims: Any = jwt.decode(token, find_key(kid), algorithms=["RS256"], options=_OPTIONS)
    except jwt.PyJWTError as cause:
        raise BadSignature(type(cause).__name__) from None  # its text may quote the token
    if not isinstance(claims, dict):
        raise BadSignature("the payload is not an object")
    _check_audience(claims, client_id)
    _check_times(claims, now.timestamp())
    if not isinstance(claims.get("nonce"), str) or claims["nonce"] != nonce:
        raise Mismatch("nonce")
    return claims


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".")
    if len(parts) != 3:
        raise BadSignature("not a JWT of three parts")
    try:
        header, payload = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts[:2])
    except (ValueError, RecursionError):
        raise BadSignature("not base64 of JSON") from None
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise BadSignature("header or payload is not an object")
    return header, payload


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if audiences != [client_id]:  # further audiences are nobody that we trust
        raise Mismatch("aud", expected=client_id, received=str(audience)[:300])
    if "azp" in claims and claims["azp"] != client_id:
        raise Mismatch("azp", expected=client_id, received=str(claims["azp"])[:300])


def _check_times(claims: dict[str, Any], now: float) -> None:
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires + LEEWAY_S:
        raise TokenTime("exp is past", received=f"{now - expires:.0f} s ago")
    if issued > now + LEEWAY_S:
        raise TokenTime("iat is in the future", received=f"{issued - now:.0f} s ahead")
    if issued < now - MAX_AGE_S:
        raise TokenTime("iat is too old", received=f"{now - issued:.0f} s ago")
    if "nbf" in claims and _moment(claims, "nbf") > now + LEEWAY_S:
        raise TokenTime("nbf is in the future")


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenTime(f"{name} is missing or not a number")
    return float(value)
