"""Platforms: found for a login, kept by operators."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, select

from lti_elos.causes import Cause
from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, deployments, grants, platforms, servers, users
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain import metadata
from lti_elos.domain.names import has_controls
from lti_elos.domain.platform import Platform
from lti_elos.domain.policies import Policies, parse_policy
from lti_elos.errors import Incomplete, Misconfigured, PlatformDisabled, PlatformUnknown
from lti_elos.services.deps import Deps

DEPLOYMENT_POLICIES = ("auto", "listed", "approve")
BLACKBOARD = "https://blackboard.com"
"""One client there serves the world, so a new deployment may be anybody: it waits for approval."""


_OF_ISSUER = Prepared(select(platforms).where(platforms.c.issuer == bindparam("issuer")).limit(2))
_OF_CLIENT = Prepared(
    select(platforms).where(platforms.c.issuer == bindparam("issuer"), platforms.c.client_id == bindparam("client_id"))
)
_BY_ID = Prepared(select(platforms).where(platforms.c.id == bindparam("id")))


def _platform(row: AnyRow) -> Platform:
    return Platform(
        id=row.id,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        auth_token_url=row.auth_token_url,
        jwks_url=row.jwks_url,
        audience=row.audience,
        deployment_policy=row.deployment_policy,
        server_id=row.server_id,
        enabled=row.enabled,
        policies=Policies.from_json(row.policies),
        family=row.family,
    )


def for_login(db: Connection, issuer: str, client_id: str) -> Platform:
    """The registration that a login names; without client_id the issuer's only one.

    Raises PlatformUnknown, PlatformDisabled, or Incomplete when several share the issuer and none was named.
    """
    rows = _OF_CLIENT.all(db, issuer=issuer, client_id=client_id) if client_id else _OF_ISSUER.all(db, issuer=issuer)
    if not rows:
        raise _unknown(db, issuer, client_id)
    if len(rows) > 1:
        what = "client_id is missing, and several registrations share the issuer"
        raise Incomplete(what, cause=Cause.CLIENT_NOT_SENT)
    return _usable(_platform(rows[0]))


def _unknown(db: Connection, issuer: str, client_id: str) -> PlatformUnknown:
    """A wrong client id has another mend than an LMS that nobody registered."""
    known = [row.client_id for row in _OF_ISSUER.all(db, issuer=issuer)] if client_id else []
    return PlatformUnknown(
        "no such issuer and client_id",
        cause=Cause.CLIENT_UNKNOWN if known else Cause.ISSUER_UNKNOWN,
        expected=", ".join(known[:3])[:300],
        received=f"{issuer[:200]} {client_id[:80]}",
    )


def by_id(db: Connection, platform_id: UUID) -> Platform:
    """Raises PlatformUnknown (removed since the login) or PlatformDisabled."""
    row = _BY_ID.first(db, id=platform_id)
    if row is None:
        raise PlatformUnknown("the platform was removed after the login", cause=Cause.PLATFORM_REMOVED)
    return _usable(_platform(row))


def _usable(platform: Platform) -> Platform:
    if not platform.enabled:
        refusal = PlatformDisabled("the platform is disabled")
        refusal.platform_id = platform.id
        refusal.values["lms"] = platform.name
        raise refusal
    return platform


# --- operators -------------------------------------------------------------------------------------------------------


def add(
    deps: Deps,
    *,
    name: str,
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    audience: str = "",
    deployment_ids: list[str] | None = None,
    deployment_policy: str = "",
    server: str = "",
) -> UUID:
    """Register a platform by hand. Raises Misconfigured, saying which value and why.

    :param deployment_policy: one of DEPLOYMENT_POLICIES; "" or "auto" with ``deployment_ids`` means the listed ones
    """
    issuer = issuer.strip()
    if issuer.endswith("/") and urlsplit(issuer).path == "/":
        issuer = issuer.rstrip("/")  # pasted from an address bar; at run time issuers are compared exactly
    require_text("--name", name, 200)
    require_text("--client-id", client_id, 255)
    if audience:
        require_text("--audience", audience, 2000)
    require_text("--issuer", issuer, 1000)
    for option, url in (
        ("--issuer", issuer),
        ("--auth-login-url", auth_login_url),
        ("--auth-token-url", auth_token_url),
        ("--jwks-url", jwks_url),
    ):
        _require_url(option, url, allow_http=deps.settings.allow_private_networks)
    policy = deployment_policy or ("approve" if issuer == BLACKBOARD and not deployment_ids else "auto")
    if policy == "auto" and deployment_ids:
        policy = "listed"
    if policy not in DEPLOYMENT_POLICIES:
        raise Misconfigured(f"--deployments is one of {', '.join(DEPLOYMENT_POLICIES)}")
    now = deps.clock()
    with deps.database.transaction() as db:
        platform_id: UUID | None = insert_if_new(
            db,
            platforms,
            {
                "id": uuid4(),
                "name": name,
                "issuer": issuer,
                "client_id": client_id,
                "auth_login_url": auth_login_url,
                "auth_token_url": auth_token_url,
                "jwks_url": jwks_url,
                "audience": audience,
                "deployment_policy": policy,
                "server_id": server_id_of(db, server) if server else None,
                "enabled": True,
                "disabled_at": None,
                "policies": {},
                "family": "",
                "created_at": now,
            },
            returning=platforms.c.id,
        )
        if platform_id is None:
            raise Misconfigured("a platform with this issuer and client_id is registered already: see `platform list`")
        for deployment_id in deployment_ids or []:
            keep_deployment(db, platform_id, deployment_id, is_active=True, now=now)
    return platform_id


def _require_url(option: str, url: str, *, allow_http: bool) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it checks it
    except ValueError:
        raise Misconfigured(f"{option} must be an https URL (got {url[:100]!r})") from None
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise Misconfigured(f"{option} must be an https URL (got {url[:100]!r})")
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise Misconfigured(f"{option} must be an https URL with a host, without credentials or fragment")
    if " " in url:
        raise Misconfigured(f"{option} must be an https URL without spaces (got {url[:100]!r})")
    require_text(option, url, 2000)


def require_text(option: str, text: str, limit: int) -> None:
    """Raises Misconfigured, naming the option."""
    if not 1 <= len(text) <= limit or has_controls(text):
        raise Misconfigured(f"{option} has 1 to {limit} characters, none of them control characters")


def server_id_of(db: Connection, name: str) -> UUID:
    """Raises Misconfigured when no server has this name."""
    found: UUID | None = db.scalar(select(servers.c.id).where(servers.c.name == name))
    if found is None:
        raise Misconfigured(f"no server is named {name!r}: see `server list`")
    return found


def keep_deployment(db: Connection, platform_id: UUID, deployment_id: str, *, is_active: bool, now: datetime) -> None:
    """Add a deployment unless it is there."""
    require_text("a deployment id", deployment_id, 255)
    insert_if_new(
        db,
        deployments,
        {
            "id": uuid4(),
            "platform_id": platform_id,
            "deployment_id": deployment_id,
            "is_active": is_active,
            "created_at": now,
        },
        returning=deployments.c.id,
    )


def listing(deps: Deps) -> list[dict[str, Any]]:
    """All platforms: [{id, name, issuer, client_id, enabled, deployments: [{deployment_id, is_active}]}]."""
    with deps.database.reading() as db:
        found = [_platform(row) for row in db.execute(select(platforms).order_by(platforms.c.name, platforms.c.id))]
        active: dict[UUID, list[dict[str, Any]]] = {}
        for row in db.execute(select(deployments).order_by(deployments.c.created_at, deployments.c.deployment_id)):
            entry = {"deployment_id": row.deployment_id, "is_active": row.is_active}
            active.setdefault(row.platform_id, []).append(entry)
    return [
        {
            "id": str(platform.id),
            "name": platform.name,
            "issuer": platform.issuer,
            "client_id": platform.client_id,
            "enabled": platform.enabled,
            "deployments": active.get(platform.id, []),
        }
        for platform in found
    ]


def details(deps: Deps, platform_id: str) -> dict[str, Any]:
    """Everything about one platform, for `platform show`. Raises Misconfigured when there is none."""
    with deps.database.reading() as db:
        row = row_of(db, platform_id)
        server = db.scalar(select(servers.c.name).where(servers.c.id == row.server_id)) if row.server_id else None
    shown = next(entry for entry in listing(deps) if entry["id"] == str(row.id))
    policies = Policies.from_json(row.policies)
    return shown | {
        "auth_login_url": row.auth_login_url,
        "auth_token_url": row.auth_token_url,
        "jwks_url": row.jwks_url,
        "audience": row.audience,
        "deployment_policy": row.deployment_policy,
        "server": server or "(the default one)",
        "family": row.family,
        "policies": {key: getattr(policies, key) for key in Policies.__dataclass_fields__},
    }


def name_of(deps: Deps, platform_id: UUID) -> str:
    """ "" for one that is not there."""
    with deps.database.reading() as db:
        return db.scalar(select(platforms.c.name).where(platforms.c.id == platform_id)) or ""


def set_policies(deps: Deps, platform_id: str, pairs: list[str]) -> None:
    """``key=value…``: policies, and ``name``, ``server``, ``deployments``. Raises Misconfigured.

    ``meta_<name>=value`` sets one line of the policy ``extra_metadata``, or takes it away.

    Names that people gave are forgotten at once where they shall no longer be kept.
    """
    with deps.database.transaction() as db:
        row = row_of(db, platform_id)
        stored: dict[str, Any] = dict(row.policies)
        columns: dict[str, Any] = {}
        for pair in pairs:
            key, separator, value = pair.partition("=")
            if not separator:
                raise Misconfigured(f"{pair!r} is not key=value")
            if key == "name":
                require_text("name", value, 200)
                columns["name"] = value
            elif key == "server":
                columns["server_id"] = server_id_of(db, value) if value else None
            elif key == "deployments":
                if value not in DEPLOYMENT_POLICIES:
                    raise Misconfigured(f"deployments is one of {', '.join(DEPLOYMENT_POLICIES)}")
                columns["deployment_policy"] = value
            else:
                if key.startswith("meta_"):
                    before = Policies.from_json(stored).extra_metadata
                    key, value = "extra_metadata", metadata.with_one(before, key.removeprefix("meta_"), value)
                try:
                    stored[key] = parse_policy(key, value)
                except ValueError as wrong:
                    raise Misconfigured(str(wrong)) from None
        db.execute(platforms.update().where(platforms.c.id == row.id).values(policies=stored, **columns))
        if stored.get("typed_names", "keep") != "keep":
            kept = (users.c.platform_id == row.id, users.c.typed_name.is_not(None))
            db.execute(users.update().where(*kept).values(typed_name=None))


def approve(deps: Deps, platform_id: str, deployment_id: str) -> None:
    """Let a deployment in: one that waits, or one that is named before its first launch. Acts at once."""
    with deps.database.transaction() as db:
        row = row_of(db, platform_id)
        keep_deployment(db, row.id, deployment_id, is_active=True, now=deps.clock())
        named = (deployments.c.platform_id == row.id, deployments.c.deployment_id == deployment_id)
        db.execute(deployments.update().where(*named).values(is_active=True))


def set_enabled(deps: Deps, platform_id: str, *, enabled: bool) -> None:
    """Acts at once in running servers: platforms and grants are read on every request. Disabling ends all grants."""
    now = deps.clock()
    with deps.database.transaction() as db:
        row = row_of(db, platform_id)
        values = {"enabled": enabled, "disabled_at": None if enabled else now}
        db.execute(platforms.update().where(platforms.c.id == row.id).values(**values))
        if not enabled:
            people = select(users.c.id).where(users.c.platform_id == row.id)
            live = grants.update().where(grants.c.user_id.in_(people), grants.c.ended_at.is_(None))
            db.execute(live.values(ended_at=now))


def remove(deps: Deps, platform_id: str) -> None:
    """The platform with its deployments, people, courses and rooms. Recordings stay in Elos."""
    with deps.database.transaction() as db:
        db.execute(platforms.delete().where(platforms.c.id == row_of(db, platform_id).id))


def row_of(db: Connection, platform_id: str) -> AnyRow:
    """The platform that an operator names. Raises Misconfigured when there is none."""
    try:
        wanted = UUID(platform_id)
    except ValueError:
        raise Misconfigured(f"{platform_id!r} is not a platform's id: see `platform list`") from None
    row = db.execute(select(platforms).where(platforms.c.id == wanted)).one_or_none()
    if row is None:
        raise Misconfigured(f"no platform has the id {platform_id}: see `platform list`")
    return row
