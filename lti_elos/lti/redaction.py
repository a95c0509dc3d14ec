"""A refused token without the person: what an operator needs to see of it, and nothing that names anybody.

What is kept is listed; all else shows that it was there and of which kind. Nothing of it needs to be signed, so texts
are bounded and nothing is trusted to be what its claim says.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lti_elos.domain.names import tidy
from lti_elos.lti.claims import LTI
from lti_elos.lti.id_token import MAX_BYTES

MAX_CHARACTERS = 4000
_TEXT, _ITEMS, _NAMES = 200, 10, 40

_KEPT = {
    "iss", "aud", "azp", "iat", "exp", "nbf",
    *(f"{LTI}{name}" for name in ("message_type", "version", "deployment_id", "roles")),
}  # fmt: skip
_ADDRESSES = {f"{LTI}target_link_uri"}
"""Without their query, which may hold anything."""
_PARTS = {
    f"{LTI}resource_link": {"id", "title"},
    f"{LTI}context": {"id", "label", "title", "type"},
    f"{LTI}tool_platform": {"guid", "name", "product_family_code", "version"},
    f"{LTI}launch_presentation": {"document_target", "locale"},
}


def payload_of(token: str) -> dict[str, Any] | None:
    """What a token says, unverified. None for what cannot be read as one."""
    if len(token) > MAX_BYTES:
        return None
    try:
        part = token.encode("ascii").split(b".")[1]
        payload = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, IndexError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def redacted(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims as an operator may see and keep them, in at most MAX_CHARACTERS of JSON."""
    found: dict[str, Any] = {}
    for name, value in list(claims.items())[:_NAMES]:
        name = tidy(name, 120)
        if name in _KEPT:
            found[name] = _bounded(value)
        elif name in _ADDRESSES:
            found[name] = _address(value)
        elif name in _PARTS and isinstance(value, dict):
            found[name] = {key: _bounded(value[key]) for key in sorted(_PARTS[name]) if key in value}
        else:
            found[name] = _hidden(value)
    while found and len(json.dumps(found, ensure_ascii=False)) > MAX_CHARACTERS:
        longest = max(found, key=lambda name: len(json.dumps(found[name], ensure_ascii=False)))
        if found[longest] == "[too long]":
            found.popitem()
        found[longest] = "[too long]"
    return found


def role_names(claims: Mapping[str, Any]) -> list[str]:
    """Roles without their vocabulary's address: "membership#Learner"."""
    roles = claims.get(f"{LTI}roles")
    if not isinstance(roles, list):
        return []
    return [tidy(role.rpartition("/vocab/lis/v2/")[2], 60) for role in roles[:_ITEMS] if isinstance(role, str)]


def _bounded(value: Any) -> Any:
    """Texts, numbers and lists of texts as they are; a number where a text belongs is worth seeing."""
    if isinstance(value, str):
        return tidy(value, _TEXT)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value if abs(value) < 10**15 else "[a large number]"
    if isinstance(value, list):
        return [_bounded(item) if isinstance(item, str) else _hidden(item) for item in value[:_ITEMS]]
    return _hidden(value)


def _address(value: Any) -> Any:
    if not isinstance(value, str):
        return _hidden(value)
    try:
        parts = urlsplit(value)
    except ValueError:
        return "[no address]"
    return tidy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}", _TEXT)


def _hidden(value: Any) -> str:
    """Its kind alone: "sub is a number" explains a refusal, the number would not."""
    kinds = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    if value is None:
        return "[nothing]"
    return f"[hidden: {kinds.get(type(value), 'unknown')}]" if value != "" else "[empty text]"
