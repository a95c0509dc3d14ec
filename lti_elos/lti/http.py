"""The one door out to platforms: https, public addresses, no redirects, no proxies, bounded in size and time.

URLs here come from a registration, so from somebody else. The host is resolved once, every address is checked, and the
connection goes to a checked address with the host's own name in TLS: a second look-up cannot answer differently.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from lti_elos.domain.names import tidy
from lti_elos.wire import USER_AGENT, Pool, TlsPool, tls

MAX_BYTES = 256 * 1024

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out; what lies outside is local, mapped, or nobody's."""
_NOT_OUT_THERE = (ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("192.0.0.0/24"))
"""Documentation and protocol assignments that Python 3.11 takes for public."""


class AddressRefused(Exception):
    """The URL is not https, or its host has an address that is not public."""


class FetchFailed(Exception):
    """No usable answer: refused, timed out, too large, a redirect, or another status than 200. Says which."""


class TlsRefused(FetchFailed):
    """The host's certificate is not to be believed, or no TLS is spoken there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, whatever its status."""

    status: int
    body: bytes = field(repr=False)
    """Of a get: that of a 200, else it is not read. Of a post: whatever the status."""
    told_at: datetime | None
    """What time it was there, after its Date and Age headers."""


class PlatformHttp:
    """Fetches documents from platforms, and sends them some. Thread-safe; one connection a call (calls are rare: keys
    are cached).
    """

    def __init__(self, *, allow_private: bool, connect_s: float = 4.0, total_s: float = 10.0) -> None:
        """:param allow_private: also http, loopback and private addresses (ALLOW_PRIVATE_NETWORKS)."""
        self._allow_private = allow_private
        self._connect_s = connect_s
        self._total_s = total_s

    def get(self, url: str, *, accept: str = "application/json", max_bytes: int = MAX_BYTES, bearer: str = "") -> bytes:
        """The body of a 200 answer. Raises AddressRefused or FetchFailed; neither tells more than host and reason."""
        answer = self.fetch(url, accept=accept, max_bytes=max_bytes, bearer=bearer)
        if answer.status != 200:
            raise FetchFailed(f"answered {answer.status}")
        return answer.body

    def fetch(
        self, url: str, *, accept: str = "application/json", max_bytes: int = MAX_BYTES, bearer: str = ""
    ) -> Answer:
        """Any answer, a redirect too: it is not followed. Raises AddressRefused or FetchFailed."""
        return self._ask("GET", url, None, {"Accept": accept} | _authorization(bearer), max_bytes)

    def post(self, url: str, document: bytes, *, bearer: str = "", max_bytes: int = MAX_BYTES) -> Answer:
        """Send a JSON document. Any answer, with its body: platforms say there what they do not like."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"} | _authorization(bearer)
        return self._ask("POST", url, document, headers, max_bytes)

    def post_form(self, url: str, form: bytes, *, max_bytes: int = MAX_BYTES) -> Answer:
        """Send an encoded form: what a token endpoint takes."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", url, form, headers, max_bytes)

    def _ask(self, method: str, url: str, body: bytes | None, headers: dict[str, str], max_bytes: int) -> Answer:
        parts, host, port = self._checked(url)
        ends = time.monotonic() + self._total_s
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc, "User-Agent": USER_AGENT, "Accept-Encoding": "identity"} | headers
        failure = "name not found"
        for address in self._checked_addresses(host, port):
            timeout = urllib3.Timeout(connect=self._connect_s, total=max(ends - time.monotonic(), 0.001))
            try:
                with self._pool(parts.scheme, host, address, port, timeout) as pool:
                    return _bounded(pool, method, target, body, headers, max_bytes)
            except (NewConnectionError, ConnectTimeoutError) as cause:
                failure = type(cause).__name__  # nothing was sent: the name's next address may answer
            except SSLError as cause:
                raise TlsRefused(f"{host}: {_distrust(cause)}") from None
            except HTTPError as cause:
                raise FetchFailed(f"{host}: {type(cause).__name__}") from None  # its text holds the whole URL
        raise FetchFailed(f"{host}: {failure}")

    def _checked(self, url: str) -> tuple[SplitResult, str, int]:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise AddressRefused("not a URL") from None
        if not (parts.scheme == "https" or (parts.scheme == "http" and self._allow_private)):
            raise AddressRefused("not https")
        if not parts.hostname or "@" in parts.netloc:
            raise AddressRefused("no host, or credentials in the URL")
        if not url.isascii() or any(char <= " " for char in url):
            raise AddressRefused("characters that a URL does not hold")
        return parts, parts.hostname, port or (443 if parts.scheme == "https" else 80)

    def _checked_addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise FetchFailed(f"{host}: name not found") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise AddressRefused(f"{host} has the address {address}, which is not public")
        return addresses

    def _pool(
        self, scheme: str, host: str, address: str, port: int, timeout: urllib3.Timeout
    ) -> urllib3.HTTPConnectionPool:
        if scheme == "http":
            return Pool(address, port, timeout=timeout)
        return TlsPool(address, port, timeout=timeout, ssl_context=tls(), server_hostname=host, assert_hostname=host)


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet, looking inside mapped, 6to4 and NAT64 ones."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_OUT_THERE)


def _authorization(bearer: str) -> dict[str, str]:
    """Raises AddressRefused for a token that no header can hold."""
    if not bearer:
        return {}
    if not bearer.isascii() or any(char <= " " for char in bearer):
        raise AddressRefused("a token with characters that a header does not hold")
    return {"Authorization": f"Bearer {bearer}"}


def _bounded(
    pool: urllib3.HTTPConnectionPool,
    method: str,
    target: str,
    document: bytes | None,
    headers: dict[str, str],
    max_bytes: int,
) -> Answer:
    response = pool.urlopen(
        method,
        target,
        body=document,
        headers=headers,
        redirect=False,
        retries=False,
        preload_content=False,
        decode_content=False,
    )
    try:
        body = b""
        is_read = method == "POST" or response.status == 200
        while is_read and (chunk := response.read1(65536)):
            body += chunk
            if len(body) > max_bytes:
                raise FetchFailed(f"more than {max_bytes} bytes")
        return Answer(response.status, body, _told_at(response.headers.get("Date"), response.headers.get("Age")))
    finally:
        response.close()


def _told_at(date: str | None, age: str | None) -> datetime | None:
    try:
        told = parsedate_to_datetime(date or "")
        if told.tzinfo is None:
            return None
        return told + timedelta(seconds=int(age) if age and age.isdecimal() else 0)
    except (ValueError, OverflowError):
        return None


def _distrust(cause: SSLError) -> str:
    """Why: the verifier's words, or OpenSSL's name for it."""
    inner = cause.args[0] if cause.args else cause
    why = getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or str(inner)
    return f"SSLError: {tidy(why, 200)}"
