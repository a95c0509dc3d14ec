"""Logins and launches that go on at once are answered before Flask sees them: it would be a third of their cost.

Both ways are one: the same use case decides, and the same redirect is written. What is to be shown as a page, and what
comes otherwise than LMSs send it, is left to the views.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from werkzeug.http import dump_cookie, parse_cookie
from werkzeug.urls import iri_to_uri

from lti_elos.domain.browsers import Client
from lti_elos.services.admissions import Accepted
from lti_elos.services.deps import Deps
from lti_elos.services.launches import Question, accept_launch
from lti_elos.services.logins import STATE_TTL, HeldLogin, StartedLogin, start_login
from lti_elos.services.selections import Begun
from lti_elos.web.bodies import read_body
from lti_elos.web.guards import COOKIE, session_cookie
from lti_elos.web.headers import of_redirect
from lti_elos.web.request_log import bind_launch

PROBE = "__Host-lti-probe"

Headers = list[tuple[str, str]]

_MET = "lti_elos.met"
"""In the environ: what the use case gave or raised before Flask."""


def client_of(environ: Mapping[str, Any]) -> Client:
    """The browser of a request."""
    return Client(environ.get("HTTP_SEC_FETCH_DEST", ""), environ.get("HTTP_USER_AGENT", ""))


def run_login(deps: Deps, environ: dict[str, Any], parameters: Mapping[str, str]) -> StartedLogin | HeldLogin:
    """Raises what ``start_login`` raises."""

    def run() -> StartedLogin | HeldLogin:
        cookies = parse_cookie(environ)
        found = start_login(
            deps, parameters, client_of(environ), has_session=COOKIE in cookies, has_probe=PROBE in cookies
        )
        if isinstance(found, StartedLogin):
            deps.counts.login()
        return found

    login: StartedLogin | HeldLogin = _once(environ, run)
    return login


def run_launch(deps: Deps, environ: dict[str, Any], form: Mapping[str, str]) -> Accepted | Begun | Question:
    """Raises what ``accept_launch`` raises."""

    def run() -> Accepted | Begun | Question:
        cookies = parse_cookie(environ)
        found = accept_launch(
            deps, form, cookie=cookies.get, session_token=cookies.get(COOKIE), client=client_of(environ)
        )
        if isinstance(found, Accepted):
            deps.counts.launch_accepted()
        return found

    launch: Accepted | Begun | Question = _once(environ, run)
    return launch


def _once(environ: dict[str, Any], run: Callable[[], Any]) -> Any:
    """What was met before Flask is not done again, nor counted twice."""
    if _MET not in environ:
        try:
            environ[_MET] = run()
        except Exception as met:
            environ[_MET] = met
            raise
    found = environ[_MET]
    if isinstance(found, Exception):
        raise found
    return found


def login_headers(started: StartedLogin) -> Headers:
    """Of the redirect to the platform. Its query is encoded, its address is as the operator wrote it."""
    address, _, query = started.url.partition("?")
    return [
        ("Location", f"{_uri(address)}?{query}"),
        ("Set-Cookie", binding_cookie(started.cookie_name, started.secret)),
    ]


_uri = functools.lru_cache(maxsize=256)(iri_to_uri)


def launch_headers(accepted: Accepted | Begun, environ: Mapping[str, Any]) -> Headers:
    """Of the redirect to the room, or to what is to be chosen. The cookie that bound the launch goes."""
    if isinstance(accepted, Accepted):
        bind_launch(accepted.launch_id)
        path = f"/rooms/{accepted.room_id}"
        if accepted.is_for_connection:
            path += "/lms"
        elif accepted.recording_id:
            path += f"/recordings?show={accepted.recording_id}"
        elif accepted.is_elsewhere:
            path += "?note=recording-elsewhere" if accepted.names_recording else "?note=elsewhere"
    else:
        path = f"/deep-linking/{accepted.selection_id}"
    return [
        ("Location", environ.get("SCRIPT_NAME", "").rstrip("/") + path),
        ("Set-Cookie", binding_cookie(accepted.binding_cookie, "")),
        *([("Set-Cookie", session_cookie(accepted.new_token))] if accepted.new_token else []),
    ]


def binding_cookie(name: str, secret: str) -> str:
    """For the time of a login; without a secret, gone at once."""
    return short_cookie(name, secret, max_age=int(STATE_TTL.total_seconds()) if secret else 0)


def short_cookie(name: str, value: str, *, max_age: int) -> str:
    """As ``Set-Cookie`` has it: for a frame on another site, and for seconds. A value that needs no quotes."""
    return f"{name}={value}; {_short(max_age)}"


@functools.cache
def _short(max_age: int) -> str:
    """A short cookie's attributes."""
    cookie = dump_cookie(
        "name",
        "value",
        max_age=max_age,
        expires=None if max_age else 0,  # a moment long past, for browsers that know no other way to drop one
        secure=True,
        httponly=True,
        samesite="None",
        path="/",
        partitioned=True,
    )
    return cookie.partition("; ")[2]


class LtiAnswer:
    """WSGI middleware: answers what is a redirect and comes as LMSs send it. All else goes on, its body intact."""

    def __init__(self, app: Flask, deps: Deps) -> None:
        self._app = app
        self._flask: Callable[..., Iterable[bytes]] = app.wsgi_app
        self._deps = deps

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in ("/lti/login", "/lti/launch") and (parameters := self._parameters(environ, path)) is not None:
            try:
                found = self._redirect(environ, path, parameters)
            except Exception:  # noqa: BLE001 - raised again in the view, for Flask's handlers
                found = None
            if found is not None:
                status, headers = found
                start_response(status, headers + of_redirect(self._app))
                return []
        return self._flask(environ, start_response)

    def _redirect(
        self, environ: dict[str, Any], path: str, parameters: Mapping[str, str]
    ) -> tuple[str, Headers] | None:
        """Status and headers. None: it becomes a page."""
        if path == "/lti/login":
            login = run_login(self._deps, environ, parameters)
            if isinstance(login, StartedLogin) and login.storage is None:
                return "302 FOUND", login_headers(login)
            return None
        launch = run_launch(self._deps, environ, parameters)
        return None if isinstance(launch, Question) else ("303 SEE OTHER", launch_headers(launch, environ))

    def _parameters(self, environ: dict[str, Any], path: str) -> dict[str, str] | None:
        """The form, or a login's query. None: not what LMSs send, or too much of it."""
        method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
        if method == "GET" and path == "/lti/login":
            parameters = _decoded(query)
            return None if parameters is None or "lang" in parameters else parameters  # a page's own: languages.py
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if method != "POST" or kind != "application/x-www-form-urlencoded" or query:
            return None
        body = read_body(environ, most=self._app.config["MAX_CONTENT_LENGTH"])
        return None if body is None else _decoded(body.decode("latin-1"))


def _decoded(text: str) -> dict[str, str] | None:
    """The first value of each parameter, as Werkzeug reads them. None: it is not as forms are written."""
    if not text.isascii():
        return None
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote"):
        parameters.setdefault(name, value)
    return parameters
