"""Dynamic registration: an invited platform's offer, and the platform that comes of it.

Two steps: what will be registered is fetched, checked and shown; then the LMS's administrator agrees. What was shown
travels sealed in the page's form (with the platform's registration token: it must not be kept, nor be in an address of
ours), so that nothing else is registered than what was agreed to.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, platforms
from lti_elos.db.upserts import insert_if_new
from lti_elos.errors import (
    FormStale,
    InviteUnknown,
    PlatformAddress,
    RegistrationDocument,
    RegistrationKnown,
    RegistrationOther,
    RegistrationRefused,
    RegistrationUnreachable,
)
from lti_elos.lti.http import AddressRefused, FetchFailed
from lti_elos.lti.platform_configuration import Configuration, read_configuration
from lti_elos.lti.products import product_name
from lti_elos.lti.registration import (
    TOOL_CONFIGURATION,
    Registered,
    Tool,
    read_answer,
    registration_of,
    said_in,
)
from lti_elos.services import invites
from lti_elos.services.deps import Deps
from lti_elos.services.invites import Invite
from lti_elos.services.platforms import BLACKBOARD, keep_deployment
from lti_elos.vault import SealBroken

log = logging.getLogger(__name__)

_CONSENT = "registration"
CONSENT_TTL = timedelta(minutes=10)
_TOKEN_LIMIT = 8000
"""Characters of a platform's registration token: they come in an address."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the administrator agrees to."""

    invite: Invite
    lms: str
    """"Moodle", "Canvas"…; else its host."""
    version: str
    issuer: str
    messages: tuple[str, ...]
    placements: tuple[str, ...]
    claims: tuple[str, ...]
    scopes: tuple[str, ...]
    custom: tuple[tuple[str, str], ...]
    consent: str
    """Sealed: the same for :func:`register`."""


@dataclass(frozen=True, slots=True)
class Done:
    """A platform that is registered, or was anew."""

    platform_id: UUID
    lms: str
    client_id: str
    is_update: bool
    waits_for_approval: bool
    """New deployments wait, and the platform has not named the one it made."""


def look(deps: Deps, secret: str) -> Invite:
    """Raises InviteUnknown, InviteUsed or InviteExpired."""
    with deps.database.reading() as db:
        return invites.find(db, secret, now=deps.clock())


def offer(
    deps: Deps,
    secret: str,
    *,
    configuration_url: str,
    token: str,
    name: str,
    names: tuple[tuple[str, str], ...],
    description: str,
) -> Offer:
    """Fetch the platform's configuration, check it, and say what would be registered. Writes nothing.

    :param names: what we are called in each language; ``name`` and ``description`` are in the default one
    Raises NotRegistered's children.
    """
    invite = look(deps, secret)
    if len(token) > _TOKEN_LIMIT:
        raise RegistrationDocument("the registration token is too long", found="registration_token")
    try:
        body = deps.platform_http.get(configuration_url, bearer=token)
    except AddressRefused as cause:
        raise PlatformAddress(f"openid_configuration: {cause}", found=str(cause)) from None
    except FetchFailed as cause:
        raise RegistrationUnreachable(f"openid_configuration: {cause}", found=str(cause)) from None
    configuration = read_configuration(body, configuration_url, allow_http=deps.settings.allow_private_networks)
    if invite.platform_id is not None:
        with deps.database.reading() as db:
            if _by_id(db, invite.platform_id).issuer != configuration.issuer:
                raise RegistrationOther("another issuer than that of the platform to be updated")
    document = registration_of(Tool(deps.settings.base_url, name, names, description), configuration)
    return _offer(deps, invite, configuration, document, token)


def _offer(deps: Deps, invite: Invite, configuration: Configuration, document: dict[str, Any], token: str) -> Offer:
    lms = product_name(configuration.family, fallback=urlsplit(configuration.issuer).netloc)
    agreed = {
        "invite": str(invite.id),
        "token": token,
        "document": document,
        "lms": lms,
        "family": configuration.family,
        "issuer": configuration.issuer,
        "auth_login_url": configuration.auth_login_url,
        "auth_token_url": configuration.auth_token_url,
        "jwks_url": configuration.jwks_url,
        "registration_url": configuration.registration_url,
        "audience": configuration.audience,
    }
    tool = document[TOOL_CONFIGURATION]
    return Offer(
        invite=invite,
        lms=lms,
        version=configuration.version,
        issuer=configuration.issuer,
        messages=tuple(message["type"] for message in tool["messages"]),
        placements=tuple(place for message in tool["messages"] for place in message.get("placements", ())),
        claims=tuple(tool["claims"]),
        scopes=tuple(document["scope"].split()),
        custom=tuple(tool["custom_parameters"].items()),
        consent=deps.vault.issue(_CONSENT, agreed, ttl=CONSENT_TTL, now=deps.clock()),
    )


