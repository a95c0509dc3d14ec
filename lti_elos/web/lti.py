"""The LMS's doors: login, launch, our public keys."""

from __future__ import annotations

from flask import Blueprint, Response, g, jsonify, redirect, request, url_for
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response as AnyResponse

from lti_elos.errors import LaunchRefused
from lti_elos.services import failed_launches, keys
from lti_elos.services.launches import accept_launch
from lti_elos.services.logins import STATE_TTL, start_login
from lti_elos.web.guards import COOKIE, Needs, current_deps, requires
from lti_elos.web.limits import count_failure
from lti_elos.web.request_log import bind_launch

bp = Blueprint("lti", __name__, url_prefix="/lti")


@bp.route("/login", methods=["GET", "POST"])
@requires(Needs.PLATFORM)
def login() -> AnyResponse:
    """OIDC third-party initiated login: send the browser to the platform, with a cookie that binds the launch to it."""
    _require_form()
    parameters = (request.form if request.method == "POST" else request.args).to_dict()
    try:
        started = start_login(current_deps(), parameters)
    except LaunchRefused as refusal:
        _note(refusal, issuer=parameters.get("iss", ""))
        raise
    response = redirect(started.url, code=302)
    response.set_cookie(
        started.cookie_name,
        started.cookie_value,
        max_age=int(STATE_TTL.total_seconds()),
        secure=True,
        httponly=True,
        samesite="None",
        path="/",
        partitioned=True,
    )
    return response


@bp.post("/launch")
@requires(Needs.PLATFORM)
def launch() -> AnyResponse:
    """The id_token. Let in: the room page, and the binding cookie goes."""
    _require_form()
    deps = current_deps()
    form = request.form.to_dict()
    try:
        accepted = accept_launch(deps, form, cookie=request.cookies.get, session_token=request.cookies.get(COOKIE))
    except LaunchRefused as refusal:
        _note(refusal, issuer="")
        raise
    bind_launch(accepted.launch_id)
    if accepted.new_token:
        g.new_token = accepted.new_token
    response = redirect(url_for("rooms.show", room_id=accepted.room_id), code=303)
    response.delete_cookie(
        accepted.binding_cookie, secure=True, httponly=True, samesite="None", path="/", partitioned=True
    )
    return response


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
