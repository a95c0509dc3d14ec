"""The address of a server's API, from whatever an administrator pastes (elos-api 1.1)."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

_API = "/bigbluebutton/api"
_TAILS = ("/bigbluebutton/api", "/bigbluebutton", "/api")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
_NO_PART_OF_A_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")


def normalise_base(url: str) -> str:
    """``https://host[:port][/prefix]/bigbluebutton/api`` for every spelling of it; again for what it gave.

    Without a scheme it is https; http only where it was written. Raises ValueError, saying what is wrong, for
    credentials, a query, a fragment, another scheme, or what is no address at all.
    """
    text = url.strip()
    if _NO_PART_OF_A_URL.search(text):
        raise ValueError("the address holds a space, a backslash or a control character")
    if "?" in text or "#" in text:
        raise ValueError("the address must not hold a query or fragment")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{parts.scheme!r} is not http or https")
    if "@" in parts.netloc:
        raise ValueError("the address must not hold a user or password")
    if not parts.path.isascii():
        raise ValueError("the address's path has letters that must be percent-encoded")
    return f"{parts.scheme}://{_host(parts.hostname)}{_port(parts.netloc)}{_prefix(parts.path)}{_API}"


_LOCAL = ("localhost", "127.0.0.1", "::1")


def is_within_reach(url: str, *, of: str) -> bool:
    """Whether the server at ``of`` can call ``url``: one on loopback leads it to itself, unless it is here too."""
    return urlsplit(url).hostname not in _LOCAL or urlsplit(of).hostname in _LOCAL


def with_parameter(url: str, name: str, value: str) -> str:
    """The same address with this parameter in its query, once; the rest of it stays letter by letter (4.1, 4.4)."""
    parts = urlsplit(url)
    others = [one for one in parts.query.split("&") if one and one.partition("=")[0] != name]
    return parts._replace(query="&".join([*others, f"{name}={quote(value, safe='')}"])).geturl()


def _host(name: str | None) -> str:
    """Lower-case and ASCII: ``reunião.example`` travels as ``xn--…``."""
    if not name:
        raise ValueError("the address has no host")
    try:
        found = f"[{name}]" if ":" in name else name.encode("idna").decode("ascii")
    except UnicodeError:
        found = ""
    if not _HOST.fullmatch(found):
        raise ValueError(f"{name!r} is not a host name")
    return found


def _port(netloc: str) -> str:
    given = netloc.rpartition("]")[2].partition(":")
    if not given[1]:
        return ""
    # An empty port is how "https:/host" and "host:" read: better asked about than guessed.
    if not (given[2].isascii() and given[2].isdigit() and 0 < int(given[2]) < 65536):
        raise ValueError(f"{given[2]!r} is not a port")
    return f":{int(given[2])}"


def _prefix(path: str) -> str:
    path = path.rstrip("/")
    tail = next((tail for tail in _TAILS if path.endswith(tail)), "")
    return path.removesuffix(tail).rstrip("/")
