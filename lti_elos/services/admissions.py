"""Admission: what the database knows of a launch, and the one short transaction that lets it in (DESIGN "Launch" 5).

Everything here is Core, not ORM: this path runs on every click.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from sqlalchemy import Connection, and_, bindparam, select

from lti_elos.causes import Cause
from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import browser_sessions, courses, deployments, launches, platforms, rooms, spent, users
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.browsers import CookieWay
from lti_elos.domain.metadata import variables_of
from lti_elos.domain.names import NAME_LIMIT, ROOM_NAME_LIMIT, person_name, room_name, tidy
from lti_elos.domain.platform import Platform
from lti_elos.domain.roles import Standing
from lti_elos.domain.rooms import SEVERAL, RoomKey, context_history, launch_groups
from lti_elos.errors import DeploymentPending, PlatformUnknown, Replayed
from lti_elos.lti.claims import LaunchClaims, MessageClaims
from lti_elos.lti.course_facts import course_facts
from lti_elos.lti.id_token import LEEWAY_S
from lti_elos.lti.products import product_name
from lti_elos.services import rooms as room_service
from lti_elos.services import sessions, siblings
from lti_elos.services.deps import Deps
from lti_elos.services.logins import STATE_TTL, State
from lti_elos.services.rooms import Linked
from lti_elos.services.spent import spend

CONNECTION_PATH = "/lms"
"""Where an LMS's administrators see how its connection does."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where the launch leads, and the session cookie to set (None: the browser has it)."""

    room_id: UUID
    launch_id: UUID
    new_token: str | None
    binding_cookie: str
    """The cookie that bound this launch to its browser: it has done its work."""
    is_elsewhere: bool = False
    """The link names a room that is not in this course: whoever manages is told why another one opens."""
    is_for_connection: bool = False
    """An administrator's link to /lms."""
    recording_id: UUID | None = None
    """The recording that the link names: of the room's course, or shown in it, as far as ids tell."""
    names_recording: bool = False
    """The link names one, wherever it is."""


@dataclass(frozen=True, slots=True)
class KnownDeployment:
    """The deployment's row."""

    id: UUID
    is_active: bool


@dataclass(frozen=True, slots=True)
class KnownUser:
    """The person's row."""

    id: UUID
    name: str
    given_name: str
    number: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class KnownCourse:
    """The course's row."""

    id: UUID
    title: str
    label: str
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knew before the launch, read in one go."""

    deployment: KnownDeployment | None
    user: KnownUser | None
    course: KnownCourse | None
    room: tuple[UUID, str] | None
    session_id: UUID | None
    is_spent: bool


_KNOWN = Prepared(
    select(
        deployments.c.id.label("deployment_id"),
        deployments.c.is_active,
        users.c.id.label("user_id"),
        users.c.name.label("user_name"),
        users.c.given_name,
        users.c.number,
        users.c.last_seen_at,
        courses.c.id.label("course_id"),
        courses.c.title,
        courses.c.label,
        courses.c.earlier,
        rooms.c.id.label("room_id"),
        rooms.c.name.label("room_name"),
        browser_sessions.c.id.label("session_id"),
        spent.c.key.label("spent_key"),
    )
    .select_from(
        platforms.outerjoin(
            deployments,
            and_(
                deployments.c.platform_id == platforms.c.id,
                deployments.c.deployment_id == bindparam("deployment"),
            ),
        )
        .outerjoin(users, and_(users.c.platform_id == platforms.c.id, users.c.sub == bindparam("sub")))
        .outerjoin(
            courses,
            and_(courses.c.deployment_id == deployments.c.id, courses.c.context_id == bindparam("context")),
        )
        .outerjoin(
            rooms,
            and_(rooms.c.deployment_id == deployments.c.id, rooms.c.key_digest == bindparam("key_digest")),
        )
        .outerjoin(browser_sessions, browser_sessions.c.token_hash == bindparam("token_hash"))
        .outerjoin(spent, and_(spent.c.purpose == "state", spent.c.key == bindparam("state")))
    )
    .where(platforms.c.id == bindparam("platform_id"))
)
_LOCK_USER = Prepared(select(users.c.id).where(users.c.id == bindparam("of_user")).with_for_update())
_INSERT_LAUNCH = Prepared(launches.insert(), sets=[column.name for column in launches.columns])


def read_known(
    db: Connection,
    platform: Platform,
    claims: MessageClaims,
    key: RoomKey,
    state: State,
    session_token: str | None,
) -> Known:
    """What admission needs to know, by indexes alone. Reads; takes no lock."""
    row: Any = _KNOWN.first(
        db,
        platform_id=platform.id,
        deployment=claims.deployment_id,
        sub=claims.sub,
        context=claims.context.id if claims.context else None,  # NULL equals nothing
        key_digest=key.digest,
        token_hash=sessions.hash_token(session_token) if session_token else None,
        state=state.id,
    )
    if row is None:
        raise PlatformUnknown("the platform was removed after the login", cause=Cause.PLATFORM_REMOVED)
    return Known(
        deployment=KnownDeployment(row.deployment_id, row.is_active) if row.deployment_id else None,
        user=KnownUser(row.user_id, row.user_name, row.given_name, row.number, row.last_seen_at)
        if row.user_id
        else None,
        course=KnownCourse(row.course_id, row.title, row.label, tuple(row.earlier)) if row.course_id else None,
        room=(row.room_id, row.room_name) if row.room_id else None,
        session_id=row.session_id,
        is_spent=row.spent_key is not None,
    )


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came, from where, in which browser: what every message brings."""

    deployment_id: UUID
    user_id: UUID
    course_id: UUID | None
    session_id: UUID
    new_token: str | None
    lms_name: str


