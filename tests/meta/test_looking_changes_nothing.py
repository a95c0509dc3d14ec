"""GET is safe: it moves what was last used, and what is known of recordings. It never asks Elos how a room is.

A route that can be asked by GET and has no line here fails.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_elos.app import create_app
from lti_elos.db.tables import grants, live_rooms, rooms, tool_keys
from lti_elos.services import invites, servers
from tests.conftest import Elos, Tool
from tests.meta.test_needs import DESK_PLATFORM, DESK_RECORDING, DESK_SERVER, RECORDING, ROOM, SELECTION, routes
from tests.meta.test_tenants import CHANGES, COPY, EDIT, NOTICE, PLAY, SESSION, SHEET, make_side
from tests.support.browser import Browser
from tests.support.deep_linking import begin
from tests.support.operators import at_the_desk
from tests.support.platform import Platform
from tests.support.rooms import STUDENT, TEACHER
from tests.support.rows import changes, everything

USED = {"grants.used_at"}
RECORDINGS = {"rooms.recordings_synced_at", "rooms.recordings_leased_until", "recordings +", "recordings.formats"}

MAY_CHANGE: dict[str, set[str]] = {
    "/": set(),
    "/privacy": set(),
    "/healthz": set(),
    "/readyz": set(),
    "/metrics": set(),
    "/lti/jwks.json": {"tool_keys +"},  # the first key, when there is none
    "/lti/config/canvas.json": set(),
    "/docs/setup": set(),
    "/docs/setup/<family>": set(),
    "/lti/login": set(),
    "/lti/verify": set(),  # always refused: WebKit asks for it when a frame is reloaded
    "/lti/register/<invite>": set(),  # with an LMS's parameters: tests/flows/test_registration.py
    SELECTION: set(),
    ROOM: USED | RECORDINGS,
    f"{ROOM}/enter": USED,
    f"{ROOM}/wait": USED,
    f"{ROOM}/embed": USED,
    f"{ROOM}/status": USED,
    f"{ROOM}/left": USED,
    f"{ROOM}/name": USED,
    f"{ROOM}/check": USED,
    f"{ROOM}/rename": USED,
    f"{ROOM}/sessions": USED,
    f"{ROOM}/recordings": USED | RECORDINGS,
    PLAY: USED | RECORDINGS | {"recordings.plays", "audit +"},  # a click of a person; what looks ahead is told apart
    RECORDING: USED,
    f"{RECORDING}/audience": USED,
    "/r/<code>": set(),
    CHANGES: USED,
    EDIT: USED,
    f"{ROOM}/recordings/log": USED,
    f"{ROOM}/recordings/log.csv": USED,
    COPY: USED | RECORDINGS,
    NOTICE: USED,
    "/mail/<token>": set(),
    "/lms": set(),  # without an administrator there is nowhere to go to: tests/flows/test_lms.py
    f"{ROOM}/lms": USED,
    f"{ROOM}/lms/<uuid:launch_id>": USED,
    SESSION: USED,
    SHEET: USED,
}
DESK: dict[str, set[str]] = {
    "/admin/login": set(),
    "/admin": set(),
    "/admin/failed-launches": set(),
    "/admin/failed-launches/<uuid:launch_id>": set(),
    "/admin/platforms/<uuid:platform_id>/doctor": set(),
    "/admin/platforms": set(),
    "/admin/platforms/<uuid:platform_id>/sessions": set(),
    DESK_PLATFORM: set(),
    "/admin/platforms/invites": set(),
    "/admin/recordings": set(),
    DESK_RECORDING: set(),
    "/admin/audit": set(),
    "/admin/audit.csv": set(),
    "/admin/servers": set(),
    "/admin/servers/new": set(),
    DESK_SERVER: set(),
}
"""The operators' pages: an operator looks at them, who signed in a moment ago."""
OF_ADMINISTRATORS = (f"{ROOM}/lms", f"{ROOM}/lms/<uuid:launch_id>")
"""Teachers and students are refused there: tests/flows/test_lms.py looks at what an administrator's look changes."""
MUST_CHANGE = {
    ROOM: USED,
    PLAY: {"recordings.plays", "audit +"},
    f"{ROOM}/status": USED,
    "/lti/jwks.json": {"tool_keys +"},
}
"""So that what may change is looked at where it does."""


