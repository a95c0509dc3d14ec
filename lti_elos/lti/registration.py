"""Dynamic registration: our registration, and the platform's answer.

Sources: OpenID Connect Dynamic Client Registration 1.0, LTI Dynamic Registration 1.0, and what LMSs make of them.
pylti1p3 has a class for it, which fetches with a session of its own: any address, redirects, no bounds. Its half of
the rest is a dictionary, so the documents are models of our own and the door out is ``http.py``.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_elos.domain.names import tidy
from lti_elos.lti.claims import RESOURCE_LINK
from lti_elos.lti.deep_linking import DEEP_LINKING
from lti_elos.lti.messages import MESSAGES
from lti_elos.lti.platform_configuration import Configuration, unfit

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"

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
_CANVAS_PLACEMENTS = {
    DEEP_LINKING: ("link_selection", "assignment_selection"),
    RESOURCE_LINK: ("course_navigation", "link_selection"),
}
"""A placement takes one message: where Canvas lets a module's link be chosen, it is."""
_CANVAS_DIALOG: dict[str, Any] = {f"{_CANVAS}launch_width": 760, f"{_CANVAS}launch_height": 560}
_NEW_WINDOW = "new_window"


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
            "messages": _messages_of(tool, configuration),
            **({f"{_CANVAS}privacy_level": "name_only"} if is_canvas else {}),
        },
    }


def _messages_of(tool: Tool, configuration: Configuration) -> list[dict[str, Any]]:
    """Those that the platform offers, all to one address: redirects go there too."""
    message: dict[str, Any] = {"target_link_uri": f"{tool.base_url}/lti/launch", "label": tool.name}
    offered = [kind for kind in MESSAGES if configuration.messages is None or kind in configuration.messages]
    if _family(configuration) != "canvas":
        return [{"type": kind, **message} for kind in offered]
    choosing = _canvas_places(DEEP_LINKING, configuration, taken=())
    opening = _canvas_places(RESOURCE_LINK, configuration, taken=choosing)
    # Cookies, camera and screen work everywhere in a window of its own.
    shown: dict[str, Any] = {f"{_CANVAS}display_type": _NEW_WINDOW, f"{_CANVAS}visibility": "members"}
    found = [{"type": RESOURCE_LINK, **message, **({"placements": opening, **shown} if opening else {})}]
    if choosing:  # named without a place, it would take that of the module's links
        found.append({"type": DEEP_LINKING, **message, "placements": choosing, **_CANVAS_DIALOG})
    return found


def _canvas_places(kind: str, configuration: Configuration, *, taken: Sequence[str]) -> list[str]:
    """Canvas writes them with its prefix or without."""
    used = {one.removeprefix(_CANVAS) for one in taken}
    wanted = [one for one in _CANVAS_PLACEMENTS[kind] if one not in used]
    return [one for one in configuration.placements[kind] if one.removeprefix(_CANVAS) in wanted]


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
                    "selection_width": _CANVAS_DIALOG[f"{_CANVAS}launch_width"],
                    "selection_height": _CANVAS_DIALOG[f"{_CANVAS}launch_height"],
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
        messages=None,
        placements=_CANVAS_PLACEMENTS,
    )


def _offered(wanted: Iterable[str], offered: frozenset[str] | None) -> list[str]:
    return [one for one in wanted if offered is None or one in offered]


def _family(configuration: Configuration) -> str:
    return configuration.family.lower()


# --- the platform's answer -------------------------------------------------------------------------------------------


def read_answer(body: bytes) -> Registered:
    """Of a 200 or 201. Raises RegistrationDocument."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise unfit("an answer that is not JSON") from None
    if not isinstance(found, dict):
        raise unfit("an answer that is not a JSON object")
    client_id = _identifier(found.get("client_id"))
    if not client_id:
        raise unfit("an answer without client_id")
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
