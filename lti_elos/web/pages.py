"""What templates are given: ready values, nothing to look up, nothing to decide twice.

Views fill these; templates turn them into sentences. Moments are aware UTC datetimes (the ``moment`` filters put them
into the viewer's zone and language), lengths are timedeltas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from markupsafe import Markup

from lti_elos.domain.live import Live
from lti_elos.domain.policies import Embedding
from lti_elos.domain.roles import RoleName
from lti_elos.services.logins import Storage


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry of a room's navigation.

    ``key``: "room", "recordings", "sessions" for who manages, or "lms" for the LMS's administrators.
    """

    key: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class RoomChoice:
    """One entry of the room picker."""

    name: str
    url: str
    is_open: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class RenameForm:
    """A manager's form to name a group's room."""

    url: str
    name: str
    """What the field holds: the name given so far, or what was typed and refused."""
    automatic: str
    """What the room is called without a name."""
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class RoomHead:
    """Header and tabs of a room's pages."""

    id: UUID
    name: str
    """"" when the LMS named neither course nor link: the template then says "Room"."""
    details: tuple[str, ...]
    """Course title or label beside the name, where they differ from it."""
    moderates: bool
    manages: bool
    role: RoleName
    lms: str
    """"Moodle", "Canvas"…, or "" when unknown: sentences then speak of "your course"."""
    return_url: str
    """"" when the LMS gave none."""
    tabs: tuple[Tab, ...]
    choices: tuple[RoomChoice, ...] = ()
    """Rooms to go to and fro, this one among them; empty where there is no other."""
    rename: RenameForm | None = None
    awaits_groups: bool = False
    """A manager came through a group link, and nobody of a group has yet."""


