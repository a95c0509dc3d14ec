"""Settings, judged by themselves."""

from __future__ import annotations

import os

from lti_elos.services.doctor.findings import Check
from lti_elos.settings import PREFIX, Settings


def of_settings(settings: Settings) -> list[Check]:
    """Settings that loaded; what does not load is the caller's only finding."""
    source = os.environ.get(f"{PREFIX}CONFIG", "")
    is_public = not settings.is_loopback
    found = [Check("settings", "ok", f"{source} and the environment" if source else "from the environment alone")]
    found.append(_secret_key(settings))
    if settings.is_https:
        found.append(Check("address", "ok", settings.base_url))
    elif is_public:
        found.append(
            Check(
                "address",
                "fail",
                f"{settings.base_url} is plain http: browsers drop our cookies, and `serve` does not start",
                "BASE_URL with https, behind a reverse proxy with TLS (docs/install.md)",
            )
        )
    else:
        found.append(Check("address", "ok", f"{settings.base_url}: for this machine alone"))
    if settings.is_https and settings.proxy_hops == 0:
        found.append(
            Check(
                "proxy",
                "warn",
                "PROXY_HOPS is 0, but somebody in front ends TLS: all people would be one address",
                "LTI_ELOS_PROXY_HOPS=1 behind nginx alone",
            )
        )
    else:
        found.append(Check("proxy", "ok", f"PROXY_HOPS is {settings.proxy_hops}"))
    if settings.allow_private_networks and settings.is_https and is_public:
        found.append(
            Check(
                "private networks",
                "warn",
                "platform URLs may reach addresses inside your network",
                "LTI_ELOS_ALLOW_PRIVATE_NETWORKS=false, unless an LMS lives in there",
            )
        )
    if settings.redis_url.get_secret_value() and settings.sqlalchemy_url.startswith("sqlite"):
        found.append(
            Check(
                "sqlite",
                "warn",
                "REDIS_URL is for several machines, but the database is a file of this one",
                "PostgreSQL in DATABASE_URL, if there are several",
            )
        )
    return found


def _secret_key(settings: Settings) -> Check:
    parts = len(settings.secret_keys)
    if not parts:
        return Check(
            "secret key",
            "fail",
            "SECRET_KEY is not set",
            'LTI_ELOS_SECRET_KEY; make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
        )
    return Check("secret key", "ok", "one part" if parts == 1 else f"{parts} parts: the first seals, all open")
