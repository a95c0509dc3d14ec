"""The error tree: one base, a child per decision that a caller takes.

    LtiElosError
    ├── LaunchRefused        LTI-…   the launch, its platform and its services
    ├── NotRegistered        LTI-…   dynamic registration
    ├── WebRefused           WEB-…   our own doors
    ├── ElosError            ELOS-…  the meeting server
    ├── MailUnsent                   the operator's mail server (never a page: jobs try again)
    └── Misconfigured                the operator's commands and settings (never a page)

Errors carry values, not sentences: the texts for people are found by code in ``web/error_texts.py``, in three
languages. ``operator`` tells the operator what it means (docs/errors.md is generated from this tree); ``detail`` is
for the log and the failed-launch list and never holds secrets, tokens, names or e-mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from lti_elos.causes import Cause


class LtiElosError(Exception):
    """Base of everything we raise on purpose. ``code`` never changes meaning; ``status`` is the HTTP status."""

    code: ClassVar[str] = "WEB-FAULT"
    status: int = 500
    operator: ClassVar[str] = "Unhandled: see the log line with this occurrence"

    def __init__(self, detail: str = "", *, expected: str = "", received: str = "", **values: str) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.expected = expected
        self.received = received
        self.values = values
        """Named slots for the page's sentences (``reason``, ``type``, ``n``, ``found``): shown escaped, cut at 200."""


# --- LTI: the launch -------------------------------------------------------------------------------------------------


class LaunchRefused(LtiElosError):
    """A login or launch that is not let in. It leaves no row but one in failed_launches, and its count.

    ``cause`` is finer than the code: it says which check failed, and what mends it.
    """

    cause: Cause = Cause.PARAMETER_WRONG
    off_by_s: int | None = None
    """By how much the platform's clock seems to be ahead of ours; negative: behind."""
    platform_id: UUID | None = None
    """Whose login it was, as our own sealed state says; of a login, whose it claims to be."""
    return_url: str = ""
    """Back to the course; set only from a verified token."""
    locale: str = ""
    """What the platform says the person reads; set only from a verified token."""
    login_parameters: tuple[tuple[str, str], ...] = ()
    """LTI-UNPROVEN: the platform's own login, to be sent again in a window of its own."""

    def __init__(
        self, detail: str = "", *, cause: Cause | None = None, expected: str = "", received: str = "", **values: str
    ) -> None:
        super().__init__(detail, expected=expected, received=received, **values)
        if cause is not None:
            self.cause = cause


class Incomplete(LaunchRefused):
    """A parameter or claim is missing or malformed."""

    code, status = "LTI-INCOMPLETE", 400
    operator = "Missing or malformed parameter or claim"


class PlatformSaidNo(LaunchRefused):
    """The platform answered the authentication request with an OIDC error. 401 for login_required."""

    code, status = "LTI-PLATFORM-ERROR", 400
    cause = Cause.PLATFORM_SAID_NO
    operator = "OIDC error from the platform"


class PlatformUnknown(LaunchRefused):
    """No platform is registered under this issuer and client_id."""

    code, status = "LTI-PLATFORM-UNKNOWN", 404
    cause = Cause.ISSUER_UNKNOWN
    operator = "Unknown issuer or client_id: register it with `platform add`"


class PlatformDisabled(LaunchRefused):
    """The platform was disabled by an operator."""

    code, status = "LTI-PLATFORM-DISABLED", 403
    cause = Cause.PLATFORM_DISABLED
    operator = "Platform disabled: `platform enable`"


class DeploymentPending(LaunchRefused):
    """The deployment is not listed, or waits for approval."""

    code, status = "LTI-DEPLOYMENT-PENDING", 403
    cause = Cause.DEPLOYMENT_PENDING
    operator = "Deployment unlisted or pending: `platform approve`"


class StateOld(LaunchRefused):
    """More than 10 minutes passed between login and launch."""

    code, status = "LTI-STATE-OLD", 401
    cause = Cause.STATE_OLD
    operator = "Login older than 10 minutes"


