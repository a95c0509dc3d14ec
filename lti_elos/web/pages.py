"""What templates are given: ready values, nothing to look up, nothing to decide twice.

Views fill these; templates turn them into sentences. Moments are aware UTC datetimes (the ``moment`` filters put them
into the viewer's zone and language), lengths are timedeltas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
class FormatLink:
    """One way to play a recording. ``kind``: presentation, video, media, podcast …; ``url`` is ours."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class StepItem:
    """One step on a recording's way."""

    stage: str
    """recorded, archived, processing, published."""
    progress: str
    """done, now, failed, "to come"."""
    at: datetime | None
    """None: nobody told."""
    names_day: bool = False
    """The moment is not of today."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a recording is that people wait for."""

    steps: tuple[StepItem, ...]
    has_failed: bool
    usually_at: datetime | None
    """By when it is there as a rule; None: nobody knows, or that is over."""
    is_open: bool = False
    """Unfolded."""


@dataclass(frozen=True, slots=True)
class RecordingItem:
    """One row of a recordings list."""

    id: UUID
    name: str
    """"" when Elos gave none: the template says "Session of <date>"."""
    started_at: datetime
    length: timedelta
    participants: int | None
    state: str
    """published, unpublished, processing, processed."""
    thumbnail: str
    formats: tuple[FormatLink, ...]
    """To watch it, the one that is chosen for people first. Empty while processing."""
    description: str = ""
    room_name: str | None = None
    """Of another room than the page's; None for its own."""
    is_managed: bool = False
    """By the viewer: its states and dates are to be told, and it may be changed."""
    expires_at: datetime | None = None
    expires_in: int | None = None
    """Days, where that is soon."""
    way: Way | None = None
    """Of one that is in the making."""
    pending: tuple[str, ...] = ()
    """Formats that will follow those that are there."""
    failed: tuple[str, ...] = ()
    """… and that could not be made."""
    download_url: str = ""
    """"" where there is no file, or it is not for this person."""
    player_url: str = ""
    """To watch it inside this page; "" where that is not offered."""
    audience: str = ""
    """Who may see it (domain/recordings.py), for those who manage it; "" for others."""
    audience_url: str = ""
    plays: int = 0
    is_protected: bool | None = None
    """None: its server knows no protection."""
    delete_at: datetime | None = None
    """It is in the bin until then."""
    session_url: str = ""
    """Who was in its session; "" where that is not this room's."""
    shown_from: str | None = None
    """The earlier course that it is of, "" for one without a name; None: it is of this one."""
    unshare_url: str = ""
    """For who may show it there alone again."""


@dataclass(frozen=True, slots=True)
class MissingItem:
    """A session of late that has no recording in the list."""

    id: UUID
    started_at: datetime
    length: timedelta
    people: int | None
    recorded: bool | None
    """None: nobody has told."""
    room_name: str | None
    way: Way | None
    """Of one that was recorded."""
    is_managed: bool = False
    """There is nothing to change."""


@dataclass(frozen=True, slots=True)
class Period:
    """``value``: as addresses have it; ``kind``: lately, half, month, year; ``begins_at``: in the page's zone."""

    value: str
    kind: str
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class RecordingsFilter:
    """What the list is narrowed to, and could be."""

    query: str = ""
    period: str = ""
    periods: tuple[Period, ...] = ()
    room: str = ""
    rooms: tuple[tuple[str, str], ...] = ()
    """Ids and names; () where there is one only."""
    audience: str = ""
    has_audience: bool = False
    """Somebody who manages may ask by audience."""

    def __bool__(self) -> bool:
        return bool(self.query or self.period or self.room or self.audience)


@dataclass(frozen=True, slots=True)
class NewOnes:
    """Who sees a room's new recordings: the form of those who manage it."""

    action: str
    chosen: str
    """"course", "teachers", or "" for what the platform says."""
    default: str
    """What the platform says."""
    is_saved: bool = False


@dataclass(frozen=True, slots=True)
class LinkItem:
    """A link by which anybody watches a recording."""

    url: str
    """"" when it cannot be shown any more."""
    created_at: datetime
    expires_at: datetime | None
    revoke_url: str


