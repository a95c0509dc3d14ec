"""One platform: its registration, its endpoints, its services, its last launches. ``details`` is ``platforms.details``.

`doctor --platform` and the desk's page ask here; what they find is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from lti_elos.db.tables import deployments, launches, servers
from lti_elos.domain.browsers import CookieWay
from lti_elos.domain.names import tidy
from lti_elos.domain.sentences import marked as _l
from lti_elos.lti.http import AddressRefused, FetchFailed
from lti_elos.lti.platform_keys import read_jwks
from lti_elos.lti.service_token import SCOPES, Granted, ask_for_token
from lti_elos.services import failed_launches, keys, platforms
from lti_elos.services.deps import Deps
from lti_elos.services.doctor.calls import clock, door
from lti_elos.services.doctor.findings import Check, Checks, guarded, ours, said

_DEPLOYMENTS = 10
"""How many are told of: those that launched last."""
_LAUNCHES = 200
"""Of the deployment that launched last: enough to tell what browsers do there."""


def examine_platform(deps: Deps, platform_id: str, *, only: str = "") -> list[Check]:
    """All that concerns one platform, calls included, in a second or few. Raises Misconfigured for an unknown id.

    :param only: a deployment (as the platform calls it): of launches and failures, its own alone
    """
    details = platforms.details(deps, platform_id)
    found = guarded("platform", partial(rows, deps, details, only=only))
    calls = going_out(deps, details)
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = [check for checks in pool.map(lambda one: guarded(*one), calls) for check in checks]
    if not any(check.check == "clock" for check in answers):
        answers.append(_no_clock())
    return found[:3] + answers + found[3:]


def going_out(deps: Deps, details: dict[str, Any]) -> list[tuple[str, Checks]]:
    """What only the network can tell, each to be asked beside the others."""
    return [("platform keys", partial(keys_fetched, deps, details)), ("token url", partial(services, deps, details))]


def _no_clock() -> Check:
    return said(
        "clock", "warn", _l("not compared: nobody told the time"), _l("see the key set first, then check again")
    )


def rows(deps: Deps, details: dict[str, Any], *, only: str = "") -> list[Check]:
    """What the database knows."""
    found = [_registration(details), _login_url(details), _server(deps, details)]
    return [*found, *_last_launches(deps, details, only), *_cookies(deps, details, only), _failed(deps, details, only)]


def _registration(details: dict[str, Any]) -> Check:
    values = {
        "name": tidy(details["name"], 60),
        "issuer": details["issuer"],
        "client_id": tidy(details["client_id"], 100),
        "id": details["id"],
    }
    if details["enabled"]:
        return said("platform", "ok", _l("%(name)s: issuer %(issuer)s, client id %(client_id)s"), **values)
    what = _l("%(name)s: issuer %(issuer)s, client id %(client_id)s, disabled")
    return ours(said("platform", "fail", what, _l("lti-elos platform enable %(id)s"), **values))


def _login_url(details: dict[str, Any]) -> Check:
    url = details["auth_login_url"]
    if url.startswith("https://"):
        return said("login url", "ok", _l("%(url)s"), url=url)
    return said(
        "login url", "warn", _l("%(url)s is not https"), _l("https at the LMS, then register it again"), url=url
    )


def _server(deps: Deps, details: dict[str, Any]) -> Check:
    name = details["server"]
    if details["server"] == "(the default one)":
        with deps.database.reading() as db:
            name = db.scalar(select(servers.c.name).where(servers.c.is_default))
    if name is None:
        what = _l("ELOS-NO-SERVER: neither its own nor a default one")
        mend = _l("lti-elos server add --default, or lti-elos platform set %(id)s server=NAME")
        return ours(said("platform's server", "fail", what, mend, id=details["id"]))
    return said("platform's server", "ok", _l("%(name)s"), name=name)


def _last_of(deployment_id: Any) -> Any:
    """One look into an index."""
    return select(func.max(launches.c.created_at)).where(launches.c.deployment_id == deployment_id).scalar_subquery()


def _latest_deployments(deps: Deps, details: dict[str, Any], only: str) -> list[Any]:
    last = _last_of(deployments.c.id).label("last")
    query = (
        select(deployments.c.id, deployments.c.deployment_id, last)
        .where(deployments.c.platform_id == UUID(details["id"]), deployments.c.is_active)
        .order_by(last.desc().nulls_last(), deployments.c.deployment_id)
        .limit(_DEPLOYMENTS)
    )
    if only:
        query = query.where(deployments.c.deployment_id == only)
    with deps.database.reading() as db:
        return list(db.execute(query).all())


def _last_launches(deps: Deps, details: dict[str, Any], only: str) -> list[Check]:
    found = _latest_deployments(deps, details, only)
    mend = _l("open the tool's link in a course of that LMS")
    if not found:
        return [said("launches", "warn", _l("no deployment yet: nobody was let in from there"), mend)]
    none, last = (
        _l("%(name)s: none in the last 30 days"),
        _l("%(name)s: the last one %(moment)s UTC"),
    )
    return [
        said("launches", "warn", none, mend, name=tidy(row.deployment_id, 80))
        if row.last is None
        else said("launches", "ok", last, name=tidy(row.deployment_id, 80), moment=f"{row.last:%Y-%m-%d %H:%M}")
        for row in found
    ]


def _cookies(deps: Deps, details: dict[str, Any], only: str) -> list[Check]:
    """How browsers were proven of late. Nothing where nobody came."""
    latest = next((row for row in _latest_deployments(deps, details, only) if row.last is not None), None)
    if latest is None:
        return []
    recent = (
        select(launches.c.cookie_way)
        .where(launches.c.deployment_id == latest.id, launches.c.created_at > deps.clock() - timedelta(days=7))
        .order_by(launches.c.created_at.desc())
        .limit(_LAUNCHES)
        .subquery()
    )
    with deps.database.reading() as db:
        rows = db.execute(select(recent.c.cookie_way, func.count().label("number")).group_by(recent.c.cookie_way)).all()
    counted = {str(row.cookie_way): int(row.number) for row in rows}
    values = {
        "all": str(sum(counted.values())),
        "partitioned": str(counted.get(CookieWay.PARTITIONED, 0)),
        "storage": str(counted.get(CookieWay.STORAGE, 0)),
        "window": str(counted.get(CookieWay.WINDOW, 0)),
    }
    if not counted:
        return [said("cookies", "ok", _l("nobody came in 7 days: nothing to tell"))]
    told = _l(
        "of the last %(all)s launches: partitioned cookie in the frame %(partitioned)s, the LMS's storage %(storage)s, "
        "a window of its own %(window)s"
    )
    return [said("cookies", "ok", told, **values)]


def _failed(deps: Deps, details: dict[str, Any], only: str) -> Check:
    within = timedelta(hours=24)
    counts = failed_launches.counts(deps, UUID(details["id"]), details["issuer"], within=within, deployment_id=only)
    if not counts:
        return said("failed launches", "ok", _l("none in the last 24 hours"))
    told = ", ".join(f"{code} {number}" for code, number in counts.items())
    what, mend = _l("in the last 24 hours: %(codes)s"), _l("docs/errors.md says what each code means")
    return said("failed launches", "warn", what, mend, codes=told)


def keys_fetched(deps: Deps, details: dict[str, Any]) -> list[Check]:
    """Its public keys, fetched now; and its clock."""
    name, url = "platform keys", details["jwks_url"]
    mend = _l("the key set's URL as the LMS gives it, and a way out to it through the firewall")
    try:
        answer = door(allow_private=deps.settings.allow_private_networks).fetch(url)
        if answer.status != 200:
            return [said(name, "fail", _l("%(url)s answers %(status)s"), mend, url=url, status=str(answer.status))]
        found = read_jwks(answer.body)
    except (AddressRefused, FetchFailed) as wrong:
        return [said(name, "fail", _l("%(url)s: %(wrong)s"), mend, url=url, wrong=str(wrong))]
    except (ValueError, RecursionError):
        return [said(name, "fail", _l("%(url)s answers something that is no key set"), mend, url=url)]
    fit = [tidy(kid, 40) for kid, key in found.items() if key is not None]
    if not fit:
        what = _l("%(all)s keys, none of them RSA of 2048 bits or more for RS256")
        mend = _l("let the LMS make a new key: launches are signed with RS256")
        return [said(name, "fail", what, mend, all=str(len(found)))]
    values = {
        "fit": str(len(fit)),
        "names": f"{', '.join(fit[:5])}{' …' if len(fit) > 5 else ''}",
        "unfit": str(len(found) - len(fit)),
    }
    told = _l("%(fit)s fit to sign (%(names)s)")
    if len(found) > len(fit):
        told = _l("%(fit)s fit to sign (%(names)s), %(unfit)s that may not sign launches")
    return [said(name, "ok", told, **values), *clock(deps.clock(), answer.told_at, "the platform")]


def services(deps: Deps, details: dict[str, Any]) -> list[Check]:
    """Whether anybody is at the token URL; and then what it grants us, scope by scope. Launches do not need it."""
    url = details["auth_token_url"]
    mend = _l("the token URL as the LMS gives it; launches do without, services need it")
    http = door(allow_private=deps.settings.allow_private_networks)
    try:
        status = http.fetch(url).status
    except (AddressRefused, FetchFailed) as wrong:
        return [said("token url", "warn", _l("%(url)s: %(wrong)s"), mend, url=url, wrong=str(wrong))]
    if status >= 500:
        return [said("token url", "warn", _l("%(url)s answers %(status)s"), mend, url=url, status=str(status))]
    found = [said("token url", "ok", _l("%(url)s answers"), url=url)]
    key = keys.signing(deps)
    if key is None:
        return found
    asks: list[Callable[[], Check]] = [
        partial(_scope, name, partial(ask_for_token, http, details, key, scope, now=deps.clock()))
        for name, scope in SCOPES.items()
    ]
    with ThreadPoolExecutor(len(asks)) as pool:
        return found + list(pool.map(lambda ask: ask(), asks))


def _scope(name: str, ask: Callable[[], Granted]) -> Check:
    """One scope. No warning ends launches: these are for class lists and grades."""
    granted = ask()
    if granted.is_granted:
        return said(name, "ok", _l("granted"))
    values = {"error": granted.error}
    if granted.error == "invalid_client":
        mend = _l("in the LMS, our key set's URL and this client id: it does not know our signature")
    elif granted.error in ("invalid_scope", "unsupported_grant_type", "unauthorized_client"):
        mend = _l("in the tool's settings at the LMS, allow this service; launches do without")
    else:
        mend = _l("the token URL and the audience as the LMS gives them; launches do without")
    return said(name, "warn", _l("not granted: %(error)s"), mend, **values)
