"""The launch: every check in order, then one short transaction (DESIGN "Launch" 3–6, reference/lti.md 1.5)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, courses, deployments, launches, platforms, rooms, users
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.names import NAME_LIMIT, ROOM_NAME_LIMIT, person_name, room_name, tidy
from lti_elos.domain.platform import Platform
from lti_elos.domain.roles import Standing, standing_of
from lti_elos.domain.rooms import RoomKey, room_key
from lti_elos.errors import (
    DeploymentPending,
    Incomplete,
    LaunchRefused,
    Mismatch,
    PlatformSaidNo,
    Replayed,
    Unproven,
)
from lti_elos.lti.claims import LaunchClaims, parse_launch
from lti_elos.lti.id_token import LEEWAY_S, verified_claims
from lti_elos.lti.login import is_ours
from lti_elos.lti.products import hints_work_once, product_name
from lti_elos.services import platforms as platform_service
from lti_elos.services import rooms as room_service
from lti_elos.services import sessions
from lti_elos.services.deps import Deps
from lti_elos.services.logins import STATE_TTL, State, read_state
from lti_elos.services.spent import holder_of, spend

log = logging.getLogger(__name__)

_PENDING_LIMIT = 200
"""Deployments waiting for approval, per platform: on Blackboard anybody can knock."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where the launch leads, and the session cookie to set (None: the browser has it)."""

    room_id: UUID
    new_token: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knew before the launch, read in one go."""

    deployment: AnyRow | None
    user: AnyRow | None
    course: AnyRow | None
    room: tuple[UUID, str] | None
    session_id: UUID | None
    is_spent: bool


def accept_launch(
    deps: Deps, form: Mapping[str, str], *, cookie: Callable[[str], str | None], session_token: str | None
) -> Accepted:
    """Let a launch in.

    :param cookie: gives the value of a cookie by name, for the binding.
    :raise LaunchRefused: one child per reason. ``refusal.values["lms"]`` names the product where it is known; the
        attributes ``platform_id`` and ``return_url`` are set as soon as they may be trusted.
    """
    state, platform = None, None
    try:
        if not form.get("error") and not form.get("id_token") and not form.get("state"):
            raise Incomplete("parameters id_token and state are missing")
        state = read_state(deps, form.get("state", ""))
        with deps.database.reading() as db:
            platform = platform_service.by_id(db, state.platform_id)
        if form.get("error"):
            raise _platform_error(form)
        if not form.get("id_token"):
            raise Incomplete("parameter id_token is missing")
        return _accept(deps, form["id_token"], state, platform, cookie, session_token)
    except LaunchRefused as refusal:
        if state is not None and platform is not None:
            refusal.platform_id = state.platform_id
        if platform is not None:
            refusal.values.setdefault("lms", product_name(platform.family, platform.name))
        raise


def _platform_error(form: Mapping[str, str]) -> PlatformSaidNo:
    error = form["error"][:60]
    refusal = PlatformSaidNo(
        f"the platform answered {error}",
        received=tidy(form.get("error_description"), 200),
        reason=tidy(form.get("error_description"), 200) or error,
    )
    if error in ("login_required", "interaction_required"):
        refusal.status = 401
    return refusal


def _accept(
    deps: Deps,
    id_token: str,
    state: State,
    platform: Platform,
    cookie: Callable[[str], str | None],
    session_token: str | None,
) -> Accepted:
    now = deps.clock()
    raw = verified_claims(
        id_token,
        issuer=platform.issuer,
        client_id=platform.client_id,
        nonce=state.nonce,
        find_key=lambda kid: deps.platform_keys.find(platform.id, platform.jwks_url, kid),
        now=now,
    )
    claims = parse_launch(raw)
    if state.deployment_hint and state.deployment_hint != claims.deployment_id:
        raise Mismatch("deployment_id", expected=state.deployment_hint[:255], received=claims.deployment_id)
    if not is_ours(claims.target_link_uri, deps.settings.base_url):
        raise Incomplete("claim target_link_uri is on another origin", expected=deps.settings.base_url)
    if claims.target_link_uri != state.target_link_uri:  # nothing in a login is signed: the claim decides
        log.info("launch for another target than its login", extra={"platform_id": str(platform.id)})
    key = room_key(
        context_id=claims.context.id if claims.context else "",
        resource_link_id=claims.resource_link.id,
        custom=claims.custom,
        policies=platform.policies,
    )
    with deps.database.reading() as db:
        known = _read_known(db, platform, claims, key, state, session_token)
    _check_deployment(deps, platform, claims, known)
    if known.is_spent:
        raise Replayed("the state was spent")
    if not state.is_bound_to(cookie(state.cookie_name)):
        raise _unproven(state, platform, claims)
    standing = standing_of(claims.roles, platform.policies)
    with deps.database.transaction() as db:
        accepted = _write(db, deps, platform, claims, key, state, known, standing, now)
    log.info(
        "launch accepted",
        extra={
            "platform_id": str(platform.id),
            "room_id": str(accepted.room_id),
            "subject": deps.vault.fingerprint("subject", f"{platform.id} {claims.sub}"),
            "role": standing.role.value,
            "moderates": standing.moderates,
        },
    )
    return accepted


def _read_known(
    db: Connection,
    platform: Platform,
    claims: LaunchClaims,
    key: RoomKey,
    state: State,
    session_token: str | None,
) -> _Known:
    deployment = db.execute(
        select(deployments).where(
            deployments.c.platform_id == platform.id, deployments.c.deployment_id == claims.deployment_id
        )
    ).one_or_none()
    user = db.execute(select(users).where(users.c.platform_id == platform.id, users.c.sub == claims.sub)).one_or_none()
    course = None
    if deployment is not None and claims.context is not None:
        course = db.execute(
            select(courses).where(courses.c.deployment_id == deployment.id, courses.c.context_id == claims.context.id)
        ).one_or_none()
    return _Known(
        deployment=deployment,
        user=user,
        course=course,
        room=room_service.find_id(db, deployment.id, key) if deployment is not None else None,
        session_id=sessions.find_session(db, session_token),
        is_spent=holder_of(db, "state", state.id) is not None,
    )


def _check_deployment(deps: Deps, platform: Platform, claims: LaunchClaims, known: _Known) -> None:
    if known.deployment is not None:
        if not known.deployment.is_active:
            raise DeploymentPending("the deployment waits for approval", received=claims.deployment_id)
        return
    if platform.deployment_policy == "listed":
        raise DeploymentPending("the deployment is not listed", received=claims.deployment_id)
    if platform.deployment_policy == "approve":
        _knock(deps, platform, claims.deployment_id)
        raise DeploymentPending("a new deployment: it waits for approval", received=claims.deployment_id)


def _knock(deps: Deps, platform: Platform, deployment_id: str) -> None:
    """Remember a new deployment for the operator to approve; a crowd of strangers is not remembered."""
    with deps.database.transaction() as db:
        pending = db.execute(
            select(deployments.c.id)
            .where(deployments.c.platform_id == platform.id, deployments.c.is_active.is_(False))
            .limit(_PENDING_LIMIT)
        ).all()
        if len(pending) < _PENDING_LIMIT:
            _insert_deployment(db, platform.id, deployment_id, is_active=False, now=deps.clock())


def _unproven(state: State, platform: Platform, claims: LaunchClaims) -> Unproven:
    """The way on: the platform's own login in a window of its own, unless its hints work once (DESIGN "Launch" 4)."""
    refusal = Unproven("no binding cookie came with the launch")
    refusal.return_url = claims.presentation.return_url
    family = claims.tool_platform.product_family_code or platform.family
    refusal.login_parameters = () if hints_work_once(family) else state.login_parameters
    return refusal


