"""Our own signing keys: the newest signs, the old ones stay published while something signed may be under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select

from lti_elos.db.locks import take_turns
from lti_elos.db.tables import tool_keys
from lti_elos.lti.service_token import SigningKey
from lti_elos.services.deps import Deps
from lti_elos.vault import SealBroken

PRIVATE = "tool-key"
GRACE = timedelta(hours=48)
"""How long a retired public key stays published: platforms cache key sets for up to a day."""


def jwks(deps: Deps) -> dict[str, Any]:
    """The JWK set of /lti/jwks.json. Makes the first key when there is none."""
    now = deps.clock()
    query = (
        select(tool_keys.c.public_jwk, tool_keys.c.published_until)
        .where(or_(tool_keys.c.published_until.is_(None), tool_keys.c.published_until > now))
        .order_by(tool_keys.c.created_at.desc(), tool_keys.c.kid)
    )
    with deps.database.reading() as db:
        rows = db.execute(query).all()
    if not any(row.published_until is None for row in rows):
        _make(deps, only_if_none=True)
        with deps.database.reading() as db:
            rows = db.execute(query).all()
    return {"keys": [row.public_jwk for row in rows]}


def signing(deps: Deps) -> SigningKey | None:
    """The key that signs. None before there is one, or when the SECRET_KEY that sealed it is gone."""
    query = (
        select(tool_keys.c.kid, tool_keys.c.private_sealed)
        .where(tool_keys.c.published_until.is_(None))
        .order_by(tool_keys.c.created_at.desc(), tool_keys.c.kid)
        .limit(1)
    )
    with deps.database.reading() as db:
        row = db.execute(query).one_or_none()
    if row is None:
        return None
    try:
        return SigningKey(row.kid, deps.vault.open(PRIVATE, row.private_sealed))
    except SealBroken:
        return None


def signing_key(deps: Deps) -> SigningKey:
    """The key that signs, made when there is none. Raises SealBroken when the SECRET_KEY that sealed it is gone."""
    key = signing(deps)
    if key is None:
        _make(deps, only_if_none=True)
        key = signing(deps)
    if key is None:
        raise SealBroken
    return key


def rotate(deps: Deps) -> str:
    """A new key signs from now on; the old one stays published for its grace period. Gives the new kid."""
    return _make(deps, only_if_none=False)


def listing(deps: Deps) -> list[dict[str, Any]]:
    """[{kid, created_at, published_until}]: newest first; published_until null for the key that signs."""
    with deps.database.reading() as db:
        rows = db.execute(select(tool_keys).order_by(tool_keys.c.created_at.desc())).all()
    return [
        {
            "kid": row.kid,
            "created_at": row.created_at.isoformat(),
            "published_until": row.published_until.isoformat() if row.published_until else None,
        }
        for row in rows
    ]


def _make(deps: Deps, *, only_if_none: bool) -> str:
    # pylti1p3 takes a while to import, and only here is it needed.
    from lti_elos.lti.tool_keys import new_key

    key = new_key()
    now = deps.clock()
    with deps.database.transaction() as db:
        take_turns(db, tool_keys)  # else two processes both see no key, and two keys sign
        signing = db.scalars(select(tool_keys.c.kid).where(tool_keys.c.published_until.is_(None))).all()
        if signing and only_if_none:
            return str(signing[0])
        db.execute(tool_keys.update().where(tool_keys.c.published_until.is_(None)).values(published_until=now + GRACE))
        db.execute(
            tool_keys.insert().values(
                id=uuid4(),
                kid=key.kid,
                private_sealed=deps.vault.seal(PRIVATE, key.private_pem),
                public_jwk=key.public_jwk,
                published_until=None,
                created_at=now,
            )
        )
    return key.kid
