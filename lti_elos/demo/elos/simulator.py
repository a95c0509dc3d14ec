"""The simulator's state, and what happens to it. HTTP is elsewhere."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from lti_elos.demo.elos import analytics, events
from lti_elos.demo.elos.agenda import Agenda
from lti_elos.demo.elos.announcements import Announcer
from lti_elos.demo.elos.classes import play
from lti_elos.demo.elos.clock import Clock
from lti_elos.demo.elos.faults import Faults
from lti_elos.demo.elos.hooks import Hook, Hooks
from lti_elos.demo.elos.journal import Journal
from lti_elos.demo.elos.lifetimes import end_of
from lti_elos.demo.elos.meetings import Change, Meeting, Person, internal_id
from lti_elos.demo.elos.outbox import Outbox
from lti_elos.demo.elos.pipeline import Step, steps
from lti_elos.demo.elos.post import Post
from lti_elos.demo.elos.proofs import Proofs
from lti_elos.demo.elos.recordings import DELETED, PROCESSING, Recording, playback_base, recording_of
from lti_elos.demo.elos.switches import Switches
from lti_elos.demo.elos.ticker import Ticker

_ENDED_KEPT = 5_000
_LOOK_EVERY = timedelta(milliseconds=100)


class Simulator:
    """One Elos with one secret. Hold ``lock`` around anything that reads or changes meetings, recordings and hooks.

    From the first hook, class or meeting with analytics on it has threads of its own, until ``close()``.
    """

    def __init__(
        self,
        *,
        secret: str,
        public_url: str,
        clock: Clock,
        speed: float,
        post: Post | None = None,
    ) -> None:
        self.secret = secret
        self.public_url = public_url.rstrip("/")
        self.clock = clock
        self.speed = speed
        self.lock = threading.RLock()
        self.journal = Journal()
        self.faults = Faults()
        self.outbox = Outbox(clock, post or Post())
        self.secret_guid = str(uuid.uuid4())
        self._ticker = Ticker(self._tick_alone)
        self.before_listing: Callable[[str], None] | None = None
        """Called with each meetingID whose recordings are asked for: the demo furnishes rooms so."""
        self._forget()

    def reset(self) -> None:
        """As new: also the clock, faults, switches and the journal."""
        with self.lock:
            self.journal.clear()
            self.faults.clear()
            self.clock.reset()
            self.outbox.clear()
            self._forget()

    def close(self) -> None:
        """Ends what it does by itself. Not under ``lock``."""
        self._ticker.close()
        self.outbox.close()

    def _forget(self) -> None:
        self.switches = Switches()
        self.recordings: list[Recording] = []
        self.proofs = Proofs()
        self._existing: dict[str, Meeting] = {}
        self._ended: deque[Meeting] = deque()
        self._last_ended: dict[str, Meeting] = {}
        self._entries: dict[str, tuple[Meeting, Person]] = {}
        self._looked_at: datetime | None = None
        self.hooks = Hooks()
        self._agenda = Agenda()
        self._announcer = Announcer(
            hooks=self.hooks,
            outbox=self.outbox,
            clock=self.clock,
            secret=self.secret,
            domain=urlsplit(self.public_url).hostname or "",
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # --- meetings --------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Does what is due. Called before each request; more than ten looks a second at the meetings are skipped."""
        now = self.now
        if not self._looked_at or abs(now - self._looked_at) >= _LOOK_EVERY:
            self._looked_at = now
            for meeting in list(self._existing.values()):
                meeting.drop_closed_pages(now)
                end = end_of(meeting, self.switches)
                if end and end[0] <= now:
                    self.end(meeting, at=end[0], forcibly=end[1])
            self._drop_hooks_of_the_unknown(now)
        self._agenda.run(now)

    def _tick_alone(self) -> None:
        with self.lock:
            self.tick()

    def later(self, at: datetime, do: Callable[[datetime], None]) -> None:
        """Does it at that moment, though nobody asks anything then."""
        self._agenda.add(at, do)
        self._ticker.start()

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
        meeting.tell = partial(self._moved, meeting)
        if meeting.analytics_url:
            self._ticker.start()
        self.tell("meeting-created", events.meeting_created(meeting), meeting.meeting_id, at=meeting.created_at)

    def enter(self, meeting: Meeting, person: Person) -> None:
        self._entries[person.session_token] = (meeting, person)
        meeting.enter(person, self.now)
        if self.switches.plays_classes and meeting.class_since is None:
            play(self, meeting)

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
        self.tell("meeting-ended", events.meeting_ended(meeting), meeting.meeting_id, at=at)
        recording = None
        if meeting.may_record and meeting.was_recorded:
            recording = recording_of(meeting, at, limits=self.switches, speed=self.speed)
            self.recordings.append(recording)
        self._follow_up(meeting, recording, at)
        if len(self._ended) > _ENDED_KEPT:
            self._drop(self._ended.popleft())

    def _follow_up(self, meeting: Meeting, recording: Recording | None, ended_at: datetime) -> None:
        """What the servers do afterwards: make the recording, and the analytics."""
        if meeting.may_record or meeting.keeps_events:
            hosts = self.switches.playback_hosts
            base = playback_base(recording, hosts=hosts, own=self.public_url) if recording else ""
            for step in steps(meeting, recording, ended_at=ended_at, base=base):
                self._agenda.add(step.at, partial(self._step, step, meeting.meeting_id, recording))
        if meeting.analytics_url and meeting.keeps_events:
            due = ended_at + timedelta(seconds=self.switches.analytics_delay_s / self.speed)
            self.later(due, partial(self._send_analytics, meeting))

    def _step(self, step: Step, meeting_id: str, recording: Recording | None, at: datetime) -> None:
        if recording is None or not recording.is_deleted:
            self.tell(step.event_id, step.attributes, meeting_id, at=at, in_seconds=True)

    def _send_analytics(self, meeting: Meeting, at: datetime) -> None:
        for one in analytics.deliveries(meeting, secret=self.secret, due=at, switches=self.switches):
            self.outbox.add(one)

    def _moved(self, meeting: Meeting, change: Change, person: Person, at: datetime) -> None:
        if change in events.CHATTER and not self.switches.chatter:
            return
        told = events.user_joined if change == "user-joined" else events.user_left
        self.tell(events.CHATTER.get(change, change), told(meeting, person), meeting.meeting_id, at=at)

    def _drop(self, meeting: Meeting) -> None:
        for person in meeting.everyone:
            self._entries.pop(person.session_token, None)
        if self._last_ended.get(meeting.meeting_id) is meeting:
            del self._last_ended[meeting.meeting_id]

    # --- hooks -----------------------------------------------------------------------------------------

    def tell(
        self, event_id: str, attributes: events.Attributes, meeting_id: str, *, at: datetime, in_seconds: bool = False
    ) -> None:
        """Tells an event to the hooks that hear it."""
        event = events.event(event_id, attributes, at=at, in_seconds=in_seconds, switches=self.switches)
        self._announcer.tell(event, meeting_id=meeting_id, switches=self.switches)

    def add_hook(self, hook: Hook) -> None:
        self.hooks.add(hook)
        self._ticker.start()

    def remove_hook(self, hook: Hook) -> None:
        self.hooks.remove(hook)
        self._announcer.forget(hook)

    def restart_emitter(self) -> None:
        """BigBlueButton then reads its hooks anew, and the dead ones are no longer there."""
        for hook in self.hooks:
            if hook.is_dead:
                self.remove_hook(hook)

    def _drop_hooks_of_the_unknown(self, now: datetime) -> None:
        """BigBlueButton forgets a meeting's own hooks with the meeting."""
        if self.switches.mode != "bbb":
            return
        for hook in self.hooks:
            ended = None if hook.meeting_id in self._existing else self._last_ended.get(hook.meeting_id)
            if ended and ended.ended_at and now - ended.ended_at >= timedelta(seconds=self.switches.mapping_s):
                self.remove_hook(hook)

    # --- recordings ------------------------------------------------------------------------------------

    def changeable(self, record_ids: Sequence[str]) -> list[Recording]:
        """Those of the ids that can be published, changed or deleted: whole ids, no longer in the making."""
        return [
            one
            for one in self.recordings
            if one.record_id in record_ids and one.state(self.now) not in (PROCESSING, DELETED)
        ]

    def publish(self, recording: Recording, is_published: bool) -> None:
        recording.is_published = is_published
        self._tell_of(recording, "rap-published" if is_published else "rap-unpublished")

    def delete(self, recording: Recording) -> None:
        recording.is_deleted = True
        self._tell_of(recording, "rap-deleted")

    def _tell_of(self, recording: Recording, event_id: str) -> None:
        """As bbb-web tells it, in milliseconds."""
        attributes = events.of_record(recording.record_id, recording.meeting_id)
        self.tell(event_id, attributes, recording.meeting_id, at=self.now)

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
        protected: bool = False,
        expires_at: datetime | None = None,
        ready_at: datetime | None = None,
    ) -> Recording:
        """A recording of the past, ready to be seen, or from ``ready_at`` on."""
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
            ready_at=dict.fromkeys(formats, ready_at or ended_at),
            is_published=published,
            is_protected=protected,
            expires_at=expires_at,
        )
        with self.lock:
            self.recordings.append(recording)
        return recording
