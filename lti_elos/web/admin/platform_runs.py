"""A platform's sessions at the desk: of all its rooms, found by what they told Elos. Nobody's name is in it."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.services import platform_runs
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.pages import PlatformRunsPage, RunItem, Told
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.paging import key_of, written


@bp.get("/platforms/<uuid:platform_id>/sessions", endpoint="platform_runs")
@requires(Needs.OPERATOR)
def list_runs(platform_id: UUID) -> Response | str:
    """Newest first, 50 a page, paged by key. ``meta``: ``name=value``, exactly."""
    deps = current_deps()
    asked = tidy(request.args.get("meta", ""), 400)
    name, separator, value = (part.strip() for part in asked.partition("="))
    wanted = (name.removeprefix("meta_").lower(), value) if separator and name and value else None
    before = key_of(request.args.get("before", ""))
    found = platform_runs.listing(deps, platform_id, metadata=wanted, older_than=before)

    def at(meta: str | None = asked or None, before: str | None = None) -> str:
        return url_for("admin.platform_runs", platform_id=platform_id, meta=meta, before=before)

    if before and not found.items:  # an old bookmark
        return redirect(at(), code=303)
    page = PlatformRunsPage(
        platform_id=platform_id,
        platform=found.platform,
        names=found.names,
        items=tuple(
            RunItem(one, tuple(Told(name, value, at(f"{name}={value}")) for name, value in one.metadata.items()))
            for one in found.items
        ),
        asked=asked,
        is_understood=not asked or wanted is not None,
        list_url=at(meta=None),
        next_url=at(before=written(found.older_than)) if found.older_than else "",
        first_url=at() if before else "",
        now=deps.clock(),
    )
    return render_template("admin/platform_runs.html", page=page)
