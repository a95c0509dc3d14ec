"""One platform: its registration, its endpoints, its last launches. ``details`` is ``platforms.details``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from lti_elos.db.tables import deployments, launches, servers
from lti_elos.domain.names import tidy
from lti_elos.lti.http import AddressRefused, FetchFailed
from lti_elos.lti.platform_keys import read_jwks
from lti_elos.services import failed_launches
from lti_elos.services.deps import Deps
from lti_elos.services.doctor.calls import clock, door
from lti_elos.services.doctor.findings import Check

_DEPLOYMENTS = 10
"""How many are told of: those that launched last."""


def rows(deps: Deps, details: dict[str, Any]) -> list[Check]:
    """What the database knows."""
    found = [_registration(details), _login_url(details), _server(deps, details)]
    return [*found, *_last_launches(deps, details), _failed(deps, details)]


def _registration(details: dict[str, Any]) -> Check:
    told = f"{tidy(details['name'], 60)}: issuer {details['issuer']}, client id {tidy(details['client_id'], 100)}"
    if details["enabled"]:
        return Check("platform", "ok", told)
    return Check("platform", "fail", f"{told}, disabled", f"lti-elos platform enable {details['id']}")


def _login_url(details: dict[str, Any]) -> Check:
    url = details["auth_login_url"]
    if url.startswith("https://"):
        return Check("login url", "ok", url)
    return Check("login url", "warn", f"{url} is not https", "https at the LMS, then register it again")


def _server(deps: Deps, details: dict[str, Any]) -> Check:
    name = details["server"]
    if details["server"] == "(the default one)":
        with deps.database.reading() as db:
            name = db.scalar(select(servers.c.name).where(servers.c.is_default))
    if name is None:
        mend = f"lti-elos server add --default, or lti-elos platform set {details['id']} server=NAME"
        return Check("platform's server", "fail", "ELOS-NO-SERVER: neither its own nor a default one", mend)
    return Check("platform's server", "ok", name)


def _last_launches(deps: Deps, details: dict[str, Any]) -> list[Check]:
    last = func.max(launches.c.created_at).label("last")
    query = (
        select(deployments.c.deployment_id, last)
        .outerjoin(launches, launches.c.deployment_id == deployments.c.id)
        .where(deployments.c.platform_id == UUID(details["id"]), deployments.c.is_active)
        .group_by(deployments.c.id, deployments.c.deployment_id)
        .order_by(last.desc().nulls_last(), deployments.c.deployment_id)
        .limit(_DEPLOYMENTS)
    )
    with deps.database.reading() as db:
        found = db.execute(query).all()
    mend = "open the tool's link in a course of that LMS"
    if not found:
        return [Check("launches", "warn", "no deployment yet: nobody was let in from there", mend)]
    return [
        Check("launches", "warn", f"{tidy(name, 80)}: none in the last 30 days", mend)
        if moment is None
        else Check("launches", "ok", f"{tidy(name, 80)}: the last one {moment:%Y-%m-%d %H:%M} UTC")
        for name, moment in found
    ]


def _failed(deps: Deps, details: dict[str, Any]) -> Check:
    counts = failed_launches.counts(deps, UUID(details["id"]), details["issuer"], within=timedelta(hours=24))
    if not counts:
        return Check("failed launches", "ok", "none in the last 24 hours")
    told = ", ".join(f"{code} {number}" for code, number in counts.items())
    return Check("failed launches", "warn", f"in the last 24 hours: {told}", "docs/errors.md says what each code means")


def keys(deps: Deps, details: dict[str, Any]) -> list[Check]:
    """Its public keys, fetched now; and its clock."""
    name, url = "platform keys", details["jwks_url"]
    mend = "the key set's URL as the LMS gives it, and a way out to it through the firewall"
    try:
        answer = door(allow_private=deps.settings.allow_private_networks).fetch(url)
        if answer.status != 200:
            return [Check(name, "fail", f"{url} answers {answer.status}", mend)]
        found = read_jwks(answer.body)
    except (AddressRefused, FetchFailed) as wrong:
        return [Check(name, "fail", f"{url}: {wrong}", mend)]
    except (ValueError, RecursionError):
        return [Check(name, "fail", f"{url} answers something that is no key set", mend)]
    fit = [tidy(kid, 40) for kid, key in found.items() if key is not None]
    if not fit:
        what = f"{len(found)} keys, none of them RSA of 2048 bits or more for RS256"
        return [Check(name, "fail", what, "let the LMS make a new key: launches are signed with RS256")]
    unfit = f", {len(found) - len(fit)} that may not sign launches" if len(found) > len(fit) else ""
    told = f"{len(fit)} fit to sign ({', '.join(fit[:5])}{' …' if len(fit) > 5 else ''}){unfit}"
    return [Check(name, "ok", told), *clock(deps.clock(), answer.told_at, "the platform")]


def token_url(deps: Deps, details: dict[str, Any]) -> list[Check]:
    """Whether anybody is there: without credentials any refusal will do. Launches do not need it."""
    url = details["auth_token_url"]
    mend = "the token URL as the LMS gives it; launches do without, services need it"
    try:
        status = door(allow_private=deps.settings.allow_private_networks).fetch(url).status
    except (AddressRefused, FetchFailed) as wrong:
        return [Check("token url", "warn", f"{url}: {wrong}", mend)]
    if status >= 500:
        return [Check("token url", "warn", f"{url} answers {status}", mend)]
    return [Check("token url", "ok", f"{url} answers")]
