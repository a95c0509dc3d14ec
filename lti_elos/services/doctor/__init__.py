"""`lti-elos doctor`: what is wrong with this installation, and how to mend it.

What needs no network comes first and is read in short transactions; then the calls go out, all at once. A check that
breaks is a finding of its own and never hides another.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from lti_elos.services import health, keys, platforms
from lti_elos.services.deps import Deps
from lti_elos.services.doctor import calls, data, one_platform
from lti_elos.services.doctor.findings import Check, Checks, guarded
from lti_elos.services.doctor.here import of_settings
from lti_elos.settings import Settings

__all__ = ["Check", "examine", "of_settings"]

_AT_ONCE = 8


def examine(settings: Settings, deps: Deps | None, *, platform_id: str = "") -> list[Check]:
    """All checks but those of settings. Raises Misconfigured when no platform has that id.

    :param settings: as they are; without a SECRET_KEY ``deps`` has one for the day, which opens nothing
    :param deps: None: there is no database to ask
    """
    found: list[Check] = []
    going_out: list[tuple[str, Checks]] = []
    kids = None
    if deps is not None:
        found += data.files(deps)
        found += data.readiness(deps)
        if not any(health.examine(deps).values()):
            details = platforms.details(deps, platform_id) if platform_id else None
            if settings.secret_keys:
                found += guarded("secrets", lambda: data.secrets_at_rest(deps))
            for name, check in (
                ("signing key", data.signing_key),
                ("platforms", data.platforms_listed),
                ("deployments", data.deployments_pending),
                ("default server", data.default_server),
            ):
                found += guarded(name, lambda check=check: check(deps))  # type: ignore[misc]
            kids = lambda: {row["kid"] for row in keys.listing(deps)}  # noqa: E731
            if settings.secret_keys:
                going_out += [("elos", call) for call in calls.servers(deps)]
            if details is not None:
                found += guarded("platform", lambda: one_platform.rows(deps, details))
                going_out += [("platform keys", lambda: one_platform.keys(deps, details))]
                going_out += [("token url", lambda: one_platform.token_url(deps, details))]
    going_out.insert(0, ("public address", lambda: calls.public_address(settings, kids)))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [check for checks in pool.map(lambda one: guarded(*one), going_out) for check in checks]
    found += [check for check in answers if check.check != "clock"]
    return found + [check for check in answers if check.check == "clock"]
