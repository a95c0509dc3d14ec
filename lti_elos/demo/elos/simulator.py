"""The simulator's state, and what happens to it. HTTP is elsewhere."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from lti_elos.demo.elos.clock import Clock
from lti_elos.demo.elos.faults import Faults
from lti_elos.demo.elos.journal import Journal
from lti_elos.demo.elos.lifetimes import end_of
from lti_elos.demo.elos.meetings import Meeting, Person, internal_id
from lti_elos.demo.elos.recordings import DELETED, PROCESSING, Recording, recording_of
from lti_elos.demo.elos.switches import Switches

_ENDED_KEPT = 5_000
_LOOK_EVERY = timedelta(milliseconds=100)


class Simulator:
    """One Elos with one secret. Hold ``lock`` around anything that reads or changes meetings and recordings."""

    def __init__(self, *, secret: str, public_url: str, clock: Clock, speed: float) -> None:
        self.secret = secret
        self.public_url = public_url.rstrip("/")
        self.clock = clock
        self.speed = speed
        self.lock = threading.RLock()
        self.journal = Journal()
        self.faults = Faults()
        self.before_listing: Callable[[str], None] | None = None
        """Called with each meetingID whose recordings are asked for: the demo furnishes rooms so."""
        self._forget()

    def reset(self) -> None:
        """As new: also the clock, faults, switches and the journal."""
        with self.lock:
            self.journal.clear()
            self.faults.clear()
            self.clock.reset()
            self._forget()

    def _forget(self) -> None:
        self.switches = Switches()
        self.recordings: list[Recording] = []
        self._existing: dict[str, Meeting] = {}
        self._ended: deque[Meeting] = deque()
        self._last_ended: dict[str, Meeting] = {}
        self._entries: dict[str, tuple[Meeting, Person]] = {}
        self._looked_at: datetime | None = None

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # --- meetings --------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Ends what is due. Called before each request; more than ten looks a second are skipped."""
        now = self.now
        if self._looked_at and abs(now - self._looked_at) < _LOOK_EVERY:
            return
        self._looked_at = now
        for meeting in list(self._existing.values()):
            meeting.drop_closed_pages(now)
            end = end_of(meeting, self.switches)
            if end and end[0] <= now:
                self.end(meeting, at=end[0], forcibly=end[1])

    def existing(self, meeting_id: str) -> Meeting | None:
        """The meeting that was created and has not ended."""
        return self._existing.get(meeting_id)

    def last_ended(self, meeting_id: str) -> Meeting | None:
        return self._last_ended.get(meeting_id)

    def all_existing(self) -> list[Meeting]:
        return list(self._existing.values())

    def all_meetings(self) -> Iterator[Meeting]:
        """Ended ones first, in the order of their ends, as far back as they are kept."""
        yield from self._ended
        yield from self._existing.values()

    def free_moment(self, meeting_id: str) -> datetime:
        """Now, or a millisecond after this meetingID's last creation: two runs never share an internal id."""
        last = self._last_ended.get(meeting_id)
        if last is None:
            return self.now
        return max(self.now, last.created_at + timedelta(milliseconds=1))

    def open(self, meeting: Meeting) -> None:
        self._existing[meeting.meeting_id] = meeting

    def enter(self, meeting: Meeting, person: Person) -> None:
        self._entries[person.session_token] = (meeting, person)
        meeting.enter(person, self.now)

    def entry(self, session_token: str) -> tuple[Meeting, Person] | None:
        """Who came in with this token, and where; also after they left."""
        return self._entries.get(session_token)

    def ask_to_end(self, meeting: Meeting) -> None:
        """What the ``end`` call does: at once, or after the switch's delay."""
        delay = timedelta(seconds=self.switches.end_delay_s)
        if delay:
            meeting.end_asked_for = meeting.end_asked_for or self.now + delay
        else:
            self.end(meeting, at=self.now, forcibly=True)

    def end(self, meeting: Meeting, *, at: datetime, forcibly: bool) -> None:
        meeting.end(at, forcibly=forcibly)
        del self._existing[meeting.meeting_id]
        self._ended.append(meeting)
        self._last_ended[meeting.meeting_id] = meeting
        if meeting.may_record and meeting.was_recorded:
            self.recordings.append(recording_of(meeting, at, limits=self.switches, speed=self.speed))
        if len(self._ended) > _ENDED_KEPT:
            self._drop(self._ended.popleft())

    def _drop(self, meeting: Meeting) -> None:
        for person in meeting.everyone:
            self._entries.pop(person.session_token, None)
        if self._last_ended.get(meeting.meeting_id) is meeting:
            del self._last_ended[meeting.meeting_id]

    # --- recordings ------------------------------------------------------------------------------------

    def changeable(self, record_ids: Sequence[str]) -> list[Recording]:
        """Those of the ids that can be published, changed or deleted: whole ids, no longer in the making."""
        return [
            one
            for one in self.recordings
            if one.record_id in record_ids and one.state(self.now) not in (PROCESSING, DELETED)
        ]

    def seed_recording(
        self,
        meeting_id: str,
        name: str,
        started_at: datetime,
        minutes: int,
        participants: int,
        published: bool = True,
        formats: Sequence[str] = ("presentation", "video"),
        metadata: dict[str, str] | None = None,
    ) -> Recording:
        """A recording of the past, ready to be seen."""
        ended_at = started_at + timedelta(minutes=minutes)
        recording = Recording(
            record_id=internal_id(meeting_id, started_at),
            meeting_id=meeting_id,
            name=name,
            started_at=started_at,
            ended_at=ended_at,
            length=timedelta(minutes=minutes),
            participants=participants,
            metadata=dict(metadata or {}),
            ready_at=dict.fromkeys(formats, ended_at),
            is_published=published,
        )
        with self.lock:
            self.recordings.append(recording)
        return recording
