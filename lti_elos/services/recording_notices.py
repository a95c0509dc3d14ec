"""A teacher is told that a recording is ready: on the room's page at the next visit, and by e-mail where they asked.

Nobody is written to who has not asked: a typed address gets one mail with a link that confirms it, and no other before.
The address is sealed at rest, together with the secret that ties its links to it. Mails are a job's, one per asker:
what was told is written with the job's end, so each recording is told once; a worker that is killed between the mail
server's answer and that may send one mail twice, with the same Message-ID.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, courses, deployments, launches, platforms, recording_notices, recordings, rooms
from lti_elos.db.upserts import insert_or_update
from lti_elos.domain.mails import mail_address, masked
from lti_elos.domain.recordings import PUBLISHED
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import MailRefused, NotFound
from lti_elos.services import jobs, mails, recording_mails
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import Effect, Job
from lti_elos.vault import SealBroken

log = logging.getLogger(__name__)

KIND = "recording-notice"
"""The job's; its key is the notice's id."""
ADDRESS = "notice-address"
_LINK = "mail-link"
"""Purposes in the vault."""

_NEWS = timedelta(days=7)
"""What became ready before is no news to who was never told."""
_LATELY = timedelta(days=30)
"""A meeting of before is none either: a list that is learnt for the first time is full of old ones."""
_CONFIRMED_WITHIN = timedelta(days=7)
_STOPPED_WITHIN = timedelta(days=3650)
_ONE_PER_ROOM, _AN_HOUR = timedelta(minutes=10), timedelta(hours=1)
_MOST_IN_AN_HOUR = 3
"""Mails to addresses that nobody has confirmed: so many a person can have us write."""
_MOST_TOLD = 20
KEPT = timedelta(days=30)
"""An address that nobody confirms."""


# --- at the next visit -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The newest that is ready, and how many are."""

    id: UUID
    name: str
    started_at: datetime
    count: int


def _is_ready(*, since: Any, lately: Any) -> tuple[ColumnElement[bool], ...]:
    """:param since: and ``lately``: moments, or expressions for them"""
    its = recordings.c
    is_shown = its.state == PUBLISHED, its.trashed_at.is_(None)
    return (its.ready_at > since, its.started_at > lately, *is_shown)


_ITS, _OWN = recordings.c, recording_notices.c
_SEEN_AT = select(_OWN.seen_at).where(_OWN.room_id == bindparam("of_room"), _OWN.user_id == bindparam("of_user"))
_SINCE = func.coalesce(_SEEN_AT.scalar_subquery(), bindparam("since", type_=_ITS.ready_at.type))
_NEWEST = Prepared(
    select(_ITS.id, _ITS.name, _ITS.started_at)
    .where(_ITS.room_id == bindparam("of_room"), *_is_ready(since=_SINCE, lately=bindparam("lately")))
    .order_by(_ITS.ready_at.desc(), _ITS.started_at.desc())
    .limit(_MOST_TOLD)
)


def news(db: Connection, viewer: Viewer, *, now: datetime) -> Ready | None:
    """What became ready in the viewer's room and they have not seen told; None for nothing. It is for who manages."""
    asked = {"of_room": viewer.room_id, "of_user": viewer.user_id, "since": now - _NEWS, "lately": now - _LATELY}
    found = _NEWEST.all(db, **asked)
    return Ready(found[0].id, found[0].name, found[0].started_at, len(found)) if found else None


def seen(deps: Deps, viewer: Viewer, recording_id: UUID) -> None:
    """The viewer puts the line away; what becomes ready later is told again. Raises NotFound for another room's."""
    now = deps.clock()
    with deps.database.transaction() as db:
        its = recordings.c
        ready_at = db.scalar(select(its.ready_at).where(its.id == recording_id, its.room_id == viewer.room_id))
        if ready_at is None:
            raise NotFound("no such recording is ready in this room")
        row = _own(db, viewer)
        _keep(db, viewer, now, seen_at=max(ready_at, row.seen_at or ready_at) if row else ready_at)


# --- asking for mails ------------------------------------------------------------------------------------------------


