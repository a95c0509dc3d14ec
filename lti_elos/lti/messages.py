"""The messages that this version handles."""

from __future__ import annotations

from typing import Any

from lti_elos.lti.claims import RESOURCE_LINK, LaunchClaims, message_type, parsed
from lti_elos.lti.deep_linking import DEEP_LINKING, DeepLinkingClaims

MESSAGES = (RESOURCE_LINK, DEEP_LINKING)


def parse_message(claims: dict[str, Any]) -> LaunchClaims | DeepLinkingClaims:
    """The claims of a verified token.

    Raises MessageType for another version or message type, Incomplete for a claim missing or malformed.
    """
    if message_type(claims, MESSAGES) == DEEP_LINKING:
        return parsed(DeepLinkingClaims, claims)
    return parsed(LaunchClaims, claims)
