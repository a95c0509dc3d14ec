"""Our own signing keys."""

from __future__ import annotations

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lti_elos.lti.tool_keys import new_key


def test_what_the_private_key_signs_the_published_key_verifies() -> None:
    key = new_key()

    token = jwt.encode({"iss": "client-1"}, key.private_pem, algorithm="RS256", headers={"kid": key.kid})

    assert jwt.decode(token, jwt.PyJWK(key.public_jwk).key, algorithms=["RS256"]) == {"iss": "client-1"}


def test_the_published_key_says_what_it_is_for_and_holds_nothing_private() -> None:
    key = new_key()

    assert key.public_jwk.keys() == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key.public_jwk["kty"], key.public_jwk["alg"], key.public_jwk["use"]) == ("RSA", "RS256", "sig")
    assert key.public_jwk["kid"] == key.kid
    private = load_pem_private_key(key.private_pem.encode(), password=None)
    assert isinstance(private, RSAPrivateKey)
    assert private.key_size == 2048


def test_no_two_keys_are_alike_and_none_is_printed() -> None:
    first, second = new_key(), new_key()

    assert first.kid != second.kid
    assert first.public_jwk["n"] != second.public_jwk["n"]
    assert "PRIVATE" not in repr(first)
