"""Links by which anybody watches a recording: the code in one is all that it takes, so it is kept as a digest.

Sealed, it is kept too: who manages may copy a link once more.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, or_, select

from lti_elos.db.tables import AnyRow, deployments, platforms, recording_links, recordings, rooms
from lti_elos.domain.audit import Action
from lti_elos.domain.policies import Policies
from lti_elos.domain.recordings import PUBLISHED, Audience, ways_to_watch
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import audit
from lti_elos.services import recordings as listed
from lti_elos.services.deps import Deps
from lti_elos.vault import SealBroken

SEAL = "recording-link"
"""The purpose in the vault."""
LASTS = (timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""What a link may be limited to."""
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Link:
    """One that works, for those who manage."""

    id: UUID
    code: str
    """"" when the key that sealed it is gone: it works, and cannot be shown."""
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shared:
    """A recording that somebody has a working link to."""

    row: AnyRow
    link_id: UUID
    platform_id: UUID


def of_managed(deps: Deps, viewer: Viewer, recording_id: UUID) -> tuple[AnyRow, list[Link]]:
    """A recording that the viewer manages, and its links, the newest first. Raises NotFound."""
    now = deps.clock()
    its = recording_links.c
    query = select(recording_links).where(
        its.recording_id == recording_id, its.revoked_at.is_(None), or_(its.expires_at.is_(None), its.expires_at > now)
    )
    with deps.database.reading() as db:
        [row] = listed.find_managed(db, viewer, [recording_id])
        found = db.execute(query.order_by(its.created_at.desc(), its.id).limit(_SHOWN)).all()
    return row, [Link(one.id, _code(deps, one), one.created_at, one.expires_at) for one in found]


def _code(deps: Deps, row: AnyRow) -> str:
    try:
        return deps.vault.open(SEAL, row.code_sealed)
    except SealBroken:
        return ""


def add(db: Connection, deps: Deps, viewer: Viewer, row: AnyRow, *, lasts: timedelta | None, now: datetime) -> None:
    """:param row: of ``recordings.find_managed``
    :param lasts: None for as long as it is not revoked
    """
    code, link_id = secrets.token_urlsafe(32), uuid4()
    expires_at = now + lasts if lasts is not None else None
    db.execute(
        recording_links.insert().values(
            id=link_id,
            recording_id=row.id,
            code_digest=_digest(code),
            code_sealed=deps.vault.seal(SEAL, code),
            made_by=viewer.user_id,
            expires_at=expires_at,
            created_at=now,
        )
    )
    details = {"link": str(link_id), "expires_at": expires_at.isoformat(timespec="seconds") if expires_at else None}
    _note(db, Action.LINK_MADE, row, viewer, now=now, details=details)


def revoke(deps: Deps, viewer: Viewer, recording_id: UUID, link_id: UUID) -> None:
    """It works no more, for good. Raises NotFound for one that did not, or that the viewer does not manage."""
    now = deps.clock()
    its = recording_links.c
    with deps.database.transaction() as db:
        [row] = listed.find_managed(db, viewer, [recording_id])
        of_it = recording_links.update().where(
            its.id == link_id, its.recording_id == recording_id, its.revoked_at.is_(None)
        )
        if db.execute(of_it.values(revoked_at=now).returning(its.id)).first() is None:
            raise NotFound("no such link")
        _note(db, Action.LINK_REVOKED, row, viewer, now=now, details={"link": str(link_id)})


def revoke_all(db: Connection, row: AnyRow, *, now: datetime) -> None:
    """With the audience that they were for; that is what is audited."""
    its = recording_links.c
    db.execute(
        recording_links.update().where(its.recording_id == row.id, its.revoked_at.is_(None)).values(revoked_at=now)
    )


def read(db: Connection, code: str, *, now: datetime) -> Shared:
    """What the link leads to.

    Raises NotFound, the same for a code that never was, one that is revoked or over, and a recording that is not for
    everybody with a link (any more), not published, in the bin, or of a platform that is off or allows no links.
    """
    its = recording_links.c
    query = (
        select(recordings, its.id.label("link_id"), platforms.c.id.label("platform_id"), platforms.c.policies)
        .select_from(
            recording_links.join(recordings, recordings.c.id == its.recording_id)
            .join(rooms, rooms.c.id == recordings.c.room_id)
            .join(deployments, deployments.c.id == rooms.c.deployment_id)
            .join(platforms, platforms.c.id == deployments.c.platform_id)
        )
        .where(
            its.code_digest == _digest(code),
            its.revoked_at.is_(None),
            or_(its.expires_at.is_(None), its.expires_at > now),
            recordings.c.audience == Audience.LINK.value,
            recordings.c.state == PUBLISHED,
            recordings.c.trashed_at.is_(None),
            platforms.c.enabled,
            deployments.c.is_active,
        )
    )
    row = db.execute(query).one_or_none()
    if row is None or not Policies.from_json(row.policies).recording_links:
        raise NotFound("no link that works")
    if not ways_to_watch([entry["kind"] for entry in row.formats]):
        raise NotFound("nothing to watch yet")
    return Shared(row, row.link_id, row.platform_id)


def find(deps: Deps, code: str) -> Shared:
    """``read``, by itself."""
    with deps.database.reading() as db:
        return read(db, code, now=deps.clock())


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()


def _note(
    db: Connection, action: Action, row: AnyRow, viewer: Viewer, *, now: datetime, details: dict[str, str | None]
) -> None:
    audit.note(db, action, row, now=now, platform_id=viewer.platform_id, user_id=viewer.user_id, details=details)
