"""Requests for content and the answers: what is read of the claims, and what is signed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.errors import Incomplete, MessageType
from lti_elos.lti.claims import LTI
from lti_elos.lti.deep_linking import DL, DeepLinkingClaims, Link, Wanted, answer, origin_of, wanted
from lti_elos.lti.messages import parse_message
from lti_elos.lti.service_token import SigningKey
from lti_elos.lti.tool_keys import new_key
from tests.lti.test_claims import json_values

SETTINGS: dict[str, Any] = {
    "deep_link_return_url": "https://lms.example/return",
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe"],
}
LEAST: dict[str, Any] = {
    "sub": "user-1",
    f"{LTI}message_type": "LtiDeepLinkingRequest",
    f"{LTI}version": "1.3.0",
    f"{LTI}deployment_id": "deployment-1",
}
NOW = datetime(2026, 11, 17, 22, 36, 0, 250_000, tzinfo=UTC)
KEY = new_key()


def claims_of(**settings: Any) -> DeepLinkingClaims:
    found = parse_message(LEAST | {f"{DL}deep_linking_settings": SETTINGS | settings})
    assert isinstance(found, DeepLinkingClaims)
    return found


def wants(**settings: Any) -> Wanted:
    return wanted(claims_of(**settings), allow_http=False)


def sent(asked: Wanted, *links: Link, graded: bool = False) -> dict[str, Any]:
    token = answer(
        asked,
        links,
        url="https://tool.example/lti/launch",
        graded=graded,
        issuer="https://lms.example",
        client_id="client-1",
        deployment_id="deployment-1",
        key=SigningKey(KEY.kid, KEY.private_pem),
        now=NOW,
    )
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": KEY.kid, "typ": "JWT"}
    options: Any = {"verify_exp": False, "verify_iat": False}
    key = jwt.PyJWK(KEY.public_jwk).key
    found: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience="https://lms.example", options=options
    )
    return found


LINK = Link("Plantão", "", {"room": "k" * 43}, "room-1")


def test_the_least_request_takes_one_plain_link_and_gives_nothing_back() -> None:
    assert wants() == Wanted(
        return_url="https://lms.example/return",
        several=False,
        lineitem=False,
        window=False,
        iframe=True,
        title="",
        text="",
        data=None,
    )
    assert claims_of().roles == ()


@pytest.mark.parametrize("value", ["true", 1, None, [True], {"a": 1}])
def test_only_true_is_true(value: Any) -> None:
    asked = wants(accept_multiple=value, accept_lineitem=value)

    assert (asked.several, asked.lineitem) == (False, False)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://lms.example/return?x=1", "https://lms.example"),
        ("https://lms.example:8443/", "https://lms.example:8443"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
        ("https://a:b@lms.example/", ""),
        ("https://lms.example;x/", ""),
        ("https://lms.example' /", ""),
        ("https://lmsé.example/", ""),
        ("ftp://lms.example/", ""),
        ("https:///x", ""),
        ("https://[/", ""),
        ("", ""),
    ],
)
def test_an_origin_is_fit_for_a_policy_or_none(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_http_is_for_private_networks() -> None:
    claims = claims_of(deep_link_return_url="http://lms.example/return")

    assert wanted(claims, allow_http=True).return_url == "http://lms.example/return"
    with pytest.raises(Incomplete):
        wanted(claims, allow_http=False)


def test_a_platform_that_takes_no_links_to_tools_is_told_so() -> None:
    with pytest.raises(MessageType) as caught:
        wants(accept_types=["html", "image\u0000", "file" * 50])

    assert caught.value.expected == "ltiResourceLink"
    assert caught.value.received.startswith("html, image, file")
    assert len(caught.value.received) <= 60


def test_the_answer_says_who_it_is_from_for_how_long_and_nothing_that_was_not_asked() -> None:
    found = sent(wants(), LINK)

    nonce = found.pop("nonce")
    assert len(nonce) >= 32
    assert found == {
        "iss": "client-1",
        "aud": "https://lms.example",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
        f"{LTI}deployment_id": "deployment-1",
        f"{LTI}message_type": "LtiDeepLinkingResponse",
        f"{LTI}version": "1.3.0",
        f"{DL}content_items": [
            {
                "type": "ltiResourceLink",
                "url": "https://tool.example/lti/launch",
                "title": "Plantão",
                "custom": {"room": "k" * 43},
                "iframe": {"width": 1080, "height": 720},
            }
        ],
    }
    assert sent(wants(), LINK)["nonce"] != nonce


@pytest.mark.parametrize("data", ["", " ", "\n", 'é<&>\\"', "x" * 20_000])
def test_data_comes_back_to_the_letter(data: str) -> None:
    assert sent(wants(data=data))[f"{DL}data"] == data


def test_nothing_chosen_is_an_empty_list() -> None:
    assert sent(wants(data=None))[f"{DL}content_items"] == []


def test_a_column_is_made_where_it_is_taken_and_wanted() -> None:
    def items(graded: bool, **settings: Any) -> Any:
        return sent(wants(**settings), LINK, graded=graded)[f"{DL}content_items"][0].get("lineItem")

    column = {"scoreMaximum": 100, "label": "Plantão", "resourceId": "room-1", "tag": "elos"}
    assert items(True, accept_lineitem=True) == column
    assert items(False, accept_lineitem=True) is None
    assert items(True) is None


@given(st.dictionaries(st.sampled_from([*SETTINGS, "data", "title", "text", "accept_multiple"]), json_values))
def test_whatever_shape_settings_have_they_are_taken_or_refused_by_code(changes: dict[str, Any]) -> None:
    with suppress(Incomplete, MessageType):
        asked = wants(**changes)

        assert origin_of(asked.return_url)
        assert len(asked.title) <= 250
        assert not any(value is None for value in sent(asked, LINK).values())
