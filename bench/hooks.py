"""`make bench-hooks`: the CPU of a hook's delivery beside a login's in the same rounds; a burst of events, its jobs."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from bench import http, servers
from bench.machine import cpu_s, describe, median_ratio, spread
from bench.platform import Person, Platform
from lti_elos.db.tables import events, hooks, jobs, rooms
from lti_elos.db.tables import servers as server_table
from lti_elos.services.hooks import url_of

_MEETINGS = 20
_TOKEN = "bench-only-token"  # noqa: S105


class Elos:
    """Tells of meetings in the tool's rooms: somebody comes in, somebody leaves."""

    def __init__(self, tool: servers.Tool) -> None:
        self._url, self._ids = _hook(tool), _meeting_ids(tool)
        self._began_ms = time.time_ns() // 1_000_000
        self._numbers = self._count()

    def _count(self) -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def deliveries(self, count: int) -> list[bytes]:
        return [self._delivery(next(self._numbers)) for _ in range(count)]

    def _delivery(self, number: int) -> bytes:
        which, turn = number % len(self._ids), number // len(self._ids)
        event = {
            "data": {
                "type": "event",
                "id": "user-left" if turn % 2 else "user-joined",
                "attributes": {
                    "meeting": {
                        "internal-meeting-id": f"{which:040x}-{self._began_ms}",
                        "external-meeting-id": self._ids[which],
                    },
                    "user": {
                        "internal-user-id": f"w_{turn // 2}",
                        "external-user-id": f"person-{turn // 2}",
                        "name": "Pessoa Exemplo",
                        "role": "VIEWER",
                        "presenter": False,
                        "userdata": {},
                        "guest": False,
                    },
                },
                "event": {"ts": self._began_ms + number},
            }
        }
        form = {"domain": "bench.test", "event": json.dumps([event]), "timestamp": str(self._began_ms + number)}
        return http.request("POST", self._url, form=form, headers={"Authorization": f"Bearer {_TOKEN}"})


def _hook(tool: servers.Tool) -> str:
    now = tool.deps.clock()
    with tool.deps.database.transaction() as db:
        server_id = db.scalars(select(server_table.c.id)).one()
        db.execute(hooks.delete())
        values = {"hook_id": str(uuid4()), "url": url_of(tool.deps, server_id), "trouble": ""}
        times = {"checked_at": now, "made_at": now}
        sealed = tool.deps.vault.seal("hook-token", _TOKEN)
        db.execute(hooks.insert().values(server_id=server_id, token_sealed=sealed, **values, **times))
    return f"{tool.url}/elos/hooks/{server_id}"


def _meeting_ids(tool: servers.Tool) -> list[str]:
    with tool.deps.database.reading() as db:
        return list(db.scalars(select(rooms.c.meeting_id)))


async def _open_courses(tool: servers.Tool, platform: Platform) -> None:
    """Each has a room after its first launch."""
    people = [Person(f"teacher-{number}", True, f"course-{number}") for number in range(_MEETINGS)]
    logins = await _ask(tool, [platform.login(tool.url, one) for one in people], 302)
    await _ask(
        tool,
        [platform.launch(tool.url, one, login) for one, login in zip(people, logins, strict=True)],
        303,
    )


async def _ask(tool: servers.Tool, requests: list[bytes], status: int, *, connections: int = 1) -> list[http.Answer]:
    answers = await http.ask_all(tool.url, requests, connections=connections)
    for answer in answers:
        if answer.status != status:
            raise SystemExit(f"{answer.status}, not {status}\n{answer.body[:2000].decode(errors='replace')}")
    return answers


async def _rounds(tool: servers.Tool, platform: Platform, rounds: int, count: int) -> tuple[list[float], list[float]]:
    """CPU seconds of one login and of one delivery, by round."""
    elos = Elos(tool)
    people = [Person(f"person-{number}") for number in range(count)]
    logins: list[float] = []
    deliveries: list[float] = []
    for number in range(rounds + 1):
        told = elos.deliveries(count)
        asked = [platform.login(tool.url, person) for person in people]
        used = {}
        for name in ("login", "delivery") if number % 2 else ("delivery", "login"):
            before = cpu_s(tool.pid)
            await _ask(tool, told if name == "delivery" else asked, 200 if name == "delivery" else 302)
            used[name] = (cpu_s(tool.pid) - before) / count
        if number:  # the first warms up
            logins.append(used["login"])
            deliveries.append(used["delivery"])
    return logins, deliveries


async def _burst(tool: servers.Tool, count: int) -> tuple[float, float]:
    """Seconds until the last delivery is stored, and from there until the last job is done."""
    told = Elos(tool).deliveries(count)
    with tool.deps.database.reading() as db:
        before = db.scalar(select(func.count()).select_from(events)) or 0
    began = time.perf_counter()
    await _ask(tool, told, 200, connections=16)
    stored = time.perf_counter()
    with tool.deps.database.reading() as db:
        kept = (db.scalar(select(func.count()).select_from(events)) or 0) - before
    if kept != count:
        raise SystemExit(f"{kept} of {count} events were kept")
    while True:
        with tool.deps.database.reading() as db:
            is_open = db.scalar(select(func.count()).select_from(jobs).where(jobs.c.done_at.is_(None)))
        if not is_open:
            return stored - began, time.perf_counter() - stored
        await asyncio.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.hooks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds (7)")
    parser.add_argument("--deliveries", type=int, default=300, help="per round (300)")
    parser.add_argument("--burst", type=int, default=2000, help="events at once, of 20 meetings (2000)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    arguments = parser.parse_args()
    print(describe())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lti-elos-bench-")))
        platform = Platform()
        stack.enter_context(platform.server)
        elos = stack.enter_context(servers.simulator(folder))
        database_url = stack.enter_context(servers.database(arguments.database, folder))

        def tool(name: str, *more: str) -> servers.Tool:
            return stack.enter_context(
                servers.tool(
                    folder / name,
                    elos=elos,
                    jwks_url=platform.jwks_url,
                    database_url=database_url if name == "burst" else "",
                    more=more,
                )
            )

        silent, working = tool("cpu", "--no-jobs"), tool("burst")
        asyncio.run(_open_courses(silent, platform))
        asyncio.run(_open_courses(working, platform))
        logins, deliveries = asyncio.run(_rounds(silent, platform, arguments.rounds, arguments.deliveries))
        print(f"login {spread(logins)} ms, delivery {spread(deliveries)} ms of CPU")
        burst_s, drain_s = asyncio.run(_burst(working, arguments.burst))
    print(f"{arguments.burst} events: stored in {burst_s:.2f} s, worked out {drain_s:.2f} s later")
    print(
        json.dumps(
            {
                "post_cpu_vs_login": median_ratio(deliveries, logins),
                "burst_s": round(burst_s, 3),
                "drain_s": round(drain_s, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
