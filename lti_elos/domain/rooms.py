"""Which room a launch means."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from lti_elos.domain.policies import ROOM_SCOPES, Policies, RoomScope


@dataclass(frozen=True, slots=True)
class RoomKey:
    """The identity of a room within its deployment."""

    scope: RoomScope
    context_id: str
    """"" for a launch without context."""
    scope_id: str
    """The resource link's id for scope "resource", else ""."""

    @property
    def digest(self) -> str:
        """64 hex: the unique key's column, of one length whatever the LMS sends."""
        text = json.dumps([self.scope, self.context_id, self.scope_id], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def room_key(*, context_id: str, resource_link_id: str, custom: Mapping[str, str], policies: Policies) -> RoomKey:
    """The room of a launch: the custom parameter ``room_scope``, else the platform's policy, chooses the scope.

    A launch without context falls back to its resource link. Values that this version does not know count as absent.
    """
    asked = custom.get("room_scope", "")
    scope: RoomScope = next((known for known in ROOM_SCOPES if known == asked), policies.room_scope)
    if scope == "course" and context_id:
        return RoomKey("course", context_id, "")
    return RoomKey("resource", context_id, resource_link_id)
