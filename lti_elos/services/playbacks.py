"""Playing a recording: authorised at each click, by an address as the server told it lately, counted and audited.

Where a server protects recordings, its links are good for an hour at most, or for one use, or want a token for each
person (elos-api 4.4): there the address is asked for at the click.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, recordings, servers
from lti_elos.db.tables import audit as audit_table
from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import DELETED, DOWNLOADED, MEDIA, PUBLISHED, may_download, ways_to_watch
from lti_elos.domain.viewer import Viewer
from lti_elos.elos.addresses import with_parameter
from lti_elos.errors import ElosError, ElosNotOpen, NotFound, RecordingGone
from lti_elos.services import audit, recording_links, recording_sync
from lti_elos.services import recordings as listed
from lti_elos.services.deps import Deps

log = logging.getLogger(__name__)

_FRESH = timedelta(minutes=2)
"""What was taken down at Elos is not played for longer than this."""
_PATIENCE_S = 2.0
_ONCE = timedelta(seconds=10)
"""A person's clicks on one recording within it are one play: a double click, or another way to watch it at once."""


@dataclass(frozen=True, slots=True)
class Playable:
    """A recording that somebody may watch now."""

    name: str
    """"" when Elos gave none."""
    started_at: datetime
    ways: tuple[str, ...]
    """Kinds; the first is chosen for people."""


def look(deps: Deps, viewer: Viewer, recording_id: UUID) -> Playable:
    """What a player's page shows. Raises NotFound or RecordingGone, as ``address`` does."""
    with deps.database.reading() as db:
        row = listed.find(db, viewer, recording_id).row
    ways = _ways(row)
    if not ways:
        raise RecordingGone(f"state {row.state}, no playback")
    return Playable(row.name, row.started_at, ways)


def address(deps: Deps, viewer: Viewer, recording_id: UUID, kind: str = "") -> str:
    """Where to send a person who clicked play, or download; it is for them, and for now.

    :param kind: one of domain/recordings.py; "" for the one that is chosen for people

    Raises NotFound (another course's, not for this person, or not for them to take away), RecordingGone (not playable
    now), or ElosError where the server protects it and does not let it be opened.
    """
    with deps.database.reading() as db:
        known = listed.find_any(db, viewer, recording_id)
    recording_sync.refresh(deps, [known.row.room_id], fresh=_FRESH, wait_s=_PATIENCE_S)
    with deps.database.reading() as db:
        found = listed.find(db, viewer, recording_id)
        server = _server_of(db, found.row)
    if kind == DOWNLOADED and not may_download(viewer.policies.recording_download, manages=found.is_managed):
        raise NotFound("not for this person to take away")
    url = _url(deps, server, found.row, kind, user=str(viewer.user_id), is_managed=found.is_managed)
    action = Action.DOWNLOADED if kind == DOWNLOADED else Action.PLAYED
    with deps.database.transaction() as db:
        _count(db, found.row, action, now=deps.clock(), platform_id=viewer.platform_id, user_id=viewer.user_id)
    log.info("recording played", extra={"recording_id": str(recording_id)})
    return url


def address_by_link(deps: Deps, code: str) -> str:
    """The same for whoever holds a link. Nobody is known: each click is a play.

    Raises NotFound for a link that does not work (any more), and what ``address`` raises.
    """
    with deps.database.reading() as db:
        known = recording_links.read(db, code, now=deps.clock())
    recording_sync.refresh(deps, [known.row.room_id], fresh=_FRESH, wait_s=_PATIENCE_S)
    with deps.database.reading() as db:
        shared = recording_links.read(db, code, now=deps.clock())
        server = _server_of(db, shared.row)
    url = _url(deps, server, shared.row, "", user=str(shared.link_id), is_managed=False)
    with deps.database.transaction() as db:
        details = {"link": str(shared.link_id)}
        _count(db, shared.row, Action.PLAYED, now=deps.clock(), platform_id=shared.platform_id, details=details)
    log.info("recording played", extra={"recording_id": str(shared.row.id)})
    return url


