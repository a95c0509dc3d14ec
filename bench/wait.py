"""`make bench-wait`: a class that waits for its teacher, how often Elos is asked meanwhile, and what a poll costs."""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import random
import re
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from bench import flask_apps, http, servers
from bench.machine import cpu_s, describe, median_ratio, quantile, rss_mib, spread
from bench.platform import Person, Platform

_ASKING = ("getMeetingInfo", "getMeetings", "isMeetingRunning")
_CONNECTIONS = 8
_RELEASE_LIMIT_S = 60.0
_WATCH = re.compile(rb'id="watch"[^>]*')


@dataclass
class Student:
    """A waiting student: where they poll, and when they got the 303 to Elos."""

    server: str
    cookies: dict[str, str]
    room: str
    status_url: str
    token: str
    polls: int = 0
    failed: int = 0
    released_at: float | None = None

    def poll(self) -> bytes:
        """What the waiting page's script sends; the browser adds the cookies."""
        headers = {"Accept": "application/json", "X-Status-Token": self.token, "Cache-Control": "no-cache"}
        return http.request("GET", self.server + self.status_url, headers=headers, cookies=self.cookies)

    def enter(self) -> bytes:
        return http.request("GET", f"{self.server}{self.room}/enter", cookies=self.cookies)


@dataclass
class Room:
    """A room with its teacher, and the tool's processes in front of it."""

    tool: servers.Tool
    elos: servers.Server
    teacher: Person
    path: str = ""
    students: list[Student] = field(default_factory=list)

    def asked(self) -> int:
        """Questions about the meeting that the simulator has heard since it was told to forget."""
        heard = requests.get(f"{self.elos.url}/_sim/calls", timeout=30).json()
        return sum(one["call"] in _ASKING for one in heard)

    def forget_calls(self) -> None:
        requests.delete(f"{self.elos.url}/_sim/calls", timeout=30).raise_for_status()

    def end(self) -> None:
        """The teacher ends the meeting."""
        self._post(f"{self.path}/end")

    def open(self) -> float:
        """The teacher opens the room and goes in. Gives the moment when they pressed the button."""
        began = time.perf_counter()
        join = self._post(f"{self.path}/join")
        if "/join?" not in join.headers.get("Location", ""):
            raise SystemExit(f"the teacher was not let in: {join.status_code} {join.headers.get('Location')}")
        requests.get(join.headers["Location"], timeout=30, allow_redirects=False).raise_for_status()
        return began

    def _post(self, path: str) -> requests.Response:
        return requests.post(
            self.tool.url + path,
            headers={
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.teacher.cookies.items()),
                "Sec-Fetch-Site": "same-origin",
                "Origin": self.tool.url,
            },
            timeout=30,
            allow_redirects=False,
        )


# --- getting there ---


async def _launch(tool: servers.Tool, platform: Platform, people: Sequence[Person]) -> list[str]:
    """Launch all; they keep their cookies. Gives the paths of their rooms."""
    base = tool.url
    logins = await http.ask_all(base, [platform.login(base, one) for one in people], connections=_CONNECTIONS)
    signed = [platform.launch(base, one, login) for one, login in zip(people, logins, strict=True)]
    launched = await http.ask_all(base, signed, connections=_CONNECTIONS)
    for person, answer in zip(people, launched, strict=True):
        if answer.status != 303:
            raise SystemExit(f"a launch was refused: {answer.status}")
        person.cookies = {name: value for name, value in answer.cookies.items() if value}
    return [answer.location for answer in launched]


async def _gather(tool: servers.Tool, elos: servers.Server, platform: Platform, count: int) -> Room:
    """A teacher, and ``count`` waiting students, each with a token of their own from a waiting page."""
    room = Room(tool, elos, Person("teacher", is_teacher=True))
    (room.path,) = await _launch(tool, platform, [room.teacher])
    people: list[Person] = []
    batch = 300  # a token lives a minute: sign and use a few at a time
    while len(people) < count:
        some = [Person(f"student-{len(people) + number}") for number in range(min(batch, count - len(people)))]
        await _launch(tool, platform, some)
        people += some
    waiting = [(person, tool.servers[number % len(tool.servers)].url) for number, person in enumerate(people)]
    for number, server in enumerate(tool.servers):
        own = waiting[number :: len(tool.servers)]
        asked = [http.request("GET", f"{server.url}{room.path}/wait", cookies=person.cookies) for person, _ in own]
        for (person, url), page in zip(
            own, await http.ask_all(server.url, asked, connections=_CONNECTIONS), strict=True
        ):
            room.students.append(Student(url, person.cookies, room.path, *_watch(page)))
    random.shuffle(room.students)
    return room


