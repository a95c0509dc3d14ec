"""Our own signing keys: made here, published in /lti/jwks.json, used through pylti1p3's Registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pylti1p3.registration import Registration


@dataclass(frozen=True, slots=True)
class NewKey:
    """A fresh RSA key. ``kid`` is random and never used again."""

    kid: str
    private_pem: str
    public_jwk: dict[str, Any]

    def __repr__(self) -> str:
        return f"NewKey(kid={self.kid!r})"


def new_key() -> NewKey:
    """RSA of 2048 bits: what every LMS takes."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public_pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    kid = uuid4().hex
    made = Registration.get_jwk(public_pem)
    jwk = {"kty": "RSA", "n": made["n"], "e": made["e"], "kid": kid, "alg": "RS256", "use": "sig"}
    return NewKey(kid, private_pem, jwk)
