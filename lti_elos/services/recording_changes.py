"""Changing recordings, for those who manage their room. Elos first, then the row: what Elos refuses does not change."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select

from lti_elos.db.tables import AnyRow, recordings, servers
from lti_elos.domain.audit import Action
from lti_elos.domain.names import chosen_description, chosen_room_name
from lti_elos.domain.recordings import CHANGEABLE, DELETED, PUBLISHED, UNPUBLISHED, Audience
from lti_elos.domain.viewer import Viewer
from lti_elos.elos.client import ElosClient
from lti_elos.errors import ElosChangeRefused, ElosError, ElosNoServer, ElosUnreachable, NotFound
from lti_elos.services import audit, recording_audience
from lti_elos.services import recordings as recording_service
from lti_elos.services.deps import Deps
from lti_elos.services.recording_sync import HOLD

log = logging.getLogger(__name__)

MOST = 100
"""At once: more than a page of the list has."""
_TOGETHER = 20
"""In one call to a server."""
_FIT_TO_SHOW = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")


Row = AnyRow
"""Of recordings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: rows as they were before it."""

    done: tuple[AnyRow, ...] = ()
    unfit: tuple[AnyRow, ...] = ()
    """Nobody was asked: still being processed, in the bin, or without what is to be changed."""
    failed: tuple[AnyRow, ...] = ()
    """These are as they were."""
    trouble: ElosError | None = None
    """The first reason why: ElosChangeRefused, ElosUnreachable or ElosNoServer."""


Fits = Callable[[AnyRow], bool]
Call = Callable[[ElosClient, list[str]], None]
"""One call to a server about these record ids."""


# --- the changes -----------------------------------------------------------------------------------------------------


def publish(deps: Deps, viewer: Viewer, ids: Sequence[UUID], *, published: bool) -> Outcome:
    """Put them up, or take them down. Raises NotFound unless the viewer manages all of them."""
    rows, unfit = chosen(deps, viewer, ids, lambda row: row.trashed_at is None and row.state in CHANGEABLE)
    asked = ask(deps, rows, lambda client, records: client.publish_recordings(records, published=published))
    values = {"state": PUBLISHED if published else UNPUBLISHED}
    action = Action.PUBLISHED if published else Action.UNPUBLISHED
    written = write(deps, viewer, asked.done, action, values, recordings.c.trashed_at.is_(None))
    if published and (overtaken := [row for row in asked.done if row.id not in written]):
        # Somebody has put it into the bin meanwhile, and there it is offline.
        ask(deps, overtaken, lambda client, records: client.publish_recordings(records, published=False))
    return Outcome(asked.done, tuple(unfit), asked.failed, asked.trouble)


def protect(deps: Deps, viewer: Viewer, ids: Sequence[UUID], *, protected: bool) -> Outcome:
    """Let their playback want proof, or not, where the server knows that. Raises as ``publish``."""
    rows, unfit = chosen(deps, viewer, ids, lambda row: row.trashed_at is None and row.is_protected is not None)
    asked = ask(deps, rows, lambda client, records: client.protect_recordings(records, protected=protected))
    action = Action.PROTECTED if protected else Action.UNPROTECTED
    write(deps, viewer, asked.done, action, {"is_protected": protected}, recordings.c.is_protected.is_not(None))
    return Outcome(asked.done, tuple(unfit), asked.failed, asked.trouble)


def rename(deps: Deps, viewer: Viewer, recording_id: UUID, *, name: str, description: str) -> Outcome:
    """Name and describe one; "" as the name gives the automatic one back.

    Raises ValueError for what is no name or too long a description, and as ``publish``.
    """
    metadata = {"name": chosen_room_name(name), "description": chosen_description(description)}
    rows, unfit = chosen(deps, viewer, [recording_id], lambda row: row.trashed_at is None)
    asked = ask(deps, rows, lambda client, records: client.update_recordings(records, metadata))
    for row in asked.done:
        shown = metadata["name"] or _automatic_name(deps, row)
        values = {"name": shown, "description": metadata["description"]}
        write(deps, viewer, [row], Action.RENAMED, values, recordings.c.state != DELETED)
    return Outcome(asked.done, tuple(unfit), asked.failed, asked.trouble)


def _automatic_name(deps: Deps, row: AnyRow) -> str:
    """As the server tells it; "" while it does not, and pages then say when the session was."""
    told: list[str] = []

    def look(client: ElosClient, records: list[str]) -> None:
        if (found := client.recording(records[0])) is not None and found.name != row.name:  # it may lag
            told.append(found.name[:500])

    ask(deps, [row], look)
    return told[0] if told else ""


def change_audience(deps: Deps, viewer: Viewer, ids: Sequence[UUID], audience: Audience) -> Outcome:
    """Let these people watch. Raises NotFound unless the viewer manages all of them."""
    with deps.database.transaction() as db:
        rows = _managed(db, viewer, ids)
        recording_audience.set_audience(db, viewer, rows, audience, now=deps.clock())
    return Outcome(done=tuple(rows))


def named(deps: Deps, viewer: Viewer, ids: Sequence[UUID]) -> list[AnyRow]:
    """Those of these recordings that the viewer manages, to be told of; [] where one is not theirs, or gone."""
    with deps.database.reading() as db:
        try:
            return _managed(db, viewer, ids)
        except NotFound:
            return []


# --- what they have in common ----------------------------------------------------------------------------------------


def chosen(deps: Deps, viewer: Viewer, ids: Sequence[UUID], fits: Fits) -> tuple[list[AnyRow], list[AnyRow]]:
    """The rows to be changed, and those that cannot be now. Raises NotFound unless the viewer manages all of them."""
    with deps.database.reading() as db:
        rows = _managed(db, viewer, ids)
    return [row for row in rows if fits(row)], [row for row in rows if not fits(row)]


def _managed(db: Connection, viewer: Viewer, ids: Sequence[UUID]) -> list[AnyRow]:
    if len(ids) > MOST:
        raise NotFound("more recordings than any page lists")
    return recording_service.find_managed(db, viewer, ids)


def ask(deps: Deps, rows: Sequence[AnyRow], call: Call) -> Outcome:
    """Ask the servers where they lie, many at once; where one refuses, one by one, so that it is known which."""
    by_server: dict[UUID, list[AnyRow]] = {}
    for row in rows:
        by_server.setdefault(row.server_id, []).append(row)
    with deps.database.reading() as db:
        known = {row.id: row for row in db.execute(select(servers).where(servers.c.id.in_(by_server)))}
    done: list[AnyRow] = []
    troubles: list[ElosError] = []
    for server_id, its in by_server.items():
        if server_id not in known:  # removed this moment, and its recordings with it
            troubles.append(ElosNoServer("the server is gone"))
            continue
        try:
            _ask_server(deps.elos.of_row(known[server_id]), its, call, done, troubles)
        except (ElosUnreachable, ElosNoServer) as wrong:
            troubles.append(wrong)
    for one in troubles:
        log.warning("a recording was not changed", extra={"code": one.code, "detail": one.detail[:200]})
    asked = {row.id for row in done}
    failed = tuple(row for row in rows if row.id not in asked)
    return Outcome(tuple(done), (), failed, _shown(troubles[0]) if troubles else None)


def _ask_server(
    client: ElosClient, rows: Sequence[AnyRow], call: Call, done: list[AnyRow], troubles: list[ElosError]
) -> None:
    """Raises ElosUnreachable: then there is no use in asking for more."""
    for start in range(0, len(rows), _TOGETHER):
        stretch = rows[start : start + _TOGETHER]
        try:
            call(client, [row.record_id for row in stretch])
            done += stretch
        except ElosError as trouble:
            if isinstance(trouble, ElosUnreachable) and not trouble.key:
                raise
            if len(stretch) == 1:
                troubles.append(trouble)
                continue
            for row in stretch:
                _ask_server(client, [row], call, done, troubles)


def _shown(trouble: ElosError) -> ElosError:
    """As a page tells it: of what Elos answered the key alone, and only where it looks like one."""
    if isinstance(trouble, ElosUnreachable | ElosNoServer) and not trouble.key:
        return trouble
    reason = trouble.key if _FIT_TO_SHOW.fullmatch(trouble.key) else ""
    return ElosChangeRefused(trouble.detail, call=trouble.call, server=trouble.server, key=trouble.key, reason=reason)


def write(
    deps: Deps,
    viewer: Viewer,
    rows: Iterable[AnyRow],
    action: Action,
    values: Mapping[str, Any],
    *conditions: ColumnElement[bool],
) -> set[UUID]:
    """Write what Elos has agreed to, and that it was done. Lists of Elos lag a moment: they are not believed so long.

    Gives the ids of those where the conditions still held.
    """
    now = deps.clock()
    by_id = {row.id: row for row in rows}
    its = recordings.c
    statement = recordings.update().where(its.id.in_(by_id), *conditions)
    with deps.database.transaction() as db:
        held = statement.values(**values, hold_until=now + HOLD, digest="")
        written = set(db.scalars(held.returning(its.id)))
        for row_id in by_id.keys() & written:
            audit.note(db, action, by_id[row_id], now=now, platform_id=viewer.platform_id, user_id=viewer.user_id)
    if written:
        log.info("recordings changed", extra={"action": action.value, "count": len(written)})
    return written
