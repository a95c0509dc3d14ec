"""Changing recordings, for those who manage their room. Elos first, then the row: what Elos refuses does not change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from lti_elos.db.tables import AnyRow, recordings
from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import Audience
from lti_elos.domain.viewer import Viewer
from lti_elos.services import audit


def set_audience(
    db: Connection, rows: Sequence[AnyRow], audience: Audience, *, viewer: Viewer, now: datetime
) -> list[AnyRow]:
    """Let these people watch. Elos knows no audience: nobody is asked. Gives those whose audience is another now.

    :param rows: as ``recordings.find_managed`` gave them in this transaction
    """
    its = recordings.c
    wanted = recordings.update().where(its.id.in_([row.id for row in rows]), its.audience != audience.value)
    changed = set(db.scalars(wanted.values(audience=audience.value).returning(its.id)))
    done = [row for row in rows if row.id in changed]
    for row in done:
        details = {"from": row.audience, "to": audience.value}
        audit.note(
            db,
            Action.AUDIENCE,
            row,
            now=now,
            platform_id=viewer.platform_id,
            user_id=viewer.user_id,
            details=details,
        )
    return done
