"""A platform as the launch path sees it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lti_elos.domain.policies import Policies


@dataclass(frozen=True, slots=True)
class Platform:
    """One registration. Read per request, never cached, so that disabling acts at once."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    audience: str
    deployment_policy: str
    server_id: UUID | None
    enabled: bool
    policies: Policies
    family: str
