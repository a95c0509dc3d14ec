"""`make bench-recordings`: CPU of a long list's page beside a short one's; memory of learning a long list at once."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import func, select

from bench.machine import describe, median_ratio, spread
from lti_elos.app import create_app, make_deps
from lti_elos.db import schema
from lti_elos.db.tables import (
    browser_sessions,
    courses,
    deployments,
    grants,
    launches,
    live_rooms,
    meetings,
    platforms,
    recordings,
    rooms,
    users,
)
from lti_elos.db.tables import servers as server_rows
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import recording_sync, servers, sessions
from lti_elos.services.deps import Deps
from lti_elos.settings import Settings

_SECRET_KEY = "bench-only-key-of-more-than-32-characters"  # noqa: S105
_TOKEN = "bench-only-session"  # noqa: S105
_BATCH = 500
_WARM = 200
"""Recordings of a list that is learnt before: what is then in memory is the process's own."""


# --- an installation with one room -----------------------------------------------------------------------------------


def _installed(folder: Path, *, elos_url: str = "https://elos.example.test/bigbluebutton/api") -> tuple[Deps, UUID]:
    """One course's room, a teacher of it, and a session of theirs whose cookie is known."""
    deps = make_deps(Settings(base_url="http://localhost", data_dir=folder, secret_key=_SECRET_KEY))
    schema.upgrade(deps.database)
    now = deps.clock()
    servers.add(deps, name="elos", url=elos_url, secret="bench-only-secret")  # noqa: S106
    platform, deployment, user, course, room, launch, session = (uuid4() for _ in range(7))
    with deps.database.transaction() as db:
        db.execute(platforms.insert(), [_platform(platform, now)])
        named = {"deployment_id": "1", "is_active": True, "created_at": now}
        db.execute(deployments.insert(), [{"id": deployment, "platform_id": platform} | named])
        person = {"sub": "1", "name": "Pessoa", "given_name": "Pessoa", "last_seen_at": now, "created_at": now}
        db.execute(users.insert(), [{"id": user, "platform_id": platform} | person])
        titled = {"context_id": "1", "title": "Curso", "label": "C", "created_at": now}
        db.execute(courses.insert(), [{"id": course, "deployment_id": deployment} | titled])
        db.execute(rooms.insert(), [_room(room, deployment, course, now)])
        db.execute(live_rooms.insert(), [_live(room, now)])
        db.execute(launches.insert(), [_launch(launch, deployment, user, room, now)])
        known = {"token_hash": sessions.hash_token(_TOKEN), "created_at": now}
        db.execute(browser_sessions.insert(), [{"id": session} | known])
        times = {"ends_at": now + timedelta(hours=8), "used_at": now, "created_at": now}
        whose = {"session_id": session, "user_id": user, "room_id": room, "launch_id": launch}
        db.execute(grants.insert(), [{"id": uuid4()} | whose | times])
    return deps, room


def _platform(platform_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": platform_id,
        "name": "LMS",
        "issuer": "https://lms.example.test",
        "client_id": "client",
        "auth_login_url": "https://lms.example.test/auth",
        "auth_token_url": "https://lms.example.test/token",
        "jwks_url": "https://lms.example.test/jwks",
        "audience": "",
        "deployment_policy": "approve",
        "enabled": True,
        "policies": {},
        "family": "moodle",
        "created_at": now,
    }


def _room(room_id: UUID, deployment_id: UUID, course_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": room_id,
        "deployment_id": deployment_id,
        "course_id": course_id,
        "scope": "course",
        "scope_id": "",
        "key_digest": room_id.hex,
        "name": "Curso",
        "meeting_id": str(room_id),
        "older_meeting_ids": [],
        "callback_key": room_id.hex,
        "link_key": room_id.hex,
        "attendee_password_sealed": "x",
        "moderator_password_sealed": "x",
        "settings": {},
        "created_at": now,
    }


def _live(room_id: UUID, now: datetime) -> dict[str, Any]:
    state = {"state": "closed", "participants": 0, "internal_id": "", "create_time_ms": 0, "trouble": ""}
    return {"room_id": room_id, "checked_at": now, "version": 1, "watched_until": now} | state


def _launch(launch_id: UUID, deployment_id: UUID, user_id: UUID, room_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": launch_id,
        "deployment_id": deployment_id,
        "user_id": user_id,
        "room_id": room_id,
        "moderates": True,
        "manages": True,
        "role": "teacher",
        "is_test": False,
        "locale": "pt-BR",
        "time_zone": "",
        "return_url": "https://lms.example.test/course/view.php?id=2",
        "lms_name": "Moodle",
        "created_at": now,
    }


