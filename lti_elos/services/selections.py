"""A teacher chooses which rooms the course gets links to (LTI Deep Linking): begun by a launch, answered once.

What is chosen travels to the platform in the teacher's own browser, signed; we learn of it only when somebody launches
such a link.
"""

from __future__ import annotations

import dataclasses
import logging
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import (
    AnyRow,
    browser_sessions,
    courses,
    deployments,
    grants,
    platforms,
    recording_shares,
    recordings,
    rooms,
    selections,
    users,
)
from lti_elos.domain.names import chosen_room_name, tidy
from lti_elos.domain.platform import Platform
from lti_elos.domain.policies import Policies
from lti_elos.domain.recordings import LINK_PARAMETER, PUBLISHED, Audience
from lti_elos.domain.rooms import LINKED, RoomKey, in_order, link_custom
from lti_elos.errors import Answered, NotFound, SessionEnded
from lti_elos.lti.deep_linking import POINTS as POINTS  # pages say it
from lti_elos.lti.deep_linking import TITLE_LIMIT, DeepLinkingClaims, Link, Wanted, answer, origin_of
from lti_elos.lti.service_token import SigningKey
from lti_elos.services import keys
from lti_elos.services import rooms as room_service
from lti_elos.services.admissions import Known, arrive
from lti_elos.services.deps import Deps
from lti_elos.services.logins import State, launch_url
from lti_elos.services.sessions import hash_token
from lti_elos.vault import SealBroken

log = logging.getLogger(__name__)

LIFE = timedelta(hours=2)
"""Filling in a form may take a while; the platform's own page that waits for it does not live longer."""
ROOMS_LIMIT = 200
"""Rooms in a list, by name."""
_NEWEST, _FOUND = 5, 20
"""Recordings that are shown at first, and of those that were searched for."""

_WANTED, _KEY = "selection", "selection-key"
"""Purposes in the vault."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the request leads, and the session cookie to set (None: the browser has it)."""

    selection_id: UUID
    new_token: str | None
    binding_cookie: str


@dataclass(frozen=True, slots=True)
class Selection:
    """One request for content, in front of the person who may answer it."""

    id: UUID
    deployment_id: UUID
    course_id: UUID
    context_id: str
    course_name: str
    user_id: UUID
    locale: str
    lms_name: str
    return_url: str
    ends_at: datetime
    policies: Policies
    wanted: Wanted
    issuer: str
    client_id: str
    lti_deployment_id: str
    """As the platform calls it."""

    @property
    def origin(self) -> str:
        """Of the page that takes the answer."""
        return origin_of(self.wanted.return_url)


@dataclass(frozen=True, slots=True)
class LinkableRoom:
    """A room of the course that a link may open."""

    id: UUID
    scope: str
    scope_id: str
    name: str
    link_key: str


@dataclass(frozen=True, slots=True)
class LinkableRecording:
    """A recording that everybody in the course may see, and the room that its link opens."""

    id: UUID
    name: str
    started_at: datetime
    room_id: UUID
    scope: str
    link_key: str
    is_shared: bool
    """It is another course's: its link opens the course's own room."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen."""

    course: bool
    """The course's own room, which may not be there yet."""
    rooms: tuple[UUID, ...]
    new_name: str | None
    """Of a room to be made; None for none."""
    graded: bool
    """With a gradebook column, where the platform takes one."""
    recordings: tuple[UUID, ...] = ()

    @property
    def size(self) -> int:
        return self.course + len(self.rooms) + (self.new_name is not None) + len(self.recordings)


class Fault(StrEnum):
    """What a choice cannot be sent for."""

    NOTHING = "nothing"
    SEVERAL = "several"
    """The platform takes one."""
    NAME = "name"
    """The new room's is none, or too long."""
    TAKEN = "taken"
    """A room of the course has it."""


class ChoiceRefused(ValueError):
    """Nothing is made or sent; the person may mend it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser posts to the platform."""

    url: str
    token: str
    size: int
    """How many links; 0: cancelled."""


# --- beginning -------------------------------------------------------------------------------------------------------


