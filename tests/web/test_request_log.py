"""The request log, as WSGI middleware."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from werkzeug.test import Client

from lti_elos.counts import Counts
from lti_elos.web.request_log import RequestLog


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    """In the server each request begins with clearing; here the next test shares the thread."""
    yield
    structlog.contextvars.clear_contextvars()


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == logging.WARNING]


def test_an_unknown_proxy_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(RequestLog(app, Counts(), proxy_hops=0))

    for _ in range(3):
        client.get("/", headers={"X-Forwarded-For": "192.0.2.1"})

    assert warnings(caplog) == ["requests carry X-Forwarded-For, and PROXY_HOPS is 0"]


def test_nothing_is_said_of_a_known_proxy_or_of_none(caplog: pytest.LogCaptureFixture) -> None:
    Client(RequestLog(app, Counts(), proxy_hops=1)).get("/", headers={"X-Forwarded-For": "192.0.2.1"})
    Client(RequestLog(app, Counts(), proxy_hops=0)).get("/")

    assert warnings(caplog) == []


@pytest.mark.parametrize(("sent", "is_taken"), [("abcdef-0123", True), ("short", False), ("a b\tc" * 5, False)])
def test_a_request_id_from_outside_is_taken_only_when_it_is_plain(sent: str, is_taken: bool) -> None:
    answer = Client(RequestLog(app, Counts(), proxy_hops=0)).get("/", headers={"X-Request-Id": sent})

    assert (answer.headers["X-Request-Id"] == sent) is is_taken


def test_the_query_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    Client(RequestLog(app, Counts(), proxy_hops=0)).get("/rooms/x?token=s3cret")

    line = next(record for record in caplog.records if record.message == "request")
    assert line.__dict__["path"] == "/rooms/x"
    assert "s3cret" not in str(line.__dict__)


@pytest.mark.parametrize("door", ["/lti/register/", "/elos/analytics/", "/r/"])
def test_what_an_address_lets_its_holder_do_is_not_logged(caplog: pytest.LogCaptureFixture, door: str) -> None:
    caplog.set_level(logging.INFO)

    Client(RequestLog(app, Counts(), proxy_hops=0)).get(f"{door}s3cret?registration_token=s3cret")

    line = next(record for record in caplog.records if record.message == "request")
    assert vars(line)["path"] == f"{door}…"
    assert "s3cret" not in str(vars(line))
