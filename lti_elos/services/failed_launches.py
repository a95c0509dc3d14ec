"""What refused launches leave behind: one redacted, bounded row, for the operator who asks why (DESIGN "Launch" 6)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import and_, func, or_, select

from lti_elos.db.tables import failed_launches
from lti_elos.domain.names import tidy
from lti_elos.errors import LaunchRefused
from lti_elos.services.deps import Deps

PER_MINUTE = 20
"""Rows a minute per platform and code; the rest is counted on the last of them."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_occurrence() -> str:
    """What a page shows and a person can read out: "7Q4M-2XKD"."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def note(deps: Deps, refusal: LaunchRefused, *, occurrence: str, issuer: str) -> None:
    """Keep a refused launch. ``issuer`` is as sent, unverified."""
    now = deps.clock()
    minute = now.replace(second=0, microsecond=0)
    platform_id: UUID | None = refusal.platform_id
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
            return
        db.execute(
            failed_launches.insert().values(
                id=uuid4(),
                platform_id=platform_id,
                code=refusal.code,
                occurrence=occurrence,
                detail=tidy(refusal.detail, 500),
                expected=tidy(refusal.expected, 500),
                received=tidy(refusal.received, 500),
                issuer=tidy(issuer, 300),
                minute=minute,
                more=0,
                created_at=now,
            )
        )


def counts(deps: Deps, platform_id: UUID, issuer: str, *, within: timedelta) -> dict[str, int]:
    """{code: how many} of late, most first. With the refusals that came before the platform was known: a wrong client
    id is told by the issuer alone, which anybody may have sent.
    """
    is_theirs = or_(
        failed_launches.c.platform_id == platform_id,
        and_(failed_launches.c.platform_id.is_(None), failed_launches.c.issuer == tidy(issuer, 300)),
    )
    number = func.sum(failed_launches.c.more + 1)
    query = select(failed_launches.c.code, number).where(is_theirs, failed_launches.c.minute > deps.clock() - within)
    with deps.database.reading() as db:
        rows = db.execute(query.group_by(failed_launches.c.code).order_by(number.desc(), failed_launches.c.code)).all()
    return {code: int(how_many) for code, how_many in rows}
