"""Elos servers, as operators keep them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from lti_elos.db.engine import Database
from lti_elos.db.locks import take_turns
from lti_elos.db.tables import AnyRow, hooks, platforms, servers
from lti_elos.db.upserts import insert_if_new
from lti_elos.elos.addresses import normalise_base
from lti_elos.errors import ElosError, Misconfigured, NotFound
from lti_elos.services import hook_states
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import SECRET
from lti_elos.services.hook_states import HookState

DIGESTS = ("sha1", "sha256", "sha384", "sha512")
KINDS = ("elos", "bbb")
PLAYBACK_TOKENS = ("off", "preferred", "required")
"""Whether its recordings are opened with a token for each person (getRecordingToken); preferred: without one too, where
the server gives none.
"""
_URL_LIMIT = 2000


def _base(option: str, url: str) -> str:
    try:
        found = normalise_base(url)
    except ValueError as wrong:
        raise Misconfigured(f"{option}: {wrong}") from None
    if len(found) > _URL_LIMIT:
        raise Misconfigured(f"{option} has at most {_URL_LIMIT} characters")
    return found


def add(
    deps: Deps,
    *,
    name: str,
    url: str,
    secret: str,
    kind: str = "elos",
    digest: str = "sha256",
    internal_url: str = "",
    playback_token: str = "off",  # noqa: S107 - a choice
    default: bool = False,
) -> None:
    """Add a server. The first one becomes the default. Raises Misconfigured."""
    if not secret.strip():
        raise Misconfigured("the secret file is empty")
    _require_name(name)
    with deps.database.transaction() as db:
        take_turns(db, servers)  # else two first ones would both be the default
        is_first = db.scalar(select(servers.c.id).limit(1)) is None
        if default:
            db.execute(servers.update().values(is_default=False))
        values = {
            "id": uuid4(),
            "name": name,
            "url": _base("--url", url),
            "internal_url": _base("--internal-url", internal_url) if internal_url else "",
            "secret_sealed": deps.vault.seal(SECRET, secret.strip()),
            "digest": digest,
            "kind": kind,
            "playback_token": playback_token,
            "is_default": default or is_first,
            "created_at": deps.clock(),
        }
        if insert_if_new(db, servers, values, returning=servers.c.id) is None:
            raise Misconfigured(f"a server is named {name!r} already: see `server list`")


def is_name(text: str) -> bool:
    """Whether a server may be called so."""
    return 1 <= len(text) <= 100 and text.isprintable() and text == text.strip()


def is_address(text: str) -> bool:
    """Whether an Elos may be at this URL."""
    try:
        return len(normalise_base(text)) <= _URL_LIMIT
    except ValueError:
        return False


def _require_name(name: str) -> None:
    if not is_name(name):
        raise Misconfigured("--name has 1 to 100 characters that can be printed")


def change(
    deps: Deps,
    server_id: UUID,
    *,
    name: str,
    url: str,
    secret: str,
    kind: str,
    digest: str,
    internal_url: str,
    playback_token: str,
) -> None:
    """Acts at once: rows are read at each call. Raises Misconfigured, or NotFound.

    :param secret: "" keeps the one that is there
    """
    _require_name(name)
    values = {
        "name": name,
        "url": _base("--url", url),
        "internal_url": _base("--internal-url", internal_url) if internal_url else "",
        "digest": digest,
        "kind": kind,
        "playback_token": playback_token,
        # What was found out was about the server as it was.
        "checked_at": None,
        "checked_ms": None,
        "checked_code": "",
    }
    if secret.strip():
        values["secret_sealed"] = deps.vault.seal(SECRET, secret.strip())
    try:
        with deps.database.transaction() as db:
            _by_id(db, server_id)
            db.execute(servers.update().where(servers.c.id == server_id).values(**values))
    except IntegrityError:
        raise Misconfigured(f"a server is named {name!r} already: see `server list`") from None


def set_playback_token(deps: Deps, name: str, playback_token: str) -> None:
    """One of PLAYBACK_TOKENS. Acts at the next click. Raises Misconfigured."""
    row = _row(deps, name)
    with deps.database.transaction() as db:
        db.execute(servers.update().where(servers.c.id == row.id).values(playback_token=playback_token))


def set_default(deps: Deps, server_id: UUID) -> None:
    """It serves the platforms that name no server. Raises NotFound."""
    with deps.database.transaction() as db:
        take_turns(db, servers)
        _by_id(db, server_id)
        db.execute(servers.update().values(is_default=False))
        db.execute(servers.update().where(servers.c.id == server_id).values(is_default=True))


@dataclass(frozen=True, slots=True)
class Server:
    """A server as operators see it: never its secret."""

    id: UUID
    name: str
    url: str
    internal_url: str
    kind: str
    digest: str
    playback_token: str
    is_default: bool
    is_from_settings: bool
    """ELOS_URL and ELOS_SECRET make it anew at each start."""
    platforms: int
    """That name it."""
    checked_at: datetime | None
    checked_ms: int | None
    checked_code: str
    """"" where the last check was good."""
    hook: HookState


_HOOKED = select(servers, *hook_states.COLUMNS).outerjoin(hooks, hooks.c.server_id == servers.c.id)


def all_servers(deps: Deps) -> list[Server]:
    """By name, with how many platforms name each, and how their hooks do."""
    number = select(func.count()).where(platforms.c.server_id == servers.c.id).scalar_subquery()
    with deps.database.reading() as db:
        rows = db.execute(_HOOKED.add_columns(number.label("platforms")).order_by(servers.c.name)).all()
    return [_server(deps, row) for row in rows]


def one(deps: Deps, server_id: UUID) -> tuple[Server, list[str]]:
    """A server, and the first platforms that name it. Raises NotFound."""
    of_server = platforms.c.server_id == server_id
    number = select(func.count()).select_from(platforms).where(of_server).scalar_subquery()
    with deps.database.reading() as db:
        query = _HOOKED.add_columns(number.label("platforms")).where(servers.c.id == server_id)
        row = db.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such server")
        names = db.scalars(select(platforms.c.name).where(of_server).order_by(platforms.c.name).limit(20)).all()
    return _server(deps, row), list(names)


def _server(deps: Deps, row: AnyRow) -> Server:
    return Server(
        id=row.id,
        name=row.name,
        url=row.url,
        internal_url=row.internal_url,
        kind=row.kind,
        digest=row.digest,
        playback_token=row.playback_token,
        is_default=row.is_default,
        is_from_settings=row.name == "default" and bool(deps.settings.elos_url),
        platforms=row.platforms,
        checked_at=row.checked_at,
        checked_ms=row.checked_ms,
        checked_code=row.checked_code,
        hook=hook_states.state_of(deps, row),
    )


def keep_default(deps: Deps) -> None:
    """ELOS_URL and ELOS_SECRET make or update the server row named "default". Nothing is set: nothing happens."""
    settings = deps.settings
    if not settings.elos_url:
        return
    url, secret = _base("ELOS_URL", settings.elos_url), settings.elos_secret.get_secret_value().strip()
    if not secret:
        raise Misconfigured("ELOS_URL is set, but ELOS_SECRET is not")
    sealed = deps.vault.seal(SECRET, secret)
    with deps.database.transaction() as db:
        found = db.execute(select(servers).where(servers.c.name == "default")).one_or_none()
        if found is not None:
            changed = {"url": url, "secret_sealed": sealed, "digest": settings.elos_digest}
            db.execute(servers.update().where(servers.c.id == found.id).values(**changed))
            return
        has_default = db.scalar(select(servers.c.id).where(servers.c.is_default)) is not None
        values = {
            "id": uuid4(),
            "name": "default",
            "url": url,
            "internal_url": "",
            "secret_sealed": sealed,
            "digest": settings.elos_digest,
            "kind": "elos",
            "is_default": not has_default,
            "created_at": deps.clock(),
        }
        insert_if_new(db, servers, values, returning=servers.c.id)  # another process may have been first


def listing(deps: Deps) -> list[dict[str, Any]]:
    """[{name, url, internal_url, kind, digest, playback_token, default}]: never the secret."""
    with deps.database.reading() as db:
        rows = db.execute(select(servers).order_by(servers.c.name)).all()
    return [
        {
            "name": row.name,
            "url": row.url,
            "internal_url": row.internal_url,
            "kind": row.kind,
            "digest": row.digest,
            "playback_token": row.playback_token,
            "default": row.is_default,
        }
        for row in rows
    ]


def check(deps: Deps, name: str) -> str:
    """Ask the server, then make a signed call. Gives one line; raises Misconfigured with the mend."""
    row = _row(deps, name)
    try:
        reply = deps.elos.of_row(row).probe()
    except ElosError as wrong:
        raise Misconfigured(f"{row.name} ({row.url}): {wrong.code}: {wrong.detail}. {wrong.operator}") from None
    return f"{row.name}: {row.url} answers (version {reply.version or 'unknown'}) and takes our signature"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a signed call to a server found out."""

    took_ms: int
    version: str
    trouble: ElosError | None


