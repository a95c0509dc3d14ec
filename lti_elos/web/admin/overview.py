"""The desk's first page."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, render_template

from lti_elos.services import jobs, servers
from lti_elos.services import overview as desk_overview
from lti_elos.services.overview import Figures
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.pages import OverviewPage
from lti_elos.web.guards import Needs, current_deps, requires

_KEPT = timedelta(seconds=60)


@bp.get("", strict_slashes=False)
@requires(Needs.OPERATOR)
def overview() -> str:
    """What needs attention, figures, servers."""
    deps = current_deps()
    page = OverviewPage(
        attention=desk_overview.attention(deps),
        figures=_figures(),
        items=tuple(servers.all_servers(deps)),
        queue=jobs.health(deps),
        now=deps.clock(),
    )
    return render_template("admin/overview.html", page=page)


def _figures() -> Figures:
    """Counted once a minute and process; the page says when."""
    deps = current_deps()
    kept: Figures | None = current_app.extensions.get("lti_elos_figures")
    if kept is None or not timedelta(0) <= deps.clock() - kept.counted_at < _KEPT:
        kept = current_app.extensions["lti_elos_figures"] = desk_overview.figures(deps)
    return kept
