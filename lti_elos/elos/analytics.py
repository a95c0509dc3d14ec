"""The report that Elos sends when a meeting is over (elos-api 7): whether it is authentic, and what it tells.

Whoever reads a report has checked first that it is authentic; even so nothing of it is believed to have the right
type or size. What people chose in polls is counted, and not taken over person by person.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from jwt import PyJWS, PyJWTError
from jwt.algorithms import HMACAlgorithm

from lti_elos.domain.names import NAME_LIMIT, tidy
from lti_elos.domain.stays import Stay, length_of, merged, stays_of

LONGEST_LIFE = timedelta(hours=25)
"""Of a token: BigBlueButton's live a day, and its clock may go differently."""
_LEEWAY_S = 60
_LONGEST_TOKEN = 4096

_MOST_PEOPLE, _MOST_MOVES = 5000, 2000
_MOST_POLLS, _MOST_OPTIONS = 200, 50
_LONG, _LONG_QUESTION = 200, 500
_MOST = 1_000_000
_LONGEST = timedelta(days=10)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


# --- whether it is authentic ---


class _AnyLength(HMACAlgorithm):
    """PyJWT warns of secrets that are shorter than the digest: Elos's are what they are."""

    def check_key_length(self, key: bytes) -> str | None:  # noqa: ARG002
        return None


def _verifier() -> PyJWS:
    verifier = PyJWS(algorithms=[])
    verifier.register_algorithm("HS512", _AnyLength(HMACAlgorithm.SHA512))
    verifier.register_algorithm("HS256", _AnyLength(HMACAlgorithm.SHA256))
    return verifier


_VERIFIER = _verifier()
_ALGORITHMS = {"elos": ("HS512",), "bbb": ("HS512", "HS256")}
"""By the server's kind. Elos signs with HS512, as BigBlueButton does; some load balancers in front of a BigBlueButton
sign anew, with HS256. That is no weaker (both prove the same secret), so it needs no setting of its own: who runs one
has a BigBlueButton, and says so by the kind.
"""


def is_authentic(authorization: str, *, secret: str, kind: str, now: datetime) -> bool:
    """Whether the sender knows the server's secret, and has shown it lately.

    :param authorization: the header. Its scheme may be written in any case.
    """
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        return False
    try:
        payload = json.loads(_VERIFIER.decode(token, secret, algorithms=_ALGORITHMS.get(kind, _ALGORITHMS["elos"])))
    except (PyJWTError, ValueError, RecursionError):
        return False
    ends = payload.get("exp") if isinstance(payload, dict) else None
    if isinstance(ends, bool) or not isinstance(ends, int | float) or not math.isfinite(ends):
        return False
    left_s = ends - now.timestamp()
    return -_LEEWAY_S < left_s <= LONGEST_LIFE.total_seconds() + _LEEWAY_S


# --- what it tells ---


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person, by the id that the join sent; without one, by an id of the meeting (``w_…``)."""

    user_id: str
    name: str = field(repr=False)
    moderates: bool = False
    stays: tuple[Stay, ...] = ()
    """In order, none overlapping: two devices at once count once."""
    length: timedelta = timedelta(0)
    """Of the stays; what Elos says where it tells none."""
    talk: timedelta = timedelta(0)
    talks: int = 0
    chats: int = 0
    hands: int = 0
    emojis: int = 0
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Poll:
    """What was asked, and how many chose what. ``others``: answers that are no option."""

    question: str
    options: tuple[tuple[str, int], ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in one run of a room."""

    external_id: str
    internal_id: str
    started_at: datetime | None
    finished_at: datetime | None
    length: timedelta
    people: tuple[Attendee, ...]
    polls: tuple[Poll, ...]
    recorded: bool | None
    """Whether somebody recorded; None: not told."""