class Asked(StrEnum):
    """How it stands between a person and a room's mails."""

    NOT = "not"
    WAITING = "waiting"
    """For the confirmation."""
    TOLD = "told"
    REFUSED = "refused"
    """The mail server knows no such address."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What the page shows of it. ``address``: masked; "" for none."""

    asked: Asked
    address: str


class TooOften(ValueError):
    """So many mails to addresses that nobody confirmed were sent for this person lately."""


def asking(deps: Deps, db: Connection, viewer: Viewer) -> Asking:
    """How it stands."""
    row = _own(db, viewer)
    kept = _opened(deps, row) if row else None
    if row is None or kept is None:
        return Asking(Asked.NOT, "")
    state = Asked.REFUSED if kept.is_refused else Asked.TOLD if row.confirmed_at else Asked.WAITING
    return Asking(state, masked(kept.address))


def ask(deps: Deps, viewer: Viewer, text: str, *, locale: str) -> Asked:
    """The viewer wants to be told at this address. It is asked itself first, unless it is confirmed for another room.

    Raises ValueError for what is no address, TooOften (one too) past the limits: then nothing has changed.
    """
    address, now = mail_address(text), deps.clock()
    kept = _Kept(address, secrets.token_urlsafe(16), is_refused=False)
    job_id = None
    with deps.database.transaction() as db:
        known = _confirmed_elsewhere(deps, db, viewer, address)
        if not known:
            _require_few(db, viewer, now)
        notice_id = _keep(
            db,
            viewer,
            now,
            email_sealed=kept.sealed(deps),
            locale=locale,
            confirmed_at=now if known else None,
            mailed_at=now if known else None,
        )
        if not known:
            job_id = jobs.ask(db, KIND, str(notice_id), now=now)
    deps.bell.ring(job_id)
    log.info("recording notices asked for", extra={"room_id": str(viewer.room_id), "user_id": str(viewer.user_id)})
    return Asked.TOLD if known else Asked.WAITING


def stop(deps: Deps, viewer: Viewer) -> None:
    """No more mails of this room, and the address is forgotten."""
    with deps.database.transaction() as db:
        mine = recording_notices.c.room_id == viewer.room_id, recording_notices.c.user_id == viewer.user_id
        db.execute(recording_notices.update().where(*mine).values(email_sealed="", confirmed_at=None))


def _require_few(db: Connection, viewer: Viewer, now: datetime) -> None:
    notices = recording_notices.c
    is_open = and_(notices.confirmed_at.is_(None), notices.mailed_at > now - _AN_HOUR)
    waits = and_(notices.confirmed_at.is_(None), notices.mailed_at.is_(None), notices.email_sealed != "")
    of_person = select(notices.room_id, notices.mailed_at).where(notices.user_id == viewer.user_id, or_(is_open, waits))
    sent = [row for row in db.execute(of_person) if row.mailed_at or row.room_id != viewer.room_id]
    here = [row for row in sent if row.room_id == viewer.room_id and row.mailed_at > now - _ONE_PER_ROOM]
    if here or len(sent) >= _MOST_IN_AN_HOUR:
        raise TooOften("wait before another address is asked")


def _confirmed_elsewhere(deps: Deps, db: Connection, viewer: Viewer, address: str) -> bool:
    notices = recording_notices.c
    rows = db.execute(
        select(recording_notices).where(notices.user_id == viewer.user_id, notices.confirmed_at.is_not(None)).limit(100)
    )
    return any(kept is not None and kept.address == address for kept in (_opened(deps, row) for row in rows))


# --- links in mails --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MailLink:
    """What a link in a mail leads to."""

    does: str
    """"confirm" or "stop"."""
    notice_id: UUID
    room: AnyRow
    """name, scope, scope_id, and the course's title."""
    locale: str
    is_done: bool
    """It was followed before."""


def follow(deps: Deps, token: str) -> MailLink:
    """Raises NotFound for what is no link of ours, is over, or is of an address that was changed since."""
    with deps.database.reading() as db:
        link, _ = _followed(deps, db, token)
    return link


