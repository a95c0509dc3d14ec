"""What an outage leads to: a pause for everybody, and log lines that tell no secret."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from lti_elos.elos.breaker import Breaker
from lti_elos.elos.client import ElosClient
from lti_elos.errors import ElosError
from tests.elos.support import (
    CREATED,
    HEAD,
    Watch,
    Wire,
    assert_nothing_secret,
    client_of,
    create_options,
    failed,
    html,
    http,
    refused,
    reset,
    success,
)

# --- the breaker ---


@pytest.mark.parametrize("trouble", [reset, html("502 Bad Gateway"), HEAD + b"Content-Length: 500\r\n\r\n"])
def test_after_three_calls_without_an_answer_nobody_waits_any_more(
    wire: Wire, trouble: Callable[[socket.socket, threading.Event], None] | bytes
) -> None:
    watch = Watch()
    breaker = Breaker(monotonic=watch)
    wire.always(trouble)
    for _ in range(3):
        refused(client_of(wire.url, breaker=breaker))
    asked = len(wire.asked)

    error = refused(client_of(wire.url, breaker=breaker))

    assert error.detail == "create: the circuit is open"
    assert len(wire.asked) == asked

    wire.always(success(CREATED))
    watch.now += 15
    assert client_of(wire.url, breaker=breaker).create(create_options()).internal_id
    assert breaker.allows()


def test_two_failures_and_an_answer_leave_the_circuit_closed(wire: Wire) -> None:
    breaker = Breaker()
    client = client_of(wire.url, breaker=breaker)
    bad = html("502 Bad Gateway")
    wire.in_turn(bad, bad, success(CREATED), bad, bad, success(CREATED))

    for _ in range(2):
        refused(client)
        refused(client)
        client.create(create_options())


@pytest.mark.parametrize(
    "answer",
    [
        failed("checksumError"),
        failed("internalError", status="500 Internal Server Error"),
        html(),
        html("404 Not Found"),
        http(b"", "302 Found", "Location: /"),
        http(b"x" * 5000),
    ],
)
def test_an_answer_of_any_kind_does_not_open_the_circuit(wire: Wire, answer: bytes) -> None:
    breaker = Breaker()
    wire.always(answer)

    for _ in range(5):
        with pytest.raises(ElosError):
            client_of(wire.url, breaker=breaker, max_body_bytes=4000).meetings()

    assert breaker.allows()
    assert len(wire.asked) == 5


def test_a_guard_that_forbids_a_call_does_not_use_up_the_one_that_may_try(wire: Wire) -> None:
    watch = Watch()
    breaker = Breaker(monotonic=watch)
    for _ in range(3):
        breaker.failed()
    watch.now += 15

    def forbid() -> None:
        raise RuntimeError("inside a transaction")

    with pytest.raises(RuntimeError):
        client_of(wire.url, breaker=breaker, guard=forbid).meetings()

    assert client_of(wire.url, breaker=breaker).meetings() == []


# --- logs ---


@pytest.mark.parametrize(
    "answer",
    [
        success(CREATED),
        reset,
        html("502 Bad Gateway"),
        failed("checksumError"),
        HEAD + b"bad header\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["success", "reset", "502", "refusal", "malformed header"],
)
def test_no_log_line_of_ours_or_of_a_library_holds_a_secret(
    wire: Wire,
    client: ElosClient,
    caplog: pytest.LogCaptureFixture,
    answer: Callable[[socket.socket, threading.Event], None] | bytes,
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.always(answer)

    with suppress(ElosError):
        client.create(create_options())

    assert caplog.records
    assert_nothing_secret(caplog.text)
    for record in caplog.records:
        assert_nothing_secret(repr(record.__dict__))


def test_an_outage_is_one_line_with_its_fields(closed_port: int, caplog: pytest.LogCaptureFixture) -> None:
    refused(client_of(f"http://127.0.0.1:{closed_port}/bigbluebutton/api"))

    lines = [record for record in caplog.records if record.name == "lti_elos.elos.client"]
    assert [(one.levelname, one.getMessage()) for one in lines] == [("WARNING", "elos did not answer")]
    assert (lines[0].__dict__["call"], lines[0].__dict__["server"]) == ("create", "teste")
    assert lines[0].__dict__["reason"] == "ConnectionError"
