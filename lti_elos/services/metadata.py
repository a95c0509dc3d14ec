"""A platform's own metadata of a meeting that is about to be opened."""

from __future__ import annotations

from sqlalchemy import select

from lti_elos.db.tables import launches
from lti_elos.domain.metadata import filled, variables_of
from lti_elos.domain.viewer import Viewer
from lti_elos.services.deps import Deps
from lti_elos.services.sessions import LIFE


def of_opening(deps: Deps, viewer: Viewer) -> dict[str, str]:
    """{name: value} by the platform's policy as it is now, and by what the opener's launch said of the course.

    That is their last launch into this very room, while it is good; else the one that let them in here, from another
    room of the course. Asks nothing where the policy is empty.
    """
    extra = viewer.policies.extra_metadata
    if not extra:
        return {}
    if not variables_of(extra):
        return filled(extra, {})
    with deps.database.reading() as db:
        own = (
            select(launches.c.facts)
            .where(
                launches.c.user_id == viewer.user_id,
                launches.c.room_id == viewer.room_id,
                launches.c.moderates,
                launches.c.created_at > deps.clock() - LIFE,
            )
            .order_by(launches.c.created_at.desc())
            .limit(1)
        )
        facts = db.scalar(own)
        if facts is None:
            facts = db.scalar(select(launches.c.facts).where(launches.c.id == viewer.launch_id))
    return filled(extra, facts or {})