def act(deps: Deps, token: str) -> MailLink:
    """Do what the link is for; again and again with no harm. Raises as ``follow`` does."""
    now = deps.clock()
    with deps.database.transaction() as db:
        link, row = _followed(deps, db, token)
        its = recording_notices.update().where(recording_notices.c.id == link.notice_id)
        if link.does == "stop":
            db.execute(its.values(email_sealed="", confirmed_at=None))
        elif row.confirmed_at is None:
            db.execute(its.values(confirmed_at=now, mailed_at=now))
    log.info("a mail's link was followed", extra={"does": link.does, "room_id": str(row.room_id)})
    return link


def _followed(deps: Deps, db: Connection, token: str) -> tuple[MailLink, AnyRow]:
    try:
        does, hexed, secret = deps.vault.redeem(_LINK, token, now=deps.clock())
    except SealBroken:
        raise NotFound("not a link of ours, or its time is over") from None
    row = db.execute(_NOTICE.where(recording_notices.c.id == UUID(hex=hexed))).one_or_none()
    kept = _opened(deps, row) if row else None
    if row is None or (kept is None and does == "confirm") or (kept is not None and kept.secret != secret):
        raise NotFound("the link is of an address that is not known any more")
    is_done = kept is None if does == "stop" else row.confirmed_at is not None
    return MailLink(does, row.id, row, row.locale, is_done), row


def _link(deps: Deps, does: str, row: AnyRow, kept: _Kept, now: datetime) -> str:
    ttl = _CONFIRMED_WITHIN if does == "confirm" else _STOPPED_WITHIN
    token = deps.vault.issue(_LINK, [does, row.id.hex, kept.secret], ttl=ttl, now=now)
    return f"{deps.settings.base_url}/mail/{token}"


# --- the job ---------------------------------------------------------------------------------------------------------

_NOTICE = (
    select(
        recording_notices,
        rooms.c.name,
        rooms.c.scope,
        rooms.c.scope_id,
        rooms.c.course_id,
        courses.c.title.label("course_title"),
        (platforms.c.enabled & deployments.c.is_active).label("is_served"),
    )
    .select_from(recording_notices)
    .join(rooms, rooms.c.id == recording_notices.c.room_id)
    .join(deployments, deployments.c.id == rooms.c.deployment_id)
    .join(platforms, platforms.c.id == deployments.c.platform_id)
    .outerjoin(courses, courses.c.id == rooms.c.course_id)
)


def due(deps: Deps, db: Connection, room_ids: Collection[UUID]) -> list[int]:
    """Adds the jobs of these rooms' askers who have something to be told; their ids, for the bell."""
    if not mails.is_configured(deps) or not room_ids:
        return []
    now, notices, its = deps.clock(), recording_notices.c, recordings.c
    query = (
        select(notices.id)
        .join(recordings, its.room_id == notices.room_id)
        .where(
            notices.room_id.in_(room_ids),
            notices.confirmed_at.is_not(None),
            its.ready_at > notices.mailed_at,
            its.started_at > now - _LATELY,
            its.state == PUBLISHED,
            its.trashed_at.is_(None),
        )
        .distinct()
    )
    asked = [jobs.ask(db, KIND, str(notice_id), now=now) for notice_id in db.scalars(query).all()]
    return [job_id for job_id in asked if job_id is not None]


def work(deps: Deps, job: Job) -> Effect | None:
    """The job: one mail, if there is something to say. Raises MailUnsent, to be tried again."""
    now = deps.clock()
    with deps.database.reading() as db:
        row = db.execute(_NOTICE.where(recording_notices.c.id == UUID(job.key))).one_or_none()
        kept = _opened(deps, row) if row else None
        if row is None or kept is None or kept.is_refused or not row.is_served or not mails.is_configured(deps):
            return None
        told = _to_be_told(db, row, now) if row.confirmed_at else []
    if row.confirmed_at is None:
        if row.mailed_at is not None:
            return None
        what, until = _confirmation(deps, row, kept, now), now
    elif told:
        what, until = _ready_mail(deps, row, kept, told, now), max(one.ready_at for one in told)
    else:
        return None
    values: dict[str, Any] = {"mailed_at": until}
    try:
        mails.send(deps, kept.address, what)
    except MailRefused:
        log.info("an address was refused", extra={"room_id": str(row.room_id)})
        refused = _Kept(kept.address, kept.secret, is_refused=True)
        values = {"mailed_at": until, "email_sealed": refused.sealed(deps), "confirmed_at": None}
    as_it_was = recording_notices.c.id == row.id, recording_notices.c.email_sealed == row.email_sealed
    return lambda db: db.execute(recording_notices.update().where(*as_it_was).values(**values))


