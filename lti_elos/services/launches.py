"""The launch: every check in order (DESIGN "Launch" 3–6); then it is admitted, or says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from sqlalchemy import select

from lti_elos.db.tables import deployments
from lti_elos.domain.names import tidy
from lti_elos.domain.platform import Platform
from lti_elos.domain.roles import standing_of
from lti_elos.domain.rooms import room_key
from lti_elos.errors import (
    DeploymentPending,
    Incomplete,
    LaunchRefused,
    Mismatch,
    NoGroup,
    NoTeacher,
    PlatformSaidNo,
    Replayed,
    Unproven,
)
from lti_elos.lti.claims import LaunchClaims, parse_launch
from lti_elos.lti.id_token import verified_claims
from lti_elos.lti.login import is_ours
from lti_elos.lti.products import hints_work_once, product_name
from lti_elos.services import platforms as platform_service
from lti_elos.services import sessions
from lti_elos.services.admissions import Accepted, Known, admit, insert_deployment, read_known
from lti_elos.services.deps import Deps
from lti_elos.services.logins import State, read_state

log = logging.getLogger(__name__)

_PENDING_LIMIT = 200
"""Deployments waiting for approval, per platform: on Blackboard anybody can knock."""


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
        known = read_known(db, platform, claims, key, state, session_token)
    _check_deployment(deps, platform, claims, known)
    if known.is_spent:
        raise Replayed("the state was spent")
    if not state.is_bound_to(cookie(state.cookie_name)):
        raise _unproven(state, platform, claims)
    standing = standing_of(claims.roles, platform.policies)
    try:
        with deps.database.transaction() as db:
            accepted = admit(db, deps, platform, claims, key, state, known, standing, now)
    except (NoGroup, NoTeacher) as refusal:
        refusal.return_url = claims.presentation.return_url
        if isinstance(refusal, NoGroup) and known.user is not None and known.course is not None:
            with deps.database.transaction() as db:
                sessions.leave_groups(db, user_id=known.user.id, course_id=known.course.id, now=now)
        raise
    deps.watchers.room(accepted.room_id)  # its page comes next, and should be true
    log.info(
        "launch accepted",
        extra={
            "platform_id": str(platform.id),
            "launch_id": str(accepted.launch_id),
            "room_id": str(accepted.room_id),
            "subject": deps.vault.fingerprint("subject", f"{platform.id} {claims.sub}"),
            "role": standing.role.value,
            "moderates": standing.moderates,
        },
    )
    return accepted


def _check_deployment(deps: Deps, platform: Platform, claims: LaunchClaims, known: Known) -> None:
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
            insert_deployment(db, platform.id, deployment_id, is_active=False, now=deps.clock())


def _unproven(state: State, platform: Platform, claims: LaunchClaims) -> Unproven:
    """The way on: the platform's own login in a window of its own, unless its hints work once (DESIGN "Launch" 4)."""
    refusal = Unproven("no binding cookie came with the launch")
    refusal.return_url = claims.presentation.return_url
    family = claims.tool_platform.product_family_code or platform.family
    refusal.login_parameters = () if hints_work_once(family) else state.login_parameters
    return refusal
