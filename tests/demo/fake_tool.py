"""A tool that registers itself with the demo LMS: nothing here is shared with the product."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, redirect, request

from lti_elos.demo.serving import ThreadedServer

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


@dataclass
class FakeTool:
    url: str
    name: str = "Throwaway tool"
    items: list[dict[str, Any]] = field(default_factory=list)
    """What it answers where content is to be selected."""
    response_changes: dict[str, Any] = field(default_factory=dict)
    launches: list[dict[str, Any]] = field(default_factory=list)
    """Claims of all launches, verified."""
    registrations: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Configurations by issuer and client id."""
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def body(self, **changes: Any) -> dict[str, Any]:
        """A registration that everybody takes; of the tool configuration, changes are in ``configuration``."""
        more = changes.pop("configuration", {})
        body: dict[str, Any] = {
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["client_credentials", "implicit"],
            "initiate_login_uri": f"{self.url}/login",
            "redirect_uris": [f"{self.url}/launched", f"{self.url}/also-launched"],
            "client_name": self.name,
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": NRPS,
            TOOL_CONFIGURATION: {
                "domain": urlsplit(self.url).netloc,
                "target_link_uri": f"{self.url}/target",
                "description": "For tests",
                "custom_parameters": {"username": "$User.username", "mine": "yes"},
                "claims": ["iss", "sub", "name"],
                "messages": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "target_link_uri": f"{self.url}/select"},
                ],
            },
        }
        body[TOOL_CONFIGURATION] = {k: v for k, v in (body[TOOL_CONFIGURATION] | more).items() if v is not None}
        return {name: value for name, value in (body | changes).items() if value is not None}

    def register(self, openid_configuration: str, token: str, **changes: Any) -> requests.Response:
        """Reads the configuration, and asks to be registered."""
        configuration = requests.get(openid_configuration, timeout=5).json()
        answer = requests.post(
            configuration["registration_endpoint"],
            json=self.body(**changes),
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )
        if answer.ok:
            with self.lock:
                self.registrations[configuration["issuer"], answer.json()["client_id"]] = configuration
        return answer


@contextmanager
def fake_tool(**more: Any) -> Iterator[FakeTool]:
    with ThreadedServer() as server:
        tool = FakeTool(f"http://localhost:{server.port}", **more)
        server.app = _app(tool)
        yield tool


def _app(tool: FakeTool) -> Flask:
    app = Flask(__name__)

    @app.get("/register")
    def register() -> str:
        asked = request.args
        answer = tool.register(asked["openid_configuration"], asked["registration_token"])
        kept = asked.get("invite", "")
        return (
            f"<!doctype html><title>{tool.name}</title>"
            f"<p id=status>{answer.status_code}</p><p id=invite>{kept}</p>"
            "<button>Done</button><script>document.querySelector('button').onclick = () =>"
            "(opener || parent).postMessage({subject: 'org.imsglobal.lti.close'}, '*')</script>"
        )

    @app.get("/jwks")
    def jwks() -> Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(tool.key.public_key(), as_dict=True)
        return jsonify(keys=[{**public, "kid": "k1", "use": "sig", "alg": "RS256"}])

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        sent = request.values
        configuration = tool.registrations[sent["iss"], sent["client_id"]]
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": sent["client_id"],
            "redirect_uri": f"{tool.url}/launched",
            "state": "state-1",
            "nonce": uuid4().hex,
            "login_hint": sent["login_hint"],
            **({"lti_message_hint": sent["lti_message_hint"]} if "lti_message_hint" in sent else {}),
        }
        return redirect(f"{configuration['authorization_endpoint']}?{urlencode(asked)}")

    @app.post("/launched")
    def launched() -> str:
        claims = _verified(tool, request.form["id_token"])
        with tool.lock:
            tool.launches.append(claims)
        if claims[f"{LTI}message_type"] == "LtiDeepLinkingRequest":
            return _selection(tool, claims)
        return f"<!doctype html><title>{tool.name}</title><p id=who>{claims.get('name')}</p>"

    return app


def _verified(tool: FakeTool, token: str) -> dict[str, Any]:
    unverified = jwt.decode(token, options={"verify_signature": False})
    configuration = tool.registrations[unverified["iss"], unverified["aud"]]
    keys = jwt.PyJWKSet.from_dict(requests.get(configuration["jwks_uri"], timeout=5).json())
    key = keys[jwt.get_unverified_header(token)["kid"]].key
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience=unverified["aud"], issuer=configuration["issuer"], leeway=5
    )
    return claims


def deep_link_response(tool: FakeTool, asked: Mapping[str, Any], **changes: Any) -> str:
    """Signed; None takes a claim away."""
    settings = asked[f"{DL}deep_linking_settings"]
    now = int(time.time())
    claims = {
        "iss": asked["aud"],
        "aud": asked["iss"],
        "iat": now,
        "exp": now + 300,
        "nonce": uuid4().hex,
        f"{LTI}message_type": "LtiDeepLinkingResponse",
        f"{LTI}version": "1.3.0",
        f"{LTI}deployment_id": asked[f"{LTI}deployment_id"],
        f"{DL}content_items": tool.items,
        f"{DL}data": settings.get("data"),
    }
    kept = {name: value for name, value in (claims | tool.response_changes | changes).items() if value is not None}
    return jwt.encode(kept, tool.key, algorithm="RS256", headers={"kid": "k1"})


def _selection(tool: FakeTool, asked: Mapping[str, Any]) -> str:
    address = asked[f"{DL}deep_linking_settings"]["deep_link_return_url"].replace("&", "&amp;")
    return (
        f'<!doctype html><title>{tool.name}</title><form method=post action="{address}">'
        f"<input type=hidden name=JWT value={deep_link_response(tool, asked)}><button>Take</button></form>"
    )
