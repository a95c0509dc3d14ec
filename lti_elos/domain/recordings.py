"""Recordings: who may see one, and in which states."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import get_args
from uuid import UUID

from lti_elos.domain.policies import RecordingAudience, RecordingDownload


class Audience(StrEnum):
    """Who may watch a published recording. The wider ones hold the narrower."""

    TEACHERS = "teachers"
    """Who manages its room."""
    COURSE = "course"
    """… and everybody who may enter its room."""
    LINK = "link"
    """… and anybody who has a link to it."""


DEFAULTS: tuple[RecordingAudience, ...] = get_args(RecordingAudience)
"""What a platform or a room may choose for new ones: nothing becomes public by itself."""

PUBLISHED, UNPUBLISHED, PROCESSING, PROCESSED, DELETED = (
    "published",
    "unpublished",
    "processing",
    "processed",
    "deleted",
)
LISTED = (PUBLISHED, UNPUBLISHED, PROCESSING, PROCESSED)
"""The states that servers are asked for."""

CHANGEABLE = (PUBLISHED, UNPUBLISHED, PROCESSED)
"""The states in which one can be published, taken down and deleted: all of it is there."""

WATCHED = ("presentation", "video", "podcast", "notes", "screenshare")
"""Kinds of playback that people watch, in the order in which one is chosen for them."""
DOWNLOADED = "presentation_video"
"""The kind that is a file to take away: by policy only."""


LINK_PARAMETER = "recording"
"""Of a link that leads to one: its id, as our URLs have it."""


def linked_recording(custom: Mapping[str, str]) -> UUID | None:
    """The recording that a link names; None for what cannot be one. It opens nothing: the page authorises."""
    try:
        return UUID(custom.get(LINK_PARAMETER, ""))
    except ValueError:
        return None


def is_for_everybody(*, state: str, audience: str, is_trashed: bool) -> bool:
    """Whether those who do not manage its room may see it. The one sentence; lists say the same in SQL."""
    return state == PUBLISHED and audience != Audience.TEACHERS and not is_trashed


# --- ways to watch ---

MEDIA = "media"
"""A presentation of which the player shows the video alone: where there is no video to itself (elos-api 4.1)."""


def ways_to_watch(kinds: Collection[str]) -> tuple[str, ...]:
    """The kinds that people watch of those that there are, the one that is chosen for them first."""
    found = tuple(kind for kind in WATCHED if kind in kinds)
    if "presentation" in found and "video" not in found:
        return (found[0], MEDIA, *found[1:])
    return found


def may_download(policy: RecordingDownload, *, manages: bool) -> bool:
    """Whether somebody may take the video away, who may watch it."""
    return policy == "everyone" or (policy == "teachers" and manages)