@dataclass(frozen=True, slots=True)
class AudiencePage:
    """Who can see a recording, and its links."""

    name: str
    """"" when Elos gave none."""
    started_at: datetime
    is_published: bool
    audience: str
    asks: bool
    """It is about to be made public: the page asks first."""
    may_link: bool
    """The platform allows links."""
    lasts: tuple[int, ...]
    """What a link may be limited to, in days."""
    links: tuple[LinkItem, ...]
    action: str
    link_action: str
    list_url: str
    note: str
    """"saved", "made", "revoked" or ""."""


@dataclass(frozen=True, slots=True)
class PlayerPage:
    """A recording inside our page."""

    name: str
    """"" when Elos gave none."""
    started_at: datetime
    play_url: str
    list_url: str
    tab: PostForm


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A recording, for whoever holds a link to it."""

    name: str
    """"" when Elos gave none."""
    started_at: datetime
    length: timedelta
    action: str


@dataclass(frozen=True, slots=True)
class NamedRecording:
    """A recording that a message tells of; ``name`` as in RecordingItem."""

    id: UUID
    name: str
    started_at: datetime
    delete_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeNote:
    """What became of a change of recordings."""

    done: str
    """"published", "unpublished", "protected", "unprotected", "renamed", "teachers", "course", "trashed", "restored";
    or "none": nothing was chosen."""
    items: tuple[NamedRecording, ...] = ()
    unfit: tuple[NamedRecording, ...] = ()
    """They could not be changed in the state they are in."""
    failed: tuple[NamedRecording, ...] = ()
    """Elos did not change them, …"""
    code: str = ""
    message: str = ""
    suggestion: str = ""
    explanation: str = ""
    """… for this reason."""


@dataclass(frozen=True, slots=True)
class RecordingForm:
    """Naming and describing a recording."""

    recording: NamedRecording
    name: str
    description: str
    """What the fields hold: as it is, or what was typed and refused."""
    name_is_refused: bool
    description_is_refused: bool
    back_url: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the audit log."""

    at: datetime
    action: str
    """domain/audit.py ``Action``."""
    detail: str
    """Of an audience: the new one."""
    who: str
    """"" where no person did it."""
    by: str
    """"person", "erased", "operator", "job", or "link": somebody who had a link."""
    name: str
    started_at: datetime | None
    """None: nothing is known of the recording any more."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """What was done with the recordings, newest first."""

    entries: tuple[LogEntry, ...]
    wanted: str
    """"changes", "plays", or "" for all."""
    list_url: str
    older_url: str
    newer_url: str
    csv_url: str


@dataclass(frozen=True, slots=True)
class RecordingsPage:
    """The course's recordings, newest first."""

    items: tuple[RecordingItem, ...]
    total: int
    """Of those that were searched for."""
    is_more: bool
    """There are more than ``total``: so many are not counted."""
    query: str
    next_url: str
    previous_url: str
    stale_since: datetime | None
    """When Elos did not answer: the moment of the list shown."""
    filter: RecordingsFilter = RecordingsFilter()
    missing: tuple[MissingItem, ...] = ()
    is_awaited: bool = False
    """A list was never learnt yet."""
    new_ones: NewOnes | None = None
    """None: not for this person to choose."""
    note: ChangeNote | None = None
    here: str = ""
    """The query of this stretch of the list, for what leads back to it."""
    selects: bool = False
    """Several are being chosen."""
    asks_to_delete: UUID | None = None
    """The confirmation is open at this one."""
    copy_url: str = ""
    """To recordings of the courses that this one was copied from; "" where it was not."""

    @property
    def rows(self) -> tuple[RecordingItem | MissingItem, ...]:
        """Recordings and sessions without one, newest first."""
        rows: list[RecordingItem | MissingItem] = [*self.items, *self.missing]
        return tuple(sorted(rows, key=lambda one: one.started_at, reverse=True)) if self.missing else self.items


