"""The audit log at the desk: of all platforms, and as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.audit import Action
from lti_elos.services import audit_lists, recording_desk
from lti_elos.services.audit_lists import Entry, Wanted
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.recording_pages import AuditPage, Told, changed_text
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.sheets import download

_ACTIONS = tuple(Action)
_COLUMNS = (
    *("id", "at", "action", "platform_id", "platform", "room_id", "room", "recording_id", "record_id", "recording"),
    *("user_id", "operator", "details"),
)


@bp.get("/audit", endpoint="audit")
@requires(Needs.OPERATOR)
def list_audit() -> str:
    """The newest entries; filters are in the address."""
    deps, wanted = current_deps(), _wanted()
    before = request.args.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found = audit_lists.page(deps, wanted, before=key)
    chosen: dict[str, Any] = {
        "platform": wanted.platform_id,
        "action": wanted.action or None,
        "recording": wanted.recording_id,
    }
    page = AuditPage(
        items=told_of(found.items),
        action=wanted.action,
        actions=_ACTIONS,
        platform_id=str(wanted.platform_id or ""),
        choices=tuple((str(one), name) for one, name in recording_desk.choices(deps, wanted.platform_id)),
        recording_id=str(wanted.recording_id or ""),
        recording=next((one.recording or one.record_id for one in found.items), "") if wanted.recording_id else "",
        next_url=url_for("admin.audit", **chosen, before=found.onward) if found.onward else "",
        first_url=url_for("admin.audit", **chosen) if key is not None else "",
        all_url=url_for("admin.audit"),
        file_url=url_for("admin.audit_file", **chosen),
        file_limit=audit_lists.FILE,
        looked_back_to=found.looked_back_to,
        now=deps.clock(),
    )
    return render_template("admin/audit.html", page=page)


@bp.get("/audit.csv")
@requires(Needs.OPERATOR)
def audit_file() -> Response:
    """The same entries as a table: times in UTC, ids whole."""
    rows = (_cells(one) for one in audit_lists.whole(current_deps(), _wanted()))
    return download([_COLUMNS, *rows], "audit.csv")


def told_of(entries: Iterable[Entry]) -> tuple[Told, ...]:
    """Ready to be shown."""
    return tuple(
        Told(
            one,
            changed_text(one.details),
            url_for("admin.recording", recording_id=one.recording_id) if one.recording_id else "",
        )
        for one in entries
    )


def _wanted() -> Wanted:
    action = request.args.get("action", "")
    return Wanted(
        platform_id=request.args.get("platform", type=UUID),
        recording_id=request.args.get("recording", type=UUID),
        action=action if action in _ACTIONS else "",
    )


def _cells(one: Entry) -> tuple[object, ...]:
    ids = [str(each) if each else "" for each in (one.platform_id, one.room_id, one.recording_id, one.user_id)]
    at = one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        *(one.id, at, one.action, ids[0], one.platform, ids[1], one.room, ids[2], one.record_id, one.recording),
        *(ids[3], one.operator or (str(one.operator_id) if one.operator_id else ""), changed_text(one.details)),
    )
