"""The LMS's part: a key endpoint, people, and signed launches of the size that Moodle sends (3 kB)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench import http
from lti_elos.demo.lms import jose
from lti_elos.demo.serving import ThreadedServer

ISSUER, CLIENT_ID, DEPLOYMENT_ID, KID = "http://127.0.0.1:9", "bench-client", "1", "bench-key"
AUTH_URL, TOKEN_URL = f"{ISSUER}/mod/lti/auth.php", f"{ISSUER}/mod/lti/token.php"
_LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"


@dataclass
class Person:
    """Somebody of the course, and what their browser keeps."""

    sub: str
    is_teacher: bool = False
    course: str = "course-1"
    keeps_session: bool = False
    """Whether the browser still has our session cookie at the next launch: half of them do."""
    cookies: dict[str, str] = field(default_factory=dict)


class Platform:
    """Signs launches. Its keys are at ``jwks_url`` while it serves."""

    def __init__(self) -> None:
        self._key = jose.generate_key()
        self._keys = json.dumps({"keys": [jose.public_jwk(self._key, kid=KID)]}).encode()
        self.fetches = 0
        self.server = ThreadedServer(self._answer)

    @property
    def jwks_url(self) -> str:
        return f"{self.server.url}/jwks.json"

    def _answer(self, _environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.fetches += 1
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(self._keys)))])
        return [self._keys]

    def login(self, tool_url: str, person: Person) -> bytes:
        """The login initiation, as a form post."""
        form = {
            "iss": ISSUER,
            "target_link_uri": f"{tool_url}/lti/launch",
            "login_hint": person.sub,
            "lti_message_hint": json.dumps({"cmid": 21, "launchid": f"ltilaunch_{person.sub}"}),
            "client_id": CLIENT_ID,
            "lti_deployment_id": DEPLOYMENT_ID,
        }
        return http.request("POST", f"{tool_url}/lti/login", form=form, cookies=person.cookies)

    def launch(self, tool_url: str, person: Person, login: http.Answer) -> bytes:
        """The signed answer to a login, by the browser that logged in."""
        query = parse_qs(urlsplit(login.location).query)
        token = jose.sign(
            {"typ": "JWT", "alg": "RS256", "kid": KID}, self._claims(tool_url, person, query["nonce"][0]), self._key
        )
        return http.request(
            "POST",
            f"{tool_url}/lti/launch",
            form={"id_token": token, "state": query["state"][0]},
            cookies=person.cookies | login.cookies,
            headers={"Origin": ISSUER, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
        )

    def _claims(self, tool_url: str, person: Person, nonce: str) -> dict[str, Any]:
        now = int(time.time())
        role = "Instructor" if person.is_teacher else "Learner"
        return {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": person.sub,
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "name": f"Pessoa Exemplo {person.sub}",
            "given_name": "Pessoa",
            "family_name": f"Exemplo {person.sub}",
            "email": f"{person.sub}@example.org",
            f"{_LTI}message_type": "LtiResourceLinkRequest",
            f"{_LTI}version": "1.3.0",
            f"{_LTI}deployment_id": DEPLOYMENT_ID,
            f"{_LTI}target_link_uri": f"{tool_url}/lti/launch",
            f"{_LTI}resource_link": {"id": "21", "title": "Aula ao vivo", "description": "Encontro semanal " * 8},
            f"{_LTI}context": {
                "id": person.course,
                "label": "MAT101",
                "title": "Cálculo Diferencial e Integral I",
                "type": ["CourseSection", "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"],
            },
            f"{_LTI}roles": [f"{_INSTITUTION}Student", f"{_INSTITUTION}Faculty", f"{_MEMBERSHIP}{role}"],
            f"{_LTI}launch_presentation": {
                "locale": "pt_br",
                "document_target": "iframe",
                "return_url": f"{ISSUER}/mod/lti/return.php?course=2&launch_container=3&instanceid=21",
            },
            f"{_LTI}tool_platform": {
                "guid": "4f1c5e0d8b2a4c3f9e7d6a5b4c3d2e1f",
                "name": "Campus",
                "family_code": "moodle",
                "product_family_code": "moodle",
                "version": "2024100700",
                "description": "Ambiente virtual de aprendizagem",
            },
            f"{_LTI}lis": {"person_sourcedid": "", "course_section_sourcedid": "MAT101-2026-2"},
            f"{_LTI}custom": {"user_tz": "America/Sao_Paulo", "context_start": "2026-08-03T00:00:00-03:00"},
            f"{_LTI}ext": {"user_username": person.sub, "lms": "moodle-2"},
            "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
                "lis_result_sourcedid": json.dumps(
                    {"data": {"instanceid": "21", "userid": person.sub}, "hash": "f" * 64}
                ),
                "lis_outcome_service_url": f"{ISSUER}/mod/lti/service.php",
            },
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [
                    f"https://purl.imsglobal.org/spec/lti-ags/scope/{name}"
                    for name in ("lineitem", "lineitem.readonly", "result.readonly", "score")
                ],
                "lineitems": f"{ISSUER}/mod/lti/services.php/2/lineitems?type_id=1",
                "lineitem": f"{ISSUER}/mod/lti/services.php/2/lineitems/17/lineitem?type_id=1",
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": f"{ISSUER}/mod/lti/services.php/CourseSection/2/bindings/1/memberships",
                "service_versions": ["1.0", "2.0"],
            },
        }