@dataclass(frozen=True, slots=True)
class News:
    """One line above a room's page, at most one, which can be put away."""

    kind: str
    """"ready": a recording is; "copy": earlier courses have recordings that may be shown here too."""
    url: str
    """Where it leads."""
    dismiss_url: str
    name: str = ""
    started_at: datetime | None = None
    count: int = 1
    """Of "ready": the newest, and how many there are."""
    recording_id: str = ""
    """What was seen."""


@dataclass(frozen=True, slots=True)
class TellForm:
    """Asking for a mail when recordings of the room are ready."""

    action: str
    stop_url: str
    asked: str
    """services/recording_notices.py ``Asked``: "not", "waiting", "told", "refused"."""
    address: str
    """The one that was given, masked."""
    typed: str = ""
    problem: str = ""
    """"address", "often"; "" for none."""


@dataclass(frozen=True, slots=True)
class MailPage:
    """Where a link in a mail leads."""

    does: str
    """"confirm" or "stop"."""
    room_name: str
    is_done: bool
    action: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the list of recordings."""

    said: str = ""
    """What was just done: "shared", "unshared", "mail-asked", "mail-told", "mail-stopped"; "" for nothing."""
    tell: TellForm | None = None
    """None: no mail can be sent, or it is not for this person."""
    shown: RecordingItem | None = None
    """What a link leads to."""
    is_missing: bool = False
    """A link leads to one that is not to be seen."""


@dataclass(frozen=True, slots=True)
class CopyItem:
    """A recording of an earlier course that may be shown in this one."""

    id: UUID
    name: str
    started_at: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class CopyPage:
    """The choice among them, newest first."""

    courses: tuple[tuple[str, tuple[CopyItem, ...]], ...]
    """By course, as they follow on each other; "" for one without a name."""
    has_courses: bool
    """There is an earlier course where the person taught."""
    nothing_chosen: bool
    action: str
    list_url: str
    older_url: str
    newest_url: str
    """"" on the first page."""


@dataclass(frozen=True, slots=True)
class SessionItem:
    """One session of the room: from its opening to its end."""

    id: UUID
    began_at: datetime
    opened_by: str
    """"" when nobody knows."""
    length: timedelta | None
    is_live: bool
    present: int
    """How many are in, while it is live."""
    people: int | None
    """None: not told."""
    peak: int
    ended: str
    """domain/meetings.py ``Ended``; "": it ended, nobody knows how; "unknown": nobody knows whether it has."""
    recorded: bool | None
    has_recording: bool
    """There is one in the list of recordings."""


@dataclass(frozen=True, slots=True)
class Month:
    """``value``: "2026-11"; ``begins_at``: in the page's zone."""

    value: str
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """The room's sessions, newest first."""

    items: tuple[SessionItem, ...]
    total: int
    query: str
    month: str
    months: tuple[Month, ...]
    """Those to choose from, newest first; () before the first session."""
    older_url: str
    newer_url: str
    live: Live
    join_url: str
    """The way into the running one."""


@dataclass(frozen=True, slots=True)
class SessionPerson:
    """One row of a session's table."""

    name: str
    part: str
    """"moderator", "guest", or "" for who took part."""
    length: timedelta
    share: int | None
    """Of the session, in percent."""
    talk: timedelta
    chats: int
    hands: int
    votes: int


@dataclass(frozen=True, slots=True)
class SessionPoll:
    """What was asked, and how often each option was chosen."""

    question: str
    options: tuple[tuple[str, int], ...]
    others: int
    """Answers in people's own words."""


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One session, for those who manage the room."""

    began_at: datetime
    ended_at: datetime | None
    runs: bool
    length: timedelta | None
    ended: str
    """A value of ``domain.meetings.Ended``."""
    opened_by: str
    """"" when nobody knows, as in ``ended_by``."""
    ended_by: str
    people: int
    peak: int
    recorded: bool | None
    persons: tuple[SessionPerson, ...]
    polls: tuple[SessionPoll, ...]
    is_reported: bool
    is_awaited: bool
    """There is no report, and there may be one soon."""
    csv_url: str


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
