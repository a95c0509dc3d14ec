"""Headers on every answer (DESIGN "Headers and CSRF").

Chromium applies form-action and frame-src to redirects too, so pages whose forms lead to Elos or the LMS, and the page
that holds a meeting (it says so in ``g.holds_meeting``), must allow more than 'self'.
"""

from __future__ import annotations

import functools

from flask import current_app, g, request
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.wrappers import Response

from lti_elos.services import servers
from lti_elos.web.guards import current_deps


def set_headers(response: Response) -> Response:
    """after_request. Static files keep their own caching."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    # no-referrer would make Origin "null" in our own posts, which could then not be told from foreign ones.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint in ("static", "bootstrap.static"):
        return response
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Security-Policy", _policy())
    return response


def _policy() -> str:
    settings = current_deps().settings
    anywhere = "https: http:" if settings.allow_private_networks else " ".join(("https:", *_http_origins()))
    viewer = g.get("viewer")
    return _written(
        anywhere,
        (viewer.policies.frame_ancestors if viewer else "") or anywhere,
        frames=request.path.startswith(("/lti/", "/rooms/")),
        holds_meeting=bool(g.get("holds_meeting")),
    )


@functools.lru_cache(maxsize=256)
def _written(anywhere: str, ancestors: str, *, frames: bool, holds_meeting: bool) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: {anywhere}",
            "font-src 'self'",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action 'self' {anywhere}" if frames else "form-action 'self'",
            f"frame-ancestors 'self' {ancestors}" if frames else "frame-ancestors 'none'",
            *((f"frame-src 'self' {anywhere}",) if holds_meeting else ()),
        )
    )


def _http_origins() -> tuple[str, ...]:
    """Configured Elos servers that are plain http. Read once a process: they are for closed networks."""
    found: tuple[str, ...] | None = current_app.extensions.get("lti_elos_http_origins")
    if found is None:
        try:
            found = servers.http_origins(current_deps().database)
        except (InterfaceError, OperationalError):
            return ()  # /healthz and the error page need no database; the next answer asks again
        current_app.extensions["lti_elos_http_origins"] = found
    return found
