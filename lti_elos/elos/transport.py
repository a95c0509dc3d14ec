"""One GET over the wire: bounded in time and size, without redirects, cookies, proxies or traces of the URL.

A signed URL is a secret. What is raised here names exception classes alone, and is raised outside ``except`` blocks, so
that no cause hangs on it whose text holds the URL.
"""

from __future__ import annotations

import functools
import http.client
import io
import logging
import socket
import ssl
import time
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from lti_elos import __version__

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, with whatever status."""

    status: int
    body: bytes = field(repr=False)


class NoAnswerError(Exception):
    """Nothing usable came. ``reason`` is a class name; ``before_answer``: not a byte did, so asking again is cheap."""

    def __init__(self, reason: str, *, before_answer: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.before_answer = before_answer


class TooLargeError(Exception):
    """The body is larger than allowed; it was not read to its end."""


def new_session() -> requests.Session:
    """A session that keeps no cookies, asks no proxy and follows nothing. Close it after use."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers.update(
        {
            "User-Agent": f"lti-elos/{__version__}",
            "Accept": "application/xml, text/xml",
            "Accept-Encoding": "identity",
        }
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    return session


def get(
    session: requests.Session, url: str, *, connect_s: float, read_s: float, total_s: float, max_bytes: int
) -> Answer:
    """GET ``url`` as it is written. Raises NoAnswerError or TooLargeError.

    :param connect_s: for each of the name's addresses in turn
    :param read_s: for the whole answer, from the last byte sent to the last one received
    :param total_s: for that and connecting; only looking up the name is not in it
    """
    timeout: Any = urllib3.Timeout(connect=connect_s, read=read_s, total=total_s)
    try:
        response = session.get(url, timeout=timeout, allow_redirects=False, stream=True)
    except (requests.RequestException, HTTPError, OSError, ValueError) as cause:
        failed = NoAnswerError(type(cause).__name__, before_answer=_is_cheap_to_repeat(cause))
    else:
        try:
            with response:
                return Answer(response.status_code, _body(response, max_bytes))
        except (requests.RequestException, HTTPError, OSError) as cause:
            failed = NoAnswerError(type(cause).__name__, before_answer=False)
    raise failed


def _body(response: requests.Response, max_bytes: int) -> bytes:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > max_bytes:
        raise TooLargeError
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise TooLargeError
    return bytes(body)


def _is_cheap_to_repeat(cause: Exception) -> bool:
    """Refused or reset; not what took its time, nor a certificate that will be as wrong again."""
    slow_or_vain = (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)
    return isinstance(cause, requests.exceptions.ConnectionError) and not isinstance(cause, slow_or_vain)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """None. Requests would read a redirect's whole body, of any size, even when it does not follow."""
        return None


class _Adapter(HTTPAdapter):
    """Connections that keep the deadline, and one TLS context for all of them."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=_tls(), **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context verifies. Requests would load certifi's file for each connection, 16 ms."""


@functools.cache
def _tls() -> ssl.SSLContext:
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
    pass


class _TlsConnection(_Deadline, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _WithoutQueries(logging.Filter):
    """urllib3 logs whole URLs: each call at DEBUG, and at WARNING when the headers are malformed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(one.partition("?")[0] if isinstance(one, str) else one for one in record.args)
        return True


for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).addFilter(_WithoutQueries())
