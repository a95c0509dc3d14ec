"""The launch: every check in order (DESIGN "Launch" 3–6); then it is admitted, or says why not.

A launch that passes all checks but comes without its cookie may be proven by the secret in the platform's storage:
then it is asked for (:class:`Question`), and :func:`verify_launch` goes on where :func:`accept_launch` stopped. Nothing
is spent in between, and no kind of message is named: what was checked comes back sealed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from lti_elos.causes import Cause
from lti_elos.db.tables import deployments
from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.browsers import Client, CookieWay
from lti_elos.domain.names import tidy
from lti_elos.domain.platform import Platform
from lti_elos.domain.recordings import linked_recording
from lti_elos.domain.roles import Standing, standing_of
from lti_elos.domain.rooms import RoomKey, linked_key, room_key
from lti_elos.errors import (
    ContentRole,
    DeploymentPending,
    Incomplete,
    LaunchRefused,
    Mismatch,
    NoGroup,
    PlatformSaidNo,
    Replayed,
    StateOld,
    Unproven,
)
from lti_elos.lti.claims import LaunchClaims, MessageClaims
from lti_elos.lti.deep_linking import DeepLinkingClaims, Wanted, wanted
from lti_elos.lti.id_token import verified_claims
from lti_elos.lti.login import is_ours, target_refused
from lti_elos.lti.messages import parse_message
from lti_elos.lti.products import hints_work_once, product_name
from lti_elos.lti.storage import Storage, storage_of
from lti_elos.services import platforms as platform_service
from lti_elos.services import recording_copies, selections, sessions
from lti_elos.services import rooms as room_service
from lti_elos.services.admissions import Accepted, Known, admit, insert_deployment, read_known
from lti_elos.services.deps import Deps
from lti_elos.services.logins import State, read_state
from lti_elos.services.rooms import Linked
from lti_elos.services.selections import Begun
from lti_elos.vault import SealBroken, SealExpired

log = logging.getLogger(__name__)

_PENDING_LIMIT = 200
"""Deployments waiting for approval, per platform: on Blackboard anybody can knock."""


_COPY_TTL = timedelta(minutes=2)
"""Of a checked launch, while the browser is asked for its secret."""


@dataclass(frozen=True, slots=True)
class Question:
    """A launch that is good but for its binding: what to ask the platform, and what to send with the answer."""

    storage: Storage
    copy: str
    """The checked launch, sealed."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A launch that the platform's storage proved, and where its secret still lies."""

    accepted: Accepted | Begun
    storage: Storage


def accept_launch(
    deps: Deps,
    form: Mapping[str, str],
    *,
    cookie: Callable[[str], str | None],
    session_token: str | None,
    client: Client,
) -> Accepted | Begun | Question:
    """Let a launch in, let a teacher choose content, or ask for the secret that proves its browser.

    :param cookie: gives the value of a cookie by name, for the binding.
    :param client: at top level platform storage proves nothing.
    :raise LaunchRefused: one child per reason. ``refusal.values["lms"]`` names the product where it is known; the
        attributes ``platform_id`` and ``return_url`` are set as soon as they may be trusted.
    """
    if not form.get("error") and not form.get("id_token") and not form.get("state"):
        raise Incomplete("parameters id_token and state are missing", cause=Cause.PARAMETER_MISSING)
    state, platform = _begun(deps, form.get("state", ""))
    with _refusals_of(platform):
        if form.get("error"):
            raise _platform_error(form)
        if not form.get("id_token"):
            raise Incomplete("parameter id_token is missing", cause=Cause.PARAMETER_MISSING)
        raw = verified_claims(
            form["id_token"],
            issuer=platform.issuer,
            client_id=platform.client_id,
            nonce=state.nonce,
            find_key=lambda kid: deps.platform_keys.find(platform.id, platform.jwks_url, kid),
            now=deps.clock(),
            login_at=state.begun_at,
        )
        claims = parse_message(raw)
        with _ways_back(claims):
            checked = _check(deps, state, platform, claims, session_token)
            if state.is_bound_to(cookie(state.cookie_name)):
                return _let_in(deps, checked, bound_by="cookie", way=client.cookie_way)
            if client.is_top or not state.storage_target:
                cause = Cause.COOKIE_MISSING if client.is_top else Cause.COOKIE_BLOCKED
                raise _unproven(checked, cause, "no binding cookie came with the launch", is_top=client.is_top)
            copy = deps.vault.issue("launch", [form["state"], raw], ttl=_COPY_TTL, now=deps.clock())
            return Question(_storage(checked), copy)