def _watch(page: http.Answer) -> tuple[str, str]:
    found = _WATCH.search(page.body)
    if page.status != 200 or found is None:
        raise SystemExit(f"no waiting page: {page.status} {page.location}")
    element = found.group(0).decode()
    values = dict(re.findall(r'data-(url|token)="([^"]*)"', element))
    return values["url"], values["token"]


# --- Elos hangs ---

_WATCHED, _HANGS_S, _LAUNCHES = 50, 30, 200


async def _launches_while_elos_hangs(
    tool: servers.Tool, elos: servers.Server, platform: Platform, rounds: int, refresh_s: float
) -> dict[str, Any]:
    """CPU of launches with all well and with every call to Elos hanging, 50 rooms watched, in rounds by turns.

    A launch that is refused ends the run.
    """
    faults = f"{elos.url}/_sim/faults"
    watchers = [Person(f"watcher-{number}", course=f"course-{number}") for number in range(_WATCHED)]
    people = [Person(f"person-{number}") for number in range(_LAUNCHES)]
    rooms = await _launch(tool, platform, watchers)
    await _launch(tool, platform, people)
    used: dict[str, list[float]] = {"well": [], "hanging": []}
    for _ in range(rounds):
        for state in used:
            requests.delete(faults, timeout=30).raise_for_status()
            if state == "hanging":
                hang = {"call": "*", "kind": "hang", "seconds": _HANGS_S}
                requests.post(faults, json=hang, timeout=30).raise_for_status()
            pages = [
                http.request("GET", tool.url + path, cookies=one.cookies)
                for path, one in zip(rooms, watchers, strict=True)
            ]
            await http.ask_all(tool.url, pages, connections=_CONNECTIONS)
            await asyncio.sleep(2 * refresh_s + 1)
            before = sum(cpu_s(server.pid) for server in tool.servers)
            await _launch(tool, platform, people)
            used[state].append((sum(cpu_s(server.pid) for server in tool.servers) - before) / _LAUNCHES)
    requests.delete(faults, timeout=30).raise_for_status()
    return {
        "launch_cpu_hanging_vs_well": median_ratio(used["hanging"], used["well"]),
        "launch_cpu_hanging_vs_well_min_max": _extremes(used["hanging"], used["well"]),
        "launches_refused": 0,
        "rooms_watched": _WATCHED,
    }


# --- waiting ---


async def _wait_and_release(room: Room, seconds: float) -> dict[str, Any]:
    """All poll at the pace they are told; then the teacher opens, and all are let in."""
    room.forget_calls()
    polling = [asyncio.create_task(_student(one)) for one in room.students]
    await asyncio.sleep(seconds)
    asked = await asyncio.to_thread(room.asked)
    polls = sum(one.polls for one in room.students)
    opened_at = await asyncio.to_thread(room.open)
    await asyncio.wait(polling, timeout=_RELEASE_LIMIT_S)
    for task in polling:
        task.cancel()
    times = [one.released_at - opened_at for one in room.students if one.released_at is not None]
    lost = len(room.students) - len(times)
    if not times:
        raise SystemExit("nobody was let in")
    return {
        "clients": len(room.students),
        "waited_s": seconds,
        "upstream_calls": asked,
        "polls_while_waiting": polls,
        "released_p50_s": round(quantile(times, 0.50), 3),
        "released_p95_s": round(quantile(times, 0.95), 3),
        "released_p99_s": round(quantile(times, 0.99), 3),
        "not_released": lost,
        "failed": sum(one.failed for one in room.students),
    }


