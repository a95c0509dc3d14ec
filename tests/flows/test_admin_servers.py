"""Elos servers at the desk: a secret goes in and never comes out; checks are signed calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from lxml import html
from sqlalchemy import select

from lti_elos.db.tables import hooks, servers
from lti_elos.db.tables import jobs as job_rows
from lti_elos.services import jobs, platforms
from lti_elos.services import servers as service
from lti_elos.services.elos_doors import SECRET
from lti_elos.services.hooks import missed
from tests.conftest import ELOS_SECRET, Elos, Tool
from tests.support.browser import Browser, code_of
from tests.support.operators import Desk, at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import follow
from tests.support.rows import changes, everything

NOBODY = "00000000-0000-4000-8000-000000000000"
NEW = {"name": "segundo", "url": "https://elos.example.test", "secret": "segredo-do-segundo", "digest": "sha512"}


@pytest.fixture
def desk(tool: Tool) -> Iterator[Desk]:
    with at_the_desk(tool, language="en") as one:
        yield one


def shown(page: requests.Response) -> str:
    return " ".join(html.fromstring(page.text).get_element_by_id("main").text_content().split())


def id_of(tool: Tool, name: str) -> UUID:
    with tool.deps.database.reading() as db:
        found: UUID = db.execute(select(servers.c.id).where(servers.c.name == name)).scalar_one()
    return found


def row_of(tool: Tool, name: str) -> Any:
    with tool.deps.database.reading() as db:
        return db.execute(select(servers).where(servers.c.name == name)).one()


def secret_of(tool: Tool, name: str) -> str:
    return tool.deps.vault.open(SECRET, row_of(tool, name).secret_sealed)


def add(desk: Desk, **changed: str) -> requests.Response:
    sent = {"kind": "elos", "internal_url": "", "playback_token": "off"} | NEW | changed
    return desk.act("/admin/servers/new", "/admin/servers/new", **sent)


def change(desk: Desk, server_id: UUID, **changed: str) -> requests.Response:
    document = html.fromstring(desk.open(f"/admin/servers/{server_id}").text)
    [form] = [one for one in document.forms if "internal_url" in one.fields]
    return desk.submit(str(form.action), dict(form.form_values()) | changed)


def test_a_server_is_added_and_its_secret_sealed(tool: Tool, desk: Desk) -> None:
    added = add(desk)

    assert added.headers["Location"] == "/admin/servers?done=added"
    row = row_of(tool, "segundo")
    assert (row.url, row.digest, row.is_default) == ("https://elos.example.test/bigbluebutton/api", "sha512", False)
    assert secret_of(tool, "segundo") == "segredo-do-segundo"
    assert "segundo" in shown(desk.open("/admin/servers"))


def test_a_secret_is_never_shown(tool: Tool, desk: Desk) -> None:
    add(desk)
    server_id = id_of(tool, "segundo")
    pages = [desk.open(path) for path in ("/admin", "/admin/servers", f"/admin/servers/{server_id}")]
    pages += [
        add(desk, name="", secret="outro-segredo"),
        change(desk, server_id, url="nonsense nonsense", secret="outro-segredo"),
        desk.act(f"/admin/servers/{server_id}/check"),
    ]

    for page in pages:
        for secret in (ELOS_SECRET, "segredo-do-segundo", "outro-segredo", row_of(tool, "segundo").secret_sealed):
            assert secret not in page.text


def test_an_empty_secret_keeps_the_one_that_is_there(tool: Tool, desk: Desk) -> None:
    server_id = id_of(tool, "sim")

    assert change(desk, server_id, name="principal", kind="bbb").headers["Location"].endswith("?done=saved")

    assert row_of(tool, "principal").kind == "bbb"
    assert secret_of(tool, "principal") == ELOS_SECRET
    change(desk, server_id, secret="agora outro")
    assert secret_of(tool, "principal") == "agora outro"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "sim"),
        ("name", "a\x07b"),
        ("url", ""),
        ("url", "ftp://elos.example.test"),
        ("url", "https://user:pass@elos.example.test"),
        ("url", "https://elos.example.test/" + "x" * 2000),
        ("internal_url", "https://"),
        ("secret", ""),
        ("kind", "zoom"),
        ("digest", "md5"),
    ],
)
def test_bad_input_is_marked_and_keeps_what_was_typed(tool: Tool, desk: Desk, field: str, typed: str) -> None:
    before = everything(tool)

    refused = add(desk, **({"internal_url": "http://10.0.0.1"} | {field: typed}))

    assert refused.status_code == 400
    document = html.fromstring(refused.text)
    assert document.get_element_by_id(field).get("aria-invalid") == "true"
    assert document.get_element_by_id("secret").get("value") == ""
    if field != "internal_url":
        assert document.get_element_by_id("internal_url").get("value") == "http://10.0.0.1"
    if field != "name":
        assert document.get_element_by_id("name").get("value") == "segundo"
    assert changes(before, everything(tool)) == set()


def test_a_change_that_is_refused_changes_nothing(tool: Tool, desk: Desk) -> None:
    add(desk)
    before = everything(tool)

    for wrong in ({"name": "sim"}, {"url": "no url at all"}, {"digest": "crc32"}, {"playback_token": "perhaps"}):
        assert change(desk, id_of(tool, "segundo"), **wrong).status_code == 400

    assert changes(before, everything(tool)) <= {"operator_sessions.used_at"}


def test_a_check_makes_a_signed_call_and_keeps_how_it_went(tool: Tool, desk: Desk, elos: Elos) -> None:
    server_id = id_of(tool, "sim")

    good = desk.act(f"/admin/servers/{server_id}/check")
    assert "It answered a signed call in" in shown(good)
    assert elos.calls("getMeetings")
    row = row_of(tool, "sim")
    assert row.checked_at is not None
    assert (row.checked_ms >= 0, row.checked_code) == (True, "")
    assert "Answered" in shown(desk.open("/admin/servers"))

    change(desk, server_id, secret="wrong", playback_token="required")
    assert row_of(tool, "sim").playback_token == "required"
    assert "Not checked yet" in shown(desk.open("/admin/servers"))
    bad = desk.act(f"/admin/servers/{server_id}/check")
    assert "does not accept the secret" in shown(bad)
    assert row_of(tool, "sim").checked_code == "ELOS-SECRET"
    assert "ELOS-SECRET" in shown(desk.open("/admin/servers"))


def test_a_server_that_does_not_answer_is_told(tool: Tool, desk: Desk) -> None:
    add(desk, url="http://127.0.0.1:9")

    bad = desk.act(f"/admin/servers/{id_of(tool, 'segundo')}/check")

    assert "It does not answer" in shown(bad)
    assert "ELOS-UNREACHABLE" in shown(bad)


def test_another_secret_acts_at_once(tool: Tool, desk: Desk, platform: Platform, browser: Browser) -> None:
    room = browser.enter_room(platform)
    change(desk, id_of(tool, "sim"), secret="wrong")
    assert code_of(browser.submit(f"/rooms/{room}/join")) == "ELOS-SECRET"

    change(desk, id_of(tool, "sim"), secret=ELOS_SECRET)
    assert browser.submit(f"/rooms/{room}/join").status_code == 303


def test_another_server_becomes_the_default(tool: Tool, desk: Desk) -> None:
    add(desk)

    made = desk.act(f"/admin/servers/{id_of(tool, 'segundo')}/default")

    assert made.headers["Location"].endswith("?done=default")
    assert (row_of(tool, "segundo").is_default, row_of(tool, "sim").is_default) == (True, False)


def test_a_server_in_use_stays(tool: Tool, desk: Desk, platform: Platform) -> None:
    platforms.set_policies(tool.deps, str(platform.id), ["server=sim"])
    refused = desk.act(f"/admin/servers/{id_of(tool, 'sim')}/remove")

    assert refused.status_code == 409
    assert "LMS Exemplo" in shown(refused)
    platforms.set_policies(tool.deps, str(platform.id), ["server="])
    gone = desk.act(f"/admin/servers/{id_of(tool, 'sim')}/remove")
    assert gone.headers["Location"] == "/admin/servers?done=removed"
    assert service.listing(tool.deps) == []
    assert "No server yet" in shown(desk.open("/admin/servers"))


# --- whether it tells us what happens ---


def test_how_its_hook_does_is_told_from_its_making_to_its_silence(
    tool: Tool, desk: Desk, elos: Elos, platform: Platform, browser: Browser
) -> None:
    page = f"/admin/servers/{id_of(tool, 'sim')}"
    assert "No hook yet" in shown(desk.open(page))
    assert "No hook yet" in shown(desk.open("/admin/servers"))

    elos.fault("html500", call="hooks/list")
    desk.act(f"{page}/hook")
    assert "ELOS-UNREACHABLE The server did not answer when it was asked about its hook." in shown(desk.open(page))
    assert "sim: its hook could not be looked after ELOS-UNREACHABLE" in shown(desk.open("/admin"))
    elos.send("DELETE", "faults")

    asked = desk.act(f"{page}/hook")
    assert asked.headers["Location"] == f"{page}?done=hook"
    assert "Nothing yet The hook is there" in shown(desk.open(asked.headers["Location"]))
    assert len(elos.calls("hooks/create")) == 1
    often = tool.deps.settings.live_refresh_s
    assert f"every {often:g} s, for a room" in shown(desk.open(page))

    room_id = browser.enter_room(platform)
    follow(browser.submit(f"/rooms/{room_id}/join"))
    elos.send("POST", "deliveries/settle", within_s=20)
    heard = shown(desk.open(page))
    assert "They come What happens in meetings shows at once" in heard
    assert f"every {often * 10:g} s, for a room" in heard
    assert "They come last one:" in shown(desk.open("/admin/servers"))

    server_id = id_of(tool, "sim")
    with tool.deps.database.transaction() as db:
        missed(db, server_id, now=tool.deps.clock() + timedelta(minutes=1))
    assert "Late Something happened there" in shown(desk.open(page))
    assert "its events do not reach us" not in shown(desk.open("/admin"))
    with tool.deps.database.transaction() as db:
        moment = tool.deps.clock() - timedelta(minutes=20)
        db.execute(hooks.update().values(missed_at=moment, last_event_at=moment - timedelta(hours=1)))
    silent = shown(desk.open(page))
    url = f"{tool.deps.settings.base_url}/elos/hooks/{id_of(tool, 'sim')}"
    assert "They do not come Sessions begin and end there, and no event has told of it" in silent
    assert f'curl -i -X POST -d "" {url}' in silent
    assert requests.post(f"{tool.url}/elos/hooks/{id_of(tool, 'sim')}", data="", timeout=10).status_code == 401
    assert "sim: its events do not reach us, so rooms are asked about more often" in shown(desk.open("/admin"))

    desk.act(f"{page}/hook")
    assert len(elos.calls("hooks/create")) == 1, "it is younger than what was missed"


def test_a_server_elsewhere_gets_no_hook_while_the_tool_is_only_here(tool: Tool, desk: Desk, elos: Elos) -> None:
    add(desk)
    page = f"/admin/servers/{id_of(tool, 'segundo')}"
    assert "Out of its reach BASE_URL is an address of this machine" in shown(desk.open(page))
    desk.act(f"{page}/hook")
    with tool.deps.database.reading() as db:
        assert db.execute(select(hooks)).all() == []


def test_what_waits_in_the_background_is_told_and_what_is_late_asks_for_attention(
    tool: Tool, desk: Desk, platform: Platform, browser: Browser
) -> None:
    browser.enter_room(platform)
    assert "Events none wait Jobs 0 Given up 0 Worker seen not yet" in shown(desk.open("/admin/servers"))
    now = tool.deps.clock()
    with tool.deps.database.transaction() as db:
        jobs.add(db, jobs.INBOX, "one", now=now - timedelta(minutes=14))
        jobs.add(db, jobs.INBOX, "two", now=now)
        jobs.add(db, "later", "x", now=now, due_at=now + timedelta(hours=1))
        jobs.add(db, "lost", "x", now=now)
        jobs.add(db, "done", "x", now=now)
        db.execute(job_rows.update().where(job_rows.c.kind == "lost").values(tries=jobs.MOST_TRIES))
        db.execute(job_rows.update().where(job_rows.c.kind == "done").values(done_at=now - timedelta(minutes=3)))

    said = shown(desk.open("/admin/servers"))
    assert "It is late: does a worker run" in said
    for fact in (
        r"Events 2 sessions wait, the oldest since .* · 14 min ago",
        r"Jobs 3, the oldest due since .* · 14 min ago",
        r"Given up 1 ",
        r"Worker seen .* · 3 min ago",
    ):
        assert re.search(fact, said), (fact, said)
    attention = shown(desk.open("/admin"))
    assert "3 jobs wait, the oldest for more than ten minutes: does a worker run?" in attention
    assert "1 job failed so often that it is not tried any more" in attention


def test_ids_of_nothing_are_not_found(desk: Desk) -> None:
    assert code_of(desk.open(f"/admin/servers/{NOBODY}")) == "WEB-NOT-FOUND"
    for action in ("", "/check", "/hook", "/default", "/remove"):
        sent = {"kind": "elos", "internal_url": ""} | NEW
        assert code_of(desk.act(f"/admin/servers/{NOBODY}{action}", **sent)) == "WEB-NOT-FOUND"
