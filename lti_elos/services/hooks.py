"""Hooks: one per server, made and looked after by a job; and the inbox of what they deliver (DESIGN "Callbacks")."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select

from lti_elos.db.prepared import Prepared
from lti_elos.db.tables import AnyRow, deployments, events, hooks, meetings, platforms, rooms, servers
from lti_elos.db.upserts import insert_into, insert_or_update
from lti_elos.elos.addresses import is_within_reach
from lti_elos.elos.hooks import RECORDING_EVENTS, Event, is_authentic, read_delivery
from lti_elos.errors import ElosError, ElosNoServer, NotFound
from lti_elos.log import Seldom
from lti_elos.services import events as event_jobs
from lti_elos.services import history, jobs, recording_sync
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import SECRET
from lti_elos.services.jobs import Job
from lti_elos.vault import SealBroken

log = logging.getLogger(__name__)
_refused = Seldom()

KIND = "hooks"
EVERY = timedelta(minutes=10)
_DAILY = timedelta(hours=24)
_PATIENCE = timedelta(minutes=2)
"""How long events may be late before their hook counts as dead."""
_ROUND = timedelta(seconds=1)
"""How exactly the last delivery is noted: deliveries of a second share one write."""
_TOKEN = "hook-token"  # noqa: S105 - the purpose in the vault
_EVER = datetime.min.replace(tzinfo=UTC)
DEAF_FOR = timedelta(minutes=10)
"""Longer than a hook that went silent is left as it is: it was made anew, and still nothing comes."""
KEPT = timedelta(days=30)
"""Events; the meetings they told of stay."""


def url_of(deps: Deps, server_id: UUID) -> str:
    """Where this server's events come. Final: after a redirect Elos would deliver nothing."""
    return f"{deps.settings.base_url}/elos/hooks/{server_id}"


# --- keeping them ----------------------------------------------------------------------------------------------------


_HOOKED = select(servers, *(column.label(f"hook_{column.name}") for column in hooks.columns)).outerjoin(
    hooks, hooks.c.server_id == servers.c.id
)


def look_after(deps: Deps, _job: Job) -> None:
    """The job: every server has its hook. Asks a server only when there is a reason to.

    A server that does not answer is no failure of the job: the next turn tries again, and the hook's row tells why.
    """
    with deps.database.reading() as db:
        rows = db.execute(_HOOKED).all()
    for row in rows:
        reason = _reason(deps, row)
        if reason:
            _keep(deps, row, anew=reason == "silent")


def look_at(deps: Deps, server_id: UUID) -> None:
    """The same for one server, asked in any case. Its hook's row tells how it went. Raises NotFound."""
    with deps.database.reading() as db:
        row = db.execute(_HOOKED.where(servers.c.id == server_id)).one_or_none()
    if row is None:
        raise NotFound("no such server")
    if is_within_reach(url_of(deps, server_id), of=row.internal_url or row.url):
        _keep(deps, row, anew=_is_silent(deps, row))


def _reason(deps: Deps, row: AnyRow) -> str:
    """Why the server is to be asked about its hook; "" for no reason."""
    url = url_of(deps, row.id)
    if not is_within_reach(url, of=row.internal_url or row.url):
        return ""
    if not row.hook_hook_id or row.hook_url != url:
        return "missing"
    if _is_silent(deps, row):
        return "silent"
    now = deps.clock()
    return "daily" if row.hook_checked_at is None or row.hook_checked_at < now - _DAILY else ""


def _is_silent(deps: Deps, row: AnyRow) -> bool:
    """Whether something happened at the server that its hook did not tell: a listed hook may be dead (elos-api 5.2)."""
    late = deps.clock() - _PATIENCE
    since = max((moment for moment in (row.hook_made_at, row.hook_last_event_at) if moment), default=_EVER)
    if row.hook_missed_at is not None and since < row.hook_missed_at < late:
        return True
    untold = exists().where(
        meetings.c.server_id == row.id,
        meetings.c.created_at > since,
        meetings.c.created_at < late,
        meetings.c.told_at.is_(None),
    )
    with deps.database.reading() as db:
        return bool(db.scalar(select(untold)))


def _keep(deps: Deps, row: AnyRow, *, anew: bool) -> None:
    now, url = deps.clock(), url_of(deps, row.id)
    try:
        client = deps.elos.of_row(row)
        found = [hook for hook in client.hooks() if hook.url == url]
        if anew:
            for hook in found:
                client.destroy_hook(hook.id)
            found = []
        hook, made = (found[0], False) if found else (client.create_hook(url), True)
        if not hook.is_enabled:
            client.enable_hook(hook.id)
    except ElosError as trouble:
        log.warning("hook not kept", extra={"server": row.name, "code": trouble.code})
        with deps.database.transaction() as db:
            _write(db, row.id, {"trouble": trouble.code}, url=url)
        return
    changed: dict[str, object] = {"hook_id": hook.id, "url": url, "checked_at": now, "trouble": ""}
    if made or hook.id != row.hook_hook_id:
        changed["made_at"] = now
    if hook.token or made:
        changed["token_sealed"] = deps.vault.seal(_TOKEN, hook.token) if hook.token else ""
    with deps.database.transaction() as db:
        _write(db, row.id, changed, url=url)
    log.info("hook kept", extra={"server": row.name, "made": made})


def _write(db: Connection, server_id: UUID, changed: dict[str, object], *, url: str) -> None:
    new = {"server_id": server_id, "hook_id": "", "url": url, "token_sealed": "", "trouble": ""}
    insert_or_update(db, hooks, new | changed, key=["server_id"], update=list(changed), returning=hooks.c.server_id)


