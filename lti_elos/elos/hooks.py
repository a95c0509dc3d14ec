"""Hooks: where Elos tells us what happens (elos-api 5), and what it tells (6).

Whoever reads a delivery has checked first that it is authentic. What is kept of it is what this version uses:
passwords, names and metadata are not taken over at all.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from lxml import etree

from lti_elos.elos.documents import boolean, text

_HASHES = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
RECORDING_EVENTS = frozenset(
    f"rap-{step}"
    for step in ("archive-ended", "process-started", "publish-ended", "published", "unpublished", "deleted")
)
"""After these a list of recordings tells something else than before (4.5)."""
_MOST_EVENTS = 1000
_LONG = 200


@dataclass(frozen=True, slots=True)
class Hook:
    """As ``hooks/create`` and ``hooks/list`` tell it. ``token``: what deliveries carry; "" where Elos tells none."""

    id: str
    url: str
    is_enabled: bool
    token: str = field(repr=False)


def hook_of(node: etree._Element, *, url: str = "") -> Hook | None:
    """None without an id. BigBlueButton knows no ``enabled``: its hooks always are."""
    hook_id = text(node, "hookID")
    if not hook_id:
        return None
    enabled = text(node, "enabled") == "" or boolean(node, "enabled")
    return Hook(hook_id, text(node, "callbackURL") or url, enabled, text(node, "authToken"))


# --- deliveries ---


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened (6.4). Ids are "" where it names none.

    ``who``: the person's id in the meeting (``w_…``); ``user_id``: the one that the join sent. ``more``: what else this
    version uses, as JSON.
    """

    name: str
    at: datetime
    internal_id: str
    external_id: str = ""
    who: str = ""
    user_id: str = ""
    record_id: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The same for the same event, however often it comes."""
        told = [self.name, self.internal_id, self.who, self.record_id, str(self.more.get("workflow", ""))]
        return hashlib.sha256("\0".join([*told, self.at.isoformat()]).encode()).hexdigest()


def is_authentic(
    *,
    authorization: str,
    checksum: str,
    url: str,
    body: bytes,
    tokens: Iterable[str],
    secret: str,
    takes_checksums: bool,
) -> bool:
    """Whether the sender knows the hook's token; or, of a server that signs, the secret that signed (6.2).

    :param authorization: the header. Its scheme may be written in any case.
    :param checksum: the query's. The digest is told by its length.
    :param url: as registered, without the checksum
    """
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        found = [hmac.compare_digest(given.strip().encode(), token.encode()) for token in tokens if token]
        return any(found)
    digest = _HASHES.get(len(checksum))
    if not takes_checksums or digest is None:
        return False
    wanted = hashlib.new(digest, url.encode() + body + secret.encode()).hexdigest()
    return hmac.compare_digest(wanted.encode(), checksum.lower().encode(errors="replace"))


def read_delivery(content_type: str, body: bytes) -> list[Event]:
    """The events that we can use, in the order given: of a form's ``event`` field or of a JSON body, each an object or
    an array of them. What is anything else is left out quietly: a delivery that is refused comes again and again.
    """
    try:
        document = _document(content_type, body)
    except (ValueError, RecursionError):
        return []
    items = document if isinstance(document, list) else [document]
    return [event for item in items[:_MOST_EVENTS] if (event := _event(item)) is not None]


def _document(content_type: str, body: bytes) -> Any:
    if content_type.partition(";")[0].strip().lower() == "application/json":
        document = json.loads(body)
        if isinstance(document, dict) and "event" in document and "data" not in document:
            inner = document["event"]
            return json.loads(inner) if isinstance(inner, str) else inner
        return document
    fields = parse_qs(body.decode(), max_num_fields=20)
    return json.loads(fields.get("event", ["[]"])[0])


def _event(item: Any) -> Event | None:
    data = _part(item, "data")
    name, attributes = _words(data, "id"), _part(data, "attributes")
    at = _moment(_part(data, "event").get("ts"))
    if not name or at is None:
        return None
    meeting, user = _part(attributes, "meeting"), _part(attributes, "user")
    internal_id = _words(meeting, "internal-meeting-id")
    if not internal_id:
        return None
    return Event(
        name=name,
        at=at,
        internal_id=internal_id,
        external_id=_words(meeting, "external-meeting-id"),
        who=_words(user, "internal-user-id"),
        user_id=_words(user, "external-user-id"),
        record_id=_words(attributes, "record-id") or _words(attributes, "record_id"),
        more=dict(_more(meeting, user, attributes)),
    )


def _more(
    meeting: Mapping[str, Any], user: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    if isinstance(created := meeting.get("create-time"), int) and not isinstance(created, bool) and 0 < created < 2**53:
        yield "create_time_ms", created
    if isinstance(duration := meeting.get("duration"), int) and 0 < duration < 100_000:
        yield "duration_min", int(duration)
    if role := _words(user, "role"):
        yield "role", role[:20]
    if user.get("guest") is True:
        yield "guest", True
    if workflow := _words(attributes, "workflow"):
        yield "workflow", workflow[:40]
    for flag in ("success", "recorded"):
        if isinstance(attributes.get(flag), bool):
            yield flag, attributes[flag]


def _part(value: Any, name: str) -> Mapping[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _words(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    words = str(found)
    return words if len(words) <= _LONG and words.isprintable() else ""


def _moment(ts: Any) -> datetime | None:
    """Seconds or milliseconds, by size (6.4)."""
    if isinstance(ts, bool) or not isinstance(ts, int | float) or not math.isfinite(ts) or ts <= 0:
        return None
    seconds = ts if ts < 1e11 else ts / 1000
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
