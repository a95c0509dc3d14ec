"""What is done in the background, by kind."""

from __future__ import annotations

from datetime import timedelta

from lti_elos.services import events, hooks, housekeeping, recording_bin, recording_notices, recording_sync
from lti_elos.services.jobs import Kind, Kinds

KINDS: Kinds = {
    "housekeeping": Kind(housekeeping.work, every=timedelta(hours=1)),
    hooks.KIND: Kind(hooks.look_after, every=hooks.EVERY),
    events.KIND: Kind(events.work_out),
    recording_notices.KIND: Kind(recording_notices.work),
    recording_sync.KIND: Kind(recording_sync.work, every=recording_sync.EVERY),
    recording_sync.KIND_OF_ROOM: Kind(recording_sync.work_of_room),
    recording_bin.KIND: Kind(recording_bin.work, every=recording_bin.EVERY),
}
