"""The door by which tests change what is sent, and see it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import jwt
import pytest

from lti_elos.demo.lms.app import create_lms
from tests.demo.lms_support import LTI, Platforms, running


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.fixture(autouse=True)
def clean(lms: Platforms) -> Iterator[None]:
    yield
    for path in ("overrides", "launches"):
        lms.session.delete(f"{lms.url}/_lms/{path}", timeout=5)


def test_overrides_change_every_launch_until_they_are_taken_back(lms: Platforms) -> None:
    changes = {
        "claims": {f"{LTI}roles": [], "email": None},
        "header": {"kid": "another"},
        "custom": {"room_scope": "resource"},
    }
    assert lms.session.post(f"{lms.url}/_lms/overrides", json=changes, timeout=5).status_code == 200

    token = lms.token("canvas")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token)["kid"] == "another"
    assert claims[f"{LTI}roles"] == []
    assert "email" not in claims
    assert claims[f"{LTI}custom"]["room_scope"] == "resource"

    lms.session.delete(f"{lms.url}/_lms/overrides", timeout=5)
    assert lms.claims("canvas")["email"]


def test_unknown_overrides_are_told(lms: Platforms) -> None:
    answer = lms.session.post(f"{lms.url}/_lms/overrides", json={"clams": {}}, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["loc"] == ["clams"]


def test_the_journal_tells_what_went_out_without_tokens(lms: Platforms) -> None:
    token = lms.token("moodle", person="student-1", open="window")
    lms.ask("canvas", lms.start("canvas"), prompt="login")

    answer = lms.get("/_lms/launches")

    sent, refused = answer.json()
    assert (sent["platform"], sent["outcome"], sent["as"], sent["open"]) == ("moodle", "token", "student-1", "window")
    assert sent["claims"]["sub"] == "6"
    assert "nonce" not in sent["claims"]
    assert token.rsplit(".", 1)[1] not in answer.text
    assert (refused["platform"], refused["outcome"], refused["error"]) == ("canvas", "error", "invalid_request")


def test_the_door_is_for_this_machine() -> None:
    client = create_lms(public_url="http://lms.test", tool_url="http://tool.test").test_client()

    assert client.get("/_lms/launches", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
    assert client.get("/_lms/launches", environ_base={"REMOTE_ADDR": "::ffff:127.0.0.1"}).status_code == 200
