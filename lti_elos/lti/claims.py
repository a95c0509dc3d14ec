"""The claims of a message, parsed once. Source: LTI 1.3 core, 5.3 and 5.4.

Required claims are refused when missing or malformed; optional ones of the wrong type count as absent: LMSs send
numbers, nulls, empty texts and unsubstituted variables where the specification has none of them.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, ValidationError

from lti_elos.causes import Cause
from lti_elos.domain.names import has_controls
from lti_elos.errors import Incomplete, MessageType

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
RESOURCE_LINK = "LtiResourceLinkRequest"


def _identifier(text: str) -> str:
    """Opaque ids: 1–255 characters (core, 5.3.3), no control characters."""
    if not 1 <= len(text) <= 255 or has_controls(text):
        raise ValueError("1 to 255 characters, none of them control characters")
    return text


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _custom(value: object) -> dict[str, str]:
    """Custom parameters as texts. One that begins with "$" was not substituted: absent (core, appendix B)."""
    if not isinstance(value, dict):
        return {}
    texts = {
        str(key): str(item)
        for key, item in value.items()
        if isinstance(item, str | int | float) and not isinstance(item, bool)
    }
    return {key: text for key, text in texts.items() if text and not text.startswith("$")}


def _web_url(value: object) -> str:
    text = _text(value)
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or len(text) > 2000:
        return ""
    return "" if " " in text or has_controls(text) else text


Identifier = Annotated[StrictStr, AfterValidator(_identifier)]
Text = Annotated[str, BeforeValidator(_text)]
WebUrl = Annotated[str, BeforeValidator(_web_url)]


class Part(BaseModel):
    """Of a message; what we do not know of it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ResourceLink(Part):
    """Where in the course the link is."""

    id: Identifier
    title: Text = ""


class Context(Part):
    """The course."""

    id: Identifier
    label: Text = ""
    title: Text = ""


class Presentation(Part):
    """How the platform shows us."""

    document_target: Text = ""
    locale: Text = ""
    return_url: WebUrl = ""


class Lis(Part):
    """What the institution's own systems call things (LTI core, 5.4.5)."""

    person_sourcedid: Text = ""
    course_section_sourcedid: Text = ""
    course_offering_sourcedid: Text = ""


class ToolPlatform(Part):
    """Which product the platform is."""

    name: Text = ""
    product_family_code: Text = ""


def _context(value: object) -> object:
    return value if isinstance(value, dict) and isinstance(value.get("id"), str) and value["id"] else None


class MessageClaims(Part):
    """What every verified message says."""

    sub: Identifier
    deployment_id: Annotated[Identifier, Field(alias=f"{LTI}deployment_id")]
    context: Annotated[Context | None, Field(alias=f"{LTI}context"), BeforeValidator(_context)] = None
    presentation: Annotated[Presentation, Field(alias=f"{LTI}launch_presentation"), BeforeValidator(_object)] = (
        Presentation()
    )
    tool_platform: Annotated[ToolPlatform, Field(alias=f"{LTI}tool_platform"), BeforeValidator(_object)] = (
        ToolPlatform()
    )
    lis: Annotated[Lis, Field(alias=f"{LTI}lis"), BeforeValidator(_object)] = Lis()
    custom: Annotated[dict[str, str], Field(alias=f"{LTI}custom"), BeforeValidator(_custom)] = {}
    name: Text = ""
    given_name: Text = ""
    family_name: Text = ""
    locale: Text = ""


class LaunchClaims(MessageClaims):
    """A verified LtiResourceLinkRequest."""

    target_link_uri: Annotated[StrictStr, Field(alias=f"{LTI}target_link_uri", min_length=1, max_length=2000)]
    resource_link: Annotated[ResourceLink, Field(alias=f"{LTI}resource_link")]
    roles: Annotated[list[StrictStr], Field(alias=f"{LTI}roles")]


_Claims = TypeVar("_Claims", bound=MessageClaims)
_CAUSES = {"sub": Cause.PERSON_MISSING, "roles": Cause.ROLES_MISSING}
"""Claims with a mend of their own."""


def message_type(claims: dict[str, Any], known: tuple[str, ...]) -> str:
    """Raises MessageType for another version or message type, Incomplete where either is missing."""
    version, kind = claims.get(f"{LTI}version"), claims.get(f"{LTI}message_type")
    for name, value in (("version", version), ("message_type", kind)):
        if not isinstance(value, str) or not value:
            raise Incomplete(f"claim {name} is missing", cause=Cause.MESSAGE_MISSING)
    if version != "1.3.0":
        raise MessageType(
            "version",
            cause=Cause.VERSION_OTHER,
            expected="1.3.0",
            received=str(version)[:40],
            type=f"LTI {version}"[:40],
        )
    if kind not in known:
        raise MessageType("message_type", expected=" or ".join(known), received=str(kind)[:60], type=str(kind)[:60])
    return str(kind)


def parsed(model: type[_Claims], claims: dict[str, Any]) -> _Claims:
    """Raises Incomplete for a claim missing or malformed."""
    try:
        return model.model_validate(claims)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]).removeprefix(LTI)
        cause = _CAUSES.get(place.partition(".")[0], Cause.CLAIM_WRONG)
        raise Incomplete(
            f"claim {place[:100]}: {first['msg'][:200]}", cause=cause
        ) from None  # the cause holds the claims
