"""Headers on every answer (DESIGN "Headers and CSRF"), and pages that stand while the database does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask, Response, request, request_started

from lti_elos.app import create_app, make_deps
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import platforms
from lti_elos.settings import Settings
from tests.conftest import SECRET_KEY, Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, another_tool, one_database

Policy = dict[str, list[str]]


def policy_of(response: requests.Response) -> Policy:
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def all_answers(tool: Tool, platform: Platform) -> dict[str, requests.Response]:
    """One of each kind."""
    with Browser(tool.url) as browser, Browser(tool.url) as stranger:
        answers = {"login": browser.login(platform), "launch": browser.launch(platform, **STUDENT)}
        room = answers["launch"].headers["Location"]
        answers |= {
            "front": browser.open("/"),
            "privacy": browser.open("/privacy"),
            "health": browser.open("/healthz"),
            "ready": browser.open("/readyz"),
            "room": browser.open(room),
            "wait": browser.open(f"{room}/wait"),
            "recordings": browser.open(f"{room}/recordings"),
            "status": browser.open(f"{room}/status"),
            "redirect": browser.submit(f"{room}/join"),
            "left": browser.open(f"{room}/left"),
            "left, a stranger": stranger.open(f"{room}/left"),
            "session ended": stranger.open(room),
            "forbidden": browser.submit(f"{room}/end"),
            "no such page": browser.open("/no/such/page"),
            "not allowed": browser.open("/lti/launch"),
            "bad login": browser.post(f"{tool.url}/lti/login", data={"iss": "x"}),
            "too large": browser.post(f"{tool.url}/lti/launch", data={"id_token": "x" * 600_000}),
            "for programs": browser.open("/no/such", headers={"Accept": "application/json"}),
        }
    return answers


@one_database
def test_every_answer_has_the_headers(tool: Tool, platform: Platform) -> None:
    for name, response in all_answers(tool, platform).items():
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        assert response.headers["Referrer-Policy"] == "same-origin", name
        assert response.headers["Cache-Control"] == "no-store", name
        assert response.headers["X-Request-Id"], name
        policy = policy_of(response)
        for directive, expected in {
            "default-src": ["'none'"],
            "script-src": ["'self'"],
            "style-src": ["'self'"],
            "connect-src": ["'self'"],
            "object-src": ["'none'"],
            "base-uri": ["'none'"],
        }.items():
            assert policy[directive] == expected, (name, directive)
        assert "frame-src" not in policy, name  # only the page that holds a meeting frames anything: test_embed.py


def _shape(answer: requests.Response) -> dict[str, list[str]]:
    """The headers without what is made anew each time: cookies' values, the login's state, request ids."""
    found = {name: answer.raw.headers.getlist(name) for name in answer.headers if name not in ("Date", "X-Request-Id")}
    found["Location"] = [location.partition("?")[0] for location in found["Location"]]
    found["Set-Cookie"] = [re.sub(r"(?<=^__Host-)[^;]+", "", one) for one in found["Set-Cookie"]]
    return found


@one_database
def test_who_is_let_in_gets_the_same_headers_before_flask_and_from_it(tool: Tool, platform: Platform) -> None:
    asked: list[str] = []

    def note(_app: Flask) -> None:
        asked.append(request.full_path)

    with Browser(tool.url) as browser, Browser(tool.url) as other, request_started.connected_to(note):
        login, launch = browser.login(platform), browser.launch(platform)
        assert asked == []
        other.params = {"by": "flask"}  # no LMS sends a query with its form
        login_by_flask, launch_by_flask = other.login(platform), other.launch(platform)

    assert set(asked) == {"/lti/login?by=flask", "/lti/launch?by=flask"}
    assert (login.status_code, login_by_flask.status_code) == (302, 302)
    assert _shape(login) == _shape(login_by_flask)
    assert (launch.status_code, launch_by_flask.status_code) == (303, 303)
    assert _shape(launch) == _shape(launch_by_flask)
    [dropped, session] = _shape(launch)["Set-Cookie"]
    assert dropped.split("; ") == [
        "__Host-",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Max-Age=0",
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=None",
        "Partitioned",
    ]
    assert "Max-Age" not in session
    assert "HttpOnly" in session


@one_database
def test_only_rooms_and_launches_may_be_framed(tool: Tool, platform: Platform) -> None:
    with another_tool(tool, allow_private_networks=False) as strict:
        answers = all_answers(tool, platform)
        front = requests.get(strict.url, timeout=10)

    assert policy_of(front)["frame-ancestors"] == ["'none'"]
    for name in ("front", "privacy", "no such page"):
        assert policy_of(answers[name])["frame-ancestors"] == ["'none'"], name
        assert policy_of(answers[name])["form-action"] == ["'self'"], name
    for name in ("login", "launch", "bad login", "room", "wait", "left", "recordings", "session ended", "forbidden"):
        assert "'none'" not in policy_of(answers[name])["frame-ancestors"], name


def test_a_platforms_list_says_who_may_frame_its_rooms(tool: Tool, platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)
    platforms.set_policies(tool.deps, str(platform.id), ["frame_ancestors=https://lms.example https://lms2.example"])

    policy = policy_of(browser.open(f"/rooms/{room_id}"))

    assert policy["frame-ancestors"] == ["'self'", "https://lms.example", "https://lms2.example"]


def test_forms_may_lead_to_the_servers_that_operators_configured(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    """Chromium applies form-action to redirects: the join's target must be named, and http only where it is used."""
    room_id = browser.enter_room(platform)
    with another_tool(tool, allow_private_networks=False) as strict:
        browser.tool_url = strict.url
        policy = policy_of(browser.open(f"/rooms/{room_id}"))

        joined = browser.submit(f"/rooms/{room_id}/join")

    assert policy["form-action"] == ["'self'", "https:", elos.url]
    parts = urlsplit(joined.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}" in policy["form-action"]
    assert "http:" not in policy["img-src"]


