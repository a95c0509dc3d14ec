"""The desk's first page."""

from __future__ import annotations

from flask import render_template

from lti_elos.web.admin.desk import bp
from lti_elos.web.guards import Needs, requires


@bp.get("")
@requires(Needs.OPERATOR)
def overview() -> str:
    """What needs attention, figures, servers."""
    return render_template("admin/overview.html")
