"""Claims of odd shapes: what counts as absent, what is refused, and that a refusal tells no value."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_elos.errors import Incomplete, MessageType
from lti_elos.lti.claims import LTI, Context, LaunchClaims, Presentation, ToolPlatform
from lti_elos.lti.messages import parse_message

LEAST: dict[str, Any] = {
    "sub": "user-1",
    f"{LTI}version": "1.3.0",
    f"{LTI}message_type": "LtiResourceLinkRequest",
    f"{LTI}deployment_id": "deployment-1",
    f"{LTI}target_link_uri": "https://tool.example/",
    f"{LTI}resource_link": {"id": "link-1"},
    f"{LTI}roles": [],
}
TOP_LEVEL = ("sub", "name", "given_name", "family_name", "locale", "email")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def launch(**changes: Any) -> LaunchClaims:
    """The least launch with changes by short name."""
    sent = {name if name in TOP_LEVEL else LTI + name: value for name, value in changes.items()}
    claims = parse_message(LEAST | sent)
    assert isinstance(claims, LaunchClaims)
    return claims


def test_the_least_launch_has_empty_texts_and_no_course() -> None:
    claims = launch()

    assert (claims.name, claims.locale, claims.context, claims.custom) == ("", "", None, {})
    assert (claims.presentation, claims.tool_platform) == (Presentation(), ToolPlatform())


@pytest.mark.parametrize("odd", [None, 5, True, 1.5, [], {}, ["Ana"]])
def test_an_optional_text_of_another_type_counts_as_absent(odd: Any) -> None:
    claims = launch(
        name=odd,
        given_name=odd,
        family_name=odd,
        locale=odd,
        resource_link={"id": "link-1", "title": odd},
        context={"id": "c", "title": odd, "label": odd},
        launch_presentation={"locale": odd, "document_target": odd, "return_url": odd},
        tool_platform={"name": odd, "product_family_code": odd},
    )

    assert {claims.name, claims.given_name, claims.family_name, claims.locale, claims.resource_link.title} == {""}
    assert claims.context == Context(id="c")
    assert (claims.presentation, claims.tool_platform) == (Presentation(), ToolPlatform())


@pytest.mark.parametrize("odd", [None, 5, "", "text", [], {}, {"id": None}, {"id": 5}, {"id": ""}, {"title": "I"}])
def test_a_context_without_a_usable_id_counts_as_absent(odd: Any) -> None:
    assert launch(context=odd).context is None


@pytest.mark.parametrize("odd", ["a\0b", "a\nb", "\ud83c", "x" * 256])
def test_an_id_that_no_database_would_keep_is_refused_wherever_it_stands(odd: str) -> None:
    for changes in (
        {"sub": odd},
        {"deployment_id": odd},
        {"resource_link": {"id": odd}},
        {"context": {"id": odd}},
    ):
        with pytest.raises(Incomplete) as caught:
            launch(**changes)
        assert odd not in caught.value.detail


def test_an_id_may_be_any_other_text_of_255_characters() -> None:
    long = "ção/🎓 %&<>'\"\\" + "x" * 240

    assert launch(sub=long[:255]).sub == long[:255]


@pytest.mark.parametrize(
    ("custom", "kept"),
    [
        (None, {}),
        (5, {}),
        ("room_scope=resource", {}),
        (["room_scope"], {}),
        ({"a": "text", "n": 5, "f": 1.5}, {"a": "text", "n": "5", "f": "1.5"}),
        ({"z": None, "b": True, "l": [1], "d": {}}, {}),
        ({"e": "", "v": "$Context.id.history", "d": "5$"}, {"d": "5$"}),
        ({"sala 🎓": "ação"}, {"sala 🎓": "ação"}),
    ],
)
def test_custom_parameters_are_texts_and_unsubstituted_ones_are_absent(custom: Any, kept: dict[str, str]) -> None:
    assert launch(custom=custom).custom == kept


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//lms.example/x",
        "/course/1",
        "lms.example",
        "https://",
        "https://[bad",
        "https://lms.example/a b",
        "https://lms.example/a\nb",
        "https://lms.example/" + "x" * 2000,
        "https://lms.example/\ud83c",
    ],
)
def test_a_return_url_that_no_link_may_hold_counts_as_absent(url: str) -> None:
    assert launch(launch_presentation={"return_url": url}).presentation.return_url == ""


@pytest.mark.parametrize("url", ["https://lms.example/course/1?x=1#top", "http://localhost:8001/back"])
def test_a_return_url_is_kept_as_it_came(url: str) -> None:
    assert launch(launch_presentation={"return_url": url}).presentation.return_url == url


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": None}, "claim version is missing"),
        ({"version": 1.3}, "claim version is missing"),
        ({"message_type": ["LtiResourceLinkRequest"]}, "claim message_type is missing"),
        ({"sub": None}, "claim sub: "),
        ({"roles": "Instructor"}, "claim roles: "),
        ({"roles": ["Instructor", 5]}, "claim roles.1: "),
        ({"resource_link": {"id": 5}}, "claim resource_link.id: "),
        ({"resource_link": {}}, "claim resource_link.id: "),
        ({"deployment_id": 1}, "claim deployment_id: "),
        ({"target_link_uri": ""}, "claim target_link_uri: "),
        ({"target_link_uri": "https://tool.example/" + "x" * 2000}, "claim target_link_uri: "),
    ],
)
def test_a_required_claim_that_is_malformed_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Incomplete) as caught:
        launch(**changes)

    assert caught.value.detail.startswith(said)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("changes", "received"),
    [
        ({"version": "1.1"}, "1.1"),
        ({"version": "LTI-1p3"}, "LTI-1p3"),
        ({"message_type": "LtiSubmissionReviewRequest"}, "LtiSubmissionReviewRequest"),
        ({"message_type": "x" * 500}, "x" * 60),
    ],
)
def test_another_version_or_message_is_told_apart(changes: dict[str, Any], received: str) -> None:
    with pytest.raises(MessageType) as caught:
        launch(**changes)

    assert caught.value.received == received


@given(st.dictionaries(st.sampled_from([*LEAST, f"{LTI}context", f"{LTI}custom", "name"]), json_values))
def test_whatever_shape_claims_have_they_are_taken_or_refused_by_code(changes: dict[str, Any]) -> None:
    with suppress(Incomplete, MessageType):
        claims = parse_message(LEAST | changes)

        assert 1 <= len(claims.sub) <= 255
