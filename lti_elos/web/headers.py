"""Headers on every answer (DESIGN "Headers and CSRF").

Chromium applies form-action and frame-src to redirects too, so pages whose forms lead to Elos or the LMS, and the page
that holds a meeting or a recording (it says so in ``g.holds_meeting``), must allow more than 'self'. What a teacher
chose is posted to the LMS's address that asked for it, and nowhere else.
"""

from __future__ import annotations

import functools
import time

from flask import Flask, current_app, g, request
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.wrappers import Response

from lti_elos.services import servers
from lti_elos.services.deps import Deps

_KNOWN_S = 60.0

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    # no-referrer would make Origin "null" in our own posts, which could then not be told from foreign ones.
    "Referrer-Policy": "same-origin",
}


def set_headers(response: Response) -> Response:
    """after_request. Static files keep their own caching."""
    wanted = dict(_ALWAYS)
    if request.blueprint in ("registrations", "mail_links"):
        # Its address holds an invite and a platform's token, or a mail's: nor need our own files be asked with it.
        wanted["Referrer-Policy"] = "strict-origin"
    if request.blueprint == "public_links":
        # Its address is all that it takes to watch: no server is told of it, and no search engine keeps it.
        wanted |= {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow"}
    if request.endpoint not in ("static", "bootstrap.static"):
        wanted |= {"Cache-Control": "no-store", "Content-Security-Policy": _policy()}
    present = {name.lower() for name, _ in response.headers}  # asking for each costs more than all the rest here
    for name, value in wanted.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    return response


def of_redirect(app: Flask) -> list[tuple[str, str]]:
    """The same on a redirect by the LMS's doors, which needs no Flask; it has no body."""
    return [
        ("Content-Length", "0"),
        *_ALWAYS.items(),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", _written(_anywhere(app), _anywhere(app), _anywhere(app), holds_meeting=False)),
    ]


def _policy() -> str:
    anywhere = _anywhere(current_app)
    selection = g.get("selection")
    person = g.get("viewer") or selection
    ancestors = (person.policies.frame_ancestors if person else "") or anywhere
    if request.path.startswith(("/lti/", "/rooms/")) or request.path == "/lms":
        return _written(anywhere, anywhere, ancestors, holds_meeting=bool(g.get("holds_meeting")))
    if request.path.startswith("/deep-linking/"):
        return _written(anywhere, selection.origin if selection else "", ancestors, holds_meeting=False)
    if request.path.startswith("/r/"):
        return _written(anywhere, anywhere, None, holds_meeting=False)
    return _written(anywhere, "", None, holds_meeting=False)


def _anywhere(app: Flask) -> str:
    deps: Deps = app.extensions["lti_elos"]
    return "https: http:" if deps.settings.allow_private_networks else " ".join(("https:", *_http_origins(app, deps)))


@functools.lru_cache(maxsize=256)
def _written(anywhere: str, forms: str, ancestors: str | None, *, holds_meeting: bool) -> str:
    """``forms``: where they may lead besides to us. ``ancestors``: who may frame the page besides us; None: nobody."""
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
            f"form-action 'self' {forms}".rstrip(),
            "frame-ancestors 'none'" if ancestors is None else f"frame-ancestors 'self' {ancestors}",
            *((f"frame-src 'self' {anywhere}",) if holds_meeting else ()),
        )
    )


def _http_origins(app: Flask, deps: Deps) -> tuple[str, ...]:
    """Configured Elos servers that are plain http: they are for closed networks. A new one is known within a minute."""
    kept: tuple[tuple[str, ...], float] | None = app.extensions.get("lti_elos_http_origins")
    now = time.monotonic()
    if kept is not None and now < kept[1]:
        return kept[0]
    try:
        found = servers.http_origins(deps.database)
    except (InterfaceError, OperationalError):
        return kept[0] if kept else ()  # /healthz and the error page need no database; the next answer asks again
    app.extensions["lti_elos_http_origins"] = (found, now + _KNOWN_S)
    return found
