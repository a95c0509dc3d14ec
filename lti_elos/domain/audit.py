"""What the audit log tells of."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Named after what was done with the recording."""

    PLAYED = "played"
    DOWNLOADED = "downloaded"
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    RENAMED = "renamed"
    PROTECTED = "protected"
    UNPROTECTED = "unprotected"
    AUDIENCE = "audience"
    LINK_MADE = "link_made"
    LINK_REVOKED = "link_revoked"
    SHARED = "shared"
    UNSHARED = "unshared"
    TRASHED = "trashed"
    RESTORED = "restored"
    DELETED = "deleted"
    """By the job that empties the bin."""
