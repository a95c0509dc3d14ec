"""Platforms as operators look at them: fifty at a time, and one with all that can be decided about it.

The same few queries however many platforms and launches there are: what is counted is found by an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, exists, func, or_, select, tuple_

from lti_elos.db.tables import AnyRow, deployments, failed_launches, launches, platforms, servers, users
from lti_elos.domain.policies import Policies
from lti_elos.errors import NotFound
from lti_elos.lti.products import product_name
from lti_elos.services.deps import Deps

PAGE = 50
DEPLOYMENTS = 100
"""Shown of one platform: those that wait first, then the newest."""

State = Literal["active", "new", "pending", "disabled"]
"""new: nobody has come yet. pending: a deployment waits for approval."""
STATES: tuple[State, ...] = get_args(State)

_IS_PENDING = exists().where(deployments.c.platform_id == platforms.c.id, ~deployments.c.is_active)
_IS_MET = exists().where(users.c.platform_id == platforms.c.id)
_WITH_PENDING = platforms.c.id.in_(select(deployments.c.platform_id).where(~deployments.c.is_active))
"""The same, beginning with the few that wait."""
_IN_STATE = {
    "disabled": ~platforms.c.enabled,
    "pending": and_(platforms.c.enabled, _WITH_PENDING),
    "new": and_(platforms.c.enabled, ~_IS_PENDING, ~_IS_MET),
    "active": and_(platforms.c.enabled, ~_IS_PENDING, _IS_MET),
}
_LAST_LAUNCH = (
    select(func.max(launches.c.created_at)).where(launches.c.deployment_id == deployments.c.id).scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list."""

    id: UUID
    name: str
    lms: str
    """"Moodle", "Canvas"…; "" when it never said."""
    host: str
    state: State
    last_launch: datetime | None
    """Of the last 30 days."""
    failures_today: int


@dataclass(frozen=True, slots=True)
class Deployment:
    """One installation of the tool in the platform."""

    deployment_id: str
    is_active: bool
    created_at: datetime
    last_launch: datetime | None


@dataclass(frozen=True, slots=True)
class Details:
    """One platform."""

    id: UUID
    name: str
    lms: str
    state: State
    created_at: datetime
    disabled_at: datetime | None
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    audience: str
    deployment_policy: str
    server: str
    """"" for the default one."""
    servers: tuple[str, ...]
    """All that it may be given."""
    policies: Policies
    deployments: tuple[Deployment, ...]
    more_deployments: bool
    last_launch: datetime | None
    failures_today: int


def midnight(deps: Deps) -> datetime:
    """When today began, where the operator is."""
    here = deps.clock().astimezone(ZoneInfo(deps.settings.default_time_zone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0)


def page(deps: Deps, *, query: str = "", state: str = "", after: UUID | None = None) -> tuple[list[Listed], bool]:
    """Platforms by name, and whether there are more. An ``after`` that is gone begins at the first.

    :param query: part of the name or the issuer
    :param after: the last platform of the page before
    """
    with deps.database.reading() as db:
        wanted = _listed().order_by(platforms.c.name, platforms.c.id).limit(PAGE + 1)
        if state in _IN_STATE:
            wanted = wanted.where(_IN_STATE[state])
        if query:
            part = query.lower()
            within = (func.lower(one).contains(part, autoescape=True) for one in (platforms.c.name, platforms.c.issuer))
            wanted = wanted.where(or_(*within))
        last = db.execute(select(platforms.c.name).where(platforms.c.id == after)).one_or_none() if after else None
        if last is not None:
            wanted = wanted.where(tuple_(platforms.c.name, platforms.c.id) > tuple_(last.name, after))
        rows = db.execute(wanted).all()
        shown = rows[:PAGE]
        ids = [row.id for row in shown]
        latest, failures = _last_launches(db, ids), _failures(db, ids, since=midnight(deps))
    return [
        Listed(
            id=row.id,
            name=row.name,
            lms=product_name(row.family, fallback=row.family),
            host=urlsplit(row.issuer).hostname or "",
            state=_state(row),
            last_launch=latest.get(row.id),
            failures_today=failures.get(row.id, 0),
        )
        for row in shown
    ], len(rows) > PAGE


def name_of(deps: Deps, platform_id: UUID) -> str:
    """What it is called. Raises NotFound."""
    with deps.database.reading() as db:
        found: str | None = db.scalar(select(platforms.c.name).where(platforms.c.id == platform_id))
    if found is None:
        raise NotFound("no such platform")
    return found


def details(deps: Deps, platform_id: UUID) -> Details:
    """Raises NotFound."""
    with deps.database.reading() as db:
        row = db.execute(_listed().where(platforms.c.id == platform_id)).one_or_none()
        if row is None:
            raise NotFound("no such platform")
        known = db.execute(select(servers.c.id, servers.c.name).order_by(servers.c.name)).all()
        query = select(deployments, _LAST_LAUNCH.label("last_launch")).where(deployments.c.platform_id == row.id)
        order = (deployments.c.is_active, deployments.c.created_at.desc(), deployments.c.id)
        found = db.execute(query.order_by(*order).limit(DEPLOYMENTS + 1)).all()
        failures = _failures(db, [row.id], since=midnight(deps))
    own = tuple(
        Deployment(one.deployment_id, one.is_active, one.created_at, one.last_launch) for one in found[:DEPLOYMENTS]
    )
    return Details(
        id=row.id,
        name=row.name,
        lms=product_name(row.family, fallback=row.family),
        state=_state(row),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        auth_token_url=row.auth_token_url,
        jwks_url=row.jwks_url,
        audience=row.audience,
        deployment_policy=row.deployment_policy,
        server=next((one.name for one in known if one.id == row.server_id), ""),
        servers=tuple(one.name for one in known),
        policies=Policies.from_json(row.policies),
        deployments=own,
        more_deployments=len(found) > DEPLOYMENTS,
        last_launch=max((one.last_launch for one in own if one.last_launch), default=None),
        failures_today=failures.get(row.id, 0),
    )


def _listed() -> Select[Any]:
    return select(platforms, _IS_PENDING.label("is_pending"), _IS_MET.label("is_met"))


def _state(row: AnyRow) -> State:
    if not row.enabled:
        return "disabled"
    if row.is_pending:
        return "pending"
    return "active" if row.is_met else "new"


def _last_launches(db: Connection, ids: list[UUID]) -> dict[UUID, datetime]:
    query = select(deployments.c.platform_id, _LAST_LAUNCH.label("at")).where(deployments.c.platform_id.in_(ids))
    return _latest(db.execute(query).all())


def _latest(rows: Iterable[AnyRow]) -> dict[UUID, datetime]:
    found: dict[UUID, datetime] = {}
    for row in rows:
        if row.at is not None:
            found[row.platform_id] = max(row.at, found.get(row.platform_id, row.at))
    return found


def _failures(db: Connection, ids: list[UUID], *, since: datetime) -> dict[UUID, int]:
    number = func.sum(failed_launches.c.more + 1)
    query = select(failed_launches.c.platform_id, number).where(
        failed_launches.c.platform_id.in_(ids), failed_launches.c.minute >= since
    )
    return {one: int(how_many) for one, how_many in db.execute(query.group_by(failed_launches.c.platform_id)).all()}
