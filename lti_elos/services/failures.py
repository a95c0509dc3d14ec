"""Failed launches as operators look at them: by cause, fifty at a time, and one with all that is known of it.

A page costs the same however many launches there were: causes are counted when launches are refused
(``failed_launches.py``), and who got in since is found by an index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, tuple_

from lti_elos.causes import AT_LOGIN, Cause, LaunchCheck
from lti_elos.db.tables import AnyRow, deployments, failed_launches, failures, launches, platforms
from lti_elos.errors import NotFound
from lti_elos.lti.products import product_name
from lti_elos.services.deps import Deps
from lti_elos.services.failed_launches import DAY, PEOPLE_LIMIT, hour_of

PAGE = 50
KEPT = timedelta(days=30)
_CAUSES: dict[str, Cause] = {cause.value: cause for cause in Cause}
_OTHERS = 10
"""Of the same cause, beside the one that is shown."""


class Course(StrEnum):
    """How it goes on."""

    STILL = "still"
    STOPPED = "stopped"
    """Somebody from there got in since; or, where it is a matter of each person, nothing for a day."""
    QUIET = "quiet"
    """Nothing for a day, and nobody got in."""


@dataclass(frozen=True, slots=True)
class Failure:
    """All refusals of one cause at one platform."""

    id: UUID
    latest_id: UUID
    platform_id: UUID | None
    platform: str
    """"" where none is registered: then ``issuer`` says who it claimed to be."""
    lms: str
    """"Moodle", "Canvas"…; "" when it never said."""
    issuer: str
    code: str
    cause: str
    deployment_id: str
    off_by_s: int | None
    first_at: datetime
    last_at: datetime
    times: int
    """In 24 hours."""
    by_hour: tuple[int, ...]
    """The last 24, the newest at the end."""
    people: int
    people_are_more: bool
    course: Course


@dataclass(frozen=True, slots=True)
class Checked:
    """One of the checks, and how it went."""

    check: LaunchCheck
    outcome: str
    """ok, failed or skipped."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another launch that was refused for the same cause."""

    id: UUID
    occurrence: str
    at: datetime
    more: int


@dataclass(frozen=True, slots=True)
class FailedLaunch:
    """One refused launch."""

    failure: Failure
    id: UUID
    occurrence: str
    at: datetime
    door: str
    is_verified: bool
    detail: str
    expected: str
    received: str
    after_s: int | None
    issuer: str
    """The registered one; as sent where none is registered."""
    client_id: str
    """"" where none is registered."""
    deployment_id: str
    deployment: str
    """active, pending or unknown; "" without one."""
    message_type: str
    course: str
    roles: str
    subject: str
    browser: str
    is_framed: bool | None
    cookie_way: str
    claims: dict[str, Any]
    checks: tuple[Checked, ...]
    others: tuple[Other, ...]


@dataclass(frozen=True, slots=True)
class Tenant:
    """What an LMS's own administrator may see: one deployment of a platform."""

    platform_id: UUID
    deployment_id: str
    """The platform's own id for it."""
    is_alone: bool
    """It is the platform's only one: then what came before a deployment was known is theirs too."""


def tenant_of(deps: Deps, *, platform_id: UUID, deployment_id: UUID) -> Tenant:
    """The deployment that an LMS's administrator came through. Raises NotFound once it is gone."""
    with deps.database.reading() as db:
        of_platform = select(deployments.c.id, deployments.c.deployment_id).where(
            deployments.c.platform_id == platform_id
        )
        own = db.execute(of_platform.where(deployments.c.id == deployment_id)).one_or_none()
        other = db.execute(of_platform.where(deployments.c.id != deployment_id).limit(1)).first()
    if own is None:
        raise NotFound("the deployment was removed")
    return Tenant(platform_id, own.deployment_id, is_alone=other is None)


def last_let_in(deps: Deps, deployment_id: UUID) -> datetime | None:
    """When somebody last got in through a deployment, in 30 days."""
    with deps.database.reading() as db:
        found: datetime | None = db.scalar(
            select(func.max(launches.c.created_at)).where(launches.c.deployment_id == deployment_id)
        )
    return found


