"""A refused token without the person."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.lti.redaction import MAX_CHARACTERS, payload_of, redacted, role_names

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
PERSON = {
    "sub": "user-1",
    "name": "Maria Exemplo",
    "given_name": "Maria",
    "family_name": "Exemplo",
    "email": "maria@exemplo.test",
    "picture": "https://lms.example/maria.png",
    "nonce": "nonce-1",
    f"{LTI}lis": {"person_sourcedid": "maria-7"},
    f"{LTI}custom": {"user_email": "maria@exemplo.test"},
    f"{LTI}ext": {"user_username": "maria"},
    f"{LTI}launch_presentation": {"return_url": "https://lms.example/maria", "locale": "pt-BR"},
}


def test_nothing_of_the_person_is_kept() -> None:
    kept = json.dumps(redacted(PERSON)).lower()

    assert "maria" not in kept
    assert "user-1" not in kept
    assert "nonce-1" not in kept
    assert redacted(PERSON)["sub"] == "[hidden: text]"
    assert redacted(PERSON)[f"{LTI}launch_presentation"] == {"locale": "pt-BR"}


def test_what_explains_a_refusal_is_kept() -> None:
    claims: dict[str, Any] = {
        "iss": "https://lms.example",
        "aud": ["a", "b"],
        "iat": 11111,
        "sub": 5,
        "name": "",
        f"{LTI}deployment_id": None,
        f"{LTI}roles": "Instructor",
        f"{LTI}resource_link": {"id": "", "title": "Aula"},
        f"{LTI}target_link_uri": "https://user:secret@rooms.example/lti?token=secret",
    }

    assert redacted(claims) == {
        "iss": "https://lms.example",
        "aud": ["a", "b"],
        "iat": 11111,
        "sub": "[hidden: a number]",
        "name": "[empty text]",
        f"{LTI}deployment_id": None,
        f"{LTI}roles": "Instructor",
        f"{LTI}resource_link": {"id": "", "title": "Aula"},
        f"{LTI}target_link_uri": "https://rooms.example/lti",
    }


@given(st.dictionaries(st.text() | st.sampled_from(sorted(PERSON)), ANY_JSON))
def test_it_is_bounded_whatever_comes(claims: dict[str, Any]) -> None:
    kept = json.dumps(redacted(claims), ensure_ascii=False)

    assert len(kept) <= MAX_CHARACTERS
    assert "\\u0000" not in kept  # which PostgreSQL does not take


def test_a_crowd_of_claims_is_cut() -> None:
    claims = {f"{LTI}roles": ["r" * 300] * 50, "iss": "i" * 3000} | {f"claim-{'x' * 200}{n}": n for n in range(99)}

    assert len(json.dumps(redacted(claims), ensure_ascii=False)) <= MAX_CHARACTERS


@pytest.mark.parametrize("token", ["", "a.b", "$.%.&", "YWJj.W10.x", "x" * 300_000, "é.é.é"])
def test_what_is_no_token_says_nothing(token: str) -> None:
    assert payload_of(token) is None


def test_roles_lose_their_addresses() -> None:
    roles = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner", "Instructor", 7]

    assert role_names({f"{LTI}roles": roles}) == ["membership#Learner", "Instructor"]
    assert role_names({f"{LTI}roles": "Learner"}) == []
