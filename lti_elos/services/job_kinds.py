"""What is done in the background, by kind."""

from __future__ import annotations

from datetime import timedelta

from lti_elos.services import events, hooks, housekeeping
from lti_elos.services.jobs import Kind, Kinds

KINDS: Kinds = {
    "housekeeping": Kind(housekeeping.work, every=timedelta(hours=1)),
    hooks.KIND: Kind(hooks.look_after, every=hooks.EVERY),
    events.KIND: Kind(events.work_out),
}
