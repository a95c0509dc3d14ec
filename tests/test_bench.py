"""The benchmark of recordings runs, in a tiny size: its figures say nothing here, but that it measures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_recordings_bench_measures_a_page_and_a_long_document() -> None:
    command = [sys.executable, "-m", "bench.recordings", "--big", "300", "--small", "30", "--rounds", "1"]
    done = subprocess.run(
        [*command, "--requests", "1"], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=200, check=True
    )

    figures = json.loads(done.stdout.splitlines()[-1])

    assert set(figures) == {"page_cpu_10000_vs_100", "sync_peak_vs_document"}
    assert all(one > 0 for one in figures.values())
