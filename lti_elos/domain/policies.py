"""A platform's policies: what its operator may decide differently from the defaults (``platform set ID key=value``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from lti_elos.domain import metadata
from lti_elos.domain.names import tidy

RoomScope = Literal["course", "resource", "group", "user"]
ROOM_SCOPES: tuple[RoomScope, ...] = get_args(RoomScope)

Embedding = Literal["off", "allowed", "preferred"]
TypedNames = Literal["keep", "session", "off"]
RecordingAudience = Literal["course", "teachers"]
RecordingDownload = Literal["off", "teachers", "everyone"]
AttendanceDays = Literal["30", "90", "180", "365", "730", "1825"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "room_scope": ROOM_SCOPES,
    "embedding": get_args(Embedding),
    "typed_names": get_args(TypedNames),
    "attendance_days": get_args(AttendanceDays),
    "recording_audience": get_args(RecordingAudience),
    "recording_download": get_args(RecordingDownload),
}

NOTICE_LIMIT = 500

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.*:\[\]-]+")
"""Goes into a Content-Security-Policy as it is: nothing that could end the directive."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Defaults as DESIGN "Roles" and "Identity" say."""

    room_scope: RoomScope = "course"
    """One room per course, per resource link, per group of the course, or per teacher."""
    assistants_moderate: bool = True
    """Teaching assistants, in any shape an LMS writes them."""
    content_developers_moderate: bool = False
    managers_moderate: bool = False
    admins_manage: bool = True
    """Institution and system administrators without a role in the course see the manager's pages."""
    admins_moderate: bool = False
    """… and join as moderators."""
    frame_ancestors: str = ""
    """Space-separated origins that may frame our pages; empty: any https site."""
    embedding: Embedding = "allowed"
    """The meeting inside our page: never, on request, or wherever the browser allows camera and microphone there."""
    typed_names: TypedNames = "keep"
    """Where the LMS withholds a name, the person is asked once: kept with the person, or for the session; or not."""
    recording_notice: str = ""
    """The institution's own words beside "this class may be recorded"."""

    attendance_days: AttendanceDays = "365"
    """How long it is kept who was in a session, and what they did there."""
    recording_audience: RecordingAudience = "course"
    """Who sees a new recording before its teachers say: the course, or teachers alone."""
    recording_download: RecordingDownload = "off"
    """Who may take a recording's video away as a file."""
    recording_links: bool = True
    """Teachers may make links by which anybody watches a recording."""
    extra_metadata: str = ""
    """Lines ``name=value`` that go with each meeting to Elos (domain/metadata.py)."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Policies:
        """The policies of a platform's row. Keys that this version does not know are left alone."""
        return cls(**{key: value for key, value in stored.items() if key in _KEYS})


_KEYS = frozenset(field.name for field in fields(Policies))
"""Made once: policies are read at every login, launch and page."""


def parse_policy(key: str, text: str) -> str | bool:
    """The value of ``key=value`` on the command line. Raises ValueError with what is allowed."""
    defaults = Policies()
    if key not in _KEYS:
        raise ValueError(f"no policy {key!r}; there are {', '.join(field.name for field in fields(Policies))}")
    if isinstance(getattr(defaults, key), bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{key} is true or false")
        return text.lower() == "true"
    if key in _CHOICES and text not in _CHOICES[key]:
        raise ValueError(f"{key} is one of {', '.join(_CHOICES[key])}")
    return _parse_text(key, text)


def _parse_text(key: str, text: str) -> str:
    if key == "recording_notice":
        if tidy(text, NOTICE_LIMIT) != text.strip():
            raise ValueError(f"recording_notice is one line of at most {NOTICE_LIMIT} characters")
        return text.strip()
    if key == "extra_metadata":
        read = metadata.read_lines(text)
        if read.problems:
            raise ValueError("extra_metadata: " + "; ".join(metadata.sentence(one) for one in read.problems))
        return read.text
    if key == "frame_ancestors":
        for origin in text.split():
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("frame_ancestors is a list of origins such as https://lms.example.org")
    return text