@one_database
def test_static_files_may_be_kept_and_pages_may_not(tool: Tool) -> None:
    static = requests.get(f"{tool.url}/static/elos.css", timeout=10)
    keys = requests.get(f"{tool.url}/lti/jwks.json", timeout=10)

    assert "max-age=86400" in static.headers["Cache-Control"]
    assert static.headers["X-Content-Type-Options"] == "nosniff"
    assert keys.headers["Cache-Control"] == "public, max-age=600"


@one_database
@pytest.mark.parametrize(("sent", "kept"), [("abcDEF-123_x.y", True), ("short", False), ("a b c d e f g h", False)])
def test_a_request_id_from_outside_is_kept_if_it_is_a_plain_one(tool: Tool, sent: str, kept: bool) -> None:
    answer = requests.get(f"{tool.url}/healthz", headers={"X-Request-Id": sent}, timeout=10)

    assert (answer.headers["X-Request-Id"] == sent) is kept


@one_database
def test_absolute_addresses_never_follow_the_host_header(tool: Tool, platform: Platform, browser: Browser) -> None:
    room_id = browser.enter_room(platform)
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)

    for path in ("/", f"/rooms/{room_id}", f"/rooms/{room_id}/wait", "/nothing"):
        answer = requests.get(tool.url + path, headers=evil | {"Cookie": cookie}, timeout=10, allow_redirects=False)
        assert "evil.example" not in answer.text + answer.headers.get("Location", "")
    fields = {"iss": platform.issuer, "login_hint": "h", "target_link_uri": f"{tool.url}/", "client_id": "client-1"}
    login = requests.post(f"{tool.url}/lti/login", fields, headers=evil, timeout=10, allow_redirects=False)
    assert (login.status_code, "evil.example" in login.headers["Location"]) == (302, False)


# --- without a database ---


@contextmanager
def tool_without_database(url: str) -> Iterator[str]:
    settings = Settings(
        base_url="http://localhost:8000", secret_key=SECRET_KEY, database_url=url, allow_private_networks=False
    )
    deps = make_deps(settings)
    with ThreadedServer(create_app(deps)) as server:
        yield server.url
    deps.database.dispose()


@pytest.fixture(params=["nobody listens", "no file to open"])
def lost(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    is_server = request.param == "nobody listens"
    url = "postgresql://nobody@127.0.0.1:9/nothing" if is_server else f"sqlite:///{tmp_path}"  # a folder
    with tool_without_database(url) as address:
        yield address


@pytest.mark.parametrize("path", ["/healthz", "/", "/privacy", "/static/elos.css"])
def test_pages_that_need_no_database_stand_without_one(lost: str, path: str) -> None:
    answer = requests.get(lost + path, timeout=20)

    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_without_a_database_the_tool_says_that_it_is_not_ready(lost: str) -> None:
    ready = requests.get(f"{lost}/readyz", timeout=20)
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    room = "/rooms/00000000-0000-4000-8000-000000000000"
    headers = {"Cookie": "__Host-elos=x", "Accept": "text/html"}

    asked = [
        requests.get(lost + room, headers=headers, timeout=20),
        requests.get(f"{lost}{room}/status", headers=headers, timeout=20),
        requests.post(f"{lost}{room}/join", headers=headers | {"Sec-Fetch-Site": "same-origin"}, timeout=20),
        requests.post(
            f"{lost}/lti/login",
            {"iss": "http://x.example", "login_hint": "h", "target_link_uri": "http://localhost:8000/"},
            headers=headers,
            timeout=20,
        ),
    ]

    for answer in asked:
        assert (answer.status_code, code_of(answer)) == (503, "WEB-NOT-READY")
        assert int(answer.headers["Retry-After"]) > 0


@one_database
def test_a_fault_while_an_answer_is_finished_is_told_as_ours(tool: Tool) -> None:
    app = create_app(tool.deps)
    failed: list[bool] = []

    @app.after_request
    def fail_once(response: Response) -> Response:
        if not failed:
            failed.append(True)
            raise RuntimeError
        return response

    with ThreadedServer(app) as server:
        answer = requests.get(f"{server.url}/", headers={"Accept": "text/html"}, timeout=10)

    assert (answer.status_code, code_of(answer)) == (500, "WEB-FAULT")
