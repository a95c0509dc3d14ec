"""E-mail addresses that people type: strictly what mail servers everywhere take, nothing that breaks a header."""

from __future__ import annotations

import re

ADDRESS_LIMIT = 254
_LOCAL_LIMIT = 64
_ADDRESS = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9]))"
)
"""RFC 5321's dot-atom and a host name: no quotes, no comments, no address of a machine, ASCII alone."""


def mail_address(text: str) -> str:
    """The address, its domain in small letters. Raises ValueError for what is none."""
    typed = text.strip(" ")
    found = _ADDRESS.fullmatch(typed) if len(typed) <= ADDRESS_LIMIT else None
    if found is None or len(found["local"]) > _LOCAL_LIMIT:
        raise ValueError("no e-mail address")
    return f"{found['local']}@{found['domain'].lower()}"


def masked(address: str) -> str:
    """For pages that others may see on a screen: ``m…@example.org``."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"
