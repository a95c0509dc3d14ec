"""Servers that do not answer, or not to the end. Real sockets, and generous bounds where time matters."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import requests

from lti_elos.elos import transport
from lti_elos.elos.client import ElosClient
from lti_elos.errors import ElosError, ElosUnreachable
from tests.elos.support import (
    BOUND_S,
    CREATED,
    HEAD,
    MODERATOR_PASSWORD,
    START,
    Wire,
    client_of,
    create_options,
    drip,
    hang,
    html,
    http,
    refused,
    reset,
    success,
)

# --- no answer ---


def test_a_server_that_refuses_is_unreachable(closed_port: int) -> None:
    error = refused(client_of(f"http://127.0.0.1:{closed_port}/bigbluebutton/api"))

    assert error.detail == "create: ConnectionError"


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    refused(client_of("http://elos.invalid/bigbluebutton/api"))


def test_a_server_that_hangs_is_left_in_time(wire: Wire) -> None:
    wire.always(hang)
    started = time.monotonic()

    error = refused(client_of(wire.url, read_s=0.5))

    assert time.monotonic() - started < BOUND_S
    assert error.detail == "create: ReadTimeout"
    assert len(wire.asked) == 1  # it may be at work on it: not asked twice


@pytest.mark.parametrize(
    "answer",
    [
        drip(HEAD + b"\r\n" + START),
        drip(HEAD + b"Content-Length: 5000\r\n\r\n" + START),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        drip(HEAD, b"X"),
        drip(HEAD, b"X: y\r\n"),
        drip(b"", b"H"),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "announced", "chunks", "chunk-size", "header", "headers", "status", "continue"],
)
def test_a_slow_drip_does_not_hold_the_thread(
    wire: Wire, answer: Callable[[socket.socket, threading.Event], None]
) -> None:
    wire.always(answer)
    started = time.monotonic()

    refused(client_of(wire.url, read_s=0.5))

    assert time.monotonic() - started < BOUND_S


def test_a_redirect_that_drips_or_never_ends_is_not_read(wire: Wire) -> None:
    wire.always(drip(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n"))
    started = time.monotonic()

    refused(client_of(wire.url, read_s=0.5))

    assert time.monotonic() - started < BOUND_S


def test_a_server_that_does_not_take_the_connection_is_left_in_time() -> None:
    with socket.socket() as listener, contextlib.ExitStack() as queue:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # nobody accepts: the queue is full, and further attempts get no reply
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/bigbluebutton/api"
        started = time.monotonic()

        error = refused(client_of(url, connect_s=0.4, read_s=30))

        assert time.monotonic() - started < BOUND_S
        assert error.detail == "create: ConnectTimeout"


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (requests.exceptions.ConnectionError(), True),
        (requests.exceptions.ConnectTimeout(), False),
        (requests.exceptions.ReadTimeout(), False),
        (requests.exceptions.SSLError(), False),
        (requests.exceptions.InvalidURL(), False),
        (ValueError(), False),
    ],
)
def test_only_what_failed_at_once_is_tried_again(error: Exception, again: bool) -> None:
    assert transport._is_cheap_to_repeat(error) is again


def test_connecting_and_reading_share_one_deadline(wire: Wire) -> None:
    wire.in_turn(reset, hang)
    started = time.monotonic()

    refused(client_of(wire.url, connect_s=0.4, read_s=0.4))

    assert time.monotonic() - started < BOUND_S


@pytest.mark.parametrize(
    "answer",
    [None, reset, b"", b"garbage\r\n\r\n", HEAD + b"Content-Length: 500\r\n\r\n" + START, HEAD + b"X" * 200_000],
    ids=["closed", "reset", "empty", "garbage", "cut off", "endless header"],
)
def test_an_answer_that_breaks_off_is_none(wire: Wire, answer: bytes | None) -> None:
    wire.in_turn(answer)

    refused(client_of(wire.url))


# --- asking again ---


def test_a_call_that_met_nobody_is_made_once_more(wire: Wire, client: ElosClient) -> None:
    wire.in_turn(reset, success(CREATED))

    assert client.create(create_options()).internal_id
    assert wire.calls == ["create", "create"]
    assert wire.asked[0].target == wire.asked[1].target


def test_once_more_is_all(wire: Wire, client: ElosClient) -> None:
    wire.in_turn(reset, None, success(CREATED))

    refused(client)

    assert len(wire.asked) == 2


def test_end_is_never_sent_twice(wire: Wire, client: ElosClient) -> None:
    wire.in_turn(reset, success())

    with pytest.raises(ElosUnreachable):
        client.end("sala-1", MODERATOR_PASSWORD)

    assert wire.calls == ["end"]


@pytest.mark.parametrize("answer", [html("502 Bad Gateway"), http(b"", "503 Service Unavailable"), success()])
def test_what_was_answered_is_not_asked_again(wire: Wire, client: ElosClient, answer: bytes) -> None:
    wire.always(answer)

    with suppress(ElosError):
        client.create(create_options())

    assert len(wire.asked) == 1


# --- sessions ---


def test_a_given_session_keeps_its_connection_and_stays_open(wire: Wire) -> None:
    connections: list[int] = []

    def twice(connection: socket.socket, _stopped: threading.Event) -> None:
        connections.append(connection.fileno())
        body = START + b"</response>"
        answer = HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        connection.sendall(answer)
        connection.recv(65_536)
        connection.sendall(answer)

    wire.always(twice)

    with transport.new_session() as session:
        client = client_of(wire.url, session=session)
        client.meetings()
        client.meetings()

    assert len(connections) == 1


def test_a_given_session_keeps_no_cookies(wire: Wire) -> None:
    body = START + b"</response>"
    wire.always(http(body, "200 OK", "Set-Cookie: JSESSIONID=1; Path=/", "Set-Cookie: lb=2; Domain=127.0.0.1"))

    with transport.new_session() as session:
        client = client_of(wire.url, session=session)
        client.meetings()
        client.meetings()

        assert len(session.cookies) == 0
    assert "cookie" not in wire.asked[1].headers


def test_a_kept_connection_that_was_closed_meanwhile_is_no_trouble(wire: Wire) -> None:
    body = START + b"</response>"
    wire.always(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)  # says nothing of closing, and closes

    with transport.new_session() as session:
        client = client_of(wire.url, session=session)
        for _ in range(3):
            client.meetings()

    assert len(wire.asked) == 3
