"""What a product makes of a tool's registration: what it demands, what it keeps, what it answers.

Sources: seen on Moodle 4.5 (reference/moodle.md 7); Canvas's dynamic_registration_controller.rb and its schemas
oidc_registration and lti_tool_configuration; Sakai's LTI13Servlet. Brightspace's rules are in its documentation (names
and domains are unique, keys can be read), its status and the form of its errors are ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_elos.demo.lms.discovery import (
    AGS,
    CANVAS_PLACEMENTS,
    CANVAS_SCOPES,
    DEEP_LINKING,
    NRPS,
    RESOURCE_LINK,
    TOOL_SETTINGS,
)
from lti_elos.demo.lms.platforms import Platform, Product
from lti_elos.demo.lms.tickets import Ticket, Trouble
from lti_elos.demo.lms.tools import Client, Tool, origin_of

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_REG_CONFIG = "https://canvas.instructure.com/lti/registration_config_url"


class Refused(Exception):
    """``body`` is text or JSON, as the product says no."""

    def __init__(self, status: int, body: str | dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Asked:
    """A tool's registration at the desk."""

    platform: Platform
    ticket: Ticket
    body: Mapping[str, Any]
    known: tuple[Client, ...]
    """Tools that the platform has already, but for the one to be changed."""
    trouble: Trouble
    keys_of: Callable[[str], Any]
    """Reads a key set. Raises OSError or ValueError."""

    @property
    def configuration(self) -> Mapping[str, Any]:
        return _object(self.body.get(TOOL_CONFIGURATION))

    @property
    def scopes(self) -> list[str]:
        return str(self.body.get("scope") or "").split()

    @property
    def deep_linking(self) -> Mapping[str, Any] | None:
        return self._message(DEEP_LINKING)

    @property
    def resource_link(self) -> Mapping[str, Any]:
        return self._message(RESOURCE_LINK) or {}

    def _message(self, kind: str) -> Mapping[str, Any] | None:
        messages = self.configuration.get("messages")
        found = (_object(one) for one in (messages if isinstance(messages, list) else []))
        return next((one for one in found if one.get("type") == kind), None)


def registered(asked: Asked) -> Client:
    """The tool as it is from now on, with what the platform answers. Raises Refused."""
    match asked.platform.slug:
        case Product.MOODLE:
            _moodle_demands(asked)
            answer = _moodle_answers(asked)
        case Product.CANVAS:
            _canvas_demands(asked)
            answer = _canvas_answers(asked)
        case Product.SAKAI:
            _sakai_demands(asked)
            answer = _sakai_answers(asked)
        case _:
            _brightspace_demands(asked)
            answer = _brightspace_answers(asked)
    if asked.trouble is Trouble.SCOPES:
        answer["scope"] = "openid" if asked.platform.slug is Product.CANVAS else ""
    if asked.trouble is Trouble.DEPLOYMENT:
        answer.pop("deployment_id", None)
        answer[TOOL_CONFIGURATION].pop("deployment_id", None)
    tool = _tool(asked, _launch_url(asked))
    if not tool.origins:
        raise Refused(400, "no web address")
    ids = asked.ticket
    return Client(ids.client_id, ids.deployment_id, tool, str(asked.configuration.get("domain") or ""), answer)


# --- Moodle ---


def _moodle_demands(asked: Asked) -> None:
    body = asked.body
    given = {
        "response_types": "id_token" in _texts(body.get("response_types")),
        "initiate_login_uri": bool(_text(body.get("initiate_login_uri"))),
        "redirect_uris": bool(_texts(body.get("redirect_uris"))),
        "client_name": bool(_text(body.get("client_name"))),
        "jwks_uri": bool(_text(body.get("jwks_uri"))),
        "token_endpoint_auth_method": body.get("token_endpoint_auth_method") == "private_key_jwt",
        TOOL_CONFIGURATION: bool(asked.configuration),
    }
    for name, is_given in given.items():
        if not is_given:
            raise Refused(400, f"missing required attribute {name}")
    domain = _text(asked.configuration.get("domain"))
    if not domain:
        raise Refused(400, "missing_domain")
    if _without_www(domain) != _without_www(urlsplit(_launch_url(asked)).netloc):
        raise Refused(400, "domain_targetlinkuri_mismatch")


