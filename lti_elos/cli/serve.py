"""lti-elos serve."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lti_elos.cli.common import Nouns, command

if TYPE_CHECKING:
    from flask import Flask


def add_to(nouns: Nouns) -> None:
    serve = command(nouns, "serve", _serve, "The production server.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=2, help="processes (2)")
    serve.add_argument("--threads", type=int, default=8, help="per process (8)")
    serve.add_argument("--certificate", type=Path, metavar="FILE", help="serve https by itself: PEM, with its chain")
    serve.add_argument("--key", type=Path, metavar="FILE", help="the certificate's key: PEM, without a passphrase")
    serve.add_argument("--no-jobs", action="store_true", help="leave background work to other processes")


def _serve(arguments: argparse.Namespace) -> None:
    with _counting_together():
        _run(arguments)


@contextmanager
def _counting_together() -> Iterator[None]:
    """The workers' numbers (counts.py) are in one folder, which must be named before they are first imported.

    A worker ends by unwinding this too: the folder is its master's.
    """
    name, master = "PROMETHEUS_MULTIPROC_DIR", os.getpid()
    os.environ[name] = folder = tempfile.mkdtemp(prefix="lti-elos-counts-")
    try:
        yield
    finally:
        if os.getpid() == master:
            from lti_elos.counts import close_files

            close_files()
            shutil.rmtree(folder, ignore_errors=True)
            del os.environ[name]


def _run(arguments: argparse.Namespace) -> None:
    from lti_elos.app import create_app, make_deps
    from lti_elos.errors import Misconfigured
    from lti_elos.log import configure
    from lti_elos.services.health import readiness
    from lti_elos.services.refreshers import Refreshers
    from lti_elos.services.servers import keep_default
    from lti_elos.services.workers import Worker, make_queue
    from lti_elos.serving import run_gunicorn, tls_files
    from lti_elos.settings import load_settings

    settings = load_settings()
    configure(settings.log_format, settings.log_level)
    if not settings.is_https and not settings.is_loopback:
        raise Misconfigured(
            f"BASE_URL is {settings.base_url}: outside loopback it must be https, or browsers drop our cookies. "
            "Put a reverse proxy with TLS in front (docs/install.md)"
        )
    tls = tls_files(arguments.certificate, arguments.key)
    if tls and not settings.is_https:
        raise Misconfigured(f"BASE_URL is {settings.base_url}, but with --certificate the tool is at https")
    deps = make_deps(settings)
    wrong = readiness(deps).obstacles
    if wrong:
        raise Misconfigured("; ".join(wrong))
    keep_default(deps)
    deps.database.dispose()  # each worker opens its own connections, after the fork
    logging.getLogger(__name__).info(
        "serving",
        extra={"base_url": settings.base_url, "workers": arguments.workers, "threads": arguments.threads},
    )

    def make_app() -> Flask:
        deps = make_deps(settings)
        Refreshers(deps).start()
        if arguments.no_jobs:
            make_queue(deps)  # what comes up here is done elsewhere
        else:
            atexit.register(Worker(deps, alone=True).start().stop)
        return create_app(deps)

    run_gunicorn(
        make_app,
        bind=f"{arguments.host}:{arguments.port}",
        workers=arguments.workers,
        threads=arguments.threads,
        tls=tls,
    )
