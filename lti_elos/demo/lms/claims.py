"""The id_token: what all products say alike, laid under what each says its own way."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from lti_elos.demo.lms import ids, jose, roles, shapes
from lti_elos.demo.lms.deep_links import DL, settings
from lti_elos.demo.lms.discovery import DEEP_LINKING
from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.logins import target_link_uri
from lti_elos.demo.lms.overrides import changed
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.shapes import LTI
from lti_elos.demo.lms.variables import link_custom, substituted, values_of

_PERSONAL = ("name", "given_name", "family_name", "email", "picture")


def id_token(lms: Lms, platform: Platform, launch: Launch, *, nonce: str) -> tuple[str, dict[str, Any]]:
    """The signed token, and its claims."""
    asked = lms.overrides
    claims = changed(_claims(lms, platform, launch, nonce), asked.claims, launch.overrides)
    header = changed({"typ": "JWT", "alg": "RS256", "kid": platform.kid}, asked.header, launch.header)
    return jose.sign(header, claims, platform.key), claims


def course_address(lms: Lms, platform: Platform, launch: Launch) -> str:
    """Where the LMS shows this activity to this person."""
    return f"{lms.public_url}/{platform.slug}/courses/{launch.course.id}?{urlencode(launch.query)}"


def _claims(lms: Lms, platform: Platform, launch: Launch, nonce: str) -> dict[str, Any]:
    now = int(lms.clock())
    written = {**platform.tool.custom, **link_custom(platform, launch.link)}
    if launch.selects:
        written = dict(platform.tool.custom)
    custom = substituted(written, values_of(platform, launch))
    common = {
        "iss": platform.issuer,
        "aud": platform.client_id,
        "sub": ids.user_id(platform, launch.person),
        "nonce": nonce,
        f"{LTI}message_type": "LtiResourceLinkRequest",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": platform.deployment_id,
        f"{LTI}target_link_uri": target_link_uri(platform, launch),
        f"{LTI}roles": roles.roles_of(platform.slug, launch, lms.school.roles_of(launch.person)),
        f"{LTI}custom": changed(custom, lms.overrides.custom, launch.custom),
    }
    shape = shapes.OF[platform.slug]
    claims = common | shape(lms.school, platform, launch, now=now, return_url=course_address(lms, platform, launch))
    if launch.selects:
        claims = _selecting(lms, platform, launch, claims)
    wanted = platform.tool.claims
    return {name: value for name, value in claims.items() if wanted is None or name not in _PERSONAL or name in wanted}


def _selecting(lms: Lms, platform: Platform, launch: Launch, claims: dict[str, Any]) -> dict[str, Any]:
    """No activity yet; of how it is shown, Moodle says the language alone."""
    kept = {name: value for name, value in claims.items() if name != f"{LTI}resource_link"}
    if platform.slug is Product.MOODLE:
        presentation = f"{LTI}launch_presentation"
        kept[presentation] = {"locale": claims[presentation]["locale"]}
    return kept | {
        f"{LTI}message_type": DEEP_LINKING,
        f"{DL}deep_linking_settings": settings(lms, platform, launch),
    }
