"""Who may watch a recording, and a room's new ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, recordings, rooms
from lti_elos.domain.audit import Action
from lti_elos.domain.policies import RecordingAudience
from lti_elos.domain.recordings import DEFAULTS, Audience
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import audit, recording_links
from lti_elos.services import recordings as listed
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room

_SETTING = "recording_audience"
"""In ``rooms.settings``: a room's own choice for new ones."""


def set_audience(db: Connection, viewer: Viewer, rows: Sequence[AnyRow], audience: Audience, *, now: datetime) -> None:
    """:param rows: of ``recordings.find_managed``

    Links of one that is not for everybody with a link any more are revoked: made public again, it gets new ones, and
    whoever had the old ones does not come back with it. Raises NotFound where the platform allows no links.
    """
    if audience is Audience.LINK and not viewer.policies.recording_links:
        raise NotFound("no links on this platform")
    for row in rows:
        if row.audience == audience.value:
            continue
        db.execute(recordings.update().where(recordings.c.id == row.id).values(audience=audience.value))
        if row.audience == Audience.LINK.value:
            recording_links.revoke_all(db, row, now=now)
        audit.note(
            db,
            Action.AUDIENCE,
            row,
            now=now,
            platform_id=viewer.platform_id,
            user_id=viewer.user_id,
            details={"from": row.audience, "to": audience.value},
        )


def change(deps: Deps, viewer: Viewer, recording_id: UUID, audience: Audience) -> None:
    """Of one recording. Raises NotFound for one that the viewer does not manage."""
    with deps.database.transaction() as db:
        rows = listed.find_managed(db, viewer, [recording_id])
        set_audience(db, viewer, rows, audience, now=deps.clock())


def make_link(deps: Deps, viewer: Viewer, recording_id: UUID, *, lasts: timedelta | None) -> None:
    """One more link; the first one makes the recording public. Raises NotFound, also where no links are allowed."""
    now = deps.clock()
    with deps.database.transaction() as db:
        rows = listed.find_managed(db, viewer, [recording_id])
        set_audience(db, viewer, rows, Audience.LINK, now=now)
        recording_links.add(db, deps, viewer, rows[0], lasts=lasts, now=now)


# --- new ones --------------------------------------------------------------------------------------------------------


def of_new_ones(room: Room) -> RecordingAudience | None:
    """What the room has chosen for its new recordings; None: what the platform says."""
    chosen = room.settings.get(_SETTING)
    return next((one for one in DEFAULTS if one == chosen), None)


def choose_for_new_ones(deps: Deps, viewer: Viewer, audience: RecordingAudience | None) -> None:
    """:param viewer: who manages the room. Raises NotFound when it is gone."""
    with deps.database.transaction() as db:
        its = rooms.c.id == viewer.room_id, rooms.c.deployment_id == viewer.deployment_id
        known = db.scalar(select(rooms.c.settings).where(*its).with_for_update())
        if known is None:
            raise NotFound("no such room")
        settings = {key: value for key, value in known.items() if key != _SETTING}
        if audience is not None:
            settings[_SETTING] = audience
        db.execute(rooms.update().where(*its).values(settings=settings))
