"""`make bench-admin`: the CPU of the operators' pages over a large installation, beside a hundredth of it."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from bench.machine import describe, median_ratio, spread
from lti_elos.app import create_app, make_deps
from lti_elos.db import schema
from lti_elos.db.tables import (
    audit,
    courses,
    deployments,
    failed_launches,
    failures,
    launches,
    live_rooms,
    platforms,
    recordings,
    rooms,
    servers,
    users,
)
from lti_elos.services import operators
from lti_elos.services.deps import Deps
from lti_elos.settings import Settings

_EMAIL, _PASSWORD = "bench@example.test", "bench-only-password"
_SECRET_KEY = "bench-only-key-of-more-than-32-characters"  # noqa: S105
_DAYS = 30
_BATCH = 20_000
_TOLD = 5
"""Platforms with a deployment that waits, and with launches that fail now: the pages say the same of both."""
_FULL = 60
"""Platforms of the small one, at least: a page of 50 is then as long in both."""
_STRETCH = 6_000
"""Recordings, and entries of the audit log, of the small one, at least: more than a page looks through."""


_CAUSES = (
    ("LTI-TOKEN-TIME", "clock-ahead"),
    ("LTI-REPLAYED", "used-already"),
    ("LTI-UNPROVEN", "cookie-blocked"),
    ("LTI-SIGNATURE", "signature-wrong"),
)


@dataclass
class Side:
    """One installation, and what its rounds used (seconds of CPU per page)."""

    name: str
    deps: Deps
    client: FlaskClient
    platform_id: UUID
    failed_id: UUID
    """A failed launch of it."""
    record_id: str
    """A recording's at its server."""
    recording_id: UUID
    """Another one, in our addresses."""
    used: dict[str, list[float]] = field(default_factory=dict)

    @property
    def pages(self) -> dict[str, str]:
        return {
            "overview": "/admin",
            "platforms": "/admin/platforms",
            "platforms found": "/admin/platforms?q=LMS+00",
            "platforms pending": "/admin/platforms?state=pending",
            "platform": f"/admin/platforms/{self.platform_id}",
            "servers": "/admin/servers",
            "failures": "/admin/failed-launches",
            "failures of a code": "/admin/failed-launches?code=LTI-TOKEN-TIME",
            "failures of a platform": f"/admin/failed-launches?platform={self.platform_id}",
            "failed launch": f"/admin/failed-launches/{self.failed_id}",
            "doctor": f"/admin/platforms/{self.platform_id}/doctor",
            "recordings": "/admin/recordings",
            "recordings found": "/admin/recordings?q=lesson+7",
            "recordings nowhere": "/admin/recordings?q=nothing+is+called+so",
            "recordings unpublished": "/admin/recordings?state=unpublished",
            "recordings expiring": "/admin/recordings?state=expiring",
            "recordings in the bin": "/admin/recordings?state=bin",
            "recording by record id": f"/admin/recordings?q={self.record_id}",
            "recording": f"/admin/recordings/{self.recording_id}",
            "audit": "/admin/audit",
            "audit of an action": "/admin/audit?action=renamed",
            "audit of a platform": f"/admin/audit?platform={self.platform_id}",
        }