# --- where it is -----------------------------------------------------------------------------------------------------


def _server_of(db: Connection, row: AnyRow) -> AnyRow:
    return db.execute(select(servers).where(servers.c.id == row.server_id)).one()


def _ways(row: AnyRow) -> tuple[str, ...]:
    return ways_to_watch([entry["kind"] for entry in row.formats])


def _url(deps: Deps, server: AnyRow, row: AnyRow, kind: str, *, user: str, is_managed: bool) -> str:
    """:param user: what the server is told of who watches: an id of ours, no name"""
    wants_token = server.playback_token != "off"  # noqa: S105 - a choice
    if not (row.is_protected or wants_token):
        return _of_kind(row, {entry["kind"]: entry["url"] for entry in row.formats}, kind)
    url = _of_kind(row, _formats_now(deps, server, row, is_managed=is_managed), kind)
    if not wants_token:
        return url
    try:
        token = deps.elos.of_row(server).recording_token(row.record_id, user)
    except ElosError as trouble:
        _forgive(server, trouble)
        return url
    return with_parameter(url, "token", token)


def _formats_now(deps: Deps, server: AnyRow, row: AnyRow, *, is_managed: bool) -> dict[str, str]:
    """{kind: address} as the server tells them for this click."""
    try:
        told = deps.elos.of_row(server).recording(row.record_id)
    except ElosError as trouble:
        _forgive(server, trouble)
        return {entry["kind"]: entry["url"] for entry in row.formats}
    is_held = row.hold_until is not None and row.hold_until > deps.clock()
    if told is None or told.state == DELETED or not (told.state == PUBLISHED or is_managed or is_held):
        raise RecordingGone("the server has it no more, or took it down")
    return {each.kind: each.url for each in told.formats}


def _forgive(server: AnyRow, trouble: ElosError) -> None:
    """Go on without what the server did not give, where the operator prefers that; else the refusal stands."""
    if server.playback_token == "preferred":  # noqa: S105 - a choice
        log.warning("recording played without fresh proof", extra={"server": server.name, "code": trouble.code})
        return
    if isinstance(trouble, ElosNotOpen):  # its key says notFound: not of a meeting here
        raise RecordingGone("the server does not know it") from trouble
    raise trouble


def _of_kind(row: AnyRow, urls: Mapping[str, str], kind: str) -> str:
    ways: Collection[str] = ways_to_watch(urls)
    if not kind:
        kind = next(iter(ways), "")
    if kind == MEDIA and kind not in ways:  # a video came meanwhile
        kind = "video"
    if kind == MEDIA:
        return with_parameter(urls["presentation"], "l", "media")
    if kind not in urls or (kind not in ways and kind != DOWNLOADED):
        raise RecordingGone(f"state {row.state}, no playback {kind[:20]}")
    return urls[kind]


# --- counting --------------------------------------------------------------------------------------------------------


def _count(
    db: Connection,
    row: AnyRow,
    action: Action,
    *,
    now: datetime,
    platform_id: UUID,
    user_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    its = recordings.c.id == row.id
    db.execute(select(recordings.c.id).where(its).with_for_update())  # two clicks at once: one waits for the other
    if user_id is not None and _has_just(db, row.id, action, user_id, since=now - _ONCE):
        return
    db.execute(recordings.update().where(its).values(plays=recordings.c.plays + 1))
    audit.note(db, action, row, now=now, platform_id=platform_id, user_id=user_id, details=details)


def _has_just(db: Connection, recording_id: UUID, action: Action, user_id: UUID, *, since: datetime) -> bool:
    query = select(audit_table.c.id).where(
        audit_table.c.at > since,
        audit_table.c.recording_id == recording_id,
        audit_table.c.user_id == user_id,
        audit_table.c.action == action.value,
    )
    return db.scalar(query.limit(1)) is not None
