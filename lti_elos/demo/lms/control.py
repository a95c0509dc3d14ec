"""``/_lms``: how tests steer the LMS and see what it sent. For this machine only, and without any password."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from pydantic import ValidationError

from lti_elos.demo.lms.answers import current_lms
from lti_elos.demo.lms.overrides import Overrides

bp = Blueprint("control", __name__, url_prefix="/_lms")


@bp.before_request
def refuse_strangers() -> Response | None:
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - an address to refuse, not to bind
    mapped = getattr(address, "ipv4_mapped", None)
    return None if (mapped or address).is_loopback else Response("loopback only", 403)


@bp.errorhandler(ValidationError)
def say_what_is_wrong(error: ValidationError) -> tuple[Response, int]:
    return jsonify(errors=error.errors(include_url=False, include_context=False, include_input=False)), 400


@bp.get("/overrides")
def overrides() -> Response:
    return jsonify(current_lms().overrides.model_dump())


@bp.post("/overrides")
def set_overrides() -> Response:
    """For all launches from now on, instead of what was set before."""
    current_lms().overrides = Overrides.model_validate(request.get_json(force=True))
    return overrides()


@bp.delete("/overrides")
def reset_overrides() -> Response:
    current_lms().overrides = Overrides()
    return overrides()


@bp.get("/launches")
def launches() -> Response:
    """Tokens and errors that went to the tool, oldest first."""
    return jsonify(current_lms().journal.entries())


@bp.delete("/launches")
def forget_launches() -> Response:
    current_lms().journal.clear()
    return launches()