# --- the one transaction ---------------------------------------------------------------------------------------------


def _write(
    db: Connection,
    deps: Deps,
    platform: Platform,
    claims: LaunchClaims,
    key: RoomKey,
    state: State,
    known: _Known,
    standing: Standing,
    now: datetime,
) -> Accepted:
    # The state carries the nonce, so spending one spends both; kept past the state's age and the clock's leeway.
    if not spend(db, "state", state.id, ends_at=now + STATE_TTL + 2 * timedelta(seconds=LEEWAY_S)):
        raise Replayed("the state was spent meanwhile")
    family = tidy(claims.tool_platform.product_family_code, 100)
    if family and family != platform.family:
        db.execute(platforms.update().where(platforms.c.id == platform.id).values(family=family))
    deployment_id = (
        known.deployment.id
        if known.deployment is not None
        else _insert_deployment(db, platform.id, claims.deployment_id, is_active=True, now=now)
    )
    user_id = _keep_user(db, platform.id, claims, known.user, now)
    course_id = _keep_course(db, deployment_id, claims, known.course, now)
    room_id = _keep_room(db, deps, deployment_id, course_id, claims, key, known.room, now)
    launch_id = uuid4()
    db.execute(
        launches.insert().values(
            id=launch_id,
            deployment_id=deployment_id,
            user_id=user_id,
            room_id=room_id,
            moderates=standing.moderates,
            manages=standing.manages,
            role=standing.role.value,
            is_test=standing.is_test,
            locale=tidy(claims.presentation.locale or claims.locale, 35),
            time_zone=_time_zone(claims),
            return_url=claims.presentation.return_url,
            lms_name=tidy(product_name(family or platform.family, claims.tool_platform.name), 100),
            created_at=now,
        )
    )
    session_id, new_token = known.session_id, None
    if session_id is None:
        session_id, new_token = sessions.start_session(db, now=now)
    else:
        sessions.end_grants_of_others(db, session_id, platform_id=platform.id, user_id=user_id, now=now)
    sessions.grant(
        db,
        session_id,
        room_id=room_id,
        user_id=user_id,
        launch_id=launch_id,
        ends_at=now + sessions.LIFE,
        now=now,
    )
    if known.user is not None:
        sessions.take_on_launch(db, launch_id, user_id=user_id, room_id=room_id, course_id=course_id)
    return Accepted(room_id, new_token)


