"""A tiny server that takes what the Elos simulator sends, and answers what a test tells it to."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from lti_elos.demo.serving import ThreadedServer


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The form's events."""
        found: list[dict[str, Any]] = json.loads(parse_qs(self.body.decode())["event"][0])
        return found

    @property
    def ids(self) -> list[str]:
        return [str(one["data"]["id"]) for one in self.events]


@dataclass
class Receiver:
    """``answers`` are used up one by one, each a status and perhaps a Location; afterwards all is 200."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: deque[tuple[str, str]] = field(default_factory=deque)
    before: Callable[[], object] = lambda: None

    def answer(self, *statuses: str, location: str = "") -> None:
        self.answers.extend((one, location) for one in statuses)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All that came, in order."""
        return [event for one in self.received for event in one.events]

    @property
    def ids(self) -> list[str]:
        return [str(one["data"]["id"]) for one in self.events]

    def attributes(self, event_id: str) -> list[dict[str, Any]]:
        return [one["data"]["attributes"] for one in self.events if one["data"]["id"] == event_id]

    def take(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        headers = {
            name[5:].replace("_", "-").title(): str(value) for name, value in environ.items() if name[:5] == "HTTP_"
        }
        headers["Content-Type"] = str(environ.get("CONTENT_TYPE", ""))
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.received.append(
            Received(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], headers, body)
        )
        status, location = self.answers.popleft() if self.answers else ("200 OK", "")
        self.before()
        start_response(status, [("Content-Length", "0"), *([("Location", location)] if location else [])])
        return [b""]


@contextmanager
def receiving() -> Iterator[Receiver]:
    with ThreadedServer() as server:
        receiver = Receiver(server.url)
        server.app = receiver.take
        yield receiver
