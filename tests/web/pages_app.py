"""A small application around the templates, and the values that views would give them: every page in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, g, render_template, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from jinja2 import StrictUndefined

from lti_elos.app import DESK
from lti_elos.domain.browsers import Checked
from lti_elos.domain.live import Live, LiveState
from lti_elos.domain.policies import Embedding
from lti_elos.domain.roles import RoleName
from lti_elos.paths import shipped_dir
from lti_elos.services import by_hand
from lti_elos.services.logins import CHECKED, Storage
from lti_elos.services.registrations import Done
from lti_elos.web import formats
from lti_elos.web.admin import desk
from lti_elos.web.error_texts import fill, text_for
from lti_elos.web.pages import (
    Before,
    Brief,
    Checking,
    EmbedPage,
    NameForm,
    Picker,
    PostForm,
    Problem,
    RecordingOption,
    RegisterPage,
    RenameForm,
    RoomChoice,
    RoomHead,
    RoomOption,
    Stage,
    Tab,
    WaitingList,
    Watch,
)
from lti_elos.web.recording_pages import (
    Around,
    AudiencePage,
    ChangeNote,
    CopyItem,
    CopyPage,
    FormatLink,
    LinkItem,
    LinkPage,
    LogEntry,
    LogPage,
    MailPage,
    MissingItem,
    NamedRecording,
    NewOnes,
    News,
    Period,
    PlayerPage,
    RecordingForm,
    RecordingItem,
    RecordingsFilter,
    RecordingsPage,
    StepItem,
    TellForm,
    Way,
)
from lti_elos.web.session_pages import Month, SessionItem, SessionPage, SessionPerson, SessionPoll, SessionsPage
from lti_elos.web.setup import links_of, page_of
from lti_elos.web.setup_guides import GUIDES

NOW = datetime(2026, 11, 17, 22, 36, tzinfo=UTC)
"""A Tuesday, 19h36 in Brasília."""
ROOM = UUID("11111111-1111-4111-8111-111111111111")
LOCALES = {"pt_BR": "pt-BR", "en": "en", "es": "es"}
_LABELS = {"pt_BR": "Português", "en": "English", "es": "Español"}

LONG_NAME = (
    "Introdução às Metodologias de Pesquisa Interdisciplinar em Humanidades Digitais " * 3 + "e Donaudampfschiff" * 5
)
RTL_NAME = "مقدمة في حساب التفاضل والتكامل"
EMOJI_NAME = "👩🏽‍🏫 Física & Química <II> 🧪"

COURSE = "Cálculo Diferencial e Integral I"


assert DESK  # importing them puts the desk's addresses on its blueprint


def make_app() -> Flask:
    """The templates as ``lti_elos.app`` sets them up, without views. ``speaking`` chooses the language."""
    app = Flask("lti_elos.app", template_folder=str(shipped_dir("templates")), static_folder="web/static")
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, BABEL_TRANSLATION_DIRECTORIES="translations")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(
        app,
        locale_selector=lambda: g.get("locale", "en"),
        timezone_selector=lambda: g.get("time_zone", "America/Sao_Paulo"),
    )
    Bootstrap5(app)
    formats.install(app, clock=lambda: NOW)
    site = Blueprint("site", __name__)
    site.add_url_rule("/privacy", "privacy", lambda: "")
    app.register_blueprint(site)
    setup = Blueprint("setup", __name__)
    setup.add_url_rule("/docs/setup", "index", lambda: "")
    setup.add_url_rule("/docs/setup/<family>", "guide", lambda **_: "")
    app.register_blueprint(setup)
    app.register_blueprint(desk.bp)
    app.context_processor(_base_context)
    return app


def _base_context() -> dict[str, Any]:
    locale = g.get("locale", "en")
    framed = request.args.get("framed") == "1"
    return {
        "lang": LOCALES[locale],
        "framed": framed,
        "theme": "light" if framed else "auto",
        "languages": [
            {"code": code, "label": _LABELS[code], "lang": lang, "url": f"?lang={code}", "is_current": code == locale}
            for code, lang in LOCALES.items()
        ],
        "handover": "",
    }


@contextmanager
def speaking(
    app: Flask,
    locale: str,
    *,
    zone: str = "America/Sao_Paulo",
    framed: bool = False,
    method: str = "GET",
    destination: str = "",
) -> Iterator[None]:
    """A request in this language and zone. ``destination``: what the browser says it is for, if it does."""
    headers = {"Sec-Fetch-Dest": destination} if destination else {}
    with app.test_request_context("/?framed=1" if framed else "/", method=method, headers=headers):
        g.locale, g.time_zone = locale, zone
        yield


@dataclass(frozen=True)
class Page:
    """One page in one state."""

    template: str
    values: Callable[[], dict[str, Any]]
    """Called inside the request: texts are in its language."""
    framed: bool = False
    method: str = "GET"
    destination: str = ""

    def render(self, app: Flask, locale: str) -> str:
        """The page's HTML."""
        with speaking(app, locale, framed=self.framed, method=self.method, destination=self.destination):
            return render_template(self.template, **self.values())


# --- values ---


def head(
    *,
    name: str = COURSE,
    current: str = "room",
    role: RoleName = RoleName.TEACHER,
    moderates: bool | None = None,
    manages: bool | None = None,
    lms: str = "Moodle",
    choices: tuple[RoomChoice, ...] = (),
    rename: RenameForm | None = None,
    awaits_groups: bool = False,
) -> RoomHead:
    is_teacher = role is RoleName.TEACHER
    runs_it = is_teacher if manages is None else manages
    return RoomHead(
        id=ROOM,
        name=name,
        details=("Turma A", "2026/2"),
        moderates=is_teacher if moderates is None else moderates,
        manages=runs_it,
        role=role,
        lms=lms,
        return_url="https://moodle.example.test/course/view.php?id=2",
        tabs=(
            Tab("room", f"/rooms/{ROOM}", current == "room"),
            Tab("recordings", f"/rooms/{ROOM}/recordings", current == "recordings"),
            *((Tab("sessions", f"/rooms/{ROOM}/sessions", current == "sessions"),) if runs_it else ()),
        ),
        choices=choices,
        rename=rename,
        awaits_groups=awaits_groups,
    )


def choices(*names: str, current: int = 0, running: int = 1) -> tuple[RoomChoice, ...]:
    return tuple(
        RoomChoice(name, f"/rooms/{UUID(int=number)}", is_open=number == running, is_current=number == current)
        for number, name in enumerate(names)
    )


def renaming(name: str = "", *, refused: bool = False) -> RenameForm:
    return RenameForm(f"/rooms/{ROOM}/rename", name, "Grupo 7", refused)


CLOSED = Live(LiveState.CLOSED, 0, "", 0, None, None, NOW)
OPENING = replace(CLOSED, state=LiveState.OPENING, internal_id="i", create_time_ms=1, opened_at=NOW)
OPEN = replace(OPENING, state=LiveState.OPEN, participants=28, opened_at=NOW - timedelta(minutes=34))
ENDED = replace(
    CLOSED,
    state=LiveState.ENDED,
    opened_at=NOW - timedelta(hours=1, minutes=49),
    ended_at=NOW - timedelta(minutes=10),
)


def stage(
    live: Live,
    *,
    teacher: bool,
    asks_to_end: bool = False,
    may_end: bool | None = None,
    embedding: Embedding = "off",
    waiting: WaitingList | None = None,
) -> Stage:
    return Stage(
        live=live,
        may_open=teacher,
        may_end=teacher if may_end is None else may_end,
        join_url=f"/rooms/{ROOM}/join",
        end_url=f"/rooms/{ROOM}/end",
        asks_to_end=asks_to_end,
        now=NOW,
        embedding=embedding,
        waiting=waiting or (WaitingList(0, ()) if teacher else None),
    )