def _moodle_answers(asked: Asked) -> dict[str, Any]:
    """In its own order, and of the messages only what it keeps."""
    body, configuration = asked.body, asked.configuration
    deep_linking = asked.deep_linking
    messages = []
    if deep_linking is not None:
        messages.append({"type": DEEP_LINKING, "target_link_uri": _deep_link_url(asked)})
    granted = [AGS[3], AGS[2], AGS[1], AGS[0]] if set(asked.scopes) & set(AGS) else []
    granted += [one for one in (NRPS, TOOL_SETTINGS) if one in asked.scopes]
    custom = _custom(configuration.get("custom_parameters"))
    wanted = _texts(configuration.get("claims"))
    claims = ["sub", "iss"]
    if set(wanted) & {"name", "given_name", "family_name"}:
        claims += ["name", "family_name", "given_name"]
    if "email" in wanted:
        claims.append("email")
    return {
        "client_id": asked.ticket.client_id,
        "response_types": ["id_token"],
        "jwks_uri": body["jwks_uri"],
        "initiate_login_uri": body["initiate_login_uri"],
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": body["redirect_uris"],
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": body["client_name"],
        **({"logo_uri": body["logo_uri"]} if body.get("logo_uri") else {}),
        "scope": " ".join(granted),
        TOOL_CONFIGURATION: {
            "version": "1.3.0",
            "deployment_id": asked.ticket.deployment_id,
            "target_link_uri": _launch_url(asked),
            "domain": configuration["domain"],
            "description": str(configuration.get("description") or ""),
            "messages": messages,
            # The echo is cut at a second "=", what is kept is not.
            "custom_parameters": {name: value.split("=", 1)[0] for name, value in custom.items()},
            "claims": claims,
        },
    }


# --- Canvas ---

_CANVAS_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
)


def _canvas_demands(asked: Asked) -> None:
    body, configuration = asked.body, asked.configuration
    grants = _texts(body.get("grant_types"))
    right = {
        "application_type": body.get("application_type") == "web",
        "grant_types": {"client_credentials", "implicit"} <= set(grants),
        "response_types": "id_token" in _texts(body.get("response_types")),
        "redirect_uris": bool(_texts(body.get("redirect_uris"))) and all(map(origin_of, _texts(body["redirect_uris"]))),
        "initiate_login_uri": origin_of(_text(body.get("initiate_login_uri"))) is not None,
        "client_name": bool(_text(body.get("client_name"))),
        "jwks_uri": origin_of(_text(body.get("jwks_uri"))) is not None,
        "token_endpoint_auth_method": body.get("token_endpoint_auth_method") == "private_key_jwt",
        "scope": isinstance(body.get("scope"), str | None),
        "domain": _CANVAS_DOMAIN.fullmatch(_text(configuration.get("domain"))) is not None,
        "claims": isinstance(configuration.get("claims"), list),
        "messages": isinstance(configuration.get("messages"), list)
        and all(_canvas_message(_object(one)) for one in configuration["messages"]),
        "custom_parameters": _are_texts(configuration.get("custom_parameters", {})),
    }
    errors = [f"{name} is missing or invalid" for name, is_right in right.items() if not is_right]
    errors += [f"scope {one} is not supported" for one in asked.scopes if one not in (*CANVAS_SCOPES, "openid")]
    if errors:
        raise Refused(422, {"errors": errors})


def _canvas_message(message: Mapping[str, Any]) -> bool:
    placements = message.get("placements", [])
    return (
        message.get("type") in (RESOURCE_LINK, DEEP_LINKING)
        and isinstance(placements, list)
        and set(map(str, placements)) <= CANVAS_PLACEMENTS
        and _are_texts(message.get("custom_parameters", {}))
    )


def _canvas_answers(asked: Asked) -> dict[str, Any]:
    body, address = asked.body, asked.platform.endpoint("api/lti/registrations")
    kept = ("initiate_login_uri", "redirect_uris", "client_name", "jwks_uri", "logo_uri")
    number = asked.ticket.key
    return {
        "client_id": asked.ticket.client_id,
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        **{name: body[name] for name in kept if body.get(name) is not None},
        "scope": " ".join([*(one for one in asked.scopes if one != "openid"), "openid"]),
        TOOL_CONFIGURATION: {**asked.configuration, _REG_CONFIG: f"{address}/{number}/config"},
        "registration_client_uri": f"{address}/{number}",
        "deployment_id": asked.ticket.deployment_id,
    }


# --- Brightspace ---