class Replayed(LaunchRefused):
    """The state was spent already: a reload, or a replay."""

    code, status = "LTI-REPLAYED", 401
    cause = Cause.USED_ALREADY
    operator = "State or nonce spent: reload, or replay"


class Unproven(LaunchRefused):
    """All checks passed but the browser is not shown to be the one that started the login."""

    code, status = "LTI-UNPROVEN", 401
    cause = Cause.COOKIE_MISSING
    operator = "No cookie and no platform storage in the frame; a first-party window was offered"


class KeyUnknown(LaunchRefused):
    """The token's kid is not among the platform's keys, or that key may not sign."""

    code, status = "LTI-KEY-UNKNOWN", 401
    cause = Cause.KEY_UNKNOWN
    operator = "kid not in the platform's JWKS (refetched), or the key is not fit for RS256"


class KeysUnreachable(LaunchRefused):
    """The platform's JWKS could not be fetched and no cached key serves."""

    code, status = "LTI-KEYS-UNREACHABLE", 503
    cause = Cause.KEYS_UNREACHABLE
    operator = "JWKS of the platform unreachable"


class BadSignature(LaunchRefused):
    """The token is not a JWT, uses another algorithm, or its signature does not match."""

    code, status = "LTI-SIGNATURE", 401
    cause = Cause.SIGNATURE_WRONG
    operator = "Not a JWT, bad signature, or algorithm other than RS256"


class TokenTime(LaunchRefused):
    """exp, iat or nbf is missing, malformed or out of range."""

    code, status = "LTI-TOKEN-TIME", 401
    cause = Cause.TIMES_MISSING
    operator = "exp, iat or nbf missing or out of range; compare the platform's clock with ours"


class Mismatch(LaunchRefused):
    """iss, aud, azp, nonce, state or deployment is not the one of the login."""

    code, status = "LTI-MISMATCH", 401
    cause = Cause.STATE_NOT_OURS
    operator = "iss, aud, azp, nonce or deployment differs from the login, or the state is not ours"


class MessageType(LaunchRefused):
    """A message type or LTI version that this version does not handle."""

    code, status = "LTI-MESSAGE-TYPE", 400
    cause = Cause.MESSAGE_UNKNOWN
    operator = "Unsupported message_type or version"


class NoGroup(LaunchRefused):
    """A group link, and the launch names no group of the person."""

    code, status = "LTI-NO-GROUP", 403
    cause = Cause.NO_GROUP
    operator = "Scope group, no group ids in the launch: the person is in none, or `group_ids` is not set in the LMS"


class NoTeacher(LaunchRefused):
    """A link to the teachers' own rooms, before any teacher came."""

    code, status = "LTI-NO-TEACHER", 409
    cause = Cause.NO_TEACHER
    operator = "Scope user, and nobody who moderates has opened the link in this course yet"


class ContentRole(LaunchRefused):
    """Content is to be chosen by somebody who does not manage the course's rooms."""

    code, status = "LTI-CONTENT-ROLE", 403
    cause = Cause.CONTENT_ROLE
    operator = "Deep linking by a role that does not manage: who manages is policy"


# --- LTI: dynamic registration ---------------------------------------------------------------------------------------


class NotRegistered(LtiElosError):
    """A registration that does not come about. It stores nothing, and spends no invite."""


class InviteUnknown(NotRegistered):
    """No invite has this secret: mistyped, or forgotten since."""

    code, status = "LTI-INVITE", 404
    operator = "Invite unknown, or its platform or server was removed: `platform invite` makes another"


class InviteUsed(NotRegistered):
    """The invite has registered a platform already."""

    code, status = "LTI-INVITE-USED", 404
    operator = "Invite used: `platform list` shows the platform; `platform invite --update ID` registers it anew"


class InviteExpired(NotRegistered):
    """The invite's time is over."""

    code, status = "LTI-INVITE-EXPIRED", 404
    operator = "Invite expired: `platform invite` makes another, `--expires` says for how long"


