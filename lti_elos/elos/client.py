"""The one door out to Elos: signed calls, typed answers, typed errors (elos-api 1.4, 1.6, 3, 4 and 11).

The body is read as XML whatever the HTTP status; only where there is no XML the status speaks. A redirect is no answer.
Nothing raised or logged here holds a secret, a password or a signed URL.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import requests
from lxml import etree

from lti_elos.elos import documents, recording_lists, replies, transport
from lti_elos.elos.addresses import is_within_reach
from lti_elos.elos.breaker import Breaker
from lti_elos.elos.hooks import Hook, hook_of
from lti_elos.elos.options import ANALYTICS_URL, CreateOptions, JoinOptions
from lti_elos.elos.replies import CreatedMeeting, MeetingInfo, ProbeReply, Recording
from lti_elos.elos.signing import Pairs, clean, signed_url
from lti_elos.errors import ElosEnded, ElosError, ElosNotOpen, ElosReply, ElosUnreachable

log = logging.getLogger(__name__)

Each = Callable[[etree._Element], object]

_EMPTY = ("noMeetings", "noRecordings")
"""Not errors: an empty list, whether SUCCESS or FAILED."""
_SECRET = ("attendeePW", "moderatorPW", "password", ANALYTICS_URL)
"""Parameters whose values no message may quote; of an address, its last part is the secret."""
_LONG_HEX = re.compile(r"[0-9a-fA-F]{40,}")


@dataclass(frozen=True, slots=True)
class ElosServer:
    """Where a server is, and what signs for it. Both URLs as ``normalise_base`` gives them."""

    name: str
    url: str
    """Where browsers join."""
    internal_url: str | None
    """Where our own calls go, when elsewhere."""
    secret: str = field(repr=False)
    digest: str = "sha256"
    kind: str = "elos"
    """elos, or bbb for a plain BigBlueButton. The calls here are the same on both."""


class ElosClient:
    """Calls to one server. Cheap to make; the breaker is what lasts. Thread-safe as far as ``session`` is.

    Calls raise ElosUnreachable (retryable), ElosSecret, ElosReply, or what their docstrings name.
    """

    def __init__(
        self,
        server: ElosServer,
        *,
        breaker: Breaker,
        session: requests.Session | None = None,
        connect_timeout_s: float = 4.0,
        read_timeout_s: float = 10.0,
        max_body_bytes: int = 20_000_000,
        guard: Callable[[], None] | None = None,
        observe: Callable[[str, str, str, float], None] | None = None,
    ) -> None:
        """:param session: of ``transport.new_session()``, to keep connections open; without it each call has its own.

        The two timeouts together are all the time one call may take, a second attempt included.

        :param guard: called before each network call; tests refuse calls inside a transaction with it
        :param observe: called after each with call, server, "ok" or the error's code, and seconds
        """
        self._server = server
        self._breaker = breaker
        self._session = session
        self._connect_s = connect_timeout_s
        self._total_s = connect_timeout_s + read_timeout_s
        self._read_s = read_timeout_s
        self._max_bytes = max_body_bytes
        self._guard = guard
        self._observe = observe

    # --- meetings ---

    def create(self, options: CreateOptions) -> CreatedMeeting:
        """Make the meeting, or learn that it exists: both are success. Raises ElosSessionsLimit or ElosIdTaken too."""
        made = replies.created_meeting(self._call("create", options.pairs()))
        if made is None:
            raise self._error(ElosReply, "create", "no internalMeetingID")
        return made

    def join_url(self, options: JoinOptions) -> str:
        """The signed URL that lets one person in: for one browser, at once. Makes no call."""
        server = self._server
        return signed_url(server.url, "join", options.pairs(), secret=server.secret, digest=server.digest)

    def meeting_info(self, meeting_id: str) -> MeetingInfo | None:
        """None when there is no such meeting (now)."""
        try:
            root = self._call("getMeetingInfo", [("meetingID", meeting_id)])
        except ElosNotOpen:
            return None
        info = replies.meeting_info(root)
        if info is None:
            raise self._error(ElosReply, "getMeetingInfo", "a meeting without its ids")
        return info

    def meetings(self) -> list[MeetingInfo]:
        """All meetings of the secret, other integrations' too: filter by our own ids."""
        root = self._call("getMeetings", [])
        return [one for node in root.iterfind("meetings/meeting") if (one := replies.meeting_info(node)) is not None]

    def reaches(self, url: str) -> bool:
        """Whether the server could call that address. Makes no call."""
        return is_within_reach(url, of=self._base)

    def is_running(self, meeting_id: str) -> bool:
        """Whether anybody is in."""
        return documents.boolean(self._call("isMeetingRunning", [("meetingID", meeting_id)]), "running")

    def end(self, meeting_id: str, moderator_password: str) -> None:
        """End it for everybody; it may take Elos some seconds. One that does not run is ended already."""
        try:
            self._call("end", [("meetingID", meeting_id), ("password", moderator_password)], repeats=False)
        except (ElosNotOpen, ElosEnded):
            log.info("meeting to end was not running", extra={"meeting_id": meeting_id, "server": self._server.name})

    # --- recordings ---

    def recordings(
        self,
        meeting_ids: Sequence[str],
        keep: Callable[[Sequence[Recording]], object],
        *,
        states: Sequence[str] | None = None,
    ) -> None:
        """The recordings of these meetings; all of them, or an error. No ids: none, and no call.

        :param keep: is given them in stretches, in no order; some may have come before an error
        :param states: of 4.1; None is Elos's own choice, published and unpublished
        """

        def ask(pairs: Pairs, each: Callable[[etree._Element], object]) -> etree._Element | None:
            try:
                return self._call("getRecordings", pairs, each=each)
            except ElosNotOpen:  # some servers say notFound for an empty list
                return None

        try:
            recording_lists.gather(ask, meeting_ids, keep, states=states)
        except recording_lists.TooLongError as wrong:
            raise self._error(wrong.kind, "getRecordings", str(wrong)) from None

    def recording(self, record_id: str) -> Recording | None:
        """One recording as the server tells it now, with links for this moment; None where it has none of that id."""
        found: list[Recording] = []

        def each(node: etree._Element) -> None:
            one = replies.recording(node)
            if one is not None and one.record_id == record_id:  # Elos takes the beginning of an id for it
                found.append(one)

        try:
            self._call("getRecordings", [("recordID", record_id), ("state", "any")], each=each)
        except ElosNotOpen:
            return None
        return found[0] if found else None

    def publish_recordings(self, record_ids: Sequence[str], *, published: bool) -> None:
        """Put them up, or take them down. The recording servers follow a moment later (4.2)."""
        told = [("recordID", ",".join(record_ids)), ("publish", "true" if published else "false")]
        self._call("publishRecordings", told)

    def update_recordings(self, record_ids: Sequence[str], metadata: Mapping[str, str]) -> None:
        """Set metadata; an empty value removes its key."""
        self._call(
            "updateRecordings",
            [("recordID", ",".join(record_ids)), *((f"meta_{name}", value) for name, value in metadata.items())],
        )

    def protect_recordings(self, record_ids: Sequence[str], *, protected: bool) -> None:
        """Whether their playback wants proof; servers that know no protection ignore it (4.4)."""
        told = [("recordID", ",".join(record_ids)), ("protect", "true" if protected else "false")]
        self._call("updateRecordings", told)

    def delete_recordings(self, record_ids: Sequence[str]) -> None:
        """For good. Those that are gone already are fine."""
        try:
            self._call("deleteRecordings", [("recordID", ",".join(record_ids))])
        except ElosNotOpen:
            log.info("recordings to delete were gone", extra={"server": self._server.name, "count": len(record_ids)})

    def recording_token(self, record_id: str, user_id: str) -> str:
        """What opens a protected playback, for one person and a short time (getRecordingToken, 4.4)."""
        root = self._call(
            "getRecordingToken", [("authUser", user_id), ("meetingID", record_id), ("recordID", record_id)]
        )
        token = documents.text(root, "token")
        if not token:
            raise self._error(ElosReply, "getRecordingToken", "no token")
        return token

    # --- hooks ---

    def hooks(self) -> list[Hook]:
        """The hooks of the secret, other integrations' too. That one is listed does not prove that it lives (5.2)."""
        root = self._call("hooks/list", [])
        return [hook for node in root.iterfind("hooks/hook") if (hook := hook_of(node)) is not None]

    def create_hook(self, url: str) -> Hook:
        """One for all meetings of the secret; or the one that is there already for the same URL."""
        root = self._call("hooks/create", [("callbackURL", url), ("enabled", "true")], repeats=False)
        made = hook_of(root, url=url)
        if made is None:
            raise self._error(ElosReply, "hooks/create", "no hookID")
        return made

    def enable_hook(self, hook_id: str) -> None:
        self._call("hooks/enable", [("hookID", hook_id)])

    def destroy_hook(self, hook_id: str) -> None:
        """One that is gone already is fine."""
        try:
            self._call("hooks/destroy", [("hookID", hook_id)])
        except ElosError as wrong:
            if wrong.key != "destroyMissingHook":
                raise

    # --- the server ---

    def probe(self) -> ProbeReply:
        """Raises ElosUnreachable or ElosReply when no API answers there, ElosSecret when the secret is wrong."""
        root = self._ask("probe", f"{self._base}/", refusable=False)
        self.meetings()
        return ProbeReply(documents.text(root, "apiVersion") or documents.text(root, "version"))

    # --- below ---

    @property
    def _base(self) -> str:
        return self._server.internal_url or self._server.url

    def _call(self, call: str, pairs: Pairs, *, repeats: bool = True, each: Each | None = None) -> etree._Element:
        server = self._server
        url = signed_url(self._base, call, pairs, secret=server.secret, digest=server.digest)
        secrets = tuple(last for name, value in pairs if name in _SECRET and (last := value.rpartition("/")[2]))
        return self._ask(call, url, repeats=repeats, hidden=(server.secret, *secrets), each=each)

    def _ask(
        self,
        call: str,
        url: str,
        *,
        repeats: bool = True,
        refusable: bool = True,
        hidden: Sequence[str] = (),
        each: Each | None = None,
    ) -> etree._Element:
        """The answer to one call. ``refusable=False``: a FAILED will do; any XML shows that an API is there.

        :param each: takes the recordings of the answer out, one by one
        """
        if self._guard is not None:
            self._guard()
        started = time.monotonic()
        outcome = "fault"
        try:
            root = self._document(call, self._fetch(call, url, repeats=repeats), each)
            failed = documents.failure(root) if refusable else None
            if failed is not None and failed[0] not in _EMPTY:
                raise self._refused(call, *failed, hidden)
            outcome = "ok"
        except ElosError as wrong:
            outcome = wrong.code
            raise
        finally:
            if self._observe is not None:
                self._observe(call, self._server.name, outcome, time.monotonic() - started)
        return root

    def _fetch(self, call: str, url: str, *, repeats: bool) -> transport.Answer:
        """One GET, or two where the first met no server and ``repeats`` says that no harm is in it."""
        if not self._breaker.allows():
            raise self._error(ElosUnreachable, call, "the circuit is open")
        ends = time.monotonic() + self._total_s
        reason = ""
        for attempt in (1, 2):
            left = ends - time.monotonic()
            if left <= 0:
                break
            try:
                return self._get(url, left)
            except transport.NoAnswerError as wrong:
                reason = wrong.reason
                if not (repeats and wrong.before_answer and attempt == 1):
                    break
            except transport.TooLargeError:
                self._breaker.succeeded()
                raise self._error(ElosReply, call, f"more than {self._max_bytes} bytes") from None
        self._breaker.failed()
        log.warning("elos did not answer", extra={"call": call, "server": self._server.name, "reason": reason})
        raise self._error(ElosUnreachable, call, reason)

    def _get(self, url: str, left_s: float) -> transport.Answer:
        own = transport.new_session() if self._session is None else nullcontext(self._session)
        with own as session:
            return transport.get(
                session,
                url,
                connect_s=min(self._connect_s, left_s),
                read_s=min(self._read_s, left_s),
                total_s=left_s,
                max_bytes=self._max_bytes,
            )

    def _document(self, call: str, answer: transport.Answer, each: Each | None) -> etree._Element:
        """The XML, whatever the HTTP status; tells the breaker, which counts transport and not refusals."""
        wrong = ""
        try:
            root = documents.parse(answer.body, items="recordings/recording", each=each)
        except ElosReply as reply:
            wrong = reply.detail
        if wrong and answer.status >= 500:
            self._breaker.failed()
            log.warning("elos did not answer", extra={"call": call, "server": self._server.name, "reason": "5xx"})
            raise self._error(ElosUnreachable, call, f"HTTP {answer.status}, {wrong}")
        self._breaker.succeeded()
        if 300 <= answer.status < 400:
            raise self._error(ElosReply, call, f"HTTP {answer.status}, a redirect")
        if wrong:
            raise self._error(ElosReply, call, f"HTTP {answer.status}, {wrong}")
        return root

    def _refused(self, call: str, key: str, message: str, hidden: Sequence[str]) -> ElosError:
        key, message = _without(hidden, key)[:80], _without(hidden, message)[:200]
        return self._error(replies.error_for(key), call, f"FAILED {key}: {message}", key=key)

    def _error(self, kind: type[ElosError], call: str, what: str, *, key: str = "") -> ElosError:
        return kind(f"{call}: {what}", call=call, server=self._server.name, key=key)


def _without(secrets: Sequence[str], text: str) -> str:
    """``text`` from a server, which may quote what it was sent; long hex is a checksum or a password."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _LONG_HEX.sub("***", clean(text))
