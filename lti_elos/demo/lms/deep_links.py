"""Selecting content in a tool: what a product says it takes, and what it makes of the answer.

Sources: a captured request and response of Moodle's (reference/moodle.md 8), Canvas's deep_linking_request.rb for its
placement link_selection. What Brightspace and Sakai take is ours, so that all of the specification is tried: ``data``,
a line item, one item only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from lti_elos.demo.lms import ids, jose
from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.school import ResourceLink
from lti_elos.demo.lms.selections import Selection
from lti_elos.demo.lms.shapes import LTI
from lti_elos.demo.lms.tools import origin_of

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"

_LEEWAY_S = 60


@dataclass(frozen=True, slots=True)
class Taken:
    """A good answer."""

    links: tuple[ResourceLink, ...]
    said: Mapping[str, str]
    """What the tool has to say to the teacher, as course pages read it."""


class Bad(Exception):
    """An answer that is not taken. The text says why, in a word or two."""


def settings(lms: Lms, platform: Platform, launch: Launch) -> dict[str, Any]:
    """The claim. Also remembers that an answer is awaited."""
    key = secrets.token_urlsafe(16)
    address = f"{platform.endpoint('deep-linking/return')}?{urlencode(_query(platform, launch, key))}"
    claim = _settings(platform, address)
    lms.selections.begin(Selection(key, platform.slug, launch, claim))
    return claim


def _settings(platform: Platform, address: str) -> dict[str, Any]:
    title = platform.tool.name
    match platform.slug:
        case Product.MOODLE:
            return {
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["frame", "iframe", "window"],
                "accept_copy_advice": False,
                "accept_multiple": True,
                "accept_unsigned": False,
                "auto_create": False,
                "can_confirm": False,
                "deep_link_return_url": address,
                "title": title,
                "text": "",
            }
        case Product.CANVAS:
            return {
                "deep_link_return_url": address,
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
                "auto_create": False,
                "accept_multiple": True,
                "validation_context": None,
                "errors": {"errors": {}},
            }
        case Product.BRIGHTSPACE:
            return {
                "deep_link_return_url": address,
                "accept_types": ["ltiResourceLink", "link", "html", "image", "file"],
                "accept_presentation_document_targets": ["iframe", "window", "embed"],
                "accept_multiple": True,
                "accept_lineitem": True,
                "auto_create": True,
                "data": secrets.token_urlsafe(24),
            }
        case _:
            return {
                "deep_link_return_url": address,
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "accept_multiple": False,
                "accept_lineitem": False,
                "auto_create": False,
                "data": f'{{"remember":"{secrets.token_hex(8)}"}}',
            }


def _query(platform: Platform, launch: Launch, key: str) -> dict[str, str]:
    match platform.slug:
        case Product.MOODLE:
            return {"course": ids.course_id(platform, launch.course), "id": platform.deployment_id, "key": key}
        case Product.CANVAS:
            return {"modal": "true", "placement": "link_selection", "key": key}
        case _:
            return {"key": key}


def taken(lms: Lms, platform: Platform, selection: Selection, token: str) -> Taken:
    """Raises Bad."""
    claims = _verified(lms, platform, token)
    audience = claims.get("aud")
    now = lms.clock()
    right = {
        "iss": claims.get("iss") == platform.client_id,
        "aud": platform.issuer in (audience if isinstance(audience, list) else [audience]),
        "exp": _is_number(claims.get("exp")) and claims["exp"] > now - _LEEWAY_S,
        "iat": _is_number(claims.get("iat")) and claims["iat"] < now + _LEEWAY_S,
        "message_type": claims.get(f"{LTI}message_type") == "LtiDeepLinkingResponse",
        "version": claims.get(f"{LTI}version") == "1.3.0",
        "deployment_id": claims.get(f"{LTI}deployment_id") == platform.deployment_id,
        # Null where nothing was asked is what Moodle was seen to take.
        "data": claims.get(f"{DL}data") == selection.settings.get("data"),
    }
    for name, is_right in right.items():
        if not is_right:
            raise Bad(name)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce or not lms.selections.is_new(platform.client_id, nonce):
        raise Bad("nonce")
    items = claims.get(f"{DL}content_items", [])
    if not isinstance(items, list):
        raise Bad("content_items")
    if len(items) > 1 and not selection.settings["accept_multiple"]:
        raise Bad("accept_multiple")
    links = tuple(_link(platform, selection, one) for one in items)
    spoken = {"lti_msg": claims.get(f"{DL}msg"), "lti_errormsg": claims.get(f"{DL}errormsg")}
    return Taken(links, {name: text for name, text in spoken.items() if isinstance(text, str) and text})


def _verified(lms: Lms, platform: Platform, token: str) -> dict[str, Any]:
    try:
        return jose.verified(token, lms.keys_of(platform.tool.jwks_url))
    except OSError as cause:
        raise Bad("jwks") from cause
    except ValueError as cause:
        raise Bad("signature") from cause


def _link(platform: Platform, selection: Selection, item: Any) -> ResourceLink:
    """An activity of the course. Whatever is no link to the tool is refused, though the product would show it."""
    if not isinstance(item, dict) or item.get("type") not in selection.settings["accept_types"]:
        raise Bad("type")
    if item["type"] != "ltiResourceLink":
        raise Bad("type")
    url, custom = item.get("url", ""), item.get("custom", {})
    if not isinstance(url, str) or (url and origin_of(url) not in platform.tool.origins):
        raise Bad("url")
    if not isinstance(custom, dict) or not all(isinstance(one, str) for one in custom.values()):
        raise Bad("custom")
    if "lineItem" in item:
        line_item = item["lineItem"]
        most: Any = line_item.get("scoreMaximum") if isinstance(line_item, dict) else None
        if not _is_number(most) or most <= 0:
            raise Bad("lineItem")
    number = 1_000 + secrets.randbelow(10**8)  # of an activity that no earlier start has had
    return ResourceLink(
        id=f"selected-{number}",
        number=number,
        title=str(item.get("title") or platform.tool.name),
        description=str(item.get("text") or ""),
        custom=custom,
        url=url,
        client_id=platform.client_id,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
