"""One GET over the wire: bounded in time and size, without redirects, cookies, proxies or traces of the URL.

A signed URL is a secret. What is raised here names exception classes alone, and is raised outside ``except`` blocks, so
that no cause hangs on it whose text holds the URL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from lti_elos.wire import USER_AGENT, Pool, TlsPool, tls

_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, with whatever status."""

    status: int
    body: bytearray = field(repr=False)
    """As it was read into: a copy of a long list would be a second one."""


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
            "User-Agent": USER_AGENT,
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


def _body(response: requests.Response, max_bytes: int) -> bytearray:
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > max_bytes:
        raise TooLargeError
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > max_bytes:
            raise TooLargeError
    return body


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
        super().init_poolmanager(*args, ssl_context=tls(), **options)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context verifies. Requests would load certifi's file for each connection, 16 ms."""
