"""What is done in the background, by kind."""

from __future__ import annotations

from datetime import timedelta

from lti_elos.services import housekeeping
from lti_elos.services.jobs import Kind, Kinds

KINDS: Kinds = {"housekeeping": Kind(housekeeping.work, every=timedelta(hours=1))}