class RegistrationRunning(NotRegistered):
    """Another click or tab is at it with the same invite."""

    code, status = "LTI-REGISTRATION-RUNNING", 409
    operator = "Two registrations at once with one invite; the first one goes on"


class PlatformAddress(NotRegistered):
    """An address of the platform that we do not go to, or that is not the issuer's."""

    code, status = "LTI-PLATFORM-ADDRESS", 400
    operator = "Issuer and endpoints of different hosts, a private address, or no https"


class RegistrationUnreachable(NotRegistered):
    """The platform's configuration or registration endpoint did not answer in time, or not as it should."""

    code, status = "LTI-REGISTRATION-UNREACHABLE", 503
    operator = "Configuration document or registration endpoint out of reach, too slow or too large, or a redirect"


class RegistrationDocument(NotRegistered):
    """The platform's configuration lacks what we need, or its answer does."""

    code, status = "LTI-REGISTRATION-DOCUMENT", 502
    operator = "The platform's configuration, or its answer to the registration, lacks what LTI 1.3 needs"


class RegistrationRefused(NotRegistered):
    """The platform's registration endpoint said no."""

    code, status = "LTI-REGISTRATION-REFUSED", 502
    operator = "The registration endpoint refused; the page quotes it"


class RegistrationKnown(NotRegistered):
    """The platform answered with an issuer and client_id that another platform here has."""

    code, status = "LTI-REGISTRATION-KNOWN", 409
    operator = "Issuer and client_id registered already: `platform invite --update ID`"


class RegistrationOther(NotRegistered):
    """An invite to update one platform, and the LMS registered another client, or is another LMS."""

    code, status = "LTI-REGISTRATION-OTHER", 409
    operator = "The invite updates one platform; the LMS answered for another issuer or client_id"


# --- WEB: our own doors ----------------------------------------------------------------------------------------------


class WebRefused(LtiElosError):
    """A request that our own pages refuse."""


class SessionEnded(WebRefused):
    """No grant for this room in this browser: expired (8 h, 2 h unused), revoked, or never there."""

    code, status = "WEB-SESSION-ENDED", 401
    operator = "Session expired or revoked"


class NotAllowed(WebRefused):
    """The person is known, but lacks the ability."""

    code, status = "WEB-NOT-ALLOWED", 403
    operator = "Ability denied to this role"


class NotFound(WebRefused):
    """No such page or object, or it belongs to somebody else."""

    code, status = "WEB-NOT-FOUND", 404
    operator = "Unknown id, or owned by another room or tenant"


class OtherPerson(WebRefused):
    """A handover arrived in a browser that holds another person's grant on the same platform."""

    code, status = "WEB-OTHER-PERSON", 403
    operator = "Handover used in a browser that holds another person's grant"
    form: Sequence[tuple[str, str]] = ()
    """The fields that were posted: to be sent again with ``replace`` by the button "continue as …"."""


class FormStale(WebRefused):
    """A POST that our own pages did not send, or a handover that is not good any more."""

    code, status = "WEB-FORM-STALE", 403
    operator = "Sec-Fetch-Site or Origin not ours, or a handover expired or used elsewhere"


class Answered(WebRefused):
    """The platform has got an answer to this request for content already: a second click, or a reload."""

    code, status = "WEB-ANSWERED", 409
    operator = "Deep linking: the request was answered; the platform takes one answer"


class BadRequest(WebRefused):
    """405, 413, 415: method, size or type not accepted."""

    code, status = "WEB-REQUEST", 405
    operator = "Method, size or type not accepted"


class TooMany(WebRefused):
    """Too many failures a minute from one platform and address."""

    code, status = "WEB-TOO-MANY", 429
    operator = "Rate limit of failures"


class NotReady(LtiElosError):
    """The database is out of reach, or its schema is outdated."""

    code, status = "WEB-NOT-READY", 503
    operator = "Schema outdated or database not ready: `db upgrade`; /readyz says which"


class Fault(LtiElosError):
    """Our own fault: anything not raised on purpose."""

    code, status = "WEB-FAULT", 500


