"""The LMS's doors: login, launch, the proof from platform storage, our public keys.

Most logins and launches never come here (``lti_answers.py``): these views have the pages, and what comes otherwise than
LMSs send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from flask import Blueprint, Response, g, jsonify, make_response, render_template, request, url_for
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response as AnyResponse

from lti_elos.domain.browsers import Checked, Way
from lti_elos.errors import LaunchRefused, Replayed
from lti_elos.services import failed_launches, keys, selections, sessions
from lti_elos.services.launches import Question, verify_launch
from lti_elos.services.logins import CHECKED, HeldLogin, StartedLogin, Storage
from lti_elos.services.selections import Begun
from lti_elos.web.brief import brief_page
from lti_elos.web.deep_linking import picker_page
from lti_elos.web.guards import COOKIE, Needs, current_deps, requires
from lti_elos.web.limits import count_failure
from lti_elos.web.lti_answers import (
    PROBE,
    Headers,
    binding_cookie,
    client_of,
    launch_headers,
    login_headers,
    run_launch,
    run_login,
    short_cookie,
)
from lti_elos.web.pages import Checking, PostForm
from lti_elos.web.request_log import bind_launch

bp = Blueprint("lti", __name__, url_prefix="/lti")

_PROBE_S = 60


@bp.route("/login", methods=["GET", "POST"])
@requires(Needs.PLATFORM)
def login() -> AnyResponse:
    """OIDC third-party initiated login: send the browser to the platform, with a cookie that binds the launch to it.

    In a frame where cookies are not known to stick, one of three small pages comes first (DESIGN "Launch" 2).
    """
    _require_form()
    parameters = (request.form if request.method == "POST" else request.args).to_dict()
    with _noting("login", parameters):
        found = run_login(current_deps(), request.environ, parameters)
    if isinstance(found, HeldLogin):
        return _window(found) if found.way is Way.WINDOW else _probe(found)
    if found.storage is None:
        return _redirect(302, login_headers(found))
    return _put_in_storage(found, found.storage)


@bp.post("/launch")
@requires(Needs.PLATFORM)
def launch() -> AnyResponse:
    """The id_token. Let in: the room page, and the binding cookie goes. Not proven yet: ask the platform's storage."""
    _require_form()
    form = request.form.to_dict()
    with _noting("launch", form):
        found = run_launch(current_deps(), request.environ, form)
    if isinstance(found, Question):
        return _ask_storage(found)
    return _redirect(303, launch_headers(found, request.environ))


@bp.post("/verify")
@requires(Needs.CHECKED_LAUNCH)
def verify() -> str:
    """The secret from the platform's storage. Let in: the room in short, or what is to be chosen; no cookie is to be
    hoped for."""
    deps, session_token = current_deps(), request.cookies.get(COOKIE)
    with _noting("verify", request.form.to_dict()):
        verified = verify_launch(
            deps,
            request.form.get("launch", ""),
            request.form.get("secret", ""),
            session_token=session_token,
            client=client_of(request.environ),
        )
    accepted = verified.accepted
    if accepted.new_token:
        g.new_token = accepted.new_token
    token = accepted.new_token or session_token
    if isinstance(accepted, Begun):
        g.selection = selections.find(deps, accepted.selection_id, token=token)
        return picker_page(g.selection, forget=verified.storage)
    deps.counts.launch_accepted()
    bind_launch(accepted.launch_id)
    g.viewer = sessions.viewer_of(deps, token, accepted.room_id)
    return brief_page(g.viewer, forget=verified.storage, accepted=accepted)


@bp.get("/verify")
@requires(Needs.ANYONE)
def verify_once_more() -> NoReturn:
    """WebKit reloads a frame by its address alone, without what was posted to it."""
    raise Replayed("a page that answered a proof was asked for again")


@bp.get("/jwks.json")
@requires(Needs.ANYONE)
def jwks() -> Response:
    """Our public keys: the one that signs, and retired ones for their grace period."""
    response = jsonify(keys.jwks(current_deps()))
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


# --- pages in a frame ------------------------------------------------------------------------------------------------


def _probe(held: HeldLogin) -> Response:
    """Whether a cookie that is set in this frame comes back."""
    response = _checking(Checking("probe", _again(held.parameters, Checked.FRAMED)))
    response.headers.add("Set-Cookie", short_cookie(PROBE, "1", max_age=_PROBE_S))
    return response


def _put_in_storage(started: StartedLogin, storage: Storage) -> Response:
    """Then on to the platform. If its storage is silent the login is still good, for a window of its own."""
    form = _again(started.parameters, Checked.SILENT)
    response = _checking(Checking("put", form, kept=storage, secret=started.secret, onward=started.url))
    response.headers.add("Set-Cookie", binding_cookie(started.cookie_name, started.secret))
    return response


def _ask_storage(question: Question) -> Response:
    """401: so far nobody is let in."""
    form = PostForm(url_for("lti.verify"), (("launch", question.copy), ("secret", "")))
    response = _checking(Checking("get", form, kept=question.storage))
    response.status_code = 401
    return response


def _window(held: HeldLogin) -> Response:
    form = PostForm(url_for("lti.login"), held.parameters, new_window=True)
    return make_response(render_template("lti/window.html", open_window=form, return_url="", occurrence=""))


def _checking(checking: Checking) -> Response:
    return make_response(render_template("lti/checking.html", checking=checking))


def _again(parameters: tuple[tuple[str, str], ...], checked: Checked) -> PostForm:
    """The same login, with what our page has found out."""
    return PostForm(url_for("lti.login"), (*parameters, (CHECKED, checked.value)))


# --- what all doors share --------------------------------------------------------------------------------------------


def _redirect(status: int, headers: Headers) -> Response:
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]  # there is nothing to read
    return response


def _require_form() -> None:
    """415 for a post that is no form. Both kinds of form are read: some proxies turn one into the other."""
    forms = ("", "application/x-www-form-urlencoded", "multipart/form-data")
    if request.method == "POST" and request.mimetype not in forms:
        raise UnsupportedMediaType


@contextmanager
def _noting(door: failed_launches.Door, form: dict[str, str]) -> Iterator[None]:
    """The failed-launch row and the page show the same occurrence. Raises TooMany past the limit: nothing is kept."""
    try:
        yield
    except LaunchRefused as refusal:
        attempt = failed_launches.Attempt(door, form, client_of(request.environ), request.cookies.get)
        current_deps().counts.launch_refused(refusal.code)
        count_failure(str(refusal.platform_id or attempt.issuer[:300]))
        g.occurrence = failed_launches.new_occurrence()
        failed_launches.note(current_deps(), refusal, attempt, occurrence=g.occurrence)
        raise