def look_at(deps: Deps, server_id: UUID) -> Checked:
    """Ask the server, make a signed call, keep how it went. Raises NotFound."""
    with deps.database.reading() as db:
        row = _by_id(db, server_id)
    began = time.monotonic()
    version, trouble = "", None
    try:
        version = deps.elos.of_row(row).probe().version
    except ElosError as wrong:
        trouble = wrong
    took_ms = round((time.monotonic() - began) * 1000)
    found = {"checked_at": deps.clock(), "checked_ms": took_ms, "checked_code": trouble.code if trouble else ""}
    with deps.database.transaction() as db:
        db.execute(servers.update().where(servers.c.id == server_id).values(**found))
    return Checked(took_ms, version, trouble)


def _by_id(db: Connection, server_id: UUID) -> AnyRow:
    row = db.execute(select(servers).where(servers.c.id == server_id)).one_or_none()
    if row is None:
        raise NotFound("no such server")
    return row


def remove(deps: Deps, name: str) -> None:
    """Refused while a platform uses it."""
    row = _row(deps, name)
    try:
        with deps.database.transaction() as db:
            users = db.scalars(select(platforms.c.name).where(platforms.c.server_id == row.id)).all()
            if users:
                raise Misconfigured(f"{name} serves {', '.join(users)}: `platform set ID server=` first")
            db.execute(servers.delete().where(servers.c.id == row.id))
    except IntegrityError:
        raise Misconfigured(f"{name} has just been given to a platform") from None


def http_origins(database: Database) -> tuple[str, ...]:
    """Origins of servers that are not https: pages that lead there must name them in their policy."""
    with database.reading() as db:
        urls = db.scalars(select(servers.c.url)).all()
    return tuple(sorted({"/".join(url.split("/")[:3]) for url in urls if url.startswith("http://")}))


def _row(deps: Deps, name: str) -> AnyRow:
    with deps.database.reading() as db:
        row = db.execute(select(servers).where(servers.c.name == name)).one_or_none()
    if row is None:
        raise Misconfigured(f"no server is named {name!r}: see `server list`")
    return row