def page(
    deps: Deps, *, platform_id: UUID | None = None, code: str = "", after: str = "", tenant: Tenant | None = None
) -> tuple[list[Failure], str]:
    """Causes of the last 30 days, the latest first, and where the next page begins ("" for none).

    :param platform_id: also what named its issuer and another client
    :param after: what the page before gave
    """
    now = deps.clock()
    wanted = _failures().where(failures.c.last_at > now - KEPT)
    if platform_id is not None:
        of_issuer = select(platforms.c.issuer).where(platforms.c.id == platform_id).scalar_subquery()
        wanted = wanted.where(or_(failures.c.platform_id == platform_id, failures.c.issuer == of_issuer))
    if code:
        wanted = wanted.where(failures.c.code == code)
    if tenant is not None:
        wanted = wanted.where(*_is_of(tenant))
    if (place := _place(after)) is not None:
        wanted = wanted.where(tuple_(failures.c.last_at, failures.c.id) < place)
    wanted = wanted.order_by(failures.c.last_at.desc(), failures.c.id.desc()).limit(PAGE + 1)
    with deps.database.reading() as db:
        rows = db.execute(wanted).all()
        shown = rows[:PAGE]
        anywhere = _let_in_anywhere(db, shown)
    onward = _cursor(shown[-1]) if len(rows) > PAGE else ""
    return [_failure(row, anywhere, now) for row in shown], onward


def of_occurrence(deps: Deps, occurrence: str) -> UUID | None:
    """The failed launch whose code somebody read out."""
    wanted = select(failed_launches.c.id).where(failed_launches.c.occurrence == occurrence.strip().upper()).limit(1)
    with deps.database.reading() as db:
        found: UUID | None = db.scalar(wanted)
    return found


def one(deps: Deps, launch_id: UUID, *, tenant: Tenant | None = None) -> FailedLaunch:
    """A refused launch with its cause. Raises NotFound, also for another tenant's."""
    now = deps.clock()
    own = [column.label(f"one_{column.name}") for column in failed_launches.columns]
    wanted = (
        _failures()
        .add_columns(*own, platforms.c.client_id, deployments.c.is_active)
        .join(failed_launches, failed_launches.c.failure_id == failures.c.id)
        .outerjoin(
            deployments,
            and_(
                deployments.c.platform_id == failed_launches.c.platform_id,
                deployments.c.deployment_id == failed_launches.c.deployment_id,
            ),
        )
        .where(failed_launches.c.id == launch_id)
    )
    if tenant is not None:
        wanted = wanted.where(*_is_of(tenant))
    with deps.database.reading() as db:
        row = db.execute(wanted).one_or_none()
        if row is None:
            raise NotFound("no such failed launch")
        same = failed_launches.c.failure_id == row.id, failed_launches.c.id != launch_id
        latest = select(failed_launches).where(*same).order_by(failed_launches.c.created_at.desc()).limit(_OTHERS)
        others = db.execute(latest).all()
        anywhere = _let_in_anywhere(db, [row])
    return FailedLaunch(
        failure=_failure(row, anywhere, now),
        id=row.one_id,
        occurrence=row.one_occurrence,
        at=row.one_created_at,
        door=row.one_door,
        is_verified=row.one_is_verified,
        detail=row.one_detail,
        expected=row.one_expected,
        received=row.one_received,
        after_s=row.one_after_s,
        issuer=row.platform_issuer or row.one_issuer,
        client_id=row.client_id or "",
        deployment_id=row.one_deployment_id,
        deployment=_standing(row),
        message_type=row.one_message_type,
        course=row.one_course,
        roles=row.one_roles,
        subject=row.one_subject,
        browser=row.one_browser,
        is_framed=row.one_is_framed,
        cookie_way=row.one_cookie_way,
        claims=row.one_claims,
        checks=_checks(row.one_cause, row.one_door),
        others=tuple(Other(one.id, one.occurrence, one.created_at, one.more) for one in others),
    )


# --- queries ---------------------------------------------------------------------------------------------------------


_SHOWN = [column for column in failures.columns if column.name not in ("digest", "subjects")]
"""Not who was counted: hundreds of hashes a row."""


def _failures() -> Select[Any]:
    return select(
        *_SHOWN,
        platforms.c.name.label("platform"),
        platforms.c.family,
        platforms.c.issuer.label("platform_issuer"),
        _LET_IN_AT.label("let_in_at"),
    ).select_from(failures.outerjoin(platforms, platforms.c.id == failures.c.platform_id))


def _is_of(tenant: Tenant) -> list[ColumnElement[bool]]:
    theirs = failures.c.deployment_id == tenant.deployment_id
    if tenant.is_alone:
        theirs = or_(theirs, failures.c.deployment_id == "")
    return [failures.c.platform_id == tenant.platform_id, theirs]


