"""The one door out to platforms: https, public addresses, no redirects, no proxies, bounded in size and time.

URLs here come from a registration, so from somebody else. The host is resolved once, every address is checked, and the
connection goes to a checked address with the host's own name in TLS: a second look-up cannot answer differently.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from urllib.parse import urlsplit

import certifi
import urllib3
from urllib3.exceptions import HTTPError

from lti_elos import __version__

USER_AGENT = f"lti-elos/{__version__}"
"""Canvas demands one, and some firewalls in front of Moodle refuse clients without."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """The URL is not https, or its host has an address that is not public."""


class FetchFailed(Exception):
    """No usable answer: refused, timed out, too large, a redirect, or another status than 200. Says which."""


class PlatformHttp:
    """Fetches documents from platforms. Thread-safe; one connection a call (calls are rare: keys are cached)."""

    def __init__(self, *, allow_private: bool, connect_s: float = 4.0, total_s: float = 10.0) -> None:
        """:param allow_private: also http, loopback and private addresses (ALLOW_PRIVATE_NETWORKS)."""
        self._allow_private = allow_private
        self._connect_s = connect_s
        self._total_s = total_s
        self._tls = ssl.create_default_context()
        self._tls.load_verify_locations(certifi.where())

    def get(self, url: str, *, accept: str = "application/json", max_bytes: int = 256 * 1024) -> bytes:
        """The body of a 200 answer. Raises AddressRefused or FetchFailed; neither tells more than host and reason."""
        parts = urlsplit(url)
        if not (parts.scheme == "https" or (parts.scheme == "http" and self._allow_private)):
            raise AddressRefused("not https")
        if not parts.hostname or parts.username or parts.password:
            raise AddressRefused("no host, or credentials in the URL")
        ends = time.monotonic() + self._total_s
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked_address(parts.hostname, port)
        timeout = urllib3.Timeout(connect=self._connect_s, read=self._total_s)
        pool: urllib3.HTTPConnectionPool
        if parts.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(
                address,
                port,
                timeout=timeout,
                ssl_context=self._tls,
                server_hostname=parts.hostname,
                assert_hostname=parts.hostname,
            )
        else:
            pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Host": parts.netloc,
            "User-Agent": USER_AGENT,
            "Accept": accept,
            "Accept-Encoding": "identity",
        }
        try:
            with pool:
                return _bounded(pool, target, headers, ends, max_bytes)
        except HTTPError as cause:
            raise FetchFailed(f"{parts.hostname}: {type(cause).__name__}") from None  # its text holds the whole URL

    def _checked_address(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise FetchFailed(f"{host}: name not found") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private:
            for address in addresses:
                if not is_public(address):
                    raise AddressRefused(f"{host} has the address {address}, which is not public")
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is out on the internet, looking inside mapped, 6to4 and NAT64 ones."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _bounded(
    pool: urllib3.HTTPConnectionPool, target: str, headers: dict[str, str], ends: float, max_bytes: int
) -> bytes:
    response = pool.urlopen(
        "GET",
        target,
        headers=headers,
        redirect=False,
        retries=False,
        preload_content=False,
        decode_content=False,
    )
    try:
        if response.status != 200:
            raise FetchFailed(f"answered {response.status}")
        body = b""
        while chunk := response.read1(65536):
            body += chunk
            if len(body) > max_bytes:
                raise FetchFailed(f"more than {max_bytes} bytes")
            if time.monotonic() > ends:
                raise FetchFailed("took too long")
        return body
    finally:
        response.close()
