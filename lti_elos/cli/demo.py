"""lti-elos demo."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from lti_elos.cli.common import Nouns, command


def add_to(nouns: Nouns) -> None:
    demo = command(
        nouns,
        "demo",
        _demo,
        "A tool, a demo LMS and an Elos simulator on this machine: prints one URL, runs until Ctrl-C.",
    )
    demo.add_argument("--port", type=int, default=8000, help="of the tool; the LMS and Elos take the next two")
    demo.add_argument("--data", type=Path, default=None, help="keep the data here (default: a new temporary folder)")
    demo.add_argument(
        "--tls", action="store_true", help="serve https, with a certificate made on the spot (for Safari)"
    )
    demo.add_argument(
        "--classes", action="store_true", help="simulated people come into each meeting: 50 minutes in 50 seconds"
    )


def _demo(arguments: argparse.Namespace) -> None:
    from lti_elos.demo.run import run_demo

    with suppress(KeyboardInterrupt):  # that is how a demo ends
        run_demo(port=arguments.port, data_dir=arguments.data, tls=arguments.tls, plays_classes=arguments.classes)
