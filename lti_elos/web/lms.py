"""What an LMS's own administrators see inside the LMS: how its connection does. Their deployment alone, read-only.

They come by a launch, as everybody: through a link to /lms, or through any room's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.services import failures, rooms, sessions
from lti_elos.services.doctor import Check, examine_platform
from lti_elos.services.failures import Failure, Tenant
from lti_elos.web.failure_pages import FailureRow, detail_page, failure_row
from lti_elos.web.findings import Finding, as_text, finding
from lti_elos.web.guards import COOKIE, Needs, current_deps, requires
from lti_elos.web.limits import count_check
from lti_elos.web.pages import RoomHead
from lti_elos.web.rooms import head_of

bp = Blueprint("lms", __name__)


@dataclass(frozen=True, slots=True)
class ConnectionPage:
    """How the connection does."""

    last_launch: datetime | None
    failures: tuple[FailureRow, ...]
    still: int
    """How many causes go on."""
    findings: tuple[Finding, ...]
    checked_at: datetime | None
    """None: nothing was asked yet."""
    as_text: str
    check_url: str
    next_url: str
    now: datetime


@bp.get("/lms")
@requires(Needs.ANYONE)
def arrive() -> Response:
    """To the page of the deployment that this browser's administrator came through last."""
    room_id = sessions.room_of_administrator(current_deps(), request.cookies.get(COOKIE))
    return redirect(url_for("lms.connection", room_id=room_id), code=303)


@bp.get("/rooms/<uuid:room_id>/lms")
@requires(Needs.LMS_ADMIN)
def connection(room_id: UUID) -> str:
    """State and failures. Looking asks nobody else."""
    return _show(room_id, None)


@bp.post("/rooms/<uuid:room_id>/lms")
@requires(Needs.LMS_ADMIN)
def examine(room_id: UUID) -> str:
    """… and what the doctor finds, asked now."""
    platform_id = str(g.viewer.platform_id)
    count_check(platform_id)
    tenant = _tenant()
    return _show(room_id, examine_platform(current_deps(), platform_id, only=tenant.deployment_id))


@bp.get("/rooms/<uuid:room_id>/lms/<uuid:launch_id>")
@requires(Needs.LMS_ADMIN)
def failure(room_id: UUID, launch_id: UUID) -> str:
    """One refused launch, if it is theirs."""
    deps = current_deps()
    found = failures.one(deps, launch_id, tenant=_tenant())
    page = detail_page(
        found,
        base_url=deps.settings.base_url,
        now=deps.clock(),
        back_url=url_for("lms.connection", room_id=room_id),
        other_url=[url_for("lms.failure", room_id=room_id, launch_id=one.id) for one in found.others],
        is_for_operator=False,
    )
    return render_template("lms/failure.html", head=_head(), page=page)


def _show(room_id: UUID, checks: list[Check] | None) -> str:
    deps = current_deps()
    now = deps.clock()
    found, onward = failures.page(deps, tenant=_tenant(), after=request.args.get("after", ""))
    findings = tuple(finding(check) for check in checks or () if _is_theirs(check))
    page = ConnectionPage(
        last_launch=failures.last_let_in(deps, g.viewer.deployment_id),
        failures=tuple(_row(room_id, one, now) for one in found),
        still=sum(one.course is failures.Course.STILL for one in found),
        findings=findings,
        checked_at=None if checks is None else now,
        as_text=as_text(findings),
        check_url=url_for("lms.examine", room_id=room_id),
        next_url=url_for("lms.connection", room_id=room_id, after=onward) if onward else "",
        now=now,
    )
    return render_template("lms/connection.html", head=_head(), page=page)


def _row(room_id: UUID, one: Failure, now: datetime) -> FailureRow:
    url = url_for("lms.failure", room_id=room_id, launch_id=one.latest_id)
    return failure_row(one, url=url, platform_url="", base_url=current_deps().settings.base_url, now=now)


def _is_theirs(check: Check) -> bool:
    """Of our servers nobody outside is told; that there is none is worth knowing."""
    return check.check != "platform's server" or check.state != "ok"


def _tenant() -> Tenant:
    viewer = g.viewer
    return failures.tenant_of(current_deps(), platform_id=viewer.platform_id, deployment_id=viewer.deployment_id)


def _head() -> RoomHead:
    viewer = g.viewer
    return head_of(rooms.find(current_deps(), viewer), viewer, "lms")
