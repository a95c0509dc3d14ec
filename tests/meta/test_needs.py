"""Who may come is declared on every view, and this table says it once more: a change of either is seen."""

from __future__ import annotations

import pytest
from flask import Flask

from lti_elos.app import create_app
from lti_elos.web.guards import Needs
from tests.conftest import Tool

STATIC = {"/static/<path:filename>", "/bootstrap/static/<path:filename>"}
"""Files that are the same for everybody."""

ROOM = "/rooms/<uuid:room_id>"
RECORDING = f"{ROOM}/recordings/<uuid:recording_id>"
DESK_PLATFORM = "/admin/platforms/<uuid:platform_id>"
DESK_SERVER = "/admin/servers/<uuid:server_id>"
DESK_RECORDING = "/admin/recordings/<uuid:recording_id>"
SELECTION = "/deep-linking/<uuid:selection_id>"

WHO = {
    ("GET", "/"): Needs.ANYONE,
    ("GET", "/privacy"): Needs.ANYONE,
    ("GET", "/healthz"): Needs.ANYONE,
    ("GET", "/readyz"): Needs.ANYONE,
    ("GET", "/metrics"): Needs.METRICS,
    ("GET", "/docs/setup"): Needs.ANYONE,
    ("GET", "/docs/setup/<family>"): Needs.ANYONE,
    ("GET", "/lti/config/canvas.json"): Needs.ANYONE,
    ("GET", "/lti/jwks.json"): Needs.ANYONE,
    ("GET", "/lti/login"): Needs.PLATFORM,
    ("POST", "/lti/login"): Needs.PLATFORM,
    ("POST", "/lti/launch"): Needs.PLATFORM,
    ("GET", "/lti/verify"): Needs.ANYONE,
    ("POST", "/lti/verify"): Needs.CHECKED_LAUNCH,
    ("GET", "/lti/register/<invite>"): Needs.INVITE,
    ("POST", "/lti/register/<invite>"): Needs.INVITE,
    ("GET", SELECTION): Needs.SELECTOR,
    ("POST", SELECTION): Needs.SELECTOR,
    ("POST", "/elos/hooks/<uuid:server_id>"): Needs.ELOS,
    ("POST", "/elos/analytics/<key>"): Needs.ELOS,
    ("GET", ROOM): Needs.VIEWER,
    ("POST", ROOM): Needs.HANDOVER,
    ("POST", f"{ROOM}/join"): Needs.VIEWER_OR_HANDOVER,
    ("GET", f"{ROOM}/enter"): Needs.VIEWER,
    ("GET", f"{ROOM}/wait"): Needs.VIEWER,
    ("GET", f"{ROOM}/embed"): Needs.VIEWER,
    ("GET", f"{ROOM}/status"): Needs.STATUS_TOKEN,
    ("GET", f"{ROOM}/left"): Needs.ANYONE,
    ("POST", f"{ROOM}/end"): Needs.MANAGER,
    ("GET", f"{ROOM}/name"): Needs.VIEWER,
    ("POST", f"{ROOM}/name"): Needs.VIEWER,
    ("GET", f"{ROOM}/check"): Needs.VIEWER,
    ("GET", f"{ROOM}/rename"): Needs.VIEWER,
    ("POST", f"{ROOM}/rename"): Needs.MANAGER,
    ("GET", f"{ROOM}/sessions"): Needs.MANAGER,
    ("GET", f"{ROOM}/sessions/<uuid:meeting_id>"): Needs.MANAGER,
    ("GET", f"{ROOM}/sessions/<uuid:meeting_id>.csv"): Needs.MANAGER,
    ("GET", f"{ROOM}/recordings"): Needs.VIEWER,
    ("GET", f"{ROOM}/recordings/<uuid:recording_id>/play"): Needs.VIEWER_OR_HANDOVER,
    ("POST", f"{ROOM}/recordings/<uuid:recording_id>/play"): Needs.VIEWER_OR_HANDOVER,
    ("GET", RECORDING): Needs.VIEWER,
    ("GET", f"{RECORDING}/audience"): Needs.MANAGER,
    ("POST", f"{RECORDING}/audience"): Needs.MANAGER,
    ("POST", f"{RECORDING}/links"): Needs.MANAGER,
    ("POST", f"{RECORDING}/links/<uuid:link_id>/revoke"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/audience"): Needs.MANAGER,
    ("GET", "/r/<code>"): Needs.ANYONE,
    ("POST", "/r/<code>"): Needs.ANYONE,
    ("GET", f"{ROOM}/recordings/changes"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/changes"): Needs.MANAGER,
    ("GET", f"{ROOM}/recordings/<uuid:recording_id>/edit"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/<uuid:recording_id>/edit"): Needs.MANAGER,
    ("GET", f"{ROOM}/recordings/log"): Needs.MANAGER,
    ("GET", f"{ROOM}/recordings/log.csv"): Needs.MANAGER,
    ("GET", f"{ROOM}/recordings/copy"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/copy"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/copy/remove"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/copy/dismiss"): Needs.MANAGER,
    ("GET", f"{ROOM}/recordings/notice"): Needs.VIEWER,
    ("POST", f"{ROOM}/recordings/notice"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/notice/seen"): Needs.MANAGER,
    ("POST", f"{ROOM}/recordings/notice/stop"): Needs.MANAGER,
    ("GET", "/mail/<token>"): Needs.MAIL_LINK,
    ("POST", "/mail/<token>"): Needs.MAIL_LINK,
    ("GET", "/lms"): Needs.ANYONE,
    ("GET", f"{ROOM}/lms"): Needs.LMS_ADMIN,
    ("POST", f"{ROOM}/lms"): Needs.LMS_ADMIN,
    ("GET", f"{ROOM}/lms/<uuid:launch_id>"): Needs.LMS_ADMIN,
    ("GET", "/admin/failed-launches"): Needs.OPERATOR,
    ("GET", "/admin/failed-launches/<uuid:launch_id>"): Needs.OPERATOR,
    ("GET", "/admin/platforms/<uuid:platform_id>/doctor"): Needs.OPERATOR,
    ("POST", "/admin/platforms/<uuid:platform_id>/doctor"): Needs.OPERATOR,
    ("GET", "/admin/login"): Needs.ANYONE,
    ("POST", "/admin/login"): Needs.ANYONE,
    ("POST", "/admin/logout"): Needs.OPERATOR,
    ("GET", "/admin"): Needs.OPERATOR,
    ("GET", "/admin/platforms"): Needs.OPERATOR,
    ("GET", f"{DESK_PLATFORM}/sessions"): Needs.OPERATOR,
    ("GET", DESK_PLATFORM): Needs.OPERATOR,
    ("POST", DESK_PLATFORM): Needs.OPERATOR,
    ("POST", f"{DESK_PLATFORM}/approve"): Needs.OPERATOR,
    ("POST", f"{DESK_PLATFORM}/disable"): Needs.OPERATOR,
    ("POST", f"{DESK_PLATFORM}/enable"): Needs.OPERATOR,
    ("POST", f"{DESK_PLATFORM}/remove"): Needs.OPERATOR,
    ("GET", "/admin/platforms/invites"): Needs.OPERATOR,
    ("POST", "/admin/platforms/invites"): Needs.OPERATOR,
    ("POST", "/admin/platforms/invites/<uuid:invite_id>/withdraw"): Needs.OPERATOR,
    ("GET", "/admin/recordings"): Needs.OPERATOR,
    ("GET", DESK_RECORDING): Needs.OPERATOR,
    ("POST", f"{DESK_RECORDING}/restore"): Needs.OPERATOR,
    ("GET", "/admin/audit"): Needs.OPERATOR,
    ("GET", "/admin/audit.csv"): Needs.OPERATOR,
    ("GET", "/admin/servers"): Needs.OPERATOR,
    ("GET", "/admin/servers/new"): Needs.OPERATOR,
    ("POST", "/admin/servers/new"): Needs.OPERATOR,
    ("GET", DESK_SERVER): Needs.OPERATOR,
    ("POST", DESK_SERVER): Needs.OPERATOR,
    ("POST", f"{DESK_SERVER}/check"): Needs.OPERATOR,
    ("POST", f"{DESK_SERVER}/hook"): Needs.OPERATOR,
    ("POST", f"{DESK_SERVER}/default"): Needs.OPERATOR,
    ("POST", f"{DESK_SERVER}/remove"): Needs.OPERATOR,
}


def routes(app: Flask) -> dict[tuple[str, str], str]:
    """{(method, rule): endpoint} of what is ours and not a file."""
    return {
        (method, rule.rule): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in STATIC
    }


@pytest.fixture
def app(tool: Tool) -> Flask:
    return create_app(tool.deps)


def test_every_view_says_who_may_come(app: Flask) -> None:
    silent = [endpoint for endpoint in routes(app).values() if not isinstance(_needs(app, endpoint), Needs)]

    assert silent == []


def test_every_route_is_in_the_table_with_who_may_come(app: Flask) -> None:
    assert {route: _needs(app, endpoint) for route, endpoint in routes(app).items()} == WHO


def test_whatever_names_a_room_asks_who_comes(app: Flask) -> None:
    """But the page after leaving, which says nothing of the room to strangers (tests/meta/test_tenants.py).

    An LMS's guide is named in its address too, and is the same for everybody. A link to a recording is for anybody.
    """
    open_to_all = {rule for (_, rule), needs in WHO.items() if needs is Needs.ANYONE and "<" in rule}

    assert open_to_all == {f"{ROOM}/left", "/docs/setup/<family>", "/r/<code>"}


def test_all_of_the_desk_but_its_door_asks_for_an_operator() -> None:
    open_to_all = {rule for (_, rule), needs in WHO.items() if rule.startswith("/admin") and needs != Needs.OPERATOR}

    assert open_to_all == {"/admin/login"}


def _needs(app: Flask, endpoint: str) -> object:
    return getattr(app.view_functions[endpoint], "needs", None)
