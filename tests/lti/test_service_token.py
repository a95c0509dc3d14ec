"""Asking a platform for a token: the assertion it gets, and what its answers come to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from werkzeug.wrappers import Request, Response

from lti_elos.demo.serving import ThreadedServer
from lti_elos.lti.http import PlatformHttp
from lti_elos.lti.service_token import SCOPES, Granted, SigningKey, ask_for_token
from lti_elos.lti.tool_keys import NewKey, new_key

SCOPE = SCOPES["class list"]


class TokenEndpoint:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.said = 200, json.dumps({"access_token": "t", "scope": SCOPE})
        self.asked: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked = Request(environ).form.to_dict()
        return Response(self.said, self.status, content_type="application/json")(environ, start_response)


@pytest.fixture(scope="module")
def key() -> NewKey:
    return new_key()


@pytest.fixture
def endpoint() -> Iterator[tuple[TokenEndpoint, str]]:
    answers = TokenEndpoint()
    with ThreadedServer(answers) as server:
        yield answers, f"{server.url}/token"


def ask(url: str, key: NewKey, *, audience: str = "") -> Granted:
    platform = {"client_id": "client-1", "auth_token_url": url, "audience": audience}
    http = PlatformHttp(allow_private=True, total_s=3)
    return ask_for_token(http, platform, SigningKey(key.kid, key.private_pem), SCOPE, now=datetime.now(UTC))


def test_the_platform_can_verify_who_asks(endpoint: tuple[TokenEndpoint, str], key: NewKey) -> None:
    answers, url = endpoint

    assert ask(url, key) == Granted(True)

    assert answers.asked["grant_type"] == "client_credentials"
    assert answers.asked["scope"] == SCOPE
    assertion = answers.asked["client_assertion"]
    assert jwt.get_unverified_header(assertion)["kid"] == key.kid
    claims = jwt.decode(assertion, jwt.PyJWK(key.public_jwk), algorithms=["RS256"], audience=url)
    assert (claims["iss"], claims["sub"]) == ("client-1", "client-1")
    assert 0 < claims["exp"] - claims["iat"] <= 300


def test_an_audience_of_its_own_is_named(endpoint: tuple[TokenEndpoint, str], key: NewKey) -> None:
    answers, url = endpoint

    ask(url, key, audience="https://api.example/token")

    claims = jwt.decode(answers.asked["client_assertion"], options={"verify_signature": False})
    assert claims["aud"] == "https://api.example/token"


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (200, {"access_token": "t"}, Granted(True)),
        (200, {"access_token": "t", "scope": "another"}, Granted(False, "invalid_scope")),
        (200, {"access_token": "", "scope": SCOPE}, Granted(False, "HTTP 200")),
        (200, ["access_token"], Granted(False, "HTTP 200")),
        (400, {"error": "invalid_scope"}, Granted(False, "invalid_scope")),
        (401, {"error": "invalid_client\n<b>"}, Granted(False, "invalid_client <b>")),
        (500, {}, Granted(False, "HTTP 500")),
        (404, None, Granted(False, "HTTP 404")),
    ],
)
def test_what_answers_come_to(
    endpoint: tuple[TokenEndpoint, str], key: NewKey, status: int, said: Any, expected: Granted
) -> None:
    answers, url = endpoint
    answers.status, answers.said = status, json.dumps(said)

    assert ask(url, key) == expected


def test_nobody_there_is_an_answer_too(key: NewKey) -> None:
    assert ask("http://127.0.0.1:9/token", key).error.startswith("127.0.0.1: ")
    assert not ask("http://127.0.0.1:9/token", key).is_granted


def test_a_key_does_not_show_itself(key: NewKey) -> None:
    assert "PRIVATE" not in repr(SigningKey(key.kid, key.private_pem))