def verify_launch(deps: Deps, copy: str, secret: str, *, session_token: str | None, client: Client) -> Verified:
    """Let in a launch of which everything but the binding was checked.

    :param copy: of its :class:`Question`.
    :param secret: what the platform's storage held; "" when it said nothing.
    :raise LaunchRefused: Unproven for a wrong secret, Replayed, or as ``accept_launch`` does.
    """
    try:
        sealed_state, raw = deps.vault.redeem("launch", copy, now=deps.clock())
    except SealExpired:
        raise StateOld("the checked launch is older than 2 minutes") from None
    except (SealBroken, ValueError, TypeError):
        raise Mismatch("the checked launch is not ours") from None
    state, platform = _begun(deps, sealed_state)
    claims = parse_message(raw)
    with _refusals_of(platform), _ways_back(claims):
        checked = _check(deps, state, platform, claims, session_token)
        if client.is_top:
            what = "platform storage does not count outside a frame"
            raise _unproven(checked, Cause.COOKIE_MISSING, what, is_top=True)
        if not state.is_bound_to(secret):
            said = "another secret than the login's" if secret else "nothing"
            cause = Cause.STORAGE_OTHER if secret else Cause.STORAGE_SILENT
            raise _unproven(checked, cause, f"the platform's storage held {said}", is_top=False)
        return Verified(_let_in(deps, checked, bound_by="storage", way=CookieWay.STORAGE), _storage(checked))


def _begun(deps: Deps, sealed_state: str) -> tuple[State, Platform]:
    """The login that a launch ends. Raises as ``read_state`` and ``platforms.by_id`` do."""
    state = read_state(deps, sealed_state)
    with deps.database.reading() as db:
        return state, platform_service.by_id(db, state.platform_id)


@contextmanager
def _refusals_of(platform: Platform) -> Iterator[None]:
    """What is refused inside says whose launch it was."""
    try:
        yield
    except LaunchRefused as refusal:
        refusal.platform_id = platform.id
        refusal.values.setdefault("lms", product_name(platform.family, platform.name))
        raise


@contextmanager
def _ways_back(claims: LaunchClaims | DeepLinkingClaims) -> Iterator[None]:
    """What is refused inside leads back to the course, in the person's language: the token is verified, so what it
    says may be trusted."""
    try:
        yield
    except LaunchRefused as refusal:
        refusal.return_url = claims.presentation.return_url
        refusal.locale = claims.presentation.locale or claims.locale
        raise


def _platform_error(form: Mapping[str, str]) -> PlatformSaidNo:
    error = form["error"][:60]
    refusal = PlatformSaidNo(
        f"the platform answered {error}",
        received=tidy(form.get("error_description"), 200),
        reason=tidy(form.get("error_description"), 200) or error,
    )
    if error in ("login_required", "interaction_required"):
        refusal.status, refusal.cause = 401, Cause.NOT_SIGNED_IN
    return refusal


@dataclass(frozen=True, slots=True)
class _Checked:
    """A launch that passed all checks but the binding."""

    state: State
    platform: Platform
    claims: LaunchClaims | DeepLinkingClaims
    key: RoomKey
    known: Known
    standing: Standing
    linked: Linked | None = None
    """The room that the link names, where it may."""
    recording_id: UUID | None = None
    """The recording that the link names, where it leads to one."""
    wanted: Wanted | None = None
    """What is to be chosen; None for a launch."""


def _check(
    deps: Deps,
    state: State,
    platform: Platform,
    claims: LaunchClaims | DeepLinkingClaims,
    session_token: str | None,
) -> _Checked:
    """What a good token says against the login and our own rows (DESIGN "Launch" 3)."""
    target = claims.target_link_uri or state.target_link_uri  # deep linking may leave it out
    if not is_ours(target, deps.settings.base_url):
        raise target_refused(target, deps.settings.base_url, at_login=False)
    if state.deployment_hint and state.deployment_hint != claims.deployment_id:
        raise Mismatch(
            "deployment_id",
            cause=Cause.DEPLOYMENT_OTHER,
            expected=state.deployment_hint[:255],
            received=claims.deployment_id,
        )
    if target != state.target_link_uri:  # nothing in a login is signed: the claim decides
        log.info("launch for another target than its login", extra={"platform_id": str(platform.id)})
    key, link_key = _rooms_named(claims, platform)
    with deps.database.reading() as db:
        known = read_known(db, platform, claims, key, state, session_token)
        linked = None
        if link_key and known.deployment and known.course:
            linked = room_service.find_linked(
                db, link_key, deployment_id=known.deployment.id, course_id=known.course.id
            )
        recording_id = linked_recording(claims.custom)
        if recording_id and link_key and not linked:  # a copy of the link: the recording may have been brought along
            course = known.course
            if not course or not recording_copies.is_shown(db, recording_id, course.id):
                recording_id = None
    _check_deployment(deps, platform, claims, known)
    if known.is_spent:
        raise Replayed("the state was spent")
    standing = standing_of(claims.roles, platform.policies)
    checked = _Checked(state, platform, claims, key, known, standing, linked, recording_id)
    if isinstance(claims, DeepLinkingClaims):
        asked = wanted(claims, allow_http=deps.settings.allow_private_networks)
        if not may(standing, Ability.SELECT_CONTENT):
            raise ContentRole("the role does not manage", received=standing.role.value, role=standing.role.value)
        return replace(checked, wanted=asked)
    return checked


