"""A platform's openid-configuration, checked before anything is sent to where it points.

Sources: OpenID Connect Dynamic Client Registration 1.0, LTI Dynamic Registration 1.0, and what LMSs make of them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, ValidationError

from lti_elos.domain.names import tidy
from lti_elos.errors import PlatformAddress, RegistrationDocument
from lti_elos.lti.claims import RESOURCE_LINK
from lti_elos.lti.messages import MESSAGES

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"

_SHARED = {
    "canvas.instructure.com": r"(.+\.)?instructure\.com|sso[a-z0-9.-]*\.canvaslms\.com",
    "canvas.beta.instructure.com": r"(.+\.)?instructure\.com|sso[a-z0-9.-]*\.canvaslms\.com",
    "canvas.test.instructure.com": r"(.+\.)?instructure\.com|sso[a-z0-9.-]*\.canvaslms\.com",
    "blackboard.com": r"developer\.blackboard\.com",
}
"""Issuers that many schools share: the hosts, all the vendor's own, where their documents and endpoints are."""
_BRIGHTSPACE = {"auth.brightspace.com", "api.brightspace.com"}
"""Endpoints of every Brightspace, whatever the school's own host."""


def _text(text: str) -> str:
    if not text or any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise ValueError("empty, or with control characters")
    return text


def _texts(value: Any) -> list[str] | None:
    """The texts in a list; None where no list is given: then nothing is known of what there is."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


def _messages(value: Any) -> list[Any] | None:
    """An empty list says nothing either."""
    return ([one for one in value if isinstance(one, dict)] or None) if isinstance(value, list) else None


Address = Annotated[StrictStr, Field(max_length=2000), AfterValidator(_text)]
Texts = Annotated[list[str] | None, BeforeValidator(_texts)]
Loose = Annotated[str, BeforeValidator(lambda value: tidy(value, 100))]


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Loose = ""
    placements: Texts = None


class _Platform(BaseModel):
    model_config = ConfigDict(extra="ignore")

    product_family_code: Loose = ""
    version: Loose = ""
    messages_supported: Annotated[
        list[_Message] | None,
        BeforeValidator(_messages),
    ] = None
    variables: Texts = None


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    issuer: Annotated[Address, Field(max_length=1000)]
    authorization_endpoint: Address
    registration_endpoint: Address
    jwks_uri: Address
    token_endpoint: Address
    authorization_server: Address | None = None
    token_endpoint_auth_methods_supported: Texts = None
    id_token_signing_alg_values_supported: Texts = None
    scopes_supported: Texts = None
    claims_supported: Texts = None
    platform: Annotated[_Platform, Field(alias=PLATFORM_CONFIGURATION)] = _Platform()


@dataclass(frozen=True, slots=True)
class Configuration:
    """A platform's configuration that we accept. None in a list's place: the platform does not say."""

    issuer: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    registration_url: str
    audience: str
    """Of service tokens, where it is not the token URL; else ""."""
    family: str
    """product_family_code: "moodle", "canvas"…, or ""."""
    version: str
    scopes: frozenset[str] | None
    claims: frozenset[str] | None
    variables: frozenset[str] | None
    messages: frozenset[str] | None
    placements: Mapping[str, tuple[str, ...]]
    """By message: where the platform can put it, in its own words."""


def read_configuration(body: bytes, url: str, *, allow_http: bool) -> Configuration:
    """The document that came from ``url``. Raises RegistrationDocument, or PlatformAddress for hosts that do not fit.

    :param allow_http: ALLOW_PRIVATE_NETWORKS
    """
    document = _document(body)
    _require_ours_to_speak(document)
    _require_hosts(document, url, allow_http=allow_http)
    platform = document.platform
    messages = platform.messages_supported
    return Configuration(
        issuer=document.issuer,
        auth_login_url=document.authorization_endpoint,
        auth_token_url=document.token_endpoint,
        jwks_url=document.jwks_uri,
        registration_url=document.registration_endpoint,
        audience=document.authorization_server or "",
        family=platform.product_family_code,
        version=platform.version,
        scopes=_set(document.scopes_supported),
        claims=_set(document.claims_supported),
        variables=_set(one.removeprefix("$") for one in platform.variables) if platform.variables is not None else None,
        messages=_set(message.type for message in messages) if messages is not None else None,
        placements={
            kind: tuple(
                place for message in messages or () if message.type == kind for place in message.placements or ()
            )
            for kind in MESSAGES
        },
    )


def _document(body: bytes) -> _Document:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise unfit("not JSON") from None
    if not isinstance(found, dict):
        raise unfit("not a JSON object")
    try:
        return _Document.model_validate(found)
    except ValidationError as wrong:
        names = dict.fromkeys(str(error["loc"][0]) for error in wrong.errors(include_url=False, include_input=False))
        raise unfit(f"missing or malformed: {', '.join(names)}") from None


def _require_ours_to_speak(document: _Document) -> None:
    for said, needed, of in (
        (document.id_token_signing_alg_values_supported, "RS256", "id_token_signing_alg_values_supported"),
        (document.token_endpoint_auth_methods_supported, "private_key_jwt", "token_endpoint_auth_methods_supported"),
    ):
        if said is not None and needed not in said:
            raise unfit(f"{of} without {needed}")
    messages = document.platform.messages_supported
    if messages is not None and not any(message.type == RESOURCE_LINK for message in messages):
        raise unfit(f"messages_supported without {RESOURCE_LINK}")


def unfit(found: str) -> RegistrationDocument:
    return RegistrationDocument(found, found=found)


def _require_hosts(document: _Document, url: str, *, allow_http: bool) -> None:
    """The issuer is who the document's address says it is, and its endpoints are its own.

    No list of registrable domains is at hand, so a host has to be the issuer's or below it, or one of those that
    vendors are known for.
    """
    issuer = _host("issuer", document.issuer, allow_http=allow_http)
    if urlsplit(document.issuer).query:
        raise _misplaced("issuer with a query")
    if not _belongs(_host("openid_configuration", url, allow_http=allow_http), issuer, is_document=True):
        raise _misplaced(f"issuer {document.issuer[:100]}, described at {urlsplit(url).netloc[:100]}")
    for name in ("authorization_endpoint", "registration_endpoint", "jwks_uri", "token_endpoint"):
        address: str = getattr(document, name)
        if not _belongs(_host(name, address, allow_http=allow_http), issuer, is_document=False):
            raise _misplaced(f"issuer {document.issuer[:100]}, {name} at {urlsplit(address).netloc[:100]}")


def _host(name: str, url: str, *, allow_http: bool) -> tuple[str, int]:
    """Host and port. Raises PlatformAddress."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _misplaced(f"{name} is not a URL") from None
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        raise _misplaced(f"{name} is not https")
    if not host or "@" in parts.netloc or "#" in url or not url.isascii() or any(char <= " " for char in url):
        raise _misplaced(f"{name} is not a URL with a host alone")
    return host, port or (443 if parts.scheme == "https" else 80)


def _belongs(where: tuple[str, int], issuer: tuple[str, int], *, is_document: bool) -> bool:
    host, port = where
    if where == issuer:
        return True
    if port != 443:
        return False
    if shared := _SHARED.get(issuer[0]):
        return issuer[1] == 443 and re.fullmatch(shared, host) is not None
    return not is_document and (host in _BRIGHTSPACE or host.endswith(f".{issuer[0]}"))


def _misplaced(found: str) -> PlatformAddress:
    return PlatformAddress(found, found=found)


def _set(texts: Iterable[str] | None) -> frozenset[str] | None:
    return None if texts is None else frozenset(texts)
