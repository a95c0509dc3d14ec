"""Playing a recording: authorised at each click, by an address as the server told it lately."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from lti_elos.domain.viewer import Viewer
from lti_elos.errors import RecordingGone
from lti_elos.services import recording_sync, recordings
from lti_elos.services.deps import Deps

log = logging.getLogger(__name__)

_FRESH = timedelta(minutes=2)
"""Protected servers hand out links that expire within the hour: a link is never older than this at a click."""
_PATIENCE_S = 2.0


def address(deps: Deps, viewer: Viewer, recording_id: UUID, kind: str) -> str:
    """Where to send a person who clicked play.

    Raises NotFound (another course's, or not for this person) or RecordingGone (not playable now).
    """
    with deps.database.reading() as db:
        known = recordings.find_any(db, viewer, recording_id)
    recording_sync.refresh(deps, [known.row.room_id], fresh=_FRESH, wait_s=_PATIENCE_S)
    with deps.database.reading() as db:
        found = recordings.find(db, viewer, recording_id)
    for entry in found.row.formats:
        if entry["kind"] == kind:
            log.info("recording played", extra={"recording_id": str(recording_id)})
            return str(entry["url"])
    raise RecordingGone(f"state {found.row.state}, no playback {kind[:20]}")
