"""The operators' pages in every state, for tests/web/pages_app.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from lti_elos.domain.metadata import read_lines
from lti_elos.domain.policies import Policies
from lti_elos.services.hook_states import HookState
from lti_elos.services.invites import OpenInvite
from lti_elos.services.jobs import Health
from lti_elos.services.overview import Attention, Failing, Figures, Pending
from lti_elos.services.platform_lists import Deployment, Details, Listed, State
from lti_elos.services.platform_runs import PlatformRun
from lti_elos.services.servers import Server
from lti_elos.web.admin.desk import TABS, Desk, DeskTab
from lti_elos.web.admin.pages import (
    CheckResult,
    InvitesPage,
    OverviewPage,
    PlatformPage,
    PlatformRunsPage,
    PlatformsPage,
    RunItem,
    ServerPage,
    ServersPage,
    SignInPage,
    Told,
)
from tests.web import desk_recordings
from tests.web.pages_app import EMOJI_NAME, LONG_NAME, NOW, RTL_NAME, Page, error

ID = UUID(int=7)


def desk(current: str = "", *, email: str = "operacao@exemplo.test") -> Desk:
    tabs = tuple(DeskTab(key, f"/admin/{key}", key == current) for key, _ in TABS) if email else ()
    return Desk(email, tabs, "/admin", "/admin/logout", "csrf")


def at_the_desk(template: str, values: Callable[[], dict[str, Any]], current: str = "", method: str = "GET") -> Page:
    """A page of an operator who is signed in."""
    return Page(f"admin/{template}.html", lambda: {"desk": desk(current)} | values(), method=method)


def _page(template: str, page: object, current: str, method: str = "GET") -> Page:
    return at_the_desk(template, lambda: {"page": page}, current, method)


def sign_in(problem: str = "", email: str = "") -> Page:
    page = SignInPage("/admin", email, problem)
    values = {"desk": desk(email=""), "page": page}
    return Page("admin/sign_in.html", lambda: values, method="POST" if problem else "GET")


# --- overview ---

FINE = Attention((), (), (), has_server=True, has_platform=True, has_launch=True)
BUSY = Attention(
    failing=(
        Failing(ID, "Moodle, Universidade Exemplo", "LTI-TOKEN-TIME", 31, NOW - timedelta(minutes=2)),
        Failing(None, "", "LTI-PLATFORM-UNKNOWN", 4, NOW - timedelta(minutes=50)),
    ),
    pending=(
        Pending(ID, "Canvas, Instituto Modelo", 1, NOW - timedelta(days=1)),
        Pending(ID, LONG_NAME, 12, NOW - timedelta(days=3)),
    ),
    troubles=(("ELOS-UNREACHABLE", 12), ("ELOS-SECRET", 1)),
    has_server=True,
    has_platform=True,
    has_launch=True,
)
FIGURES = Figures(42, 1318, 18204, 37, NOW - timedelta(seconds=8))


HEARD = HookState(
    state="heard",
    url="https://rooms.example.test/elos/hooks/00000000-0000-4000-8000-000000000007",
    made_at=NOW - timedelta(days=40),
    checked_at=NOW - timedelta(hours=7),
    last_event_at=NOW - timedelta(seconds=2),
    trouble="",
    asks_every_s=50,
)
SILENT = replace(HEARD, state="silent", last_event_at=NOW - timedelta(hours=26), asks_every_s=5)
UNMADE = replace(HEARD, state="missing", made_at=None, checked_at=None, last_event_at=None, asks_every_s=5)
QUEUE = Health(3, NOW + timedelta(seconds=20), 0, 0, None, NOW - timedelta(minutes=2), is_late=False)
NOTHING_DONE = Health(0, None, 1, 0, None, None, is_late=False)
LATE = Health(
    1204, NOW - timedelta(minutes=14), 2, 1190, NOW - timedelta(minutes=14), NOW - timedelta(hours=3), is_late=True
)


def server(name: str = "elos-principal", **changed: Any) -> Server:
    base = Server(
        id=UUID(int=len(name)),
        name=name,
        url="https://elos.example.test/bigbluebutton/api",
        internal_url="",
        kind="elos",
        digest="sha256",
        playback_token="off",
        is_default=False,
        is_from_settings=False,
        platforms=0,
        checked_at=NOW - timedelta(minutes=3),
        checked_ms=84,
        checked_code="",
        hook=HEARD,
    )
    return replace(base, **changed)


SERVERS = (
    server(is_default=True, platforms=1207),
    server("elos-medicina", checked_code="ELOS-UNREACHABLE", checked_ms=14012, platforms=4, hook=SILENT),
    server("bbb-" + "laboratorio" * 8, checked_at=None, checked_ms=None, hook=UNMADE),
)


def overview(
    attention: Attention,
    figures: Figures = FIGURES,
    items: tuple[Server, ...] = SERVERS[:1],
    queue: Health = QUEUE,
) -> Page:
    return _page("overview", OverviewPage(attention, figures, items, queue, NOW), "overview")


# --- platforms ---


def listed(
    name: str, state: State = "active", *, lms: str = "Moodle", launched: bool = True, failures: int = 0
) -> Listed:
    last = NOW - timedelta(minutes=4) if launched else None
    return Listed(UUID(int=len(name)), name, lms, "moodle.example.test", state, last, failures)


LIST = (
    listed("Canvas, Instituto Modelo", "pending", lms="Canvas", failures=3),
    listed("Moodle, Universidade Exemplo", failures=1234),
    listed(LONG_NAME, "disabled", lms="", launched=False),
    listed(RTL_NAME, "new", lms="Sakai", launched=False),
    listed(EMOJI_NAME),
)


def platforms(
    *items: Listed, query: str = "", state: str = "", next_url: str = "", first: str = "", done: str = ""
) -> Page:
    page = PlatformsPage(items, query, state, next_url, first, NOW, done)
    return _page("platforms", page, "platforms")


POLICIES = {
    "name": "Moodle, Universidade Exemplo",
    "server": "",
    "deployments": "auto",
    **{key: str(getattr(Policies(), key)).lower() for key in Policies.__dataclass_fields__},
}
PLATFORM = Details(
    id=ID,
    name="Moodle, Universidade Exemplo",
    lms="Moodle",
    state="active",
    created_at=NOW - timedelta(days=70),
    disabled_at=None,
    issuer="https://moodle.example.test",
    client_id="NfNyWAr7OW3DCAG",
    auth_login_url="https://moodle.example.test/mod/lti/auth.php",
    auth_token_url="https://moodle.example.test/mod/lti/token.php",
    jwks_url="https://moodle.example.test/mod/lti/certs.php",
    audience="",
    deployment_policy="auto",
    server="",
    servers=("elos-medicina", "elos-principal"),
    policies=Policies(),
    deployments=(Deployment("1", True, NOW - timedelta(days=70), NOW - timedelta(minutes=4)),),
    more_deployments=False,
    last_launch=NOW - timedelta(minutes=4),
    failures_today=3,
)
WAITING = replace(
    PLATFORM,
    state="pending",
    lms="",
    deployments=(
        Deployment("_4_" + "1f0e" * 60, False, NOW - timedelta(days=1), None),
        Deployment("41", False, NOW - timedelta(days=9), None),
        *PLATFORM.deployments,
    ),
    more_deployments=True,
)
ADDRESSES = tuple((key, f"https://rooms.example.test/lti/{key}") for key in ("login", "redirect", "tool", "keys"))


def platform(
    found: Details = PLATFORM,
    *,
    changed: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
    done: str = "",
    asks: str = "",
    typed: str = "",
) -> Page:
    page = PlatformPage(
        found,
        POLICIES | {"name": found.name} | (changed or {}),
        problems or {},
        NOW,
        ADDRESSES,
        done,
        asks,
        typed,
        read_lines((changed or {}).get("extra_metadata", "")).problems,
    )
    return _page("platform", page, "platforms", "POST" if problems else "GET")


EXTRA = "sis-id=$lis.course_section_sourcedid\ncampus=São Leopoldo\nperiodo=$custom.periodo"
WRONG_EXTRA = (
    "curso_id=1\nsem nada\nbbb-origin=x\nsis-id=1\nsis-id=2\nlogin=$custom.user_login\nx=$Person.name.full\n"
    + "a" * 60 + f"=1\ny={'z' * 300}\n"
)  # fmt: skip


def run(course: str, room: str = "", *, told: dict[str, str] | None = None, **changed: Any) -> RunItem:
    base = PlatformRun(
        id=UUID(int=len(course)),
        began_at=NOW - timedelta(hours=3),
        course=course,
        room=room,
        length=timedelta(minutes=98),
        is_live=False,
        present=0,
        people=41,
        ended="button",
        metadata=told or {},
    )
    links = tuple(Told(name, value, "/admin/platforms/7/sessions?meta=x") for name, value in (told or {}).items())
    return RunItem(replace(base, **changed), links)


RUNS = (
    run("Cálculo I", told={"campus": "São Leopoldo", "periodo": "2026/2", "sis-id": "MAT101-2026-2-A"}),
    run("Física II", "Grupo 7", told={"sis-id": "FIS-2"}, is_live=True, present=23, length=None, ended="unknown"),
    run(LONG_NAME, LONG_NAME + " 2", told={"sis-id": "x" * 255}, people=None, length=None, ended="unused"),
    run(RTL_NAME, ended="unknown", length=None),
    run("", ended="empty"),
)


def runs(*items: RunItem, asked: str = "", understood: bool = True, more: bool = False) -> Page:
    page = PlatformRunsPage(
        platform_id=ID,
        platform="Moodle, Universidade Exemplo",
        names=("campus", "sis-id"),
        items=items,
        asked=asked,
        is_understood=understood,
        list_url="/admin/platforms/7/sessions",
        next_url="/admin/platforms/7/sessions?before=1" if more else "",
        first_url="/admin/platforms/7/sessions" if more else "",
        now=NOW,
    )
    return _page("platform_runs", page, "platforms")


OPEN = (
    OpenInvite(UUID(int=1), "Moodle, Escola Nova", None, NOW - timedelta(hours=2), NOW + timedelta(days=7)),
    OpenInvite(UUID(int=2), LONG_NAME, ID, NOW - timedelta(days=2), NOW + timedelta(days=28)),
)
INVITE = {"name": "", "days": "7", "server": "", "deployments": "", "update": ""}


def invites(
    open_ones: tuple[OpenInvite, ...] = (), *, problems: dict[str, str] | None = None, method: str = "GET", **more: Any
) -> Page:
    values = INVITE | more.pop("values", {})
    page = InvitesPage(open_ones, ("elos-principal",), values, problems or {}, NOW, **more)
    return _page("invites", page, "platforms", "POST" if problems else method)


# --- servers ---

FORM = {
    "name": "elos-principal",
    "url": "https://elos.example.test/bigbluebutton/api",
    "internal_url": "",
    "kind": "elos",
    "digest": "sha256",
    "playback_token": "off",
}


def one_server(found: Server | None = SERVERS[0], *, problems: dict[str, str] | None = None, **more: Any) -> Page:
    page = ServerPage(FORM | more.pop("values", {}), problems or {}, NOW, found, **more)
    return _page("server", page, "servers", "POST" if problems else "GET")


def desk_pages() -> dict[str, Page]:
    """By name."""
    empty = Attention((), (), (), has_server=False, has_platform=False, has_launch=False)
    problem = error("WEB-NOT-FOUND", method="GET", lms="").values
    return {
        "desk-sign-in": sign_in(),
        "desk-sign-in-wrong": sign_in("wrong", "operacao@exemplo.test"),
        "desk-sign-in-locked": sign_in("locked", "operacao@exemplo.test"),
        "desk-overview": overview(BUSY, items=SERVERS, queue=LATE),
        "desk-overview-fine": overview(FINE),
        "desk-overview-first-run": overview(empty, Figures(0, 0, 0, 0, NOW), ()),
        "desk-overview-no-server": overview(replace(empty, has_platform=True), Figures(0, 0, 0, 0, NOW), ()),
        "desk-platforms": platforms(*LIST, next_url="/admin/platforms?after=x", first="/admin/platforms"),
        "desk-platforms-found": platforms(LIST[1], query="moodle <b>", state="active"),
        "desk-platforms-nothing-found": platforms(query="x", state="disabled"),
        "desk-platforms-none": platforms(done="removed"),
        "desk-platform": platform(),
        "desk-platform-waiting": platform(WAITING, done="approved"),
        "desk-platform-disabled": platform(
            replace(PLATFORM, state="disabled", disabled_at=NOW, deployments=(), last_launch=None), done="disabled"
        ),
        "desk-platform-asks": platform(asks="disable"),
        "desk-platform-refused": platform(
            replace(PLATFORM, name=LONG_NAME),
            changed={"name": "", "frame_ancestors": "lms.example"},
            problems={"name": "text", "server": "choice", "frame_ancestors": "text", "recording_notice": "text"},
        ),
        "desk-platform-metadata": platform(changed={"extra_metadata": EXTRA}, done="saved"),
        "desk-platform-metadata-refused": platform(
            changed={"extra_metadata": WRONG_EXTRA}, problems={"extra_metadata": "lines"}
        ),
        "desk-runs": runs(*RUNS, more=True),
        "desk-runs-found": runs(RUNS[0], asked="sis-id=MAT101-2026-2-A"),
        "desk-runs-nothing-found": runs(asked="sis-id=1"),
        "desk-runs-not-understood": runs(*RUNS[:2], asked="MAT101", understood=False),
        "desk-runs-none": runs(),
        "desk-platform-deployment-refused": platform(problems={"deployment": "text"}, typed="x" * 300),
        "desk-platform-remove-refused": platform(problems={"remove": "differs"}, asks="remove", typed="Moodle"),
        "desk-invites": invites(OPEN),
        "desk-invites-none": invites(done="withdrawn"),
        "desk-invites-refused": invites(
            OPEN, problems={"name": "text", "days": "choice", "server": "choice", "deployments": "choice"}
        ),
        "desk-invite-made": invites(
            OPEN[:1],
            url="https://rooms.example.test/lti/register/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            expires_at=NOW + timedelta(days=7),
            method="POST",
        ),
        "desk-invite-update": invites(update_name=RTL_NAME, values={"name": RTL_NAME, "update": str(ID)}),
        "desk-servers": _page("servers", ServersPage(SERVERS, QUEUE, NOW, "added"), "servers"),
        "desk-servers-late": _page("servers", ServersPage(SERVERS[:1], LATE, NOW), "servers"),
        "desk-servers-none": _page("servers", ServersPage((), NOTHING_DONE, NOW), "servers"),
        "desk-server": one_server(done="saved"),
        "desk-server-events-silent": one_server(server(hook=SILENT), done="hook"),
        "desk-server-events-late": one_server(server(hook=replace(HEARD, state="late"))),
        "desk-server-events-quiet": one_server(server(hook=replace(HEARD, state="quiet", last_event_at=None))),
        "desk-server-events-missing": one_server(server(hook=UNMADE)),
        "desk-server-events-local": one_server(server(hook=replace(UNMADE, state="local"))),
        **{
            f"desk-server-events-{code.lower()}": one_server(server(hook=replace(HEARD, state="trouble", trouble=code)))
            for code in ("ELOS-UNREACHABLE", "ELOS-SECRET", "ELOS-NO-SERVER", "ELOS-REPLY")
        },
        "desk-server-new": one_server(None, values={"name": "", "url": ""}),
        "desk-server-from-settings": one_server(server("default", is_from_settings=True), done="default"),
        "desk-server-answers": one_server(checked=CheckResult(84, "2.0", "", "", "")),
        "desk-server-silent": one_server(
            SERVERS[1],
            checked=CheckResult(14012, "", "ELOS-UNREACHABLE", "probe: timeout", "Timeout or refusal at the server"),
        ),
        "desk-server-used": one_server(problem="used", used_by=("Moodle, Universidade Exemplo", LONG_NAME)),
        "desk-server-refused": one_server(
            None,
            values={"name": LONG_NAME, "url": "x y"},
            problems={"name": "text", "url": "address", "secret": "empty", "kind": "choice", "internal_url": "address"},
        ),
        "desk-error": at_the_desk("problem", problem),
    } | {
        name: _page(template, page, tab, "POST" if getattr(page, "problem", "") else "GET")
        for name, (template, page, tab) in desk_recordings.pages().items()
    }
