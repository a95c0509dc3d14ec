"""One session of a room, for its managers: what happened, who was there, and the same as a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from flask import Blueprint, g, render_template, url_for
from flask_babel import get_timezone, gettext
from werkzeug.wrappers import Response

from lti_elos.services import meetings, reports, rooms
from lti_elos.services.reports import Presence, Session, Someone
from lti_elos.web.guards import Needs, current_deps, requires
from lti_elos.web.languages import choose_locale
from lti_elos.web.session_pages import SessionPage, SessionPerson, SessionPoll
from lti_elos.web.sheets import download

bp = Blueprint("reports", __name__, url_prefix="/rooms/<uuid:room_id>/sessions")


@bp.get("/<uuid:meeting_id>")
@requires(Needs.MANAGER)
def show(room_id: UUID, meeting_id: UUID) -> str:
    """The session, and Elos's report of it once it is there."""
    from lti_elos.web.rooms import head_of

    deps, viewer = current_deps(), g.viewer
    room = rooms.find(deps, viewer)
    session = reports.find(deps, viewer, meeting_id)
    report = session.report
    return render_template(
        "sessions/show.html",
        head=head_of(room, viewer, "sessions"),
        page=SessionPage(
            began_at=session.began_at,
            ended_at=session.ended_at,
            runs=session.runs,
            length=session.length,
            ended=session.ended.value,
            opened_by=_name(session.opened_by),
            ended_by=_name(session.ended_by),
            people=session.people,
            peak=session.peak,
            recorded=session.recorded,
            persons=tuple(_row(one) for one in _in_order(report.presences)) if report else (),
            polls=tuple(SessionPoll(one.question, one.options, one.others) for one in report.polls) if report else (),
            is_reported=report is not None,
            is_awaited=session.is_awaited,
            csv_url=url_for("reports.sheet", room_id=room_id, meeting_id=meeting_id) if report else "",
        ),
    )


@bp.get("/<uuid:meeting_id>.csv")
@requires(Needs.MANAGER)
def sheet(room_id: UUID, meeting_id: UUID) -> Response:  # noqa: ARG001 - the guard used it
    """The people of a session's report. Without a report, the headings alone."""
    session = reports.find(current_deps(), g.viewer, meeting_id)
    day = session.began_at.astimezone(_zone())
    return download(_lines(session), f"session-{day:%Y-%m-%d-%H%M}.csv")


def _zone() -> tzinfo:
    return get_timezone() or UTC


def _name(person: Someone | None) -> str:
    """As others see it; "" for nobody."""
    if person is None:
        return ""
    return meetings.name_shown(person.user_id, person.name, person.typed_name, choose_locale())


def _shown(one: Presence) -> str:
    if one.is_guest:
        return one.guest_name or str(gettext("Guest"))
    return _name(one.person) or str(gettext("Somebody whose data was erased"))


def _part(one: Presence) -> str:
    return "guest" if one.is_guest else "moderator" if one.moderates else ""


def _in_order(presences: Sequence[Presence]) -> list[Presence]:
    """Who moderated, who took part, guests; each by name, whatever the accents and capitals."""

    def key(one: Presence) -> tuple[int, str]:
        plain = unicodedata.normalize("NFKD", _shown(one)).casefold()
        letters = "".join(char for char in plain if not unicodedata.combining(char))
        return {"moderator": 0, "": 1, "guest": 2}[_part(one)], letters

    return sorted(presences, key=key)


def _row(one: Presence) -> SessionPerson:
    return SessionPerson(
        name=_shown(one),
        part=_part(one),
        length=one.length,
        share=one.share,
        talk=one.talk,
        chats=one.chats,
        hands=one.hands,
        votes=one.votes,
    )


def _lines(session: Session) -> Iterator[list[object]]:
    """Moments are given twice: in UTC, which no summer time moves, and in the course's zone."""
    zone = _zone()
    presences = _in_order(session.report.presences) if session.report else []
    has_numbers = any(one.number for one in presences)
    yield [
        gettext("Name"),
        *([gettext("Number")] if has_numbers else []),
        gettext("Role"),
        gettext("Came (UTC)"),
        gettext("Left (UTC)"),
        gettext("Came (%(zone)s)", zone=str(zone)),
        gettext("Left (%(zone)s)", zone=str(zone)),
        gettext("Time (min)"),
        gettext("Share in percent"),
        gettext("Speech (s)"),
        gettext("Times spoken"),
        gettext("Messages"),
        gettext("Hands raised"),
        gettext("Reactions"),
        gettext("Votes in polls"),
    ]
    parts = {"moderator": gettext("Moderator"), "": gettext("Participant"), "guest": gettext("Guest")}
    for one in presences:
        moments = (one.stays[0][0], one.stays[-1][1]) if one.stays else ()
        yield [
            _shown(one),
            *([one.number] if has_numbers else []),
            parts[_part(one)],
            *(_utc(at) for at in moments or ("", "")),
            *(_local(at, zone) for at in moments or ("", "")),
            int(one.length.total_seconds()) // 60,
            "" if one.share is None else one.share,
            int(one.talk.total_seconds()),
            one.talks,
            one.chats,
            one.hands,
            one.emojis,
            one.votes,
        ]


def _utc(at: datetime | str) -> str:
    return at if isinstance(at, str) else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _local(at: datetime | str, zone: tzinfo) -> str:
    return at if isinstance(at, str) else at.astimezone(zone).isoformat()