def begin(
    db: Connection,
    deps: Deps,
    platform: Platform,
    claims: DeepLinkingClaims,
    wanted: Wanted,
    state: State,
    known: Known,
    now: datetime,
) -> Begun:
    """Keep a checked request, in the caller's transaction. Raises as ``arrive`` does."""
    arrival = arrive(db, platform, claims, state, known, now)
    others = (selections.c.session_id == arrival.session_id, selections.c.user_id != arrival.user_id)
    of_platform = selections.c.user_id.in_(select(users.c.id).where(users.c.platform_id == platform.id))
    db.execute(selections.delete().where(*others, of_platform))  # as with grants: shared computers
    selection_id = uuid4()
    db.execute(
        selections.insert().values(
            id=selection_id,
            session_id=arrival.session_id,
            deployment_id=arrival.deployment_id,
            course_id=arrival.course_id,
            user_id=arrival.user_id,
            locale=tidy(claims.presentation.locale or claims.locale, 35),
            lms_name=arrival.lms_name,
            return_url=claims.presentation.return_url,
            wanted=deps.vault.issue(_WANTED, dataclasses.asdict(wanted), ttl=LIFE, now=now),
            ends_at=now + LIFE,
            answered_at=None,
            created_at=now,
        )
    )
    return Begun(selection_id, arrival.new_token, state.cookie_name)


# --- finding ---------------------------------------------------------------------------------------------------------

_SOMEBODY_ELSE_SINCE = (
    exists()
    .where(
        grants.c.session_id == selections.c.session_id,
        grants.c.user_id != selections.c.user_id,
        grants.c.created_at > selections.c.created_at,
        grants.c.user_id.in_(select(users.c.id).where(users.c.platform_id == deployments.c.platform_id)),
    )
    .correlate(selections, deployments)
)
"""A launch by another person of the platform in the same browser ends what the former one had begun."""

