"""The audit log: who did what with recordings. Only ever added to, in the transaction of what was done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from lti_elos.db.tables import AnyRow, audit
from lti_elos.domain.audit import Action

KEPT = timedelta(days=730)


def note(
    db: Connection,
    action: Action,
    recording: AnyRow,
    *,
    now: datetime,
    platform_id: UUID | None,
    user_id: UUID | None = None,
    operator_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """:param action: what was done, one of domain/audit.py
    :param recording: its row
    :param user_id: None where an operator, a job or somebody with a link did it
    :param details: names no person
    """
    db.execute(
        audit.insert().values(
            at=now,
            action=action.value,
            platform_id=platform_id,
            room_id=recording.room_id,
            recording_id=recording.id,
            record_id=recording.record_id,
            user_id=user_id,
            operator_id=operator_id,
            details=dict(details or {}),
        )
    )


def sweep(db: Connection, *, before: datetime) -> None:
    """Forget what is older than its time."""
    db.execute(audit.delete().where(audit.c.at < before))
