"""The demo LMS on a port, and a tool's half of a launch by hand: nothing here is shared with the product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

import jwt
import requests
from lxml import html

from lti_elos.demo.lms.app import create_lms, registrations
from lti_elos.demo.lms.platforms import Lms
from lti_elos.demo.serving import ThreadedServer

TOOL = "http://tool.test:8443"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
SLUGS = ("moodle", "canvas", "brightspace", "openedx", "blackboard", "sakai")
ASKS_BY_GET = ("openedx", "blackboard", "sakai")
POSTS_ERRORS = ("moodle", "canvas", "brightspace", "blackboard")


@dataclass
class Clock:
    """Stands still until it is moved. It starts now, since PyJWT looks at the real one."""

    now: float

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Form:
    """The self-posting form of a page."""

    status: int
    action: str
    fields: dict[str, str]


@dataclass
class Platforms:
    """A running LMS as its tool and its browsers see it."""

    url: str
    lms: Lms
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: str) -> requests.Response:
        return self.session.get(self.url + path, params=query, timeout=5, allow_redirects=False)

    def form(self, answer: requests.Response) -> Form:
        found = cast(Any, html.fromstring(answer.content)).forms[0]
        return Form(answer.status_code, str(found.action), dict(found.form_values()))

    def start(self, slug: str, *, course: str = "mat101", person: str = "teacher-1", **query: str) -> dict[str, str]:
        """The login parameters that reach the tool."""
        answer = self.get(f"/{slug}/launch", course=course, **{"as": person}, **query)
        if slug in ASKS_BY_GET:
            address, _, parameters = answer.headers["Location"].partition("?")
            assert (answer.status_code, address) == (302, f"{TOOL}/lti/login")
            return dict(parse_qsl(parameters, strict_parsing=True))
        sent = self.form(answer)
        assert sent.action == f"{TOOL}/lti/login"
        return sent.fields

    def ask(self, slug: str, login: dict[str, str], method: str = "GET", **changes: str | None) -> requests.Response:
        """The tool's authentication request; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": f"{TOOL}/lti/launch",
            "state": "state-1",
            "nonce": "nonce-1",
            "login_hint": login["login_hint"],
            "lti_message_hint": login.get("lti_message_hint"),
        }
        sent = {name: value for name, value in (asked | changes).items() if value is not None}
        where = "params" if method == "GET" else "data"
        return self.session.request(method, f"{self.url}/{slug}/auth", timeout=5, **{where: sent})  # type: ignore[arg-type]

    def token(self, slug: str, **launch: str) -> str:
        return self.form(self.ask(slug, self.start(slug, **launch))).fields["id_token"]

    def claims(self, slug: str, **launch: str) -> dict[str, Any]:
        """Verified with PyJWT against the key set that the platform serves."""
        registration = next(one for one in registrations(self.lms) if one.slug == slug)
        token = self.token(slug, **launch)
        keys = jwt.PyJWKSet.from_dict(self.get(f"/{slug}/jwks").json())
        verified: dict[str, Any] = jwt.decode(
            token,
            keys[jwt.get_unverified_header(token)["kid"]].key,
            algorithms=["RS256"],
            audience=registration.client_id,
            issuer=registration.issuer,
            leeway=5,
        )
        return verified


@contextmanager
def running(now: float) -> Iterator[Platforms]:
    clock = Clock(now)
    with ThreadedServer() as server:
        app = create_lms(public_url=server.url, tool_url=TOOL, clock=clock)
        server.app = app
        platforms = Platforms(server.url, app.extensions["lms"], clock)
        with platforms.session:
            yield platforms