async def _student(student: Student) -> None:
    connection = http.Connection(student.server)
    await asyncio.sleep(random.uniform(0, 1))  # noqa: S311 - a class comes over a while
    poll, enter = student.poll(), student.enter()
    while True:
        pause = 2.0
        try:
            answer = await connection.ask(poll)
            student.polls += 1
            if answer.status != 200:
                raise ConnectionResetError(answer.status)  # counted like a lost connection
            said = json.loads(answer.body)
            pause = said["ask_again_s"]
            if said["enter"]:
                let_in = await connection.ask(enter)
                if let_in.status == 303 and "/join?" in let_in.location:
                    student.released_at = time.perf_counter()
                    connection.close()
                    return
        except OSError:
            student.failed += 1
        await asyncio.sleep(pause)


# --- what a poll costs ---


async def _costs(room: Room, folder: Path, rounds: int, count: int) -> dict[str, Any]:
    """CPU per poll, per request of an empty Flask view, and per poll as mconf answers it, in the same rounds."""
    database = folder / "mconf.sqlite3"
    flask_apps.make_database(str(database))
    environment = {
        "BENCH_DATABASE": str(database),
        "BENCH_ELOS_URL": f"{room.elos.url}/bigbluebutton",
        "BENCH_SECRET": servers.ELOS_SECRET,
    }
    ours = room.tool.servers[0]
    student = next(one for one in room.students if one.server == ours.url)
    with servers.gunicorn("bench.flask_apps:app", folder, environment) as flask:
        (signed_in,) = await http.ask_all(flask.url, [http.request("GET", f"{flask.url}/sign-in")], connections=1)
        measured = {
            "poll": (ours, student.poll()),
            "flask": (flask, http.request("GET", f"{flask.url}/hello")),
            "mconf": (flask, http.request("GET", f"{flask.url}/rooms/room-1/running", cookies=signed_in.cookies)),
        }
        used: dict[str, list[float]] = {name: [] for name in measured}
        for number in range(rounds + 1):
            for name, (server, sent) in measured.items():
                some = count // 4 if name == "mconf" else count
                before = cpu_s(server.pid)
                answers = await http.ask_all(server.url, [sent] * some, connections=_CONNECTIONS)
                if any(answer.status not in (200, 304) for answer in answers):
                    raise SystemExit(f"{name}: {sorted({answer.status for answer in answers})}")
                if number:  # the first warms up
                    used[name].append((cpu_s(server.pid) - before) / some)
    for name, values in used.items():
        print(f"CPU per request, {name}: {spread(values)} ms")
    return {
        "poll_cpu_vs_flask": median_ratio(used["poll"], used["flask"]),
        "poll_cpu_vs_flask_min_max": _extremes(used["poll"], used["flask"]),
        "poll_cpu_vs_mconf_like": median_ratio(used["poll"], used["mconf"]),
        "poll_cpu_vs_mconf_like_min_max": _extremes(used["poll"], used["mconf"]),
    }


