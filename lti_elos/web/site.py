"""What is not a room: the front page, privacy, health."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from lti_elos.services import health
from lti_elos.web.guards import Needs, current_deps, requires

bp = Blueprint("site", __name__)


@bp.get("/")
@requires(Needs.ANYONE)
def home() -> str:
    """What this is, for whoever opens the tool's address."""
    return render_template("home.html")


@bp.get("/privacy")
@requires(Needs.ANYONE)
def privacy() -> str:
    """What is stored, and why."""
    return render_template("privacy.html")


@bp.get("/healthz")
@requires(Needs.ANYONE)
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@requires(Needs.ANYONE)
def readyz() -> Response:
    """It can serve: database and schema. 503 says what is wrong. Jobs that come late are told, and hinder nobody."""
    ready = health.readiness(current_deps())
    response = jsonify(ready.checks)
    if ready.obstacles:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return response
