"""Reports of meetings that are over, as Elos sends them: taken in once each (DESIGN "Callbacks").

BigBlueButton tries once, so a report is read and written while its sender waits, all of it in one transaction: whoever
is killed has kept all or nothing, and the same report again changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, or_, select

from lti_elos.db.tables import AnyRow, deployments, meetings, platforms, presences, reports, rooms, servers, users
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.meetings import create_time_of
from lti_elos.domain.policies import Policies
from lti_elos.elos.analytics import Report, is_authentic, read_report
from lti_elos.errors import ElosNoServer, NotFound
from lti_elos.services import history
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import SECRET
from lti_elos.services.reports import peak_in
from lti_elos.services.rooms import Room
from lti_elos.vault import SealBroken

log = logging.getLogger(__name__)


class Outcome(Enum):
    """What became of a report."""

    TAKEN = "taken"
    """Kept; or a second one, or of no meeting of the room, and dropped."""
    REFUSED = "refused"
    """Its sender has proven nothing: it was not read."""
    NO_REPORT = "no report"


def url_of(deps: Deps, room: Room) -> str:
    """Where the reports of the room's meetings are to come. As good as a password: for ``create`` alone."""
    return f"{deps.settings.base_url}/elos/analytics/{room.callback_key}"


def receive(deps: Deps, key: str, authorization: str, read: Callable[[], bytes]) -> Outcome:
    """Take a report in. Raises NotFound for a key that is no room's; what the database raises when it could not be
    stored.

    :param read: gives the body; not called before the sender has proven who it is.
    """
    room = _room_of(deps, key)
    senders = _senders(deps, room, authorization)
    if not senders:
        log.warning("report refused", extra={"room_id": str(room.id)})
        return Outcome.REFUSED
    report = read_report(read())
    if report is None:
        log.info("report not kept", extra={"room_id": str(room.id), "reason": "not a report"})
        return Outcome.NO_REPORT
    now = deps.clock()
    with deps.database.transaction() as db:
        meeting_id = _meeting_of(db, room, senders, report, now)
        is_kept = meeting_id is not None and _keep(db, room, meeting_id, report, now)
    if is_kept:
        people = len(report.people)
        log.info("report kept", extra={"room_id": str(room.id), "meeting": str(meeting_id), "people": people})
    else:
        reason = "of no meeting of the room" if meeting_id is None else "there is one already"
        log.info("report not kept", extra={"room_id": str(room.id), "reason": reason})
    return Outcome.TAKEN


_DEFAULT = select(servers.c.id).where(servers.c.is_default).scalar_subquery()


def _room_of(deps: Deps, key: str) -> AnyRow:
    if "\0" in key:  # PostgreSQL takes none
        raise NotFound("no such room")
    query = (
        select(
            rooms.c.id,
            rooms.c.meeting_id,
            deployments.c.platform_id,
            func.coalesce(platforms.c.server_id, _DEFAULT).label("server_id"),
        )
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .where(rooms.c.callback_key == key)
    )
    with deps.database.reading() as db:
        row = db.execute(query).one_or_none()
    if row is None:
        raise NotFound("no such room")
    return row


def _senders(deps: Deps, room: AnyRow, authorization: str) -> list[UUID]:
    """The servers that the sender may be: the room's own, or one where its meetings were before."""
    earlier = select(meetings.c.server_id).where(meetings.c.room_id == room.id).distinct()
    with deps.database.reading() as db:
        rows = db.execute(select(servers).where(or_(servers.c.id == room.server_id, servers.c.id.in_(earlier)))).all()
    now = deps.clock()
    return [row.id for row in rows if is_authentic(authorization, secret=_secret(deps, row), kind=row.kind, now=now)]


def _secret(deps: Deps, server: AnyRow) -> str:
    try:
        return deps.vault.open(SECRET, server.secret_sealed)
    except SealBroken:
        raise ElosNoServer("its secret was sealed with a SECRET_KEY that is gone", server=server.name) from None


def _meeting_of(db: Connection, room: AnyRow, senders: Sequence[UUID], report: Report, now: datetime) -> UUID | None:
    """The meeting of the report, if it is one of this room at one of these servers; noted where nobody told of it."""
    if report.external_id != room.meeting_id:
        return None
    its = meetings.c.room_id == room.id, meetings.c.internal_id == report.internal_id
    known = db.execute(select(meetings.c.id, meetings.c.server_id).where(*its)).one_or_none()
    if known is not None:
        found: UUID = known.id
        return found if known.server_id is None or known.server_id in senders else None
    if room.server_id not in senders:
        return None
    began = _moment(create_time_of(report.internal_id)) or report.started_at or now
    return history.note(db, room.id, report.internal_id, server_id=room.server_id, now=min(began, now))


def _moment(milliseconds: int) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def _keep(db: Connection, room: AnyRow, meeting_id: UUID, report: Report, now: datetime) -> bool:
    """Whether it is the first."""
    values = {
        "meeting_id": meeting_id,
        "received_at": now,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "length_s": _seconds(report.length),
        "polls": [
            {"question": one.question, "options": [list(option) for option in one.options], "others": one.others}
            for one in report.polls
        ],
    }
    if insert_if_new(db, reports, values, returning=reports.c.meeting_id) is None:
        return False
    if rows := list(_presences(db, room, meeting_id, report)):
        db.execute(presences.insert(), rows)
    stays = [one.stays for one in report.people]
    history.reported(
        db,
        meeting_id,
        opened_at=min((each[0][0] for each in stays if each), default=None),
        ended_at=report.finished_at or max((each[-1][1] for each in stays if each), default=now),
        people=len(report.people),
        peak=peak_in(db, meeting_id),  # as kept, in whole seconds: events may ask again
        recorded=report.recorded,
    )
    return True


def _presences(db: Connection, room: AnyRow, meeting_id: UUID, report: Report) -> Iterator[dict[str, Any]]:
    """Rows of the people. Of those whom the LMS launched only ids are kept: their names are elsewhere, and change."""
    ids = {one.user_id: user_id for one in report.people if (user_id := _uuid(one.user_id)) is not None}
    ours = set(
        db.scalars(select(users.c.id).where(users.c.platform_id == room.platform_id, users.c.id.in_(ids.values())))
    )
    for place, one in enumerate(report.people):
        user_id = ids.get(one.user_id)
        is_ours = user_id in ours
        yield {
            "meeting_id": meeting_id,
            "place": place,
            "user_id": user_id if is_ours else None,
            "is_guest": not is_ours,
            "name": "" if is_ours else one.name,
            "moderates": one.moderates,
            "stays": [[int(since.timestamp()), int(until.timestamp())] for since, until in one.stays],
            "length_s": _seconds(one.length),
            "talk_s": _seconds(one.talk),
            "talks": one.talks,
            "chats": one.chats,
            "hands": one.hands,
            "emojis": one.emojis,
            "votes": one.votes,
        }


def _uuid(text: str) -> UUID | None:
    """As we write them: our userIDs at Elos."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def sweep(db: Connection, *, now: datetime) -> None:
    """Forget reports for as old as each platform's policy says. That there was a meeting stays."""
    for row in db.execute(select(platforms.c.id, platforms.c.policies)).all():
        before = now - timedelta(days=int(Policies.from_json(row.policies).attendance_days))
        of_platform = (
            select(meetings.c.id)
            .join(rooms, rooms.c.id == meetings.c.room_id)
            .join(deployments, deployments.c.id == rooms.c.deployment_id)
            .where(deployments.c.platform_id == row.id)
        )
        db.execute(reports.delete().where(reports.c.received_at < before, reports.c.meeting_id.in_(of_platform)))
