"""A WSGI application on a port of this machine, in a thread: for the demo's two counterparts and for tests.

Not for production: the tool itself is served by gunicorn.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler


class ThreadedServer:
    """Listens from the moment it is made, answers between ``start()`` and ``stop()``.

    ``port=0`` takes a free port; ``url`` tells which. A taken port raises OSError here, where Werkzeug would
    print and leave the process. An application that must know its own address is set as ``app`` afterwards;
    until then everything is 503. Also a context manager.
    """

    def __init__(
        self,
        app: WSGIApplication | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as listener:
            self._server = _Server(
                host, port, app or _not_yet, handler=_QuietHandler, ssl_context=ssl_context, fd=listener.fileno()
            )
        self._thread: threading.Thread | None = None
        self._scheme = "https" if ssl_context else "http"
        self._host = f"[{host}]" if ":" in host else host

    @property
    def app(self) -> WSGIApplication:
        return self._server.app

    @app.setter
    def app(self, app: WSGIApplication) -> None:
        self._server.app = app

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"{self._scheme}://{self._host}:{self.port}"

    def start(self) -> Self:
        """Begins to answer. The thread is a daemon: a forgotten server does not keep the process alive."""
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.02},
            name=f"serve-{self.port}",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Closes the port and every open connection, also in the middle of a reply."""
        if self._thread is None:
            self._server.server_close()
            return
        self._server.shutdown()
        self._thread.join()
        self._server.drop_connections()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _not_yet(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return [b""]


class _Server(ThreadedWSGIServer):
    """Remembers its open connections: browsers open some ahead of need, and each holds a waiting thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args, **kwargs)
        if isinstance(self.socket, ssl.SSLSocket):
            # Else the handshake is part of accepting, and one silent client would keep all others out.
            self.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]  # typeshed omits it

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self._open.discard(request)

    def drop_connections(self, *, wait_s: float = 1.0) -> None:
        """Wakes the threads by closing their connections, and gives them a moment to end."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + wait_s
        while self._open and time.monotonic() < until:
            time.sleep(0.005)


class _QuietHandler(WSGIRequestHandler):
    """Logs errors only."""

    # Werkzeug writes head and body apart; without this the body waits 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """A poll each two seconds would bury what matters."""