def arrive(
    db: Connection,
    platform: Platform,
    claims: MessageClaims,
    state: State,
    known: Known,
    now: datetime,
    *,
    manages: bool = False,
) -> Arrival:
    """Spend a checked message's state and write who it brings, in the caller's transaction.

    :param manages: what the message says of the course's own past is kept; it is for who manages alone.

    Raises Replayed when another one spent the state meanwhile, DeploymentPending likewise.
    """
    # The state carries the nonce, so spending one spends both; kept past the state's age and the clock's leeway.
    if not spend(db, "state", state.id, ends_at=now + STATE_TTL + 2 * timedelta(seconds=LEEWAY_S)):
        raise Replayed("the state was spent meanwhile")
    family = tidy(claims.tool_platform.product_family_code, 100)
    if family and family != platform.family:
        db.execute(platforms.update().where(platforms.c.id == platform.id).values(family=family))
    deployment_id = (
        known.deployment.id
        if known.deployment is not None
        else insert_deployment(db, platform.id, claims.deployment_id, is_active=True, now=now)
    )
    user_id = _keep_user(db, platform.id, claims, known.user, now)
    earlier = context_history(claims.custom) if manages else ()
    course_id = _keep_course(db, deployment_id, claims, known.course, earlier, now)
    session_id, new_token = known.session_id, None
    if session_id is None:
        session_id, new_token = sessions.start_session(db, now=now)
    else:
        sessions.end_grants_of_others(db, session_id, platform_id=platform.id, user_id=user_id, now=now)
    lms_name = tidy(product_name(family or platform.family, claims.tool_platform.name), 100)
    return Arrival(deployment_id, user_id, course_id, session_id, new_token, lms_name)


