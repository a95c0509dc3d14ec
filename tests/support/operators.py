"""An operator at the desk, as a browser."""

from __future__ import annotations

from typing import Any

import requests
from lxml import html

from lti_elos.services import operators
from tests.conftest import Tool
from tests.support.browser import Browser

EMAIL, PASSWORD = "operacao@exemplo.test", "uma senha bem comprida"


class Desk(Browser):
    """Sends forms as its pages give them: with their CSRF token."""

    def token(self, page: str = "/admin/login") -> str:
        shown = html.fromstring(self.open(page).text)
        return str(shown.xpath("//input[@name='csrf_token']/@value")[0])

    def enter(self, email: str = EMAIL, password: str = PASSWORD, **fields: str) -> requests.Response:
        sent = {"csrf_token": self.token(), "email": email, "password": password} | fields
        return self.submit("/admin/login", sent)

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        return super().send(request, **more)

    def act(self, path: str, page: str = "/admin", **fields: str) -> requests.Response:
        """Send a form of ``page`` to ``path``."""
        return self.submit(path, {"csrf_token": self.token(page)} | fields)


def add_operator(tool: Tool, email: str = EMAIL, password: str = PASSWORD) -> None:
    operators.create(tool.deps, email, password)


def at_the_desk(tool: Tool, **more: Any) -> Desk:
    """Somebody who is signed in."""
    add_operator(tool)
    desk = Desk(tool.url, **more)
    assert desk.enter().status_code == 303
    return desk