def _brightspace_demands(asked: Asked) -> None:
    body, configuration = asked.body, asked.configuration
    addresses = [_text(body.get("initiate_login_uri")), _text(body.get("jwks_uri")), *_texts(body.get("redirect_uris"))]
    # https, wherever it is served so itself.
    scheme = f"{urlsplit(asked.platform.issuer).scheme}://"
    name, domain = _text(body.get("client_name")), _text(configuration.get("domain"))
    demands = {
        "client_name and domain are required": bool(name and domain),
        "redirect_uris are required": bool(_texts(body.get("redirect_uris"))),
        f"addresses must begin with {scheme}": all(one.startswith(scheme) and origin_of(one) for one in addresses),
        "token_endpoint_auth_method must be private_key_jwt": body.get("token_endpoint_auth_method")
        == "private_key_jwt",
        "client_name is taken": name not in [one.tool.name for one in asked.known],
        "domain is taken": domain not in [one.domain for one in asked.known],
    }
    for words, is_met in demands.items():
        if not is_met:
            raise Refused(400, _metadata_error(words))
    try:
        keys = asked.keys_of(str(body["jwks_uri"]))
    except (OSError, ValueError):
        keys = None
    if not _object(keys).get("keys"):
        raise Refused(400, _metadata_error("jwks_uri cannot be read"))


def _metadata_error(words: str) -> dict[str, str]:
    return {"error": "invalid_client_metadata", "error_description": words}


def _brightspace_answers(asked: Asked) -> dict[str, Any]:
    """No deployment: administrators make one later."""
    granted = [one for one in asked.scopes if one in (*AGS, NRPS)]
    kept = {name: value for name, value in asked.body.items() if name != TOOL_CONFIGURATION}
    return {
        **kept,
        "client_id": asked.ticket.client_id,
        "scope": " ".join(granted),
        TOOL_CONFIGURATION: dict(asked.configuration),
    }


# --- Sakai ---


def _sakai_demands(asked: Asked) -> None:
    body = asked.body
    present = all(_text(body.get(name)) for name in ("initiate_login_uri", "jwks_uri"))
    if not present or not isinstance(body.get("redirect_uris"), list):
        raise Refused(400, {"error": "Missing initiate_login_uri, jwks_uri, redirect_uris"})


def _sakai_answers(asked: Asked) -> dict[str, Any]:
    """All that came, back again, whatever it was."""
    configuration = {**asked.configuration, "deployment_id": asked.ticket.deployment_id}
    return {**asked.body, "client_id": asked.ticket.client_id, TOOL_CONFIGURATION: configuration}


# --- the tool, as launches need it ---


def _tool(asked: Asked, launch_url: str) -> Tool:
    body, configuration = asked.body, asked.configuration
    custom = _custom(configuration.get("custom_parameters"))
    if asked.platform.slug is not Product.MOODLE:  # it drops those of the messages
        custom |= _custom(asked.resource_link.get("custom_parameters"))
    return Tool(
        name=str(body.get("client_name") or configuration.get("domain") or asked.ticket.client_id),
        login_url=str(body["initiate_login_uri"]),
        launch_url=launch_url,
        redirect_uris=tuple(_texts(body["redirect_uris"])),
        jwks_url=str(body["jwks_uri"]),
        custom=custom,
        deep_link_url="" if asked.deep_linking is None else _deep_link_url(asked),
        claims=frozenset(_claims(configuration.get("claims"))),
    )


def _launch_url(asked: Asked) -> str:
    """Canvas takes the address of the message before the tool's."""
    of_message = _text(asked.resource_link.get("target_link_uri")) if asked.platform.slug is Product.CANVAS else ""
    configuration = asked.configuration
    domain = _text(configuration.get("domain"))
    return of_message or _text(configuration.get("target_link_uri")) or f"https://{domain}"


def _deep_link_url(asked: Asked) -> str:
    return _text((asked.deep_linking or {}).get("target_link_uri")) or _launch_url(asked)


def _claims(value: Any) -> set[str]:
    """Each part of a name brings the others."""
    wanted = set(_texts(value))
    names = {"name", "given_name", "family_name"}
    return wanted | names if wanted & names else wanted


# --- JSON from outside ---


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _custom(value: Any) -> dict[str, str]:
    return {name: str(one) for name, one in _object(value).items() if isinstance(one, str | int | float)}


def _without_www(host: str) -> str:
    return host.lower().removeprefix("www.")
