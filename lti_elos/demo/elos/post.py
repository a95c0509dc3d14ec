"""One outgoing request, as BigBlueButton's emitter makes it (node-fetch): 5 s, redirects followed.

Nothing goes beyond this machine unless that was allowed, and no name is looked up to find that out.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

_MOST_REDIRECTS = 10
_TURN_INTO_GET = (301, 302, 303)
_KEEP_METHOD = (307, 308)


@dataclass(frozen=True)
class Letter:
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """The status that came, or why none came."""

    status: int = 0
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        """The emitter takes a refusal of its credentials for delivered."""
        return 200 <= self.status < 300 or self.status == 401


class Post:
    """Sends letters. ``hang_up()`` ends those on their way, and every later one at once."""

    def __init__(self, *, loopback_only: bool = True, context: ssl.SSLContext | None = None) -> None:
        self._loopback_only = loopback_only
        self._context = context
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._is_over = False

    def send(self, letter: Letter, *, timeout_s: float) -> Outcome:
        """A 301, 302 or 303 makes it a GET without a body: what is said to that counts as the answer."""
        method, url, body, headers = "POST", letter.url, letter.body, dict(letter.headers)
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                address = urlsplit(url)
                if address.scheme not in ("http", "https") or not address.hostname:
                    return Outcome(error="no web address")
                if self._loopback_only and not _is_loopback(address.hostname):
                    return Outcome(error="not on this machine")
                status, location = self._ask(method, address, body, headers, timeout_s)
                if status not in _TURN_INTO_GET + _KEEP_METHOD or not location:
                    return Outcome(status)
                url = urljoin(url, location)
                if status in _TURN_INTO_GET:
                    method, body = "GET", b""
                    headers.pop("Content-Type", None)
                if urlsplit(url).hostname != address.hostname:
                    headers.pop("Authorization", None)
        except TimeoutError:
            return Outcome(error="timeout")
        except (OSError, HTTPException, ValueError) as error:
            return Outcome(error=type(error).__name__)
        return Outcome(error="too many redirects")

    def hang_up(self) -> None:
        with self._lock:
            self._is_over = True
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _ask(
        self, method: str, address: SplitResult, body: bytes, headers: dict[str, str], timeout_s: float
    ) -> tuple[int, str]:
        with self._connected(address, timeout_s) as connection:
            path = (address.path or "/") + (f"?{address.query}" if address.query else "")
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", "")

    @contextmanager
    def _connected(self, address: SplitResult, timeout_s: float) -> Iterator[HTTPConnection]:
        host = address.hostname or ""
        connection = (
            HTTPSConnection(host, address.port, timeout=timeout_s, context=self._context)
            if address.scheme == "https"
            else HTTPConnection(host, address.port, timeout=timeout_s)
        )
        try:
            connection.connect()
            wire = connection.sock
            with self._lock:
                if self._is_over:
                    raise ConnectionAbortedError
                self._open.add(wire)
            try:
                yield connection
            finally:
                with self._lock:
                    self._open.discard(wire)
        finally:
            connection.close()


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        address = ip_address(host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    return False
