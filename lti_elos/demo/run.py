"""`lti-elos demo`: the tool as it is served for real, between a demo LMS and an Elos simulator, on this machine.

The tool is ``lti-elos serve`` in a process of its own, at ``localhost``; its counterparts are threads here, at
``127.0.0.1``: to a browser that is another *site*, so cookies in the LMS's frames behave as they do in real life.
With ``tls``, all three speak https, as Safari wants it before it keeps a Secure cookie.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import requests

from lti_elos.app import make_deps
from lti_elos.db import schema
from lti_elos.demo.certificate import Certificate, kept_certificate
from lti_elos.demo.elos import Simulator, Switches, create_simulator
from lti_elos.demo.elos.classes import FACTOR, MINUTES
from lti_elos.demo.first_visit import fill_shelves
from lti_elos.demo.lms.app import create_lms, registrations
from lti_elos.demo.lms.platforms import Classes, Desk, Lms
from lti_elos.demo.serving import ThreadedServer
from lti_elos.errors import Misconfigured
from lti_elos.services import operators, platforms
from lti_elos.services.deps import Deps
from lti_elos.settings import PREFIX, Settings

_HOST = "127.0.0.1"
_OPERATOR = "operacao@exemplo.test"
_START_S = 30
_END_S = 5
_RECORDINGS_SPEED = 10.0
"""Recordings and analytics come from the simulator within seconds of a session's end: one can watch them come."""


def run_demo(*, port: int, data_dir: Path | None, tls: bool = False, plays_classes: bool = False) -> None:
    """Serve until Ctrl-C or SIGTERM. The tool takes ``port``, LMS and simulator the next two.

    Raises Misconfigured when a port is taken or the tool does not come up.

    :param plays_classes: whether simulated people come into each meeting that somebody enters
    """
    _end_by_signals()
    with ExitStack() as stack:
        _require_free(port)
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lti-elos-demo-")))
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        certificate = kept_certificate(data_dir) if tls else None
        lms_server = stack.enter_context(_listening(port + 1, certificate))
        elos_server = stack.enter_context(_listening(port + 2, certificate))
        tool_url = f"{'https' if tls else 'http'}://localhost:{port}"

        elos_secret = secrets.token_hex(20)
        trust = certificate.client_context() if certificate else None
        elos_app = create_simulator(
            secret=elos_secret, public_url=elos_server.url, speed=_RECORDINGS_SPEED, context=trust
        )
        lms_app = create_lms(public_url=lms_server.url, tool_url=tool_url, context=trust)
        elos_server.app, lms_server.app = elos_app, lms_app
        lms: Lms = lms_app.extensions["lms"]
        simulator: Simulator = elos_app.extensions["simulator"]
        simulator.switches = Switches(plays_classes=plays_classes)
        if plays_classes:
            lms.classes = Classes(MINUTES, round(MINUTES * 60 / FACTOR))
        stack.callback(simulator.close)

        settings = Settings(
            base_url=tool_url,
            data_dir=data_dir,
            secret_key=_kept_key(data_dir),
            database_url="",
            redis_url="",
            elos_url=elos_server.url,
            elos_secret=elos_secret,
            elos_digest="sha256",
            allow_private_networks=True,
            proxy_hops=0,
            live_refresh_s=2,
            log_level="warning",
        )
        _prepare_database(settings, lms)
        stack.enter_context(_tool(settings, port, certificate))
        fill_shelves(lms, simulator, trust)
        if certificate:
            _tell_about(certificate, tool_url, elos_server.url)
        print(f"Open {lms_server.url}/ (Ctrl-C ends the demo)", flush=True)
        _wait_forever()


def _tell_about(certificate: Certificate, *others: str) -> None:
    """Frames cannot ask: without this, the tool's would stay blank."""
    print(
        f"Browsers do not know this certificate. Trust {certificate.path}, or open "
        f"{' and '.join(f'{url}/' for url in others)} once and let the browser go on, then the LMS.",
        file=sys.stderr,
    )