def admit(
    db: Connection,
    deps: Deps,
    platform: Platform,
    claims: LaunchClaims,
    key: RoomKey,
    linked: Linked | None,
    state: State,
    known: Known,
    standing: Standing,
    way: CookieWay,
    now: datetime,
) -> Accepted:
    """Let a checked launch in, in the caller's transaction.

    :param linked: the room that the link names; ``key`` is that of a launch whose link names none.
    :raise LaunchRefused: as ``arrive`` does; NoGroup or NoTeacher when the course has no room for the person.
    """
    arrival = arrive(db, platform, claims, state, known, now, manages=standing.manages)
    deployment_id, user_id, course_id = arrival.deployment_id, arrival.user_id, arrival.course_id
    groups = () if linked else launch_groups(key.scope, claims.custom)
    if linked:
        room_id = _keep_linked(db, deps, deployment_id, course_id, claims, linked, now)
    elif key.scope in SEVERAL:
        room_id = _choose_room(db, deps, deployment_id, course_id, user_id, claims, key, groups, standing, now)
    else:
        room_id = _keep_room(db, deps, deployment_id, course_id, claims, key, known.room, now)
    launch_id = uuid4()
    _INSERT_LAUNCH.run(
        db,
        id=launch_id,
        deployment_id=deployment_id,
        user_id=user_id,
        room_id=room_id,
        moderates=standing.moderates,
        manages=standing.manages,
        role=standing.role.value,
        is_test=standing.is_test,
        locale=tidy(claims.presentation.locale or claims.locale, 35),
        time_zone=_time_zone(claims),
        return_url=claims.presentation.return_url,
        lms_name=arrival.lms_name,
        group_ids=list(groups),
        cookie_way=way.value,
        administers=standing.administers,
        facts=_facts(platform, claims, standing),
        created_at=now,
    )
    sessions.grant(
        db,
        arrival.session_id,
        room_id=room_id,
        user_id=user_id,
        launch_id=launch_id,
        ends_at=now + sessions.LIFE,
        now=now,
    )
    if known.user is not None:
        sessions.take_on_launch(
            db,
            launch_id,
            user_id=user_id,
            room_id=room_id,
            course_id=course_id,
            groups=groups,
            manages=standing.manages,
            now=now,
        )
    is_for_connection = standing.administers and _path(claims.target_link_uri) == CONNECTION_PATH
    return Accepted(room_id, launch_id, arrival.new_token, state.cookie_name, is_for_connection=is_for_connection)


def _facts(platform: Platform, claims: LaunchClaims, standing: Standing) -> dict[str, str]:
    """What the meetings that this person opens are to be found by."""
    extra = platform.policies.extra_metadata
    return course_facts(claims, variables_of(extra)) if extra and may(standing, Ability.OPEN) else {}


def _path(target_link_uri: str) -> str:
    """Of an address that is on our origin."""
    return urlsplit(target_link_uri).path.rstrip("/")


_zones = functools.cache(available_timezones)
"""A walk over the zone files: once a process, not once a launch."""


def _time_zone(claims: LaunchClaims) -> str:
    """``user_tz=$Person.address.timezone``; "" unless it is a zone's name (Moodle says 99 for "the server's")."""
    named = claims.custom.get("user_tz", "")
    return named if named and named in _zones() else ""


def insert_deployment(db: Connection, platform_id: UUID, deployment_id: str, *, is_active: bool, now: datetime) -> UUID:
    """A deployment's row, made if it is new. Raises DeploymentPending when it is there and waits."""
    values = {
        "id": uuid4(),
        "platform_id": platform_id,
        "deployment_id": deployment_id,
        "is_active": is_active,
        "created_at": now,
    }
    made: UUID | None = insert_if_new(db, deployments, values, returning=deployments.c.id)
    if made is not None:
        return made
    row = db.execute(
        select(deployments).where(
            deployments.c.platform_id == platform_id, deployments.c.deployment_id == deployment_id
        )
    ).one()
    if is_active and not row.is_active:
        raise DeploymentPending("the deployment waits for approval", received=deployment_id)
    found: UUID = row.id
    return found


_SEEN_EVERY = timedelta(hours=1)
"""How old ``last_seen_at`` may grow before a launch writes it again."""


def _keep_user(
    db: Connection, platform_id: UUID, claims: MessageClaims, known: KnownUser | None, now: datetime
) -> UUID:
    name = person_name(name=claims.name, given=claims.given_name, family=claims.family_name)
    values: dict[str, Any] = {
        "name": name,
        "given_name": tidy(claims.given_name, NAME_LIMIT),
        "number": _number(claims.lis.person_sourcedid),
        "last_seen_at": now,
    }
    if name:  # what the person typed was to stand in for it
        values["typed_name"] = None
    if known is not None:
        is_recent = now - known.last_seen_at < _SEEN_EVERY
        is_same = (known.name, known.given_name, known.number) == (name, values["given_name"], values["number"])
        if is_recent and is_same:
            if db.dialect.name == "postgresql":  # SQLite has one writer; here this row stands for the person
                _LOCK_USER.all(db, of_user=known.id)
            return known.id
    else:
        new = {"id": uuid4(), "platform_id": platform_id, "sub": claims.sub, "created_at": now}
        made: UUID | None = insert_if_new(db, users, new | values, returning=users.c.id)
        if made is not None:
            return made
    statement = users.update().where(users.c.platform_id == platform_id, users.c.sub == claims.sub)
    kept: UUID = db.execute(statement.values(**values).returning(users.c.id)).scalar_one()
    return kept


