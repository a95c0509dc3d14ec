"""lti-elos worker."""

from __future__ import annotations

import argparse
import logging
import signal

from lti_elos.cli.common import Nouns, command


def add_to(nouns: Nouns) -> None:
    command(nouns, "worker", _worker, "Background jobs in a process of their own, for `serve --no-jobs` or beside it.")


def _worker(_arguments: argparse.Namespace) -> None:
    from lti_elos.app import make_deps
    from lti_elos.errors import Misconfigured
    from lti_elos.log import configure
    from lti_elos.services.health import readiness
    from lti_elos.services.workers import Worker
    from lti_elos.settings import load_settings

    settings = load_settings()
    configure(settings.log_format, settings.log_level)
    deps = make_deps(settings)
    if wrong := readiness(deps).obstacles:
        raise Misconfigured("; ".join(wrong))
    # SQLite's queue is one file on one machine, and has one writer: one worker of a machine works, others stand by.
    worker = Worker(deps, alone=deps.database.dialect == "sqlite")
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: worker.request_stop())
    logging.getLogger(__name__).info("working")
    worker.run()
