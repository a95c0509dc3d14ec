"""Requests for content, and what the platform makes of the answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import requests
from lxml import html

from lti_elos.demo.lms import jose
from tests.conftest import Tool
from tests.support.browser import Browser
from tests.support.platform import LTI, Platform

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN = "http://lms.example.test/return?course=1&key=k%20ey"


def asks(**changes: Any) -> dict[str, Any]:
    """Changes to a launch's claims that make it a request for content; ``changes`` are to its settings."""
    settings: dict[str, Any] = {
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "data": 'csrf:"é"\n<&>',
    }
    settings = {name: value for name, value in (settings | changes).items() if value is not None}
    return {
        "message_type": "LtiDeepLinkingRequest",
        "resource_link": None,
        f"{DL}deep_linking_settings": settings,
    }


def begin(browser: Browser, platform: Platform, *, claims: dict[str, Any] | None = None, **settings: Any) -> str:
    """The picker's path."""
    response = browser.launch(platform, **asks(**settings) | (claims or {}))
    assert response.status_code == 303, response.text
    path = response.headers["Location"]
    assert path.startswith("/deep-linking/")
    return path


@dataclass(frozen=True)
class Answered:
    """What a page posts to the platform, its signature checked with the keys that we publish."""

    url: str
    claims: dict[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.claims[f"{DL}content_items"]
        return found


def answered(tool: Tool, platform: Platform, response: requests.Response) -> Answered:
    """The answer in a page; what every answer has to say is looked at here."""
    assert response.status_code == 200, response.text
    [form] = html.fromstring(response.text).xpath("//form")
    fields = dict(form.form_values())
    assert list(fields) == ["JWT"]
    assert form.get("method") == "post"
    keys = requests.get(f"{tool.url}/lti/jwks.json", timeout=10).json()
    claims = jose.verified(fields["JWT"], keys)
    now = time.time()
    assert claims["iss"] == platform.client_id
    assert claims["aud"] == platform.issuer
    assert now - 60 < claims["iat"] <= now + 1
    assert claims["exp"] == claims["iat"] + 300
    assert len(claims["nonce"]) >= 32
    assert claims[f"{LTI}deployment_id"] == platform.deployment_id
    assert claims[f"{LTI}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{LTI}version"] == "1.3.0"
    return Answered(form.get("action"), claims)
