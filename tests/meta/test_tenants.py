"""Every route, asked with a stranger's ids: nothing is shown, nothing is changed, Elos is not called.

A route without a case here fails: whoever adds one says what a foreign tenant meets there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from lti_elos.app import create_app
from lti_elos.db.tables import failed_launches, meetings, recording_links, recordings, rooms
from lti_elos.demo.serving import ThreadedServer
from lti_elos.web.recording_changes import CHANGES as WAYS
from tests.conftest import Elos, Tool, add_platform
from tests.meta.test_needs import RECORDING, ROOM, SELECTION, WHO, routes
from tests.support.browser import Browser, code_of, hidden
from tests.support.deep_linking import begin
from tests.support.platform import MEMBERSHIP, Jwks, Platform
from tests.support.reports import Reporter, attendee
from tests.support.rooms import INSTITUTION, meeting_id_of, open_room
from tests.support.rows import changes, everything

PLAY = f"{RECORDING}/play"
REVOKE = f"{RECORDING}/links/<uuid:link_id>/revoke"
CHANGES = f"{ROOM}/recordings/changes"
EDIT = f"{ROOM}/recordings/<uuid:recording_id>/edit"
LISTED = {"grants.used_at", "rooms.recordings_synced_at", "rooms.recordings_leased_until", "recordings.formats"}
"""What looking at a list may change."""
COPY = f"{ROOM}/recordings/copy"
NOTICE = f"{ROOM}/recordings/notice"
SESSION = f"{ROOM}/sessions/<uuid:meeting_id>"
SHEET = f"{SESSION}.csv"

NOTHING_OF_ANYBODY = {
    ("GET", "/"),
    ("GET", "/privacy"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/lms"),  # to the asker's own: tests/flows/test_lms.py
    ("GET", "/metrics"),  # of the installation: tests/flows/test_metrics.py
    ("GET", "/lti/jwks.json"),
    ("GET", "/lti/config/canvas.json"),
    ("GET", "/docs/setup"),
    ("GET", "/docs/setup/<family>"),
    ("GET", "/r/<code>"),  # of whoever holds a link: tests/flows/test_recording_audience.py
    ("POST", "/r/<code>"),
    ("GET", "/lti/login"),  # the LMS's own doors: tests/flows/test_launches_*.py
    ("POST", "/lti/login"),
    ("POST", "/lti/launch"),
    ("GET", "/lti/verify"),
    ("POST", "/lti/verify"),  # tests/flows/test_frames_without_cookies.py
    ("GET", "/lti/register/<invite>"),  # of whoever holds an invite: tests/flows/test_registration.py
    ("POST", "/lti/register/<invite>"),
    ("GET", "/mail/<token>"),  # of whoever was written to: tests/flows/test_recording_notices.py
    ("POST", "/mail/<token>"),
    ("POST", "/elos/hooks/<uuid:server_id>"),  # of the server, by its token: tests/flows/test_hooks.py
    ("POST", "/elos/analytics/<key>"),  # by the room's key and the server's secret: tests/flows/test_analytics.py
}

GONE, STALE = (401, "WEB-SESSION-ENDED"), (403, "WEB-FORM-STALE")

CASES: dict[tuple[str, str], dict[str, tuple[int, str]]] = {
    # what the stranger shows: a cookie; a cookie and a handover of their own; a status token of their own
    ("GET", SELECTION): {"cookie": GONE, "token": GONE},
    ("POST", SELECTION): {"cookie": GONE, "handover": GONE},
    ("GET", ROOM): {"cookie": GONE, "token": GONE},
    ("POST", ROOM): {"cookie": STALE, "handover": STALE},
    ("POST", f"{ROOM}/join"): {"cookie": GONE, "handover": STALE, "token": GONE},
    ("GET", f"{ROOM}/enter"): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/wait"): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/embed"): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/status"): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/left"): {"cookie": (200, "")},
    ("POST", f"{ROOM}/end"): {"cookie": GONE, "handover": GONE},
    ("GET", f"{ROOM}/name"): {"cookie": GONE, "token": GONE},
    ("POST", f"{ROOM}/name"): {"cookie": GONE, "handover": GONE},
    ("GET", f"{ROOM}/check"): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/rename"): {"cookie": GONE, "token": GONE},
    ("POST", f"{ROOM}/rename"): {"cookie": GONE, "handover": GONE},
    ("GET", f"{ROOM}/sessions"): {"cookie": GONE, "token": GONE},
    ("GET", SESSION): {"cookie": GONE, "token": GONE},
    ("GET", SHEET): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/recordings"): {"cookie": GONE, "token": GONE},
    ("GET", PLAY): {"cookie": GONE, "token": GONE},
    ("POST", PLAY): {"cookie": GONE, "handover": STALE},
    ("GET", RECORDING): {"cookie": GONE, "token": GONE},
    ("GET", f"{RECORDING}/audience"): {"cookie": GONE, "token": GONE},
    ("POST", f"{RECORDING}/audience"): {"cookie": GONE, "handover": GONE},
    ("POST", f"{RECORDING}/links"): {"cookie": GONE, "handover": GONE},
    ("POST", REVOKE): {"cookie": GONE, "handover": GONE},
    ("POST", f"{ROOM}/recordings/audience"): {"cookie": GONE, "handover": GONE},
    ("GET", CHANGES): {"cookie": GONE, "token": GONE},
    ("POST", CHANGES): {"cookie": GONE, "handover": GONE},
    ("GET", EDIT): {"cookie": GONE, "token": GONE},
    ("POST", EDIT): {"cookie": GONE, "handover": GONE},
    ("GET", f"{ROOM}/recordings/log"): {"cookie": GONE, "token": GONE},
    ("GET", f"{ROOM}/recordings/log.csv"): {"cookie": GONE, "token": GONE},
    ("GET", COPY): {"cookie": GONE, "token": GONE},
    ("POST", COPY): {"cookie": GONE, "handover": GONE},
    ("POST", f"{COPY}/remove"): {"cookie": GONE, "handover": GONE},
    ("POST", f"{COPY}/dismiss"): {"cookie": GONE, "handover": GONE},
    ("GET", NOTICE): {"cookie": GONE, "token": GONE},
    ("POST", NOTICE): {"cookie": GONE, "handover": GONE},
    ("POST", f"{NOTICE}/seen"): {"cookie": GONE, "handover": GONE},
    ("POST", f"{NOTICE}/stop"): {"cookie": GONE, "handover": GONE},
    ("GET", f"{ROOM}/lms"): {"cookie": GONE, "token": GONE},
    ("POST", f"{ROOM}/lms"): {"cookie": GONE, "handover": GONE},
    ("GET", f"{ROOM}/lms/<uuid:launch_id>"): {"cookie": GONE, "token": GONE},
}


FIELDS = {
    SELECTION: {"cancel": "1"},
    f"{RECORDING}/audience": {"audience": "link"},  # as it is: another one would revoke the link
    f"{ROOM}/recordings/audience": {"audience": "teachers"},
}
EMPTY_FORM = {
    ("POST", COPY): 422,
    ("POST", f"{COPY}/remove"): 404,
    ("POST", NOTICE): 404,
    ("POST", f"{NOTICE}/seen"): 404,
}
"""What a form without anything in it is answered, or one for mails where none can be sent; the good ways are in
tests/flows/test_recording_copies.py and test_recording_notices.py."""


@dataclass
class Side:
    """A tenant with a room where a meeting runs, a recording, a report, and a launch that was refused."""

    room_id: str
    recording_id: str
    session_id: str
    meeting_id: str
    selection_id: str = ""
    """A request for content, of the teacher there."""
    failure_id: str = ""
    link_id: str = ""
    """Of a link to the recording."""

    def path(self, rule: str) -> str:
        """Of the tenant's own."""
        ids = {
            "room_id": self.room_id,
            "recording_id": self.recording_id,
            "meeting_id": self.session_id,
            "selection_id": self.selection_id,
            "launch_id": self.failure_id,
            "link_id": self.link_id,
        }
        for name, value in ids.items():
            rule = rule.replace(f"<uuid:{name}>", value)
        return rule


