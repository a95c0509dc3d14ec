"""/metrics: who may read it, what it counts, and that several workers are counted as one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from lti_elos.app import create_app, make_deps
from lti_elos.db.tables import hooks, jobs
from lti_elos.demo.serving import ThreadedServer
from lti_elos.services import jobs as job_service
from lti_elos.services.health import readiness
from tests.conftest import Elos, Tool
from tests.support.browser import Browser
from tests.support.deliveries import do_jobs, event, hooked
from tests.support.platform import Platform
from tests.support.rooms import another_tool, ask_elos, follow, one_database
from tests.support.serving import own_database, serving

TOKEN = "a-token-of-the-test"

Numbers = dict[str, float]


def numbers(url: str, **headers: str) -> Numbers:
    """{'name{label="value",…}': number}."""
    answer = requests.get(f"{url}/metrics", headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name.removeprefix('lti_elos_')}{{{labels}}}"] = sample.value
    return found


# --- who ---


def test_without_a_token_only_this_machine_reads_it(tool: Tool) -> None:
    assert numbers(tool.url)["database_up{}"] == 1
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        refused = requests.get(f"{tool.url}/metrics", headers={header: "127.0.0.1"}, timeout=10)
        assert (refused.status_code, refused.text) == (403, "")


@one_database
def test_behind_a_proxy_nobody_does(tool: Tool) -> None:
    with another_tool(tool, proxy_hops=1) as behind:
        for forwarded in ("127.0.0.1", "192.0.2.1"):
            refused = requests.get(f"{behind.url}/metrics", headers={"X-Forwarded-For": forwarded}, timeout=10)
            assert refused.status_code == 403


@one_database
def test_with_a_token_only_its_bearer_does_from_wherever(tool: Tool) -> None:
    with another_tool(tool, metrics_token=SecretStr(TOKEN)) as guarded:
        for wrong in ("", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer é".encode().decode("latin1")):
            refused = requests.get(f"{guarded.url}/metrics", headers={"Authorization": wrong.encode()}, timeout=10)
            assert (refused.status_code, refused.text) == (401, "")
            assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert numbers(guarded.url, **{"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"})


# --- what ---


def test_launches_pages_and_calls_are_counted(tool: Tool, platform: Platform, browser: Browser, elos: Elos) -> None:
    room_id = browser.enter_room(platform)
    with Browser(tool.url) as other:
        state, nonce = other.begin(platform)
        token = platform.sign(platform.claims(nonce=nonce, target=f"{tool.url}/lti/launch", exp=1))
        assert other.post_token(state, token).status_code == 401
    page = browser.open(f"/rooms/{room_id}").text
    browser.open("/nowhere/else")
    follow(browser.submit(f"/rooms/{room_id}/join"))
    ask_elos(tool, room_id)
    status_token = page.partition('data-token="')[2].partition('"')[0]
    assert browser.open(f"/rooms/{room_id}/status", headers={"X-Status-Token": status_token}).status_code == 200

    told = numbers(tool.url)

    assert told["logins_total{}"] == 2
    assert told["launches_accepted_total{}"] == 1
    assert told["launches_refused_total{code=LTI-TOKEN-TIME}"] == 1
    assert told["requests_total{door=lti,status=3xx}"] == 3
    assert told["requests_total{door=lti,status=4xx}"] == 1
    assert told["requests_total{door=rooms,status=2xx}"] == 1
    assert told["requests_total{door=other,status=4xx}"] == 1
    assert told["requests_total{door=status,status=2xx}"] == 1
    assert told["elos_calls_total{call=create,outcome=ok,server=sim}"] == 1
    assert told["elos_call_seconds_count{call=create,server=sim}"] == 1
    assert told["rooms_open{}"] == told["people_in_rooms{}"] == 1
    assert not any(secret in "".join(told) for secret in (room_id, "Docente", "Cálculo", "nowhere", status_token))


def test_calls_that_failed_are_counted_by_their_code(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos
) -> None:
    room_id = browser.enter_room(platform)
    elos.fault("checksumError", call="create")
    browser.submit(f"/rooms/{room_id}/join")
    assert numbers(tool.url)["elos_calls_total{call=create,outcome=ELOS-SECRET,server=sim}"] == 1


def test_jobs_and_hooks_are_told(tool: Tool, platform: Platform, browser: Browser) -> None:
    browser.enter_room(platform)
    told = numbers(tool.url)
    assert told["hook_kept{server=sim}"] == told["jobs_oldest_seconds{}"] == 0
    assert not any(name.startswith(("hook_last_event", "jobs_open")) for name in told)

    sender = hooked(tool)
    assert sender.send(event("user-joined", who="w_1")).status_code == 200
    assert sender.send(event("user-joined", who="w_1"), Authorization="Bearer wrong").status_code == 401
    do_jobs(tool)
    now = tool.deps.clock()
    with tool.deps.database.transaction() as db:
        db.execute(hooks.update().values(last_event_at=now - timedelta(minutes=5), missed_at=now))
        job_service.add(db, "meeting", "one", now=now, due_at=now - timedelta(minutes=3))
        job_service.add(db, "meeting", "two", now=now)
        job_service.add(db, "lost", "three", now=now)
        db.execute(jobs.update().where(jobs.c.kind == "lost").values(tries=job_service.MOST_TRIES))
    told = numbers(tool.url)

    assert told["hook_kept{server=sim}"] == told["hook_deaf{server=sim}"] == 1
    assert 300 <= told["hook_last_event_seconds{server=sim}"] < 400
    assert told["hook_deliveries_total{outcome=taken}"] == told["hook_deliveries_total{outcome=refused}"] == 1
    assert (told["jobs_open{kind=meeting}"], told["jobs_given_up{kind=lost}"]) == (2, 1)
    assert 180 <= told["jobs_oldest_seconds{}"] < 280
    assert readiness(tool.deps).checks["hooks"] == "ok", "it may yet come"

    with tool.deps.database.transaction() as db:
        db.execute(hooks.update().values(missed_at=now - timedelta(minutes=11), last_event_at=None))
    ready = readiness(tool.deps)
    assert ready.checks["hooks"].startswith("of 1 of 1 servers events do not come")
    assert ready.obstacles == []


@one_database
def test_a_database_that_is_away_is_told(tool: Tool, tmp_path: Path) -> None:
    away = SecretStr(f"postgresql://elos@/elos?host={tmp_path}")
    deps = make_deps(tool.deps.settings.model_copy(update={"database_url": away}))
    with ThreadedServer(create_app(deps)) as server:
        told = numbers(f"http://localhost:{server.port}")
    assert told["database_up{}"] == 0
    assert "rooms_open{}" not in told


# --- several workers ---


def test_the_workers_of_serve_are_counted_as_one(
    request: pytest.FixtureRequest, elos: Elos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with (
        own_database(request, "sqlite", tmp_path) as url,
        serving(url, elos.url, tmp_path, workers=2) as served,
    ):
        for number in range(1, 21):  # each a connection of its own: either worker may take it
            assert requests.get(f"{served.urls[0]}/privacy", timeout=10).status_code == 200
            assert requests.get(f"{served.urls[0]}/nowhere", timeout=10).status_code == 404
            assert numbers(served.urls[0])["requests_total{door=other,status=4xx}"] == number
        assert len(list(temporary.glob("lti-elos-counts-*"))) == 1
    assert list(temporary.glob("lti-elos-counts-*")) == []
