"""/metrics, for the operator's Prometheus."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, request

from lti_elos.counts import CONTENT_TYPE
from lti_elos.services import gauges
from lti_elos.web.guards import Needs, current_deps, requires

bp = Blueprint("metrics", __name__)

_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


@bp.get("/metrics")
@requires(Needs.METRICS)
def show() -> Response:
    """Numbers in Prometheus's text format. With METRICS_TOKEN, to its bearer; else to this machine alone."""
    deps = current_deps()
    token = deps.settings.metrics_token.get_secret_value()
    if token and not _bears(token):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"}, content_type="text/plain")
    if not token and not _is_local():
        return Response(status=403, content_type="text/plain")
    return Response(deps.counts.text(gauges.read(deps)), content_type=CONTENT_TYPE)


def _bears(token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _is_local() -> bool:
    """From this machine, and of itself: a reverse proxy here asks for people who are elsewhere."""
    try:
        is_here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return is_here and not any(name in request.headers for name in _FORWARDED)