def _extremes(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return [round(min(ratios), 3), round(max(ratios), 3)]


async def _saturate(room: Room, seconds: float) -> dict[str, Any]:
    """As many polls as the processes answer, all connections kept busy."""
    loads = []
    for server in room.tool.servers:
        student = next(one for one in room.students if one.server == server.url)
        loads.append(http.ask_for(server.url, student.poll(), connections=_CONNECTIONS, seconds=seconds))
    answered = await asyncio.gather(*loads)
    return {
        "requests_per_s": round(sum(good for good, _ in answered) / seconds),
        "requests_failed": sum(bad for _, bad in answered),
    }


# --- a crowd ---


async def _crowd(room: Room, seconds: float, *, connections: int = 64) -> dict[str, Any]:
    """All students of a crowd at the pace the server tells, in an open loop over a proxy's worth of connections.

    A poll's time counts from when it was due. The first polls are spread over the first 20 s.
    """
    due = [(random.uniform(0, 20), number) for number in range(len(room.students))]  # noqa: S311
    heapq.heapify(due)
    polls = [one.poll() for one in room.students]
    began = time.perf_counter()
    warm_s = 20.0
    times: list[float] = []
    failed = answered = 0
    pauses: list[float] = []

    async def work(url: str) -> None:
        nonlocal failed, answered
        connection = http.Connection(url)
        while (now := time.perf_counter() - began) < warm_s + seconds:
            if not due or due[0][0] > now:
                await asyncio.sleep(min(0.005, due[0][0] - now) if due else 0.005)
                continue
            at, number = heapq.heappop(due)
            pause = 5.0
            try:
                answer = await connection.ask(polls[number])
                pause = json.loads(answer.body)["ask_again_s"] if answer.status == 200 else pause
                good = answer.status == 200
            except OSError:
                good = False
            ended = time.perf_counter() - began
            if ended > warm_s:
                answered, failed = answered + 1, failed + (not good)
                times.append(ended - at)
                pauses.append(pause)
            heapq.heappush(due, (ended + pause, number))
        connection.close()

    async def cpu() -> tuple[float, int]:
        await asyncio.sleep(warm_s)
        room.forget_calls()
        before = sum(cpu_s(server.pid) for server in room.tool.servers)
        await asyncio.sleep(seconds)
        return sum(cpu_s(server.pid) for server in room.tool.servers) - before, await asyncio.to_thread(room.asked)

    urls = [server.url for server in room.tool.servers]
    working = [asyncio.create_task(work(urls[number % len(urls)])) for number in range(connections)]
    used, asked = await cpu()
    await asyncio.gather(*working)
    return {
        "crowd": len(room.students),
        "crowd_s": seconds,
        "crowd_polls_per_s": round(answered / seconds, 1),
        "crowd_ask_again_s": round(quantile(pauses, 0.5), 1),
        "crowd_cores": round(used / seconds, 3),
        "crowd_failed": failed,
        "crowd_p50_s": round(quantile(times, 0.5), 4),
        "crowd_p99_s": round(quantile(times, 0.99), 4),
        "crowd_upstream_calls": asked,
    }


# --- the program ---


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.wait", description=__doc__)
    parser.add_argument("--clients", type=int, default=200, help="waiting students (200)")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long they wait before the teacher opens (6)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds for CPU per poll (5)")
    parser.add_argument("--requests", type=int, default=2000, help="per round (2000)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument(
        "--refresh",
        type=float,
        default=0.5,
        help="LIVE_REFRESH_S of the tool (0.5); --long and --crowd use its default",
    )
    parser.add_argument("--long", action="store_true", help="only this: 1000 students wait 60 s, two workers")
    parser.add_argument("--crowd", action="store_true", help="only this: 10000 students poll for 40 s, two workers")
    parser.add_argument("--hang", action="store_true", help="only this: launches while Elos hangs, 50 rooms watched")
    arguments = parser.parse_args()
    print(describe())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lti-elos-bench-")))
        platform = Platform()
        stack.enter_context(platform.server)
        elos = stack.enter_context(servers.simulator(folder))
        is_big = arguments.long or arguments.crowd
        tool = stack.enter_context(
            servers.tool(
                folder / "tool",
                elos=elos,
                jwks_url=platform.jwks_url,
                processes=1 if is_big else 2,
                workers=2 if is_big else 1,
                database_url=stack.enter_context(servers.database(arguments.database, folder)),
                **({} if is_big else {"live_refresh_s": str(arguments.refresh)}),
            )
        )
        print(json.dumps(asyncio.run(_measure(arguments, tool, elos, platform, folder))))


async def _measure(
    arguments: argparse.Namespace, tool: servers.Tool, elos: servers.Server, platform: Platform, folder: Path
) -> dict[str, Any]:
    if arguments.hang:
        return await _launches_while_elos_hangs(tool, elos, platform, arguments.rounds, arguments.refresh)
    if arguments.crowd:
        room = await _gather(tool, elos, platform, 10_000)
        return await _crowd(room, 40.0) | _memory(tool)
    if arguments.long:
        room = await _gather(tool, elos, platform, 1_000)
        return await _wait_and_release(room, 60.0) | _memory(tool)
    room = await _gather(tool, elos, platform, arguments.clients)
    result = await _wait_and_release(room, arguments.seconds)
    room.end()
    await asyncio.sleep(2 * arguments.refresh + 1)  # closed again, and known to be
    result |= await _costs(room, folder, arguments.rounds, arguments.requests)
    result |= await _saturate(room, 4.0)
    return result | _memory(tool) | {"database": arguments.database}


def _memory(tool: servers.Tool) -> dict[str, float]:
    """All serving processes together; pages that a master shares with its worker count in both."""
    return {"memory_mib": round(sum(rss_mib(server.pid) for server in tool.servers), 1)}


if __name__ == "__main__":
    main()
