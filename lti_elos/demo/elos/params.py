"""A call's parameters: decoded, cleaned, and checked one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from lti_elos.demo.elos.checksum import cut_checksum
from lti_elos.demo.elos.replies import RefusedError

# Control characters, and the code points XML cannot carry. bbb-web drops them before it validates.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_META_NAME = re.compile(r"meta_([a-zA-Z][a-zA-Z0-9-]*)")
_USERDATA_NAME = re.compile(r"userdata-([a-zA-Z_][a-zA-Z0-9_]*)")
_INTEGER = re.compile(r"[0-9]{1,7}")  # minutes and people: more would be beyond the calendar
_EPOCH_MS = re.compile(r"[0-9]{1,15}")
_MEETING_ID = re.compile(r"[a-zA-Z0-9_-]+")

BOOLEANS = (
    "record",
    "autoStartRecording",
    "allowStartStopRecording",
    "isBreakout",
    "freeJoin",
    "breakoutRoomsEnabled",
    "webcamsOnlyForModerator",
    "muteOnStart",
    "allowModsToUnmuteUsers",
    "allowModsToEjectCameras",
    "lockSettingsDisableCam",
    "lockSettingsDisableMic",
    "lockSettingsDisablePrivateChat",
    "lockSettingsDisablePublicChat",
    "lockSettingsDisableNote",
    "lockSettingsDisableNotes",
    "lockSettingsLockedLayout",
    "lockSettingsHideUserList",
    "lockSettingsHideViewersCursor",
    "lockSettingsLockOnJoin",
    "lockSettingsLockOnJoinConfigurable",
    "meetingKeepEvents",
    "endWhenNoModerator",
    "learningDashboardEnabled",
    "allowRequestsWithoutSession",
    "virtualBackgroundsDisabled",
    "notifyRecordingIsOn",
    "guest",
    "redirect",
)
INTEGERS = (
    "maxParticipants",
    "duration",
    "voiceBridge",
    "userCameraCap",
    "meetingCameraCap",
    "learningDashboardCleanupDelayInMinutes",
    "endWhenNoModeratorDelayInMinutes",
    "meetingExpireIfNoUserJoinedInMinutes",
    "meetingExpireWhenLastUserLeftInMinutes",
)


class Params:
    """Parameters by name. The first of two equal names counts; an empty value is one that was not sent."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._all = dict(given)

    @classmethod
    def of(cls, query: bytes) -> Params:
        """Reads a raw query string, leaving its checksum out."""
        text = cut_checksum(query)[0].decode("ascii", errors="replace")
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
        return cls({name: _clean(value) for name, value in reversed(pairs)})

    def all(self) -> dict[str, str]:
        return dict(sorted(self._all.items()))

    def get(self, name: str) -> str:
        return self._all.get(name, "")

    def require(self, name: str, *, otherwise: str) -> str:
        """The value, or a refusal with the key ``otherwise``."""
        if not self.get(name):
            raise RefusedError(otherwise)
        return self.get(name)

    def has_true(self, name: str, *, default: bool = False) -> bool:
        return self.get(name) == "true" if self.get(name) else default

    def number(self, name: str) -> int:
        """The integer, 0 when it was not sent."""
        return int(self.get(name) or 0)

    def ids(self, name: str) -> list[str]:
        """A comma-separated list."""
        return [one.strip() for one in self.get(name).split(",") if one.strip()]

    def metadata(self, *, with_empty: bool = False) -> dict[str, str]:
        """``meta_*`` with lower-cased names. One with an underscore is silently dropped, as by bbb-web."""
        found = ((_META_NAME.fullmatch(name), value) for name, value in self._all.items())
        return {match[1].lower(): value for match, value in found if match and (value or with_empty)}

    def userdata(self) -> dict[str, str]:
        """``userdata-*``: here the underscore splits words and a dash loses the name."""
        found = ((_USERDATA_NAME.fullmatch(name), value) for name, value in self._all.items())
        return {match[1]: value for match, value in found if match}


def meeting_id_of(params: Params) -> str:
    """The meetingID, well formed: Elos takes letters, digits, ``-``, ``_``; BigBlueButton sets the length."""
    meeting_id = params.require("meetingID", otherwise="missingParamMeetingID")
    check_length("Meeting ID", meeting_id, at_most=256)
    if "," in meeting_id:
        raise RefusedError("validationError", "Meeting ID cannot contain ','")
    if not _MEETING_ID.fullmatch(meeting_id):
        raise RefusedError("invalidFormat")
    return meeting_id


def check_length(what: str, value: str, *, at_most: int) -> None:
    if not 2 <= len(value) <= at_most:
        raise RefusedError("validationError", f"{what} must be between 2 and {at_most} characters")


def check_types(params: Params) -> None:
    """Booleans and integers. ``True`` is refused too: it is a Python client's slip, and worth finding."""
    for name in BOOLEANS:
        if params.get(name) not in ("", "true", "false"):
            raise RefusedError("validationError", f"{_spoken(name)} must be a boolean value (true or false)")
    for name in INTEGERS:
        if params.get(name) and not _INTEGER.fullmatch(params.get(name)):
            raise RefusedError("validationError", f"{_spoken(name)} must be an integer")
    if params.get("createTime") and not _EPOCH_MS.fullmatch(params.get("createTime")):
        raise RefusedError("validationError", "Create time must be an integer")


def _spoken(name: str) -> str:
    """``muteOnStart`` as bbb-web writes it in sentences: Mute on start."""
    return re.sub("([A-Z])", lambda found: f" {found[0].lower()}", name).capitalize()


def _clean(value: str) -> str:
    return _CONTROLS.sub("", value).strip()
