"""Sealing: what we sealed opens, for its purpose alone, and nothing else does."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.vault import SealBroken, SealExpired, Vault

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)
OLD, NEW = "old-key-of-more-than-32-characters", "new-key-of-more-than-32-characters"
VAULT = Vault([OLD])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@given(st.text(st.characters(codec="utf-8")))
def test_a_secret_opens_as_it_was_sealed(secret: str) -> None:
    assert VAULT.open("use", VAULT.seal("use", secret)) == secret


@given(json_values)
def test_a_token_carries_its_payload(payload: Any) -> None:
    token = VAULT.issue("use", payload, ttl=TEN_MINUTES, now=NOW)

    assert VAULT.redeem("use", token, now=NOW) == payload


@given(st.text())
def test_whatever_else_comes_is_refused_as_broken(text: str) -> None:
    with pytest.raises(SealBroken):
        VAULT.redeem("use", text, now=NOW)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_breaks_the_seal(place: int, change: int) -> None:
    sealed = VAULT.seal("use", "secret")
    raw = bytearray(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    raw[place % len(raw)] ^= change

    with pytest.raises(SealBroken):
        VAULT.open("use", base64.urlsafe_b64encode(raw).decode())


def test_the_same_secret_is_never_sealed_alike_and_stays_out_of_sight() -> None:
    first, second = VAULT.seal("use", "secret"), VAULT.seal("use", "secret")

    assert first != second
    assert b"secret" not in base64.urlsafe_b64decode(first + "==")


def test_a_token_is_fit_for_urls() -> None:
    token = VAULT.issue("use", {"name": "Érica 🎓" * 20}, ttl=TEN_MINUTES, now=NOW)

    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_seal_for_one_purpose_is_no_good_for_another() -> None:
    with pytest.raises(SealBroken):
        VAULT.open("another", VAULT.seal("use", "secret"))
    with pytest.raises(SealBroken):
        VAULT.redeem("another", VAULT.issue("use", 1, ttl=TEN_MINUTES, now=NOW), now=NOW)


def test_another_installations_seal_is_refused() -> None:
    with pytest.raises(SealBroken):
        VAULT.open("use", Vault([NEW]).seal("use", "secret"))


def test_a_token_ends_with_its_time_and_still_says_what_it_was() -> None:
    token = VAULT.issue("use", {"room": "1"}, ttl=TEN_MINUTES, now=NOW)
    assert VAULT.redeem("use", token, now=NOW + timedelta(minutes=9, seconds=59))

    with pytest.raises(SealExpired) as caught:
        VAULT.redeem("use", token, now=NOW + TEN_MINUTES)

    assert caught.value.payload == {"room": "1"}


def test_an_expired_token_for_another_purpose_says_nothing() -> None:
    token = VAULT.issue("use", "payload", ttl=TEN_MINUTES, now=NOW)

    with pytest.raises(SealBroken) as caught:
        VAULT.redeem("another", token, now=NOW + TEN_MINUTES)

    assert not isinstance(caught.value, SealExpired)


# --- rotation ---


def test_after_rotation_the_old_seals_open_and_the_new_key_seals() -> None:
    sealed = VAULT.seal("use", "secret")
    rotated = Vault([NEW, OLD])

    assert rotated.open("use", sealed) == "secret"
    assert not rotated.is_current(sealed)
    assert rotated.is_current(rotated.seal("use", "secret"))
    assert Vault([NEW]).open("use", rotated.seal("use", "secret")) == "secret"


def test_once_the_old_key_is_gone_its_seals_are_broken() -> None:
    with pytest.raises(SealBroken):
        Vault([NEW]).open("use", VAULT.seal("use", "secret"))


def test_a_vault_needs_a_key() -> None:
    with pytest.raises(ValueError, match="key"):
        Vault([])


# --- fingerprints ---


def test_a_fingerprint_recognises_a_value_for_one_purpose_and_one_key() -> None:
    shown = VAULT.fingerprint("subject", "user-1")

    assert shown == Vault([OLD, NEW]).fingerprint("subject", "user-1")
    assert len(shown) == 32
    others = [
        VAULT.fingerprint("subject", "user-2"),
        VAULT.fingerprint("other", "user-1"),
        Vault([NEW, OLD]).fingerprint("subject", "user-1"),
    ]
    assert shown not in others


def test_keys_for_what_others_sign_are_told_apart_by_use_and_by_secret_key() -> None:
    first, second = "a" * 40, "b" * 40
    new, old = Vault([second, first]).signing_keys("sessions")

    assert [old] == Vault([first]).signing_keys("sessions")
    assert len({new, old, *Vault([first]).signing_keys("something else")}) == 3
    assert first not in old
