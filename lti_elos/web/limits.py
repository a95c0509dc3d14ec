"""Failures are limited, successes never: a campus is one address (DESIGN "Launch" 6)."""

from __future__ import annotations

import logging

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from lti_elos.errors import TooMany
from lti_elos.web.guards import current_deps

log = logging.getLogger(__name__)

FAILURES = RateLimitItemPerMinute(300)


def install(app: Flask, redis_url: str) -> None:
    """Counted in this process, or in Redis for all machines.

    With ``limits`` alone: Flask-Limiter would look at every request for limits that no view has.
    """
    app.extensions["lti_elos_limiter"] = FixedWindowRateLimiter(storage_from_string(redis_url or "memory://"))


CHECKS = RateLimitItemPerMinute(6)


def count_check(platform: str) -> None:
    """Count a look at a platform's connection, which asks other machines. Raises TooMany over 6 a minute."""
    _count(CHECKS, "checks", platform, "checks a minute of this platform")


def count_failure(platform: str) -> None:
    """Count a refused login or launch of a platform from this address. Raises TooMany over 300 a minute.

    A counter out of reach lets the refusal stand as it is: limiting is a courtesy, not a lock.
    """
    _count(
        FAILURES, "failures", platform, "failures a minute from this platform and address", request.remote_addr or ""
    )


def count_guess() -> None:
    """Count a link to a recording that does not work, from this address. Raises TooMany over 300 a minute."""
    _count(FAILURES, "links", "recordings", "links a minute that do not work", request.remote_addr or "")


def _count(item: RateLimitItemPerMinute, what: str, platform: str, detail: str, *more: str) -> None:
    limiter: FixedWindowRateLimiter = current_app.extensions["lti_elos_limiter"]
    try:
        is_within = limiter.hit(item, what, platform, *more)
    except Exception as cause:  # noqa: BLE001 - whatever a storage raises
        current_deps().counts.failure_not_counted()
        log.warning("failures not counted", extra={"reason": type(cause).__name__})
        return
    if not is_within:
        raise TooMany(detail)
