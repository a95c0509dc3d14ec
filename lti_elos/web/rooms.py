"""A room's pages: the room, entering, waiting, leaving."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.names import first_name
from lti_elos.domain.recordings import LINK_PARAMETER, linked_recording
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import ElosNotOpen, NotFound, SessionEnded
from lti_elos.services import handovers, live, meetings, people, recordings, rooms, runs, sessions, siblings
from lti_elos.services import waiting as waiting_people
from lti_elos.services.rooms import Room
from lti_elos.web.addresses import of_room
from lti_elos.web.errors import problem_of_key
from lti_elos.web.guards import COOKIE, Needs, current_deps, is_anothers_way_in, is_framed, requires, waits_as
from lti_elos.web.languages import choose_locale
from lti_elos.web.pages import Before, PostForm, RenameForm, RoomChoice, RoomHead, Stage, Tab, WaitingList
from lti_elos.web.recording_around import news_of
from lti_elos.web.recordings import items_of
from lti_elos.web.rendering import mark, render_alike
from lti_elos.web.request_log import bind_launch
from lti_elos.web.sessions import items_of as session_items_of
from lti_elos.web.status import watch_after_leaving, watch_of
from lti_elos.web.words import room_word

bp = Blueprint("rooms", __name__, url_prefix="/rooms")

_RECENT = 3
_NOTES = ("ended", "moved", "renamed", "elsewhere", "recording-elsewhere")
_SECTIONS = {"recordings": "recordings.index", "sessions": "sessions.index"}
"""Who goes to another room stays in the section."""


def head_of(room: Room, viewer: Viewer, current: str) -> RoomHead:
    """Header and tabs. The course is named beside the room where the room is not the course's own."""
    name = room_word(room.scope, room.scope_id, room.name)
    choices = siblings.choices(current_deps(), viewer, room)
    details = [room.course_title, room.course_label] if room.scope != "course" else [room.course_label]
    urls = {
        "room": of_room("rooms.show", room.id),
        "recordings": of_room("recordings.index", room.id),
    }
    if viewer.standing.manages:
        urls["sessions"] = of_room("sessions.index", room.id)
    if viewer.standing.administers:
        urls["lms"] = of_room("lms.connection", room.id)
    # The teachers' rooms are each managed by its own.
    section = _SECTIONS.get(current, "rooms.show") if room.scope != "user" or current != "sessions" else "rooms.show"
    return RoomHead(
        id=room.id,
        name=name,
        # Open edX's label is the course's key, which tells people nothing.
        details=tuple(text for text in details if text and text not in (name, room.context_id)),
        moderates=viewer.standing.moderates,
        manages=viewer.standing.manages,
        role=viewer.standing.role,
        lms=viewer.lms_name,
        return_url=viewer.return_url,
        tabs=tuple(Tab(key, url, key == current) for key, url in urls.items()),
        choices=tuple(
            RoomChoice(
                name=room_word(one.scope, one.scope_id, one.name),
                url=of_room(section, one.id),
                is_open=one.is_open,
                is_current=one.id == room.id,
            )
            for one in choices
        ),
        awaits_groups=bool(room.scope == "course" and viewer.groups and viewer.standing.manages and not choices),
    )


def _rename_form(room: Room, viewer: Viewer) -> RenameForm | None:
    if room.scope != "group" or not viewer.standing.manages:
        return None
    refused: str | None = g.get("refused_name")
    return RenameForm(
        url=url_for("rooms.rename", room_id=room.id),
        name=room.name if refused is None else refused,
        automatic=room_word(room.scope, room.scope_id, ""),
        is_refused=refused is not None,
    )


def handover_of(viewer: Viewer) -> str:
    """For forms that open a tab from a frame; "" at top level, where the cookie is enough."""
    return handovers.make_handover(current_deps(), viewer) if is_framed() else ""


def before_of(room_id: UUID, viewer: Viewer) -> Before:
    """What pages before a meeting tell and offer."""
    chose = people.may_choose(viewer) and viewer.typed_name is not None
    return Before(
        recording_notice=viewer.policies.recording_notice,
        called=meetings.shown_name(viewer, choose_locale()) if chose else "",
        name_url=of_room("people.ask_name", room_id) + "?to=room",
        check_url=of_room("people.check", room_id),
    )


