"""What templates of recordings are given (see pages.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_elos.web.pages import PostForm


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