@dataclass(frozen=True, slots=True)
class WaitingList:
    """Who is on the waiting page, for those who may see it."""

    total: int
    names: tuple[str, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The status panel."""

    live: Live
    may_open: bool
    may_end: bool
    join_url: str
    end_url: str
    asks_to_end: bool
    """The page was asked for with ``?end=ask`` (no script): the confirmation is open."""
    now: datetime
    embedding: Embedding = "off"
    """Whether the meeting may be used inside this page, if the browser allows it there too."""
    waiting: WaitingList | None = None
    """None: not for this person to see."""


@dataclass(frozen=True, slots=True)
class Before:
    """What people are told and offered before a meeting."""

    recording_notice: str
    """The institution's own words, "" for none."""
    called: str
    """Their name in the meeting, where they chose it here; "" where the LMS gives it, or they were not asked yet."""
    name_url: str
    check_url: str


@dataclass(frozen=True, slots=True)
class NameForm:
    """The page that asks for a name."""

    room_name: str
    lms: str
    action: str
    to: str
    """Where it leads: "room" (back to its page), "embed", or "" (into the meeting)."""
    name: str
    """What stands in the field."""
    problem: str
    """"empty", "long" or ""."""
    is_kept: bool
    """Until the LMS sends a name; else for this session of the browser."""
    before: Before
    room_url: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What a page's script needs to follow the live state: no person in it."""

    status_url: str
    token: str
    ask_again_s: float | str
    """A mark where one page is rendered for many (rendering.py)."""


@dataclass(frozen=True, slots=True)
class PostForm:
    """A form with hidden fields that a button sends."""

    action: str
    fields: tuple[tuple[str, str], ...] = ()
    new_window: bool = False
    """target=_blank rel=opener"""


@dataclass(frozen=True, slots=True)
class Checking:
    """A page that nobody reads: its script finds something out, and goes on."""

    does: str
    """"probe": whether a cookie sticks; "put": the secret into the platform's storage; "get": out of it."""
    form: PostForm
    """How it goes on. For "put": if the storage is silent."""
    kept: Storage | None = None
    secret: str = ""
    """For "put"."""
    onward: str = ""
    """Where it goes once the secret is put: the platform."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The room in short."""

    name: str
    live: Live
    moderates: bool
    may_open: bool
    join_url: str
    room_url: str
    recording_notice: str
    return_url: str
    """Back to the course; "" when the LMS gave none."""
    is_elsewhere: bool = False
    """The link names a room that is not in this course."""
    names_recording: bool = False
    """… or a recording of one."""
    recording_id: UUID | None = None
    """What the link leads to."""
    administers: bool = False
    """The connection's page is theirs to see."""


@dataclass(frozen=True, slots=True)
class RoomOption:
    """A room that a link may open."""

    value: str
    """Of its field."""
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class RecordingOption:
    """A recording that a link may lead to."""

    value: str
    """Of its field."""
    name: str
    started_at: datetime
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """What a teacher chooses from, and has chosen so far."""

    action: str
    lms: str
    course_name: str
    return_url: str
    several: bool
    lineitem: bool
    """A link may bring a gradebook column."""
    points: int
    rooms: tuple[RoomOption, ...]
    """The course's rooms besides its own."""
    course_is_chosen: bool = True
    new_is_chosen: bool = False
    new_name: str = ""
    is_graded: bool = False
    recordings: tuple[RecordingOption, ...] = ()
    """Those that were found, and those that were chosen before."""
    query: str = ""
    """What was searched for."""
    has_more: bool = False
    """More were found than are shown."""
    fault: str = ""
    """"nothing", "several", "name", "taken": what to mend; "" for nothing."""
    key: str = ""
    """Where no cookie sticks."""

    @property
    def size(self) -> int:
        """How many are chosen."""
        rooms, recordings = (sum(one.is_chosen for one in group) for group in (self.rooms, self.recordings))
        return self.course_is_chosen + rooms + self.new_is_chosen + recordings


@dataclass(frozen=True, slots=True)
class EmbedPage:
    """The page that holds the meeting."""

    room_name: str
    lms: str
    presents: bool
    """Somebody who may want to share a screen, and is told where that cannot be done."""
    enter_url: str
    status_url: str
    room_url: str
    moved_url: str
    """The room page, saying that the person went on in the new tab."""
    move: PostForm


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """What an LMS's administrator agrees to."""

    lms: str
    version: str
    issuer: str
    called: str
    """As the operator names the platform."""
    is_update: bool
    expires_at: datetime
    messages: tuple[str, ...]
    placements: tuple[str, ...]
    claims: tuple[str, ...]
    scopes: tuple[str, ...]
    custom: tuple[tuple[str, str], ...]
    form: PostForm


@dataclass(frozen=True, slots=True)
class SetupLink:
    """One of the LMSs; ``name``: "" for all others."""

    name: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SetupLabel:
    """Words on an LMS's screen."""

    text: str
    lang: str
    """"en" where the page speaks another language and the LMS's own words in it are not known; else ""."""
    english: str = ""
    """The English words, where ``text`` is others."""


@dataclass(frozen=True, slots=True)
class SetupField:
    """One field of an LMS's form: with a value to copy, an option to choose, or what a switch is to be."""

    label: SetupLabel
    value: str
    option: SetupLabel | None
    state: str


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One thing to do, or to know."""

    text: Markup
    fields: tuple[SetupField, ...]


@dataclass(frozen=True, slots=True)
class SetupPage:
    """How one LMS is connected by hand."""

    name: str
    registers_itself: bool
    links: tuple[SetupLink, ...]
    steps: tuple[SetupStep, ...]
    brings: tuple[tuple[SetupLabel, str], ...]
    """What the LMS shows, and the command's option that takes it."""
    command: str
    afterwards: tuple[SetupStep, ...]
    checks: tuple[SetupStep, ...]
    notes: tuple[SetupStep, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error page: four parts, and the ways on."""

    code: str
    status: int
    message: str
    suggestion: str
    explanation: str
    occurrence: str
    when: datetime
    lms: str
    return_url: str = ""
    open_window: PostForm | None = None
    """LTI-UNPROVEN: the platform's own login, unchanged, in a new window."""
    carry_on: PostForm | None = None
    """WEB-OTHER-PERSON: "continue as …"."""
    retry: PostForm | None = None
    """Sent again by the page after ``retry_s``, and by its button."""
    retry_s: int = 0
    room_url: str = ""
    """Back to the room page, when there is a grant."""
    severity: str = "wait"
    """"wait" (amber) or "bad" (red)."""
    is_for_admins: bool = False
    """Of a registration: there is no course to go back to."""
    extra: dict[str, str] = field(default_factory=dict)