# --- ELOS: the meeting server ----------------------------------------------------------------------------------------


class ElosError(LtiElosError):
    """A call to Elos did not give what was asked. ``call`` and ``server`` name it."""

    def __init__(self, detail: str = "", *, call: str = "", server: str = "", key: str = "", **values: str) -> None:
        super().__init__(detail, **values)
        self.call = call
        self.server = server
        self.key = key
        """Elos's messageKey, when it answered FAILED."""


class ElosUnreachable(ElosError):
    """Timeout, refused connection, TLS failure, 5xx without XML, or the breaker is open. Retryable."""

    code, status = "ELOS-UNREACHABLE", 503
    operator = "Timeout or refusal at the server, or its circuit is open"


class ElosSecret(ElosError):
    """checksumError: the shared secret or the digest is wrong."""

    code, status = "ELOS-SECRET", 503
    operator = "checksumError: wrong secret or digest for the server"


class ElosReply(ElosError):
    """An answer that is not XML, too large, or FAILED with a key that we do not know."""

    code, status = "ELOS-REPLY", 503
    operator = "Not XML, too large, or an unknown reply"


class ElosNoServer(ElosError):
    """The platform has no Elos server and there is no default one."""

    code, status = "ELOS-NO-SERVER", 503
    operator = "No server for the platform: `server add --default`"


class ElosSessionsLimit(ElosError):
    """The secret's or institution's limit of simultaneous meetings is reached."""

    code, status = "ELOS-SESSIONS-LIMIT", 503
    operator = "simultaneousMeetingsLimitReached: the limit of the plan"


class ElosRoomFull(ElosError):
    """maxParticipantsReached, or simultaneousParticipantsLimitReached…."""

    code, status = "ELOS-ROOM-FULL", 503
    operator = "maxParticipantsReached, or simultaneousParticipantsLimitReached: the limit of the plan"


class ElosEnded(ElosError):
    """meetingForciblyEnded: the meeting has just been ended."""

    code, status = "ELOS-ENDED", 409
    operator = "meetingForciblyEnded"


class ElosNewSession(ElosError):
    """mismatchCreateTime: the way in belongs to a run of the room that is over; another one has begun."""

    code, status = "ELOS-NEW-SESSION", 409
    operator = "mismatchCreateTime: the join's createTime is of an earlier session of the room"


class ElosDenied(ElosError):
    """guestDeniedAccess."""

    code, status = "ELOS-DENIED", 403
    operator = "guestDeniedAccess"


class ElosNotOpen(ElosError):
    """The meeting does not exist or nobody is in it, and this person may not open it."""

    code, status = "ELOS-NOT-OPEN", 409
    operator = "Attendee at join, meeting not running (pages show the waiting page instead)"


class ElosIdTaken(ElosError):
    """idNotUnique: a meeting runs under this meetingID with other passwords."""

    code, status = "ELOS-REPLY", 503
    operator = "idNotUnique: another integration runs a meeting under this meetingID"


class RecordingGone(ElosError):
    """The recording is not available: taken down, expired, or still being processed."""

    code, status = "ELOS-RECORDING-GONE", 404
    operator = "Recording not playable now: its state, or no playback"


class ElosChangeRefused(ElosError):
    """Elos refused to change a recording. ``reason`` is the messageKey, where it is fit to be shown."""

    code, status = "ELOS-CHANGE-REFUSED", 502
    operator = "A change of a recording was refused: see messageKey in the log"


# --- operators -------------------------------------------------------------------------------------------------------


class MailUnsent(LtiElosError):
    """A mail could not be handed over now. Holds neither address nor text."""

    operator = "See the log line `mail not sent`"


class MailRefused(LtiElosError):
    """The mail server says that there is no such address: not to be tried again."""

    operator = "The person is told on the page"


class Misconfigured(LtiElosError):
    """A setting or command argument is wrong. Its text says what and how to mend; commands print it, exit 1."""

    code, status = "WEB-FAULT", 500
    operator = "See the line on stderr"
