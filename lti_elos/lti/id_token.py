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
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

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
) -> dict[str, Any]:
    """The claims of a token that ``issuer`` signed for ``client_id`` and this login's ``nonce``.

    Raises BadSignature, KeyUnknown or KeysUnreachable (from ``find_key``), Mismatch, TokenTime.
    """
    if len(token) > MAX_BYTES:
        raise Incomplete("id_token is too large")
    header, unverified, signed, signature = _parse(token)
    kid = header.get("kid")
    if header.get("alg") != "RS256":
        raise BadSignature("algorithm", expected="RS256", received=str(header.get("alg"))[:40])
    if "crit" in header or header.get("b64", True) is not True:
        raise BadSignature("the header names extensions")
    if not isinstance(kid, str) or not kid:
        raise BadSignature("the header has no kid")
    if unverified.get("iss") != issuer:
        raise Mismatch("iss", expected=issuer, received=str(unverified.get("iss"))[:300])
    key = find_key(kid)
    if key.key_size < _MIN_KEY_BITS:
        raise BadSignature("the key is too short")
    try:
        key.verify(signature, signed, _PADDING, _HASH)
    except InvalidSignature:
        raise BadSignature("the signature is not the key's") from None
    claims = unverified  # no longer: parsed from the bytes that were signed
    _check_audience(claims, client_id)
    _check_times(claims, now.timestamp())
    if not isinstance(claims.get("nonce"), str) or claims["nonce"] != nonce:
        raise Mismatch("nonce")
    return claims


def _parse(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, payload, what is signed, signature (RFC 7515, 5.2): nothing of it verified yet."""
    try:
        whole = token.encode("ascii")
        parts = whole.split(b".")
        if len(parts) != 3:
            raise BadSignature("not a JWT of three parts")
        header_json, payload_json, signature = map(_decoded, parts)
        header, payload = json.loads(header_json.decode()), json.loads(payload_json.decode())
    except (ValueError, RecursionError):
        raise BadSignature("not base64 of JSON") from None
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise BadSignature("header or payload is not an object")
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
