"""Browser sessions and grants (DESIGN "Sessions"): a session is a cookie's hash, a grant one person in one room."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, bindparam, case, exists, func, literal, or_, select

from lti_elos.db.prepared import Prepared, Statement
from lti_elos.db.tables import AnyRow, browser_sessions, deployments, grants, launches, platforms, rooms, users
from lti_elos.db.upserts import insert_into
from lti_elos.domain.policies import Policies
from lti_elos.domain.roles import RoleName, Standing
from lti_elos.domain.rooms import leads_on
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import SessionEnded
from lti_elos.services.deps import Deps

LIFE = timedelta(hours=8)
IDLE = timedelta(hours=2)
_TOUCH_EVERY = timedelta(minutes=5)
"""How old ``used_at`` may grow before a request writes it again: one write in five minutes, not one a poll."""


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


VIEWER = (
    select(
        grants.c.id,
        grants.c.session_id,
        grants.c.room_id,
        grants.c.user_id,
        grants.c.launch_id,
        grants.c.ends_at,
        grants.c.used_at,
        grants.c.typed_name,
        users.c.typed_name.label("kept_name"),
        users.c.platform_id,
        users.c.name,
        users.c.given_name,
        launches.c.deployment_id,
        launches.c.moderates,
        launches.c.manages,
        launches.c.role,
        launches.c.is_test,
        launches.c.administers,
        launches.c.locale,
        launches.c.time_zone,
        launches.c.return_url,
        launches.c.lms_name,
        launches.c.group_ids,
        platforms.c.family,
        platforms.c.policies,
    )
    .select_from(
        grants.join(users, users.c.id == grants.c.user_id)
        .join(launches, launches.c.id == grants.c.launch_id)
        .join(deployments, deployments.c.id == launches.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
    )
    # A disabled platform or deployment ends grants at once: it is asked on every request.
    .where(grants.c.ended_at.is_(None), platforms.c.enabled, deployments.c.is_active)
)


_VIEWER_BY_COOKIE = Prepared(
    VIEWER.join(browser_sessions, browser_sessions.c.id == grants.c.session_id).where(
        browser_sessions.c.token_hash == bindparam("token_hash"),
        grants.c.room_id == bindparam("of_room"),
        grants.c.ends_at > bindparam("now"),
        grants.c.used_at > bindparam("idle_since"),
    )
)


def viewer_from(row: AnyRow) -> Viewer:
    """The viewer of a row of ``VIEWER``."""
    policies = Policies.from_json(row.policies)
    typed_names = {"keep": row.kept_name, "session": row.typed_name}
    return Viewer(
        grant_id=row.id,
        launch_id=row.launch_id,
        session_id=row.session_id,
        user_id=row.user_id,
        platform_id=row.platform_id,
        deployment_id=row.deployment_id,
        room_id=row.room_id,
        standing=Standing(row.moderates, row.manages, RoleName(row.role), row.is_test, row.administers),
        name=row.name,
        given_name=row.given_name,
        locale=row.locale,
        time_zone=row.time_zone,
        lms_name=row.lms_name,
        lms_family=row.family,
        return_url=row.return_url,
        policies=policies,
        ends_at=row.ends_at,
        groups=tuple(row.group_ids),
        typed_name=None if row.name else typed_names.get(policies.typed_names),
    )


def room_of_administrator(deps: Deps, token: str | None) -> UUID:
    """The room through which this browser's last administrator of an LMS came. Raises SessionEnded without one."""
    now = deps.clock()
    with deps.database.reading() as db:
        latest = VIEWER.join(browser_sessions, browser_sessions.c.id == grants.c.session_id).where(
            browser_sessions.c.token_hash == hash_token(token or ""),
            grants.c.ends_at > now,
            grants.c.used_at > now - IDLE,
            launches.c.administers,
        )
        row = db.execute(latest.order_by(grants.c.ends_at.desc(), grants.c.id).limit(1)).one_or_none()
    if row is None:
        raise SessionEnded("no administrator's grant in this browser")
    room_id: UUID = row.room_id
    return room_id


def viewer_of(deps: Deps, token: str | None, room_id: UUID) -> Viewer:
    """Who this browser is in this room. Raises SessionEnded without a live grant there, or one that leads there."""
    if not token:
        raise SessionEnded("no session cookie")
    now = deps.clock()
    with deps.database.reading() as db:
        row = _VIEWER_BY_COOKIE.first(db, token_hash=hash_token(token), of_room=room_id, now=now, idle_since=now - IDLE)
    if row is None:
        return _go_on(deps, token, room_id, now)
    if now - row.used_at > _TOUCH_EVERY:
        with deps.database.transaction() as db:
            db.execute(grants.update().where(grants.c.id == row.id).values(used_at=now))
    return viewer_from(row)


