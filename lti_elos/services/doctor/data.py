"""The database, its file, and what is kept in it."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from pathlib import Path

from sqlalchemy import func, select

from lti_elos.db import schema
from lti_elos.db.tables import deployments, platforms, servers
from lti_elos.domain.names import tidy
from lti_elos.services import health, keys, secrets
from lti_elos.services.deps import Deps
from lti_elos.services.doctor.findings import Check

LOW_DISK = 500 * 1024 * 1024
_NAMED = 3
"""How many of a long list are named."""


def readiness(deps: Deps) -> list[Check]:
    """What /readyz asks."""
    found = []
    url = deps.database.engine.url
    told = {"database": f"{url.get_backend_name()} {url.database or ''}".strip(), "schema": schema.HEAD}
    for name, trouble in health.examine(deps).items():
        if trouble is None:
            found.append(Check(name, "ok", told.get(name, "ok")))
        else:
            found.append(Check(name, "fail" if trouble.stops else "warn", trouble.what, trouble.mend.strip("`")))
    return found


def files(deps: Deps) -> list[Check]:
    """The folder and the SQLite file: may we write, may others read, is there room?"""
    url = deps.database.engine.url
    file = Path(url.database).resolve() if url.get_backend_name() == "sqlite" and url.database else None
    folder = deps.settings.data_dir.resolve() if file is None else file.parent
    if not folder.is_dir():  # PostgreSQL: nothing is kept there yet
        return []
    ours = [folder] if file is None else [folder, file, *(Path(f"{file}{tail}") for tail in ("-wal", "-shm"))]
    locked = [path for path in ours if path.exists() and not os.access(path, os.W_OK)]
    found = [Check("data folder", "ok", str(folder))]
    if locked:
        command = shlex.join(["chown", "-R", "lti-elos:lti-elos", str(folder)])
        found = [Check("data folder", "fail", f"{locked[0]} cannot be written by this user", command)]
    if file is not None and file.exists():
        is_open = file.stat().st_mode & stat.S_IROTH and folder.stat().st_mode & stat.S_IXOTH
        if is_open:
            mend = shlex.join(["chmod", "o-rwx", str(folder), str(file)])
            found.append(Check("database file", "warn", f"everybody on this machine may read {file}", mend))
        else:
            found.append(Check("database file", "ok", "not for others to read"))
    free = shutil.disk_usage(folder).free
    room = f"{free // 1024**2:,} MB free in {folder}"
    found.append(
        Check("disk", "warn", room, "make room: a full disk stops every launch")
        if free < LOW_DISK
        else Check("disk", "ok", room)
    )
    return found


def signing_key(deps: Deps) -> list[Check]:
    """Ours, for /lti/jwks.json."""
    signing = [row for row in keys.listing(deps) if row["published_until"] is None]
    if not signing:
        return [Check("signing key", "ok", "none yet: the first look at /lti/jwks.json makes it")]
    return [Check("signing key", "ok", f"{signing[0]['kid'][:8]}…, made {signing[0]['created_at'][:10]}")]


def secrets_at_rest(deps: Deps) -> list[Check]:
    """Whether SECRET_KEY opens what is sealed."""
    seen = secrets.survey(deps)
    if seen.gone:
        lost = ", ".join(f"{number} in {table}" for table, number in seen.gone.items())
        mend = "put the old SECRET_KEY behind the new one: new,old (docs/install.md)"
        return [Check("secrets", "fail", f"sealed with a key that is gone: {lost}", mend)]
    if seen.older:
        return [Check("secrets", "warn", f"{seen.older} sealed with an older key", "lti-elos secrets reseal")]
    return [Check("secrets", "ok", "all open with the first key")]


def platforms_listed(deps: Deps) -> list[Check]:
    """How many there are."""
    with deps.database.reading() as db:
        names = db.execute(select(platforms.c.name, platforms.c.enabled).order_by(platforms.c.name)).all()
    if not names:
        return [Check("platforms", "warn", "none yet: nobody can launch", "lti-elos platform add --help")]
    disabled = [tidy(row.name, 60) for row in names if not row.enabled]
    also = f", disabled: {_some(disabled)}" if disabled else ""
    return [Check("platforms", "ok", f"{len(names)}{also}")]


def deployments_pending(deps: Deps) -> list[Check]:
    """Who knocked and waits. The ids are from outside: quoted, since the mend is there to be pasted."""
    with deps.database.reading() as db:
        rows = db.execute(
            select(platforms.c.id, platforms.c.name, deployments.c.deployment_id)
            .join(platforms, platforms.c.id == deployments.c.platform_id)
            .where(deployments.c.is_active.is_(False))
            .order_by(deployments.c.created_at.desc())
        ).all()
    found = [
        Check(
            "deployments",
            "warn",
            f"{tidy(row.name, 60)}: {tidy(row.deployment_id, 80)} waits for approval",
            shlex.join(["lti-elos", "platform", "approve", str(row.id), tidy(row.deployment_id, 255)]),
        )
        for row in rows[:_NAMED]
    ]
    if len(rows) > _NAMED:
        more = f"{len(rows) - _NAMED} more wait for approval"
        found.append(Check("deployments", "warn", more, "lti-elos platform list"))
    return found


def default_server(deps: Deps) -> list[Check]:
    """Whether each platform has an Elos server."""
    with deps.database.reading() as db:
        name = db.scalar(select(servers.c.name).where(servers.c.is_default))
        needing = db.scalars(
            select(platforms.c.name).where(platforms.c.server_id.is_(None), platforms.c.enabled).limit(_NAMED + 1)
        ).all()
        number = db.execute(select(func.count()).select_from(servers)).scalar_one()
    settings = deps.settings
    if name is not None:
        return [Check("default server", "ok", name)]
    if settings.elos_url and not number:
        mend = "start `serve`, or lti-elos server check"
        return [Check("default server", "warn", "the one of ELOS_URL is made at the next start", mend)]
    mend = "lti-elos server add --default --help"
    if needing:
        return [Check("default server", "fail", f"none, and {_some([tidy(one, 60) for one in needing])} need it", mend)]
    return [Check("default server", "warn", "none", mend)]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
