"""The bell: tells workers that there is a job, if any listen. Whoever misses it finds the row at the next sweep."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Bell:
    """One per process. Silent until something answers it."""

    def __init__(self) -> None:
        self.answer: Callable[[int], object] | None = None
        """Takes the id of a job's row: puts it into the queue."""

    def ring(self, job_id: int | None) -> None:
        """After the transaction that added the job. None (it was there already) rings nothing. Raises nothing."""
        if job_id is None or self.answer is None:
            return
        try:
            self.answer(job_id)
        except Exception as trouble:  # noqa: BLE001 - the queue's own, of any of its storages: the sweep finds the row
            log.warning("the queue cannot be reached", extra={"reason": type(trouble).__name__})