_AIM = rooms.alias()
"""The room that somebody wants to go on to."""

_LEADS = (
    VIEWER.add_columns(
        grants.c.typed_name.label("session_name"),
        rooms.c.scope.label("here"),
        _AIM.c.scope.label("to_scope"),
        _AIM.c.scope_id.label("to_scope_id"),
    )
    .join(browser_sessions, browser_sessions.c.id == grants.c.session_id)
    .join(rooms, and_(rooms.c.id == grants.c.room_id, rooms.c.deployment_id == launches.c.deployment_id))
    .join(_AIM, and_(_AIM.c.course_id == rooms.c.course_id, _AIM.c.deployment_id == rooms.c.deployment_id))
    .order_by(grants.c.ends_at.desc(), grants.c.id)
)


def _leading(db: Connection, token: str, room_id: UUID, now: datetime) -> AnyRow | None:
    """The session's live grant in the same course that leads on to this room, the longest one."""
    rows = db.execute(
        _LEADS.where(
            browser_sessions.c.token_hash == hash_token(token),
            grants.c.ends_at > now,
            grants.c.used_at > now - IDLE,
            _AIM.c.id == room_id,
        )
    )
    return next(
        (
            row
            for row in rows
            if leads_on(
                row.here,
                to_scope=row.to_scope,
                to_scope_id=row.to_scope_id,
                groups=row.group_ids,
                manages=row.manages,
            )
        ),
        None,
    )


def _go_on(deps: Deps, token: str, room_id: UUID, now: datetime) -> Viewer:
    """A grant in a sibling room: the launch behind it and its end are those of the grant that leads there."""
    with deps.database.reading() as db:  # strangers and forged ids take no lock
        source = _leading(db, token, room_id, now)
    if source is None:
        raise SessionEnded("no live grant for this room in this session")
    with deps.database.transaction() as db:
        # A launch of the person takes this row first: it takes the new grant along, or is what is read next.
        db.execute(select(users.c.id).where(users.c.id == source.user_id).with_for_update())
        source = _leading(db, token, room_id, now)
        if source is None:
            raise SessionEnded("the grant that led here has just ended")
        grant(
            db,
            source.session_id,
            room_id=room_id,
            user_id=source.user_id,
            launch_id=source.launch_id,
            ends_at=source.ends_at,
            now=now,
            typed_name=source.session_name,
        )
        row = db.execute(VIEWER.where(grants.c.session_id == source.session_id, grants.c.room_id == room_id)).one()
    return viewer_from(row)


# --- statements ------------------------------------------------------------------------------------------------------

_FIND_SESSION = Prepared(select(browser_sessions.c.id).where(browser_sessions.c.token_hash == bindparam("token_hash")))
_START_SESSION = Prepared(browser_sessions.insert(), sets=["id", "token_hash", "created_at"])
_END_OTHERS = Prepared(
    grants.update().where(
        grants.c.session_id == bindparam("of_session"),
        grants.c.user_id != bindparam("of_user"),
        grants.c.ended_at.is_(None),
        grants.c.user_id.in_(select(users.c.id).where(users.c.platform_id == bindparam("of_platform"))),
    ),
    sets=["ended_at"],
)
_GRANT_UPDATES = ("user_id", "launch_id", "ends_at", "used_at", "ended_at", "created_at")


def _insert_grant(dialect: str) -> Statement:
    statement = insert_into(dialect, grants)
    given = statement.excluded
    # The name given with the grant, or the same person's from before.
    before = case((grants.c.user_id == given.user_id, grants.c.typed_name), else_=None)
    return statement.on_conflict_do_update(
        index_elements=["session_id", "room_id"],
        set_={column: given[column] for column in _GRANT_UPDATES}
        | {"typed_name": func.coalesce(given.typed_name, before)},
    )


_GRANT = Prepared(_insert_grant, sets=[*_GRANT_UPDATES, "id", "session_id", "room_id", "typed_name"])
# Those that have the launch already, such as the one it brought, need no second writing.
_OF_USER = grants.update().where(
    grants.c.user_id == bindparam("of_user"),
    grants.c.ended_at.is_(None),
    grants.c.launch_id != bindparam("but_of"),
)
_TAKE_ON_IN_ROOM = Prepared(_OF_USER.where(grants.c.room_id == bindparam("of_room")), sets=["launch_id"])
_TAKE_ON_IN_COURSE = Prepared(
    _OF_USER.where(grants.c.room_id.in_(select(rooms.c.id).where(rooms.c.course_id == bindparam("of_course")))),
    sets=["launch_id"],
)
_OF_GROUP = and_(rooms.c.id == grants.c.room_id, rooms.c.scope == "group")
_MANAGED_A_GROUP = exists().where(_OF_GROUP, launches.c.id == grants.c.launch_id, launches.c.manages).correlate(grants)
_TAKE_ON_AS_ATTENDEE = Prepared(
    _OF_USER.where(grants.c.room_id.in_(select(rooms.c.id).where(rooms.c.course_id == bindparam("of_course")))).values(
        ended_at=case((_MANAGED_A_GROUP, bindparam("now", type_=grants.c.ended_at.type)), else_=None)
    ),
    sets=["launch_id"],
)


