"""The platforms' side of a launch: it begins (``launch``), the tool asks (``auth``) and gets a token or an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, make_response, redirect, request

from lti_elos.demo.lms import ids
from lti_elos.demo.lms.answers import current_lms, refused, self_posting
from lti_elos.demo.lms.claims import id_token
from lti_elos.demo.lms.discovery import selects
from lti_elos.demo.lms.launches import Launch, launch_from
from lti_elos.demo.lms.logins import login_parameters
from lti_elos.demo.lms.platforms import Lms, Platform, Product
from lti_elos.demo.lms.school import NotInSchool
from lti_elos.demo.lms.storage import announced

bp = Blueprint("auth", __name__, url_prefix="/<slug>")


@bp.get("/launch")
def launch(slug: str) -> Response:
    """What the activity's frame, tab or link opens. It posts on to the tool's login from here, as products do.

    Some ask by GET: there the frame's own address is that of the tool's login.
    """
    lms = current_lms()
    started = launch_from(lms.school_at(slug), request.args)
    platform = lms.platform(slug, started.client_id)
    if started.selects and not selects(platform):
        raise NotInSchool(slug)
    fields = login_parameters(lms, platform, started)
    if platform.asks_by_get:
        return make_response(redirect(f"{platform.tool.login_url}?{urlencode(fields)}"))
    return self_posting(platform.tool.login_url, fields, tool=platform.tool, locale=started.locale)


@bp.route("/auth", methods=["GET", "POST"])
def authorize(slug: str) -> Response:
    """Answers the tool's authentication request. Nothing is sent to an address that is not registered."""
    lms = current_lms()
    asked = request.values
    platform = _asking(lms, slug, asked.get("client_id", ""))
    if asked.get("redirect_uri") not in platform.tool.redirect_uris:
        return refused("redirect", 400)
    hint = asked.get(platform.hint_name, "")
    found = lms.hints.take(hint, slug=slug, age_s=platform.hint_age_s)
    if found is None and platform.slug is Product.MOODLE:
        # Its launch id is gone from its session, and with it all it knew: seen on 4.5.
        return refused("hint", 404)
    if found is None:
        expired = ("invalid_request", f"Unknown or expired {platform.hint_name}")
        return _error(lms, platform, expired, asked)
    if problem := _problem(lms.platform(slug, found.client_id), found, asked):
        return _error(lms, platform, problem, asked)
    return _token(lms, platform, found, asked)


@bp.get("/jwks")
def jwks(slug: str) -> Response:
    return jsonify(keys=[current_lms().platform(slug).jwk])


@bp.post("/token")
def token(slug: str) -> tuple[Response, int]:
    """These platforms offer no services, and say so."""
    current_lms().platform(slug)
    return jsonify(error="unsupported_grant_type", error_description="This platform offers no services."), 400


def _asking(lms: Lms, slug: str, client_id: str) -> Platform:
    """As the tool sees it that asks. Where it does not say rightly who it is, it is taken for the one of the start."""
    try:
        return lms.platform(slug, client_id)
    except NotInSchool:
        return lms.platform(slug)


Problem = tuple[str, str]
"""OAuth's error code, and words for the tool's log."""


def _problem(platform: Platform, found: Launch, asked: Mapping[str, str]) -> Problem | None:
    """The first thing wrong, in Moodle's order and with its codes. Stricter in ``prompt`` and ``state``."""
    for name in ("scope", "response_type", "client_id", "login_hint", "nonce", "state"):
        if not asked.get(name):
            return "invalid_request", f"Missing {name}"
    expected = (
        ("scope", "openid", "invalid_scope"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("client_id", platform.client_id, "unauthorized_client"),
        ("login_hint", _login_hint(platform, found, asked), "access_denied"),
        ("response_mode", "form_post", "invalid_request"),
        ("prompt", "none", "invalid_request"),
    )
    return next(((error, f"Invalid {name}") for name, value, error in expected if asked.get(name) != value), None)


def _login_hint(platform: Platform, found: Launch, asked: Mapping[str, str]) -> str:
    """The right one. Where the launch was found by it, the one that came."""
    return asked["login_hint"] if platform.hint_name == "login_hint" else ids.login_hint(platform, found.person)


def _error(lms: Lms, platform: Platform, problem: Problem, asked: Mapping[str, str]) -> Response:
    error, description = problem
    lms.journal.add({"platform": platform.slug, "at": lms.clock(), "outcome": "error", "error": error})
    if not platform.posts_errors:
        return refused("request", 400)
    fields = {"error": error, "error_description": description}
    state = {"state": asked["state"]} if asked.get("state") else {}
    return self_posting(asked["redirect_uri"], fields | state, tool=platform.tool)


def _token(lms: Lms, platform: Platform, launch: Launch, asked: Mapping[str, str]) -> Response:
    signed, claims = id_token(lms, platform, launch, nonce=asked["nonce"])
    entry: dict[str, Any] = {"platform": platform.slug, "at": lms.clock(), "outcome": "token"}
    shown = {name: value for name, value in claims.items() if name != "nonce"}
    lms.journal.add(entry | {"course": launch.course.id, **launch.query, "claims": shown})
    fields = {"id_token": signed, "state": asked["state"]}
    storage = announced(platform, launch)
    if storage and storage.repeated:
        fields["lti_storage_target"] = storage.target
    return self_posting(asked["redirect_uri"], fields, tool=platform.tool, locale=launch.locale)