def test_every_route_that_can_be_looked_at_has_a_line(tool: Tool) -> None:
    looked_at = {rule for method, rule in routes(create_app(tool.deps)) if method == "GET"}

    assert looked_at == MAY_CHANGE.keys() | DESK.keys()


@pytest.mark.parametrize("person", [TEACHER, STUDENT], ids=["teacher", "student"])
def test_looking_changes_nothing(
    tool: Tool, platform: Platform, browser: Browser, elos: Elos, person: dict[str, object]
) -> None:
    side = make_side(tool, elos, platform, "Aula")
    assert browser.enter_room(platform, **person) == side.room_id
    invite = invites.make(tool.deps, name="LMS", lasts=timedelta(days=1)).url.rpartition("/")[2]
    chooser = Browser(tool.url)  # students choose nothing
    selection = begin(chooser, platform)
    elos.send("DELETE", "calls")

    for rule, may_change in MAY_CHANGE.items():
        with tool.deps.database.transaction() as db:
            db.execute(tool_keys.delete())
            db.execute(grants.update().values(used_at=tool.deps.clock() - timedelta(hours=1)))
            db.execute(live_rooms.update().values(checked_at=None))
            db.execute(rooms.update().values(recordings_synced_at=None, recordings_leased_until=None))
        before = everything(tool)
        path = side.path(rule).replace("<invite>", invite).replace("<family>", "moodle")
        path = path.replace("<code>", "A" * 43)

        if rule == "/lti/login":
            fields = {"iss": platform.issuer, "login_hint": "h", "target_link_uri": tool.url, "client_id": "client-1"}
            answer = browser.get(tool.url + path, params=fields, allow_redirects=False)
            assert answer.status_code == 302
        elif rule == SELECTION:
            assert chooser.open(selection).status_code == 200
        else:
            answer = browser.open(path, params={"kind": "video"} if rule == PLAY else {})
            refusals = {
                "/lti/verify": (401,),
                "/lms": (401,),
                "/r/<code>": (404,),
                "/mail/<token>": (404,),
            } | dict.fromkeys(OF_ADMINISTRATORS, (403,))
            if person is STUDENT:
                refusals |= dict.fromkeys((f"{ROOM}/sessions", SESSION, SHEET, f"{RECORDING}/audience"), (403,))
                refusals |= dict.fromkeys((f"{ROOM}/sessions", SESSION, SHEET, CHANGES, EDIT), (403,))
                refusals |= dict.fromkeys((f"{ROOM}/recordings/log", f"{ROOM}/recordings/log.csv"), (403,))
                refusals[COPY] = (403,)
            assert answer.status_code in refusals.get(rule, (200, 303)), rule

        changed = changes(before, everything(tool))
        assert changed <= may_change, rule
        assert changed >= MUST_CHANGE.get(rule, set()), rule

    chooser.close()
    assert {call["call"] for call in elos.calls()} <= {"getRecordings"}


def test_looking_around_the_desk_changes_nothing(tool: Tool, platform: Platform, elos: Elos) -> None:
    side = make_side(tool, elos, platform, "Aula")
    with at_the_desk(tool) as desk:
        [server_id] = [one.id for one in servers.all_servers(tool.deps)]
        elos.send("DELETE", "calls")
        for rule, may_change in DESK.items():
            before = everything(tool)
            path = rule.replace("<uuid:platform_id>", str(platform.id))
            path = side.path(path.replace("<uuid:server_id>", str(server_id)))

            assert desk.open(path).status_code in (200, 303), rule

            assert changes(before, everything(tool)) <= may_change, rule

    assert elos.calls() == []