_FIND = (
    select(
        selections,
        deployments.c.deployment_id.label("lti_deployment_id"),
        courses.c.context_id,
        courses.c.title,
        courses.c.label,
        platforms.c.issuer,
        platforms.c.client_id,
        platforms.c.policies,
    )
    .select_from(
        selections.join(deployments, deployments.c.id == selections.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .join(courses, courses.c.id == selections.c.course_id)
    )
    .where(
        selections.c.id == bindparam("selection_id"),
        selections.c.ends_at > bindparam("now"),
        platforms.c.enabled,
        deployments.c.is_active,
        ~_SOMEBODY_ELSE_SINCE,
    )
)
_BY_KEY = Prepared(_FIND)
_BY_COOKIE = Prepared(
    _FIND.join(browser_sessions, browser_sessions.c.id == selections.c.session_id).where(
        browser_sessions.c.token_hash == bindparam("token_hash")
    )
)


def make_key(deps: Deps, selection: Selection) -> str:
    """For a hidden field, where no cookie sticks: whoever posts it is the person that the page was made for."""
    now = deps.clock()
    return deps.vault.issue(_KEY, selection.id.hex, ttl=max(selection.ends_at - now, timedelta(0)), now=now)


def find(deps: Deps, selection_id: UUID, *, token: str | None, key: str = "") -> Selection:
    """The request, by the session's cookie or by the page's key.

    Raises SessionEnded for one that is over, or that is not this browser's; Answered for one that was answered.
    """
    now = deps.clock()
    row: Any = None
    with deps.database.reading() as db:
        if key:
            if _is_key_of(deps, key, selection_id, now):
                row = _BY_KEY.first(db, selection_id=selection_id, now=now)
        elif token:
            row = _BY_COOKIE.first(db, selection_id=selection_id, now=now, token_hash=hash_token(token))
    if row is None:
        raise SessionEnded("no such request for content in this browser")
    if row.answered_at is not None:
        raise Answered("the request for content was answered", lms=row.lms_name)
    try:
        wanted = Wanted(**deps.vault.redeem(_WANTED, row.wanted, now=now))
    except SealBroken:
        raise SessionEnded("the request for content was sealed with a key that is gone") from None
    return _selection(row, wanted)


def _is_key_of(deps: Deps, key: str, selection_id: UUID, now: datetime) -> bool:
    try:
        return bool(deps.vault.redeem(_KEY, key, now=now) == selection_id.hex)
    except SealBroken:
        return False


def _selection(row: Any, wanted: Wanted) -> Selection:
    return Selection(
        id=row.id,
        deployment_id=row.deployment_id,
        course_id=row.course_id,
        context_id=row.context_id,
        course_name=row.title or row.label,
        user_id=row.user_id,
        locale=row.locale,
        lms_name=row.lms_name,
        return_url=row.return_url,
        ends_at=row.ends_at,
        policies=Policies.from_json(row.policies),
        wanted=wanted,
        issuer=row.issuer,
        client_id=row.client_id,
        lti_deployment_id=row.lti_deployment_id,
    )


def linkable(deps: Deps, selection: Selection) -> tuple[LinkableRoom, ...]:
    """The course's rooms besides its own, in the order of lists."""
    with deps.database.reading() as db:
        return tuple(one for one in _of_course(db, selection) if one.scope != "course")


def _of_course(db: Connection, selection: Selection) -> list[LinkableRoom]:
    rows = db.execute(
        select(rooms.c.id, rooms.c.scope, rooms.c.scope_id, rooms.c.name, rooms.c.link_key)
        .where(
            rooms.c.deployment_id == selection.deployment_id,
            rooms.c.course_id == selection.course_id,
            rooms.c.scope.in_(LINKED),
        )
        .order_by(rooms.c.created_at.desc(), rooms.c.id)
        .limit(ROOMS_LIMIT)
    )
    found = [LinkableRoom(row.id, row.scope, row.scope_id, row.name, row.link_key) for row in rows]
    return sorted(found, key=lambda one: in_order(one.name, one.scope_id))


def linkable_recordings(
    deps: Deps, selection: Selection, query: str, *, chosen: Collection[UUID] = ()
) -> tuple[list[LinkableRecording], bool]:
    """The newest, or those whose title or description has ``query`` in it; and whether there are more.

    :param chosen: these come first, whatever was searched for.
    """
    its, limit = recordings.c, _FOUND if query else _NEWEST
    wanted = []
    if query:
        quoted = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        wanted.append(or_(*(text.ilike(f"%{quoted}%", escape="\\") for text in (its.name, its.description))))
    with deps.database.reading() as db:
        kept = _recordings(db, selection, [its.id.in_(chosen)], limit=len(chosen)) if chosen else []
        wanted.append(its.id.not_in([one.id for one in kept]))
        found = _recordings(db, selection, wanted, limit=limit + 1)
    return kept + found[:limit], len(found) > limit


def _recordings(
    db: Connection, selection: Selection, wanted: Iterable[ColumnElement[bool]], *, limit: int
) -> list[LinkableRecording]:
    """Of the course's rooms that a link may name, but of teachers' own rooms the person's alone; and those that are
    shown from other courses. Newest first.
    """
    its, shares = recordings.c, recording_shares.c
    is_shared = exists().where(shares.recording_id == its.id, shares.course_id == selection.course_id)
    is_own = and_(
        rooms.c.deployment_id == selection.deployment_id,
        rooms.c.course_id == selection.course_id,
        rooms.c.scope.in_(LINKED),
        or_(rooms.c.scope != "user", rooms.c.scope_id == str(selection.user_id)),
    )
    rows = db.execute(
        select(its.id, its.name, its.started_at, its.room_id, rooms.c.scope, rooms.c.link_key, is_own.label("is_own"))
        .join(rooms, rooms.c.id == its.room_id)
        .where(
            or_(is_own, is_shared),
            its.state == PUBLISHED,
            its.audience != Audience.TEACHERS.value,
            its.trashed_at.is_(None),
            *wanted,
        )
        .order_by(its.started_at.desc(), its.id.desc())
        .limit(limit)
    )
    return [
        LinkableRecording(row.id, row.name, row.started_at, row.room_id, row.scope, row.link_key, not row.is_own)
        for row in rows
    ]


# --- answering -------------------------------------------------------------------------------------------------------


def choose(
    deps: Deps,
    selection: Selection,
    choice: Choice,
    *,
    course_title: str,
    called: Callable[[LinkableRoom], str],
    recording_called: Callable[[LinkableRecording], str],
) -> Answer:
    """Make what is to be made, and sign the answer.

    :param course_title: what a link to the course's own room is called.
    :param called: what a room is called that people see.
    :raise ChoiceRefused: with what to mend; nothing is made then.
    :param recording_called: the same of a recording.
    :raise NotFound: a room or a recording that is not among those of the course.
    :raise Answered: another click was quicker.
    """
    if not choice.size:
        raise ChoiceRefused(Fault.NOTHING)
    if choice.size > 1 and not selection.wanted.several:
        raise ChoiceRefused(Fault.SEVERAL)
    key = keys.signing_key(deps)
    now = deps.clock()
    with deps.database.transaction() as db:
        _spend(db, selection, now)
        links = _links(db, deps, selection, choice, course_title, called, now)
        links += _recording_links(db, deps, selection, choice, recording_called, now)
        if len(links) == 1:
            links = [dataclasses.replace(links[0], text=selection.wanted.text)]
    log.info(
        "content selected",
        extra={
            "selection_id": str(selection.id),
            "user_id": str(selection.user_id),
            "links": len(links),
            "makes_room": choice.new_name is not None,
        },
    )
    return _signed(deps, selection, links, key, graded=choice.graded)


def cancel(deps: Deps, selection: Selection) -> Answer:
    """Tell the platform that nothing was chosen. Raises Answered."""
    key = keys.signing_key(deps)
    with deps.database.transaction() as db:
        _spend(db, selection, deps.clock())
    return _signed(deps, selection, [], key, graded=False)


def _spend(db: Connection, selection: Selection, now: datetime) -> None:
    """Also between two processes, one answers."""
    mine = (selections.c.id == selection.id, selections.c.answered_at.is_(None))
    spent = db.execute(selections.update().where(*mine).values(answered_at=now).returning(selections.c.id))
    if spent.one_or_none() is None:
        raise Answered("the request for content was answered meanwhile", lms=selection.lms_name)


def _links(
    db: Connection,
    deps: Deps,
    selection: Selection,
    choice: Choice,
    course_title: str,
    called: Callable[[LinkableRoom], str],
    now: datetime,
) -> list[Link]:
    """In the order of the page."""
    known = _of_course(db, selection)
    chosen = [(one, called(one)) for one in known if one.id in choice.rooms and one.scope != "course"]
    if len(chosen) != len(set(choice.rooms)):
        raise NotFound("a chosen room is not among the course's")
    if choice.course:
        chosen.insert(0, (_course_room(db, deps, selection, now), course_title))
    if choice.new_name is not None:
        made = _new_room(db, deps, selection, choice.new_name, [*map(called, known), selection.course_name], now)
        chosen.append((made, made.name))
    return [
        Link(tidy(title, TITLE_LIMIT), "", link_custom(room.scope, room.link_key), str(room.id))
        for room, title in chosen
    ]


def _recording_links(
    db: Connection,
    deps: Deps,
    selection: Selection,
    choice: Choice,
    called: Callable[[LinkableRecording], str],
    now: datetime,
) -> list[Link]:
    """Each is a link to its room that names the recording besides."""
    if not choice.recordings:
        return []
    found = _recordings(db, selection, [recordings.c.id.in_(choice.recordings)], limit=len(choice.recordings))
    if len(found) != len(set(choice.recordings)):
        raise NotFound("a chosen recording is not among the course's")
    own = _course_room(db, deps, selection, now) if any(one.is_shared for one in found) else None
    links = []
    for one in found:
        room = own if one.is_shared and own else one
        custom = link_custom(room.scope, room.link_key) | {LINK_PARAMETER: str(one.id)}
        links.append(Link(tidy(called(one), TITLE_LIMIT), "", custom, str(one.id), is_graded=False))
    return links


def _course_room(db: Connection, deps: Deps, selection: Selection, now: datetime) -> LinkableRoom:
    """Made where nobody has launched into the course yet; the first launch may name it otherwise."""
    key = RoomKey("course", selection.context_id, "")
    return _found_or_made(db, deps, selection, key, selection.course_name, now, is_named=False)


def _new_room(
    db: Connection, deps: Deps, selection: Selection, text: str, taken: Iterable[str], now: datetime
) -> LinkableRoom:
    try:
        name = chosen_room_name(text)
    except ValueError:
        name = ""
    if not name:
        raise ChoiceRefused(Fault.NAME)
    if _alike(name) in map(_alike, taken):
        raise ChoiceRefused(Fault.TAKEN)
    key = RoomKey("named", selection.context_id, uuid4().hex)
    return _found_or_made(db, deps, selection, key, name, now, is_named=True)


def _alike(name: str) -> str:
    """Names that people would take for one another."""
    return unicodedata.normalize("NFKC", name).casefold()


def _found_or_made(
    db: Connection, deps: Deps, selection: Selection, key: RoomKey, name: str, now: datetime, *, is_named: bool
) -> LinkableRoom:
    room_id = room_service.find_or_make(
        db,
        deps.vault,
        deployment_id=selection.deployment_id,
        course_id=selection.course_id,
        key=key,
        name=name,
        now=now,
        is_named=is_named,
    )
    row: AnyRow = db.execute(select(rooms.c.name, rooms.c.link_key).where(rooms.c.id == room_id)).one()
    return LinkableRoom(room_id, key.scope, key.scope_id, row.name, row.link_key)


def _signed(deps: Deps, selection: Selection, links: list[Link], key: SigningKey, *, graded: bool) -> Answer:
    token = answer(
        selection.wanted,
        links,
        url=launch_url(deps),
        graded=graded,
        issuer=selection.issuer,
        client_id=selection.client_id,
        deployment_id=selection.lti_deployment_id,
        key=key,
        now=deps.clock(),
    )
    return Answer(selection.wanted.return_url, token, len(links))
