"""The signature and the shape of an id_token: what is verified is what is read, in one way of writing it only."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from lti_elos.demo.lms import jose
from lti_elos.errors import BadSignature, Incomplete, Mismatch
from lti_elos.lti.id_token import MAX_BYTES, verified_claims

KEY, OTHER, SHORT = jose.generate_key(), jose.generate_key(), jose.generate_key(1024)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLAIMS: dict[str, Any] = {
    "iss": "https://lms.example.org",
    "aud": "client-1",
    "nonce": "nonce-1",
    "iat": NOW.timestamp(),
    "exp": NOW.timestamp() + 60,
    "name": "Ana Lúcia",
}
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "key-1"}


def verify(token: str, key: Any = KEY) -> dict[str, Any]:
    return verified_claims(
        token,
        issuer="https://lms.example.org",
        client_id="client-1",
        nonce="nonce-1",
        find_key=lambda _kid: key.public_key(),
        now=NOW,
    )


def signed(payload: Any = CLAIMS, **header: Any) -> str:
    return jose.sign(HEADER | header, payload, KEY)


def test_the_claims_are_those_that_were_signed() -> None:
    assert verify(signed()) == CLAIMS


def test_another_keys_signature_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(signed(), OTHER)


def test_claims_that_were_changed_after_signing_are_refused() -> None:
    header, _, signature = signed().split(".")
    changed = jose.encode(json.dumps(CLAIMS | {"name": "Outra"}).encode())
    with pytest.raises(BadSignature):
        verify(f"{header}.{changed}.{signature}")


def test_a_header_that_was_changed_after_signing_is_refused() -> None:
    _, payload, signature = signed().split(".")
    changed = jose.encode(json.dumps(HEADER | {"typ": "jwt"}).encode())
    with pytest.raises(BadSignature):
        verify(f"{changed}.{payload}.{signature}")


@pytest.mark.parametrize("signature", ["", "AAAA", "A" * 342, "A" * 4000])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify(f"{signed().rpartition('.')[0]}.{signature}")


@pytest.mark.parametrize("alg", ["none", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "", None, ["RS256"]])
def test_no_other_algorithm_is_taken_whatever_the_header_says(alg: Any) -> None:
    with pytest.raises(BadSignature):
        verify(signed(alg=alg))


def test_a_pss_signature_under_the_name_of_rs256_is_refused() -> None:
    header, payload, _ = signed().split(".")
    other = jose.sign(HEADER | {"alg": "PS256"}, CLAIMS, KEY).rpartition(".")[2]
    with pytest.raises(BadSignature):
        verify(f"{header}.{payload}.{other}")


def test_a_short_key_is_refused_even_if_it_is_found() -> None:
    with pytest.raises(BadSignature):
        verify(jose.sign(HEADER, CLAIMS, SHORT), SHORT)


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": None}, {"b64": 0}])
def test_extensions_of_the_header_are_refused(header: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        verify(signed(**header))


def _with_last_bits_set(part: str) -> str:
    """The same bytes, written with unused bits that are not zero: b64decode would not mind."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1]


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize(
    "change", [lambda part: part + "=", lambda part: part + "\n", lambda part: "!" + part, _with_last_bits_set]
)
def test_each_part_has_one_way_to_be_written(number: int, change: Any) -> None:
    """Whatever the signature says: signed anew where header or payload are written so."""
    body = {**CLAIMS, "x": ""}
    while len(json.dumps(body, ensure_ascii=False).encode()) % 3 != 1:  # so that there are unused bits
        body["x"] += "x"
    header = json.dumps(HEADER) + " " * (-(len(json.dumps(HEADER)) - 1) % 3)
    parts = [jose.encode(header.encode()), jose.encode(json.dumps(body, ensure_ascii=False).encode())]
    if number < 2:
        parts[number] = change(parts[number])
    signature = jose.encode(KEY.sign(".".join(parts).encode(), PKCS1v15(), SHA256()))
    with pytest.raises(BadSignature):
        verify(".".join([*parts, change(signature) if number == 2 else signature]))


@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"\xff\xfe{\x00}\x00", b'{"iss": "\xe9"}', b"{} {}"])
def test_a_payload_that_is_no_object_in_utf_8_is_refused(payload: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(signed(payload))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", "eyJ9.eyJ9.", "....", "\ud800.a.b"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadSignature):
        verify(token)


def test_a_token_beyond_the_limit_is_not_even_parsed() -> None:
    with pytest.raises(Incomplete):
        verify("a" * (MAX_BYTES + 1))


def test_a_foreign_issuer_is_told_before_any_key_is_looked_for() -> None:
    def nobody(_kid: str) -> Any:
        raise AssertionError("no key is needed")

    with pytest.raises(Mismatch):
        verified_claims(
            signed(CLAIMS | {"iss": "https://evil.example.test"}),
            issuer="https://lms.example.org",
            client_id="client-1",
            nonce="nonce-1",
            find_key=nobody,
            now=NOW,
        )


def test_base64_of_the_other_alphabet_is_refused() -> None:
    payload = json.dumps(CLAIMS | {"x": "\u07ff\u07ff\u07ff?>"}, ensure_ascii=False).encode()
    header = jose.encode(json.dumps(HEADER).encode())
    body = base64.b64encode(payload).rstrip(b"=").decode()
    assert "/" in body or "+" in body
    signature = jose.encode(KEY.sign(f"{header}.{body}".encode(), PKCS1v15(), SHA256()))
    with pytest.raises(BadSignature):
        verify(f"{header}.{body}.{signature}")