@dataclass
class World:
    tool: Tool
    elos: Elos
    ours: Side
    theirs: Side
    browser: Browser
    """Of a teacher of ours, who knows all of their ids."""
    handover: str
    token: str

    def ask(self, method: str, rule: str, shows: str, side: Side) -> requests.Response:
        path = side.path(rule)
        path += "?kind=presentation" if rule == PLAY else ""
        headers = {"X-Status-Token": self.token} if shows == "token" else {}
        if method == "GET":
            return self.browser.open(path, headers=headers)
        fields: Any = FIELDS.get(rule, {})
        fields = {"id": side.recording_id, "do": "unpublish"} if rule == CHANGES else fields
        fields = fields | ({"handover": self.handover} if shows == "handover" else {})
        return self.browser.submit(path, fields, headers=headers)


def make_side(tool: Tool, elos: Elos, platform: Platform, name: str, **claims: Any) -> Side:
    room_id = open_room(tool, platform, elos, **claims)
    meeting_id = meeting_id_of(tool, room_id)
    made = elos.send("POST", "recordings", meetingID=meeting_id, name=name, started_at=1_790_000_000.0)
    with Browser(tool.url) as teacher:
        teacher.enter_room(platform, **claims)
        recent(tool, room_id)
        assert teacher.open(f"/rooms/{room_id}/recordings").status_code == 200
        assert teacher.launch(platform, **(claims | {"resource_link": None})).status_code == 400
        with tool.deps.database.reading() as db:
            found = db.execute(select(recordings.c.id).where(recordings.c.record_id == made["recordID"])).scalar_one()
        assert teacher.submit(f"/rooms/{room_id}/recordings/{found}/links", {"days": "7"}).status_code == 303
    with tool.deps.database.reading() as db:
        link = select(recording_links.c.id).where(recording_links.c.recording_id == found)
        link_id = str(db.execute(link).scalar_one())
        latest = select(failed_launches.c.id).order_by(failed_launches.c.created_at.desc()).limit(1)
        failure_id = str(db.execute(latest).scalar_one())
        session = db.execute(select(meetings).where(meetings.c.room_id == UUID(room_id))).one()
    assert Reporter(tool, room_id).send(attendee("w_1", name=name), internal=session.internal_id).status_code == 200
    return Side(room_id, str(found), str(session.id), meeting_id, failure_id=failure_id, link_id=link_id)


