"""One meeting and its people: what happened, with times. When it ends by itself is in :mod:`.lifetimes`."""

from __future__ import annotations

import hashlib
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from lti_elos.demo.elos.acts import Acts, Poll
from lti_elos.demo.elos.clock import epoch_ms

_ALPHABET = string.ascii_lowercase + string.digits
_AWAY_FOR = timedelta(seconds=10)  # a reload is back within this; a closed tab is not

MODERATOR, VIEWER = "MODERATOR", "VIEWER"

Act = Literal["talk", "chat", "raise_hand", "emoji", "vote"]
Change = Literal["user-joined", "user-left"] | Act


def random_word(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def internal_id(meeting_id: str, at: datetime) -> str:
    """The id of one run of a meeting and of its recording: meetingID's sha1 and the creation's millis."""
    digest = hashlib.sha1(meeting_id.encode(), usedforsecurity=False).hexdigest()
    return f"{digest}-{epoch_ms(at)}"


@dataclass(eq=False)
class Person:
    """One entry of somebody. The same person in two tabs is two of these."""

    name: str
    role: str
    user_id: str
    """The caller's id for the person; the internal one where the caller sent none."""
    internal_id: str
    joined_at: datetime
    session_token: str = field(default_factory=lambda: random_word(16))
    auth_token: str = field(default_factory=lambda: random_word(12))
    is_guest: bool = False
    is_waiting: bool = False
    """Held at the door until a moderator admits."""
    userdata: dict[str, str] = field(default_factory=dict)
    session_id: str = ""
    """The cookie of the browser that joined; empty for people put in by the control API, who have no browser."""
    left_at: datetime | None = None
    away_since: datetime | None = None
    """When the page said that it was being closed."""
    acts: Acts = field(default_factory=Acts)

    @property
    def is_moderator(self) -> bool:
        return self.role == MODERATOR


def _nobody_hears(_change: Change, _person: Person, _at: datetime) -> None:
    """A meeting that was not opened on a server."""


@dataclass(eq=False)
class Meeting:
    """One run. The same meetingID opened again later is another of these."""

    meeting_id: str
    name: str
    attendee_password: str
    moderator_password: str
    created_at: datetime
    params: dict[str, str]
    metadata: dict[str, str]
    voice_bridge: str
    documents: list[str] = field(default_factory=list)
    may_record: bool = False
    analytics_url: str = ""
    """Where its analytics go. As metadata it is hidden from everybody."""
    tell: Callable[[Change, Person, datetime], None] = _nobody_hears
    """Called when somebody is in, has done something, or has left."""
    everyone: list[Person] = field(default_factory=list)
    """All entries, also of those who left."""
    active_at: datetime = field(init=False)
    empty_since: datetime | None = None
    unmoderated_since: datetime | None = None
    recording_since: datetime | None = None
    recorded: timedelta = timedelta()
    recorded_segments: list[tuple[datetime, datetime]] = field(default_factory=list)
    was_recorded: bool = False
    polls: list[Poll] = field(default_factory=list)
    class_since: datetime | None = None
    """Since when a class plays itself."""
    end_asked_for: datetime | None = None
    ended_at: datetime | None = None
    is_forcibly_ended: bool = False

    def __post_init__(self) -> None:
        self.active_at = self.created_at
        self.internal_id = internal_id(self.meeting_id, self.created_at)

    @property
    def present(self) -> list[Person]:
        """Who is inside, in order of entry; not those who wait."""
        return [one for one in self.everyone if one.left_at is None and not one.is_waiting]

    @property
    def waiting(self) -> list[Person]:
        return [one for one in self.everyone if one.left_at is None and one.is_waiting]

    @property
    def is_running(self) -> bool:
        """Somebody is inside. A created meeting nobody entered does not run."""
        return self.ended_at is None and bool(self.present)

    @property
    def has_user_joined(self) -> bool:
        return any(not one.is_waiting for one in self.everyone)

    @property
    def logout_url(self) -> str:
        """Where people go afterwards; empty unless it is a web address."""
        url = self.params.get("logoutURL", "")
        return url if url.startswith(("https://", "http://")) else ""

    @property
    def needs_session(self) -> bool:
        return self.params.get("allowRequestsWithoutSession") != "true"

    @property
    def may_toggle_recording(self) -> bool:
        return self.may_record and self.params.get("allowStartStopRecording") != "false"

    @property
    def keeps_events(self) -> bool:
        """Whether there is anything to make analytics of."""
        return self.was_recorded or self.params.get("meetingKeepEvents") == "true"

    @property
    def poll(self) -> Poll | None:
        """The last question that was asked."""
        return self.polls[-1] if self.polls else None

    def again(self, at: datetime) -> Meeting:
        """A run that begins like this one."""
        return Meeting(
            meeting_id=self.meeting_id,
            name=self.name,
            attendee_password=self.attendee_password,
            moderator_password=self.moderator_password,
            created_at=at,
            params=self.params,
            metadata=self.metadata,
            voice_bridge=self.voice_bridge,
            documents=self.documents,
            may_record=self.may_record,
            analytics_url=self.analytics_url,
        )

    def enter(self, person: Person, now: datetime) -> None:
        """Lets a person in, or has a waiting one wait."""
        self.everyone.append(person)
        if not person.is_waiting:
            self._count_in(person, now)

    def admit(self, now: datetime) -> None:
        """Lets everybody who waits in."""
        for person in self.waiting:
            person.is_waiting = False
            self._count_in(person, now)

    def leave(self, person: Person, now: datetime) -> None:
        if person.left_at is not None:
            return
        person.left_at = now
        person.acts.stop_talking(now)
        if not person.is_waiting:
            self.tell("user-left", person, now)
        self.active_at = max(self.active_at, now)
        if not self.present:
            self.empty_since = now
        if person.is_moderator and not any(one.is_moderator for one in self.present):
            self.unmoderated_since = now

    def drop_closed_pages(self, now: datetime) -> None:
        """People whose page closed and did not come back have left, at the moment it closed."""
        for person in self.everyone:
            if person.left_at is None and person.away_since and now - person.away_since > _AWAY_FOR:
                self.leave(person, person.away_since)

    def act(self, person: Person, act: Act, now: datetime, *, option: str = "") -> None:
        """One thing that somebody does. ``talk`` begins or stops; ``vote`` without an open question does nothing."""
        self.active_at = now
        self.tell(act, person, now)
        done = person.acts
        if act == "talk" and done.talking_since is None:
            done.begin_to_talk(now)
        elif act == "talk":
            done.stop_talking(now)
        elif act == "chat":
            done.chats += 1
        elif act == "raise_hand":
            done.hands += 1
        elif act == "emoji":
            done.emojis += 1
        elif self.poll and option in self.poll.options:
            done.votes += person.internal_id not in self.poll.votes
            self.poll.votes[person.internal_id] = option

    def ask(self, question: str, options: tuple[str, ...], now: datetime) -> Poll:
        self.active_at = now
        poll = Poll(f"{random_word(40)}-{epoch_ms(now)}", question, options, now)
        self.polls.append(poll)
        return poll

    def set_recording(self, on: bool, now: datetime) -> None:
        """Starts or stops. Any start is enough for a recording to be made at the end."""
        self.active_at = now
        if on and self.recording_since is None:
            self.recording_since = now
            self.was_recorded = True
        elif not on and self.recording_since is not None:
            self.recorded += now - self.recording_since
            self.recorded_segments.append((self.recording_since, now))
            self.recording_since = None

    def end(self, at: datetime, *, forcibly: bool) -> None:
        for person in self.present + self.waiting:
            self.leave(person, at)
        if self.recording_since is not None:
            self.set_recording(False, at)
        self.ended_at = at
        self.is_forcibly_ended = forcibly

    def _count_in(self, person: Person, now: datetime) -> None:
        self.active_at = person.joined_at = now
        self.empty_since = None
        if person.is_moderator:
            self.unmoderated_since = None
        if self.may_record and self.params.get("autoStartRecording") == "true" and not self.was_recorded:
            self.set_recording(True, now)
        self.tell("user-joined", person, now)
