"""A server that says whatever a test wants, byte by byte if need be, and the client that meets it."""

from __future__ import annotations

import socket
import ssl
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import pytest

from lti_elos.elos.breaker import Breaker
from lti_elos.elos.client import ElosClient, ElosServer
from lti_elos.elos.options import CreateOptions
from lti_elos.elos.replies import Recording
from lti_elos.errors import ElosError, ElosUnreachable

SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
MODERATOR_PASSWORD = "b" * 40
ATTENDEE_PASSWORD = "a" * 40
CREATED = (
    "<meetingID>sala-1</meetingID><internalMeetingID>0a1b-1529954869512</internalMeetingID>"
    "<attendeePW>ap</attendeePW><moderatorPW>mp</moderatorPW><createTime>1529954870092</createTime>"
    "<messageKey/><message/>"
)


class Watch:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Asked:
    """One request, as it came over the wire."""

    target: str
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""

    @property
    def call(self) -> str:
        return self.target.partition("?")[0].rpartition("/")[2]

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))


Answer = bytes | Callable[[socket.socket, threading.Event], None]
"""Bytes to send, or something to do with the connection until the event says that the test is over."""


class Wire:
    """Listens on a port of this machine. ``answer`` decides what each request gets; None closes without a word."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Answer | None] = lambda _asked: success()
        self._tls = tls
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/bigbluebutton/api"

    @property
    def calls(self) -> list[str]:
        return [one.call for one in self.asked]

    def always(self, answer: Answer) -> None:
        self.answer = lambda _asked: answer

    def in_turn(self, *answers: Answer | None) -> None:
        """One answer after the other; the last one stays."""
        left = list(answers)
        self.answer = lambda _asked: left.pop(0) if len(left) > 1 else left[0]

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(30)
            if self._tls is None:
                self._talk(connection)
            else:
                with self._tls.wrap_socket(connection, server_side=True) as wrapped:
                    self._talk(wrapped)

    def _talk(self, connection: socket.socket) -> None:
        asked = _read(connection)
        if asked is None:
            return
        self.asked.append(asked)
        answer = self.answer(asked)
        if callable(answer):
            answer(connection, self._stopped)
        elif answer is not None:
            connection.sendall(answer)


def _read(connection: socket.socket) -> Asked | None:
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(65_536)
        if not received:
            return None
        head += received
    head, _, body = head.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65_536)
    method, target, _version = first.split(" ")
    return Asked(target, headers, method, body)


BOUND_S = 5.0
"""What "in time" means: the client's own limit is a tenth of it, what it must not wait for six times as long."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
START = b"<response><returncode>SUCCESS</returncode>"
"""Beginnings, for answers that do not end well."""


# --- what servers do ---


def hang(_connection: socket.socket, stopped: threading.Event) -> None:
    """Says nothing, and does not close either."""
    stopped.wait(30)


def reset(connection: socket.socket, _stopped: threading.Event) -> None:
    """Breaks the connection off before a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def drip(first: bytes, drop: bytes = b" ") -> Callable[[socket.socket, threading.Event], None]:
    """``first`` at once, then ``drop`` every 20 ms: no single read ever takes long."""

    def send(connection: socket.socket, stopped: threading.Event) -> None:
        with suppress(OSError):
            connection.sendall(first)
            for _ in range(1500):
                if stopped.wait(0.02):
                    return
                connection.sendall(drop)

    return send


# --- what servers say ---


def http(body: bytes, status: str = "200 OK", *headers: str, kind: str = "text/xml;charset=utf-8") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def html(status: str = "200 OK") -> bytes:
    return http(b"<!doctype html><html><body><h1>nginx</h1></body></html>", status, kind="text/html")


def success(inner: str = "", status: str = "200 OK") -> bytes:
    return http(f"<response><returncode>SUCCESS</returncode>{inner}</response>".encode(), status)


def failed(key: str, message: str = "Text of no account", *, form: str = "flat", status: str = "200 OK") -> bytes:
    """A refusal in one of the three forms of elos-api 1.5."""
    told = {
        "flat": f"<messageKey>{key}</messageKey><message>{message}</message>",
        "list": f"<errors><error><key>{key}</key><message>{message}</message></error></errors>",
        "attributes": f'<errors><error key="{key}" message="{message}"/></errors>',
    }[form]
    return http(f"<response><returncode>FAILED</returncode>{told}</response>".encode(), status)


def recording_xml(record_id: str, meeting_id: str = "sala-1", *, started_ms: int = 1530718721124) -> str:
    return (
        f"<recording><recordID>{record_id}</recordID><meetingID>{meeting_id}</meetingID>"
        f"<startTime>{started_ms}</startTime><state>published</state></recording>"
    )


def recordings(*items: str, before: str = "", after: str = "") -> bytes:
    return success(f"{before}<recordings>{''.join(items)}</recordings>{after}")


# --- the client ---


def client_of(
    url: str, *, breaker: Breaker | None = None, connect_s: float = 5, read_s: float = 5, **more: Any
) -> ElosClient:
    server = ElosServer(name="teste", url=url, internal_url=None, secret=SECRET)
    return ElosClient(server, breaker=breaker or Breaker(), connect_timeout_s=connect_s, read_timeout_s=read_s, **more)


def create_options(**changes: Any) -> CreateOptions:
    given: dict[str, Any] = {
        "meeting_id": "sala-1",
        "name": "Física & d'Água, (50%) *~!",
        "attendee_password": ATTENDEE_PASSWORD,
        "moderator_password": MODERATOR_PASSWORD,
        "logout_url": "https://tool.example/rooms/1/left",
    }
    return CreateOptions(**(given | changes))


def refused(client: ElosClient, kind: type[ElosError] = ElosUnreachable) -> ElosError:
    """The error of a ``create``, after checking that it is of this kind and tells no secret."""
    with pytest.raises(kind) as caught:
        client.create(create_options())

    error = caught.value
    assert_nothing_secret("".join(traceback.format_exception(error)) + repr(error) + repr(error.__dict__))
    assert error.__cause__ is None
    # Suppressing is not enough: some reporters follow the context all the same.
    assert not isinstance(error.__context__, (OSError, ValueError))
    assert (error.call, error.server) == ("create", "teste")
    return error


def assert_nothing_secret(told: str) -> None:
    for hidden in (SECRET, ATTENDEE_PASSWORD, MODERATOR_PASSWORD, "checksum=", "attendeePW"):
        assert hidden not in told


def listed(client: ElosClient, meeting_ids: Sequence[str], *, states: Sequence[str] | None = None) -> list[Recording]:
    """The recordings, newest first."""
    found: list[Recording] = []
    client.recordings(meeting_ids, found.extend, states=states)
    return sorted(found, key=lambda one: one.started_at, reverse=True)