def recording(number: int = 24, *, name: str | None = None, state: str = "published", **more: Any) -> RecordingItem:
    one = UUID(int=number)
    play = f"/rooms/{ROOM}/recordings/{one}/play"
    formats = (
        (FormatLink("video", f"{play}?kind=video"), FormatLink("presentation", f"{play}?kind=presentation"))
        if state == "published"
        else ()
    )
    values: dict[str, Any] = {
        "id": one,
        "name": f"Aula {number}: somas de Riemann e a integral definida" if name is None else name,
        "started_at": NOW - timedelta(days=7 * (25 - number), minutes=33),
        "length": timedelta(hours=1, minutes=41),
        "participants": 29,
        "state": state,
        "thumbnail": "",
        "formats": formats,
        "is_managed": True,
    }
    return RecordingItem(**(values | more))


def session(number: int = 24, **more: Any) -> SessionItem:
    values: dict[str, Any] = {
        "id": UUID(int=number),
        "began_at": NOW - timedelta(days=7 * (25 - number), minutes=33),
        "opened_by": "Maria Aparecida da Conceição Albuquerque de Souza e Silva",
        "length": timedelta(hours=1, minutes=41),
        "is_live": False,
        "present": 0,
        "people": 31,
        "peak": 28,
        "ended": "button",
        "recorded": True,
        "has_recording": True,
    }
    return SessionItem(**(values | more))


RUNNING = session(
    25,
    began_at=NOW - timedelta(minutes=34),
    length=None,
    is_live=True,
    present=28,
    ended="unknown",
    recorded=None,
    has_recording=False,
)
SESSIONS = (
    RUNNING,
    session(24, opened_by="Ana Lima"),
    session(23, ended="room", recorded=True, has_recording=False),
    session(22, ended="empty", recorded=False, has_recording=False, people=1, peak=1, length=timedelta(seconds=40)),
    session(21, ended="limit", opened_by=RTL_NAME),
    session(20, ended="unused", people=0, peak=0, length=None, recorded=None, has_recording=False, opened_by=""),
    session(19, ended="", people=None, opened_by=LONG_NAME),
    session(18, ended="unknown", length=None, people=None, recorded=None, has_recording=False, opened_by=EMOJI_NAME),
)

GROUPS = choices("Grupo 7", "Grupo 9", "Grupo 10")
ODD_GROUPS = choices(
    LONG_NAME, RTL_NAME, EMOJI_NAME, "1c16f0de65a080803785ecb3097da99872616f0d" * 2, "", *map(str, range(40)), running=2
)
TEACHERS = choices("Ana Lima", "Maria Aparecida da Conceição Albuquerque de Souza e Silva", "", running=0)

RECENT = (
    recording(24, name="Aula 25: teorema fundamental", state="processing", participants=None),
    recording(23, name="Aula 24: somas de Riemann e a integral definida"),
    recording(22, name=""),
)

WATCH = Watch(f"/rooms/{ROOM}/status", "token", 5)
HANDOVER = "sealed-handover"


NOTICE = (
    "As aulas da Universidade Exemplo são gravadas e ficam no curso até o fim do semestre; para não aparecer, "
    "desligue a câmera e escreva no bate-papo. Dúvidas: https://www.example.test/privacidade/"
    + "gravacoes-de-aulas-sincronas-"
    * 9
)


def before(*, notice: str = "", called: str = "") -> Before:
    return Before(notice, called, f"/rooms/{ROOM}/name?to=room", f"/rooms/{ROOM}/check")


def name_form(
    *,
    to: str = "",
    name: str = "",
    problem: str = "",
    is_kept: bool = True,
    notice: str = "",
    room_name: str = COURSE,
    lms: str = "Moodle",
    framed: bool = False,
) -> Page:
    form = NameForm(
        room_name=room_name,
        lms=lms,
        action=f"/rooms/{ROOM}/name",
        to=to,
        name=name,
        problem=problem,
        is_kept=is_kept,
        before=before(notice=notice),
        room_url=f"/rooms/{ROOM}",
    )
    return Page("rooms/name.html", lambda: {"form": form}, framed, "POST" if problem else "GET")


def check(*, framed: bool = False, **more: Any) -> Page:
    values = {
        "head": head(current="check", role=RoleName.STUDENT, **more),
        "room_url": f"/rooms/{ROOM}",
        "handover": HANDOVER if framed else "",
    }
    return Page("rooms/check.html", lambda: values, framed)


def room(
    live: Live,
    *,
    teacher: bool = True,
    framed: bool = False,
    recent: tuple[RecordingItem, ...] = RECENT,
    note: str = "",
    asks_to_end: bool = False,
    may_end: bool | None = None,
    embedding: Embedding = "allowed",
    notice: str = "",
    called: str = "",
    waiting: WaitingList | None = None,
    sessions: tuple[SessionItem, ...] = (),
    news: News | None = None,
    **more: Any,
) -> Page:
    embedding = embedding if framed else "off"
    more.setdefault("role", RoleName.TEACHER if teacher else RoleName.STUDENT)
    seen = recent if teacher else tuple(item for item in recent if item.state == "published")
    values = {
        "head": head(**more),
        "before": before(notice=notice, called=called),
        "stage": stage(
            live,
            teacher=teacher,
            asks_to_end=asks_to_end,
            may_end=may_end,
            embedding=embedding,
            waiting=waiting,
        ),
        "recent": seen,
        "recordings_total": 38 if seen else 0,
        "recordings_url": f"/rooms/{ROOM}/recordings",
        "sessions": sessions,
        "news": news,
        "watch": WATCH,
        "note": note,
        "handover": HANDOVER if framed else "",
    }
    return Page("rooms/room.html", lambda: values, framed)


def wait(
    live: Live = CLOSED,
    *,
    first_name: str = "Maria Aparecida",
    name: str = COURSE,
    waiting: int = 0,
    notice: str = "",
    framed: bool = False,
) -> Page:
    values = {
        "head": head(name=name, role=RoleName.STUDENT),
        "before": before(notice=notice),
        "first_name": first_name,
        "watch": WATCH,
        "enter_url": f"/rooms/{ROOM}/enter",
        "room_url": f"/rooms/{ROOM}",
        "live": live,
        "waiting": waiting,
    }
    return Page("rooms/wait.html", lambda: values, framed)


def embed(*, teacher: bool = True, name: str = COURSE, lms: str = "Moodle", framed: bool = True) -> Page:
    values = EmbedPage(
        room_name=name,
        lms=lms,
        presents=teacher,
        enter_url=f"/rooms/{ROOM}/enter",
        status_url=f"/rooms/{ROOM}/status",
        room_url=f"/rooms/{ROOM}",
        moved_url=f"/rooms/{ROOM}?note=moved",
        move=PostForm(f"/rooms/{ROOM}/join", (("handover", HANDOVER),), new_window=True),
    )
    return Page("rooms/embed.html", lambda: {"page": values}, framed)


def problem(code: str, *, audience: str = "student", lms: str = "Moodle", **more: Any) -> Problem:
    """As ``web/errors.py`` makes it. Called inside a request."""
    text = text_for(code, audience="teacher" if audience == "teacher" else "student")
    values = {"lms": lms, "n": "10", "role": "student", "type": "LtiDeepLinkingRequest", "reason": "access_denied"}
    return Problem(
        code=code,
        status=400,
        message=fill(text.message, values),
        suggestion=fill(text.suggestion, values),
        explanation=fill(text.explanation, values),
        occurrence="7Q4M-2XKD",
        when=NOW,
        lms=lms,
        **more,
    )


