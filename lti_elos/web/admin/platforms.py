"""Platforms at the desk: the list, and one with all that can be decided about it. What `lti-elos platform` does too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.metadata import read_lines
from lti_elos.domain.names import tidy
from lti_elos.domain.policies import Policies, parse_policy
from lti_elos.errors import Misconfigured
from lti_elos.services import platform_lists, platforms
from lti_elos.services.platform_lists import STATES, Details
from lti_elos.services.platforms import DEPLOYMENT_POLICIES
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.pages import PlatformPage, PlatformsPage
from lti_elos.web.guards import Needs, current_deps, requires

POLICIES = tuple(field.name for field in fields(Policies))
SWITCHES = tuple(key for key in POLICIES if isinstance(getattr(Policies(), key), bool))
_DONE = ("saved", "approved", "disabled", "enabled", "removed")


@bp.get("/platforms", endpoint="platforms")
@requires(Needs.OPERATOR)
def list_platforms() -> str:
    """Fifty of them, by name; what is looked for is in the address."""
    deps = current_deps()
    query, state = tidy(request.args.get("q", ""), 100), request.args.get("state", "")
    state = state if state in STATES else ""
    after = request.args.get("after", type=UUID)
    items, are_more = platform_lists.page(deps, query=query, state=state, after=after)

    def at(last: UUID | None) -> str:
        return url_for("admin.platforms", q=query or None, state=state or None, after=last)

    page = PlatformsPage(
        items=tuple(items),
        query=query,
        state=state,
        next_url=at(items[-1].id) if are_more else "",
        first_url=at(None) if after else "",
        now=deps.clock(),
        done=_done(),
    )
    return render_template("admin/platforms.html", page=page)


@bp.get("/platforms/<uuid:platform_id>")
@requires(Needs.OPERATOR)
def platform(platform_id: UUID) -> str:
    """All about one."""
    asks = request.args.get("ask", "")
    return _show(platform_lists.details(current_deps(), platform_id), done=_done(), asks=asks)


@bp.post("/platforms/<uuid:platform_id>")
@requires(Needs.OPERATOR)
def set_policies(platform_id: UUID) -> Response:
    """Name, server, what becomes of new deployments, and all policies. Acts at once."""
    deps = current_deps()
    found = platform_lists.details(deps, platform_id)
    values = _typed()
    problems = {key: problem for key in values if (problem := _problem(key, values[key], found))}
    if problems:
        return make_response(_show(found, values=values, problems=problems), 400)
    platforms.set_policies(deps, str(platform_id), [f"{key}={value}" for key, value in values.items()])
    return _back(platform_id, "saved")


@bp.post("/platforms/<uuid:platform_id>/approve")
@requires(Needs.OPERATOR)
def approve_deployment(platform_id: UUID) -> Response:
    """One that waits, or one that is named before it comes."""
    deps = current_deps()
    found = platform_lists.details(deps, platform_id)
    deployment_id = request.form.get("deployment", "").strip()
    try:
        platforms.approve(deps, str(platform_id), deployment_id)
    except Misconfigured:
        return make_response(_show(found, problems={"deployment": "text"}, typed=deployment_id), 400)
    return _back(platform_id, "approved")


@bp.post("/platforms/<uuid:platform_id>/disable")
@requires(Needs.OPERATOR)
def disable_platform(platform_id: UUID) -> Response:
    """Nobody from there gets in any more; pages that are open stop working."""
    return _set_enabled(platform_id, enabled=False)


@bp.post("/platforms/<uuid:platform_id>/enable")
@requires(Needs.OPERATOR)
def enable_platform(platform_id: UUID) -> Response:
    """They get in again."""
    return _set_enabled(platform_id, enabled=True)


@bp.post("/platforms/<uuid:platform_id>/remove")
@requires(Needs.OPERATOR)
def remove_platform(platform_id: UUID) -> Response:
    """With its people, courses and rooms. Its name has to be typed."""
    deps = current_deps()
    found = platform_lists.details(deps, platform_id)
    typed = request.form.get("name", "")
    if typed.strip() != found.name.strip():
        return make_response(_show(found, problems={"remove": "differs"}, asks="remove", typed=typed[:200]), 400)
    platforms.remove(deps, str(platform_id))
    return redirect(url_for("admin.platforms", done="removed"), code=303)


def _set_enabled(platform_id: UUID, *, enabled: bool) -> Response:
    deps = current_deps()
    platform_lists.details(deps, platform_id)
    platforms.set_enabled(deps, str(platform_id), enabled=enabled)
    return _back(platform_id, "enabled" if enabled else "disabled")


def _back(platform_id: UUID, done: str) -> Response:
    return redirect(url_for("admin.platform", platform_id=platform_id, done=done), code=303)


def _done() -> str:
    said = request.args.get("done", "")
    return said if said in _DONE else ""


def _typed() -> dict[str, str]:
    """The form's values by key, as ``platform set`` takes them. A switch that is off is not sent."""
    sent: dict[str, str] = {key: request.form.get(key, "").strip() for key in ("name", "server", "deployments")}
    for key in POLICIES:
        sent[key] = ("true" if key in request.form else "false") if key in SWITCHES else request.form.get(key, "")
    return sent


def _problem(key: str, value: str, found: Details) -> str:
    if key == "name":
        try:
            platforms.require_text(key, value, 200)
        except Misconfigured:
            return "text"
    elif key == "server":
        return "choice" if value and value not in found.servers else ""
    elif key == "deployments":
        return "choice" if value not in DEPLOYMENT_POLICIES else ""
    else:
        try:
            parse_policy(key, value)
        except ValueError:
            if key == "extra_metadata":
                return "lines"
            return "text" if key in ("frame_ancestors", "recording_notice") else "choice"
    return ""


def _values(found: Details) -> dict[str, str]:
    kept: dict[str, Any] = {key: getattr(found.policies, key) for key in POLICIES}
    written = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in kept.items()}
    return {"name": found.name, "server": found.server, "deployments": found.deployment_policy} | written


def _show(
    found: Details,
    *,
    values: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    done: str = "",
    asks: str = "",
    typed: str = "",
) -> str:
    deps = current_deps()
    base = deps.settings.base_url
    page = PlatformPage(
        platform=found,
        values=values if values is not None else _values(found),
        problems=problems or {},
        now=deps.clock(),
        addresses=(
            ("login", f"{base}/lti/login"),
            ("redirect", f"{base}/lti/launch"),
            ("tool", f"{base}/lti/launch"),
            ("keys", f"{base}/lti/jwks.json"),
        ),
        done=done,
        asks=asks if asks in ("disable", "remove") else "",
        typed=typed,
        metadata_problems=read_lines(values["extra_metadata"]).problems if values else (),
    )
    return render_template("admin/platform.html", page=page)
