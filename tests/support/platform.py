"""A platform for launch tests: keys, a JWKS endpoint over HTTP that can misbehave, and tokens of any shape.

Signs with the demo LMS's JOSE code, never with the product's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Request, Response

from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


@dataclass
class Jwks:
    """The platform's key endpoint, and how it behaves."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    behaviour: str = "ok"
    fetches: int = 0
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self.fetches += 1
        response = self._answer(Request(environ))
        return response(environ, start_response)

    def _answer(self, _request: Request) -> Response:
        match self.behaviour:
            case "500":
                return Response("down", status=500)
            case "html":
                return Response("<html>Sign in</html>", content_type="text/html")
            case "redirect":
                return Response(status=302, headers={"Location": "http://127.0.0.1:1/"})
            case "slow":
                self.sleep(30)
                return Response("{}")
            case "huge":
                return Response(b'{"keys": [' + b'"x",' * 200_000 + b"]}")
            case _:
                return Response(json.dumps({"keys": self.keys}), content_type="application/json")


@dataclass
class Platform:
    """A registered platform as a test drives it."""

    id: UUID
    issuer: str
    client_id: str
    deployment_id: str
    jwks: Jwks
    key: Any
    kid: str
    product: str = "canvas"

    def claims(self, *, nonce: str, target: str, **changes: Any) -> dict[str, Any]:
        """A valid teacher's launch; ``changes`` by short name ("roles") or full claim; None removes."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "user-1",
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "name": "Docente Exemplo",
            "given_name": "Docente",
            "family_name": "Exemplo",
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": self.deployment_id,
            f"{LTI}target_link_uri": target,
            f"{LTI}resource_link": {"id": "link-1", "title": "Aula ao vivo"},
            f"{LTI}context": {"id": "course-1", "label": "MAT101", "title": "Cálculo I"},
            f"{LTI}roles": [f"{MEMBERSHIP}Instructor"],
            f"{LTI}launch_presentation": {
                "locale": "pt-BR",
                "document_target": "iframe",
                "return_url": f"{self.issuer}/course/1",
            },
            f"{LTI}tool_platform": {"guid": "g-1", "name": "Sample", "product_family_code": self.product},
        }
        for name, value in changes.items():
            key = f"{LTI}{name}" if f"{LTI}{name}" in claims or name in _SHORT else name
            if value is None:
                claims.pop(key, None)
            else:
                claims[key] = value
        return claims

    def sign(self, payload: Any, **header: Any) -> str:
        """A compact RS256 JWS with the platform's key; ``header`` overrides (None removes a member)."""
        members = {"typ": "JWT", "alg": "RS256", "kid": self.kid} | header
        members = {name: value for name, value in members.items() if value is not None}
        return jose.sign(members, payload, self.key)


_SHORT = {"custom", "lis", "role_scope_mentor", "resource_link", "context"}


def make_jwks() -> tuple[Jwks, ThreadedServer]:
    """A key endpoint on a free port, started."""
    jwks = Jwks()
    return jwks, ThreadedServer(jwks).start()