def error(code: str, *, framed: bool = False, method: str = "POST", destination: str = "", **more: Any) -> Page:
    return Page("errors/problem.html", lambda: {"problem": problem(code, **more)}, framed, method, destination)


def left(
    code: str = "", *, known: bool = True, teacher: bool = False, reopens: bool = False, framed: bool = False
) -> Page:
    def values() -> dict[str, Any]:
        return {
            "room_name": COURSE if known else "",
            "problem": problem(code, audience="teacher" if teacher else "student") if code else None,
            "again": PostForm(f"/rooms/{ROOM}/join") if known else None,
            "reopens": reopens,
            "watch": WATCH if known and not code else None,
            "room_url": f"/rooms/{ROOM}" if known else "",
        }

    return Page("rooms/left.html", values, framed)


def recordings(
    items: tuple[RecordingItem, ...],
    *,
    total: int | None = None,
    narrowed: RecordingsFilter | None = None,
    query: str = "",
    first: int = 1,
    stale: bool = False,
    awaited: bool = False,
    missing: tuple[MissingItem, ...] = (),
    teacher: bool = True,
    framed: bool = False,
    new_ones: NewOnes | None = None,
    note: ChangeNote | None = None,
    selects: bool = False,
    asks_to_delete: UUID | None = None,
    around: Around | None = None,
    copied: bool = False,
    **more: Any,
) -> Page:
    total = len(items) if total is None else total
    url = f"/rooms/{ROOM}/recordings"
    narrowed = replace(
        RecordingsFilter() if narrowed is None else narrowed, query=query, periods=PERIODS, has_audience=teacher
    )
    if teacher:
        items = tuple(replace(one, is_managed=True) for one in items)
    page = RecordingsPage(
        items=items if teacher else tuple(map(_for_students, items)),
        total=min(total, 1000),
        query=query,
        is_more=total > 1000,
        next_url=f"{url}?before=1-{ROOM.hex}" if first + len(items) <= total else "",
        previous_url=url if first > 1 else "",
        stale_since=NOW - timedelta(minutes=26) if stale else None,
        filter=narrowed,
        missing=missing,
        is_awaited=awaited,
        new_ones=new_ones,
        note=note,
        here="q=riemann" if query else "",
        selects=selects,
        asks_to_delete=asks_to_delete,
        copy_url=f"{url}/copy" if copied else "",
    )
    role = RoleName.TEACHER if teacher else RoleName.STUDENT
    values = {
        "head": head(current="recordings", role=role, **more),
        "page": page,
        "around": around or Around(),
        "handover": HANDOVER if framed else "",
    }
    return Page("recordings/index.html", lambda: values, framed)


def _for_students(one: RecordingItem) -> RecordingItem:
    return replace(one, is_managed=False, expires_at=None, expires_in=None, way=None, pending=(), failed=())


PERIODS = (
    Period("30d", "lately", NOW),
    Period("2026-h2", "half", NOW),
    Period("2026-11", "month", NOW - timedelta(days=16)),
    Period("2026", "year", NOW),
)


def way(*progress: str, days_ago: float = 0, usual: bool = False, names_day: bool = False, told: bool = True) -> Way:
    """A recording's, a mark a step: done, now, failed; those that are left out are to come."""
    ended_at = NOW - timedelta(days=days_ago, hours=2)
    stages = ("recorded", "archived", "processing", "published")
    marks = [*progress, *["to come"] * (len(stages) - len(progress))]
    return Way(
        steps=tuple(
            StepItem(
                stage,
                mark,
                ended_at + timedelta(minutes=13 * at) if mark != "to come" and (told or not at) else None,
                names_day,
            )
            for at, (stage, mark) in enumerate(zip(stages, marks, strict=True))
        ),
        has_failed="failed" in marks,
        usually_at=NOW + timedelta(hours=3) if usual else None,
        is_open="failed" not in marks,
    )


def missing(days_ago: float = 0, *, recorded: bool | None = None, **more: Any) -> MissingItem:
    """A session without a recording."""
    values: dict[str, Any] = {
        "id": UUID(int=900 + round(days_ago * 10)),
        "started_at": NOW - timedelta(days=days_ago, hours=3),
        "length": timedelta(minutes=95),
        "people": 30,
        "recorded": recorded,
        "room_name": None,
        "way": None,
    }
    return MissingItem(**(values | more))


def recording_pages() -> dict[str, Page]:
    """The course's recordings, in their states."""
    made = recording(25, state="processing", participants=None, way=way("done", "done", "now", usual=True))
    failed = recording(24, state="processing", way=way("done", "done", "failed", days_ago=3, names_day=True))
    formats = tuple(
        FormatLink(kind, f"/rooms/{ROOM}/recordings/{UUID(int=21)}/play?kind={kind}")
        for kind in ("presentation", "video", "podcast", "notes")
    )
    told = (
        made,
        failed,
        recording(23, expires_at=NOW + timedelta(days=4), expires_in=4, description="Do início até a integral."),
        recording(22, pending=("video",), formats=formats[:1], expires_at=NOW + timedelta(days=170)),
        recording(21, formats=formats, failed=("video",), room_name="Equipe Azul"),
        recording(20, state="unpublished", room_name="", expires_at=NOW, expires_in=0),
        recording(19, state="published", formats=()),
    )
    silent = (
        missing(0.1, recorded=True, way=way("done", "now")),
        missing(2, recorded=False),
        missing(4, people=None),
        missing(5, recorded=True, way=way("done", "failed", days_ago=5, names_day=True), room_name="Grupo 7"),
    )
    rooms = ((str(ROOM), COURSE), (str(UUID(int=7)), "Equipe Azul"), (str(UUID(int=8)), RTL_NAME))
    several = RecordingsFilter(rooms=rooms)
    chosen = replace(several, period="2026-11", room=rooms[1][0], audience="teachers")
    long = recording(25, name=LONG_NAME, description=f"{LONG_NAME} {'W' * 250}", formats=formats, room_name=LONG_NAME)
    return {
        "recordings-teacher": recordings(_MIXED),
        "recordings-states": recordings(told, missing=silent, narrowed=several),
        "recordings-states-framed": recordings(told, missing=silent, narrowed=several, framed=True),
        "recordings-untold": recordings(
            (recording(25, state="processing", way=way("done", "done", "now", told=False)),),
            missing=(missing(0.1, people=None),),
        ),
        "recordings-missing-only": recordings((), missing=silent[:2]),
        "recordings-framed": recordings(_MIXED, framed=True),
        "recordings-student": recordings((_MIXED[1], _MIXED[3], told[3], told[4]), teacher=False, narrowed=several),
        "recordings-pages": recordings(_MANY, total=58, first=21, stale=True),
        "recordings-more": recordings(_MANY, total=1001, narrowed=several),
        "recordings-found": recordings(_MANY[:1], query="riemann"),
        "recordings-narrowed": recordings(_MANY[:2], narrowed=chosen),
        "recordings-nothing-found": recordings((), query="taylor <b>"),
        "recordings-nothing-narrowed": recordings((), narrowed=chosen),
        "recordings-none": recordings((), total=0),
        "recordings-none-student": recordings((), total=0, teacher=False),
        "recordings-awaited": recordings((), total=0, awaited=True),
        "recordings-odd-names": recordings(
            (long, recording(24, name=RTL_NAME, description=RTL_NAME)),
            narrowed=RecordingsFilter(rooms=((str(ROOM), LONG_NAME), ("", EMOJI_NAME))),
        ),
    }


