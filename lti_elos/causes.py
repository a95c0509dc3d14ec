"""Why launches are refused: the checks in the order in which they are made, and each way in which one fails.

Finer than the codes that people are shown: one code may have several mends. Names are kept in the database, so they
never change meaning; the texts for people are in ``web/failure_texts.py``.
"""

from __future__ import annotations

from enum import StrEnum


class LaunchCheck(StrEnum):
    """What a login and its launch go through, in this order (DESIGN "Launch" 3 to 5)."""

    REQUEST = "request"
    STATE = "state"
    PLATFORM = "platform"
    TOKEN = "token"  # noqa: S105 - a name
    HEADER = "header"
    ISSUER = "issuer"
    KEY = "key"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    TIMES = "times"
    NONCE = "nonce"
    MESSAGE = "message"
    CLAIMS = "claims"
    DEPLOYMENT = "deployment"
    ONCE = "once"
    BROWSER = "browser"
    ROOM = "room"

    @property
    def number(self) -> int:
        """From 1 on."""
        return _NUMBERS[self]

    @property
    def is_of_verified(self) -> bool:
        """Whether the signature was good when this check was made: what the token says is the platform's own word."""
        return self.number > LaunchCheck.SIGNATURE.number


_NUMBERS = {check: number for number, check in enumerate(LaunchCheck, start=1)}

AT_LOGIN = (LaunchCheck.REQUEST, LaunchCheck.PLATFORM)
"""All that a login is asked: nothing in it is signed."""


class Cause(StrEnum):
    """One way to fail, and the check that finds it."""

    check: LaunchCheck

    def __new__(cls, name: str, check: LaunchCheck) -> Cause:
        member = str.__new__(cls, name)
        member._value_ = name
        member.check = check
        return member

    PARAMETER_MISSING = "parameter-missing", LaunchCheck.REQUEST
    PARAMETER_WRONG = "parameter-wrong", LaunchCheck.REQUEST
    CLIENT_NOT_SENT = "client-not-sent", LaunchCheck.REQUEST
    TARGET_ELSEWHERE_AT_LOGIN = "target-elsewhere-at-login", LaunchCheck.REQUEST
    TARGET_SCHEME_AT_LOGIN = "target-scheme-at-login", LaunchCheck.REQUEST
    PLATFORM_SAID_NO = "platform-said-no", LaunchCheck.REQUEST
    NOT_SIGNED_IN = "not-signed-in", LaunchCheck.REQUEST

    STATE_NOT_OURS = "state-not-ours", LaunchCheck.STATE
    STATE_OLD = "state-old", LaunchCheck.STATE

    ISSUER_UNKNOWN = "issuer-unknown", LaunchCheck.PLATFORM
    CLIENT_UNKNOWN = "client-unknown", LaunchCheck.PLATFORM
    PLATFORM_REMOVED = "platform-removed", LaunchCheck.PLATFORM
    PLATFORM_DISABLED = "platform-disabled", LaunchCheck.PLATFORM

    TOKEN_TOO_LARGE = "token-too-large", LaunchCheck.TOKEN
    TOKEN_MALFORMED = "token-malformed", LaunchCheck.TOKEN

    ALGORITHM = "algorithm", LaunchCheck.HEADER
    NO_KID = "no-kid", LaunchCheck.HEADER
    EXTENSIONS = "extensions", LaunchCheck.HEADER

    ISSUER_OTHER = "issuer-other", LaunchCheck.ISSUER

    KEY_UNKNOWN = "key-unknown", LaunchCheck.KEY
    KEY_UNFIT = "key-unfit", LaunchCheck.KEY
    KEYS_UNREACHABLE = "keys-unreachable", LaunchCheck.KEY

    SIGNATURE_WRONG = "signature-wrong", LaunchCheck.SIGNATURE

    AUDIENCE_OTHER = "audience-other", LaunchCheck.AUDIENCE
    AUDIENCE_SEVERAL = "audience-several", LaunchCheck.AUDIENCE

    CLOCK_AHEAD = "clock-ahead", LaunchCheck.TIMES
    CLOCK_BEHIND = "clock-behind", LaunchCheck.TIMES
    TOKEN_EXPIRED = "token-expired", LaunchCheck.TIMES
    TIMES_MISSING = "times-missing", LaunchCheck.TIMES

    NONCE_OTHER = "nonce-other", LaunchCheck.NONCE

    MESSAGE_MISSING = "message-missing", LaunchCheck.MESSAGE
    VERSION_OTHER = "version-other", LaunchCheck.MESSAGE
    MESSAGE_UNKNOWN = "message-unknown", LaunchCheck.MESSAGE

    CLAIM_WRONG = "claim-wrong", LaunchCheck.CLAIMS
    PERSON_MISSING = "person-missing", LaunchCheck.CLAIMS
    ROLES_MISSING = "roles-missing", LaunchCheck.CLAIMS
    TARGET_ELSEWHERE = "target-elsewhere", LaunchCheck.CLAIMS
    TARGET_SCHEME = "target-scheme", LaunchCheck.CLAIMS

    DEPLOYMENT_OTHER = "deployment-other", LaunchCheck.DEPLOYMENT
    DEPLOYMENT_PENDING = "deployment-pending", LaunchCheck.DEPLOYMENT
    DEPLOYMENT_UNLISTED = "deployment-unlisted", LaunchCheck.DEPLOYMENT

    USED_ALREADY = "used-already", LaunchCheck.ONCE

    COOKIE_BLOCKED = "cookie-blocked", LaunchCheck.BROWSER
    COOKIE_MISSING = "cookie-missing", LaunchCheck.BROWSER
    STORAGE_SILENT = "storage-silent", LaunchCheck.BROWSER
    STORAGE_OTHER = "storage-other", LaunchCheck.BROWSER

    CONTENT_ROLE = "content-role", LaunchCheck.ROOM
    NO_GROUP = "no-group", LaunchCheck.ROOM
    NO_TEACHER = "no-teacher", LaunchCheck.ROOM

    @property
    def is_of_one_person(self) -> bool:
        """Whether others get in meanwhile: that somebody did does not say that it stopped."""
        return self in _OF_ONE_PERSON


_OF_ONE_PERSON = {
    Cause.NOT_SIGNED_IN,
    Cause.STATE_NOT_OURS,
    Cause.STATE_OLD,
    Cause.TOKEN_EXPIRED,
    Cause.NONCE_OTHER,
    Cause.PERSON_MISSING,
    Cause.USED_ALREADY,
    Cause.COOKIE_BLOCKED,
    Cause.COOKIE_MISSING,
    Cause.STORAGE_SILENT,
    Cause.STORAGE_OTHER,
    Cause.CONTENT_ROLE,
    Cause.NO_GROUP,
    Cause.NO_TEACHER,
}
