"""The person in front of a room's page: all that the product knows after a launch. No claim goes further than this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_elos.domain.policies import Policies
from lti_elos.domain.roles import Standing


@dataclass(frozen=True, slots=True)
class Viewer:
    """One grant: a person in one room, in one browser session."""

    grant_id: UUID
    launch_id: UUID
    session_id: UUID
    user_id: UUID
    platform_id: UUID
    deployment_id: UUID
    room_id: UUID
    standing: Standing
    name: str
    given_name: str
    locale: str
    """What the LMS said, e.g. "pt-BR"; "" when it said nothing."""
    time_zone: str
    lms_name: str
    lms_family: str
    return_url: str
    policies: Policies
    ends_at: datetime
    groups: tuple[str, ...] = ()
    """Of the last launch, as ``domain.rooms.launch_groups`` gives them."""
    typed_name: str | None = None
    """What the person said to be called, where the LMS gives no name. None: not asked, or no more; "": rather not."""