def named(number: int = 24, name: str | None = None) -> NamedRecording:
    item = recording(number, name=name)
    return NamedRecording(item.id, item.name, item.started_at, None)


def refused(*failed: NamedRecording, **more: Any) -> ChangeNote:
    return ChangeNote(
        "published",
        failed=failed,
        code="ELOS-CHANGE-REFUSED",
        message="Elos did not accept the change",
        suggestion="The recording is as it was. Try again in a few minutes.",
        explanation="Elos answered: temporaryError.",
        **more,
    )


def edit(
    *, name: str | None = None, description: str = "", wrong: tuple[bool, bool] = (False, False), **more: Any
) -> Page:
    one = named(name=more.pop("called", None))
    form = RecordingForm(one, one.name if name is None else name, description, *wrong, f"/rooms/{ROOM}/recordings")
    values = {"head": head(current="recordings", **more), "form": form}
    return Page("recordings/edit.html", lambda: values, method="POST" if any(wrong) else "GET")


def entry(action: str = "Published it", by: str = "person", *, hours: int = 1, **more: Any) -> LogEntry:
    one = named(name=more.pop("name", None))
    values: dict[str, Any] = {
        "at": NOW - timedelta(hours=hours),
        "action": action,
        "detail": "",
        "who": "Ana Lima" if by == "person" else "",
        "by": by,
        "name": one.name,
        "started_at": one.started_at,
    }
    return LogEntry(**(values | more))


def log(*entries: LogEntry, wanted: str = "", pages: bool = False, **more: Any) -> Page:
    url = f"/rooms/{ROOM}/recordings"
    page = LogPage(
        entries,
        wanted,
        url,
        f"{url}/log?before=7" if pages else "",
        f"{url}/log?after=90" if pages else "",
        f"{url}/log.csv",
    )
    return Page("recordings/log.html", lambda: {"head": head(current="recordings", **more), "page": page})


def changing_pages() -> dict[str, Page]:
    binned = recording(22, state="unpublished", delete_at=NOW + timedelta(days=6, hours=3))
    mine = (
        recording(24, is_protected=False, session_url=f"/rooms/{ROOM}/sessions/{UUID(int=1)}"),
        binned,
        recording(21, name=LONG_NAME, state="unpublished", is_protected=True),
        recording(20, name=RTL_NAME, state="processing"),
    )
    odd = tuple(named(number, name) for number, name in ((21, LONG_NAME), (20, RTL_NAME), (19, ""), (18, EMOJI_NAME)))
    lines = (
        entry("Published it"),
        entry("Changed who can see it", detail="Teachers only", who=LONG_NAME, name=LONG_NAME),
        entry("Watched", "link", name=""),
        entry("Deleted for good", "job", hours=30),
        entry("Unpublished it", "operator", hours=31),
        entry("Watched", "erased", name="", started_at=None),
        entry("Watched", who=RTL_NAME, name=RTL_NAME, hours=500),
    )
    return {
        "recordings-managed": recordings(mine),
        "recordings-select": recordings(mine, selects=True),
        "recordings-select-none": recordings(mine, selects=True, note=ChangeNote("none")),
        "recordings-delete": recordings(mine, asks_to_delete=mine[2].id),
        "recordings-deleted": recordings(mine, note=ChangeNote("trashed", (named(22),)), query="riemann"),
        "recordings-unpublished": recordings(mine, note=ChangeNote("unpublished", odd)),
        "recordings-refused": recordings(mine, note=refused(named(24))),
        "recordings-refused-partly": recordings(mine, note=refused(*odd, items=(named(24),), unfit=(named(17),))),
        "recording-edit": edit(description="Exercícios da lista 7.", called=LONG_NAME),
        "recording-edit-wrong": edit(name="x", description="y" * 600, wrong=(True, True)),
        "recordings-log": log(*lines, pages=True),
        "recordings-log-none": log(wanted="plays"),
    }


OFFER = News("copy", f"/rooms/{ROOM}/recordings/copy", f"/rooms/{ROOM}/recordings/copy/dismiss")


def ready(name: str = "Aula 25: teorema fundamental", *, count: int = 1) -> News:
    url = f"/rooms/{ROOM}/recordings"
    return News("ready", url, f"{url}/notice/seen", name, NOW - timedelta(hours=3), count, str(UUID(int=25)))


def telling(asked: str = "not", **more: Any) -> Around:
    url = f"/rooms/{ROOM}/recordings/notice"
    return Around(tell=TellForm(url, f"{url}/stop", asked, "" if asked == "not" else "m…@example.org", **more))


def mail_link(does: str, *, is_done: bool = False, name: str = COURSE) -> Page:
    page = MailPage(does, name, is_done, "/mail/x")
    return Page("mail/link.html", lambda: {"link": page}, False, "POST" if is_done else "GET")


def shown_from(name: str, *, number: int = 9, teacher: bool = True) -> RecordingItem:
    """Of an earlier course."""
    return recording(number, shown_from=name, unshare_url=f"/rooms/{ROOM}/recordings/copy/remove" if teacher else "")


def copies(*courses: str, each: int = 2, nothing_chosen: bool = False, has_courses: bool = True) -> Page:
    url = f"/rooms/{ROOM}/recordings/copy"

    def item(number: int, name: str) -> CopyItem:
        length = timedelta(hours=1, minutes=7)
        return CopyItem(UUID(int=number), name, NOW - timedelta(days=365 + number), length)

    page = CopyPage(
        courses=tuple(
            (name, tuple(item(10 * at + number, ("Aula 7", "", LONG_NAME)[number % 3]) for number in range(each)))
            for at, name in enumerate(courses)
        ),
        has_courses=has_courses,
        nothing_chosen=nothing_chosen,
        action=url,
        list_url=f"/rooms/{ROOM}/recordings",
        older_url=f"{url}?before=1-{ROOM.hex}" if each > 2 else "",
        newest_url=url if each > 3 else "",
    )
    values = {"head": head(current="recordings"), "page": page}
    return Page("recordings/copy.html", lambda: values, False, "POST" if nothing_chosen else "GET")


def sessions(
    items: tuple[SessionItem, ...],
    *,
    total: int | None = None,
    query: str = "",
    month: str = "",
    pages: bool = False,
    framed: bool = False,
    **more: Any,
) -> Page:
    total = len(items) if total is None else total
    url = f"/rooms/{ROOM}/sessions"
    page = SessionsPage(
        items=items,
        total=total,
        query=query,
        month=month,
        months=tuple(
            Month(f"2026-{number:02}", datetime(2026, number, 1, 3, tzinfo=UTC)) for number in range(11, 5, -1)
        )
        if total or query or month
        else (),
        older_url=f"{url}?before=1-0" if pages else "",
        newer_url=f"{url}?after=1-0" if pages else "",
        live=OPEN if any(item.is_live for item in items) else CLOSED,
        join_url=f"/rooms/{ROOM}/join",
    )
    values = {
        "head": head(current="sessions", **more),
        "page": page,
        "watch": None if pages else WATCH,
        "handover": HANDOVER if framed else "",
        "recordings_url": f"/rooms/{ROOM}/recordings",
    }
    return Page("sessions/index.html", lambda: values, framed)


def somebody(name: str, part: str = "", *, minutes: float = 97, **did: int) -> SessionPerson:
    length = timedelta(minutes=minutes)
    talk = timedelta(seconds=did.pop("talk_s", 0))
    counts = {"chats": 0, "hands": 0, "votes": 0} | did
    return SessionPerson(name, part, length, round(minutes), talk, **counts)


