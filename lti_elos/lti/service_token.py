"""A token for a platform's services (1EdTech security framework 1.0, 4.1): asked for, looked at, and thrown away.

The connection doctor learns from it whether the platform knows our key and which services it grants.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import jwt

from lti_elos.domain.names import tidy
from lti_elos.lti.http import AddressRefused, FetchFailed, PlatformHttp

SCOPES = {
    "class list": "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    "gradebook columns": "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "grades": "https://purl.imsglobal.org/spec/lti-ags/scope/score",
}
"""By what people call the services."""

_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Our key, open."""

    kid: str
    private_pem: str

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"


@dataclass(frozen=True, slots=True)
class Granted:
    """Whether a scope was granted; else OAuth's error code, or what went wrong."""

    is_granted: bool
    error: str = ""


def ask_for_token(
    http: PlatformHttp, platform: Mapping[str, Any], key: SigningKey, scope: str, *, now: datetime
) -> Granted:
    """Ask with a signed assertion. Whatever comes is an answer: nothing is raised, the token is not kept."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": _assertion(platform, key, now),
        "scope": scope,
    }
    try:
        answer = http.post_form(platform["auth_token_url"], urlencode(form).encode())
    except (AddressRefused, FetchFailed) as wrong:
        return Granted(False, tidy(str(wrong), 100))
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Granted(False, f"HTTP {answer.status}")
    if answer.status == 200 and isinstance(said.get("access_token"), str) and said["access_token"]:
        # Which scopes it is for may be left out when they are those that were asked for (RFC 6749, 5.1).
        granted = said.get("scope", scope)
        is_granted = isinstance(granted, str) and scope in granted.split()
        return Granted(is_granted, "" if is_granted else "invalid_scope")
    return Granted(False, tidy(said.get("error"), 60) or f"HTTP {answer.status}")


def _assertion(platform: Mapping[str, Any], key: SigningKey, now: datetime) -> str:
    claims = {
        "iss": platform["client_id"],
        "sub": platform["client_id"],
        "aud": platform["audience"] or platform["auth_token_url"],
        "iat": int(now.timestamp()),
        "exp": int((now + _LIFE).timestamp()),
        "jti": uuid4().hex,
    }
    return jwt.encode(claims, key.private_pem, algorithm="RS256", headers={"kid": key.kid})
