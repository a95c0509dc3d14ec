"""Dynamic registration: the platform's configuration, checked; our registration; the platform's answer.

Sources: OpenID Connect Dynamic Client Registration 1.0, LTI Dynamic Registration 1.0, and what LMSs make of them.
pylti1p3 has a class for it, which fetches with a session of its own: any address, redirects, no bounds. Its half of
the rest is a dictionary, so the documents are models of our own and the door out is ``http.py``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, ValidationError

from lti_elos.domain.names import tidy
from lti_elos.errors import PlatformAddress, RegistrationDocument
from lti_elos.lti.claims import RESOURCE_LINK

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"

MESSAGES = (RESOURCE_LINK,)
"""What this version handles, and so all that it registers. A message type that is added here needs its own entry in
``_message``, and its URL among ``redirect_uris`` if that is another.
"""
_SCOPES = (
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
)
_CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "locale")
"""No e-mail: nothing uses it."""
_VARIABLES = {"user_tz": "Person.address.timezone", "context_history": "Context.id.history"}
_GROUPS = {"moodle": "Moodle.Person.userGroupIds", "canvas": "Canvas.group.contextIds"}
"""The person's own groups, by product family."""

_CANVAS = "https://canvas.instructure.com/lti/"
_CANVAS_PLACEMENTS = {RESOURCE_LINK: ("course_navigation", "link_selection")}
"""Where a Canvas puts links, by what it then sends."""
_NEW_WINDOW = "new_window"

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
    placements: tuple[str, ...]
    """Where the platform can put resource links, in its own words."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a registration says of us."""

    base_url: str
    name: str
    names: tuple[tuple[str, str], ...]
    """(language tag, name)"""
    description: str


@dataclass(frozen=True, slots=True)
class Registered:
    """The platform's answer."""

    client_id: str
    deployment_id: str
    """"" when the platform did not say."""


# --- the platform's configuration ------------------------------------------------------------------------------------


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
        placements=tuple(
            place for message in messages or () if message.type == RESOURCE_LINK for place in message.placements or ()
        ),
    )


def _document(body: bytes) -> _Document:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _unfit("not JSON") from None
    if not isinstance(found, dict):
        raise _unfit("not a JSON object")
    try:
        return _Document.model_validate(found)
    except ValidationError as wrong:
        names = dict.fromkeys(str(error["loc"][0]) for error in wrong.errors(include_url=False, include_input=False))
        raise _unfit(f"missing or malformed: {', '.join(names)}") from None


def _require_ours_to_speak(document: _Document) -> None:
    for said, needed, of in (
        (document.id_token_signing_alg_values_supported, "RS256", "id_token_signing_alg_values_supported"),
        (document.token_endpoint_auth_methods_supported, "private_key_jwt", "token_endpoint_auth_methods_supported"),
    ):
        if said is not None and needed not in said:
            raise _unfit(f"{of} without {needed}")
    messages = document.platform.messages_supported
    if messages is not None and not any(message.type == RESOURCE_LINK for message in messages):
        raise _unfit(f"messages_supported without {RESOURCE_LINK}")


def _unfit(found: str) -> RegistrationDocument:
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


# --- our registration ------------------------------------------------------------------------------------------------


def registration_of(tool: Tool, configuration: Configuration) -> dict[str, Any]:
    """The document for the registration endpoint: of what the platform offers, that which this version handles."""
    launch = f"{tool.base_url}/lti/launch"
    is_canvas = _family(configuration) == "canvas"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": f"{tool.base_url}/lti/login",
        "redirect_uris": [launch],
        "client_name": tool.name,
        **{f"client_name#{tag}": name for tag, name in tool.names},
        "client_uri": tool.base_url,
        "jwks_uri": f"{tool.base_url}/lti/jwks.json",
        "logo_uri": f"{tool.base_url}/static/favicon.svg",
        "policy_uri": f"{tool.base_url}/privacy",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(_offered(_SCOPES, configuration.scopes or frozenset())),
        TOOL_CONFIGURATION: {
            "domain": urlsplit(tool.base_url).netloc,  # Moodle compares it with the target's host, port included
            "target_link_uri": launch,
            "description": tool.description,
            "claims": _offered(_CLAIMS, configuration.claims),
            "custom_parameters": _custom_parameters(configuration),
            "messages": [_message(kind, tool, configuration) for kind in MESSAGES],
            **({f"{_CANVAS}privacy_level": "name_only"} if is_canvas else {}),
        },
    }


def _message(kind: str, tool: Tool, configuration: Configuration) -> dict[str, Any]:
    message: dict[str, Any] = {"type": kind, "target_link_uri": f"{tool.base_url}/lti/launch", "label": tool.name}
    if _family(configuration) != "canvas":
        return message
    places = [one for one in configuration.placements if one.removeprefix(_CANVAS) in _CANVAS_PLACEMENTS[kind]]
    if not places:
        return message
    return message | {
        "placements": places,
        # Cookies, camera and screen work everywhere in a window of its own.
        f"{_CANVAS}display_type": _NEW_WINDOW,
        f"{_CANVAS}visibility": "members",
    }