def _let_in_by(there: Any) -> ColumnElement[Any]:
    """When somebody last got in through a deployment: one look into an index."""
    last = select(func.max(launches.c.created_at)).where(launches.c.deployment_id == there.c.id)
    return last.correlate(there).scalar_subquery()


def _let_in_at() -> ColumnElement[Any]:
    """… through the one that a cause is about, where that is known."""
    there = deployments.alias("there")
    named = there.c.platform_id == failures.c.platform_id, there.c.deployment_id == failures.c.deployment_id
    return select(_let_in_by(there)).where(*named).correlate(failures).scalar_subquery()


_LET_IN_AT = _let_in_at()


def _let_in_anywhere(db: Connection, rows: Sequence[AnyRow]) -> dict[UUID | str, datetime]:
    """… through any of the platform, where a cause is about all of it; of the issuer, where nothing is registered.
    Once for each of them, however many causes.
    """
    general = [row for row in rows if not row.deployment_id and not _is_of_one_person(row.cause)]
    ids = {row.platform_id for row in general if row.platform_id}
    issuers = {row.issuer for row in general if not row.platform_id and row.issuer}
    found: dict[UUID | str, datetime] = {}
    if not ids and not issuers:
        return found
    of = platforms.c.id, platforms.c.issuer, _let_in_by(deployments).label("at")
    through = select(*of).select_from(deployments.join(platforms, platforms.c.id == deployments.c.platform_id))
    for row in db.execute(through.where(or_(platforms.c.id.in_(ids), platforms.c.issuer.in_(issuers)))):
        for key in (row.id, row.issuer) if row.at is not None else ():
            found[key] = max(row.at, found.get(key, row.at))
    return found


# --- rows ------------------------------------------------------------------------------------------------------------


def _failure(row: AnyRow, anywhere: Mapping[UUID | str, datetime], now: datetime) -> Failure:
    let_in_at = row.let_in_at if row.deployment_id else anywhere.get(row.platform_id or row.issuer)
    hours = [hour_of(now - timedelta(hours=ago)) for ago in range(23, -1, -1)]
    by_hour = tuple(int(row.by_hour.get(hour, 0)) for hour in hours)
    return Failure(
        id=row.id,
        latest_id=row.latest_id,
        platform_id=row.platform_id,
        platform=row.platform or "",
        lms=product_name(row.family or "", row.platform or ""),
        issuer=row.issuer or row.platform_issuer or "",
        code=row.code,
        cause=row.cause,
        deployment_id=row.deployment_id,
        off_by_s=row.off_by_s,
        first_at=row.first_at,
        last_at=row.last_at,
        times=sum(by_hour),
        by_hour=by_hour,
        people=row.people,
        people_are_more=row.people >= PEOPLE_LIMIT,
        course=_course(row.cause, row.last_at, let_in_at, now),
    )


def _course(cause: str, last_at: datetime, let_in_at: datetime | None, now: datetime) -> Course:
    is_quiet = now - last_at >= DAY
    if _is_of_one_person(cause):  # others get in all the while
        return Course.STOPPED if is_quiet else Course.STILL
    if let_in_at is not None and let_in_at > last_at:
        return Course.STOPPED
    return Course.QUIET if is_quiet else Course.STILL


def _is_of_one_person(cause: str) -> bool:
    known = _CAUSES.get(cause)
    return known is not None and known.is_of_one_person


def _standing(row: AnyRow) -> str:
    if not row.one_deployment_id:
        return ""
    return "unknown" if row.is_active is None else "active" if row.is_active else "pending"


def _checks(cause: str, door: str) -> tuple[Checked, ...]:
    """What was checked before, what failed, and what was not looked at any more."""
    known = _CAUSES.get(cause)
    if known is None:
        return ()
    failed = known.check
    made = AT_LOGIN if door == "login" else tuple(LaunchCheck)
    return tuple(
        Checked(
            check,
            "failed" if check is failed else "ok" if check in made and check.number < failed.number else "skipped",
        )
        for check in LaunchCheck
    )


def _cursor(row: AnyRow) -> str:
    return f"{round(row.last_at.timestamp() * 1_000_000)}.{row.id.hex}"


def _place(after: str) -> tuple[datetime, UUID] | None:
    """None for what is no cursor of ours: the first page."""
    moment, _, failure_id = after.partition(".")
    try:
        return datetime.fromtimestamp(int(moment) / 1_000_000, UTC), UUID(hex=failure_id)
    except (ValueError, OverflowError, OSError):
        return None