@bp.get("/<uuid:room_id>")
@requires(Needs.VIEWER)
def show(room_id: UUID) -> str:
    """The room page: whether the meeting runs, the one button, recent recordings."""
    deps, viewer = current_deps(), g.viewer
    room, state = live.read_with_room(deps, viewer)
    recent = recordings.recent(deps, viewer, room, _RECENT)
    watch, handover = watch_of(room_id, checked_at=state.checked_at), handover_of(viewer)
    return render_alike(
        "rooms/room.html",
        {"token": watch.token, "pace": watch.ask_again_s, "handover": handover},
        # No template of a room shows the way back, and some LMSs make a new one for each launch.
        head=replace(head_of(room, viewer, "room"), rename=_rename_form(room, viewer), return_url=""),
        before=before_of(room_id, viewer),
        stage=Stage(
            live=state,
            may_open=may(viewer.standing, Ability.OPEN),
            may_end=may(viewer.standing, Ability.END),
            join_url=of_room("rooms.join", room_id),
            end_url=of_room("rooms.end", room_id),
            asks_to_end=request.args.get("end") == "ask",
            now=_lately(deps.clock()),
            embedding=viewer.policies.embedding if is_framed() else "off",
            waiting=_waiting_list(viewer),
        ),
        recent=items_of(room_id, recent.items),
        recordings_total=recent.total,
        recordings_url=of_room("recordings.index", room_id),
        sessions=session_items_of(runs.latest(deps, room_id, _RECENT)) if viewer.standing.manages else (),
        watch=replace(watch, token=mark("token"), ask_again_s=mark("pace")),
        note=note if (note := request.args.get("note")) in _NOTES else "",
        news=news_of(viewer, room),
        handover=handover and mark("handover"),
    )


