"""Who is on a room's waiting page: for those who manage the room."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, literal, select

from lti_elos.db.tables import grants, users
from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.viewer import Viewer
from lti_elos.services.deps import Deps

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who waits. Without a name they are shown by a mark, as in the meeting."""

    user_id: UUID
    name: str
    typed_name: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """All who wait, and the first of them by name."""

    total: int
    people: tuple[Person, ...]


def who(deps: Deps, viewer: Viewer) -> Waiting:
    """Nobody, for who may not see names: students see how many, not whom."""
    if not may(viewer.standing, Ability.SEE_WHO_WAITS):
        return Waiting(0, ())
    waits = (
        grants.c.room_id == viewer.room_id,
        grants.c.seen_until > deps.clock(),
        grants.c.waits,
        grants.c.ended_at.is_(None),
    )
    kept = {"keep": users.c.typed_name, "session": grants.c.typed_name}
    typed = func.max(kept.get(viewer.policies.typed_names, literal(""))).label("typed_name")
    of_people = (
        select(users.c.id, users.c.name, typed)
        .select_from(grants.join(users, users.c.id == grants.c.user_id))
        .where(*waits)
        .group_by(users.c.id, users.c.name)
    )
    with deps.database.reading() as db:
        rows = db.execute(of_people.order_by(users.c.name == "", users.c.name, users.c.id).limit(SHOWN)).all()
        total = db.execute(select(func.count()).select_from(of_people.subquery())).scalar_one()
    return Waiting(total, tuple(Person(row.id, row.name, row.typed_name) for row in rows))