def missed(db: Connection, server_id: UUID, *, now: datetime) -> None:
    """A question to Elos found what no event had told (yet)."""
    db.execute(hooks.update().where(hooks.c.server_id == server_id).values(missed_at=now))


DELIVERS = and_(
    hooks.c.last_event_at >= hooks.c.made_at,
    or_(hooks.c.missed_at.is_(None), hooks.c.missed_at < hooks.c.last_event_at),
)
"""SQL: whether a hook has told what happened lately, so that questions may come seldom."""
SELDOM = 10
"""How many times as long a question waits then."""


IS_DEAF = and_(
    hooks.c.missed_at.is_not(None),
    or_(hooks.c.last_event_at.is_(None), hooks.c.last_event_at < hooks.c.missed_at),
)
"""SQL: whether a question has found what no event has told, and none has come since."""


# --- the inbox -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came."""

    authorization: str
    checksum: str
    content_type: str
    body: bytes


def receive(deps: Deps, server_id: UUID, delivery: Delivery) -> bool:
    """Take a delivery in: once stored, it will be worked on. False: it proves nothing, and nothing was kept.

    Raises NotFound for a server that is none of ours; what the database raises when it could not be stored.
    """
    now = deps.clock()
    server, tokens, secret = _sender(deps, server_id)
    authentic = is_authentic(
        authorization=delivery.authorization,
        checksum=delivery.checksum,
        url=url_of(deps, server_id),
        body=delivery.body,
        tokens=tokens,
        secret=secret,
        takes_checksums=server.kind == "bbb",
    )
    if not authentic:
        deps.counts.delivery(is_taken=False)
        if times := _refused.times(server_id, now=now):
            log.warning("hook delivery refused", extra={"server": server.name, "times": times})
        return False
    told = read_delivery(delivery.content_type, delivery.body)
    asked: set[int | None] = set()
    foreign = 0
    with deps.database.transaction() as db:
        for event in told:
            meeting_id = _meeting_of(db, server_id, event, now)
            if meeting_id is None:
                foreign += 1
            elif _keep_event(db, meeting_id, event, now):
                asked.add(jobs.ask(db, event_jobs.KIND, str(meeting_id), now=now))
                if event.name in RECORDING_EVENTS:
                    room_id = db.scalar(select(meetings.c.room_id).where(meetings.c.id == meeting_id))
                    asked.add(jobs.ask(db, recording_sync.KIND_OF_ROOM, str(room_id), now=now))
        if _is_old(server, now):
            db.execute(hooks.update().where(hooks.c.server_id == server_id).values(last_event_at=now))
    for job_id in asked:
        deps.bell.ring(job_id)
    deps.counts.delivery(is_taken=True)
    if foreign:
        log.debug("events of others", extra={"server": server.name, "events": foreign})
    return True


_SENDER = Prepared(
    select(servers, hooks.c.token_sealed, hooks.c.last_event_at, hooks.c.missed_at)
    .outerjoin(hooks, hooks.c.server_id == servers.c.id)
    .where(servers.c.id == bindparam("of_server"))
)


def _is_old(server: AnyRow, now: datetime) -> bool:
    last = server.last_event_at
    return last is None or last < now - _ROUND or (server.missed_at is not None and server.missed_at >= last)


def _sender(deps: Deps, server_id: UUID) -> tuple[AnyRow, list[str], str]:
    with deps.database.reading() as db:
        row = _SENDER.first(db, of_server=server_id)
    if row is None:
        raise NotFound("no such server")
    try:
        secret = deps.vault.open(SECRET, row.secret_sealed)
        token = deps.vault.open(_TOKEN, row.token_sealed) if row.token_sealed else secret
    except SealBroken:
        raise ElosNoServer("its secret was sealed with a SECRET_KEY that is gone", server=row.name) from None
    return row, [token], secret


_KNOWN = Prepared(
    select(meetings.c.id).where(
        meetings.c.internal_id == bindparam("of_meeting"), meetings.c.server_id == bindparam("of_server")
    )
)
_KEEP = Prepared(
    lambda dialect: insert_into(dialect, events).on_conflict_do_nothing().returning(events.c.fingerprint),
    sets=[column.name for column in events.columns],
)
_DEFAULT = select(servers.c.id).where(servers.c.is_default).scalar_subquery()


def _meeting_of(db: Connection, server_id: UUID, event: Event, now: datetime) -> UUID | None:
    """The meeting that the event is of, if it is one of our rooms' at this server. Others may share the secret."""
    known: UUID | None = _KNOWN.value(db, of_meeting=event.internal_id, of_server=server_id)
    if known is not None or not event.external_id:
        return known
    room_id = db.scalar(
        select(rooms.c.id)
        .join(deployments, deployments.c.id == rooms.c.deployment_id)
        .join(platforms, platforms.c.id == deployments.c.platform_id)
        .where(rooms.c.meeting_id == event.external_id, func.coalesce(platforms.c.server_id, _DEFAULT) == server_id)
    )
    if room_id is None:
        return None
    return history.note(db, room_id, event.internal_id, server_id=server_id, now=now)


def _keep_event(db: Connection, meeting_id: UUID, event: Event, now: datetime) -> bool:
    """Whether it is new."""
    kept = _KEEP.value(
        db,
        meeting_id=meeting_id,
        fingerprint=event.fingerprint,
        name=event.name[:100],
        at=event.at,
        who=event.who,
        person=event.user_id,
        record_id=event.record_id,
        more=dict(event.more),
        received_at=now,
    )
    return kept is not None


def sweep(db: Connection, *, before: datetime) -> None:
    """Forget the events of meetings that nothing was told of since."""
    old = select(meetings.c.id).where(meetings.c.told_at < before)
    db.execute(events.delete().where(events.c.meeting_id.in_(old)))