def _fill(deps: Deps, *, of_platforms: int, of_launches: int) -> tuple[UUID, UUID]:
    """A month of launches, a hundredth of them refused, a room in a hundred open. Gives the busiest platform, and a
    failed launch of it.
    """
    now = deps.clock()
    dice = random.Random(7)  # noqa: S311 - the same each time
    server, tenants = uuid4(), [(uuid4(), uuid4(), uuid4(), uuid4(), uuid4()) for _ in range(of_platforms)]
    with deps.database.transaction() as db:
        db.execute(servers.insert(), [_server(server, now)])
        db.execute(platforms.insert(), [_platform(one[0], number, now) for number, one in enumerate(tenants)])
        db.execute(
            deployments.insert(),
            [
                {
                    "id": one[1],
                    "platform_id": one[0],
                    "deployment_id": "1",
                    "is_active": number >= _TOLD,
                    "created_at": now,
                }
                for number, one in enumerate(tenants)
            ],
        )
        db.execute(users.insert(), [_user(one[2], one[0], now) for one in tenants])
        db.execute(courses.insert(), [_course(one[3], one[1], now) for one in tenants])
        db.execute(rooms.insert(), [_room(one[4], one[1], one[3], now) for one in tenants])
        db.execute(
            live_rooms.insert(), [_live(one[4], now, is_open=number % 4 == 0) for number, one in enumerate(tenants)]
        )
    for batch in _batches(of_launches):
        with deps.database.transaction() as db:
            db.execute(launches.insert(), [_launch(dice.choice(tenants), dice, now) for _ in range(batch)])
    causes = {one[0]: [_cause(one[0], *of, dice, now) for of in _CAUSES] for one in tenants}
    with deps.database.transaction() as db:
        db.execute(failures.insert(), [cause for of_one in causes.values() for cause in of_one])
    for batch in _batches(of_launches // 100):
        with deps.database.transaction() as db:
            chosen = [dice.choice(causes[dice.choice(tenants)[0]]) for _ in range(batch)]
            db.execute(failed_launches.insert(), [_failure(cause, dice, now) for cause in chosen])
    late = now - timedelta(minutes=5)
    with deps.database.transaction() as db:
        told = [causes[one[0]][0] for one in tenants[:_TOLD] for _ in range(50)]
        db.execute(
            failed_launches.insert(),
            [_failure(one, dice, now) | {"code": "LTI-INCOMPLETE", "minute": late} for one in told],
        )
        latest = [
            _failure(cause, dice, now) | {"id": cause["latest_id"]} for of_one in causes.values() for cause in of_one
        ]
        db.execute(failed_launches.insert(), latest)
    return tenants[1][0], causes[tenants[1][0]][0]["latest_id"]


def _fill_shelves(deps: Deps, number: int) -> tuple[str, UUID]:
    """Recordings of two years as they came, some expiring, a few in the bin, and an entry of the audit log for each.
    Gives a record id, and the id of another.
    """
    now = deps.clock()
    dice = random.Random(11)  # noqa: S311 - the same each time
    with deps.database.reading() as db:
        places = db.execute(
            select(rooms.c.id, deployments.c.platform_id).join(deployments, deployments.c.id == rooms.c.deployment_id)
        ).all()
        server_id = db.execute(select(servers.c.id)).scalar_one()
    binned = _TOLD * 10 / number
    begun = 0
    for batch in _batches(number):
        moments = [now - timedelta(days=730) * (1 - (begun + each) / number) for each in range(batch)]
        begun += batch
        made = [_recording(dice.choice(places), server_id, dice, at, now, binned) for at in moments]
        with deps.database.transaction() as db:
            db.execute(recordings.insert(), [one for one, _ in made])
            db.execute(audit.insert(), [_entry(one, platform_id, dice) for one, platform_id in made])
    return made[0][0]["record_id"], made[1][0]["id"]


def _recording(
    place: Any, server_id: UUID, dice: random.Random, began: datetime, now: datetime, binned: float
) -> tuple[dict[str, Any], UUID]:
    is_binned = dice.random() < binned
    return {
        "id": uuid4(),
        "server_id": server_id,
        "record_id": f"{uuid4().hex}12345678-{dice.randrange(10**13):013}",
        "room_id": place.id,
        "internal_id": uuid4().hex,
        "name": f"Lesson {dice.randrange(1, 400)}",
        "state": "unpublished" if is_binned or dice.random() < 0.1 else "published",
        "started_at": began,
        "length_s": dice.randrange(600, 7200),
        "size_bytes": dice.randrange(10**8, 10**9),
        "formats": [{"kind": "presentation", "url": "https://elos.example.test/p", "thumbnails": []}],
        "expires_at": began + timedelta(days=731),
        "trashed_at": now if is_binned else None,
        "delete_at": now + timedelta(days=7) if is_binned else None,
    }, place.platform_id


def _entry(recording: dict[str, Any], platform_id: UUID, dice: random.Random) -> dict[str, Any]:
    return {
        "at": recording["started_at"],
        "action": "renamed" if dice.random() < 0.02 else "played",
        "platform_id": platform_id,
        "room_id": recording["room_id"],
        "recording_id": recording["id"],
        "record_id": recording["record_id"],
        "user_id": uuid4(),
        "details": {},
    }


def _batches(total: int) -> Iterator[int]:
    for begun in range(0, total, _BATCH):
        yield min(_BATCH, total - begun)


def _server(server_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": server_id,
        "name": "elos",
        "url": "https://elos.example.test/bigbluebutton/api",
        "internal_url": "",
        "secret_sealed": "x",
        "digest": "sha256",
        "kind": "elos",
        "is_default": True,
        "created_at": now,
    }


def _platform(platform_id: UUID, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": platform_id,
        "name": f"LMS {number:05}",
        "issuer": f"https://lms-{number}.example.test",
        "client_id": "client",
        "auth_login_url": "https://lms.example.test/auth",
        "auth_token_url": "https://lms.example.test/token",
        "jwks_url": "https://lms.example.test/jwks",
        "audience": "",
        "deployment_policy": "approve",
        "server_id": None,
        "enabled": number % 20 != 19,
        "disabled_at": None,
        "policies": {},
        "family": "moodle",
        "created_at": now,
    }


def _user(user_id: UUID, platform_id: UUID, now: datetime) -> dict[str, Any]:
    named = {"sub": "1", "name": "Pessoa", "given_name": "Pessoa", "last_seen_at": now, "created_at": now}
    return {"id": user_id, "platform_id": platform_id} | named


def _course(course_id: UUID, deployment_id: UUID, now: datetime) -> dict[str, Any]:
    named = {"context_id": "1", "title": "Curso", "label": "C", "created_at": now}
    return {"id": course_id, "deployment_id": deployment_id} | named


def _room(room_id: UUID, deployment_id: UUID, course_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": room_id,
        "deployment_id": deployment_id,
        "course_id": course_id,
        "scope": "course",
        "scope_id": "1",
        "key_digest": room_id.hex,
        "name": "Curso",
        "meeting_id": room_id.hex,
        "older_meeting_ids": [],
        "callback_key": room_id.hex,
        "link_key": room_id.hex,
        "attendee_password_sealed": "x",
        "moderator_password_sealed": "x",
        "settings": {},
        "created_at": now,
    }


def _live(room_id: UUID, now: datetime, *, is_open: bool) -> dict[str, Any]:
    return {
        "room_id": room_id,
        "state": "open" if is_open else "closed",
        "participants": 28 if is_open else 0,
        "internal_id": "",
        "create_time_ms": 0,
        "checked_at": now,
        "trouble": "",
        "version": 1,
        "watched_until": now,
    }


def _launch(tenant: tuple[UUID, ...], dice: random.Random, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "deployment_id": tenant[1],
        "user_id": tenant[2],
        "room_id": tenant[4],
        "moderates": False,
        "manages": False,
        "role": "student",
        "is_test": False,
        "locale": "pt-BR",
        "time_zone": "",
        "return_url": "https://lms.example.test/course/view.php?id=2",
        "lms_name": "Moodle",
        "created_at": now - timedelta(seconds=dice.random() * 86400 * _DAYS),
    }


def _cause(platform_id: UUID, code: str, cause: str, dice: random.Random, now: datetime) -> dict[str, Any]:
    """Met by hundreds of people, and until some hour of the last two days."""
    last = now - timedelta(seconds=dice.random() * 86400 * 2)
    hours = [last - timedelta(hours=ago) for ago in range(24)]
    return {
        "id": uuid4(),
        "digest": uuid4().hex,
        "platform_id": platform_id,
        "issuer": "",
        "code": code,
        "cause": cause,
        "deployment_id": "1",
        "off_by_s": 242,
        "first_at": now - timedelta(days=_DAYS),
        "last_at": last,
        "times": 2000,
        "by_hour": {f"{hour:%Y-%m-%dT%H}": dice.randrange(1, 90) for hour in hours},
        "people": 400,
        "subjects": [f"{number:08x}" for number in range(400)],
        "latest_id": uuid4(),
    }


def _failure(cause: dict[str, Any], dice: random.Random, now: datetime) -> dict[str, Any]:
    at = now - timedelta(seconds=dice.random() * 86400 * _DAYS)
    return {
        "id": uuid4(),
        "platform_id": cause["platform_id"],
        "failure_id": cause["id"],
        "code": cause["code"],
        "cause": cause["cause"],
        "door": "launch",
        "deployment_id": "1",
        "occurrence": uuid4().hex[:9],
        "detail": "",
        "expected": "",
        "received": "",
        "issuer": "https://lms.example.test",
        "minute": at.replace(second=0, microsecond=0),
        "more": 0,
        "created_at": at,
    }


def _side(name: str, folder: Path, *, of_platforms: int, of_launches: int, of_recordings: int) -> Side:
    settings = Settings(base_url="http://localhost", data_dir=folder / name, secret_key=_SECRET_KEY)
    deps = make_deps(settings)
    schema.upgrade(deps.database)
    began = time.monotonic()
    platform_id, failed_id = _fill(deps, of_platforms=of_platforms, of_launches=of_launches)
    record_id, recording_id = _fill_shelves(deps, of_recordings)
    print(
        f"{name}: {of_platforms} platforms, {of_launches} launches, {of_recordings} recordings, "
        f"made in {time.monotonic() - began:.0f} s"
    )
    operators.create(deps, _EMAIL, _PASSWORD)
    app = create_app(deps)
    client = app.test_client()
    headers = {"Sec-Fetch-Site": "same-origin"}
    shown = html.fromstring(client.get("/admin/login", base_url="https://localhost").get_data(as_text=True))
    sent = {"csrf_token": shown.xpath("//input[@name='csrf_token']/@value")[0], "email": _EMAIL, "password": _PASSWORD}
    answer = client.post("/admin/login", data=sent, headers=headers, base_url="https://localhost")
    if answer.status_code != 303:
        raise SystemExit(f"the operator was not let in: {answer.status_code}")
    return Side(name, deps, client, platform_id, failed_id, record_id, recording_id)


def _round(side: Side, count: int) -> dict[str, float]:
    used = {}
    for name, path in side.pages.items():
        began = time.process_time()
        for _ in range(count):
            answer = side.client.get(path, base_url="https://localhost")
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code}")
        used[name] = (time.process_time() - began) / count
    return used


