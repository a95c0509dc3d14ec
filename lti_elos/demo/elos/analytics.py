"""The document about a meeting that is over, and its delivery. Sources: the Elos guide; bbb-events, which makes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from lti_elos.demo.elos.meetings import Meeting, Person, internal_id
from lti_elos.demo.elos.outbox import Delivery
from lti_elos.demo.elos.post import Letter
from lti_elos.demo.elos.switches import Switches

_BRASILIA = timezone(timedelta(hours=-3))
_TOKEN_S = 24 * 60 * 60
_BBBLB_TIMES = 3
_DIGESTS = {"HS256": "sha256", "HS512": "sha512"}
_FOREIGN = "somebody-elses-meeting"


def deliveries(meeting: Meeting, *, secret: str, due: datetime, switches: Switches) -> Iterator[Delivery]:
    """One, tried once; or what bbblb makes of it."""
    is_bbblb = switches.analytics_from == "bbblb"
    algorithm, scheme = ("HS256", "bearer") if is_bbblb else ("HS512", "Bearer")
    body = json.dumps(document(meeting, is_foreign=switches.foreign_analytics), ensure_ascii=False).encode()

    def write(now: datetime) -> Letter:
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"{scheme} {token(secret, int(now.timestamp()) + _TOKEN_S, algorithm=algorithm)}",
            "User-Agent": "BigBlueButton Analytics Callback",
        }
        return Letter(meeting.analytics_url, headers, body)

    for _ in range(_BBBLB_TIMES if is_bbblb else 1):
        yield Delivery(
            what=["analytics"], url=meeting.analytics_url, write=write, due=due, timeout_s=switches.hook_timeout_s
        )


def token(secret: str, expires: int, *, algorithm: str) -> str:
    """A JWT that holds nothing but its end."""
    parts = [_base64url(_compact(one)) for one in ({"alg": algorithm, "typ": "JWT"}, {"exp": expires})]
    signature = hmac.digest(secret.encode(), ".".join(parts).encode(), getattr(hashlib, _DIGESTS[algorithm]))
    return ".".join([*parts, _base64url(signature)])


def document(meeting: Meeting, *, is_foreign: bool = False) -> dict[str, Any]:
    """What people did in an ended meeting."""
    ended_at = meeting.ended_at or meeting.created_at
    meeting_id = _FOREIGN if is_foreign else meeting.meeting_id
    people: dict[str, list[Person]] = {}
    for one in meeting.everyone:
        if not one.is_waiting:
            people.setdefault(one.user_id, []).append(one)
    return {
        "version": "1.0",
        "meeting_id": meeting_id,
        "internal_meeting_id": internal_id(meeting_id, meeting.created_at),
        "data": {
            "metadata": {
                **{name.replace("-", "_"): value for name, value in meeting.metadata.items()},
                "is_breakout": "false",
                "meeting_id": meeting_id,
                "meeting_name": meeting.name,
                "record": "true" if meeting.may_record else "false",
            },
            "duration": int((ended_at - meeting.created_at).total_seconds()),
            "start": _text(meeting.created_at),
            "finish": _text(ended_at),
            "attendees": [_attendee(entries, ended_at) for entries in people.values()],
            "files": list(meeting.documents),
            "polls": [
                {
                    "id": poll.id,
                    "type": "CUSTOM",
                    "question": poll.question,
                    "published": True,
                    "options": list(poll.options),
                    "start": _text(poll.started_at),
                    "votes": dict(poll.votes),
                }
                for poll in meeting.polls
            ],
            "recorded_segments": [
                {"start": _text(start), "stop": _text(stop)} for start, stop in meeting.recorded_segments
            ],
            "transfer_attendees": [],
        },
    }


def _attendee(entries: list[Person], ended_at: datetime) -> dict[str, Any]:
    """One person: all the entries with one id."""
    user_id = entries[0].user_id
    told_id = int(user_id) if user_id.isascii() and user_id.isdigit() else user_id
    acts = [one.acts for one in entries]
    talked_at = max((one.talked_last_at for one in acts if one.talked_last_at), default=None)
    left = [one.left_at or ended_at for one in entries]
    return {
        "ext_user_id": told_id,
        "name": entries[-1].name,
        "moderator": any(one.is_moderator for one in entries),
        "joins": [_text(one.joined_at) for one in entries],
        "leaves": [_text(at) for at in left],
        "duration": int(sum((at - one.joined_at).total_seconds() for one, at in zip(entries, left, strict=True))),
        "recent_talking_time": _text(talked_at) if talked_at else "",
        "engagement": {
            "chats": sum(one.chats for one in acts),
            "talks": sum(one.talks for one in acts),
            "raisehand": sum(one.hands for one in acts),
            "emojis": sum(one.emojis for one in acts),
            "poll_votes": sum(one.votes for one in acts),
            "talk_time": int(sum(one.talked.total_seconds() for one in acts)),
        },
        "sessions": {
            one.internal_id: {
                "joins": [_moved(one, told_id, "join", one.joined_at)],
                "lefts": [_moved(one, told_id, "left", at)],
            }
            for one, at in zip(entries, left, strict=True)
        },
    }


def _moved(person: Person, told_id: int | str, what: str, at: datetime) -> dict[str, Any]:
    return {
        "timestamp": _text(at),
        "userid": person.internal_id,
        "ext_userid": told_id,
        "event": what,
        "remove": False,
    }


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(_BRASILIA):%Y-%m-%d %H:%M:%S %z}"


def _compact(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