# --- grants ----------------------------------------------------------------------------------------------------------


def find_session(db: Connection, token: str | None) -> UUID | None:
    """The session of a cookie; None for no cookie, or one that is not ours."""
    if not token:
        return None
    found: UUID | None = _FIND_SESSION.value(db, token_hash=hash_token(token))
    return found


def start_session(db: Connection, *, now: datetime) -> tuple[UUID, str]:
    """A new session's id and its cookie's value."""
    token = secrets.token_urlsafe(32)
    session_id = uuid4()
    _START_SESSION.run(db, id=session_id, token_hash=hash_token(token), created_at=now)
    return session_id, token


def end_grants_of_others(db: Connection, session_id: UUID, *, platform_id: UUID, user_id: UUID, now: datetime) -> None:
    """On a shared computer, whoever launched before on this platform goes: grants never pass to another person."""
    _END_OTHERS.run(db, of_session=session_id, of_user=user_id, of_platform=platform_id, ended_at=now)


def grant(
    db: Connection,
    session_id: UUID,
    *,
    room_id: UUID,
    user_id: UUID,
    launch_id: UUID,
    ends_at: datetime,
    now: datetime,
    typed_name: str | None = None,
) -> None:
    """Add the room's grant to the session, or replace it: tabs of other rooms keep theirs.

    A name that the person gave stays with the person, and goes when the grant passes to another one.
    """
    _GRANT.run(
        db,
        id=uuid4(),
        session_id=session_id,
        room_id=room_id,
        user_id=user_id,
        launch_id=launch_id,
        ends_at=ends_at,
        used_at=now,
        ended_at=None,
        created_at=now,
        typed_name=typed_name,
    )


def take_on_launch(
    db: Connection,
    launch_id: UUID,
    *,
    user_id: UUID,
    room_id: UUID,
    course_id: UUID | None,
    groups: Sequence[str],
    manages: bool,
    now: datetime,
) -> None:
    """The last launch of a person in a course decides: in all its rooms, in every browser that holds a grant.

    Who does not manage keeps no grant in the room of a group that a group link's launch does not name any more. A
    launch through another link says nothing of groups: grants stay, but not those of who managed until now (they may be
    in other people's groups).
    """
    if not course_id:
        _TAKE_ON_IN_ROOM.run(db, of_user=user_id, of_room=room_id, launch_id=launch_id, but_of=launch_id)
    elif manages:
        _TAKE_ON_IN_COURSE.run(db, of_user=user_id, of_course=course_id, launch_id=launch_id, but_of=launch_id)
    elif groups:
        gone = exists().where(_OF_GROUP, rooms.c.scope_id.not_in(groups)).correlate(grants)
        ended_at = case((gone, literal(now, grants.c.ended_at.type)), else_=None)
        of_course = grants.c.room_id.in_(select(rooms.c.id).where(rooms.c.course_id == course_id))
        mine = grants.update().where(grants.c.user_id == user_id, grants.c.ended_at.is_(None), of_course)
        db.execute(mine.values(launch_id=launch_id, ended_at=ended_at))
    else:
        _TAKE_ON_AS_ATTENDEE.run(
            db, of_user=user_id, of_course=course_id, launch_id=launch_id, but_of=launch_id, now=now
        )


def leave_groups(db: Connection, *, user_id: UUID, course_id: UUID, now: datetime) -> None:
    """After a launch that was refused because its person is in no group: end what groups and managing had given.

    A refused launch leaves no row that could take grants over, so whoever managed the course until now comes in anew.
    """
    gone = exists().where(
        rooms.c.id == grants.c.room_id,
        rooms.c.course_id == course_id,
        launches.c.id == grants.c.launch_id,
        or_(rooms.c.scope == "group", launches.c.manages),
    )
    db.execute(
        grants.update()
        .where(grants.c.user_id == user_id, grants.c.ended_at.is_(None), gone.correlate(grants))
        .values(ended_at=now)
    )
