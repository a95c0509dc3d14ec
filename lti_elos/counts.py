"""What this process has done since its start, in numbers, for Prometheus.

Counting happens on every launch and every page: a number in memory; or under ``serve``, whose workers are told of as
one, in a file that is mapped into it (``PROMETHEUS_MULTIPROC_DIR``, to be set before this module is first imported).
Labels are from fixed sets: nothing that a visitor sends becomes one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import close_all_multiprocess_files

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_DOORS = {"lti": "lti", "rooms": "rooms", "elos": "elos", "static": "static", "bootstrap": "static"}


def close_files() -> None:
    """For the end of a process that counts no more."""
    close_all_multiprocess_files()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Gauge:
    """How something is now. ``values``: {label values: number}."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: dict[tuple[str, ...], float]


class Counts:
    """The numbers of one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter("requests", "Answered requests", "door", "status")
        self._polls = self._requests.labels("status", "2xx")
        self._requests_by: dict[tuple[str, str], Counter] = {}
        self._logins = self._counter("logins", "Logins sent on to their platform")
        self._accepted = self._counter("launches_accepted", "People let in by a launch")
        self._refused = self._counter("launches_refused", "Logins and launches refused, by code", "code")
        self._uncounted = self._counter("failures_not_counted", "Refusals that Redis could not count")
        self._deliveries = self._counter("hook_deliveries", "Deliveries of hooks", "outcome")
        self._jobs = self._counter("jobs_run", "Tries of background jobs", "kind", "outcome")
        self._calls = self._counter(
            "elos_calls", "Calls to Elos, by ok or the error's code", "server", "call", "outcome"
        )
        self._call_seconds = Histogram(
            "lti_elos_elos_call_seconds",
            "How long calls to Elos took",
            ("server", "call"),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"lti_elos_{name}", text, labels, registry=self._registry)

    def request(self, path: str, status: str) -> None:
        """An answered request. ``status``: with its three digits in front."""
        # What is no door of ours is one label, whatever it is called.
        key = _DOORS.get(path.split("/", 2)[1] if path.startswith("/") else "", "other"), status[:1]
        counter = self._requests_by.get(key)
        if counter is None:
            counter = self._requests_by[key] = self._requests.labels(key[0], f"{key[1]}xx")
        counter.inc()

    def poll(self) -> None:
        """A page's question how its room is, answered before Flask."""
        self._polls.inc()

    def login(self) -> None:
        """A browser was sent on to its platform."""
        self._logins.inc()

    def launch_accepted(self) -> None:
        """A person was let in."""
        self._accepted.inc()

    def launch_refused(self, code: str) -> None:
        """A login or a launch was refused."""
        self._refused.labels(code).inc()

    def failure_not_counted(self) -> None:
        """The limiter's storage is out of reach."""
        self._uncounted.inc()

    def delivery(self, *, is_taken: bool) -> None:
        """A hook delivered."""
        self._deliveries.labels("taken" if is_taken else "refused").inc()

    def job(self, kind: str, *, has_failed: bool) -> None:
        """A try of a job is over."""
        self._jobs.labels(kind, "failed" if has_failed else "done").inc()

    def elos_call(self, call: str, server: str, outcome: str, seconds: float) -> None:
        """As ``ElosClient`` tells its ``observe``."""
        self._calls.labels(server, call, outcome).inc()
        self._call_seconds.labels(server, call).observe(seconds)

    def text(self, gauges: Iterable[Gauge]) -> bytes:
        """All of it in Prometheus's text format: of all workers under ``serve``, else of this process."""
        shown = CollectorRegistry()
        if os.environ.get(DIRECTORY):
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        else:
            shown.register(_Others(self._registry))
        shown.register(_Now(gauges))
        return generate_latest(shown)


class _Others(Collector):
    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Metric]:
        return self._registry.collect()


class _Now(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(f"lti_elos_{gauge.name}", gauge.help, labels=gauge.labels)
            for labels, value in gauge.values.items():
                family.add_metric(labels, value)
            yield family