def recent(tool: Tool, room_id: str) -> None:
    """Let the room's recordings be asked for now."""
    with tool.deps.database.transaction() as db:
        db.execute(rooms.update().where(rooms.c.id == UUID(room_id)).values(recordings_synced_at=None))


GROUP = {
    "custom": {"room_scope": "group", "group_ids": "7"},
    "roles": [f"{MEMBERSHIP}Instructor", f"{INSTITUTION}Administrator"],
}
"""Ours is a group's room, and so is theirs, of the same id: what leads from room to room must not lead there."""


@pytest.fixture(params=["another platform", "another deployment", "another course"])
def world(
    request: pytest.FixtureRequest,
    tool: Tool,
    elos: Elos,
    platform: Platform,
    jwks_server: tuple[Jwks, ThreadedServer],
    platform_key: Any,
) -> Iterator[World]:
    jwks, server = jwks_server
    their_course = {"id": "their-course", "title": "Sala Alheia"}
    other, claims = platform, {"sub": "their-teacher", "context": their_course, **GROUP}
    if request.param == "another platform":
        other = add_platform(tool, server.url, jwks, platform_key, issuer="http://two.example.test")
    elif request.param == "another deployment":
        other = Platform(**(vars(platform) | {"deployment_id": "deployment-2"}))
    ours = make_side(tool, elos, platform, "Nossa gravação", **GROUP)
    theirs = make_side(tool, elos, other, "Gravação alheia", **claims)
    with Browser(tool.url, framed=True) as frame, Browser(tool.url) as browser:
        frame.enter_room(platform, **GROUP)
        page = frame.open(f"/rooms/{ours.room_id}")
        token = page.text.partition('data-token="')[2].partition('"')[0]
        browser.enter_room(platform, **GROUP)
        ours.selection_id = begin(browser, platform).rpartition("/")[2]
        with Browser(tool.url) as teacher:
            theirs.selection_id = begin(teacher, other, claims=claims).rpartition("/")[2]
        elos.send("DELETE", "calls")
        yield World(tool, elos, ours, theirs, browser, hidden(page, "handover"), token)


def test_every_route_has_a_case(tool: Tool) -> None:
    of_operators = {route for route in WHO if route[1].startswith("/admin")}  # who see all: tests/flows/test_admin_*.py

    assert routes(create_app(tool.deps)).keys() == CASES.keys() | NOTHING_OF_ANYBODY | of_operators


