"""Choosing content: the picker in the LMS's dialog, and the page that posts what was chosen to the LMS.

In a frame without cookies both are answers to posts, each with the key for the next one; a window that such a frame
opened gives its answer to the frame (``static/js/answer.js``), because there the LMS waits for it.
"""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext

from lti_elos.domain.names import tidy
from lti_elos.errors import NotFound
from lti_elos.services import selections
from lti_elos.services.logins import Storage
from lti_elos.services.selections import (
    POINTS,
    Answer,
    Choice,
    ChoiceRefused,
    Fault,
    LinkableRecording,
    LinkableRoom,
    Selection,
)
from lti_elos.web.formats import date_of
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.pages import Picker, PostForm, RecordingOption, RoomOption
from lti_elos.web.words import room_word

bp = Blueprint("deep_linking", __name__, url_prefix="/deep-linking")

_COURSE, _NEW, _RECORDING = "course", "new", "recording-"
"""Values of the field ``room``, the last with an id behind it; all others are rooms' ids."""


@bp.get("/<uuid:selection_id>")
@requires(Needs.SELECTOR)
def show(selection_id: UUID) -> str:  # noqa: ARG001 - the guard has looked at it
    """What a link may open."""
    return picker_page(g.selection)


@bp.post("/<uuid:selection_id>")
@requires(Needs.SELECTOR)
def answer(selection_id: UUID) -> str | tuple[str, int]:  # noqa: ARG001
    """Send the LMS what was chosen, or that nothing was."""
    deps, selection = current_deps(), g.selection
    if "cancel" in request.form:
        return _answer_page(selections.cancel(deps, selection))
    choice = _choice()
    if _searches():
        return picker_page(selection, choice=choice)
    try:
        made = selections.choose(
            deps,
            selection,
            choice,
            course_title=_course_title(selection),
            called=_called,
            recording_called=_recording_called,
        )
    except ChoiceRefused as refused:
        return picker_page(selection, choice=choice, fault=refused.fault), 422
    return _answer_page(made)


def picker_page(
    selection: Selection, *, forget: Storage | None = None, choice: Choice | None = None, fault: Fault | None = None
) -> str:
    """The picker, with the course's room chosen unless there is a choice to be mended.

    :param forget: what the page takes out of the platform's storage: then no cookie sticks either.
    """
    deps = current_deps()
    without_cookies = forget is not None or "key" in request.form
    wanted = selection.wanted
    query = tidy(request.form.get("q", ""), 100)
    chosen = choice.recordings if choice else ()
    found, has_more = selections.linkable_recordings(deps, selection, query, chosen=chosen)
    picker = Picker(
        action=url_for("deep_linking.answer", selection_id=selection.id),
        lms=selection.lms_name,
        course_name=selection.course_name,
        return_url=selection.return_url,
        several=wanted.several,
        lineitem=wanted.lineitem,
        points=POINTS,
        rooms=tuple(
            RoomOption(str(one.id), _called(one), choice is not None and one.id in choice.rooms)
            for one in selections.linkable(deps, selection)
        ),
        course_is_chosen=choice is None or choice.course,
        new_is_chosen=choice is not None and choice.new_name is not None,
        new_name=request.form.get("name", "") if choice else "",
        is_graded=choice is not None and choice.graded,
        recordings=tuple(
            RecordingOption(f"{_RECORDING}{one.id}", _recording_called(one), one.started_at, one.id in chosen)
            for one in found
        ),
        query=query,
        has_more=has_more,
        fault=fault or "",
        key=selections.make_key(deps, selection) if without_cookies else "",
    )
    return render_template("deep_linking/picker.html", picker=picker, forget=forget)


def _answer_page(made: Answer) -> str:
    form = PostForm(made.url, (("JWT", made.token),))
    return render_template("deep_linking/answer.html", form=form, size=made.size)


def _choice() -> Choice:
    """What the form says. Raises NotFound for what is no room's id."""
    chosen = list(dict.fromkeys(request.form.getlist("room")))
    named = [one for one in chosen if one not in (_COURSE, _NEW)]
    try:
        recordings = tuple(UUID(one.removeprefix(_RECORDING)) for one in named if one.startswith(_RECORDING))
        rooms = tuple(UUID(one) for one in named if not one.startswith(_RECORDING))
    except ValueError:
        raise NotFound("a chosen room's id is none") from None
    return Choice(
        course=_COURSE in chosen,
        rooms=rooms,
        new_name=request.form.get("name", "") if _NEW in chosen else None,
        graded="graded" in request.form,
        recordings=recordings,
    )


def _searches() -> bool:
    """Whether the form was sent to look for recordings: by its button, or with the Enter key in the field."""
    typed, shown = request.form.get("q", ""), request.form.get("shown", "")
    return "search" in request.form or tidy(typed, 100) != shown


def _course_title(selection: Selection) -> str:
    """What the LMS or its teacher has called the link already, else what we are called."""
    return selection.wanted.title or str(gettext("Elos live room"))


def _recording_called(recording: LinkableRecording) -> str:
    return recording.name or str(gettext("Session of %(date)s", date=date_of(recording.started_at)))


def _called(room: LinkableRoom) -> str:
    return room_word(room.scope, room.scope_id, room.name) or str(gettext("Room"))
