"""Tools as a platform has them registered: the one it was started with, and those that registered themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

BUILT_IN_CUSTOM = {
    "user_tz": "$Person.address.timezone",
    "locale": "$Message.locale",
    "ctx_history": "$Context.id.history",
    "rl_history": "$ResourceLink.id.history",
    "username": "$User.username",
    "groups": "$Moodle.Person.userGroupIds",
    "canvas_course": "$Canvas.course.id",
    "course_groups": "$com.instructure.Course.groupIds",
}
"""The custom parameters that the tool of the start is registered with, everywhere alike."""

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")


def origin_of(url: str) -> str | None:
    """Scheme, host and port as they may stand in a policy header. None where it is no plain web address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else None


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    login_url: str
    launch_url: str
    """The target of links that name none."""
    redirect_uris: tuple[str, ...]
    jwks_url: str
    custom: Mapping[str, str] = field(default_factory=dict)
    deep_link_url: str = ""
    """The target of requests to select content; "" where the tool knows no such request."""
    claims: frozenset[str] | None = None
    """Of a person, those it wants. None: all there are."""

    @property
    def origin(self) -> str:
        return origin_of(self.launch_url) or ""

    @property
    def origins(self) -> list[str]:
        """Whatever of it may be shown in a frame, or be sent a form."""
        addresses = (self.launch_url, self.login_url, self.deep_link_url, *self.redirect_uris)
        return sorted({origin for one in addresses if (origin := origin_of(one))})


def built_in(url: str) -> Tool:
    return Tool(
        name="Elos",
        login_url=f"{url}/lti/login",
        launch_url=f"{url}/lti/launch",
        deep_link_url=f"{url}/lti/launch",
        redirect_uris=(f"{url}/lti/launch",),
        jwks_url=f"{url}/lti/jwks.json",
        custom=BUILT_IN_CUSTOM,
    )


class State(StrEnum):
    PENDING = "pending"
    """Registered; nobody can use it before an administrator says so."""
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Client:
    """A tool that registered itself with one platform."""

    client_id: str
    deployment_id: str
    tool: Tool
    domain: str
    registration: Mapping[str, Any]
    """What the platform answered, and would answer again."""
    state: State = State.PENDING


class Clients:
    """By platform and client id, in the order in which they came. In memory: with the LMS's end they are gone."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._known: dict[tuple[str, str], Client] = {}

    def put(self, slug: str, client: Client) -> None:
        """Also in the place of what was known by this client id."""
        with self._lock:
            self._known[slug, client.client_id] = client

    def remove(self, slug: str, client_id: str) -> None:
        with self._lock:
            self._known.pop((slug, client_id), None)

    def get(self, slug: str, client_id: str) -> Client | None:
        with self._lock:
            return self._known.get((slug, client_id))

    def of(self, slug: str) -> list[Client]:
        with self._lock:
            return [one for (known_at, _), one in self._known.items() if known_at == slug]