def register(deps: Deps, secret: str, consent: str) -> Done:
    """Register at the platform what was agreed to, and keep the platform: active at once, the invite is the approval.

    The invite is spent in the transaction that keeps the platform. Raises NotRegistered's children: then nothing is
    kept and the invite stays good; FormStale for a consent that is old, or of another invite.
    """
    try:
        agreed = deps.vault.redeem(_CONSENT, consent, now=deps.clock())
    except SealBroken:
        raise FormStale("a consent that is old, or not ours") from None
    with deps.database.transaction() as db:
        invite = invites.find(db, secret, now=deps.clock())
        if agreed["invite"] != str(invite.id):
            raise FormStale("a consent for another invite")
        invites.lease(db, invite, now=deps.clock())
    try:
        registered = _send(deps, agreed)
        now = deps.clock()
        with deps.database.transaction() as db:
            invites.spend(db, invite, now=now)
            done = _keep(db, invite, agreed, registered, now=now)
            invites.name_platform(db, invite, done.platform_id)
    except Exception:
        with deps.database.transaction() as db:
            invites.give_back(db, invite)
        raise
    log.info("platform registered", extra={"platform_id": str(done.platform_id), "is_update": done.is_update})
    return done


def _send(deps: Deps, agreed: dict[str, Any]) -> Registered:
    lms = agreed["lms"]
    document = json.dumps(agreed["document"], ensure_ascii=False).encode()
    try:
        answer = deps.platform_http.post(agreed["registration_url"], document, bearer=agreed["token"])
    except AddressRefused as cause:
        raise PlatformAddress(f"registration_endpoint: {cause}", found=str(cause), lms=lms) from None
    except FetchFailed as cause:
        raise RegistrationUnreachable(f"registration_endpoint: {cause}", found=str(cause), lms=lms) from None
    if answer.status not in (200, 201):
        # The platform's words are for the page alone: they may repeat what was sent.
        reason = f"{answer.status} {said_in(answer.body)}".strip()
        raise RegistrationRefused(f"the registration endpoint answered {answer.status}", reason=reason, lms=lms)
    try:
        return read_answer(answer.body)
    except RegistrationDocument as unfit:
        unfit.values["lms"] = lms
        raise


def _keep(db: Connection, invite: Invite, agreed: dict[str, Any], registered: Registered, *, now: datetime) -> Done:
    issuer, client_id = agreed["issuer"], registered.client_id
    urls = {name: agreed[name] for name in ("auth_login_url", "auth_token_url", "jwks_url", "audience")}
    found = db.execute(
        select(platforms).where(platforms.c.issuer == issuer, platforms.c.client_id == client_id)
    ).one_or_none()
    if invite.platform_id is not None:
        platform_id, policy, is_active = _update(db, invite, found, urls), None, True
    elif found is not None:
        platform_id, policy = _known(db, found, urls, lms=agreed["lms"]), found.deployment_policy
        is_active = policy == "auto"
    else:
        platform_id, policy, is_active = _insert(db, invite, agreed, client_id, urls, now=now), None, True
    if registered.deployment_id and (is_active or policy == "approve"):
        keep_deployment(db, platform_id, registered.deployment_id, is_active=is_active, now=now)
    row = _by_id(db, platform_id)
    return Done(
        platform_id=platform_id,
        lms=agreed["lms"],
        client_id=client_id,
        is_update=invite.platform_id is not None or found is not None,
        waits_for_approval=row.deployment_policy == "approve" and not (registered.deployment_id and is_active),
    )


def _update(db: Connection, invite: Invite, found: AnyRow | None, urls: dict[str, str]) -> UUID:
    """The invite's own platform, anew. It keeps its id, people, rooms, policies, and whether it is enabled."""
    if found is None or found.id != invite.platform_id:
        raise RegistrationOther("another client_id than that of the platform to be updated")
    changed: dict[str, Any] = {"name": invite.name, **urls}
    if invite.server_id is not None:
        changed["server_id"] = invite.server_id
    if invite.deployment_policy:
        changed["deployment_policy"] = invite.deployment_policy
    db.execute(platforms.update().where(platforms.c.id == found.id).values(**changed))
    return found.id  # type: ignore[no-any-return]


def _known(db: Connection, found: AnyRow, urls: dict[str, str], *, lms: str) -> UUID:
    """The administrator chose "update" in the LMS (Moodle offers it), and the invite does not say of what.

    Whoever holds a new invite must not take over somebody else's platform, so this changes nothing of it: it is
    accepted only where issuer, client_id and all URLs are those that are kept already, of a platform that came by an
    invite.
    """
    is_same = all(getattr(found, name) == url for name, url in urls.items())
    if not is_same or not invites.has_registered(db, found.id):
        raise RegistrationKnown("issuer and client_id belong to a platform that the invite does not name", lms=lms)
    return found.id  # type: ignore[no-any-return]


def _insert(
    db: Connection, invite: Invite, agreed: dict[str, Any], client_id: str, urls: dict[str, str], *, now: datetime
) -> UUID:
    default = "approve" if agreed["issuer"] == BLACKBOARD else "auto"
    platform_id: UUID | None = insert_if_new(
        db,
        platforms,
        {
            "id": uuid4(),
            "name": invite.name,
            "issuer": agreed["issuer"],
            "client_id": client_id,
            **urls,
            "deployment_policy": invite.deployment_policy or default,
            "server_id": invite.server_id,
            "enabled": True,
            "disabled_at": None,
            "policies": {},
            "family": agreed["family"],
            "created_at": now,
        },
        returning=platforms.c.id,
    )
    if platform_id is None:
        raise RegistrationKnown("another registration of the same client was first", lms=agreed["lms"])
    return platform_id


def _by_id(db: Connection, platform_id: UUID) -> AnyRow:
    row = db.execute(select(platforms).where(platforms.c.id == platform_id)).one_or_none()
    if row is None:
        raise InviteUnknown("its platform was removed")
    return row
