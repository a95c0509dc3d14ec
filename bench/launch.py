"""`make bench`: the CPU of a launch, beside pylti1p3's in the same rounds; and a burst of launches."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import http, servers
from bench.machine import cpu_s, describe, median_ratio, spread
from bench.platform import Person, Platform

_POOL = 300
"""People who launch again and again, as a course's do."""


@dataclass
class Target:
    """A tool under measurement, with what its rounds used (seconds of CPU per launch)."""

    name: str
    url: str
    pid: int
    has_page: bool
    people: list[Person]
    login: list[float] = field(default_factory=list)
    launch: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)

    @property
    def posts(self) -> list[float]:
        return [login + launch for login, launch in zip(self.login, self.launch, strict=True)]

    @property
    def all(self) -> list[float]:
        return [posts + page for posts, page in zip(self.posts, self.page or [0.0] * len(self.login), strict=True)]


def _people() -> list[Person]:
    return [Person(f"person-{number}", keeps_session=number % 2 == 0) for number in range(_POOL)]


def _require(answers: Sequence[http.Answer], status: int, what: str) -> None:
    for answer in answers:
        if answer.status != status:
            raise SystemExit(f"{what}: {answer.status}, not {status}\n{answer.body[:2000].decode(errors='replace')}")


async def _round(target: Target, platform: Platform, count: int, *, connections: int, is_kept: bool = True) -> None:
    """All logins, then sign all, then all launches, then all pages."""
    people = [target.people[number % len(target.people)] for number in range(count)]

    async def ask(requests: Sequence[bytes]) -> list[http.Answer]:
        return await http.ask_all(target.url, requests, connections=connections)

    marks = [cpu_s(target.pid)]
    logins = await ask([platform.login(target.url, person) for person in people])
    marks.append(cpu_s(target.pid))
    _require(logins, 302, f"{target.name}, login")
    signed = [platform.launch(target.url, person, login) for person, login in zip(people, logins, strict=True)]
    marks.append(cpu_s(target.pid))
    launched = await ask(signed)
    marks.append(cpu_s(target.pid))
    _require(launched, 303 if target.has_page else 200, f"{target.name}, launch")
    if target.has_page:
        pages = []
        for person, answer in zip(people, launched, strict=True):
            session = person.cookies | {name: value for name, value in answer.cookies.items() if value}
            if person.keeps_session:
                person.cookies = session
            pages.append(
                http.request("GET", target.url + answer.location, cookies=session, headers={"Sec-Fetch-Dest": "iframe"})
            )
        marks.append(cpu_s(target.pid))
        shown = await ask(pages)
        marks.append(cpu_s(target.pid))
        _require(shown, 200, f"{target.name}, page")
        if not all(b'id="stage"' in answer.body for answer in shown):
            raise SystemExit("that is not the room's page")
    if is_kept:
        target.login.append((marks[1] - marks[0]) / count)
        target.launch.append((marks[3] - marks[2]) / count)
        if target.has_page:
            target.page.append((marks[5] - marks[4]) / count)


async def _burst(target: Target, platform: Platform, count: int) -> tuple[float, int]:
    """``count`` launches at one instant, logins done before: seconds to the last answer, and how many failed."""
    people = [Person(f"burst-{number}") for number in range(count)]
    logins = await http.ask_all(target.url, [platform.login(target.url, one) for one in people], connections=8)
    _require(logins, 302, f"{target.name}, login")
    signed = [platform.launch(target.url, one, login) for one, login in zip(people, logins, strict=True)]
    answers, times = await http.ask_at_once(target.url, signed)
    good = 303 if target.has_page else 200
    return max(times), sum(answer.status != good for answer in answers)


def _report(target: Target) -> None:
    phases = {"login": target.login, "launch": target.launch, "both": target.posts, "page": target.page}
    print(f"{target.name}, ms: " + ", ".join(f"{name} {spread(used)}" for name, used in phases.items() if used))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.launch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    parser.add_argument("--launches", type=int, default=300, help="per round and tool (300)")
    parser.add_argument("--connections", type=int, default=1, help="requests at a time (1)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--burst", type=int, default=500, help="launches at one instant (500); 0 leaves it out")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lti-elos-bench-")))
        platform = Platform()
        stack.enter_context(platform.server)
        elos = stack.enter_context(servers.simulator(folder))
        database_url = stack.enter_context(servers.database(arguments.database, folder))
        print(describe())
        asyncio.run(_cpu_and_burst(arguments, folder, platform, elos, database_url))