# --- the page --------------------------------------------------------------------------------------------------------


@dataclass
class Side:
    """A room with so many recordings; what its rounds used, in seconds of CPU per page."""

    deps: Deps
    client: FlaskClient
    room_id: UUID
    used: list[float] = field(default_factory=list)

    def get(self, count: int) -> float:
        now = self.deps.clock()
        with self.deps.database.transaction() as db:  # learnt just now, as under a class that looks at it
            db.execute(rooms.update().values(recordings_synced_at=now))
        began = time.process_time()
        for _ in range(count):
            answer = self.client.get(f"/rooms/{self.room_id}/recordings", base_url="https://localhost")
            if answer.status_code != 200 or answer.get_data(as_text=True).count('class="rec"') < 20:
                raise SystemExit(f"{answer.status_code}: not a full page")
        return (time.process_time() - began) / count


def _side(folder: Path, size: int) -> Side:
    deps, room_id = _installed(folder)
    now = deps.clock()
    server_id = _server_id(deps)
    for start in range(0, size, _BATCH):
        batch = range(start, min(start + _BATCH, size))
        with deps.database.transaction() as db:
            made = [_recording(number, room_id, server_id, now) for number in batch]
            db.execute(recordings.insert(), made)
            db.execute(meetings.insert(), [_meeting(one) for one in made])
    client = create_app(deps).test_client()
    client.set_cookie("__Host-elos", _TOKEN, domain="localhost", secure=True)
    return Side(deps, client, room_id)


def _server_id(deps: Deps) -> UUID:
    with deps.database.reading() as db:
        found: UUID = db.scalars(select(server_rows.c.id)).one()
    return found


def _recording(number: int, room_id: UUID, server_id: UUID, now: datetime) -> dict[str, Any]:
    began = now - timedelta(hours=13 * number + 30)
    record_id = f"{number:040x}-{int(began.timestamp() * 1000)}"
    playback = f"https://rec.example.test/playback/presentation/2.3/{record_id}"
    kinds = ("presentation", "video")
    thumbnails = [f"https://rec.example.test/presentation/{record_id}/thumb-{page}.png" for page in (1, 2, 3)]
    return {
        "id": uuid4(),
        "server_id": server_id,
        "record_id": record_id,
        "room_id": room_id,
        "internal_id": record_id,
        "name": f"Aula {number}",
        "description": "",
        # One in ten is not for students, and one in fifty went at Elos.
        "state": "deleted" if number % 50 == 49 else "unpublished" if number % 10 == 9 else "published",
        "started_at": began,
        "ended_at": began + timedelta(minutes=98),
        "length_s": 98 * 60,
        "participants": 29,
        "formats": [{"kind": kind, "url": playback, "thumbnails": thumbnails} for kind in kinds],
        "extra": {},
        "ready_at": began + timedelta(hours=4),
        "audience": "course",
    }


def _meeting(recording: dict[str, Any]) -> dict[str, Any]:
    times = {"created_at": recording["started_at"], "opened_at": recording["started_at"]}
    known = {name: recording[name] for name in ("room_id", "server_id", "internal_id", "ended_at")}
    course = {"ended": "room", "people": 29, "peak": 28, "recorded": True, "told_at": recording["ended_at"]}
    return {"id": uuid4()} | times | known | course


# --- learning a list that comes in one document ----------------------------------------------------------------------


def _document(meeting_id: str, size: int) -> bytes:
    """An answer of getRecordings, as a server gives it that knows no paging."""
    items = "".join(_xml(meeting_id, number) for number in range(size))
    return f"<response><returncode>SUCCESS</returncode><recordings>{items}</recordings></response>".encode()