def read_report(body: bytes) -> Report | None:
    """The report; None for what is none, or names no meeting. Whatever else is missing or odd counts as nothing."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    external_id, internal_id = _id(document, "meeting_id"), _id(document, "internal_meeting_id")
    if not external_id or not internal_id:
        return None
    data = _part(document, "data")
    started_at, finished_at = _moment(data.get("start")), _moment(data.get("finish"))
    people = tuple(_together(_attendees(data, finished_at)))
    length = _seconds(data, "duration")
    if not length and started_at and finished_at:
        length = min(max(finished_at - started_at, timedelta(0)), _LONGEST)
    return Report(
        external_id=external_id,
        internal_id=internal_id,
        started_at=started_at,
        finished_at=finished_at,
        length=length,
        people=people,
        polls=tuple(poll for item in _list(data, "polls")[:_MOST_POLLS] if (poll := _poll(item)) is not None),
        recorded=bool(segments) if isinstance(segments := data.get("recorded_segments"), list) else None,
    )


def _attendees(data: Mapping[str, Any], finished_at: datetime | None) -> Iterator[Attendee]:
    for item in _list(data, "attendees")[:_MOST_PEOPLE]:
        user_id = _id(item, "ext_user_id")
        if not user_id:
            continue
        did = _part(item, "engagement")
        stays = _stays(item, finished_at)
        yield Attendee(
            user_id=user_id,
            name=tidy(item.get("name"), NAME_LIMIT),
            moderates=item.get("moderator") is True,
            stays=stays,
            length=min(length_of(stays), _LONGEST) if stays else _seconds(item, "duration"),
            talk=_seconds(did, "talk_time"),
            talks=_count(did, "talks"),
            chats=_count(did, "chats"),
            hands=_count(did, "raisehand"),
            emojis=_count(did, "emojis"),
            votes=_count(did, "poll_votes"),
        )


def _stays(item: Mapping[str, Any], finished_at: datetime | None) -> tuple[Stay, ...]:
    """By device where the report tells devices apart: two that are in at once would confuse one list."""
    devices = [
        (_timestamps(device, "joins"), _timestamps(device, "lefts"))
        for device in islice(_part(item, "sessions").values(), _MOST_MOVES)
        if isinstance(device, dict)
    ]
    if not any(came for came, _ in devices):
        devices = [(_moments(_list(item, "joins")), _moments(_list(item, "leaves")))]
    last = max((at for device in devices for moves in device for at in moves), default=None)
    until = finished_at or last
    if until is None:
        return ()
    return merged(stay for came, went in devices for stay in stays_of(came, went, until=until))


def _together(people: Iterable[Attendee]) -> Iterator[Attendee]:
    """Each person once, though the report may name somebody twice."""
    found: dict[str, Attendee] = {}
    for one in people:
        first = found.get(one.user_id)
        if first is None:
            found[one.user_id] = one
            continue
        stays = merged((*first.stays, *one.stays))
        found[one.user_id] = replace(
            first,
            name=one.name or first.name,
            moderates=first.moderates or one.moderates,
            stays=stays,
            length=min(length_of(stays) if stays else first.length + one.length, _LONGEST),
            talk=min(first.talk + one.talk, _LONGEST),
            talks=min(first.talks + one.talks, _MOST),
            chats=min(first.chats + one.chats, _MOST),
            hands=min(first.hands + one.hands, _MOST),
            emojis=min(first.emojis + one.emojis, _MOST),
            votes=min(first.votes + one.votes, _MOST),
        )
    yield from found.values()


def _poll(item: Any) -> Poll | None:
    options = [tidy(one, _LONG) for one in _list(item, "options")[:_MOST_OPTIONS]]
    options = list(dict.fromkeys(one for one in options if one))
    question = tidy(item.get("question"), _LONG_QUESTION) if isinstance(item, dict) else ""
    votes = islice(_part(item, "votes").values(), _MOST_PEOPLE)
    chosen = Counter(tidy(one, _LONG) for of_one in votes for one in _answers(of_one))
    others = chosen.total() - sum(chosen[one] for one in options)
    if not (options or question or others):
        return None
    return Poll(question, tuple((one, min(chosen[one], _MOST)) for one in options), min(others, _MOST))


def _answers(of_one: Any) -> Sequence[Any]:
    """One, or several where a poll allows it."""
    return of_one[:_MOST_OPTIONS] if isinstance(of_one, list) else [of_one]


# --- small parts ---


def _part(value: Any, name: str) -> Mapping[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _id(value: Any, name: str) -> str:
    """As text: ids that are all digits come as numbers."""
    found = value.get(name) if isinstance(value, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    if isinstance(found, int) and abs(found) >= 10**_LONG:
        return ""
    text = str(found)
    return text if 0 < len(text) <= _LONG and text.isprintable() else ""


def _count(value: Mapping[str, Any], name: str) -> int:
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return 0
    return int(min(max(found, 0), _MOST))


def _seconds(value: Mapping[str, Any], name: str) -> timedelta:
    return min(timedelta(seconds=_count(value, name)), _LONGEST)


def _timestamps(device: Mapping[str, Any], name: str) -> list[datetime]:
    return _moments(move.get("timestamp") for move in _list(device, name) if isinstance(move, dict))


def _moments(texts: Iterable[Any]) -> list[datetime]:
    return [at for text in islice(texts, _MOST_MOVES) if (at := _moment(text)) is not None]


def _moment(text: Any) -> datetime | None:
    """``2023-08-07 14:06:14 -0300``, or as ISO 8601 writes it; without an offset it is no moment."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    text = text.strip()
    head, _, offset = text.rpartition(" ")
    if head and offset[:1] in ("+", "-"):
        text = head.strip() + offset
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or not _EARLIEST <= at <= _LATEST:
            return None
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