def _custom_parameters(configuration: Configuration) -> dict[str, str]:
    wanted = dict(_VARIABLES)
    if groups := _GROUPS.get(_family(configuration)):
        wanted["group_ids"] = groups
    known = configuration.variables
    return {name: f"${variable}" for name, variable in wanted.items() if known is None or variable in known}


def registration_by_hand(tool: Tool, family: str) -> dict[str, Any]:
    """What a platform of this product would be given if it offered everything: for those who type it in."""
    return registration_of(tool, _generous(family))


def canvas_configuration(tool: Tool) -> dict[str, Any]:
    """The same in the words of a Canvas developer key (its "LTI Advantage JSON configuration").

    Made of the registration itself, so that a key made by hand can do what a registered one can.
    """
    document = registration_by_hand(tool, "canvas")
    ours = document[TOOL_CONFIGURATION]
    return {
        "title": document["client_name"],
        "description": ours["description"],
        "oidc_initiation_url": document["initiate_login_uri"],
        "target_link_uri": ours["target_link_uri"],
        "public_jwk_url": document["jwks_uri"],
        "scopes": document["scope"].split(),
        "custom_fields": ours["custom_parameters"],
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": ours["domain"],
                "privacy_level": ours[f"{_CANVAS}privacy_level"],
                "settings": {
                    "text": document["client_name"],
                    "icon_url": document["logo_uri"],
                    "placements": [
                        _canvas_placement(message, place)
                        for message in ours["messages"]
                        for place in message.get("placements", ())
                    ],
                },
            }
        ],
    }


def _canvas_placement(message: dict[str, Any], place: str) -> dict[str, Any]:
    """Canvas itself turns ``display_type`` "new_window" of a registration into ``windowTarget``."""
    is_new_window = message.get(f"{_CANVAS}display_type") == _NEW_WINDOW
    visibility = message.get(f"{_CANVAS}visibility", "")
    return {
        "placement": place.removeprefix(_CANVAS),
        "message_type": message["type"],
        "target_link_uri": message["target_link_uri"],
        "text": message["label"],
        **({"windowTarget": "_blank"} if is_new_window else {}),
        **({"visibility": visibility} if visibility else {}),
    }


def _generous(family: str) -> Configuration:
    """An imagined platform that offers all that we could ask for."""
    return Configuration(
        issuer="",
        auth_login_url="",
        auth_token_url="",
        jwks_url="",
        registration_url="",
        audience="",
        family=family,
        version="",
        scopes=frozenset(_SCOPES),
        claims=None,
        variables=None,
        placements=tuple(dict.fromkeys(place for places in _CANVAS_PLACEMENTS.values() for place in places)),
    )


def _offered(wanted: Iterable[str], offered: frozenset[str] | None) -> list[str]:
    return [one for one in wanted if offered is None or one in offered]


def _family(configuration: Configuration) -> str:
    return configuration.family.lower()


def _set(texts: Iterable[str] | None) -> frozenset[str] | None:
    return None if texts is None else frozenset(texts)


# --- the platform's answer -------------------------------------------------------------------------------------------


def read_answer(body: bytes) -> Registered:
    """Of a 200 or 201. Raises RegistrationDocument."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _unfit("an answer that is not JSON") from None
    if not isinstance(found, dict):
        raise _unfit("an answer that is not a JSON object")
    client_id = _identifier(found.get("client_id"))
    if not client_id:
        raise _unfit("an answer without client_id")
    tool = found.get(TOOL_CONFIGURATION)
    within = tool.get("deployment_id") if isinstance(tool, dict) else None
    return Registered(client_id, _identifier(within) or _identifier(found.get("deployment_id")))


def _identifier(value: Any) -> str:
    """Opaque text; numbers, as some LMSs write them, count as text. "" for anything else."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not 1 <= len(text) <= 255:
        return ""
    return "" if any(unicodedata.category(char) in ("Cc", "Cs") for char in text) else text


def said_in(body: bytes) -> str:
    """A refusal in the platform's words, on one line: Moodle's plain text, the ``errors`` of Canvas, OAuth's own."""
    text = body[:20_000].decode("utf-8", "replace").strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else tidy(text, 200)
    if isinstance(found, dict):
        told = [found[name] for name in ("errors", "error_description", "error", "message") if found.get(name)]
        found = told[0] if told else found
    return tidy("; ".join(_leaves(found)), 200)


def _leaves(value: Any, depth: int = 5) -> list[str]:
    """The texts in a document, each with the names that lead to it."""
    if isinstance(value, dict) and depth:
        return [f"{name}: {leaf}" for name, inner in list(value.items())[:20] for leaf in _leaves(inner, depth - 1)]
    if isinstance(value, list) and depth:
        return [leaf for inner in value[:20] for leaf in _leaves(inner, depth - 1)]
    return [str(value)] if isinstance(value, str | int | float) else []
