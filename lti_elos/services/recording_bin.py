"""The bin: a deleted recording goes offline at once, can come back for seven days, and is then deleted by a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, null, select

from lti_elos.db.tables import AnyRow, deployments, recordings, rooms
from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import CHANGEABLE, DELETED, PUBLISHED, UNPUBLISHED
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import ElosError
from lti_elos.services import audit
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import Job
from lti_elos.services.recording_changes import Outcome, ask, chosen, write
from lti_elos.services.recording_sync import HOLD

KIND = "recordings-bin"
EVERY = timedelta(hours=1)
KEPT = timedelta(days=7)
_GRACE = timedelta(minutes=2)
"""Longer than any call to Elos takes: an undo that began in time is over by then."""
_MANY, _TOGETHER = 2000, 20


AS_IT_WAS: dict[str, Any] = {
    "state": case((recordings.c.was_published, PUBLISHED), else_=recordings.c.state),
    "was_published": False,
    "trashed_at": null(),
    "trashed_by": null(),
    "delete_at": null(),
}
"""Out of the bin again, in its row."""


def trash(deps: Deps, viewer: Viewer, ids: Sequence[UUID]) -> Outcome:
    """Take them down at Elos and put them into the bin. Raises NotFound unless the viewer manages all of them."""
    rows, unfit = chosen(deps, viewer, ids, lambda row: row.trashed_at is None and row.state in CHANGEABLE)
    asked = ask(deps, rows, lambda client, records: client.publish_recordings(records, published=False))
    now, its = deps.clock(), recordings.c
    values = {
        # As it is in this very moment: another manager may have changed it since it was looked at.
        "was_published": its.state == PUBLISHED,
        "state": UNPUBLISHED,
        "trashed_at": now,
        "trashed_by": viewer.user_id,
        "delete_at": now + KEPT,
    }
    write(deps, viewer, asked.done, Action.TRASHED, values, its.trashed_at.is_(None))
    return Outcome(asked.done, tuple(unfit), asked.failed, asked.trouble)


def restore(deps: Deps, viewer: Viewer, ids: Sequence[UUID]) -> Outcome:
    """Take them out again, as they were. Raises NotFound unless the viewer manages all of them."""
    now = deps.clock()
    rows, unfit = chosen(deps, viewer, ids, lambda row: row.delete_at is not None and row.delete_at > now)
    kept_down = [row for row in rows if not row.was_published]
    asked = ask(
        deps,
        [row for row in rows if row.was_published],
        lambda client, records: client.publish_recordings(records, published=True),
    )
    done = (*asked.done, *kept_down)
    write(deps, viewer, done, Action.RESTORED, AS_IT_WAS, recordings.c.delete_at.is_not(None))
    return Outcome(done, tuple(unfit), asked.failed, asked.trouble)


def work(deps: Deps, _job: Job) -> None:
    """Delete at Elos what has been in the bin long enough. Raises ElosError where a server would not: tried again.

    Killed between the call and the row, the next try calls once more: what is gone at Elos is fine.
    """
    trouble = _take_down(deps)
    is_due = recordings.c.delete_at <= deps.clock() - _GRACE
    query = (
        select(recordings, deployments.c.platform_id)
        .join(rooms, rooms.c.id == recordings.c.room_id)
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .where(is_due)
        .order_by(recordings.c.server_id, recordings.c.delete_at)
        .limit(_MANY)
    )
    with deps.database.reading() as db:
        due = db.execute(query).all()
    for start in range(0, len(due), _TOGETHER):
        asked = ask(deps, due[start : start + _TOGETHER], lambda client, records: client.delete_recordings(records))
        _mark_deleted(deps, asked.done)
        trouble = trouble or asked.trouble
    if trouble is not None:
        raise trouble


def _take_down(deps: Deps) -> ElosError | None:
    """Somebody at Elos, or another manager in the very moment, has put up what is in the bin: offline again."""
    its = recordings.c
    query = select(recordings).where(its.delete_at.is_not(None), its.state == PUBLISHED).limit(_MANY)
    with deps.database.reading() as db:
        shown = db.execute(query).all()
    asked = ask(deps, shown, lambda client, records: client.publish_recordings(records, published=False))
    offline = recordings.update().where(its.id.in_([row.id for row in asked.done]), its.delete_at.is_not(None))
    with deps.database.transaction() as db:
        db.execute(offline.values(state=UNPUBLISHED, hold_until=deps.clock() + HOLD, digest=""))
    return asked.trouble


def _mark_deleted(deps: Deps, rows: Sequence[AnyRow]) -> None:
    """``trashed_at`` stays: should a list of Elos still have it, recording_sync lets it be deleted once more."""
    now, its = deps.clock(), recordings.c
    gone = recordings.update().where(its.id.in_([row.id for row in rows]), its.delete_at <= now - _GRACE)
    with deps.database.transaction() as db:
        values = {"state": DELETED, "delete_at": null(), "hold_until": now + HOLD, "digest": ""}
        deleted = set(db.scalars(gone.values(**values).returning(its.id)))
        for row in rows:
            if row.id in deleted:
                audit.note(db, Action.DELETED, row, now=now, platform_id=row.platform_id)