def _figures_s(side: Side) -> float:
    """What the overview's figures take when they are counted: once a minute and process."""
    from lti_elos.services import overview

    began = time.process_time()
    overview.figures(side.deps)
    return time.process_time() - began


def _storage_s(side: Side) -> float:
    """What it takes to count what is stored: once in five minutes and process."""
    from lti_elos.services import recording_desk

    began = time.process_time()
    recording_desk.storage(side.deps)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.desk", description=__doc__)
    parser.add_argument("--platforms", type=int, default=1000, help="of the large one (1000)")
    parser.add_argument("--launches", type=int, default=1_000_000, help="of the large one (1,000,000)")
    parser.add_argument("--recordings", type=int, default=200_000, help="of the large one (200,000)")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (9)")
    parser.add_argument("--requests", type=int, default=20, help="per page and round (20)")
    arguments = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(prefix="lti-elos-bench-") as name:
        folder = Path(name)
        small = _side(
            "small",
            folder,
            of_platforms=max(_FULL, arguments.platforms // 100),
            of_launches=arguments.launches // 100,
            of_recordings=max(_STRETCH, arguments.recordings // 100),
        )
        large = _side(
            "large",
            folder,
            of_platforms=arguments.platforms,
            of_launches=arguments.launches,
            of_recordings=arguments.recordings,
        )
        for number in range(arguments.rounds + 1):
            for side in (small, large) if number % 2 else (large, small):
                for page, used in _round(side, arguments.requests).items():
                    if number:  # the first round warms up
                        side.used.setdefault(page, []).append(used)
        counted = {side.name: median(_figures_s(side) for _ in range(5)) for side in (small, large)}
        stored = {side.name: median(_storage_s(side) for _ in range(3)) for side in (small, large)}
        for side in (small, large):
            side.deps.database.dispose()
    for side in (small, large):
        print(f"{side.name}, ms: " + ", ".join(f"{page} {spread(used)}" for page, used in side.used.items()))
    ratios = {page: median_ratio(large.used[page], small.used[page]) for page in small.used}
    result = {
        "page_cpu_big_vs_small": max(ratios.values()),
        "pages": ratios,
        "page_ms": {page: round(median(used) * 1000, 2) for page, used in large.used.items()},
        "figures_ms_once_a_minute": {name: round(used * 1000, 2) for name, used in counted.items()},
        "storage_ms_once_in_five_minutes": {name: round(used * 1000, 2) for name, used in stored.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
