"""Re-sealing: after SECRET_KEY got a new first part, move every secret at rest to it; then the old part may go."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Column, Table, select

from lti_elos.db.tables import recording_links, recording_notices, rooms, servers, tool_keys
from lti_elos.errors import Misconfigured
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import SECRET
from lti_elos.services.keys import PRIVATE
from lti_elos.services.recording_links import SEAL
from lti_elos.services.recording_notices import ADDRESS
from lti_elos.services.rooms import ATTENDEE, MODERATOR
from lti_elos.vault import SealBroken

_SEALED: tuple[tuple[Table, Column[str], str], ...] = (
    (servers, servers.c.secret_sealed, SECRET),
    (tool_keys, tool_keys.c.private_sealed, PRIVATE),
    (rooms, rooms.c.attendee_password_sealed, ATTENDEE),
    (rooms, rooms.c.moderator_password_sealed, MODERATOR),
    (recording_links, recording_links.c.code_sealed, SEAL),
    (recording_notices, recording_notices.c.email_sealed, ADDRESS),
)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Survey:
    """How the secrets at rest are sealed."""

    gone: dict[str, int]
    """By table: how many were sealed with a key that SECRET_KEY does not hold (any more)."""
    older: int
    """How many wait for ``reseal``."""


def survey(deps: Deps) -> Survey:
    """Look at every secret at rest; open none, move none."""
    gone: dict[str, int] = {}
    older = 0
    for table, column, _ in _SEALED:
        with deps.database.reading() as db:
            for sealed in db.execute(select(column).where(column != "").execution_options(yield_per=_BATCH)).scalars():
                if not deps.vault.has_key_of(sealed):
                    gone[table.name] = gone.get(table.name, 0) + 1
                elif not deps.vault.is_current(sealed):
                    older += 1
    return Survey(gone, older)


def reseal(deps: Deps) -> int:
    """How many secrets moved. Raises Misconfigured when one cannot be opened: a part of SECRET_KEY is missing."""
    moved = 0
    for table, column, purpose in _SEALED:
        last = None
        while True:
            with deps.database.transaction() as db:
                query = select(table.c.id, column).where(column != "").order_by(table.c.id).limit(_BATCH)
                rows = db.execute(query.where(table.c.id > last) if last is not None else query).all()
                for row_id, sealed in rows:
                    try:
                        if deps.vault.is_current(sealed):
                            continue
                        plain = deps.vault.open(purpose, sealed)
                    except SealBroken:
                        raise Misconfigured(
                            f"{table.name} {row_id}: sealed with a key that SECRET_KEY does not hold any more"
                        ) from None
                    db.execute(
                        table.update().where(table.c.id == row_id).values({column: deps.vault.seal(purpose, plain)})
                    )
                    moved += 1
            if len(rows) < _BATCH:
                break
            last = rows[-1][0]
    return moved