def _number(sent: str) -> str:
    """The institution's number of the person; "" for a variable that the LMS did not substitute."""
    return "" if sent.startswith("$") else tidy(sent, 255)


def _keep_course(
    db: Connection,
    deployment_id: UUID,
    claims: MessageClaims,
    known: KnownCourse | None,
    earlier: tuple[str, ...],
    now: datetime,
) -> UUID | None:
    """:param earlier: () leaves what is known: another link of the course may not tell"""
    if claims.context is None:
        return None
    values: dict[str, Any] = {
        "title": tidy(claims.context.title, ROOM_NAME_LIMIT),
        "label": tidy(claims.context.label, ROOM_NAME_LIMIT),
    }
    is_same = known is not None and (known.title, known.label) == (values["title"], values["label"])
    if known is not None and is_same and earlier in ((), known.earlier):
        return known.id
    if earlier:
        values["earlier"] = list(earlier)
    identity = {"deployment_id": deployment_id, "context_id": claims.context.id}
    made: UUID | None = insert_if_new(
        db, courses, identity | values | {"id": uuid4(), "created_at": now}, returning=courses.c.id
    )
    if made is not None:
        return made
    statement = courses.update().where(
        courses.c.deployment_id == deployment_id, courses.c.context_id == claims.context.id
    )
    kept: UUID = db.execute(statement.values(**values).returning(courses.c.id)).scalar_one()
    return kept


def _keep_room(
    db: Connection,
    deps: Deps,
    deployment_id: UUID,
    course_id: UUID | None,
    claims: LaunchClaims,
    key: RoomKey,
    known: tuple[UUID, str] | None,
    now: datetime,
) -> UUID:
    course_names = (claims.context.title, claims.context.label) if claims.context else ()
    link = claims.resource_link.title
    name = room_name(*course_names, link) if key.scope == "course" else room_name(link, *course_names)
    if known is None:
        return room_service.find_or_make(
            db, deps.vault, deployment_id=deployment_id, course_id=course_id, key=key, name=name, now=now
        )
    room_id, old_name = known
    if name and name != old_name:
        db.execute(rooms.update().where(rooms.c.id == room_id).values(name=name))
    return room_id


def _keep_linked(
    db: Connection,
    deps: Deps,
    deployment_id: UUID,
    course_id: UUID | None,
    claims: LaunchClaims,
    linked: Linked,
    now: datetime,
) -> UUID:
    """A room that a link names. The course's own goes by what the course is called now; others keep their names."""
    if linked.scope == "course" and claims.context:
        own = RoomKey("course", claims.context.id, "")
        _keep_room(db, deps, deployment_id, course_id, claims, own, (linked.id, linked.name), now)
    return linked.id


def _choose_room(
    db: Connection,
    deps: Deps,
    deployment_id: UUID,
    course_id: UUID | None,
    user_id: UUID,
    claims: LaunchClaims,
    key: RoomKey,
    groups: tuple[str, ...],
    standing: Standing,
    now: datetime,
) -> UUID:
    """Which of the course's rooms of the scope it is for this person. Raises NoGroup or NoTeacher."""
    assert course_id is not None  # noqa: S101 - a launch without context falls back to its resource link
    course = siblings.Course(deployment_id, course_id, key.context_id)
    if key.scope == "user":
        name = person_name(name=claims.name, given=claims.given_name, family=claims.family_name)
        return siblings.land_at_teacher(
            db, deps.vault, course, user_id=user_id, name=name, moderates=standing.moderates, now=now
        )
    room_id = siblings.land_in_group(db, deps.vault, course, groups=groups, manages=standing.manages, now=now)
    if room_id is not None:
        return room_id
    own = RoomKey("course", key.context_id, "")
    known = room_service.find_id(db, deployment_id, own)
    return _keep_room(db, deps, deployment_id, course_id, claims, own, known, now)
