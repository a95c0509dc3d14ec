"""Many at the very same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def all_at_once(count: int, ask_one: Any) -> list[Any]:
    """``ask_one(number)`` from ``count`` threads that start together."""
    ready = threading.Barrier(count)

    def run(number: int) -> Any:
        ready.wait(timeout=30)
        return ask_one(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