def _end_by_signals() -> None:
    """SIGTERM, and a closed terminal, end it as Ctrl-C does: with the tool, which is in a process group of its own."""
    for one in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(one) is not signal.SIG_IGN:  # under nohup
            signal.signal(one, _interrupt)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _wait_forever() -> NoReturn:
    while True:
        time.sleep(1)  # a signal between look and sleep waits as long


# --- ports ---


def _taken(port: int) -> Misconfigured:
    return Misconfigured(f"port {port} is taken: choose others with --port (the demo needs three in a row)")


def _require_free(port: int) -> None:
    try:
        socket.create_server((_HOST, port)).close()
    except OSError:
        raise _taken(port) from None


@contextmanager
def _listening(port: int, certificate: Certificate | None) -> Iterator[ThreadedServer]:
    try:
        server = ThreadedServer(
            host=_HOST, port=port, ssl_context=certificate.server_context() if certificate else None
        )
    except OSError:
        raise _taken(port) from None
    with server:
        yield server


# --- the tool ---


def _kept_key(data_dir: Path) -> str:
    """The SECRET_KEY of this data folder: a second demo in it must open what the first one sealed."""
    path = data_dir / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _prepare_database(settings: Settings, lms: Lms) -> None:
    deps = make_deps(settings)
    try:
        schema.upgrade(deps.database)
        lms.desk = _sample_operator(deps)
        known = {(row["issuer"], row["client_id"]) for row in platforms.listing(deps)}
        for one in registrations(lms):
            if (one.issuer, one.client_id) not in known:
                platforms.add(
                    deps,
                    name=one.name,
                    issuer=one.issuer,
                    client_id=one.client_id,
                    auth_login_url=one.auth_login_url,
                    auth_token_url=one.auth_token_url,
                    jwks_url=one.jwks_url,
                    audience=one.audience,
                )
    finally:
        deps.database.dispose()


def _sample_operator(deps: Deps) -> Desk:
    """Somebody whom visitors may sign in as. The password is a new one each time, and shown on the LMS's page alone."""
    password = secrets.token_urlsafe(12)
    try:
        operators.create(deps, _OPERATOR, password)
    except Misconfigured:  # of an earlier demo in this data folder
        operators.reset(deps, _OPERATOR, password)
    return Desk(f"{deps.settings.base_url}/admin", _OPERATOR, password)


@contextmanager
def _tool(settings: Settings, port: int, certificate: Certificate | None) -> Iterator[None]:
    command = [sys.executable, "-m", "lti_elos", "serve", "--host", _HOST, "--port", str(port), "--workers", "2"]
    if certificate:
        command += ["--certificate", str(certificate.path), "--key", str(certificate.key)]
    # A group of its own, with its workers: a Ctrl-C is ours alone to pass on.
    process = subprocess.Popen(command, env=_environment(settings, certificate), process_group=0)  # noqa: S603 - ours
    try:
        _wait_until_ready(process, settings.base_url, certificate)
        yield
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """A worker gives requests 20 s that it has begun to read, though their senders may never end them. We wait less."""
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_END_S)
    finally:
        if process.returncode is None:  # in time or not, and also at a second Ctrl-C: nothing of it stays behind
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(settings: Settings, certificate: Certificate | None) -> Mapping[str, str]:
    """The demo's settings and none of the caller's: there is nothing to configure."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
    ours = {
        "BASE_URL": settings.base_url,
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ELOS_URL": settings.elos_url,
        "ELOS_SECRET": settings.elos_secret.get_secret_value(),
        "ALLOW_PRIVATE_NETWORKS": "true",
        "LIVE_REFRESH_S": str(settings.live_refresh_s),
        "LOG_LEVEL": settings.log_level,
    }
    trusted = {"SSL_CERT_FILE": str(certificate.path)} if certificate else {}
    return kept | trusted | {f"{PREFIX}{name}": value for name, value in ours.items()}


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str, certificate: Certificate | None) -> None:
    verify = str(certificate.path) if certificate else True
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Misconfigured(f"the tool ended at its start (exit {process.returncode}); its lines are above")
        with suppress(requests.RequestException):
            if requests.get(f"{base_url}/readyz", timeout=2, verify=verify).ok:
                return
        time.sleep(0.1)
    raise Misconfigured(f"the tool did not come up within {_START_S} s")