_CLASS = (
    somebody("Helena Exemplo", "moderator", talk_s=4260, chats=8),
    somebody("Vinícius Exemplo", "moderator", minutes=40),
    somebody("Ana Clara Exemplo", chats=3, hands=1, votes=2, talk_s=45),
    somebody("João Pedro Exemplo", minutes=0.5),
    somebody("Maria Aparecida Exemplo Nogueira de Albuquerque e Vasconcelos", minutes=93, chats=14, talk_s=125),
    somebody("Convidada Amostra", "guest", minutes=48),
)
_POLLS = (
    SessionPoll("Ficou claro?", (("Sim", 21), ("Não", 3)), 0),
    SessionPoll("", (("A", 1), ("B", 0)), 2),
)


def session_report(
    *persons: SessionPerson,
    polls: tuple[SessionPoll, ...] = (),
    ended: str = "button",
    ended_by: str = "Helena Exemplo",
    runs: bool = False,
    awaited: bool = False,
    recorded: bool | None = True,
    reported: bool = True,
    framed: bool = False,
    lists: bool = False,
    **more: Any,
) -> Page:
    began_at = NOW - timedelta(days=1, minutes=99)
    ended_at = None if runs or not ended else NOW - timedelta(days=1)
    page = SessionPage(
        began_at=began_at,
        ended_at=ended_at,
        runs=runs,
        length=ended_at - began_at if ended_at else None,
        ended=ended,
        opened_by="Helena Exemplo",
        ended_by=ended_by,
        people=len(persons) or 28,
        peak=len(persons) or 25,
        recorded=recorded,
        persons=persons,
        polls=polls,
        is_reported=reported,
        is_awaited=awaited,
        csv_url=f"/rooms/{ROOM}/sessions/{UUID(int=1)}.csv" if reported else "",
    )
    at = head(current="sessions", **more)
    if lists:  # the tab that leads to the list
        at = replace(at, tabs=(*at.tabs, Tab("sessions", f"/rooms/{ROOM}/sessions", is_current=True)))
    return Page("sessions/show.html", lambda: {"head": at, "page": page}, framed)


def brief(
    live: Live = CLOSED,
    *,
    teacher: bool = True,
    moderates: bool | None = None,
    name: str = COURSE,
    notice: str = "",
    **more: Any,
) -> Page:
    values = {
        "brief": Brief(
            name=name,
            live=live,
            moderates=teacher if moderates is None else moderates,
            may_open=teacher,
            join_url=f"/rooms/{ROOM}/join",
            room_url=f"/rooms/{ROOM}",
            recording_notice=notice,
            return_url=RETURN,
            **more,
        ),
        "watch": WATCH,
        "handover": HANDOVER,
        "forget": STORAGE,
    }
    return Page("rooms/brief.html", lambda: values, framed=True, method="POST")


def checking(does: str) -> Page:
    """One of the pages between a login and its room."""
    again = PostForm(
        "/lti/login", (*LOGIN.fields, (CHECKED, (Checked.FRAMED if does == "probe" else Checked.SILENT).value))
    )
    kept = {
        "probe": Checking("probe", again),
        "put": Checking("put", again, kept=STORAGE, secret="s3cret", onward="https://canvas.example.test/authorize"),
        "get": Checking("get", PostForm("/lti/verify", (("launch", "copy"), ("secret", ""))), kept=STORAGE),
    }[does]
    return Page("lti/checking.html", lambda: {"checking": kept}, framed=True, method="POST")


def window() -> Page:
    """After a login in a frame that is known to keep nothing."""
    values = {"open_window": LOGIN, "return_url": "", "occurrence": ""}
    return Page("lti/window.html", lambda: values, framed=True, method="POST")


STORAGE = Storage("post_message_forwarding", "https://canvas.example.test", "elos_1")
LOGIN = PostForm("/lti/login", (("iss", "https://moodle.example.test"), ("login_hint", "2")), new_window=True)
RETURN = "https://moodle.example.test/course/view.php?id=2"
_MANY = tuple(recording(24 - number) for number in range(20))
_MIXED = (
    RECENT[0],
    recording(23, name=LONG_NAME),
    recording(22, name=RTL_NAME, state="unpublished"),
    recording(21, name=EMOJI_NAME, thumbnail="https://elos.example.test/thumb.png"),
    recording(20, name="", state="processed"),
    recording(
        1,
        name="Aula do ano passado",
        started_at=NOW - timedelta(days=400),
        participants=1,
        length=timedelta(seconds=40),
    ),
)

TROUBLES = (
    "ELOS-UNREACHABLE",
    "ELOS-REPLY",
    "ELOS-SECRET",
    "ELOS-NO-SERVER",
    "ELOS-SESSIONS-LIMIT",
    "ELOS-ROOM-FULL",
)