def _time_zone(claims: LaunchClaims) -> str:
    """``user_tz=$Person.address.timezone``; "" unless it is a zone's name (Moodle says 99 for "the server's")."""
    named = claims.custom.get("user_tz", "")
    return named if named in available_timezones() else ""


def _insert_deployment(
    db: Connection, platform_id: UUID, deployment_id: str, *, is_active: bool, now: datetime
) -> UUID:
    values = {
        "id": uuid4(),
        "platform_id": platform_id,
        "deployment_id": deployment_id,
        "is_active": is_active,
        "created_at": now,
    }
    made: UUID | None = insert_if_new(db, deployments, values, returning=deployments.c.id)
    if made is not None:
        return made
    row = db.execute(
        select(deployments).where(
            deployments.c.platform_id == platform_id, deployments.c.deployment_id == deployment_id
        )
    ).one()
    if is_active and not row.is_active:
        raise DeploymentPending("the deployment waits for approval", received=deployment_id)
    found: UUID = row.id
    return found


def _keep_user(db: Connection, platform_id: UUID, claims: LaunchClaims, known: AnyRow | None, now: datetime) -> UUID:
    name = person_name(name=claims.name, given=claims.given_name, family=claims.family_name)
    values = {"name": name, "given_name": tidy(claims.given_name, NAME_LIMIT), "last_seen_at": now}
    if known is None:
        new = {"id": uuid4(), "platform_id": platform_id, "sub": claims.sub, "created_at": now}
        made: UUID | None = insert_if_new(db, users, new | values, returning=users.c.id)
        if made is not None:
            return made
    statement = users.update().where(users.c.platform_id == platform_id, users.c.sub == claims.sub)
    kept: UUID = db.execute(statement.values(**values).returning(users.c.id)).scalar_one()
    return kept


def _keep_course(
    db: Connection, deployment_id: UUID, claims: LaunchClaims, known: AnyRow | None, now: datetime
) -> UUID | None:
    if claims.context is None:
        return None
    values = {
        "title": tidy(claims.context.title, ROOM_NAME_LIMIT),
        "label": tidy(claims.context.label, ROOM_NAME_LIMIT),
    }
    if known is not None and (known.title, known.label) == (values["title"], values["label"]):
        unchanged: UUID = known.id
        return unchanged
    identity = {"deployment_id": deployment_id, "context_id": claims.context.id}
    made: UUID | None = insert_if_new(
        db, courses, identity | values | {"id": uuid4(), "created_at": now}, returning=courses.c.id
    )
    if made is not None:
        return made
    statement = courses.update().where(
        courses.c.deployment_id == deployment_id, courses.c.context_id == claims.context.id
    )
    kept: UUID = db.execute(statement.values(**values).returning(courses.c.id)).scalar_one()
    return kept


def _keep_room(
    db: Connection,
    deps: Deps,
    deployment_id: UUID,
    course_id: UUID | None,
    claims: LaunchClaims,
    key: RoomKey,
    known: tuple[UUID, str] | None,
    now: datetime,
) -> UUID:
    course_names = (claims.context.title, claims.context.label) if claims.context else ()
    link = claims.resource_link.title
    name = room_name(*course_names, link) if key.scope == "course" else room_name(link, *course_names)
    if known is None:
        return room_service.find_or_make(
            db, deps.vault, deployment_id=deployment_id, course_id=course_id, key=key, name=name, now=now
        )
    room_id, old_name = known
    if name and name != old_name:
        db.execute(rooms.update().where(rooms.c.id == room_id).values(name=name))
    return room_id
