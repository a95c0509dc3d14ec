"""The connection doctor: what `doctor --platform` finds, as a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import render_template, url_for

from lti_elos.errors import NotFound
from lti_elos.services import platforms
from lti_elos.services.doctor import Check, examine_platform
from lti_elos.web.admin.desk import bp
from lti_elos.web.findings import Finding, as_text, finding
from lti_elos.web.guards import Needs, current_deps, requires


@dataclass(frozen=True, slots=True)
class DoctorPage:
    """What was found, and when; nothing yet before it was asked for."""

    platform: str
    findings: tuple[Finding, ...]
    checked_at: datetime | None
    as_text: str
    check_url: str
    failures_url: str
    back_url: str


@bp.get("/platforms/<uuid:platform_id>/doctor")
@requires(Needs.OPERATOR)
def doctor(platform_id: UUID) -> str:
    """Before the question: looking at a page calls nobody."""
    return render_template("admin/doctor.html", page=_page(platform_id, None))


@bp.post("/platforms/<uuid:platform_id>/doctor")
@requires(Needs.OPERATOR)
def examine(platform_id: UUID) -> str:
    """Ask now. Changes nothing, here or there."""
    name = _name(platform_id)
    checks = examine_platform(current_deps(), str(platform_id))
    return render_template("admin/doctor.html", page=_page(platform_id, checks, name))


def _page(platform_id: UUID, checks: list[Check] | None, name: str = "") -> DoctorPage:
    findings = tuple(finding(check) for check in checks or ())
    return DoctorPage(
        platform=name or _name(platform_id),
        findings=findings,
        checked_at=None if checks is None else current_deps().clock(),
        as_text=as_text(findings),
        check_url=url_for("admin.examine", platform_id=platform_id),
        failures_url=url_for("admin.failures", platform=platform_id),
        back_url=url_for("admin.platform", platform_id=platform_id),
    )


def _name(platform_id: UUID) -> str:
    name = platforms.name_of(current_deps(), platform_id)
    if not name:
        raise NotFound("no such platform")
    return name
