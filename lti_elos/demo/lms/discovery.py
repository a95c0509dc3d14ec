"""The configuration document that a tool reads before it registers itself, as each product writes it.

Sources: a captured one of Moodle's (reference/moodle.md 7), Canvas's security_controller.rb, Sakai's LTI13Servlet.
Brightspace's is not published: it is what the specification wants, with what is known of its tokens. The addresses of
login, keys and tokens are the ones that the tool of the start has; those of the registration are the products' own,
below the platform's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.tickets import Ticket, Trouble
from lti_elos.demo.lms.variables import LISTED

PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
RESOURCE_LINK, DEEP_LINKING = "LtiResourceLinkRequest", "LtiDeepLinkingRequest"

_SPEC = "https://purl.imsglobal.org/spec"
AGS = tuple(f"{_SPEC}/lti-ags/scope/{one}" for one in ("lineitem", "lineitem.readonly", "result.readonly", "score"))
NRPS = f"{_SPEC}/lti-nrps/scope/contextmembership.readonly"
BASIC_OUTCOME = f"{_SPEC}/lti-bo/scope/basicoutcome"
TOOL_SETTINGS = f"{_SPEC}/lti-ts/scope/toolsetting"
_CANVAS = "https://canvas.instructure.com/lti"
CANVAS_SCOPES = (
    *AGS,
    NRPS,
    f"{_CANVAS}-ags/progress/scope/show",
    f"{_CANVAS}/public_jwk/scope/update",
    f"{_CANVAS}/account_lookup/scope/show",
)
_CANVAS_LINKS = ("account_navigation", "assignment_selection", "course_navigation", "link_selection")
_CANVAS_DEEP_LINKS = ("assignment_selection", "course_assignments_menu", "editor_button", "link_selection")
CANVAS_PLACEMENTS = frozenset(
    {"ContentArea", "RichTextEditor"}
    | {prefix + one for prefix in ("", f"{_CANVAS}/") for one in (*_CANVAS_LINKS, *_CANVAS_DEEP_LINKS)}
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a product takes registrations, below the platform's address."""

    configuration: str
    registration: str
    opens_tab: bool = False
    """Else the tool's page is in a frame."""


DESKS = {
    Product.MOODLE: Desk("mod/lti/openid-configuration.php", "mod/lti/openid-registration.php"),
    Product.CANVAS: Desk("api/lti/security/openid-configuration", "api/lti/registrations"),
    Product.BRIGHTSPACE: Desk("d2l/.well-known/openid-configuration", "d2l/lti/registrations", opens_tab=True),
    Product.SAKAI: Desk("imsblis/lti13/well_known", "imsblis/lti13/registration_endpoint"),
}
"""Blackboard takes tools only from their vendors, Open edX by hand."""


def selects(platform: Platform) -> bool:
    """Lets teachers select content in this tool. The others could, but are not asked to here."""
    return platform.slug in DESKS and bool(platform.tool.deep_link_url)


def configuration_address(platform: Platform, token: str, ticket: Ticket, trouble: Trouble) -> str:
    """What the tool is told as ``openid_configuration``. Moodle's is the same for everybody."""
    query = {}
    match platform.slug:
        case Product.CANVAS | Product.BRIGHTSPACE:
            query = {"registration_token": token}
        case Product.SAKAI:
            query = {
                "key": ticket.key,
                "clientId": ticket.client_id,
                "issuerURL": platform.issuer,
                "deploymentId": ticket.deployment_id,
            }
    return _address(platform, DESKS[platform.slug].configuration, query, trouble)


def configuration(lms: Lms, platform: Platform, *, key: str, trouble: Trouble) -> dict[str, Any]:
    place = DESKS[platform.slug].registration
    registration = f"{place}/{key}" if platform.slug is Product.SAKAI else place
    # What another LMS on another host would say: a tool must not believe it of this one.
    issuer = "https://lms.elsewhere.test" if trouble is Trouble.ISSUER else platform.issuer
    common = {
        "issuer": issuer,
        "token_endpoint": platform.endpoint("token"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": platform.endpoint("jwks"),
        "authorization_endpoint": platform.endpoint("auth"),
        "registration_endpoint": _address(platform, registration, {}, trouble),
        "scopes_supported": ["openid", *AGS, NRPS],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
    }
    return common | _special(lms, platform)


def _special(lms: Lms, platform: Platform) -> dict[str, Any]:
    match platform.slug:
        case Product.MOODLE:
            read_only_first = [AGS[1], AGS[2], AGS[3], AGS[0]]
            return {
                "scopes_supported": [BASIC_OUTCOME, *read_only_first, NRPS, TOOL_SETTINGS, "openid"],
                PLATFORM_CONFIGURATION: _about(
                    platform, "moodle", "4.5.6 (Build: 20250811)", deep_links=("ContentArea",)
                ),
            }
        case Product.CANVAS:
            about = _about(platform, "canvas", "OpenSource", links=_CANVAS_LINKS, deep_links=_CANVAS_DEEP_LINKS)
            return {
                "scopes_supported": list(CANVAS_SCOPES),
                "subject_types_supported": ["public"],
                "claims_supported": ["sub", "picture", "email", "name", "given_name", "family_name", "locale"],
                # A host, no address.
                "authorization_server": urlsplit(lms.public_url).netloc,
                PLATFORM_CONFIGURATION: about
                | {
                    f"{_CANVAS}/account_name": lms.school.name,
                    f"{_CANVAS}/account_lti_guid": f"{platform.guid}:canvas-lms",
                },
            }
        case Product.SAKAI:
            return {PLATFORM_CONFIGURATION: _about(platform, "sakailms.org", "25.0")}
        case _:
            return {
                "authorization_server": platform.audience,
                PLATFORM_CONFIGURATION: _about(platform, "desire2learn", "20.26.11"),
            }


def _about(
    platform: Platform, family: str, version: str, *, links: tuple[str, ...] = (), deep_links: tuple[str, ...] = ()
) -> dict[str, Any]:
    messages = [(RESOURCE_LINK, links), (DEEP_LINKING, deep_links)]
    return {
        "product_family_code": family,
        "version": version,
        "messages_supported": [
            {"type": kind} | ({"placements": list(placements)} if placements else {}) for kind, placements in messages
        ],
        "variables": list(LISTED[platform.slug]),
    }


def _address(platform: Platform, place: str, query: dict[str, str], trouble: Trouble) -> str:
    asked = query | ({"trouble": trouble.value} if trouble else {})
    return platform.endpoint(place) + (f"?{urlencode(asked)}" if asked else "")
