"""Rooms and recordings at the desk: what is stored where, looking for one, one with what was done with it."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from flask import current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.errors import ElosError
from lti_elos.services import audit_lists, recording_bin_admin, recording_desk
from lti_elos.services.recording_desk import STATES, Storage
from lti_elos.web.admin.audit import told_of
from lti_elos.web.admin.desk import bp
from lti_elos.web.admin.recording_pages import RecordingPage, RecordingsPage
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.paging import key_of, written

_KEPT = timedelta(minutes=5)
_SHARE = 300
"""Counting takes no more than this part of the time, however many recordings there are."""
_LARGEST = 10
"""Platforms in the overview; the others' figures are on the page of each."""
_TOLD = 20


@bp.get("/recordings", endpoint="recordings")
@requires(Needs.OPERATOR)
def list_recordings() -> str:
    """What is stored, and fifty recordings; what is looked for is in the address."""
    deps = current_deps()
    query, state = tidy(request.args.get("q", ""), 100), request.args.get("state", "")
    state = state if state in STATES else ""
    platform_id = request.args.get("platform", type=UUID)
    after = key_of(request.args.get("after", ""))
    found = recording_desk.page(deps, query=query, platform_id=platform_id, state=state, after=after)
    stored = _storage()

    def at(after: str = "") -> str:
        return url_for(
            "admin.recordings", q=query or None, platform=platform_id, state=state or None, after=after or None
        )

    if platform_id is None:
        shelves = stored.platforms[:_LARGEST]
    else:
        shelves = tuple(one for one in stored.platforms if one.id == platform_id)
    page = RecordingsPage(
        storage=stored,
        platforms=shelves,
        items=found.items,
        query=query,
        state=state,
        platform_id=str(platform_id or ""),
        choices=tuple((str(one), name) for one, name in recording_desk.choices(deps, platform_id)),
        next_url=at(written(found.onward)) if found.onward else "",
        first_url=at() if after else "",
        looked_back_to=found.looked_back_to,
        now=deps.clock(),
    )
    return render_template("admin/recordings.html", page=page)


@bp.get("/recordings/<uuid:recording_id>")
@requires(Needs.OPERATOR)
def recording(recording_id: UUID) -> str:
    """All that is known of one. It is not played here: who watches is said in the course."""
    return _show(recording_id, done="restored" if request.args.get("done") == "restored" else "")


@bp.post("/recordings/<uuid:recording_id>/restore")
@requires(Needs.OPERATOR)
def restore_recording(recording_id: UUID) -> Response:
    """Out of the bin."""
    try:
        restored = recording_bin_admin.restore_by_operator(current_deps(), g.operator.id, recording_id)
    except ElosError as refusal:
        return make_response(_show(recording_id, problem=refusal.code), 502)
    if not restored:
        return make_response(_show(recording_id, problem="late"), 409)
    return redirect(url_for("admin.recording", recording_id=recording_id, done="restored"), code=303)


def _show(recording_id: UUID, *, done: str = "", problem: str = "") -> str:
    deps = current_deps()
    found = recording_desk.one(deps, recording_id)
    entries = audit_lists.page(deps, audit_lists.Wanted(recording_id=recording_id), limit=_TOLD)
    page = RecordingPage(
        found=found,
        told=told_of(entries.items),
        audit_url=url_for("admin.audit", recording=recording_id) if entries.onward else "",
        now=deps.clock(),
        done=done,
        problem=problem,
    )
    return render_template("admin/recording.html", page=page)


def _storage() -> Storage:
    """Counted once in five minutes and process, less often where it takes long; the page says when."""
    deps = current_deps()
    kept: tuple[Storage, timedelta] | None = current_app.extensions.get("lti_elos_storage")
    if kept is None or not timedelta(0) <= deps.clock() - kept[0].counted_at < kept[1]:
        began = time.monotonic()
        counted = recording_desk.storage(deps)
        took = timedelta(seconds=time.monotonic() - began)
        kept = current_app.extensions["lti_elos_storage"] = (counted, max(_KEPT, took * _SHARE))
    return kept[0]