def sweep(db: Connection, *, before: datetime) -> None:
    """Forget addresses that nobody has confirmed since."""
    notices = recording_notices.c
    old = (
        notices.email_sealed != "",
        notices.confirmed_at.is_(None),
        func.coalesce(notices.mailed_at, notices.created_at) < before,
    )
    db.execute(recording_notices.update().where(*old).values(email_sealed=""))


def _to_be_told(db: Connection, row: AnyRow, now: datetime) -> list[AnyRow]:
    """What became ready since the last mail, newest last; nothing for who does not manage there any more."""
    its = recordings.c
    found = db.execute(
        select(its.name, its.started_at, its.ready_at)
        .where(its.room_id == row.room_id, *_is_ready(since=row.mailed_at, lately=now - _LATELY))
        .order_by(its.ready_at)
        .limit(_MOST_TOLD)
    ).all()
    return list(found) if found and _still_manages(db, row) else []


def _still_manages(db: Connection, row: AnyRow) -> bool:
    """The last launch of a person in a course decides; launches are known for 30 days."""
    of_course = rooms.c.course_id == row.course_id if row.course_id else rooms.c.id == row.room_id
    last = (
        select(launches.c.manages)
        .join(rooms, rooms.c.id == launches.c.room_id)
        .where(launches.c.user_id == row.user_id, of_course)
        .order_by(launches.c.created_at.desc())
        .limit(1)
    )
    return db.scalar(last) is not False


def _confirmation(deps: Deps, row: AnyRow, kept: _Kept, now: datetime) -> mails.Mail:
    urls = [_link(deps, does, row, kept, now) for does in ("confirm", "stop")]
    return recording_mails.confirmation(_key(row, kept, "confirm"), row, *urls)


def _ready_mail(deps: Deps, row: AnyRow, kept: _Kept, told: list[AnyRow], now: datetime) -> mails.Mail:
    key = _key(row, kept, *(one.ready_at.isoformat() for one in told))
    zone = deps.settings.default_time_zone
    return recording_mails.ready(key, row, told, _link(deps, "stop", row, kept, now), zone=zone)


def _key(row: AnyRow, kept: _Kept, *what: str) -> str:
    return hashlib.sha256("\0".join((row.id.hex, kept.secret, *what)).encode()).hexdigest()[:40]


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is sealed: the address, and a secret that its links carry, so that none acts on another address."""

    address: str
    secret: str
    is_refused: bool

    def sealed(self, deps: Deps) -> str:
        return deps.vault.seal(ADDRESS, json.dumps([self.address, self.secret, self.is_refused]))


def _opened(deps: Deps, row: AnyRow) -> _Kept | None:
    """None for a row without address, or one that was sealed with a key that is gone."""
    if not row.email_sealed:
        return None
    try:
        return _Kept(*json.loads(deps.vault.open(ADDRESS, row.email_sealed)))
    except SealBroken:
        return None


def _own(db: Connection, viewer: Viewer) -> AnyRow | None:
    notices = recording_notices.c
    mine = notices.room_id == viewer.room_id, notices.user_id == viewer.user_id
    return db.execute(select(recording_notices).where(*mine)).one_or_none()


def _keep(db: Connection, viewer: Viewer, now: datetime, **values: Any) -> UUID:
    """The viewer's row of the room, made if it is new. Gives its id."""
    new = {"id": uuid4(), "room_id": viewer.room_id, "user_id": viewer.user_id, "created_at": now}
    kept: UUID = insert_or_update(
        db,
        recording_notices,
        new | values,
        key=["room_id", "user_id"],
        update=list(values),
        returning=recording_notices.c.id,
    )
    return kept