def _lately(now: datetime) -> datetime:
    """The last five seconds are one moment to a page, so that all who come in them are given one."""
    return now.replace(second=now.second // 5 * 5, microsecond=0)


def _waiting_list(viewer: Viewer) -> WaitingList | None:
    if not may(viewer.standing, Ability.SEE_WHO_WAITS):
        return None
    waiting, language = waiting_people.who(current_deps(), viewer), choose_locale()
    names = (meetings.name_shown(one.user_id, one.name, one.typed_name, language) for one in waiting.people)
    return WaitingList(waiting.total, tuple(names))


@bp.post("/<uuid:room_id>")
@requires(Needs.HANDOVER)
def arrive(room_id: UUID) -> Response:
    """A page of this room in a tab of its own: the handover has set the cookie; go to the page named in ``to``."""
    pages = {
        "room": "rooms.show",
        "recordings": "recordings.index",
        "wait": "rooms.wait",
        "check": "people.check",
        "lms": "lms.connection",
    }
    endpoint = pages.get(request.form.get("to", "room"))
    if endpoint is None:
        raise NotFound("no such page of a room")
    show = linked_recording({LINK_PARAMETER: request.form.get("show", "")}) if endpoint == "recordings.index" else None
    return redirect(url_for(endpoint, room_id=room_id, show=show), code=303)


@bp.post("/<uuid:room_id>/join")
@requires(Needs.VIEWER_OR_HANDOVER)
def join(room_id: UUID) -> Response:
    """Create the meeting where the person may open it, and go in; else wait for it. Ask for a name before, once.

    With ``to=embed`` the meeting shall be inside the page that asks: that page comes next, not the meeting.
    """
    if people.is_to_be_asked(g.viewer):
        to = "embed" if request.form.get("to") == "embed" else None
        return redirect(url_for("people.ask_name", room_id=room_id, to=to), code=303)
    return go_in(room_id)


def go_in(room_id: UUID) -> Response:
    """Where a posted form leads that enters."""
    return _enter(room_id, creates=True, embeds=request.form.get("to") == "embed")


@bp.get("/<uuid:room_id>/enter")
@requires(Needs.VIEWER)
def enter(room_id: UUID) -> Response:
    """Go in if the meeting is open. Never creates."""
    if is_anothers_way_in():
        return redirect(url_for("rooms.show", room_id=room_id), code=303)
    return _enter(room_id, creates=False)


def _enter(room_id: UUID, *, creates: bool, embeds: bool = False) -> Response:
    room_url = url_for("rooms.show", room_id=room_id)
    if embeds and g.viewer.policies.embedding == "off":  # switched off since that page was shown
        return redirect(room_url, code=303)
    try:
        url = meetings.enter(current_deps(), g.viewer, language=choose_locale(), creates=creates)
    except ElosNotOpen:
        if may(g.viewer.standing, Ability.OPEN):
            return redirect(room_url, code=303)
        return redirect(url_for("rooms.wait", room_id=room_id, to="embed" if embeds else None), code=303)
    return redirect(url_for("embed.show", room_id=room_id) if embeds else url, code=303)


@bp.get("/<uuid:room_id>/wait")
@requires(Needs.VIEWER)
def wait(room_id: UUID) -> Response | str:
    """Wait where the meeting will be. Once open: in, or with ``to=embed`` to the page that holds it."""
    deps, viewer = current_deps(), g.viewer
    way_in = "embed.show" if request.args.get("to") == "embed" else "rooms.enter"
    if may(viewer.standing, Ability.OPEN):
        return redirect(url_for("rooms.show", room_id=room_id), code=303)
    room, state = live.read_with_room(deps, viewer)
    if state.is_open:
        return redirect(url_for(way_in, room_id=room_id), code=303)
    return render_template(
        "rooms/wait.html",
        head=head_of(room, viewer, "room"),
        before=before_of(room_id, viewer),
        first_name=first_name(name=viewer.name, given=viewer.given_name) or viewer.typed_name or "",
        watch=watch_of(room_id, checked_at=state.checked_at, waits=True),
        enter_url=url_for(way_in, room_id=room_id, waits=waits_as(viewer)),
        room_url=url_for("rooms.show", room_id=room_id),
        live=state,
        waiting=told.waiting if (told := deps.board.look(deps, room_id, viewer.deployment_id)) else 0,
    )


@bp.post("/<uuid:room_id>/end")
@requires(Needs.MANAGER)
def end(room_id: UUID) -> Response:
    """End the meeting for everybody."""
    meetings.end(current_deps(), g.viewer)
    return redirect(url_for("rooms.show", room_id=room_id, note="ended"), code=303)


@bp.post("/<uuid:room_id>/rename")
@requires(Needs.MANAGER)
def rename(room_id: UUID) -> Response | tuple[str, int]:
    """Name a group's room; a name that is none is shown again beside what is wrong with it."""
    typed = request.form.get("name", "")
    try:
        rooms.rename(current_deps(), g.viewer, typed)
    except ValueError:
        g.refused_name = typed
        return show(room_id=room_id), 422
    return redirect(url_for("rooms.show", room_id=room_id, note="renamed"), code=303)


@bp.get("/<uuid:room_id>/rename")
@requires(Needs.VIEWER)
def renamed(room_id: UUID) -> Response:
    """A refused name's page, asked for anew: its script does so when the meeting opens."""
    return redirect(url_for("rooms.show", room_id=room_id), code=303)


@bp.get("/<uuid:room_id>/left")
@requires(Needs.ANYONE)
def left(room_id: UUID) -> str:
    """After leaving. Elos sends join errors here too; only their keys are read, the words are ours."""
    deps = current_deps()
    try:
        g.viewer = sessions.viewer_of(deps, request.cookies.get(COOKIE), room_id)
        bind_launch(g.viewer.launch_id)
    except SessionEnded:
        return render_template(
            "rooms/left.html",
            room_name="",
            problem=problem_of_key(_error_key()),
            again=None,
            reopens=False,
            watch=None,
            room_url="",
        )
    problem = problem_of_key(_error_key())
    room = rooms.find(deps, g.viewer)
    return render_template(
        "rooms/left.html",
        room_name=room_word(room.scope, room.scope_id, room.name),
        problem=problem,
        again=PostForm(url_for("rooms.join", room_id=room_id)),
        reopens=problem is not None and meetings.reopens(deps, g.viewer, problem.code),
        watch=None if problem else watch_after_leaving(room_id),
        room_url=url_for("rooms.show", room_id=room_id),
    )


def _error_key() -> str:
    """The first key of ``errors=[{"key": …, "message": …}]`` (elos-api 3.2): known or not, the join was refused."""
    try:
        key = json.loads(request.args.get("errors", "[]")[:4000])[0]["key"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return key if isinstance(key, str) else ""
