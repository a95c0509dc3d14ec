"""One log line a request, from outside Flask: method, path without query, status, time, request and launch ids."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import structlog

from lti_elos.counts import Counts

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"^[\w.-]{8,64}$")
_SECRET = re.compile(r"^(/lti/register/|/elos/analytics/|/r/|/mail/)[^/]+")
"""An invite, with which one may register a platform; a room's callback key; a recording's link; a link in a mail."""
_QUIET = ("/static/", "/bootstrap/", "/healthz", "/metrics")


def bind_launch(launch_id: uuid.UUID) -> None:
    """From here on this request's lines, its last one too, say whose launch they belong to."""
    structlog.contextvars.bind_contextvars(launch_id=str(launch_id))


class RequestLog:
    """WSGI middleware, which counts them too. A request id from outside is taken only when it is a plain one.

    Says once if there is a reverse proxy that PROXY_HOPS does not know: all people would be one address.
    """

    def __init__(self, app: Any, counts: Counts, *, proxy_hops: int) -> None:
        self._app = app
        self._counts = counts
        self._may_be_misled = proxy_hops == 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = sent if _REQUEST_ID.match(sent) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()  # threads are reused
        structlog.contextvars.bind_contextvars(request_id=request_id)
        if self._may_be_misled and "HTTP_X_FORWARDED_FOR" in environ:
            self._may_be_misled = False
            log.warning("requests carry X-Forwarded-For, and PROXY_HOPS is 0")
        answered: dict[str, str] = {}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answered["status"] = status[:3]
            return start_response(status, [*headers, ("X-Request-Id", request_id)], *rest)

        body: Iterable[bytes] = self._app(environ, start)
        path = environ.get("PATH_INFO", "")
        self._counts.request(path, answered.get("status", "500"))
        if not path.startswith(_QUIET):
            log.info(
                "request",
                extra={
                    "method": environ.get("REQUEST_METHOD"),
                    "path": _SECRET.sub(r"\1…", path)[:200],
                    "status": answered.get("status"),
                    "took_ms": round((time.perf_counter() - began) * 1000, 1),
                },
            )
        return body
