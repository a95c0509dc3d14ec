"""The room's sessions: each time that it was open. (A browser's session is in ``services/sessions.py``.)"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.names import tidy
from lti_elos.services import live, meetings, runs
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.languages import choose_locale, choose_zone
from lti_elos.web.paging import key_of, written
from lti_elos.web.periods import month_begins, next_month
from lti_elos.web.session_pages import Month, SessionItem, SessionsPage
from lti_elos.web.status import watch_of

bp = Blueprint("sessions", __name__, url_prefix="/rooms/<uuid:room_id>/sessions")

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_MOST_MONTHS = 120


def items_of(found: Iterable[runs.Run]) -> tuple[SessionItem, ...]:
    """Rows for a template."""
    language = choose_locale()
    return tuple(
        SessionItem(
            id=one.id,
            began_at=one.began_at,
            opened_by=meetings.name_shown(one.opened_by, one.name, one.typed_name, language) if one.opened_by else "",
            length=one.length,
            is_live=one.is_live,
            present=one.present,
            people=one.people,
            peak=one.peak,
            ended=one.ended.value if one.has_ended else "unknown",
            recorded=one.recorded,
            has_recording=one.has_recording,
        )
        for one in found
    )


@bp.get("")
@requires(Needs.MANAGER)
def index(room_id: UUID) -> Response | str:
    """The list, newest first, 50 a page, paged by key. ``q``: who opened; ``month``: of the page's zone. Where the
    running one may be in it, the page follows the room.
    """
    from lti_elos.web.rooms import handover_of, head_of

    deps, viewer = current_deps(), g.viewer
    room, state = live.read_with_room(deps, viewer)  # before the list: what is newer there, the script finds out
    query = tidy(request.args.get("q", ""), 100)
    month = found[0] if (found := _MONTH.fullmatch(request.args.get("month", ""))) else ""
    older_than, newer_than = key_of(request.args.get("before", "")), key_of(request.args.get("after", ""))
    since, until = (month_begins(month), month_begins(next_month(month))) if month else (None, None)
    page = runs.listing(deps, room.id, runs.Wanted(query, since, until), older_than=older_than, newer_than=newer_than)

    def at(**key: str) -> str:
        arguments: dict[str, Any] = {"q": query or None, "month": month or None, **key}
        return url_for("sessions.index", room_id=room_id, **arguments)

    if older_than and not page.items:  # an old bookmark
        return redirect(at(), code=303)
    return render_template(
        "sessions/index.html",
        head=head_of(room, viewer, "sessions"),
        page=SessionsPage(
            items=items_of(page.items),
            total=page.total,
            query=query,
            month=month,
            months=_months(page.oldest_at, page.newest_at),
            older_url=at(before=written(page.older_than)) if page.older_than else "",
            newer_url=at(after=written(page.newer_than)) if page.newer_than else "",
            live=state,
            join_url=url_for("rooms.join", room_id=room_id),
        ),
        watch=None if page.newer_than else watch_of(room_id, checked_at=state.checked_at),
        handover=handover_of(viewer),
        recordings_url=url_for("recordings.index", room_id=room_id),
    )


def _months(oldest_at: datetime | None, newest_at: datetime | None) -> tuple[Month, ...]:
    """From the newest session's month to the oldest one's, whether there were sessions in each or not."""
    if oldest_at is None or newest_at is None:
        return ()
    zone = ZoneInfo(choose_zone())
    first, last = (moment.astimezone(zone).strftime("%Y-%m") for moment in (oldest_at, newest_at))
    found, month = [], first
    while month <= last:
        found.append(month)
        month = next_month(month)
    return tuple(Month(one, month_begins(one)) for one in found[: -_MOST_MONTHS - 1 : -1])
