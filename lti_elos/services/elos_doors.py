"""Which Elos server serves a platform, and the client that speaks to it: one breaker per server and process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import requests
from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, servers
from lti_elos.elos.breaker import Breaker
from lti_elos.elos.client import ElosClient, ElosServer
from lti_elos.errors import ElosNoServer
from lti_elos.vault import SealBroken, Vault

Observe = Callable[[str, str, str, float], None]

SECRET = "server-secret"  # noqa: S105 - the purpose in the vault, not a secret


class ElosDoors:
    """Clients by server. Rows are read each time (a changed secret acts at once); breakers last."""

    def __init__(
        self, vault: Vault, *, guard: Callable[[], None] | None = None, observe: Observe | None = None
    ) -> None:
        """:param guard: called before each call to Elos; tests let it refuse calls inside a transaction.
        :param observe: called after each, as ``ElosClient`` has it
        """
        self._vault = vault
        self._guard = guard
        self._observe = observe
        self._breakers: dict[UUID, Breaker] = {}
        self._lock = threading.Lock()

    def of_platform(
        self, db: Connection, server_id: UUID | None, *, session: requests.Session | None = None
    ) -> ElosClient:
        """The platform's server, else the default one. Raises ElosNoServer.

        :param session: of one thread that calls again and again, to keep its connections open
        """
        row = None
        if server_id is not None:
            row = db.execute(select(servers).where(servers.c.id == server_id)).one_or_none()
        if row is None:
            row = db.execute(select(servers).where(servers.c.is_default)).one_or_none()
        if row is None:
            raise ElosNoServer("no server for the platform, and no default one")
        return self.of_row(row, session=session)

    def of_row(
        self, row: AnyRow, *, session: requests.Session | None = None, connect_s: float = 4.0, read_s: float = 10.0
    ) -> ElosClient:
        """The client of one servers row. Raises ElosNoServer when its secret cannot be opened any more."""
        try:
            secret = self._vault.open(SECRET, row.secret_sealed)
        except SealBroken:
            raise ElosNoServer("its secret was sealed with a SECRET_KEY that is gone", server=row.name) from None
        with self._lock:
            breaker = self._breakers.setdefault(row.id, Breaker())
        server = ElosServer(
            name=row.name,
            url=row.url,
            internal_url=row.internal_url or None,
            secret=secret,
            digest=row.digest,
            kind=row.kind,
        )
        return ElosClient(
            server,
            breaker=breaker,
            session=session,
            guard=self._guard,
            observe=self._observe,
            connect_timeout_s=connect_s,
            read_timeout_s=read_s,
        )
