"""The room in short, in a frame where no cookie sticks: everything else is a tab away (DESIGN "Sessions")."""

from __future__ import annotations

from flask import render_template, url_for

from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.viewer import Viewer
from lti_elos.services import handovers, live
from lti_elos.services.admissions import Accepted
from lti_elos.services.logins import Storage
from lti_elos.web.guards import current_deps
from lti_elos.web.pages import Brief
from lti_elos.web.status import watch_of
from lti_elos.web.words import room_word


def brief_page(viewer: Viewer, *, forget: Storage, accepted: Accepted) -> str:
    """Name, state, one button.

    :param forget: what the page takes out of the platform's storage.
    :param accepted: what its link names besides the room.
    """
    deps = current_deps()
    room, state = live.read_with_room(deps, viewer)
    return render_template(
        "rooms/brief.html",
        brief=Brief(
            name=room_word(room.scope, room.scope_id, room.name),
            live=state,
            moderates=viewer.standing.moderates,
            may_open=may(viewer.standing, Ability.OPEN),
            join_url=url_for("rooms.join", room_id=room.id),
            room_url=url_for("rooms.arrive", room_id=room.id),
            recording_notice=viewer.policies.recording_notice,
            return_url=viewer.return_url,
            is_elsewhere=accepted.is_elsewhere,
            names_recording=accepted.names_recording,
            recording_id=accepted.recording_id,
            administers=viewer.standing.administers,
        ),
        watch=watch_of(room.id, checked_at=state.checked_at),
        handover=handovers.make_handover(deps, viewer),
        forget=forget,
    )