async def _cpu_and_burst(
    arguments: argparse.Namespace,
    folder: Path,
    platform: Platform,
    elos: servers.Server,
    database_url: str,
) -> None:
    with ExitStack() as running:
        tool = running.enter_context(
            servers.tool(folder / "tool", elos=elos, jwks_url=platform.jwks_url, database_url=database_url)
        )
        ours = Target("lti-elos", tool.url, tool.pid, True, _people())
        theirs, uncached = (
            Target(name, server.url, server.pid, False, _people())
            for name, server in (
                (f"pylti1p3, keys {keys}", running.enter_context(_pylti(folder, platform, keys=keys)))
                for keys in ("cached", "fetched")
            )
        )
        targets = (ours, theirs, uncached)
        for target in targets:
            await _round(target, platform, _POOL, connections=arguments.connections, is_kept=False)
        before, fetches = tool.launches(), platform.fetches
        for number in range(arguments.rounds):
            # Whoever goes first in one round goes last in another.
            for target in targets[number % 3 :] + targets[: number % 3]:
                await _round(target, platform, arguments.launches, connections=arguments.connections)
        made = tool.launches() - before
        if made != arguments.rounds * arguments.launches:
            raise SystemExit(f"{made} launches in the database, not {arguments.rounds * arguments.launches}")
        own_fetches = platform.fetches - fetches - arguments.rounds * arguments.launches
    for target in targets:
        _report(target)
    result = {
        "cpu_vs_pylti1p3": median_ratio(ours.posts, theirs.posts),
        "cpu_with_page_vs_pylti1p3": median_ratio(ours.all, theirs.posts),
        "cpu_vs_pylti1p3_uncached": median_ratio(ours.posts, uncached.posts),
        "cpu_with_page_vs_pylti1p3_uncached": median_ratio(ours.all, uncached.posts),
        "cpu_vs_pylti1p3_min_max": _extremes(ours.posts, theirs.posts),
        "cpu_with_page_vs_pylti1p3_min_max": _extremes(ours.all, theirs.posts),
        "login_ms": _ms(ours.login),
        "launch_ms": _ms(ours.launch),
        "page_ms": _ms(ours.page),
        "pylti1p3_login_ms": _ms(theirs.login),
        "pylti1p3_launch_ms": _ms(theirs.launch),
        "jwks_fetches_after_warm_up": own_fetches,
        "rounds": arguments.rounds,
        "launches_per_round": arguments.launches,
        "connections": arguments.connections,
        "database": arguments.database,
    }
    if arguments.burst:
        result |= await _bursts(arguments, folder, platform, elos)
    print(json.dumps(result))


async def _bursts(
    arguments: argparse.Namespace, folder: Path, platform: Platform, elos: servers.Server
) -> dict[str, float]:
    """Both with two workers. pylti1p3's share their launch data in Redis, or in files where there is none."""
    files = folder / "cache"
    files.mkdir()
    with ExitStack() as running:
        cache = running.enter_context(servers.redis(folder)) or str(files)
        database_url = running.enter_context(servers.database(arguments.database, folder))
        tool = running.enter_context(
            servers.tool(folder / "burst", elos=elos, jwks_url=platform.jwks_url, workers=2, database_url=database_url)
        )
        other = running.enter_context(_pylti(folder, platform, keys="cached", cache=cache, workers=2))
        ours = Target("lti-elos", tool.url, tool.pid, True, _people())
        theirs = Target("pylti1p3", other.url, other.pid, False, _people())
        times: dict[str, list[float]] = {"lti-elos": [], "pylti1p3": []}
        failed = {"lti-elos": 0, "pylti1p3": 0}
        for number in range(6):
            for target in (ours, theirs) if number % 2 else (theirs, ours):
                took, missed = await _burst(target, platform, arguments.burst)
                if number:  # the first warms up
                    times[target.name].append(took)
                    failed[target.name] += missed
    for name, values in times.items():
        print(f"burst of {arguments.burst}, {name}: {spread(values, unit=1.0)} s to the last, {failed[name]} failed")
    return {
        "burst_vs_pylti1p3": median_ratio(times["lti-elos"], times["pylti1p3"]),
        "burst_failed": failed["lti-elos"],
        "burst_s": round(median(times["lti-elos"]), 3),
        "burst_pylti1p3_s": round(median(times["pylti1p3"]), 3),
        "burst_pylti1p3_failed": failed["pylti1p3"],
        "burst_pylti1p3_redis": int(cache.startswith("redis:")),
    }


def _pylti(
    folder: Path, platform: Platform, *, keys: str, cache: str = "memory", workers: int = 1
) -> AbstractContextManager[servers.Server]:
    environment = {"BENCH_CACHE": cache, "BENCH_KEYS": keys, "BENCH_JWKS_URL": platform.jwks_url}
    return servers.gunicorn("bench.pylti_tool:app", folder, environment, is_sync=True, workers=workers)


def _extremes(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Least and greatest ratio of one round."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return [round(min(ratios), 3), round(max(ratios), 3)]


def _ms(values: Sequence[float]) -> float:
    return round(median(values) * 1000, 2)


if __name__ == "__main__":
    main()
