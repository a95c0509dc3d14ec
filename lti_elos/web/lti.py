"""The LMS's doors: login, launch, our public keys.

A login or launch that is let in is answered before Flask sees it (:class:`LtiAnswer`): the framework would be a third
of its cost. Both ways are one: the same use case decides, and the same redirect is written. Flask's views answer what
comes otherwise than LMSs send it, and have the pages of what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, g, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import dump_cookie, parse_cookie
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as AnyResponse

from lti_elos.errors import LaunchRefused
from lti_elos.services import failed_launches, keys
from lti_elos.services.deps import Deps
from lti_elos.services.launches import accept_launch
from lti_elos.services.logins import STATE_TTL, start_login
from lti_elos.web.guards import COOKIE, Needs, current_deps, requires, session_cookie
from lti_elos.web.headers import of_redirect
from lti_elos.web.limits import count_failure
from lti_elos.web.request_log import bind_launch

bp = Blueprint("lti", __name__, url_prefix="/lti")

_Headers = list[tuple[str, str]]

_MET = "lti_elos.met"
"""In the environ: what the use case raised before Flask."""
_LENGTH = re.compile(r"[0-9]{1,9}")


@bp.route("/login", methods=["GET", "POST"])
@requires(Needs.PLATFORM)
def login() -> AnyResponse:
    """OIDC third-party initiated login: send the browser to the platform, with a cookie that binds the launch to it."""
    _require_form()
    parameters = (request.form if request.method == "POST" else request.args).to_dict()
    try:
        _raise_met()
        return _redirect(302, _login(current_deps(), parameters))
    except LaunchRefused as refusal:
        _note(refusal, issuer=parameters.get("iss", ""))
        raise


@bp.post("/launch")
@requires(Needs.PLATFORM)
def launch() -> AnyResponse:
    """The id_token. Let in: the room page, and the binding cookie goes."""
    _require_form()
    try:
        _raise_met()
        headers = _launch(current_deps(), request.form.to_dict(), request.cookies.get, request.root_path)
    except LaunchRefused as refusal:
        _note(refusal, issuer="")
        raise
    return _redirect(303, headers)


def _redirect(status: int, headers: _Headers) -> Response:
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]  # there is nothing to read
    return response


def _login(deps: Deps, parameters: Mapping[str, str]) -> _Headers:
    """Of the redirect. Raises what ``start_login`` raises."""
    started = start_login(deps, parameters)
    binding = _binding_cookie(started.cookie_name, started.cookie_value, max_age=int(STATE_TTL.total_seconds()))
    return [("Location", iri_to_uri(started.url)), ("Set-Cookie", binding)]


def _launch(deps: Deps, form: Mapping[str, str], cookie: Callable[[str], str | None], root: str) -> _Headers:
    """Of the redirect. Raises what ``accept_launch`` raises."""
    accepted = accept_launch(deps, form, cookie=cookie, session_token=cookie(COOKIE))
    bind_launch(accepted.launch_id)
    return [
        ("Location", f"{root.rstrip('/')}/rooms/{accepted.room_id}"),
        ("Set-Cookie", _binding_cookie(accepted.binding_cookie, "", max_age=0)),
        *([("Set-Cookie", session_cookie(accepted.new_token))] if accepted.new_token else []),
    ]


def _binding_cookie(name: str, value: str, *, max_age: int) -> str:
    return dump_cookie(
        name,
        value,
        max_age=max_age,
        expires=None if max_age else 0,  # a moment long past, for browsers that know no other way to drop one
        secure=True,
        httponly=True,
        samesite="None",
        path="/",
        partitioned=True,
    )


def _raise_met() -> None:
    """What was met before Flask is not done again."""
    if (met := request.environ.get(_MET)) is not None:
        raise met


def _require_form() -> None:
    """415 for a post that is no form. Both kinds of form are read: some proxies turn one into the other."""
    forms = ("", "application/x-www-form-urlencoded", "multipart/form-data")
    if request.method == "POST" and request.mimetype not in forms:
        raise UnsupportedMediaType


def _note(refusal: LaunchRefused, *, issuer: str) -> None:
    """The failed-launch row and the page show the same occurrence. Raises TooMany past the limit: nothing is kept."""
    count_failure(str(refusal.platform_id or issuer[:300]))
    g.occurrence = failed_launches.new_occurrence()
    failed_launches.note(current_deps(), refusal, occurrence=g.occurrence, issuer=issuer)


@bp.get("/jwks.json")
@requires(Needs.ANYONE)
def jwks() -> Response:
    """Our public keys: the one that signs, and retired ones for their grace period."""
    response = jsonify(keys.jwks(current_deps()))
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


class LtiAnswer:
    """WSGI middleware: answers the logins and launches that are let in, as LMSs send them.

    All else goes to Flask, its body intact; with what the use case raised, so that nothing is done or counted twice.
    """

    def __init__(self, app: Flask, deps: Deps) -> None:
        self._app = app
        self._flask: Callable[..., Iterable[bytes]] = app.wsgi_app
        self._deps = deps

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in ("/lti/login", "/lti/launch") and (parameters := self._parameters(environ, path)) is not None:
            try:
                if path == "/lti/login":
                    status, headers = "302 FOUND", _login(self._deps, parameters)
                else:
                    cookies, root = parse_cookie(environ), environ.get("SCRIPT_NAME", "")
                    status, headers = "303 SEE OTHER", _launch(self._deps, parameters, cookies.get, root)
                headers += of_redirect(self._app)
            except Exception as met:  # noqa: BLE001 - raised again in the view, for Flask's handlers
                environ[_MET] = met
            else:
                start_response(status, headers)
                return []
        return self._flask(environ, start_response)

    def _parameters(self, environ: dict[str, Any], path: str) -> dict[str, str] | None:
        """The form, or a login's query. None: not what LMSs send, or too much of it."""
        method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
        if method == "GET" and path == "/lti/login":
            parameters = _decoded(query)
            return None if parameters is None or "lang" in parameters else parameters  # a page's own: languages.py
        kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        length = environ.get("CONTENT_LENGTH", "")
        is_plain = method == "POST" and kind == "application/x-www-form-urlencoded" and not query
        if not is_plain or "HTTP_TRANSFER_ENCODING" in environ or not _LENGTH.fullmatch(length):
            return None
        if int(length) > self._app.config["MAX_CONTENT_LENGTH"]:
            return None
        try:
            body: bytes = environ["wsgi.input"].read(int(length))
        except (OSError, ValueError):
            body = b""
        environ["wsgi.input"] = BytesIO(body)
        return _decoded(body.decode("latin-1")) if len(body) == int(length) else None  # else the browser has gone


def _decoded(text: str) -> dict[str, str] | None:
    """The first value of each parameter, as Werkzeug reads them. None: it is not as forms are written."""
    if not text.isascii():
        return None
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote"):
        parameters.setdefault(name, value)
    return parameters
