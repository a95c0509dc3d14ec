"""Taking a recording out of the bin, for somebody who asked the operators to."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from lti_elos.db.tables import deployments, platforms, recordings, rooms, servers
from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import DELETED
from lti_elos.errors import NotFound
from lti_elos.services import audit
from lti_elos.services.deps import Deps
from lti_elos.services.recording_bin import AS_IT_WAS
from lti_elos.services.recording_desk import is_in_bin
from lti_elos.services.recording_sync import HOLD


def restore_by_operator(deps: Deps, operator_id: UUID, recording_id: UUID) -> bool:
    """As it was before it was put there: published again at Elos, if it was, and then here.

    False: it is not in the bin (any more). Raises NotFound; ElosError where Elos does not publish it: nothing has
    changed then.
    """
    with deps.database.reading() as db:
        row = db.execute(
            select(recordings, platforms.c.id.label("platform_id"))
            .join(rooms, rooms.c.id == recordings.c.room_id)
            .join(deployments, deployments.c.id == rooms.c.deployment_id)
            .join(platforms, platforms.c.id == deployments.c.platform_id)
            .where(recordings.c.id == recording_id)
        ).one_or_none()
        if row is None:
            raise NotFound("no such recording")
        server = db.execute(select(servers).where(servers.c.id == row.server_id)).one()
    if not is_in_bin(row, now=deps.clock()):
        return False
    if row.was_published:
        deps.elos.of_row(server).publish_recordings([row.record_id], published=True)
    now = deps.clock()
    with deps.database.transaction() as db:
        restored = db.execute(
            recordings.update()
            .where(recordings.c.id == recording_id, recordings.c.delete_at.is_not(None), recordings.c.state != DELETED)
            .values(**AS_IT_WAS, hold_until=now + HOLD, digest="")
        )
        if restored.rowcount == 0:  # another one was quicker
            return False
        audit.note(db, Action.RESTORED, row, now=now, platform_id=row.platform_id, operator_id=operator_id)
    return True
