"""What stands around a list of recordings: a line of news, the one that a link leads to, where shown ones come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import g, request, url_for

from lti_elos.domain.recordings import LINK_PARAMETER, linked_recording
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import mails, recording_copies, recording_notices, recordings
from lti_elos.services.recordings import Item
from lti_elos.services.rooms import Room
from lti_elos.web.guards import current_deps
from lti_elos.web.recording_pages import Around, News, RecordingItem, TellForm

_SAID = ("shared", "unshared", "mail-asked", "mail-told", "mail-stopped")


def around_list(viewer: Viewer) -> Around:
    """Of the list's page."""
    said = request.args.get("note", "")
    shown, is_missing = _shown(viewer)
    return Around(
        said=said if said in _SAID else "",
        tell=_tell(viewer),
        shown=shown,
        is_missing=is_missing,
    )


def _shown(viewer: Viewer) -> tuple[RecordingItem | None, bool]:
    """What ``?show=`` asks for, and whether it is not to be seen."""
    from lti_elos.web.recordings import items_of

    recording_id = linked_recording({LINK_PARAMETER: request.args.get("show", "")})
    if recording_id is None:
        return None, False
    try:
        with current_deps().database.reading() as db:
            found = [recordings.find_item(db, viewer, recording_id)]
    except NotFound:
        return None, True
    return with_origins(viewer, found, items_of(viewer.room_id, found))[0], False


def news_of(viewer: Viewer, room: Room) -> News | None:
    """The one line that a teacher is told above the room's page; None for everybody else."""
    if not viewer.standing.manages:
        return None
    deps = current_deps()
    with deps.database.reading() as db:
        ready = recording_notices.news(db, viewer, now=deps.clock())
        if ready is not None:
            show = ready.id if ready.count == 1 else None
            return News(
                kind="ready",
                url=url_for("recordings.index", room_id=room.id, show=show),
                dismiss_url=url_for("recording_notices.seen", room_id=room.id),
                name=ready.name,
                started_at=ready.started_at,
                count=ready.count,
                recording_id=str(ready.id),
            )
        if room.was_copied and recording_copies.is_to_be_offered(db, viewer, room.course_id):
            return News(
                kind="copy",
                url=url_for("recording_copies.index", room_id=room.id),
                dismiss_url=url_for("recording_copies.dismiss", room_id=room.id),
            )
    return None


def _tell(viewer: Viewer) -> TellForm | None:
    deps = current_deps()
    if not viewer.standing.manages or not mails.is_configured(deps):
        return None
    with deps.database.reading() as db:
        asking = recording_notices.asking(deps, db, viewer)
    return TellForm(
        action=url_for("recording_notices.ask", room_id=viewer.room_id),
        stop_url=url_for("recording_notices.stop", room_id=viewer.room_id),
        asked=asking.asked.value,
        address=asking.address,
        typed=g.get("refused_address", ""),
        problem=g.get("address_problem", ""),
    )


def with_origins(viewer: Viewer, found: Sequence[Item], items: Sequence[RecordingItem]) -> tuple[RecordingItem, ...]:
    """The same items; those of other courses say of which one."""
    shared = [one.id for one in found if one.is_shared]
    if not shared:
        return tuple(items)
    with current_deps().database.reading() as db:
        names = recording_copies.origins(db, shared)
    unshare_url = url_for("recording_copies.remove", room_id=viewer.room_id) if viewer.standing.manages else ""
    return tuple(
        replace(one, shown_from=names[one.id], unshare_url=unshare_url) if one.id in names else one for one in items
    )