def pages() -> dict[str, Page]:
    """Every page in every state, by a name for messages and screenshots."""
    found = {
        "room-teacher-closed": room(CLOSED),
        "room-teacher-closed-framed": room(CLOSED, framed=True),
        "room-teacher-opening": room(OPENING),
        "room-teacher-opening-framed": room(OPENING, framed=True),
        "room-teacher-open": room(OPEN),
        "room-teacher-open-framed": room(OPEN, framed=True),
        "room-teacher-open-one": room(replace(OPEN, participants=1)),
        "room-teacher-open-old": room(replace(OPEN, checked_at=NOW - timedelta(minutes=2))),
        "room-teacher-open-unsince": room(replace(OPEN, opened_at=None)),
        "room-teacher-end": room(OPEN, asks_to_end=True),
        "room-teacher-ended": room(ENDED, note="ended"),
        "room-teacher-ended-long-ago": room(replace(ENDED, ended_at=NOW - timedelta(hours=1)), note="ended"),
        "room-teacher-note-unsure": room(CLOSED, note="ended"),
        "room-teacher-nothing-yet": room(CLOSED, recent=()),
        "room-teacher-one-waits": room(CLOSED, waiting=WaitingList(1, ("Estudante Modelo",))),
        "room-teacher-many-wait": room(
            ENDED, waiting=WaitingList(57, (LONG_NAME, RTL_NAME, EMOJI_NAME, "Participante 1A2B"))
        ),
        "room-admin": room(
            OPEN, teacher=False, may_end=True, manages=True, role=RoleName.INSTITUTION_ADMIN, lms="Canvas"
        ),
        "room-student-closed": room(CLOSED, teacher=False),
        "room-student-closed-framed": room(CLOSED, teacher=False, framed=True),
        "room-student-opening": room(OPENING, teacher=False),
        "room-student-open": room(OPEN, teacher=False),
        "room-student-open-framed": room(OPEN, teacher=False, framed=True),
        "room-student-ended": room(ENDED, teacher=False),
        "room-student-nothing-yet": room(CLOSED, teacher=False, recent=()),
        "room-unknown-lms": room(CLOSED, teacher=False, lms="", name=""),
        "room-other-role": room(CLOSED, teacher=False, role=RoleName.OTHER, lms=""),
        "room-long-name": room(OPEN, name=LONG_NAME, recent=_MIXED[1:4]),
        "room-rtl-name": room(OPEN, name=RTL_NAME),
        "room-emoji-name": room(OPEN, name=EMOJI_NAME),
        "room-teacher-closed-preferred": room(CLOSED, framed=True, embedding="preferred"),
        "room-student-closed-preferred": room(CLOSED, teacher=False, framed=True, embedding="preferred"),
        "room-student-ended-framed": room(ENDED, teacher=False, framed=True),
        "room-teacher-moved": room(OPEN, framed=True, note="moved"),
        "embed-teacher": embed(),
        "embed-student": embed(teacher=False),
        "embed-alone": embed(framed=False),
        "embed-nameless": embed(name="", lms=""),
        "embed-long-name": embed(name=LONG_NAME),
        "room-called": room(CLOSED, teacher=False, called="Maria (unverified)", notice=NOTICE),
        "room-called-framed": room(OPEN, teacher=False, framed=True, called=f"{RTL_NAME} (unverified)"),
        "room-notice-rtl": room(OPEN, notice=RTL_NAME, called=f"{'W' * 60} (unverified)"),
        "name": name_form(),
        "name-framed": name_form(to="embed", lms="", framed=True),
        "name-change": name_form(to="room", name="Maria", is_kept=False, notice=NOTICE),
        "name-empty": name_form(problem="empty", room_name=""),
        "name-long": name_form(problem="long", name=LONG_NAME, notice=RTL_NAME),
        "check": check(),
        "check-framed": check(framed=True),
        "check-unknown-lms": check(framed=True, lms="", name=LONG_NAME),
        "wait-notice": wait(notice=NOTICE),
        "room-group-teacher": room(CLOSED, name="Grupo 7", choices=GROUPS, rename=renaming()),
        "room-group-teacher-framed": room(OPEN, framed=True, name="Grupo 7", choices=GROUPS, rename=renaming()),
        "room-group-named": room(CLOSED, name="Equipe Azul", rename=renaming("Equipe Azul"), note="renamed"),
        "room-group-name-refused": room(
            CLOSED, name="Grupo 7", choices=GROUPS, rename=renaming("“<x>” " + LONG_NAME, refused=True)
        ),
        "room-group-long-names": room(OPEN, name=LONG_NAME, choices=ODD_GROUPS, rename=renaming(LONG_NAME)),
        "room-group-student": room(OPEN, teacher=False, name="Grupo 7", choices=GROUPS),
        "room-group-none-yet": room(CLOSED, awaits_groups=True),
        "room-of-a-teacher": room(OPEN, teacher=False, name="Ana Lima", choices=TEACHERS),
        "recordings-group": recordings(_MIXED[:2], name="Grupo 7", choices=GROUPS),
        "error-no-group": error("LTI-NO-GROUP", return_url=RETURN),
        "error-no-teacher": error("LTI-NO-TEACHER", return_url=RETURN, framed=True),
        "wait": wait(),
        "wait-framed": wait(framed=True),
        "wait-framed-nameless": wait(first_name="", framed=True),
        "wait-many": wait(waiting=120),
        "wait-nameless": wait(first_name="", name=""),
        "wait-long-name": wait(first_name=RTL_NAME, name=LONG_NAME),
        "left": left(),
        "left-framed": left(framed=True),
        "left-unknown": left(known=False),
        "left-teacher-new-session": left("ELOS-NEW-SESSION", teacher=True, reopens=True),
        "left-unknown-room-full": left("ELOS-ROOM-FULL", known=False),
        "recordings-none-student": recordings((), total=0, teacher=False),
        "recordings-shown-from": recordings(
            (*_MIXED[:1], shown_from("Cálculo I, 2025"), shown_from(LONG_NAME, number=8))
        ),
        "recordings-shown-from-student": recordings((shown_from("", teacher=False),), teacher=False),
        "recordings-copied": recordings(_MIXED[:2], copied=True, framed=True),
        "recordings-shared": recordings(_MIXED[:2], around=Around(said="shared")),
        "recordings-unshared": recordings(_MIXED[:2], around=Around(said="unshared")),
        "room-copy-offered": room(CLOSED, news=OFFER),
        "room-recording-ready": room(CLOSED, news=ready(), framed=True),
        "room-recording-ready-odd": room(OPEN, news=ready(LONG_NAME)),
        "room-recordings-ready": room(CLOSED, news=ready(count=3)),
        "recordings-tell": recordings(_MIXED[:2], around=telling()),
        "recordings-tell-waiting": recordings(_MIXED[:2], around=telling("waiting")),
        "recordings-tell-told": recordings(_MIXED[:2], around=telling("told")),
        "recordings-tell-refused": recordings(_MIXED[:2], around=telling("refused"), framed=True),
        "recordings-tell-wrong": recordings(_MIXED[:2], around=telling(problem="address", typed="maria@")),
        "recordings-tell-often": recordings((), total=0, around=telling("waiting", problem="often", typed="a@b.co")),
        **{
            f"recordings-{said}": recordings(_MIXED[:1], around=Around(said=said))
            for said in ("mail-asked", "mail-told", "mail-stopped")
        },
        "mail-confirm": mail_link("confirm"),
        "mail-confirmed": mail_link("confirm", is_done=True, name=LONG_NAME),
        "mail-stop": mail_link("stop", name=""),
        "mail-stopped": mail_link("stop", is_done=True),
        "copies": copies("Cálculo I, 2025", RTL_NAME, ""),
        "copies-pages": copies("Cálculo I, 2025", each=6),
        "copies-nothing-chosen": copies(LONG_NAME, nothing_chosen=True),
        "copies-none": copies(),
        "copies-no-courses": copies(has_courses=False),
        "room-teacher-sessions": room(OPEN, sessions=SESSIONS[:3]),
        "room-teacher-sessions-framed": room(CLOSED, framed=True, sessions=SESSIONS[5:]),
        "sessions": sessions(SESSIONS),
        "sessions-framed": sessions(SESSIONS, framed=True),
        "sessions-pages": sessions(tuple(session(24 - number) for number in range(20)), total=912, pages=True),
        "sessions-found": sessions(SESSIONS[1:2], query="ana", month="2026-11"),
        "sessions-nothing-found": sessions((), query="taylor <b>"),
        "sessions-none": sessions(()),
        "sessions-group": sessions(SESSIONS[:2], name="Grupo 7", choices=GROUPS),
        "sessions-admin": sessions(
            SESSIONS[:2], role=RoleName.INSTITUTION_ADMIN, manages=True, lms="Canvas", name=LONG_NAME
        ),
        "session-report": session_report(*_CLASS, polls=_POLLS),
        "session-report-framed": session_report(*_CLASS, framed=True, ended="room", ended_by=""),
        "session-report-odd-names": session_report(
            *(somebody(name, "guest", chats=1_000_000) for name in (LONG_NAME, RTL_NAME, EMOJI_NAME, "W" * 250)),
            polls=(SessionPoll(LONG_NAME, ((RTL_NAME, 1), ("W" * 200, 0), (EMOJI_NAME, 2)), 1),),
            ended_by=LONG_NAME,
        ),
        "session-report-runs": session_report(runs=True, ended="", recorded=None, reported=False, awaited=True),
        "session-report-awaited": session_report(reported=False, awaited=True, ended_by=""),
        "session-report-without-report": session_report(reported=False, ended="limit", recorded=False),
        "session-report-lost": session_report(reported=False, ended="", recorded=None),
        "session-report-listed": session_report(*_CLASS[:2], lists=True),
        "session-report-empty": session_report(ended="unused", recorded=False),
        "session-report-left": session_report(*_CLASS[:1], ended="empty", ended_by=""),
        "error": error("LTI-TOKEN-TIME", return_url=RETURN),
        "error-framed": error("WEB-SESSION-ENDED", framed=True, method="GET", lms=""),
        "error-no-way-back": error("LTI-INCOMPLETE", lms="", method="GET"),
        "checking-probe": checking("probe"),
        "checking-put": checking("put"),
        "checking-get": checking("get"),
        "window": window(),
        "brief-teacher-closed": brief(),
        "brief-teacher-ended": brief(ENDED),
        "brief-teacher-opening": brief(OPENING),
        "brief-teacher-open": brief(OPEN),
        "brief-student-closed": brief(teacher=False),
        "brief-student-opening": brief(OPENING, teacher=False),
        "brief-student-open": brief(replace(OPEN, participants=1), teacher=False),
        "brief-opens-without-moderating": brief(moderates=False),
        "brief-nameless": brief(name=""),
        "brief-long-name": brief(OPEN, name=LONG_NAME, notice=NOTICE),
        "brief-rtl-name": brief(OPEN, teacher=False, name=RTL_NAME, notice=RTL_NAME),
        "brief-emoji-name": brief(name=EMOJI_NAME),
        "error-unproven": error("LTI-UNPROVEN", open_window=LOGIN, framed=True),
        "error-unproven-return": error("LTI-UNPROVEN", open_window=LOGIN, return_url=RETURN, framed=True),
        "error-unproven-no-way": error("LTI-UNPROVEN", framed=True),
        "error-unproven-top": error("LTI-UNPROVEN", return_url=RETURN, destination="document"),
        "error-unproven-top-no-way": error("LTI-UNPROVEN", lms="", destination="document"),
        "error-unproven-moodle": error("LTI-UNPROVEN", return_url=RETURN, framed=True),
        "error-other-person": error("WEB-OTHER-PERSON", carry_on=PostForm("/rooms/x/join", (("replace", "1"),))),
        "error-other-person-unknown-lms": error("WEB-OTHER-PERSON", lms="", carry_on=PostForm("/rooms/x/join")),
        "error-retry": error(
            "ELOS-SESSIONS-LIMIT",
            audience="teacher",
            retry=PostForm(f"/rooms/{ROOM}/join", (("handover", "x"),)),
            retry_s=30,
            room_url=f"/rooms/{ROOM}",
        ),
        "error-not-ready": error("WEB-NOT-READY", method="GET", lms="", severity="bad"),
        "error-fault": error("WEB-FAULT", severity="bad", room_url=f"/rooms/{ROOM}"),
        "home": Page("home.html", dict),
        "privacy": Page("privacy.html", dict),
    }
    for code in TROUBLES:
        key = code.removeprefix("ELOS-").lower()
        found[f"room-teacher-{key}"] = room(replace(CLOSED, trouble=code))
        found[f"room-student-{key}"] = room(replace(OPEN, trouble=code), teacher=False, framed=True)
        found[f"wait-{key}"] = wait(replace(CLOSED, trouble=code))
        found[f"left-{key}"] = left(code)
    for who in (True, False):
        key = "teacher" if who else "student"
        for code in TROUBLES[:4]:
            found[f"brief-{key}-{code.removeprefix('ELOS-').lower()}"] = brief(replace(OPEN, trouble=code), teacher=who)
    from tests.web.desk_pages import desk_pages
    from tests.web.failure_states import failure_pages

    return (
        found
        | recording_pages()
        | watching_pages()
        | changing_pages()
        | registration_pages()
        | setup_pages()
        | desk_pages()
        | failure_pages()
        | deep_linking_pages()
    )


