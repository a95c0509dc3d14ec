"""Deep linking: what a platform asks to be chosen, and our answer. Source: LTI Deep Linking 2.0.

pylti1p3 has a class for the answer; it writes nulls, which no platform has to take, and checks nothing of the request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

import jwt
from pydantic import AfterValidator, BeforeValidator, Field, StrictStr

from lti_elos.causes import Cause
from lti_elos.domain.names import has_controls, tidy
from lti_elos.errors import Incomplete, MessageType
from lti_elos.lti.claims import LTI, MessageClaims, Part
from lti_elos.lti.service_token import SigningKey

DEEP_LINKING = "LtiDeepLinkingRequest"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
PLACEMENT = "https://www.instructure.com/placement"
"""Canvas's own claim: where in its pages the teacher was asked."""

RESOURCE_LINK_ITEM = "ltiResourceLink"
"""The one type of content that we make: a link that launches us."""

POINTS = 100
"""Of the gradebook column that a link may bring."""

TITLE_LIMIT = 250
_TEXT_LIMIT = 1000
_URL_LIMIT = 4000
_DATA_LIMIT = 20_000
_TTL = timedelta(minutes=5)
"""Of an answer: the browser carries it at once, and Canvas takes no older one."""

_GRADED = {"assignment_selection", "course_assignments_menu"}
"""Canvas's placements that make assignments; what its others make has no column in the gradebook."""
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""It goes into a Content-Security-Policy: nothing that could end the directive."""


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL that a page may post to; "" for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else ""


def _address(url: str) -> str:
    if len(url) > _URL_LIMIT or not origin_of(url) or " " in url or "#" in url or has_controls(url):
        raise ValueError(f"an http(s) URL of at most {_URL_LIMIT} characters")
    return url


def _texts(value: object) -> object:
    """The texts in a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else value


def _yes(value: object) -> bool:
    return value is True


def _data(text: str | None) -> str | None:
    if text is not None and len(text) > _DATA_LIMIT:
        raise ValueError(f"at most {_DATA_LIMIT} characters")
    return text


Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Yes = Annotated[bool, BeforeValidator(_yes)]


class Settings(Part):
    """The claim deep_linking_settings. What is absent, or of another type, is not taken for granted."""

    return_url: Annotated[StrictStr, Field(alias="deep_link_return_url"), AfterValidator(_address)]
    accept_types: Texts
    targets: Annotated[Texts, Field(alias="accept_presentation_document_targets")] = ()
    accept_multiple: Yes = False
    accept_lineitem: Yes = False
    title: Annotated[str, BeforeValidator(lambda value: tidy(value, TITLE_LIMIT))] = ""
    text: Annotated[str, BeforeValidator(lambda value: tidy(value, _TEXT_LIMIT))] = ""
    data: Annotated[StrictStr | None, AfterValidator(_data)] = None


class DeepLinkingClaims(MessageClaims):
    """A verified LtiDeepLinkingRequest."""

    settings: Annotated[Settings, Field(alias=f"{DL}deep_linking_settings")]
    target_link_uri: Annotated[str, Field(alias=f"{LTI}target_link_uri", max_length=2000)] = ""
    roles: Annotated[Texts, Field(alias=f"{LTI}roles"), BeforeValidator(lambda value: value or ())] = ()
    placement: Annotated[str, Field(alias=PLACEMENT), BeforeValidator(lambda value: tidy(value, 100))] = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the platform takes, and what it wants back with it."""

    return_url: str
    several: bool
    lineitem: bool
    window: bool
    iframe: bool
    title: str
    text: str
    data: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link that shall stand in the course."""

    title: str
    text: str
    custom: dict[str, str]
    resource_id: str
    """What the gradebook column is for."""
    is_graded: bool = True
    """It may bring one."""


def wanted(claims: DeepLinkingClaims, *, allow_http: bool) -> Wanted:
    """What may be chosen for this platform.

    Raises MessageType where it takes no links to tools, Incomplete for an address that nothing may be sent to.
    """
    settings = claims.settings
    if RESOURCE_LINK_ITEM not in settings.accept_types:
        asked = tidy(", ".join(settings.accept_types), 60)
        raise MessageType("accept_types", expected=RESOURCE_LINK_ITEM, received=asked, type=asked)
    if not settings.return_url.startswith("https://") and not allow_http:
        raise Incomplete("claim deep_link_return_url is not https", cause=Cause.CLAIM_WRONG)
    is_graded = not claims.placement or claims.placement.rpartition("/")[2] in _GRADED
    return Wanted(
        return_url=settings.return_url,
        several=settings.accept_multiple,
        lineitem=settings.accept_lineitem and is_graded,
        window="window" in settings.targets,
        iframe="iframe" in settings.targets,
        title=settings.title,
        text=settings.text,
        data=settings.data,
    )


def answer(
    wanted: Wanted,
    links: Sequence[Link],
    *,
    url: str,
    graded: bool,
    issuer: str,
    client_id: str,
    deployment_id: str,
    key: SigningKey,
    now: datetime,
) -> str:
    """The signed LtiDeepLinkingResponse. Without links it says that nothing was chosen.

    :param url: where the links launch.
    :param graded: each link brings a gradebook column, where the platform takes one.
    """
    claims: dict[str, Any] = {
        "iss": client_id,
        "aud": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + _TTL).timestamp()),
        "nonce": secrets.token_urlsafe(24),
        f"{LTI}deployment_id": deployment_id,
        f"{LTI}message_type": "LtiDeepLinkingResponse",
        f"{LTI}version": "1.3.0",
        f"{DL}content_items": [_item(wanted, link, url, graded=graded and wanted.lineitem) for link in links],
    }
    if wanted.data is not None:
        claims[f"{DL}data"] = wanted.data
    return jwt.encode(claims, key.private_pem, algorithm="RS256", headers={"kid": key.kid})


def _item(wanted: Wanted, link: Link, url: str, *, graded: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"type": RESOURCE_LINK_ITEM, "url": url, "title": link.title, "custom": link.custom}
    if link.text:
        item["text"] = link.text
    if wanted.window:  # cookies, camera and screen work everywhere in a window of its own
        item["window"] = {"targetName": "_blank"}
    elif wanted.iframe:
        item["iframe"] = {"width": 1080, "height": 720}
    if graded and link.is_graded:
        item["lineItem"] = {"scoreMaximum": POINTS, "label": link.title, "resourceId": link.resource_id, "tag": "elos"}
    return item
