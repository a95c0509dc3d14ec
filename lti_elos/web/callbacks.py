"""What Elos tells us: events of its hooks, and reports of meetings that are over.

Nothing is limited here, wrong tokens neither. To know whether a token is right takes one indexed read and a comparison,
30 µs: less than it takes to count the address that it came from. And a limit could not come before that read, or else
whoever shares an address with the forger (a proxy's, a campus's) would be refused with them, and a hook that is refused
is given up. So wrong ones are answered by 401, which nobody repeats, write nothing, and are counted
(``hook_deliveries_total``) and logged once a minute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from lti_elos.errors import LtiElosError
from lti_elos.services import analytics, hooks
from lti_elos.services.analytics import Outcome
from lti_elos.services.deps import Deps
from lti_elos.services.hooks import Delivery
from lti_elos.web.bodies import read_body
from lti_elos.web.guards import Needs, current_deps, requires

MOST_REPORTED = 10_000_000
"""Bytes: a big class's report has some."""

bp = Blueprint("callbacks", __name__, url_prefix="/elos")


@bp.post("/hooks/<uuid:server_id>")
@requires(Needs.ELOS)
def hook(server_id: UUID) -> Response:
    """Events, stored at once and worked on later. 401 for a wrong token alone: Elos takes it as delivered, and whatever
    else is no 2xx comes again, until the hook is given up (elos-api 6.3).
    """
    is_taken = hooks.receive(
        current_deps(),
        server_id,
        _delivery(request.environ, request.query_string.decode(), request.get_data(cache=False)),
    )
    return Response(status=200 if is_taken else 401, content_type="text/plain")


def _delivery(environ: dict[str, Any], query: str, body: bytes) -> Delivery:
    return Delivery(
        authorization=environ.get("HTTP_AUTHORIZATION", ""),
        checksum=parse_qs(query).get("checksum", [""])[0] if query else "",
        content_type=environ.get("CONTENT_TYPE", ""),
        body=body,
    )


_STATUS = {Outcome.TAKEN: 200, Outcome.REFUSED: 401, Outcome.NO_REPORT: 400}


@bp.post("/analytics/<key>")
@requires(Needs.ELOS)
def report(key: str) -> Response:
    """A meeting's report, stored before we answer. 401 for wrong credentials alone; a second one, or another's, is
    taken and dropped.
    """
    request.max_content_length = MOST_REPORTED
    outcome = analytics.receive(
        current_deps(), key, request.headers.get("Authorization", ""), lambda: request.get_data(cache=False)
    )
    return Response(status=_STATUS[outcome], content_type="text/plain")


_PATH = re.compile(r"/elos/hooks/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "0"), ("X-Content-Type-Options", "nosniff")]


class HookAnswer:
    """WSGI middleware: takes deliveries before Flask sees them, which would be a good part of their cost. What is not
    to be answered by 200 or 401 goes on to the view, its body intact.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], deps: Deps, *, most: int) -> None:
        """:param most: bytes of a body that is taken here"""
        self._app = app
        self._deps = deps
        self._most = most

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = _PATH.fullmatch(environ.get("PATH_INFO", "")) if environ["REQUEST_METHOD"] == "POST" else None
        if path and (body := read_body(environ, most=self._most)) is not None:
            with suppress(LtiElosError, SQLAlchemyError):  # the view meets it again, and says it as all views do
                delivery = _delivery(environ, environ.get("QUERY_STRING", ""), body)
                is_taken = hooks.receive(self._deps, UUID(path[1]), delivery)
                start_response("200 OK" if is_taken else "401 UNAUTHORIZED", _HEADERS)
                return [b""]
        return self._app(environ, start_response)
