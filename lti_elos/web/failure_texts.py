"""What an operator is told of a refused launch: the cause in words, what mends it, and what to ask the LMS's team for.

One table for all causes (``lti_elos/causes.py``). English is the source; slots are filled late, by
:func:`~lti_elos.web.error_texts.fill`: what fills them comes from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext

from lti_elos.causes import Cause, LaunchCheck
from lti_elos.domain.sentences import marked as _l
from lti_elos.web.error_texts import fill


@dataclass(frozen=True, slots=True)
class FailureText:
    """``title`` is a heading, ``mends`` are steps, ``asks`` what the LMS's team is to do: "" where it can do nothing.

    Slots: lms, off (how far a clock is off), client_id, deployment_id, expected, received, base_url.
    """

    title: str
    mends: tuple[str, ...]
    asks: str = ""


_DOCTOR = _l("Then check the connection: the key set must answer with the key that signs.")
_NOTHING_TO_MEND = _l("Nothing needs mending: the person opens the link in the course again.")
_OPEN_AGAIN = _l("Opening the link in the course again is enough. If many are affected, see the other causes.")
_OLD_SESSION = _l("Nothing needs mending when it is one person: they sign in to {lms} again and open the link.")
_REGISTER_AGAIN = _l("If the LMS was reinstalled or the tool was added anew, register the platform again.")
_FORGED = _l("If nobody there knows of it, somebody may have tried a forged launch: it was not let in.")
_TARGET = _l("In {lms}, correct the tool's address and its links: they must begin with {base_url}.")
_ASK_TARGET = _l("Please correct the address of the tool and of its links: they must begin with {base_url}.")
_ASK_REQUIRED = _l(
    "The launch lacks something that LTI 1.3 requires. Please check the tool's settings, or report it to the product's "
    "support."
)
_SHARE = _l("In {lms}, check the tool's settings: what it may share, and that it is an LTI 1.3 tool.")

_TEXTS: dict[Cause, FailureText] = {
    Cause.PARAMETER_MISSING: FailureText(
        _l("The request came without something that LTI requires"),
        (
            _l("Check in {lms} that the tool is an LTI 1.3 tool and that its two addresses are not swapped."),
            _l("A person who opens such an address by hand sees this too: then nothing needs mending."),
        ),
        _l(
            "Please check the tool's addresses: the login address is {base_url}/lti/login and the redirect address is "
            "{base_url}/lti/launch."
        ),
    ),
    Cause.PARAMETER_WRONG: FailureText(
        _l("The request holds something that cannot be read"),
        (_l("Look at what was received; if it happens with every launch, the LMS or a proxy on the way changes it."),),
        _ASK_REQUIRED,
    ),
    Cause.CLIENT_NOT_SENT: FailureText(
        _l("{lms} does not say which of its registrations it means"),
        (
            _l("Several registrations share this issuer, and the login came without client_id."),
            _l("Ask the LMS's team to send client_id, or remove the registrations that are not in use."),
        ),
        _l("Please let the login request carry client_id: several registrations share your issuer."),
    ),
    Cause.TARGET_ELSEWHERE_AT_LOGIN: FailureText(
        _l("The link leads to another site than this one"), (_TARGET,), _ASK_TARGET
    ),
    Cause.TARGET_SCHEME_AT_LOGIN: FailureText(
        _l("The link has http where it needs https, or the other way round"), (_TARGET,), _ASK_TARGET
    ),
    Cause.PLATFORM_SAID_NO: FailureText(
        _l("{lms} did not authorise the access"),
        (
            _l("{lms} answered: {received}."),
            _l("Check there that {base_url}/lti/launch is a redirect address of the tool and the tool is active."),
        ),
        _l(
            "Your authorisation endpoint refused the request ({received}). Please check that {base_url}/lti/launch is "
            "listed as a redirect address, and that the tool is active where it was opened."
        ),
    ),
    Cause.NOT_SIGNED_IN: FailureText(_l("The person's session in {lms} had ended"), (_OLD_SESSION,)),
    Cause.STATE_NOT_OURS: FailureText(
        _l("The launch answers a login that was not ours"),
        (
            _l("If everybody is affected, all copies of this site need the same SECRET_KEY."),
            _OPEN_AGAIN,
        ),
    ),
    Cause.STATE_OLD: FailureText(
        _l("More than 10 minutes passed between the click and the entry"), (_NOTHING_TO_MEND,)
    ),
    Cause.ISSUER_UNKNOWN: FailureText(
        _l("An LMS that is not registered here"),
        (
            _l("Register it, if it is one of yours: invite the LMS, or use its issuer exactly as received."),
            _l("A slash at the end or http instead of https makes it another issuer."),
        ),
    ),
    Cause.CLIENT_UNKNOWN: FailureText(
        _l("The LMS is known, but not with this client_id"),
        (
            _l("Compare the client_id: registered is {expected}; received was {received}."),
            _REGISTER_AGAIN,
        ),
        _l("The tool was opened with another client_id than the registered one ({expected}). Please check it."),
    ),
    Cause.PLATFORM_REMOVED: FailureText(
        _l("The platform was removed here while somebody was entering"),
        (_l("Register it again if it was removed by mistake."),),
    ),
    Cause.PLATFORM_DISABLED: FailureText(
        _l("The platform is disabled here"),
        (_l("Enable it, if people should get in: on the platform's page, or with lti-elos platform enable."),),
    ),
    Cause.TOKEN_TOO_LARGE: FailureText(
        _l("The token is too large"),
        (_l("In {lms}, take custom parameters off the tool that it does not need."),),
        _l("The launch's token is larger than 256 kB. Please remove custom parameters that are not needed."),
    ),
    Cause.TOKEN_MALFORMED: FailureText(
        _l("What came is no signed token"),
        (
            _l("A proxy or a browser extension may have changed the form."),
            _FORGED,
        ),
        _l("The launch's id_token is no signed JWT. Does a proxy on your side change forms?"),
    ),
    Cause.ALGORITHM: FailureText(
        _l("The token is signed in a way that LTI does not allow"),
        (_l("In {lms}, let launches be signed with RS256: received was {received}."), _FORGED),
        _l("Launches must be signed with RS256; yours came with {received}. Please change the signing algorithm."),
    ),
    Cause.NO_KID: FailureText(
        _l("The token does not say which key signed it"),
        (_l("{lms} must name its key (kid) in the token's header."), _FORGED),
        _l("The token's header has no kid. Please let it name the key of your key set that signs."),
    ),
    Cause.EXTENSIONS: FailureText(
        _l("The token's header asks for something that is not in LTI"),
        (_l("Report it to the product's support: the header may not have crit or b64."), _FORGED),
        _l("The token's header has the member crit or b64, which LTI launches may not have."),
    ),
    Cause.ISSUER_OTHER: FailureText(
        _l("The token comes from another LMS than the login"),
        (
            _l("Registered is {expected}; the token says {received}. Correct whichever is wrong: they must be equal."),
            _l("A site that changed its address, or from http to https, is registered again."),
        ),
        _l("The token's issuer is {received}; registered is {expected}. Please check your site's address."),
    ),
    Cause.KEY_UNKNOWN: FailureText(
        _l("The key that signed is not in {lms}'s key set"),
        (
            _l(
                "Key received: {received}. Compare the key set's address registered here with the one that {lms} shows."
            ),
            _DOCTOR,
        ),
        _l("Launches are signed with the key {received}, which your public key set does not list. Please publish it."),
    ),
    Cause.KEY_UNFIT: FailureText(
        _l("The key that signed is not fit to sign"),
        (_l("{lms} must sign with an RSA key of 2048 bits or more, for RS256."), _DOCTOR),
        _l("Please sign launches with an RSA key of at least 2048 bits for RS256, and publish it in your key set."),
    ),
    Cause.KEYS_UNREACHABLE: FailureText(
        _l("{lms}'s public keys could not be fetched"),
        (
            _l("Check the way from here to the key set's address: firewall, certificate, or the LMS is down."),
            _DOCTOR,
        ),
        _l("We cannot fetch your public key set. Its address must answer from outside, without a login page."),
    ),
    Cause.SIGNATURE_WRONG: FailureText(
        _l("The signature does not match the key"),
        (
            _l("The LMS may have a new key under the old key's name: the key set is fetched again within an hour."),
            _FORGED,
        ),
        _l(
            "Your launches' signature does not match the key of that kid in your key set. Please publish the right one."
        ),
    ),
    Cause.AUDIENCE_OTHER: FailureText(
        _l("The token was issued for another client"),
        (
            _l("Compare the client_id: registered is {expected}; the token says {received}."),
            _REGISTER_AGAIN,
        ),
        _l("The token is issued for {received}; registered is {expected}. Please check the tool's client_id."),
    ),
    Cause.AUDIENCE_SEVERAL: FailureText(
        _l("The token was issued for several clients at once"),
        (_l("{lms} must issue it for {expected} alone."),),
        _l("The token's aud must be {expected} alone; received was {received}."),
    ),
    Cause.CLOCK_AHEAD: FailureText(
        _l("The clock of {lms} is {off} ahead"),
        (
            _l("Ask the team of {lms} to set the server's clock (NTP)."),
            _l("Then check the connection: the difference must be under 60 s."),
        ),
        _l("Your server's clock is {off} ahead: the launch was issued in the future. Please set it by NTP."),
    ),
    Cause.CLOCK_BEHIND: FailureText(
        _l("The clock of {lms} is {off} behind"),
        (
            _l("Ask the team of {lms} to set the server's clock (NTP)."),
            _l("Then check the connection: the difference must be under 60 s."),
        ),
        _l("Your server's clock is {off} behind: the launch had expired when it was made. Please set it by NTP."),
    ),
    Cause.TOKEN_EXPIRED: FailureText(
        _l("The launch arrived after its time was over"),
        (
            _NOTHING_TO_MEND,
            _l("If it happens to many people, check the connection: a clock may differ by a little."),
        ),
    ),
    Cause.TIMES_MISSING: FailureText(
        _l("The token does not say from when to when it is good"),
        (_SHARE,),
        _l("The token must have exp and iat as numbers. Please report it to the product's support."),
    ),
    Cause.NONCE_OTHER: FailureText(_l("The token answers another login"), (_OPEN_AGAIN, _FORGED)),
    Cause.MESSAGE_MISSING: FailureText(
        _l("The token does not say which kind of message it is"), (_SHARE,), _ASK_REQUIRED
    ),
    Cause.VERSION_OTHER: FailureText(
        _l("The launch is of another LTI version"),
        (_l("In {lms}, set the tool up as LTI 1.3: received was {received}."),),
        _l("Launches must say version 1.3.0; yours say {received}. Please set the tool up as LTI 1.3."),
    ),
    Cause.MESSAGE_UNKNOWN: FailureText(
        _l("A kind of message that this tool does not handle"),
        (_l("In {lms}, add the tool as an activity or link; received was {received}."),),
        _l("The tool was opened with the message {received}. Please offer it where links to activities are made."),
    ),
    Cause.CLAIM_WRONG: FailureText(
        _l("The token lacks something that LTI requires"),
        (_l("See which claim it is, in the list of checks; then the tool's settings in {lms}."),),
        _ASK_REQUIRED,
    ),
    Cause.PERSON_MISSING: FailureText(
        _l("{lms} did not say who the person is"),
        (
            _l("Rooms need to know people apart: anonymous launches are not let in."),
            _l("In {lms}, the person must be signed in, not a guest; and the tool must receive the user's id."),
        ),
        _l("The launch came without the user's id (sub). Please let the tool receive it; guests cannot enter."),
    ),
    Cause.ROLES_MISSING: FailureText(_l("{lms} did not say the person's roles"), (_SHARE,), _ASK_REQUIRED),
    Cause.TARGET_ELSEWHERE: FailureText(_l("The link leads to another site than this one"), (_TARGET,), _ASK_TARGET),
    Cause.TARGET_SCHEME: FailureText(
        _l("The link has http where it needs https, or the other way round"), (_TARGET,), _ASK_TARGET
    ),
    Cause.DEPLOYMENT_OTHER: FailureText(
        _l("The login and the launch name different deployments"),
        (_l("The login said {expected}, the token {received}: report it to the product's support."), _FORGED),
        _l("The login request names the deployment {expected}, the token {received}: they must be the same."),
    ),
    Cause.DEPLOYMENT_PENDING: FailureText(
        _l("The deployment waits for approval"),
        (_l("Approve {received}, if it is one of yours: on the platform's page, or with lti-elos platform approve."),),
    ),
    Cause.DEPLOYMENT_UNLISTED: FailureText(
        _l("The deployment is not in the list"),
        (
            _l("Approve {received}, if it is one of yours: on the platform's page, or with lti-elos platform approve."),
            _l("Or let new deployments in by themselves, where one institution has the whole LMS."),
        ),
    ),
    Cause.USED_ALREADY: FailureText(_l("A reloaded page, or the way back"), (_NOTHING_TO_MEND,)),
    Cause.COOKIE_BLOCKED: FailureText(
        _l("The browser keeps no cookie inside the course page"),
        (
            _l("The person was offered a new window, where it works: nothing is lost."),
            _l("If it affects many, let {lms} open the tool in a new window."),
        ),
        _l("Some browsers keep no cookies in frames. Please let the tool open in a new window."),
    ),
    Cause.COOKIE_MISSING: FailureText(
        _l("The browser that came back is not the one that left"),
        (
            _l("Cookies of this site may be blocked in that browser, or the link was opened in another one."),
            _FORGED,
        ),
    ),
    Cause.STORAGE_SILENT: FailureText(
        _l("{lms}'s storage did not give back what proves the browser"),
        (
            _l("The person was offered a new window, where it works: nothing is lost."),
            _l("If it affects many, let {lms} open the tool in a new window."),
        ),
        _l("Your platform storage does not answer in time. Please let the tool open in a new window."),
    ),
    Cause.STORAGE_OTHER: FailureText(_l("{lms}'s storage gave back another login's proof"), (_OPEN_AGAIN, _FORGED)),
    Cause.CONTENT_ROLE: FailureText(
        _l("Somebody who does not manage the course's rooms was to choose content"),
        (
            _l("Nothing, if it was a student: {lms} should not have offered it."),
            _l("A teacher? Then look at the role that {lms} sent, and at the platform's policies."),
        ),
        _l("Please offer the choice of content to teachers only, and send their role in the course along."),
    ),
    Cause.NO_GROUP: FailureText(
        _l("A room per group, and the person is in no group"),
        (
            _l("A teacher puts the person into a group of the course."),
            _l("If everybody is affected, {lms} does not send the groups: see group_ids in the manual."),
        ),
        _l("Please let the tool receive the person's groups: the custom parameter group_ids is in the manual."),
    ),
    Cause.NO_TEACHER: FailureText(
        _l("A room per teacher, and no teacher has come yet"),
        (_l("It ends by itself when a teacher opens the link for the first time."),),
    ),
}

_CHECKS: dict[LaunchCheck, str] = {
    LaunchCheck.REQUEST: _l("Request complete"),
    LaunchCheck.STATE: _l("Request begun by us"),
    LaunchCheck.PLATFORM: _l("Platform and client_id known"),
    LaunchCheck.TOKEN: _l("Shape of the token"),
    LaunchCheck.HEADER: _l("Algorithm RS256 and the key's name"),
    LaunchCheck.ISSUER: _l("Issuer (iss)"),
    LaunchCheck.KEY: _l("Key found in the JWKS"),
    LaunchCheck.SIGNATURE: _l("Signature"),
    LaunchCheck.AUDIENCE: _l("Audience (aud)"),
    LaunchCheck.TIMES: _l("Validity in time"),
    LaunchCheck.NONCE: _l("Nonce of the login"),
    LaunchCheck.MESSAGE: _l("LTI version and kind of message"),
    LaunchCheck.CLAIMS: _l("Person, roles and link"),
    LaunchCheck.DEPLOYMENT: _l("Deployment"),
    LaunchCheck.ONCE: _l("Used for the first time"),
    LaunchCheck.BROWSER: _l("Same browser as at the login"),
    LaunchCheck.ROOM: _l("Room for the person"),
}

_BY_NAME = {cause.value: text for cause, text in _TEXTS.items()}
_UNKNOWN = FailureText(_l("A launch was refused"), (_l("See the code in the manual."),))


def failure_text(cause: str, values: Mapping[str, str]) -> FailureText:
    """The text of a cause, filled, in the page's language. Steps of which a slot stays empty are left out."""
    text = _BY_NAME.get(cause, _UNKNOWN)
    mends = tuple(filled for mend in text.mends if (filled := fill(gettext(mend), values)))
    return FailureText(fill(gettext(text.title), values), mends, fill(gettext(text.asks), values) if text.asks else "")


def failure_title(cause: str, values: Mapping[str, str]) -> str:
    """Its heading alone, for lists."""
    return fill(gettext(_BY_NAME.get(cause, _UNKNOWN).title), values)


def check_word(check: LaunchCheck) -> str:
    """What a check looks at."""
    return str(gettext(_CHECKS[check]))
