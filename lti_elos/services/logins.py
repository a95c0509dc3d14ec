"""The login: choose the platform, seal the state, send the browser on. Writes nothing (DESIGN "Launch" 1)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from lti_elos.causes import Cause
from lti_elos.domain.browsers import Checked, Client, Way
from lti_elos.domain.platform import Platform
from lti_elos.errors import Incomplete, Mismatch, StateOld
from lti_elos.lti.login import CHECKED as CHECKED  # for the pages that send a login again
from lti_elos.lti.login import LoginRequest, authentication_url, is_ours, parse_login, target_refused
from lti_elos.lti.products import product_name
from lti_elos.lti.storage import Storage as Storage  # pages tell scripts of it
from lti_elos.lti.storage import storage_of
from lti_elos.services import platforms
from lti_elos.services.deps import Deps
from lti_elos.vault import SealBroken, SealExpired

STATE_TTL = timedelta(minutes=10)
_STATE_LIMIT = 2000
"""Characters: the state travels in URLs and forms; the login's own parameters are left out of a longer one."""


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """Where to send the browser, and the secret that binds the launch to it."""

    url: str
    cookie_name: str
    secret: str
    """The cookie's value."""
    storage: Storage | None = None
    """Where the secret is to be put before the browser goes on; None: the cookie is enough."""
    parameters: tuple[tuple[str, str], ...] = ()
    """The platform's own login, to be sent again should its storage fail."""


@dataclass(frozen=True, slots=True)
class HeldLogin:
    """A good login that goes on in another way first."""

    way: Way
    """CHECK or WINDOW."""
    parameters: tuple[tuple[str, str], ...]
    """The platform's own login, to be sent again."""
    lms: str
    """"Moodle", "Canvas"…, as far as known."""


@dataclass(frozen=True, slots=True)
class State:
    """What our sealed state says."""

    id: str
    nonce: str
    platform_id: UUID
    target_link_uri: str
    deployment_hint: str
    binding_hash: str
    storage_target: str
    """The frame of the platform that holds the secret too; "" for none."""
    login_parameters: tuple[tuple[str, str], ...]
    """The platform's own login, unchanged; empty when it was too long to travel."""
    begun_at: datetime | None = None
    """None: while it is being made; and from a version that did not tell."""

    @property
    def cookie_name(self) -> str:
        return f"__Host-lti-{self.id[:8]}"

    def is_bound_to(self, secret: str | None) -> bool:
        """Whether ``secret`` (of the cookie, or of the platform's storage) shows that this browser began the login."""
        return bool(secret) and hmac.compare_digest(_hash(secret or ""), self.binding_hash)


def start_login(
    deps: Deps, parameters: Mapping[str, str], client: Client, *, has_session: bool, has_probe: bool
) -> StartedLogin | HeldLogin:
    """Begin a login in the way that works in this browser (``domain/browsers.py``).

    :param has_session: our session cookie came along.
    :param has_probe: the cookie of the small page came along.
    :raise LaunchRefused: Incomplete, PlatformUnknown, PlatformDisabled.
    """
    request = parse_login(parameters)
    with deps.database.reading() as db:
        platform = platforms.for_login(db, request.iss, request.client_id)
    if not is_ours(request.target_link_uri, deps.settings.base_url):
        refusal = target_refused(request.target_link_uri, deps.settings.base_url, at_login=True)
        refusal.platform_id = platform.id
        raise refusal
    way = client.way(
        has_session=has_session,
        has_probe=has_probe,
        checked=Checked.of(request.checked),
        has_storage=bool(request.storage_target),
    )
    if way in (Way.CHECK, Way.WINDOW):
        return HeldLogin(way, request.parameters, product_name(platform.family, platform.name))
    return _started(deps, request, platform, stores=way is Way.STORE)


def _started(deps: Deps, request: LoginRequest, platform: Platform, *, stores: bool) -> StartedLogin:
    secret = secrets.token_urlsafe(32)
    state = State(
        id=secrets.token_hex(16),
        nonce=secrets.token_urlsafe(24),
        platform_id=platform.id,
        target_link_uri=request.target_link_uri,
        deployment_hint=request.deployment_hint,
        binding_hash=_hash(secret),
        storage_target=request.storage_target if stores else "",
        login_parameters=request.parameters,
    )
    url = authentication_url(
        platform.auth_login_url,
        request,
        client_id=platform.client_id,
        redirect_uri=launch_url(deps),
        state=_sealed(deps, state),
        nonce=state.nonce,
    )
    storage = storage_of(platform.auth_login_url, target=state.storage_target, state_id=state.id) if stores else None
    return StartedLogin(url, state.cookie_name, secret, storage, request.parameters if stores else ())


def launch_url(deps: Deps) -> str:
    """The one redirect URI that platforms know: they compare it byte for byte."""
    return f"{deps.settings.base_url}/lti/launch"


def read_state(deps: Deps, sealed: str) -> State:
    """Raises Incomplete (absent), StateOld, or Mismatch (not ours). Reading spends nothing."""
    if not sealed:
        raise Incomplete("parameter state is missing", cause=Cause.PARAMETER_MISSING)
    try:
        return _state(deps.vault.redeem("state", sealed, now=deps.clock()))
    except SealExpired:
        raise StateOld("the login is older than 10 minutes") from None
    except (SealBroken, KeyError, ValueError, TypeError):
        raise Mismatch("state is not ours") from None


def _sealed(deps: Deps, state: State) -> str:
    now = deps.clock()
    content: dict[str, Any] = {
        "i": state.id,
        "n": state.nonce,
        "p": state.platform_id.hex,
        "t": state.target_link_uri,
        "d": state.deployment_hint,
        "b": state.binding_hash,
        "s": state.storage_target,
        "a": int(now.timestamp()),
    }
    whole = deps.vault.issue("state", content | {"f": dict(state.login_parameters)}, ttl=STATE_TTL, now=now)
    return whole if len(whole) < _STATE_LIMIT else deps.vault.issue("state", content, ttl=STATE_TTL, now=now)


def _state(content: Any) -> State:
    return State(
        id=content["i"],
        nonce=content["n"],
        platform_id=UUID(hex=content["p"]),
        target_link_uri=content["t"],
        deployment_hint=content["d"],
        binding_hash=content["b"],
        storage_target=content.get("s", ""),
        login_parameters=tuple(content.get("f", {}).items()),
        begun_at=datetime.fromtimestamp(content["a"], UTC) if "a" in content else None,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
