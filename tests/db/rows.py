"""Rows for tests of the database itself, written without the services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from lti_elos.db.tables import platforms, servers

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def add_server(db: Connection, **changes: Any) -> UUID:
    row = {
        "id": uuid4(),
        "name": "one",
        "url": "https://elos.example/bigbluebutton/api",
        "internal_url": "",
        "secret_sealed": "sealed",
        "digest": "sha256",
        "kind": "elos",
        "is_default": False,
        "created_at": NOW,
    } | changes
    db.execute(servers.insert().values(**row))
    return row["id"]  # type: ignore[return-value]


def add_platform(db: Connection, **changes: Any) -> UUID:
    row = {
        "id": uuid4(),
        "name": "LMS Exemplo",
        "issuer": "https://lms.example",
        "client_id": "client-1",
        "auth_login_url": "https://lms.example/auth",
        "auth_token_url": "https://lms.example/token",
        "jwks_url": "https://lms.example/jwks",
        "audience": "",
        "deployment_policy": "auto",
        "server_id": None,
        "enabled": True,
        "disabled_at": None,
        "policies": {},
        "family": "",
        "created_at": NOW,
    } | changes
    db.execute(platforms.insert().values(**row))
    return row["id"]  # type: ignore[return-value]


def spent_row(key: str = "key-1", **changes: Any) -> dict[str, Any]:
    return {"purpose": "test", "key": key, "holder": "", "ends_at": NOW} | changes
