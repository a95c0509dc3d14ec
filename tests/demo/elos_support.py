"""An Elos simulator on a port, and a client that signs by hand: nothing here is shared with the tool."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

import requests
from lxml import etree

from lti_elos.demo.elos import Clock, Simulator, create_simulator
from lti_elos.demo.serving import ThreadedServer

SECRET = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
NOON = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LOGOUT = "https://tool.test/rooms/1/left?lang=pt"


@dataclass(frozen=True)
class Elos:
    """A running simulator, whose clock stands still until it is moved."""

    url: str
    simulator: Simulator

    def raw(self, path_and_query: str, **options: Any) -> requests.Response:
        """One request below ``/bigbluebutton/api/``, as written."""
        method = options.pop("method", "GET")
        url = f"{self.url}/bigbluebutton/api/{path_and_query}"
        return requests.request(method, url, timeout=5, allow_redirects=False, **options)

    def signed(self, call: str, params: dict[str, object] | None = None, **options: Any) -> requests.Response:
        query = urlencode(list((params or {}).items()), quote_via=quote_plus)
        return self.raw(f"{call}?{query}{'&' if query else ''}checksum={digest(call, query)}", **options)

    def ask(self, call: str, params: dict[str, object] | None = None, **options: Any) -> dict[str, str]:
        """The reply's elements by path below ``response``; of several with one path, the first."""
        return flat(self.signed(call, params, **options))

    def create(self, meeting_id: str = "sala-1", **params: object) -> dict[str, str]:
        given = {"name": "Física", "attendeePW": "attend", "moderatorPW": "moderate", "logoutURL": LOGOUT}
        return self.ask("create", {"meetingID": meeting_id, **given, **params})

    def join(self, name: str = "Ana", meeting_id: str = "sala-1", **params: object) -> requests.Response:
        given = {"meetingID": meeting_id, "fullName": name, "password": "moderate"}
        return self.signed("join", {**given, **params})

    def join_url(self, name: str, meeting_id: str) -> str:
        """For a browser."""
        query = urlencode({"meetingID": meeting_id, "fullName": name, "password": "moderate"})
        return f"{self.url}/bigbluebutton/api/join?{query}&checksum={digest('join', query)}"

    def control(self, method: str, path: str, **options: Any) -> Any:
        answer = requests.request(method, f"{self.url}/_sim/{path}", timeout=5, **options)
        assert answer.ok, answer.text
        return answer.json()

    def switch(self, **switches: object) -> None:
        self.control("POST", "switches", json=switches)

    def hook(self, url: str, **params: object) -> str:
        """Registers an address, and gives the hook's id."""
        return self.ask("hooks/create", {"callbackURL": url, "enabled": "true", **params})["hookID"]

    def settle(self) -> None:
        """Until all that is due by now was sent."""
        assert self.control("POST", "deliveries/settle", json={"within_s": 10})["settled"]

    def act(self, user_id: str, act: str, meeting_id: str = "sala-1", **more: object) -> None:
        self.control("POST", f"meetings/{meeting_id}/acts", json={"userID": user_id, "act": act, **more})

    def wait(self, *, minutes: float = 0, seconds: float = 0) -> None:
        self.control("POST", "clock", json={"advance_s": minutes * 60 + seconds})


@contextmanager
def running_elos(*, secret: str = SECRET, speed: float = 1.0) -> Iterator[Elos]:
    with ThreadedServer() as server:
        app = create_simulator(secret=secret, public_url=server.url, clock=Clock(lambda: NOON), speed=speed)
        server.app = app
        simulator: Simulator = app.extensions["simulator"]
        yield Elos(server.url, simulator)
        simulator.faults.clear()  # or a hanging call would outlive the server
        simulator.close()


def digest(call: str, query: str, *, algorithm: str = "sha256", secret: str = SECRET) -> str:
    return hashlib.new(algorithm, f"{call}{query}{secret}".encode()).hexdigest()


def flat(reply: requests.Response) -> dict[str, str]:
    root = etree.fromstring(reply.content)
    found: dict[str, str] = {}
    for element in root.iterdescendants():
        above = [str(one.tag) for one in element.iterancestors()][:-1]
        path = "/".join([*reversed(above), str(element.tag)])
        found.setdefault(path, (element.text or "").strip())
    return found


def items(reply: requests.Response, path: str) -> list[dict[str, str]]:
    """The children of each element at ``path``, as text by tag."""
    root = etree.fromstring(reply.content)
    return [{str(child.tag): (child.text or "").strip() for child in one} for one in root.iterfind(path)]
