"""Handovers (DESIGN "Sessions").

A tab opened from a frame never has the frame's cookie (it is partitioned by the LMS's site), so the form that opens it
carries a handover: it names one grant, and its first use binds it to the new tab's session.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, grants, users
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import FormStale, OtherPerson, SessionEnded
from lti_elos.services.deps import Deps
from lti_elos.services.sessions import (
    IDLE,
    VIEWER,
    end_grants_of_others,
    find_session,
    grant,
    start_session,
    viewer_from,
)
from lti_elos.services.spent import holder_of, spend
from lti_elos.vault import SealBroken


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The viewer in the tab that a handover opened; ``new_token`` is the cookie to set, None when it has one."""

    viewer: Viewer
    new_token: str | None


def make_handover(deps: Deps, viewer: Viewer) -> str:
    """A sealed token for a hidden field: names this grant, good as long as it.

    By session, room and person, not by its id: a page that the LMS still shows elsewhere keeps its buttons when the
    same person launches again.
    """
    now = deps.clock()
    return deps.vault.issue(
        "handover",
        [viewer.session_id.hex, viewer.room_id.hex, viewer.user_id.hex, secrets.token_hex(16)],
        ttl=max(viewer.ends_at - now, timedelta(0)),
        now=now,
    )


def take_over(
    deps: Deps, handover: str, *, room_id: UUID, token: str | None, replaces_other: bool = False
) -> TakenOver:
    """Use a handover in the tab that holds the cookie ``token`` (or none yet).

    Raises FormStale (not ours, too old, another room's, or bound to another tab), SessionEnded (its grant ended), and
    OtherPerson when the tab holds a grant of somebody else on the platform, unless ``replaces_other``: then those end.
    """
    now = deps.clock()
    try:
        *named, handover_id = deps.vault.redeem("handover", handover, now=now)
        from_session_id, granted_room_id, user_id = (UUID(hex=one) for one in named)
    except (SealBroken, ValueError, TypeError):
        raise FormStale("the handover is not ours, or too old") from None
    if granted_room_id != room_id:
        raise FormStale("the handover is for another room")
    with deps.database.transaction() as db:
        row = db.execute(
            VIEWER.where(
                grants.c.session_id == from_session_id,
                grants.c.room_id == room_id,
                grants.c.user_id == user_id,
                grants.c.ends_at > now,
                grants.c.used_at > now - IDLE,
            )
        ).one_or_none()
        if row is None:
            raise SessionEnded("the handover's grant has ended")
        session_id, new_token = find_session(db, token), None
        if session_id is not None:
            _refuse_other_person(db, session_id, row, now, replaces_other=replaces_other)
        else:
            session_id, new_token = start_session(db, now=now)
        _bind(db, handover_id, session_id, ends_at=row.ends_at)
        if session_id != row.session_id:  # a tab of the same session has the grant already
            grant(
                db,
                session_id,
                room_id=row.room_id,
                user_id=row.user_id,
                launch_id=row.launch_id,
                ends_at=row.ends_at,
                now=now,
                typed_name=row.typed_name,
            )
        taken = db.execute(VIEWER.where(grants.c.session_id == session_id, grants.c.room_id == room_id)).one()
    return TakenOver(viewer_from(taken), new_token)


def _bind(db: Connection, handover_id: str, session_id: UUID, *, ends_at: datetime) -> None:
    if spend(db, "handover", handover_id, ends_at=ends_at, holder=session_id.hex):
        return
    if holder_of(db, "handover", handover_id) != session_id.hex:
        raise FormStale("the handover was used in another tab")


def _refuse_other_person(db: Connection, session_id: UUID, row: AnyRow, now: datetime, *, replaces_other: bool) -> None:
    others = (
        select(grants.c.id)
        .join(users, users.c.id == grants.c.user_id)
        .where(
            grants.c.session_id == session_id,
            grants.c.user_id != row.user_id,
            users.c.platform_id == row.platform_id,
            grants.c.ended_at.is_(None),
            grants.c.ends_at > now,
            grants.c.used_at > now - IDLE,
        )
        .limit(1)
    )
    if db.execute(others).first() is None:
        return
    if not replaces_other:
        raise OtherPerson("the tab's session holds another person's grant", lms=row.lms_name)
    end_grants_of_others(db, session_id, platform_id=row.platform_id, user_id=row.user_id, now=now)
