"""What refused launches leave behind, for the operator who asks why (DESIGN "Launch" 6).

One redacted, bounded row each, and one row per cause that counts them: lists of causes cost the same however many
launches failed. Only refused launches pay for any of it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, func, or_, select

from lti_elos.causes import Cause
from lti_elos.db.tables import failed_launches, failures
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.browsers import Client, CookieWay
from lti_elos.domain.names import tidy
from lti_elos.errors import LaunchRefused
from lti_elos.lti.claims import LTI
from lti_elos.lti.redaction import payload_of, redacted, role_names
from lti_elos.services.deps import Deps
from lti_elos.services.logins import State, read_state
from lti_elos.vault import SealBroken, SealExpired

PER_MINUTE = 20
"""Rows a minute per platform and code; the rest is counted on the last of them."""
PEOPLE_LIMIT = 500
"""Of one cause; from there on "at least"."""
DAY = timedelta(hours=24)

Door = Literal["login", "launch", "verify"]

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_occurrence() -> str:
    """What a page shows and a person can read out: "7Q4M-2XKD"."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


_NOT_TOLD = Client("", "")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came in, and how."""

    door: Door
    form: Mapping[str, str]
    client: Client = _NOT_TOLD
    cookie: Callable[[str], str | None] = lambda _name: None

    @property
    def issuer(self) -> str:
        """As a login says, unverified."""
        return self.form.get("iss", "") if self.door == "login" else ""


def note(deps: Deps, refusal: LaunchRefused, attempt: Attempt, *, occurrence: str) -> None:
    """Keep a refused login or launch."""
    now = deps.clock()
    minute = now.replace(second=0, microsecond=0)
    evidence = _evidence(deps, refusal, attempt, now)
    platform_id = refusal.platform_id
    is_platform = (
        failed_launches.c.platform_id.is_(None) if platform_id is None else failed_launches.c.platform_id == platform_id
    )
    this_minute = (is_platform, failed_launches.c.code == refusal.code, failed_launches.c.minute == minute)
    with deps.database.transaction() as db:
        kept = db.execute(select(func.count()).select_from(failed_launches).where(*this_minute)).scalar_one()
        if kept >= PER_MINUTE:
            latest_first = (failed_launches.c.created_at.desc(), failed_launches.c.id)
            latest = select(failed_launches.c.id).where(*this_minute).order_by(*latest_first).limit(1)
            db.execute(
                failed_launches.update()
                .where(failed_launches.c.id == latest.scalar_subquery())
                .values(more=failed_launches.c.more + 1)
            )
            _count(db, refusal, attempt, evidence, now=now, kept_as=None)
            return
        row_id = uuid4()
        failure_id = _count(db, refusal, attempt, evidence, now=now, kept_as=row_id)
        db.execute(
            failed_launches.insert().values(
                id=row_id,
                failure_id=failure_id,
                platform_id=platform_id,
                code=refusal.code,
                occurrence=occurrence,
                detail=tidy(refusal.detail, 500),
                expected=tidy(refusal.expected, 500),
                received=tidy(refusal.received, 500),
                issuer=tidy(attempt.issuer, 300),
                minute=minute,
                more=0,
                created_at=now,
                **evidence,
            )
        )


# --- what is known of one --------------------------------------------------------------------------------------------


def _evidence(deps: Deps, refusal: LaunchRefused, attempt: Attempt, now: datetime) -> dict[str, Any]:
    """The columns that say how it came, what it said, and how far to believe it."""
    cause, client = refusal.cause, attempt.client
    is_launch = attempt.door != "login"
    state, claims = (_state(deps, attempt), _claims(deps, attempt)) if is_launch else (None, {})
    sub = claims.get("sub")
    context = claims.get(f"{LTI}context")
    context = context if isinstance(context, dict) else {}
    deployment_id = claims.get(f"{LTI}deployment_id") if is_launch else _deployment_hint(attempt.form)
    return {
        "cause": cause.value,
        "door": attempt.door,
        "is_verified": is_launch and (attempt.door == "verify" or cause.check.is_of_verified) and bool(claims),
        "off_by_s": refusal.off_by_s,
        "after_s": _after_s(state, now),
        "deployment_id": tidy(deployment_id, 255),
        "message_type": tidy(claims.get(f"{LTI}message_type"), 60),
        "course": tidy(context.get("title"), 250) or tidy(context.get("label"), 250),
        "roles": tidy(", ".join(role_names(claims)), 200),
        "subject": _subject(deps, refusal.platform_id, sub) if isinstance(sub, str) and sub else "",
        "browser": client.family,
        "is_framed": True if client.is_framed else False if client.is_top else None,
        "cookie_way": _cookie_way(attempt, state, cause).value,
        "claims": redacted(claims),
    }


def _state(deps: Deps, attempt: Attempt) -> State | None:
    sealed = attempt.form.get("state", "")
    if attempt.door == "verify" and (copy := _copy(deps, attempt)) is not None:
        sealed = copy[0]
    try:
        return read_state(deps, sealed)
    except LaunchRefused:
        return None


def _claims(deps: Deps, attempt: Attempt) -> dict[str, Any]:
    if attempt.door == "verify":
        copy = _copy(deps, attempt)
        return {} if copy is None else copy[1]
    return payload_of(attempt.form.get("id_token", "")) or {}


def _copy(deps: Deps, attempt: Attempt) -> tuple[str, dict[str, Any]] | None:
    """The sealed state and the claims of a checked launch; also of one whose two minutes are over."""
    try:
        content = deps.vault.redeem("launch", attempt.form.get("launch", ""), now=deps.clock())
    except SealExpired as expired:
        content = expired.payload
    except (SealBroken, ValueError, TypeError):
        return None
    state, claims = content
    return state, claims


def _after_s(state: State | None, now: datetime) -> int | None:
    return None if state is None or state.begun_at is None else round((now - state.begun_at).total_seconds())


def _deployment_hint(form: Mapping[str, str]) -> str:
    return form.get("lti_deployment_id") or form.get("deployment_id", "")


def _subject(deps: Deps, platform_id: UUID | None, sub: str) -> str:
    """The head of what the log calls the person."""
    return deps.vault.fingerprint("subject", f"{platform_id} {sub}")[:8]


def _cookie_way(attempt: Attempt, state: State | None, cause: Cause) -> CookieWay:
    if state is None:
        return CookieWay.UNKNOWN
    if attempt.door == "verify":
        return CookieWay.NONE if cause in (Cause.STORAGE_SILENT, Cause.STORAGE_OTHER) else CookieWay.STORAGE
    if state.is_bound_to(attempt.cookie(state.cookie_name)):
        return attempt.client.cookie_way
    return CookieWay.UNKNOWN if state.storage_target else CookieWay.NONE  # its storage was not asked


# --- how many of them ------------------------------------------------------------------------------------------------


def _count(
    db: Connection,
    refusal: LaunchRefused,
    attempt: Attempt,
    evidence: Mapping[str, Any],
    *,
    now: datetime,
    kept_as: UUID | None,
) -> UUID | None:
    """Count a refusal with the others of its cause. Gives the id of what counts them.

    :param kept_as: of its row; None past the cap: then it makes no new cause, and nobody unverified is one more person
    """
    issuer = "" if refusal.platform_id else tidy(attempt.issuer, 300)
    deployment_id = evidence["deployment_id"] if evidence["is_verified"] else ""
    key = "\0".join((str(refusal.platform_id), issuer, refusal.code, refusal.cause.value, deployment_id))
    digest = hashlib.sha256(key.encode()).hexdigest()
    found = select(failures).where(failures.c.digest == digest).with_for_update()
    row = db.execute(found).one_or_none()
    if row is None and kept_as is None:
        return None
    if row is None:
        new: dict[str, Any] = {
            "id": uuid4(),
            "digest": digest,
            "platform_id": refusal.platform_id,
            "issuer": issuer,
            "code": refusal.code,
            "cause": refusal.cause.value,
            "deployment_id": deployment_id,
            "off_by_s": None,
            "first_at": now,
            "last_at": now,
            "times": 0,
            "by_hour": {},
            "people": 0,
            "subjects": [],
            "latest_id": kept_as,
        }
        insert_if_new(db, failures, new, returning=failures.c.id)
        row = db.execute(found).one()
    hours = {hour: number for hour, number in row.by_hour.items() if hour > hour_of(now - DAY)}
    hours[hour_of(now)] = hours.get(hour_of(now), 0) + 1
    values: dict[str, Any] = {
        "last_at": now,
        "times": row.times + 1,
        "by_hour": hours,
        "off_by_s": evidence["off_by_s"],
    }
    subject = evidence["subject"]
    is_believed = kept_as is not None or evidence["is_verified"]
    if subject and is_believed and subject not in row.subjects and len(row.subjects) < PEOPLE_LIMIT:
        values |= {"subjects": [*row.subjects, subject], "people": row.people + 1}
    if kept_as is not None:
        values["latest_id"] = kept_as
    db.execute(failures.update().where(failures.c.id == row.id).values(**values))
    failure_id: UUID = row.id
    return failure_id


def hour_of(moment: datetime) -> str:
    """As ``by_hour`` names it; these sort by time."""
    return f"{moment:%Y-%m-%dT%H}"


def sweep(db: Connection, *, before: datetime) -> None:
    """Forget failed launches from before a moment, and causes that have not been met since."""
    db.execute(failed_launches.delete().where(failed_launches.c.created_at < before))
    db.execute(failures.delete().where(failures.c.last_at < before))


def counts(deps: Deps, platform_id: UUID, issuer: str, *, within: timedelta, deployment_id: str = "") -> dict[str, int]:
    """{code: how many} of late, most first. With the refusals that came before the platform was known: a wrong client
    id is told by the issuer alone, which anybody may have sent.

    :param deployment_id: only what the platform itself said was of this deployment
    """
    is_theirs = or_(
        failed_launches.c.platform_id == platform_id,
        and_(failed_launches.c.platform_id.is_(None), failed_launches.c.issuer == tidy(issuer, 300)),
    )
    if deployment_id:
        is_theirs = and_(
            failed_launches.c.platform_id == platform_id,
            failed_launches.c.is_verified,
            failed_launches.c.deployment_id == deployment_id,
        )
    number = func.sum(failed_launches.c.more + 1)
    query = select(failed_launches.c.code, number).where(is_theirs, failed_launches.c.minute > deps.clock() - within)
    with deps.database.reading() as db:
        rows = db.execute(query.group_by(failed_launches.c.code).order_by(number.desc(), failed_launches.c.code)).all()
    return {code: int(how_many) for code, how_many in rows}
