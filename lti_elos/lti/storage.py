"""Platform storage: a place in the platform's own page where a framed tool may keep a secret (1EdTech lti-pm-s 0.1).

Scripts do the talking (``web/static/js/storage.js``); here is what they are told.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Storage:
    """Where a login's secret is kept."""

    target: str
    """The frame to ask: its name, or ``_parent``."""
    origin: str
    """Whom to ask, and whose answer counts: the origin of the registered authorisation endpoint (lti-cs-oidc 0.1, 2.1),
    whatever the login says."""
    key: str


def storage_target(text: str) -> str:
    """``lti_storage_target`` as sent; "" where it names no frame."""
    return text if text.isprintable() and len(text) <= _LONGEST else ""


def storage_of(auth_login_url: str, *, target: str, state_id: str) -> Storage:
    """The place of one login."""
    parts = urlsplit(auth_login_url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return Storage(target=target, origin=f"{parts.scheme}://{host}{port}", key=f"elos_{state_id}")
