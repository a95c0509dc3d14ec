"""Failures are limited, successes never: a campus is one address (DESIGN "Launch" 6)."""

from __future__ import annotations

import logging

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute

from lti_elos.errors import TooMany

log = logging.getLogger(__name__)

FAILURES = RateLimitItemPerMinute(300)


def install(app: Flask, redis_url: str) -> None:
    """Counted in this process, or in Redis for all machines."""
    app.extensions["lti_elos_limiter"] = Limiter(
        get_remote_address, app=app, storage_uri=redis_url or "memory://", strategy="fixed-window"
    )


def count_failure(platform: str) -> None:
    """Count a refused login or launch of a platform from this address. Raises TooMany over 300 a minute.

    A counter out of reach lets the refusal stand as it is: limiting is a courtesy, not a lock.
    """
    limiter: Limiter = current_app.extensions["lti_elos_limiter"]
    try:
        is_within = limiter.limiter.hit(FAILURES, "failures", platform, request.remote_addr or "")
    except Exception as cause:  # noqa: BLE001 - whatever a storage raises
        log.warning("failures not counted", extra={"reason": type(cause).__name__})
        return
    if not is_within:
        raise TooMany("failures a minute from this platform and address")
