"""What we ask of ``create`` and ``join`` (elos-api 3.1.1 and 3.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lti_elos.elos.fitting import fit, one_line, shorten

_META_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")
_USERDATA_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_PROSE = ("name", "title", "label", "description")
_NEVER_PROSE = "bbb-origin"
"""Metadata for people may be cut, and its names end so. A cut id, address or version is worth nothing."""
_LONGEST_NAME = 256
ANALYTICS_URL = "meta_analytics-callback-url"


def meeting_locale(lms_locale: str | None) -> Literal["pt-br", "en-us"] | None:
    """The meeting's language for the LMS's: pt* and en* have one, others are left to the browser."""
    language = (lms_locale or "").strip().lower()[:2]
    return "pt-br" if language == "pt" else "en-us" if language == "en" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOptions:
    """A meeting to be created.

    ``pairs()`` raises ValueError for what is our own mistake: a metadata name that the server would drop in silence
    (an underscore), or an ``extra`` that says again what a field says.
    """

    meeting_id: str
    name: str
    fallback_name: str = ""
    """Taken when ``name`` has fewer than the two characters that Elos asks for."""
    attendee_password: str = field(repr=False)
    moderator_password: str = field(repr=False)
    record: bool = True
    auto_start_recording: bool = False
    logout_url: str
    welcome: str = ""
    """Above the chat; Elos allows some HTML, so it is not cut: keep it short."""
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Without ``meta_``. Empty values are left out."""
    extra_metadata: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further metadata, the least important last: what makes the query too long is left out from the end."""
    may_be_framed: bool = False
    """People may meet inside our page, where browsers block the meeting's own cookie (3.1.1)."""
    analytics_url: str = field(default="", repr=False)
    """Where a report goes when the meeting is over. Elos keeps it from everybody: its path may hold a secret."""
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Further parameters by their names at Elos, as text (``muteOnStart``: ``true``)."""

    def pairs(self) -> list[tuple[str, str]]:
        """The query in order. Descriptions and titles are cut, longest first, to what every front end takes."""
        _check_names("metadata", self.metadata, _META_NAME)
        _check_names("extra metadata", self.extra_metadata, _META_NAME)
        if twice := sorted(self.metadata.keys() & self.extra_metadata.keys()):
            raise ValueError(f"extra metadata says what is said already: {', '.join(twice)}")
        query = {
            "name": self._valid_name(),
            "meetingID": self.meeting_id,
            "attendeePW": self.attendee_password,
            "moderatorPW": self.moderator_password,
            "record": _flag(self.record),
            "autoStartRecording": _flag(self.auto_start_recording),
            "logoutURL": self.logout_url,
        }
        if self.welcome:
            query["welcome"] = self.welcome
        if self.may_be_framed:
            query["allowRequestsWithoutSession"] = _flag(True)
        if self.analytics_url:
            query["meetingKeepEvents"] = _flag(True)  # what the report is made of
        if twice := sorted({*query, "checksum"} & self.extra.keys()):
            raise ValueError(f"extra says what is said already: {', '.join(twice)}")
        query |= self.extra
        metadata = {f"meta_{name}": text for name, value in self.metadata.items() if (text := one_line(value))}
        if self.analytics_url:
            metadata[ANALYTICS_URL] = self.analytics_url
        further = {f"meta_{name}": text for name, value in self.extra_metadata.items() if (text := one_line(value))}
        metadata |= further
        prose = [name for name in metadata if name.endswith(_PROSE) and not name.startswith(f"meta_{_NEVER_PROSE}")]
        return list(fit(query | metadata, cut_first=prose, cut_last=["name"], drop=list(further)[::-1]).items())

    def extra_metadata_sent(self) -> dict[str, str]:
        """Of ``extra_metadata``, what ``pairs()`` has room for."""
        if not self.extra_metadata:
            return {}
        sent = dict(self.pairs())
        return {name: sent[f"meta_{name}"] for name in self.extra_metadata if f"meta_{name}" in sent}

    def _valid_name(self) -> str:
        """2 to 256 characters: a marked one when even the fallback is too short."""
        names = (shorten(one_line(name), _LONGEST_NAME) for name in (self.name, self.fallback_name))
        return next((name for name in names if len(name) >= 2), f"{one_line(self.name)} –".strip().ljust(2, "–"))


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOptions:
    """A person to be let in. The password and the role say the same: Elos wants the first, BigBlueButton the second."""

    meeting_id: str
    full_name: str = field(repr=False)
    password: str = field(repr=False)
    role: Literal["MODERATOR", "VIEWER"]
    user_id: str
    create_time_ms: int | None = None
    """Ties the link to this run of the room; a later run refuses it."""
    locale: Literal["pt-br", "en-us"] | None = None
    avatar_url: str = field(default="", repr=False)
    """https, and public: everybody's browser in the meeting loads it."""
    userdata: Mapping[str, str] = field(default_factory=dict)
    """Without ``userdata-``. Words are joined by underscores here: Elos drops names with dashes (3.2.3)."""

    def pairs(self) -> list[tuple[str, str]]:
        """The query in order. Raises ValueError for a userdata name that would be dropped."""
        _check_names("userdata", self.userdata, _USERDATA_NAME)
        query = {
            "fullName": shorten(one_line(self.full_name), _LONGEST_NAME) or "–",
            "meetingID": self.meeting_id,
            "password": self.password,
            "role": self.role,
            "userID": self.user_id,
        }
        if self.create_time_ms:
            query["createTime"] = str(self.create_time_ms)
        if self.locale:
            query["userdata-bbb_override_default_locale"] = self.locale
        if self.avatar_url:
            query["avatarURL"] = self.avatar_url
        query |= {f"userdata-{name}": value for name, value in self.userdata.items()}
        return list(fit(query, cut_first=[], cut_last=["fullName"]).items())


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _check_names(what: str, given: Mapping[str, str], allowed: re.Pattern[str]) -> None:
    for name in given:
        if not allowed.fullmatch(name):
            raise ValueError(f"{what} {name!r}: the server drops names that are not {allowed.pattern}")
