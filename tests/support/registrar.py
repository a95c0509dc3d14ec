"""An LMS that registers tools, over HTTP, with switches for what it gets wrong. By default it is a Moodle."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from lti_elos.demo.serving import ThreadedServer

FIXTURES = Path(__file__).parent.parent / "fixtures" / "moodle-4.5"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
TOKEN = "registration-token-5e1f"


def captured(name: str, *, url: str = "") -> dict[str, Any]:
    """What a real Moodle 4.5 published or answered, as if it were at ``url``."""
    text = (FIXTURES / f"{name}.json").read_text(encoding="utf-8")
    found = json.loads(text)
    if isinstance(found, str):  # kept as it was written: a document in a string
        found = json.loads(found)
    moved = json.dumps(found).replace("http://moodle.example.test", url) if url else json.dumps(found)
    document: dict[str, Any] = json.loads(moved)
    return document


@dataclass
class Registrar:
    """The platform, and how it behaves."""

    url: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    """Changes to the captured document; None removes."""
    raw: bytes | None = None
    """Published in the document's place."""
    status: int = 200
    answer: Any = None
    """To a registration: bytes as they are, else JSON; None for the captured one."""
    client_id: str = "NfNyWAr7OW3DCAG"
    deployment_id: str | None = "1"
    behaviour: str = "ok"
    """ok, redirect, hang up: of the endpoint that ``behaves``."""
    behaves: str = "registration"
    hold: threading.Event | None = None
    """A registration is answered only once this is set."""
    arrived: threading.Event = field(default_factory=threading.Event)
    fetched: list[str] = field(default_factory=list)
    """Authorization of each fetch of the configuration."""
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    """Each registration: method, headers, document."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self._answer(Request(environ))(environ, start_response)

    @property
    def configuration_url(self) -> str:
        return f"{self.url}/mod/lti/openid-configuration.php"

    def query(self, **changes: str) -> str:
        sent = {"openid_configuration": self.configuration_url, "registration_token": TOKEN} | changes
        return "?" + urlencode({name: value for name, value in sent.items() if value})

    def document(self) -> dict[str, Any]:
        found = captured("openid-configuration", url=self.url)
        for name, value in self.configuration.items():
            if value is None:
                found.pop(name, None)
            else:
                found[name] = value
        return found

    def _answer(self, request: Request) -> Response:
        is_registration = request.path.endswith("openid-registration.php")
        if is_registration:
            self.asked.append((request.method, dict(request.headers), json.loads(request.get_data())))
            self.arrived.set()
            if self.hold is not None:
                self.hold.wait(20)
        else:
            self.fetched.append(request.headers.get("Authorization", ""))
        if self.behaviour != "ok" and self.behaves == ("registration" if is_registration else "configuration"):
            return self._misbehave()
        if not is_registration:
            body = self.raw if self.raw is not None else json.dumps(self.document()).encode()
            return Response(body, content_type="application/json")
        return self._registered()

    def _misbehave(self) -> Response:
        match self.behaviour:
            case "redirect":
                return Response(status=302, headers={"Location": f"{self.url}/elsewhere"})
            case "500":
                return Response("<html>down</html>", status=500)
            case _:
                return Response(b"x" * 300_000, content_type="application/json")

    def _registered(self) -> Response:
        if self.answer is None:
            document = captured("registration-response")
            document["client_id"] = self.client_id
            document[TOOL].pop("deployment_id")
            if self.deployment_id is not None:
                document[TOOL]["deployment_id"] = self.deployment_id
            return Response(json.dumps(document), status=self.status, content_type="application/json")
        body = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return Response(body, status=self.status)


def make_registrar() -> tuple[Registrar, ThreadedServer]:
    """On a free port, started."""
    registrar = Registrar()
    server = ThreadedServer(registrar).start()
    registrar.url = server.url
    return registrar, server
