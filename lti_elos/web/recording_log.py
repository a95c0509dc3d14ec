"""Who did what with the recordings, for those who manage the room: a page, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from lti_elos.domain.audit import Action
from lti_elos.domain.sentences import marked as _l
from lti_elos.services import meetings, recording_log, rooms
from lti_elos.services.recording_log import Entry
from lti_elos.web.formats import date_of
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.languages import choose_locale
from lti_elos.web.recording_pages import LogEntry, LogPage
from lti_elos.web.sheets import download

bp = Blueprint("recording_log", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")

ACTIONS = {
    Action.PLAYED.value: _l("Watched"),
    Action.DOWNLOADED.value: _l("Downloaded"),
    Action.PUBLISHED.value: _l("Published it"),
    Action.UNPUBLISHED.value: _l("Unpublished it"),
    Action.RENAMED.value: _l("Renamed or described"),
    Action.PROTECTED.value: _l("Protected it"),
    Action.UNPROTECTED.value: _l("Protection taken away"),
    Action.AUDIENCE.value: _l("Changed who can see it"),
    Action.LINK_MADE.value: _l("Made a link"),
    Action.LINK_REVOKED.value: _l("Revoked a link"),
    Action.SHARED.value: _l("Shown in another course"),
    Action.UNSHARED.value: _l("No longer shown in another course"),
    Action.TRASHED.value: _l("Deleted, with 7 days to undo"),
    Action.RESTORED.value: _l("Deletion undone"),
    Action.DELETED.value: _l("Deleted for good"),
}
AUDIENCES = {
    "teachers": _l("Teachers only"),
    "course": _l("Class"),
    "link": _l("Anyone with the link"),
}


@bp.get("/log")
@requires(Needs.MANAGER)
def show(room_id: UUID) -> str:
    """The log, newest first, 50 a page, paged by key. ``what``: changes or plays alone."""
    from lti_elos.web.rooms import head_of

    deps, viewer, wanted = current_deps(), g.viewer, _wanted()
    room = rooms.find(deps, viewer)
    page = recording_log.page(deps, viewer, room, wanted=wanted, older_than=_key("before"), newer_than=_key("after"))

    def at(endpoint: str = "recording_log.show", **key: int) -> str:
        arguments: dict[str, Any] = {"what": wanted or None, **key}
        return url_for(endpoint, room_id=room_id, **arguments)

    return render_template(
        "recordings/log.html",
        head=head_of(room, viewer, "recordings"),
        page=LogPage(
            entries=tuple(entries_of(page.entries)),
            wanted=wanted,
            list_url=url_for("recordings.index", room_id=room_id),
            older_url=at(before=page.older_than) if page.older_than else "",
            newer_url=at(after=page.newer_than) if page.newer_than else "",
            csv_url=at("recording_log.sheet"),
        ),
    )


@bp.get("/log.csv")
@requires(Needs.MANAGER)
def sheet(room_id: UUID) -> Response:  # noqa: ARG001 - the guard used it
    """The log as a file; the newest 20,000 lines."""
    deps, viewer = current_deps(), g.viewer
    entries = recording_log.everything(deps, viewer, rooms.find(deps, viewer), wanted=_wanted())
    return download(_lines(entries), f"recordings-log-{deps.clock():%Y-%m-%d}.csv")


def _wanted() -> str:
    wanted = request.args.get("what", "")
    return wanted if wanted in ("changes", "plays") else ""


def _key(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def entries_of(found: Iterable[Entry]) -> Iterator[LogEntry]:
    """Rows for the template, in the page's language."""
    language = choose_locale()
    for one in found:
        by = _by(one)
        to = one.details.get("to")
        yield LogEntry(
            at=one.at,
            action=gettext(ACTIONS.get(one.action, one.action)),
            detail=gettext(AUDIENCES[to]) if isinstance(to, str) and to in AUDIENCES else "",
            who=meetings.name_shown(one.user_id, one.name, one.typed_name, language)
            if by == "person" and one.user_id is not None
            else "",
            by=by,
            name=one.recording_name,
            started_at=one.started_at,
        )


def _by(one: Entry) -> str:
    if one.user_id is not None:
        return "person" if one.is_known else "erased"
    if one.is_operator:
        return "operator"
    return "job" if one.action == Action.DELETED.value else "link"


def _lines(found: Iterable[Entry]) -> Iterator[list[object]]:
    yield [
        gettext("When (UTC)"),
        gettext("Who"),
        gettext("What"),
        gettext("Detail"),
        gettext("Recording"),
    ]
    nobody = {
        "erased": gettext("Somebody whose data was erased"),
        "operator": gettext("An operator of this site"),
        "job": gettext("Automatically"),
        "link": gettext("Somebody with the link"),
    }
    for one in entries_of(found):
        yield [
            one.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            one.who or nobody[one.by],
            one.action,
            one.detail,
            _title(one),
        ]


def _title(one: LogEntry) -> str:
    if one.name or one.started_at is None:
        return one.name
    return str(gettext("Session of %(date)s", date=date_of(one.started_at)))
