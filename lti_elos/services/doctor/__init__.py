"""`lti-elos doctor`: what is wrong with this installation, and how to mend it.

What needs no network comes first and is read in short transactions; then the calls go out, all at once. A check that
breaks is a finding of its own and never hides another.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from lti_elos.services import health, keys, platforms
from lti_elos.services.deps import Deps
from lti_elos.services.doctor import calls, data, one_platform
from lti_elos.services.doctor.findings import Check, Checks, guarded
from lti_elos.services.doctor.here import of_settings
from lti_elos.services.doctor.one_platform import examine_platform
from lti_elos.settings import Settings

__all__ = ["Check", "examine", "examine_platform", "of_settings"]

_AT_ONCE = 8


def examine(settings: Settings, deps: Deps | None, *, platform_id: str = "") -> list[Check]:
    """All checks but those of settings. Raises Misconfigured when no platform has that id.

    :param settings: as they are; without a SECRET_KEY ``deps`` has one for the day, which opens nothing
    :param deps: None: there is no database to ask
    """
    if deps is None:
        return _asked([("public address", partial(calls.public_address, settings, None))])
    found = [*guarded("data folder", partial(data.files, deps)), *data.readiness(deps)]
    if any(trouble is not None and trouble.stops for trouble in health.examine(deps).values()):
        return found + examine(settings, None)
    details = platforms.details(deps, platform_id) if platform_id else None
    can_open = bool(settings.secret_keys)
    local = {
        "signing key": data.signing_key,
        **({"secrets": data.secrets_at_rest} if can_open else {}),
        "platforms": data.platforms_listed,
        "deployments": data.deployments_pending,
        "default server": data.default_server,
    }
    for name, check in local.items():
        found += guarded(name, partial(check, deps))
    going_out: list[tuple[str, Checks]] = [
        ("public address", partial(calls.public_address, settings, partial(_kids, deps)))
    ]
    going_out.append(("mail", partial(calls.mail_server, settings)))
    if can_open:
        going_out += [("elos", call) for call in calls.servers(deps)]
    if details is not None:
        found += guarded("platform", partial(one_platform.rows, deps, details))
        going_out += one_platform.going_out(deps, details) if can_open else one_platform.going_out(deps, details)[:1]
    answers = _asked(going_out)
    clocks = [check for check in answers if check.check == "clock"]
    asked_others = {name for name, _ in going_out} - {"public address", "mail"}
    if asked_others and not clocks:
        clocks = [Check("clock", "warn", "not compared: nobody told the time", "timedatectl status")]
    return [*found, *(check for check in answers if check.check != "clock"), *clocks]


def _asked(going_out: list[tuple[str, Checks]]) -> list[Check]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [check for checks in pool.map(lambda one: guarded(*one), going_out) for check in checks]


def _kids(deps: Deps) -> set[str]:
    return {row["kid"] for row in keys.listing(deps)}