# --- watching, and who may ---

_RECORDING = f"/rooms/{ROOM}/recordings/{UUID(int=24)}"


def managed(number: int = 24, audience: str = "course", *, file: bool = True, **more: Any) -> RecordingItem:
    """As those who manage it see it."""
    play = f"/rooms/{ROOM}/recordings/{UUID(int=number)}/play"
    values: dict[str, Any] = {
        "is_managed": True,
        "audience": audience,
        "audience_url": f"{_RECORDING}/audience",
        "plays": number,
    }
    return recording(number, download_url=f"{play}?kind=presentation_video" if file else "", **(values | more))


def audience(
    chosen: str = "course", *links: LinkItem, asks: bool = False, may_link: bool = True, note: str = "", **more: Any
) -> Page:
    values: dict[str, Any] = {
        "name": "Aula 24: somas de Riemann e a integral definida",
        "started_at": NOW,
        "is_published": True,
        "audience": chosen,
        "asks": asks,
        "may_link": may_link,
        "lasts": (1, 7, 30),
        "links": links,
        "action": f"{_RECORDING}/audience",
        "link_action": f"{_RECORDING}/links",
        "list_url": f"/rooms/{ROOM}/recordings",
        "note": note,
    }
    framed = bool(more.pop("framed", False))
    page = AudiencePage(**values | more)
    return Page("recordings/audience.html", lambda: {"page": page}, framed, "POST" if asks else "GET")


def link(number: int = 1, *, lasts: int = 0, kept: bool = True) -> LinkItem:
    url = f"https://rooms.example.test/r/{str(number) * 43}" if kept else ""
    expires_at = NOW + timedelta(days=lasts) if lasts else None
    return LinkItem(url, NOW - timedelta(days=number), expires_at, f"{_RECORDING}/links/{UUID(int=number)}/revoke")


def player(name: str = "Aula 24", *, framed: bool = True) -> Page:
    play = f"{_RECORDING}/play?kind=presentation"
    tab = PostForm(play, (("handover", HANDOVER),), new_window=True)
    page = PlayerPage(name, NOW, play, f"/rooms/{ROOM}/recordings", tab)
    return Page("recordings/player.html", lambda: {"page": page}, framed)


def by_link(name: str = "Aula 24: somas de Riemann e a integral definida") -> Page:
    page = LinkPage(name, NOW, timedelta(hours=1, minutes=41), "/r/code")
    return Page("recordings/link.html", lambda: {"page": page})


def watching_pages() -> dict[str, Page]:
    """Recordings with all that can be done to watch them, and with who sees them."""
    play = f"{_RECORDING}/play"
    kinds = ("presentation", "media", "podcast", "notes", "screenshare")
    many = tuple(FormatLink(kind, f"{play}?kind={kind}") for kind in kinds)
    soon: dict[str, Any] = {"expires_at": NOW + timedelta(days=3), "expires_in": 3}
    mixed = (
        managed(24, "link", **soon, formats=many),
        managed(23, "teachers", plays=0, name=LONG_NAME, expires_at=NOW + timedelta(days=200)),
        managed(22, plays=1, file=False, state="unpublished", name=RTL_NAME),
        managed(21, name=EMOJI_NAME, plays=123456),
    )
    places: dict[str, Any] = {"player_url": _RECORDING}
    new_ones = NewOnes(f"/rooms/{ROOM}/recordings/audience", "teachers", "course")
    return {
        "recordings-audience": recordings(mixed, new_ones=new_ones),
        "recordings-audience-saved": recordings(mixed[:1], new_ones=replace(new_ones, chosen="", is_saved=True)),
        "recordings-audience-framed": recordings(
            tuple(replace(one, **places) for one in mixed), framed=True, new_ones=new_ones
        ),
        "recordings-student-ways": recordings(
            (recording(24, formats=many, **places), recording(23, name=LONG_NAME, download_url=play)),
            teacher=False,
            framed=True,
        ),
        "audience-course": audience(),
        "audience-teachers-saved": audience("teachers", note="saved", name=LONG_NAME),
        "audience-asks": audience(asks=True),
        "audience-asks-framed": audience("teachers", asks=True, framed=True, name=RTL_NAME),
        "audience-links": audience("link", link(1), link(2, lasts=7), link(3, kept=False), note="made"),
        "audience-links-framed": audience("link", link(1, lasts=1), framed=True, name=EMOJI_NAME),
        "audience-no-link": audience("link", note="revoked", name=""),
        "audience-links-off": audience("link", link(1), may_link=False, is_published=False),
        "audience-without-links": audience(may_link=False),
        "player": player(),
        "player-alone": player("", framed=False),
        "player-long-name": player(LONG_NAME),
        "player-rtl-name": player(RTL_NAME),
        "link": by_link(),
        "link-nameless": by_link(""),
        "link-long-name": by_link(LONG_NAME),
        "link-rtl-name": by_link(RTL_NAME),
        "link-gone": Page("recordings/link_gone.html", dict),
    }


