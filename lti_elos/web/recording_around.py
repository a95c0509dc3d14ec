"""What stands around a list of recordings: a line of news, where shown ones come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import request, url_for

from lti_elos.domain.viewer import Viewer
from lti_elos.services import recording_copies
from lti_elos.services.recordings import Item
from lti_elos.services.rooms import Room
from lti_elos.web.guards import current_deps
from lti_elos.web.pages import Around, News, RecordingItem

_SAID = ("shared", "unshared")


def around_list(viewer: Viewer, room: Room) -> Around:
    """Of the list's page."""
    said = request.args.get("note", "")
    return Around(news=news_of(viewer, room, to="recordings"), said=said if said in _SAID else "")


def news_of(viewer: Viewer, room: Room, *, to: str) -> News | None:
    """The one line that a teacher is told above the page; None for everybody else.

    :param to: the page: "room" or "recordings".
    """
    if not viewer.standing.manages:
        return None
    with current_deps().database.reading() as db:
        if recording_copies.is_to_be_offered(db, viewer, room.course_id):
            return News(
                kind="copy",
                url=url_for("recording_copies.index", room_id=room.id),
                dismiss_url=url_for("recording_copies.dismiss", room_id=room.id),
                to=to,
            )
    return None


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
