"""JOSE as a platform needs it, on ``cryptography`` alone: RSA keys, their JWKs, compact JWS.

RFC 7515 (JWS), 7517 and 7518 (JWK and algorithms). It signs whatever it is told to, so that tests can send what
no honest platform would: any header, a payload that is no object, algorithm ``none``, HMAC with the public key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_HASHES: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


def generate_key(bits: int = 2048) -> RSAPrivateKey:
    """A new RSA key. Fewer than 2048 bits are for tests of a tool that must refuse them."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_jwk(key: RSAPrivateKey, *, kid: str, alg: str | None = "RS256") -> dict[str, str]:
    """The public half, for a key set. ``alg=None`` leaves that member out, as Brightspace does."""
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "use": "sig", "kid": kid, "n": _number(numbers.n), "e": _number(numbers.e)}
    return jwk if alg is None else jwk | {"alg": alg}


def sign(header: Mapping[str, Any], payload: Any, key: RSAPrivateKey | bytes | None) -> str:
    """A compact JWS, with exactly these header members. A payload of bytes is taken as it is, else made JSON.

    The header's ``alg`` says how: RS…, PS…, HS… (with 256, 384, 512) or ``none``; anything else, or nothing, is
    signed as RS256. HMAC with an RSA key uses its public PEM as the secret: the old key-confusion attack.
    """
    body = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    signed = f"{encode(json.dumps(dict(header)).encode())}.{encode(body)}"
    return f"{signed}.{encode(_signature(str(header.get('alg', 'RS256')), signed.encode(), key))}"


def verified(token: str, keys: Any) -> dict[str, Any]:
    """The claims of a JWT signed with RS256 by one of ``keys``, a key set. Raises ValueError."""
    head, body, signature = token.split(".")
    header, claims = json.loads(decode(head)), json.loads(decode(body))
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") != "RS256":
        raise ValueError("header")
    try:
        key = next(one for one in keys["keys"] if one.get("kid") == header.get("kid"))
        numbers = (int.from_bytes(decode(key[name])) for name in ("e", "n"))
        public = rsa.RSAPublicNumbers(*numbers).public_key()
        public.verify(decode(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, StopIteration, LookupError, TypeError, AttributeError) as cause:
        raise ValueError("key or signature") from cause
    return claims


def decode(text: str) -> bytes:
    """Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def thumbprint(key: RSAPrivateKey) -> str:
    """The key's RFC 7638 thumbprint: one name for one key."""
    jwk = public_jwk(key, kid="")
    required = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    return encode(hashlib.sha256(required.encode()).digest())


def public_pem(key: RSAPrivateKey) -> bytes:
    """The public half as PEM text."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _signature(alg: str, signed: bytes, key: RSAPrivateKey | bytes | None) -> bytes:
    if alg.lower() == "none" or key is None:
        return b""
    digest = _HASHES.get(alg[2:], hashes.SHA256)()
    if alg.startswith("HS") or isinstance(key, bytes):
        mac = hmac.HMAC(key if isinstance(key, bytes) else public_pem(key), digest)
        mac.update(signed)
        return mac.finalize()
    if alg.startswith("PS"):
        # RFC 7518, section 3.5: the salt is as long as the hash.
        return key.sign(signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(signed, padding.PKCS1v15(), digest)


def _number(value: int) -> str:
    """Base64urlUInt (RFC 7518, section 2): big-endian, no leading zeros."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))
