"""Changing recordings from the course's list: one from its menu, or several that were chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from lti_elos.domain.names import chosen_description, chosen_room_name
from lti_elos.domain.recordings import Audience
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import recording_bin, recording_changes, rooms
from lti_elos.services.deps import Deps
from lti_elos.services.recording_changes import Outcome
from lti_elos.web import recordings
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.recording_notes import list_url, named, note_of, written
from lti_elos.web.recording_pages import RecordingForm

bp = Blueprint("recording_changes", __name__, url_prefix="/rooms/<uuid:room_id>/recordings")

Change = Callable[[Deps, Viewer, Sequence[UUID]], Outcome]

CHANGES: dict[str, tuple[str, Change]] = {
    # What a form asks for: what is then told, and what does it.
    "publish": ("published", partial(recording_changes.publish, published=True)),
    "unpublish": ("unpublished", partial(recording_changes.publish, published=False)),
    "protect": ("protected", partial(recording_changes.protect, protected=True)),
    "unprotect": ("unprotected", partial(recording_changes.protect, protected=False)),
    "teachers": ("teachers", partial(recording_changes.change_audience, audience=Audience.TEACHERS)),
    "course": ("course", partial(recording_changes.change_audience, audience=Audience.COURSE)),
    "delete": ("trashed", recording_bin.trash),
    "restore": ("restored", recording_bin.restore),
}


@bp.post("/changes")
@requires(Needs.MANAGER)
def change(room_id: UUID) -> Response | tuple[Response | str, int]:
    """``do`` one of CHANGES to each ``id``: all of them are of rooms that the person manages, or nothing is done."""
    ids = [_id(text) for text in dict.fromkeys(request.form.getlist("id"))]
    if not ids:
        return redirect(list_url(room_id, select="1", note="none"), code=303)
    if (known := CHANGES.get(request.form.get("do", ""))) is None:
        raise NotFound("no such change")
    done, do = known
    return _told(room_id, done, do(current_deps(), g.viewer, ids))


@bp.get("/changes")
@requires(Needs.MANAGER)
def changed(room_id: UUID) -> Response:
    """The page of a change that was refused, asked for anew."""
    return redirect(list_url(room_id), code=303)


@bp.get("/<uuid:recording_id>/edit")
@requires(Needs.MANAGER)
def edit(room_id: UUID, recording_id: UUID) -> str:
    """The form that names and describes it."""
    rows = recording_changes.chosen(current_deps(), g.viewer, [recording_id], lambda _row: True)[0]
    return _form(room_id, recording_id, name=rows[0].name, description=rows[0].description)


@bp.post("/<uuid:recording_id>/edit")
@requires(Needs.MANAGER)
def rename(room_id: UUID, recording_id: UUID) -> Response | tuple[Response | str, int]:
    """Name and describe it; what is no name, or too long, is shown again beside what is wrong with it."""
    name, description = request.form.get("name", ""), request.form.get("description", "")
    wrong = _is_wrong(chosen_room_name, name), _is_wrong(chosen_description, description)
    if any(wrong):
        return _form(room_id, recording_id, name=name, description=description, wrong=wrong), 422
    outcome = recording_changes.rename(current_deps(), g.viewer, recording_id, name=name, description=description)
    return _told(room_id, "renamed", outcome)


def _is_wrong(check: Callable[[str], str], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return True
    return False


def _form(
    room_id: UUID, recording_id: UUID, *, name: str, description: str, wrong: tuple[bool, bool] = (False, False)
) -> str:
    from lti_elos.web.rooms import head_of

    deps, viewer = current_deps(), g.viewer
    [row] = recording_changes.chosen(deps, viewer, [recording_id], lambda _row: True)[0]
    return render_template(
        "recordings/edit.html",
        head=head_of(rooms.find(deps, viewer), viewer, "recordings"),
        form=RecordingForm(named(row), name, description, *wrong, back_url=list_url(room_id)),
    )


def _told(room_id: UUID, done: str, outcome: Outcome) -> Response | tuple[Response | str, int]:
    """Back to the list, which says what was done; or the list at once, which says what was not, and why."""
    if not outcome.failed and not outcome.unfit:
        return redirect(list_url(room_id, note=written(done, outcome.done)), code=303)
    g.change_note = note_of(done, outcome)
    return recordings.index(room_id=room_id), outcome.trouble.status if outcome.trouble else 409


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("no recording's id") from None
