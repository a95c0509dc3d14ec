"""Which room a launch means, and which others of the course its person may go on to."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from lti_elos.domain.names import tidy
from lti_elos.domain.policies import ROOM_SCOPES, Policies, RoomScope

GROUPS_LIMIT = 50
GROUP_ID_LIMIT = 100
EARLIER_LIMIT = 20
CONTEXT_ID_LIMIT = 255

Scope = RoomScope | Literal["named"]
"""… or a room that a teacher made and named while choosing content: no launch asks for one but by its link key."""

SEVERAL: tuple[RoomScope, ...] = ("group", "user")
"""Scopes of which a course has several rooms, so that people choose."""

NO_GROUP = ""
"""Stands among a launch's groups for "came through a group link, and is in no group": no group has this id."""


@dataclass(frozen=True, slots=True)
class RoomKey:
    """The identity of a room within its deployment."""

    scope: Scope
    context_id: str
    """"" for a launch without context."""
    scope_id: str
    """The resource link's id; the group's, as the LMS calls it; our id of the teacher; anything new for a named room.
    "" for the course's room."""

    @property
    def digest(self) -> str:
        """64 hex: the unique key's column, of one length whatever the LMS sends."""
        text = json.dumps([self.scope, self.context_id, self.scope_id], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def room_key(*, context_id: str, resource_link_id: str, custom: Mapping[str, str], policies: Policies) -> RoomKey:
    """The room of a launch: the custom parameter ``room_scope``, else the platform's policy, chooses the scope.

    Where a course has several rooms of the scope, which of them is left open (``scope_id`` ""). A launch without
    context falls back to its resource link. Values that this version does not know count as absent.
    """
    asked = custom.get("room_scope", "")
    scope: RoomScope = next((known for known in ROOM_SCOPES if known == asked), policies.room_scope)
    if scope == "resource" or not context_id:
        return RoomKey("resource", context_id, resource_link_id)
    return RoomKey(scope, context_id, "")


LINKED: tuple[Scope, ...] = ("course", "resource", "user", "named")
"""Scopes of rooms that a link may name. Not a group's: whoever comes by such a link may be in another one."""

_LINK_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


def linked_key(custom: Mapping[str, str]) -> str:
    """The room that the custom parameter ``room`` names, by its link key; "" for what cannot be one."""
    asked = custom.get("room", "")
    return asked if _LINK_KEY.fullmatch(asked) else ""


def link_custom(scope: str, link_key: str) -> dict[str, str]:
    """The custom parameters of a link to a room. Copied into another course, a link to the course's room opens that
    course's own, as it should: it asks for the scope too."""
    return {"room": link_key} | ({"room_scope": "course"} if scope == "course" else {})


def group_ids(custom: Mapping[str, str]) -> tuple[str, ...]:
    """The groups that the custom parameter ``group_ids`` names: at most GROUPS_LIMIT, odd ids are left out."""
    ids = (text.strip() for text in custom.get("group_ids", "").split(","))
    good = (text for text in ids if 1 <= len(text) <= GROUP_ID_LIMIT and tidy(text, GROUP_ID_LIMIT) == text)
    return tuple(dict.fromkeys(good))[:GROUPS_LIMIT]


def context_history(custom: Mapping[str, str]) -> tuple[str, ...]:
    """context.id of the courses that this one was copied from, the last first: at most EARLIER_LIMIT, odd ids are left
    out. () where the LMS does not say so.

    ``context_history=$Context.id.history`` is a list of URL-encoded ids between commas (LTI core, appendix B). Any
    teacher can write another one into a link: whoever reads it looks who taught there.
    """
    ids = (unquote(text.strip()) for text in custom.get("context_history", "")[:20_000].split(","))
    good = (text for text in ids if 1 <= len(text) <= CONTEXT_ID_LIMIT and tidy(text, CONTEXT_ID_LIMIT) == text)
    return tuple(one for one in dict.fromkeys(good) if not one.startswith("$"))[:EARLIER_LIMIT]


def launch_groups(scope: Scope, custom: Mapping[str, str]) -> tuple[str, ...]:
    """What a launch's row keeps of groups: () unless it came through a group link, and then never ()."""
    return (group_ids(custom) or (NO_GROUP,)) if scope == "group" else ()


def leads_on(here: str, *, to_scope: str, to_scope_id: str, groups: Sequence[str], manages: bool) -> bool:
    """Whether a person in a room of scope ``here`` may go on to another room of the same course.

    To any teacher's room from another one. To a group's room only if the last launch came through a group link: then to
    those of one's own groups, or to all for who manages, who may also come from the course's own room (where a group
    link leads while no group is known).

    :param groups: of the last launch, as :func:`launch_groups` gives them.
    """
    if to_scope == "user":
        return here == "user"
    if to_scope != "group" or not groups:
        return False
    return (manages and here in ("group", "course")) or (here == "group" and to_scope_id in groups)


def in_order(name: str, scope_id: str) -> tuple[bool, list[str | int]]:
    """The order in which rooms of a course are listed: named ones by name, then by id; 9 before 10, "é" with "e"."""
    letters = (char for char in unicodedata.normalize("NFD", name or scope_id) if not unicodedata.combining(char))
    parts = re.split(r"([0-9]+)", "".join(letters).casefold())  # every second one is a number
    return not name, [int(part) if place % 2 else part for place, part in enumerate(parts)]
