"""From the invite to a link that opens its room, over HTTP, with the demo LMS in each product's manner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from lxml import html

from lti_elos.demo.lms.app import create_lms
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import invites
from tests.conftest import Tool
from tests.support.browser import Browser, hidden

PRODUCTS = ["moodle", "canvas", "brightspace", "sakai"]
NAME = "Plantão de dúvidas"


class School:
    """An LMS, and somebody's browser in front of it."""

    def __init__(self, url: str, product: str) -> None:
        self.url, self.product = url, product
        self.session = requests.Session()

    def pasted(self, invite: str) -> str:
        """Where the LMS opens the tool's page once its administrator has pasted the invite."""
        answer = self.session.post(
            f"{self.url}/{self.product}/admin/tools",
            params={"as": "admin"},
            data={"registration_url": invite, "update": "new"},
            timeout=10,
            allow_redirects=False,
        )
        if answer.status_code == 303:
            return answer.headers["Location"]
        [frame] = tree(answer).xpath("//iframe[@data-testid='registration']")
        return str(frame.get("src"))

    def activate(self) -> str:
        """The client that has registered itself."""
        [client_id] = tree(self.get("/admin/tools", **{"as": "admin"})).xpath("//*[@data-testid='client-id']/text()")[
            -1:
        ]
        self.session.post(f"{self.url}/{self.product}/admin/tools/{client_id}", data={"to": "active"}, timeout=10)
        return str(client_id)

    def get(self, path: str, **query: str) -> requests.Response:
        return self.session.get(f"{self.url}/{self.product}{path}", params=query, timeout=10, allow_redirects=False)

    def launch(self, browser: Browser, client_id: str, *, who: str = "teacher-1", **query: str) -> requests.Response:
        """What the tool answers to the whole of it."""
        begun = self.get("/launch", course="mat101", tool=client_id, **{"as": who}, **query)
        if begun.is_redirect:
            asked = browser.get(begun.headers["Location"], allow_redirects=False)
        else:
            asked = browser.post(*form_of(begun), allow_redirects=False)
        assert asked.status_code == 302, asked.text
        proven = self.session.get(asked.headers["Location"], timeout=10)
        return browser.post(*form_of(proven), allow_redirects=False)


def tree(answer: requests.Response) -> Any:
    return html.fromstring(answer.content)


def form_of(answer: requests.Response) -> tuple[str, dict[str, str]]:
    form = tree(answer).forms[0]
    return str(form.action), dict(form.form_values())


@pytest.fixture(params=PRODUCTS)
def school(request: pytest.FixtureRequest) -> Iterator[School]:
    with ThreadedServer() as server:
        server.app = create_lms(public_url=server.url, tool_url="http://another.test")
        one = School(server.url, request.param)
        with one.session:
            yield one


def test_an_invite_becomes_a_class_and_a_link_of_its_own(tool: Tool, browser: Browser, school: School) -> None:
    invite = invites.make(tool.deps, name="Escola", lasts=timedelta(days=7)).url
    there = school.pasted(invite)
    shown = browser.get(there)
    assert shown.status_code == 200, shown.text
    done = browser.submit(urlsplit(there).path, {"consent": hidden(shown, "consent")})
    assert done.status_code == 200, done.text
    client_id = school.activate()

    let_in = school.launch(browser, client_id)
    room = let_in.headers["Location"]
    assert (let_in.status_code, room.startswith("/rooms/")) == (303, True)

    choosing = school.launch(browser, client_id, message="deep-linking")
    path = choosing.headers["Location"]
    assert (choosing.status_code, path.startswith("/deep-linking/")) == (303, True)
    fields = {"room": "new", "name": NAME}
    answer = browser.submit(path, fields)
    assert answer.status_code == 200, answer.text
    taken = school.session.post(form_of(answer)[0], data=form_of(answer)[1], timeout=10)
    assert taken.status_code == 200, taken.text

    course = school.session.get(tree(taken).xpath("//@data-after")[0], timeout=10)
    [frame] = tree(course).xpath("//iframe[@data-testid='activity']")
    start = frame.get("src") or frame.get("data-src")
    resource = parse_qs(urlsplit(start).query)["resource"][0]
    with Browser(tool.url) as student:
        opened = school.launch(student, client_id, who="student-1", resource=resource)
        named = opened.headers["Location"]
        assert opened.status_code == 303
        assert named != room
        assert NAME in student.open(named).text
    assert school.launch(browser, client_id, resource=resource).headers["Location"] == named
