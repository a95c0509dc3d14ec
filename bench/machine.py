"""What a process tree used, and the numbers made of it."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def cpu_s(pid: int) -> float:
    """User and system time of a process and all its children, those that ended included."""
    used = 0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        used += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime: proc(5)
    return used * _TICK_S


def rss_mib(pid: int) -> float:
    """Resident memory of a process and its children: pages that they share count more than once."""
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in _family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def describe() -> str:
    """The machine, for the report's first line."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Ratio of the medians over interleaved rounds."""
    return round(statistics.median(ours) / statistics.median(theirs), 3)


def spread(values: Sequence[float], *, unit: float = 1000.0) -> str:
    """Median and extremes, in ms unless told otherwise."""
    return f"{statistics.median(values) * unit:.2f} ({min(values) * unit:.2f}–{max(values) * unit:.2f})"
