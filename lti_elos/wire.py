"""Connections for calls to others: a deadline for the whole answer, certificates checked, no URL in a log line.

Both doors out (``elos/transport.py``, ``lti/http.py``) connect by these; what they do with an answer is their own.
"""

from __future__ import annotations

import functools
import http.client
import io
import logging
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from lti_elos import __version__

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

USER_AGENT = f"lti-elos/{__version__}"
"""Canvas demands one, and some firewalls in front of Moodle refuse clients without."""


@functools.cache
def tls() -> ssl.SSLContext:
    """Verifies against the system's authorities (a campus has its own; SSL_CERT_FILE too) and certifi's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Deadline:
    """Mixed into a connection: its read timeout is for the whole answer. Else each byte would have all of it."""

    timeout: Any
    response_class: Any

    def getresponse(self) -> Any:
        ends = time.monotonic() + float(self.timeout)

        def bounded(sock: socket.socket, **options: Any) -> http.client.HTTPResponse:
            return http.client.HTTPResponse(_Until(sock, ends), **options)  # type: ignore[arg-type]  # needs makefile

        self.response_class = bounded
        return super().getresponse()  # type: ignore[misc]  # of the connection it is mixed into


class _Until:
    """A socket as http.client reads it: only ever by one file."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        self._sock = sock
        self._ends = ends

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._ends))


class _Reader(io.RawIOBase):
    """What a socket receives until ``ends`` (monotonic seconds); then TimeoutError, however it drips."""

    def __init__(self, sock: socket.socket, ends: float) -> None:
        super().__init__()
        self._sock = sock
        self._ends = ends
        self._raw = sock.makefile("rb", buffering=0)  # holds the socket open, as http.client expects

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(_Deadline, HTTPConnection):
    """Of Pool."""


class _TlsConnection(_Deadline, HTTPSConnection):
    """Of TlsPool."""


class Pool(urllib3.HTTPConnectionPool):
    """Plain HTTP; the read timeout is for the whole answer."""

    ConnectionCls = _Connection


class TlsPool(urllib3.HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _TlsConnection


class _WithoutQueries(logging.Filter):
    """urllib3 logs whole URLs: each call at DEBUG, and at WARNING when the headers are malformed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(one.partition("?")[0] if isinstance(one, str) else one for one in record.args)
        return True


for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_WithoutQueries())