def test_the_ids_are_good_ones(world: World) -> None:
    """Else the refusals below would prove nothing."""
    for method, rule in CASES:
        shows = "handover" if method == "POST" and rule in (ROOM, PLAY) else "cookie"
        answer = world.ask(method, rule, shows, world.ours)
        good = (EMPTY_FORM[method, rule],) if (method, rule) in EMPTY_FORM else (200, 303)
        assert answer.status_code in good, (method, rule, answer.status_code)
    assert world.elos.calls("create")
    assert world.elos.calls("end")


def test_a_strangers_room_is_not_entered_seen_or_changed_by_any_route(world: World) -> None:
    before = everything(world.tool)

    for (method, rule), expectations in CASES.items():
        for shows, expected in expectations.items():
            answer = world.ask(method, rule, shows, world.theirs)
            assert (answer.status_code, code_of(answer)) == expected, (method, rule, shows)
            assert "Location" not in answer.headers
            assert "Set-Cookie" not in answer.headers
            for secret in (
                "Sala Alheia",
                "alheia",
                world.theirs.meeting_id,
                world.theirs.recording_id,
                world.theirs.session_id,
            ):
                assert secret not in answer.text, (method, rule, shows)

    assert world.elos.calls() == []
    assert changes(before, everything(world.tool)) == set()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_strangers_recording_is_not_played_through_a_room_of_ones_own(world: World, method: str) -> None:
    before = everything(world.tool)
    shows = "cookie" if method == "GET" else "handover"

    answer = world.ask(method, PLAY, shows, replace(world.theirs, room_id=world.ours.room_id))

    assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")
    assert "Location" not in answer.headers
    assert world.elos.calls() == []
    own_tab = {
        "spent +",
        "grants.created_at",
        "grants.ends_at",
        "grants.used_at",
    }  # the handover is good, and its tab has the grant anew
    assert changes(before, everything(world.tool)) <= (own_tab if method == "POST" else set())


@pytest.mark.parametrize(("method", "rule"), [one for one in CASES if one[1].startswith(RECORDING) and one[1] != PLAY])
def test_a_strangers_recording_is_not_shown_or_changed_through_a_room_of_ones_own(
    world: World, method: str, rule: str
) -> None:
    before = everything(world.tool)

    answer = world.ask(method, rule, "cookie", replace(world.theirs, room_id=world.ours.room_id))

    assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")
    assert "alheia" not in answer.text
    assert changes(before, everything(world.tool)) <= {"grants.used_at"}


def test_a_strangers_recording_is_not_changed_through_a_room_of_ones_own(world: World) -> None:
    before = everything(world.tool)
    ours, theirs = world.ours, world.theirs
    path = ours.path(CHANGES)
    edit = replace(theirs, room_id=ours.room_id).path(EDIT)

    for answer in (
        *(world.browser.submit(path, {"do": do, "id": theirs.recording_id}) for do in WAYS),
        *(
            world.browser.submit(path, [("do", do), ("id", ours.recording_id), ("id", theirs.recording_id)])
            for do in WAYS
        ),
        world.browser.open(edit),
        world.browser.submit(edit, {"name": "Nossa agora"}),
    ):
        assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")
        assert "alheia" not in answer.text
    told = world.browser.open(f"{ours.path(ROOM)}/recordings?note=published~{UUID(theirs.recording_id).hex}")
    assert "alheia" not in told.text
    assert "alheia" not in world.browser.open(f"{ours.path(ROOM)}/recordings/log").text
    assert {call["call"] for call in world.elos.calls()} <= {"getRecordings"}
    assert changes(before, everything(world.tool)) <= LISTED


@pytest.mark.parametrize("rule", [SESSION, SHEET])
def test_a_strangers_session_is_not_shown_through_a_room_of_ones_own(world: World, rule: str) -> None:
    answer = world.ask("GET", rule, "cookie", replace(world.theirs, room_id=world.ours.room_id))

    assert (answer.status_code, code_of(answer)) == (404, "WEB-NOT-FOUND")
    assert "alheia" not in answer.text


def test_someone_elses_room_and_no_room_look_the_same(world: World) -> None:
    nobodys = "00000000-0000-4000-8000-000000000000"

    for (method, rule), expectations in CASES.items():
        for shows in expectations:
            texts = []
            for side in (world.theirs, replace(world.theirs, room_id=nobodys, selection_id=nobodys)):
                answer = world.ask(method, rule, shows, side)
                texts.append((answer.status_code, code_of(answer), answer.headers.get("Location")))
            assert texts[0] == texts[1], (method, rule, shows)
