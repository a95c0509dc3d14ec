"""Failed launches: by cause, and one with what mends it."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.services import failures, platforms
from lti_elos.web.admin.desk import bp
from lti_elos.web.error_texts import CODES, FOR_ADMINS
from lti_elos.web.failure_pages import FailuresPage, detail_page, failure_row
from lti_elos.web.guards import Needs, current_deps, requires

_CODES = tuple(sorted(code for code in CODES if code.startswith("LTI-") and code not in FOR_ADMINS))


@bp.get("/failed-launches", endpoint="failures")
@requires(Needs.OPERATOR)
def list_failures() -> Response | str:
    """Causes of 30 days, the latest first. An occurrence that somebody read out leads to its launch."""
    deps = current_deps()
    occurrence = request.args.get("occurrence", "").strip()[:20]
    if occurrence and (found := failures.of_occurrence(deps, occurrence)):
        return redirect(url_for("admin.failure", launch_id=found), code=303)
    platform_id = request.args.get("platform", type=UUID)
    code = request.args.get("code", "")
    code = code if code in _CODES else ""
    after = request.args.get("after", "")
    items, onward = failures.page(deps, platform_id=platform_id, code=code, after=after)

    def at(after: str = "", platform: UUID | None = platform_id) -> str:
        return url_for("admin.failures", platform=platform, code=code or None, after=after or None)

    now = deps.clock()
    page = FailuresPage(
        items=tuple(
            failure_row(
                one,
                url=url_for("admin.failure", launch_id=one.latest_id),
                platform_url=at(platform=one.platform_id) if one.platform_id and not platform_id else "",
                base_url=deps.settings.base_url,
                now=now,
            )
            for one in items
        ),
        code=code,
        codes=_CODES,
        platform_id=str(platform_id or ""),
        platform=platforms.name_of(deps, platform_id) if platform_id else "",
        list_url=url_for("admin.failures"),
        everywhere_url=at(platform=None) if platform_id else "",
        next_url=at(onward) if onward else "",
        first_url=at() if after else "",
        occurrence=occurrence,
        now=now,
    )
    return render_template("admin/failures.html", page=page)


@bp.get("/failed-launches/<uuid:launch_id>")
@requires(Needs.OPERATOR)
def failure(launch_id: UUID) -> str:
    """One refused launch: the likely mend first, then the evidence."""
    deps = current_deps()
    found = failures.one(deps, launch_id)
    platform_id = found.failure.platform_id
    page = detail_page(
        found,
        base_url=deps.settings.base_url,
        now=deps.clock(),
        back_url=url_for("admin.failures"),
        doctor_url=url_for("admin.doctor", platform_id=platform_id) if platform_id else "",
        other_url=[url_for("admin.failure", launch_id=one.id) for one in found.others],
    )
    return render_template("admin/failure.html", page=page)
