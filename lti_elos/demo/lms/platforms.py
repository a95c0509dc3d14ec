"""The six platforms of the LMS, the tools they know, and what is in memory while it runs."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from lti_elos.demo.lms import jose
from lti_elos.demo.lms.hints import Hints
from lti_elos.demo.lms.journal import Journal
from lti_elos.demo.lms.keysets import read_keys
from lti_elos.demo.lms.overrides import Overrides
from lti_elos.demo.lms.school import NotInSchool, School
from lti_elos.demo.lms.selections import Selections
from lti_elos.demo.lms.tickets import Tickets
from lti_elos.demo.lms.tools import Clients, State, Tool, built_in


class Product(StrEnum):
    """Whose manners a platform has."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    BRIGHTSPACE = "brightspace"
    OPEN_EDX = "openedx"
    BLACKBOARD = "blackboard"
    SAKAI = "sakai"


# Canvas's hints are JWTs of five minutes, Open edX's the keys of a cache of ten [their sources]. The others' age is
# not known.
_HINT_AGES_S = {
    Product.MOODLE: None,
    Product.CANVAS: 300,
    Product.BRIGHTSPACE: 300,
    Product.OPEN_EDX: 600,
    Product.BLACKBOARD: 300,
    Product.SAKAI: 300,
}


@dataclass(frozen=True, slots=True)
class Platform:
    """As one of its tools sees it: the others have the same issuer and keys, and another client and deployment id."""

    slug: Product
    name: str
    issuer: str
    client_id: str
    deployment_id: str
    key: RSAPrivateKey
    kid: str
    audience: str
    """What a client assertion for services must name."""
    tool: Tool

    @property
    def guid(self) -> str:
        """Of this installation: the same at every start, since the tool keeps what it knows by it."""
        return self.stable_uuid("guid")

    @property
    def hint_age_s(self) -> int | None:
        """How long a hint can be used, any number of times. None: once, whenever that is."""
        return _HINT_AGES_S[self.slug]

    @property
    def hint_name(self) -> str:
        """The parameter that leads back to the launch: Sakai has put everything into the one that must be there."""
        return "login_hint" if self.slug is Product.SAKAI else "lti_message_hint"

    @property
    def asks_by_get(self) -> bool:
        """The login is a redirect, where others post a form [Open edX's and Sakai's sources, a captured request of
        Blackboard's]."""
        return self.slug in (Product.OPEN_EDX, Product.BLACKBOARD, Product.SAKAI)

    @property
    def posts_errors(self) -> bool:
        """Tells the tool what is wrong with its request. Else the person reads it on a page of the LMS."""
        return self.slug not in (Product.OPEN_EDX, Product.SAKAI)

    @property
    def jwk(self) -> dict[str, str]:
        # Brightspace's key set has no "alg" members.
        return jose.public_jwk(self.key, kid=self.kid, alg=None if self.slug is Product.BRIGHTSPACE else "RS256")

    def endpoint(self, name: str) -> str:
        return f"{self.issuer}/{name}"

    def stable_uuid(self, *parts: object) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join([self.issuer, *map(str, parts)])))


@dataclass(frozen=True, slots=True)
class Classes:
    """How classes play themselves at this demo's Elos, for the visitors of the front page."""

    minutes: int
    """Of a class."""
    seconds: int
    """That it takes."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the tool's operators sign in, and as whom a visitor of the demo may."""

    url: str
    email: str
    password: str


class Lms:
    """Everything that lasts while the LMS runs. Parts that change guard themselves by ``lock``."""

    def __init__(
        self,
        *,
        school: School,
        public_url: str,
        tool_url: str,
        clock: Callable[[], float],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.school = school
        self.public_url = public_url.rstrip("/")
        self.tool = built_in(tool_url.rstrip("/"))
        """The one that all platforms know from the start."""
        self.clock = clock
        self.lock = threading.RLock()
        self.hints = Hints(self.lock, clock)
        self.journal = Journal(self.lock)
        self.clients = Clients(self.lock)
        self.tickets = Tickets(self.lock, clock)
        self.selections = Selections(self.lock)
        self.slow_s = 12.0
        """How late a slow registration is: later than a tool should wait."""
        self.keys_of = partial(read_keys, context=context)
        self.overrides = Overrides()
        self.desk: Desk | None = None
        self.classes: Classes | None = None
        self.platforms: dict[str, Platform] = {one.slug: one for one in _platforms(self.public_url, self.tool)}

    def school_at(self, slug: str) -> School:
        """With the activities that were selected on this platform."""
        return self.selections.with_links(slug, self.school)

    def platform(self, slug: str, client_id: str = "") -> Platform:
        """The platform for the tool of the start, or for the active tool with this client id. Raises NotInSchool."""
        if slug not in self.platforms:
            raise NotInSchool(slug)
        platform = self.platforms[slug]
        if client_id in ("", platform.client_id):
            return platform
        client = self.clients.get(slug, client_id)
        if client is None or client.state is not State.ACTIVE:
            raise NotInSchool(client_id)
        return replace(platform, client_id=client_id, deployment_id=client.deployment_id, tool=client.tool)


def _platforms(public_url: str, tool: Tool) -> list[Platform]:
    # Client and deployment ids are made like each product's own. Brightspace's audience is the same for everybody;
    # the others take their token address.
    return [
        _platform(public_url, tool, Product.MOODLE, "Moodle", client_id="NfNyWAr7OW3DCAG", deployment_id="1"),
        _platform(
            public_url,
            tool,
            Product.CANVAS,
            "Canvas",
            client_id="10000000000042",
            deployment_id="7:4a1c0f8be2d94d6b8f0e5c3a7719d2e6b1a0c4f3",
        ),
        _platform(
            public_url,
            tool,
            Product.BRIGHTSPACE,
            "Brightspace",
            client_id="5d0f4c8e-93b7-4b52-9a60-2f1f7f6f0b1d",
            deployment_id="0b9a7d5e-1f53-4c0c-8f1c-6f0f6f2f7a10",
            audience="https://api.brightspace.com/auth/token",
        ),
        _platform(
            public_url,
            tool,
            Product.OPEN_EDX,
            "Open edX",
            client_id="b7a3c9d2-41f8-4e07-9c55-8d6e2f10a9b4",
            deployment_id="1",
        ),
        # The real one has one issuer and one client id for the whole world, and a deployment for each institution.
        _platform(
            public_url,
            tool,
            Product.BLACKBOARD,
            "Blackboard",
            client_id="c1f0a6de-2b74-4a39-8e1d-70b5d94c3e62",
            deployment_id="6e2d9a41-83c5-4f0b-b7d6-19a4c8e05f37",
        ),
        _platform(
            public_url,
            tool,
            Product.SAKAI,
            "Sakai",
            client_id="3f8b1e57-6c0d-4d92-a1f4-5e7092bd84c6",
            deployment_id="1",
        ),
    ]


def _platform(public_url: str, tool: Tool, slug: Product, name: str, *, audience: str = "", **ids: Any) -> Platform:
    issuer = f"{public_url}/{slug}"
    key = jose.generate_key()
    # The key is new at each start, and its name with it: the tool must notice.
    kid = jose.thumbprint(key)
    return Platform(slug, name, issuer, key=key, kid=kid, audience=audience or f"{issuer}/token", tool=tool, **ids)
