"""The Elos simulator in a process of its own: ``python -m bench.simulator PORT SECRET``."""

from __future__ import annotations

import signal
import sys

from lti_elos.demo.elos import create_simulator
from lti_elos.demo.serving import ThreadedServer


def main() -> None:
    server = ThreadedServer(port=int(sys.argv[1]))
    server.app = create_simulator(secret=sys.argv[2], public_url=server.url)
    with server:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
