"""The login's parameters, the target that must be ours, and where the browser is sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from lti_elos.errors import Incomplete
from lti_elos.lti.login import authentication_url, is_ours, parse_login

SENT = {"iss": "https://lms.example", "login_hint": "h 1&2", "target_link_uri": "https://tool.example/x"}


@pytest.mark.parametrize(
    "target",
    [
        "https://tool.example",
        "https://tool.example/",
        "https://tool.example/lti/launch",
        "https://tool.example/any?x=1#y",
        "https://tool.example:443/x",
        "HTTPS://TOOL.Example/x",
        "https://tool.example?x=1",
    ],
)
def test_any_path_on_our_origin_is_ours(target: str) -> None:
    assert is_ours(target, "https://tool.example")


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/lti/launch",
        "//tool.example/x",
        "http://tool.example/x",
        "https://tool.example:8443/x",
        "https://tool.example:x/",
        "https://tool.example:99999/",
        "https://tool.example:0/",
        "https://tool.example.evil.example/",
        "https://evil.example/tool.example",
        "https://sub.tool.example/",
        "https://tool.example@evil.example/",
        "https://user@tool.example/",
        "https://:pw@tool.example/",
        "https://tool.example\\@evil.example/",
        "https://tool.example\\.evil.example/",
        "https:tool.example",
        "javascript://tool.example/%0aalert(1)",
        "https://[tool.example/",
        "https://tool.exаmple/",  # a Cyrillic letter
    ],
)
def test_everything_else_is_foreign(target: str) -> None:
    assert not is_ours(target, "https://tool.example")


def test_our_port_counts() -> None:
    assert is_ours("http://localhost:8000/x", "http://localhost:8000")
    assert is_ours("http://localhost:80/x", "http://localhost")
    assert not is_ours("http://localhost/x", "http://localhost:8000")


# --- parameters ---


def test_what_the_platform_sent_is_kept_unchanged_for_sending_it_again() -> None:
    sent = SENT | {"lti_message_hint": "", "canvas_region": "us-east-1", "lti_storage_target": "_parent"}

    login = parse_login(sent)

    assert dict(login.parameters) == sent
    assert (login.lti_message_hint, login.client_id, login.storage_target) == ("", "", "_parent")


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ({}, ""),
        ({"lti_deployment_id": "1"}, "1"),
        ({"deployment_id": "2"}, "2"),
        ({"lti_deployment_id": "1", "deployment_id": "2"}, "1"),
        ({"lti_deployment_id": "", "deployment_id": "2"}, "2"),
    ],
)
def test_the_deployment_may_come_by_canvass_name(more: dict[str, str], hint: str) -> None:
    assert parse_login(SENT | more).deployment_hint == hint


@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_required_parameter_must_be_there(name: str, value: str | None) -> None:
    sent = {key: text for key, text in (SENT | {name: value}).items() if text is not None}

    with pytest.raises(Incomplete, match=name):
        parse_login(sent)


def test_parameters_of_more_than_8000_characters_are_refused() -> None:
    used = sum(len(key) + len(text) for key, text in SENT.items()) + len("lti_message_hint")
    parse_login(SENT | {"lti_message_hint": "x" * (8000 - used)})

    with pytest.raises(Incomplete, match="too long"):
        parse_login(SENT | {"lti_message_hint": "x" * (8001 - used)})


# --- the authentication request ---


def sent_to(endpoint: str, **more: Any) -> str:
    return authentication_url(
        endpoint,
        parse_login(SENT | more),
        client_id="client 1",
        redirect_uri="https://tool.example/lti/launch",
        state="state-1",
        nonce="nonce-1",
    )


def test_the_request_holds_what_the_specification_asks_for() -> None:
    url = sent_to("https://lms.example/auth", lti_message_hint="m=1&n")

    assert url.startswith("https://lms.example/auth?")
    assert dict(parse_qsl(urlsplit(url).query, strict_parsing=True)) == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client 1",
        "redirect_uri": "https://tool.example/lti/launch",
        "login_hint": "h 1&2",
        "state": "state-1",
        "nonce": "nonce-1",
        "lti_message_hint": "m=1&n",
    }


def test_the_endpoints_own_query_is_kept_and_its_fragment_is_not() -> None:
    url = sent_to("https://lms.example/auth?tenant=a%20b&flag=#part")

    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert (query["tenant"], query["flag"], query["scope"]) == (["a b"], [""], ["openid"])
    assert urlsplit(url).fragment == ""


@pytest.mark.parametrize(("more", "kept"), [({}, None), ({"lti_message_hint": ""}, [""])])
def test_a_message_hint_is_echoed_only_if_one_came(more: dict[str, str], kept: list[str] | None) -> None:
    query = parse_qs(urlsplit(sent_to("https://lms.example/auth", **more)).query, keep_blank_values=True)

    assert query.get("lti_message_hint") == kept