# --- by hand ---

LONG_ADDRESS = f"https://{'salas-de-aula-da-universidade-' * 6}.example.test:8443"


def guided(family: str, base_url: str = "https://rooms.example.test") -> Page:
    """A page of ``/docs/setup``."""
    guide = GUIDES[family]
    typed = by_hand.typed(base_url, guide.family, name="Sala ao vivo", description="A sala do curso")
    return Page("setup/guide.html", lambda: {"page": page_of(guide, typed, links_of(family))})


def setup_pages() -> dict[str, Page]:
    """What an LMS's administrator reads who connects it by hand."""
    return {
        "setup": Page("setup/index.html", lambda: {"links": links_of("")}),
        "setup-long-address": guided("moodle", LONG_ADDRESS),
        **{f"setup-{family}": guided(family) for family in GUIDES},
    }


# --- choosing content ---

_OTHERS = (LONG_NAME, RTL_NAME, EMOJI_NAME, "Plantão de dúvidas")


def picker(
    *,
    others: tuple[str, ...] = _OTHERS[3:],
    chosen: tuple[str, ...] = (),
    keyless: bool = True,
    framed: bool = True,
    **more: Any,
) -> Page:
    values: dict[str, Any] = {
        "action": f"/deep-linking/{ROOM}",
        "lms": "Moodle",
        "course_name": COURSE,
        "return_url": RETURN,
        "several": False,
        "lineitem": False,
        "points": 100,
        "rooms": tuple(RoomOption(str(UUID(int=at)), name, name in chosen) for at, name in enumerate(others)),
        "key": "" if keyless else HANDOVER,
    }
    shown = {"picker": Picker(**values | more), "forget": None if keyless else STORAGE}
    method = "POST" if more.get("fault") or not keyless else "GET"
    return Page("deep_linking/picker.html", lambda: shown, framed, method)


def recording_options(*names: str, chosen: tuple[str, ...] = ()) -> tuple[RecordingOption, ...]:
    return tuple(
        RecordingOption(f"recording-{UUID(int=at)}", name, NOW - timedelta(days=7 * at), name in chosen)
        for at, name in enumerate(names)
    )


def answer(size: int, *, framed: bool = True) -> Page:
    form = PostForm("https://moodle.example.test/mod/lti/contentitem_return.php?course=2", (("JWT", "a.b.c"),))
    return Page("deep_linking/answer.html", lambda: {"form": form, "size": size}, framed, "POST")


def deep_linking_pages() -> dict[str, Page]:
    """What a teacher meets in the LMS's dialog."""
    fresh: dict[str, Any] = {"course_is_chosen": False, "new_is_chosen": True}
    return {
        "picker": picker(),
        "picker-top": picker(framed=False),
        "picker-first": picker(others=()),
        "picker-several": picker(several=True, lineitem=True, others=_OTHERS, chosen=_OTHERS[3:]),
        "picker-graded": picker(lineitem=True, is_graded=True),
        "picker-nothing": picker(several=True, course_is_chosen=False, fault="nothing"),
        "picker-one-at-a-time": picker(fault="several", chosen=_OTHERS, lms=""),
        "picker-new": picker(others=(), **fresh, new_name=""),
        "picker-name": picker(fault="name", **fresh, new_name="x"),
        "picker-taken": picker(fault="taken", **fresh, new_name=LONG_NAME, others=_OTHERS),
        "picker-keyless-frame": picker(keyless=False),
        "picker-nameless-course": picker(course_name="", lms="", others=()),
        "picker-odd-names": picker(course_name=LONG_NAME, others=_OTHERS * 3),
        "picker-recordings": picker(recordings=recording_options("Aula 24", LONG_NAME, RTL_NAME), has_more=True),
        "picker-recording-found": picker(
            several=True,
            course_is_chosen=False,
            recordings=recording_options("Aula 24", "Aula 7", chosen=("Aula 24",)),
            query="aula",
        ),
        "picker-recording-not-found": picker(query="taylor <b>"),
        "answer": answer(1),
        "answer-cancel": answer(0),
        "answer-window": answer(2, framed=False),
        "error-content-role": error("LTI-CONTENT-ROLE", return_url=RETURN, framed=True),
        "error-answered": error("WEB-ANSWERED", framed=True),
        "room-elsewhere": room(CLOSED, note="elsewhere", framed=True),
        "brief-elsewhere": brief(is_elsewhere=True),
        "room-recording-elsewhere": room(CLOSED, note="recording-elsewhere", framed=True),
        "brief-recording-elsewhere": brief(is_elsewhere=True, names_recording=True),
        "brief-recording": brief(names_recording=True, recording_id=UUID(int=24)),
        "recordings-linked": recordings(_MIXED[:2], around=Around(shown=recording(24)), framed=True),
        "recordings-linked-brought": recordings((), total=0, around=Around(shown=shown_from(LONG_NAME), said="shared")),
        "recordings-linked-missing": recordings((), total=0, teacher=False, around=Around(is_missing=True)),
    }


# --- registration ---

INVITE = "/lti/register/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def registering(*, lms: str = "Moodle", is_update: bool = False, bare: bool = False, called: str = "Escola") -> Page:
    page = RegisterPage(
        lms=lms,
        version="" if bare else "4.5.6 (Build: 20250811)",
        issuer="https://moodle.example.test",
        called=called,
        is_update=is_update,
        expires_at=NOW + timedelta(days=7),
        messages=("LtiResourceLinkRequest", *(() if bare else ("LtiDeepLinkingRequest",))),
        placements=() if bare else ("https://canvas.instructure.com/lti/course_navigation", "link_selection"),
        claims=() if bare else ("iss", "sub", "name", "given_name", "family_name"),
        scopes=() if bare else ("https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",),
        custom=() if bare else (("user_tz", "$Person.address.timezone"),),
        form=PostForm(INVITE, (("consent", "sealed"),)),
    )
    return Page("registrations/show.html", lambda: {"page": page}, framed=True)


def registered(lms: str, *, is_update: bool = False, waits: bool = False, framed: bool = True) -> Page:
    done = Done(ROOM, lms, "NfNyWAr7OW3DCAG", is_update=is_update, waits_for_approval=waits)
    return Page("registrations/done.html", lambda: {"done": done}, framed, "POST")


def registration_pages() -> dict[str, Page]:
    """What an LMS's administrator meets."""
    address = f"https://rooms.example.test{INVITE}"
    paste = {"address": address, "expires_at": NOW + timedelta(days=7)}
    return {
        "register-paste": Page("registrations/paste.html", lambda: paste),
        "register": registering(),
        "register-update": registering(is_update=True, called=LONG_NAME),
        "register-bare": registering(lms="lms.example.test:8443", bare=True, called=RTL_NAME),
        "registered": registered("Moodle"),
        "registered-canvas": registered("Canvas"),
        "registered-brightspace": registered("Brightspace", framed=False),
        "registered-blackboard": registered("Blackboard", waits=True),
        "registered-sakai": registered("Sakai"),
        "registered-other": registered("lms.example.test:8443", is_update=True),
        "error-invite": error("LTI-INVITE", framed=True, method="GET", lms=""),
        "error-registration-refused": error(
            "LTI-REGISTRATION-REFUSED",
            framed=True,
            retry=PostForm(INVITE, (("consent", "sealed"),)),
        ),
        "error-registration-unreachable": error("LTI-REGISTRATION-UNREACHABLE", method="GET", lms=""),
    }
