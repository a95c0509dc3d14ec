"""Answers that are none of Elos's: other kinds of text, redirects, bombs, and too much."""

from __future__ import annotations

import gzip
import io
import resource
import socket
import threading
import time
from contextlib import suppress

import pytest

from lti_elos.elos.client import ElosClient
from lti_elos.errors import ElosReply
from tests.elos.support import (
    BOUND_S,
    CREATED,
    HEAD,
    START,
    Wire,
    client_of,
    create_options,
    html,
    http,
    refused,
)

# --- answers of another kind ---


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"])
@pytest.mark.parametrize("body", [b"", b"<!doctype html><html><body>nginx</body></html>", b"oops"])
def test_a_server_error_without_xml_is_unreachable(wire: Wire, client: ElosClient, status: str, body: bytes) -> None:
    wire.always(http(body, status, kind="text/html"))

    assert f"HTTP {status[:3]}" in refused(client).detail


@pytest.mark.parametrize(
    "answer",
    [
        html(),
        html("404 Not Found"),
        html("401 Unauthorized"),
        http(b""),
        http(b"", "204 No Content"),
        http(b"<response><returncode>SUCCESS</returncode><meet"),
        http(b'{"response": {"returncode": "SUCCESS"}}', kind="application/json"),
        http(b"<!DOCTYPE response><response><returncode>SUCCESS</returncode></response>"),
        http(b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response><message>&x;</message></response>'),
    ],
)
def test_an_answer_that_is_not_plain_xml_is_an_unexpected_one(wire: Wire, client: ElosClient, answer: bytes) -> None:
    wire.always(answer)

    assert refused(client, ElosReply).detail.startswith("create: HTTP ")


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect"])
@pytest.mark.parametrize("location", ["/login", "http://127.0.0.1:9/", "http://[", "\\", ""])
def test_a_redirect_is_not_followed(wire: Wire, client: ElosClient, status: str, location: str) -> None:
    wire.always(http(START + b"</response>", status, f"Location: {location}"))

    assert "a redirect" in refused(client, ElosReply).detail
    assert len(wire.asked) == 1


def test_an_entity_bomb_does_not_go_off(wire: Wire, client: ElosClient) -> None:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    wire.always(http(b'<!DOCTYPE r [<!ENTITY l0 "laugh">' + levels + b"]><response><message>&l9;</message></response>"))
    started = time.monotonic()

    refused(client, ElosReply)

    assert time.monotonic() - started < BOUND_S


def test_an_external_entity_is_not_fetched(wire: Wire, client: ElosClient) -> None:
    wire.always(
        http(
            f'<!DOCTYPE r [<!ENTITY x SYSTEM "{wire.url}/entityFetched">]>'
            "<response><returncode>SUCCESS</returncode><message>&x;</message></response>".encode()
        )
    )

    refused(client, ElosReply)

    assert wire.calls == ["create"]


# --- size ---


class Endless:
    """50 MB of well-formed XML in pieces, and how much of it was taken."""

    def __init__(self, head: bytes) -> None:
        self.head = head
        self.sent = 0
        self.done = threading.Event()

    def __call__(self, connection: socket.socket, _stopped: threading.Event) -> None:
        with suppress(OSError):
            connection.sendall(self.head + START)
            for _ in range(800):
                connection.sendall(b"x" * 65_536)
                self.sent += 65_536
            connection.sendall(b"</response>")
        self.done.set()


@pytest.mark.parametrize(
    ("head", "most"),
    [(HEAD + b"\r\n", 45_000_000), (HEAD + b"Content-Length: 52428860\r\n\r\n", 15_000_000)],
    ids=["open", "announced"],
)
def test_a_body_of_50_mb_is_not_read_to_its_end(wire: Wire, head: bytes, most: int) -> None:
    body = Endless(head)
    wire.always(body)

    error = refused(client_of(wire.url, read_s=30), ElosReply)

    assert error.detail == "create: more than 20000000 bytes"
    assert body.done.wait(30)
    assert body.sent < most


def test_the_limit_is_for_what_a_compressed_body_unpacks_to(wire: Wire) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(400):
            file.write(b" " * 1_000_000)
    wire.always(http(packed.getvalue(), "200 OK", "Content-Encoding: gzip"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    error = refused(client_of(wire.url, read_s=30, max_body_bytes=2_000_000), ElosReply)

    assert error.detail == "create: more than 2000000 bytes"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_a_compressed_body_is_understood_though_it_was_not_asked_for(wire: Wire, client: ElosClient) -> None:
    body = gzip.compress(f"<response><returncode>SUCCESS</returncode>{CREATED}</response>".encode())
    wire.always(http(body, "200 OK", "Content-Encoding: gzip"))

    assert client.create(create_options()).internal_id
    assert wire.asked[0].headers["accept-encoding"] == "identity"


def test_a_body_that_says_it_is_compressed_and_is_not_is_no_answer(wire: Wire, client: ElosClient) -> None:
    wire.always(http(START + b"</response>", "200 OK", "Content-Encoding: gzip"))

    refused(client)


def test_a_body_just_within_the_limit_is_read(wire: Wire) -> None:
    body = f"<response><returncode>SUCCESS</returncode>{CREATED}{' ' * 1000}</response>".encode()
    wire.always(http(body))

    assert client_of(wire.url, max_body_bytes=len(body)).create(create_options()).internal_id
    refused(client_of(wire.url, max_body_bytes=len(body) - 1), ElosReply)