def _rooms_named(claims: LaunchClaims | DeepLinkingClaims, platform: Platform) -> tuple[RoomKey, str]:
    """The room of a message, and the key of the one that its link names, if it names one. Raises Incomplete."""
    if isinstance(claims, LaunchClaims):
        key = room_key(
            context_id=claims.context.id if claims.context else "",
            resource_link_id=claims.resource_link.id,
            custom=claims.custom,
            policies=platform.policies,
        )
        return key, linked_key(claims.custom)
    if claims.context is None:
        raise Incomplete("claim context is missing: content is chosen for a course", cause=Cause.CLAIM_WRONG)
    return RoomKey("course", claims.context.id, ""), ""


def _storage(checked: _Checked) -> Storage:
    """Where the login put its secret."""
    return storage_of(checked.platform.auth_login_url, target=checked.state.storage_target, state_id=checked.state.id)


def _unproven(checked: _Checked, cause: Cause, detail: str, *, is_top: bool) -> Unproven:
    """With the way on: the platform's own login in a window of its own, unless its hints work once, or this is such a
    window (DESIGN "Launch" 4)."""
    refusal = Unproven(detail, cause=cause)
    family = checked.claims.tool_platform.product_family_code or checked.platform.family
    if not is_top and not hints_work_once(family):
        refusal.login_parameters = checked.state.login_parameters
    return refusal


def _let_in(deps: Deps, checked: _Checked, *, bound_by: str, way: CookieWay) -> Accepted | Begun:
    """Spend the state and write what the message brings. Raises Replayed, NoGroup, NoTeacher."""
    if isinstance(checked.claims, LaunchClaims):
        return _launched(deps, checked, checked.claims, bound_by=bound_by, way=way)
    assert checked.wanted is not None  # noqa: S101 - looked at in _check
    with deps.database.transaction() as db:
        begun = selections.begin(
            db, deps, checked.platform, checked.claims, checked.wanted, checked.state, checked.known, deps.clock()
        )
    log.info(
        "content selection begun",
        extra={
            "platform_id": str(checked.platform.id),
            "selection_id": str(begun.selection_id),
            "subject": deps.vault.fingerprint("subject", f"{checked.platform.id} {checked.claims.sub}"),
            "bound_by": bound_by,
        },
    )
    return begun


def _launched(deps: Deps, checked: _Checked, claims: LaunchClaims, *, bound_by: str, way: CookieWay) -> Accepted:
    platform, known, standing, linked = checked.platform, checked.known, checked.standing, checked.linked
    now = deps.clock()
    try:
        with deps.database.transaction() as db:
            accepted = admit(db, deps, platform, claims, checked.key, linked, checked.state, known, standing, way, now)
    except NoGroup:
        if known.user is not None and known.course is not None:
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
            "bound_by": bound_by,
        },
    )
    names_recording = linked_recording(claims.custom) is not None
    if checked.recording_id is not None:
        return replace(accepted, recording_id=checked.recording_id, names_recording=True)
    # A link to a course's own room opens another course's own there, as is meant; its recordings are not there.
    is_meant = claims.custom.get("room_scope") == "course" and not names_recording
    if linked_key(claims.custom) and not linked and not is_meant and standing.manages:
        return replace(accepted, is_elsewhere=True, names_recording=names_recording)
    return accepted


def _check_deployment(deps: Deps, platform: Platform, claims: MessageClaims, known: Known) -> None:
    if known.deployment is not None:
        if not known.deployment.is_active:
            raise DeploymentPending("the deployment waits for approval", received=claims.deployment_id)
        return
    if platform.deployment_policy == "listed":
        raise DeploymentPending(
            "the deployment is not listed", cause=Cause.DEPLOYMENT_UNLISTED, received=claims.deployment_id
        )
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