def _xml(meeting_id: str, number: int) -> str:
    began = 1_530_718_721_124 + number * 86_400_000 // 20
    record_id = f"{number:040x}-{began}"
    images = "".join(
        f'<image alt="" height="136" width="176">'
        f"https://rec.example.test/presentation/{record_id}/thumbnails/thumb-{page}.png</image>"
        for page in (1, 2, 3)
    )
    formats = "".join(
        f"<format><type>{kind}</type><url>https://rec.example.test/playback/{kind}/2.3/{record_id}</url>"
        f"<processingTime>7177</processingTime><length>98</length><size>110483600</size>{preview}</format>"
        for kind, preview in (("presentation", f"<preview><images>{images}</images></preview>"), ("video", ""))
    )
    return (
        f"<recording><recordID>{record_id}</recordID><meetingID>{meeting_id}</meetingID>"
        f"<internalMeetingID>{record_id}</internalMeetingID><name>Aula {number}</name><isBreakout>false</isBreakout>"
        f"<published>true</published><state>published</state><startTime>{began}</startTime>"
        f"<endTime>{began + 5_880_000}</endTime><participants>29</participants><rawSize>8123456</rawSize>"
        f"<metadata><isBreakout>false</isBreakout><meetingName>Aula {number}</meetingName>"
        f"<meetingId>{meeting_id}</meetingId><bbb-origin>LTI</bbb-origin>"
        f"<description>O que foi visto na aula {number}, com os exercícios da lista</description>"
        f"</metadata><playback>{formats}</playback></recording>"
    )


def _kib(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _learn(folder: Path, size: int) -> None:
    """In a process of its own: learn a short list, then the long one; tell the document's and the peak's bytes."""
    program = [sys.executable, "-m", "bench.recordings", "--serve"]
    elos = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        deps, room_id = _installed(folder, elos_url=f"{_said(elos)}/bigbluebutton/api")
        _learn_list(deps, elos, room_id, min(_WARM, size))
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew: proc(5)
        before, began = _kib("VmRSS"), time.process_time()
        sent = _learn_list(deps, elos, room_id, size)
        used_s = time.process_time() - began
        print(json.dumps({"document": sent, "peak": (_kib("VmHWM") - before) * 1024, "cpu_s": round(used_s, 2)}))
    finally:
        elos.communicate()


def _learn_list(deps: Deps, elos: subprocess.Popen[str], room_id: UUID, size: int) -> int:
    """The bytes of the document that told of them."""
    sent = int(_said(elos, f"{room_id} {size}"))
    recording_sync.refresh(deps, [room_id], fresh=timedelta(0), wait_s=300)
    with deps.database.reading() as db:
        kept = db.scalar(select(func.count()).select_from(recordings))
    if kept != size:
        raise SystemExit(f"{kept} of {size} recordings were kept")
    return sent


def _said(process: subprocess.Popen[str], line: str = "") -> str:
    if line and process.stdin is not None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return process.stdout.readline().strip() if process.stdout is not None else ""


def _serve() -> None:
    """A server that gives one document to every question; which, says each line of the input."""
    document = b""

    def answer(_environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(document)))])
        return [document]

    with ThreadedServer(answer) as server:
        print(server.url, flush=True)
        for line in sys.stdin:
            meeting_id, _, count = line.partition(" ")
            document = _document(meeting_id, int(count))
            print(len(document), flush=True)


def _sync_peak(folder: Path, size: int) -> dict[str, float]:
    program = [sys.executable, "-m", "bench.recordings", "--learn", str(folder), "--big", str(size)]
    done = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.recordings", description=__doc__)
    parser.add_argument("--big", type=int, default=10_000, help="recordings of the long list (10,000)")
    parser.add_argument("--small", type=int, default=100, help="of the short one (100)")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds (9)")
    parser.add_argument("--requests", type=int, default=40, help="pages per round (40)")
    parser.add_argument("--learn", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return _serve()
    if arguments.learn:
        return _learn(arguments.learn, arguments.big)
    print(describe())
    with tempfile.TemporaryDirectory(prefix="lti-elos-bench-") as name:
        folder = Path(name)
        small, big = _side(folder / "small", arguments.small), _side(folder / "big", arguments.big)
        for number in range(arguments.rounds + 1):
            for side in (small, big) if number % 2 else (big, small):
                used = side.get(arguments.requests)
                if number:  # the first round warms up
                    side.used.append(used)
        for side in (small, big):
            side.deps.database.dispose()
        learnt = _sync_peak(folder / "learnt", arguments.big)
    print(f"page of {arguments.small}: {spread(small.used)} ms of CPU; of {arguments.big}: {spread(big.used)}")
    print(
        f"{learnt['document'] / 1e6:.1f} MB learnt with {learnt['peak'] / 1e6:.1f} MB, {learnt['cpu_s']:.1f} s of CPU"
    )
    result = {
        "page_cpu_10000_vs_100": median_ratio(big.used, small.used),
        "sync_peak_vs_document": round(learnt["peak"] / learnt["document"], 3),
    }
    print(json.dumps(result))
    return None


if __name__ == "__main__":
    main()
