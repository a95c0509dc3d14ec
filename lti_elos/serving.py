"""gunicorn, run from code: configs/gunicorn.conf.py with the command line's addresses and numbers over it."""

from __future__ import annotations

import logging
import select
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn import glogging, http, sock
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.workers import gthread

from lti_elos.errors import Misconfigured
from lti_elos.paths import shipped_dir

log = logging.getLogger(__name__)

_HANDSHAKE_S = 5.0
_STAYS_MS = 5.0
"""How long a thread stays with a connection for its next request."""


class _Logger(glogging.Logger):
    """gunicorn's own lines go through the root logger's one formatter (log.py), like everybody's."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.NOTSET)  # the root's level decides


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """A certificate and its key that are one pair. Each connection reads them: a renewed pair needs no restart."""

    certificate: Path
    key: Path


def tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    """What ``serve`` was given, if it can be served with. Raises Misconfigured."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise Misconfigured("--certificate and --key go together: give both, or neither behind a proxy with TLS")
    for option, path in (("--certificate", certificate), ("--key", key)):
        try:
            path.open("rb").close()
        except OSError as failed:
            raise Misconfigured(f"{option} {path} cannot be read: {failed.strerror}") from None
    try:
        # Else OpenSSL would ask for a passphrase at the terminal, where there is one.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError):
        raise Misconfigured(
            f"--certificate {certificate} and --key {key} are no pair: both must be PEM, the key without a passphrase"
        ) from None
    return TlsFiles(certificate, key)


class Worker(gthread.ThreadWorker):
    """A thread stays a moment with the connection that it has just served.

    While there is much to do a proxy sends the next request on it at once, and handing that to the main thread and back
    costs as much as parsing it. No thread stays while somebody waits for one, and never more than half of them do.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: deque[Any] = deque()
        self._may_stay = threading.Semaphore(self.cfg.threads // 2)

    def enqueue_req(self, conn: Any) -> None:
        self._waiting.append(conn)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        self._waiting.popleft()
        is_kept = self.handle_one(conn)
        while is_kept is True and self._has_next(conn):
            is_kept = self.handle_one(conn)
        return is_kept

    def handle_one(self, conn: Any) -> Any:
        """One request: whether the connection may be kept."""
        return super().handle(conn)

    def _has_next(self, conn: Any) -> bool:
        if self._waiting or not self.alive or not self._may_stay.acquire(blocking=False):
            return False
        try:
            ready = select.poll()
            ready.register(conn.sock, select.POLLIN)
            return bool(ready.poll(_STAYS_MS)) and self.alive
        finally:
            self._may_stay.release()


class _TlsWorker(Worker):
    """Gives a thread to a connection only when there is something to read.

    Browsers connect ahead of need. Over TLS gunicorn would keep a thread for each such connection until it closes: a
    few of them, and nobody else is served, nor does the worker end when told to.
    """

    def handle_one(self, conn: Any) -> Any:
        if conn.initialized:
            return super().handle_one(conn)
        if not conn.wait_for_data(0):
            return gthread._DEFER  # type: ignore[attr-defined]  # typeshed omits it
        try:
            context = sock.ssl_context(self.cfg)
        except OSError as failed:
            log.error("certificate not usable", extra={"reason": type(failed).__name__})  # noqa: TRY400
            return False
        conn.sock.settimeout(_HANDSHAKE_S)
        try:
            conn.sock = context.wrap_socket(conn.sock, server_side=True)
        except OSError:  # SSLError among them: mostly browsers that do not trust the certificate
            return False
        conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
        conn.initialized = True
        return super().handle_one(conn) if conn.sock.pending() else gthread._DEFER  # type: ignore[attr-defined]

    def _cap_keepalive(self, deadline: float) -> None:
        """At the end nobody waits for the silent ones longer than for those that have asked before."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout or deadline, deadline)


class _Server(BaseApplication):
    def __init__(self, make_app: Callable[[], Any], options: dict[str, Any]) -> None:
        self._make_app = make_app
        self._options = options
        super().__init__()

    def init(self, parser: Any, opts: Any, args: Any) -> None:
        """Nothing: no command line of gunicorn's own."""

    def load_config(self) -> None:
        source: dict[str, Any] = {}
        path = shipped_dir("configs") / "gunicorn.conf.py"
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), source)  # noqa: S102 - our own file
        config: Config = self.cfg
        for key, value in {**source, **self._options}.items():
            if key in config.settings:
                config.set(key, value)
        config.set("logger_class", _Logger)

    def load(self) -> Any:
        return self._make_app()


def run_gunicorn(
    make_app: Callable[[], Any], *, bind: str, workers: int, threads: int, tls: TlsFiles | None = None
) -> None:
    """Serve until told to stop. ``make_app`` runs in each worker, after the fork."""
    options: dict[str, Any] = {"bind": bind, "workers": workers, "threads": threads}
    if tls:
        options |= {"certfile": str(tls.certificate), "keyfile": str(tls.key), "worker_class": _TlsWorker}
    _Server(make_app, options).run()
