"""OIDC third-party initiated login: what the platform sends, and where we send the browser (LTI 1.3 core, 5.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_elos.causes import Cause
from lti_elos.domain.names import has_controls
from lti_elos.errors import Incomplete
from lti_elos.lti.storage import storage_target

CHECKED = "checked"
"""The field that our own small page adds when it sends a login again."""
_OURS = {CHECKED, "lang"}
_LONGEST = 8000


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """A login initiation. Nothing in it is signed: it only chooses a registration and is echoed back."""

    iss: str
    login_hint: str
    target_link_uri: str
    lti_message_hint: str | None
    client_id: str
    """"" when the platform did not send it."""
    deployment_hint: str
    """lti_deployment_id, or Canvas's deployment_id; "" when absent."""
    storage_target: str
    """The frame that offers platform storage; "" for none."""
    checked: str
    """Ours: what the small page found out."""
    parameters: tuple[tuple[str, str], ...]
    """All that the platform sent, unchanged: for the form that sends the same login again."""


def parse_login(parameters: Mapping[str, str]) -> LoginRequest:
    """Raises Incomplete for a required parameter that is missing or malformed."""
    for name in ("iss", "login_hint", "target_link_uri"):
        if not parameters.get(name):
            raise Incomplete(f"parameter {name} is missing", cause=Cause.PARAMETER_MISSING)
    for name in ("iss", "client_id"):
        if has_controls(parameters.get(name, "")):
            raise Incomplete(f"parameter {name} holds control characters")  # which no database would look for
    sent = tuple((name, value) for name, value in parameters.items() if name not in _OURS)
    if sum(len(name) + len(value) for name, value in sent) > _LONGEST:
        raise Incomplete("the login's parameters are too long")
    return LoginRequest(
        iss=parameters["iss"],
        login_hint=parameters["login_hint"],
        target_link_uri=parameters["target_link_uri"],
        lti_message_hint=parameters.get("lti_message_hint"),
        client_id=parameters.get("client_id", ""),
        deployment_hint=parameters.get("lti_deployment_id") or parameters.get("deployment_id", ""),
        storage_target=storage_target(parameters.get("lti_storage_target", "")),
        checked=parameters.get(CHECKED, ""),
        parameters=sent,
    )


def is_ours(target_link_uri: str, base_url: str) -> bool:
    """Whether a target_link_uri is on our origin: any path there is valid."""
    try:
        return "@" not in urlsplit(target_link_uri).netloc and _origin(target_link_uri) == _origin(base_url)
    except ValueError:
        return False


def target_refused(target_link_uri: str, base_url: str, *, at_login: bool) -> Incomplete:
    """A target that is not ours: http where we are https is the usual slip, and has a mend of its own."""
    what = target_link_uri[:300].partition("?")[0]
    ours, theirs = urlsplit(base_url), what.partition("://")[2].partition("/")[0]
    slipped = bool(ours.netloc) and theirs == ours.netloc and "@" not in theirs
    if at_login:
        cause = Cause.TARGET_SCHEME_AT_LOGIN if slipped else Cause.TARGET_ELSEWHERE_AT_LOGIN
    else:
        cause = Cause.TARGET_SCHEME if slipped else Cause.TARGET_ELSEWHERE
    of = "" if at_login else "claim "
    return Incomplete(f"{of}target_link_uri is on another origin", cause=cause, expected=base_url, received=what)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = {"http": 80, "https": 443}.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, parts.hostname, port


_ALIKE = urlencode({"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"})


def authentication_url(
    endpoint: str, request: LoginRequest, *, client_id: str, redirect_uri: str, state: str, nonce: str
) -> str:
    """The platform's authorisation endpoint with the authentication request (core, 5.1.1.2); its own query is kept."""
    parts = urlsplit(endpoint)
    query = [
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("login_hint", request.login_hint),
        ("state", state),
        ("nonce", nonce),
    ]
    if request.lti_message_hint is not None:
        query.append(("lti_message_hint", request.lti_message_hint))
    own = urlencode(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else ""
    whole = "&".join(part for part in (own, _ALIKE, urlencode(query)) if part)
    return urlunsplit(parts._replace(query=whole, fragment=""))
