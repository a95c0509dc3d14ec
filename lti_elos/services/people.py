"""What people are called where the LMS does not say it: they are asked once, and the answer is kept as policy says."""

from __future__ import annotations

from lti_elos.db.tables import grants, users
from lti_elos.domain.viewer import Viewer
from lti_elos.services.deps import Deps


def may_choose(viewer: Viewer) -> bool:
    """Whether the person may say what to be called: not where the LMS says it, nor where the platform wants none."""
    return not viewer.name and viewer.policies.typed_names != "off"


def is_to_be_asked(viewer: Viewer) -> bool:
    """Whether nobody has asked the person yet."""
    return may_choose(viewer) and viewer.typed_name is None


def give_name(deps: Deps, viewer: Viewer, name: str) -> None:
    """Keep a tidy name; "": the person would rather have none. In all of the person's tabs, and in nobody else's."""
    with deps.database.transaction() as db:
        if viewer.policies.typed_names == "keep":
            # By then the LMS may have sent a name.
            mine = (users.c.id == viewer.user_id, users.c.name == "")
            db.execute(users.update().where(*mine).values(typed_name=name))
        else:
            live = (grants.c.user_id == viewer.user_id, grants.c.ended_at.is_(None))
            db.execute(grants.update().where(*live).values(typed_name=name))
