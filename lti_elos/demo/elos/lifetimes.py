"""When a meeting ends by itself.

Sources: the Elos guide (empty for 5 minutes, idle for an hour), BigBlueButton's documentation (the rest).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from lti_elos.demo.elos.meetings import Meeting
from lti_elos.demo.elos.switches import Switches


def end_of(meeting: Meeting, limits: Switches) -> tuple[datetime, bool] | None:
    """The first moment that ends the meeting as things stand, and whether that is by force. None is never.

    Only an ``end`` that somebody asked for is by force: a later join is then told so.
    """
    return min(_ends(meeting, limits), default=None)


def _ends(meeting: Meeting, limits: Switches) -> Iterator[tuple[datetime, bool]]:
    created_at, params = meeting.created_at, meeting.params
    if meeting.end_asked_for:
        yield meeting.end_asked_for, True
    if not meeting.has_user_joined:
        wait = _minutes(params.get("meetingExpireIfNoUserJoinedInMinutes"), limits.never_joined_s)
        if wait:
            yield created_at + wait, False
    elif meeting.empty_since:
        wait = _minutes(params.get("meetingExpireWhenLastUserLeftInMinutes"), limits.empty_s)
        if wait:
            yield meeting.empty_since + wait, False
    if meeting.has_user_joined:
        yield meeting.active_at + timedelta(seconds=limits.idle_s), False
    if duration := int(params.get("duration") or 0):
        yield created_at + timedelta(minutes=duration), False
    if params.get("endWhenNoModerator") == "true" and meeting.unmoderated_since:
        delay = int(params.get("endWhenNoModeratorDelayInMinutes") or 1)
        yield meeting.unmoderated_since + timedelta(minutes=delay), False


def _minutes(given: str | None, default_s: float) -> timedelta:
    """The meeting's own limit, where 0 switches it off, else the server's."""
    return timedelta(minutes=int(given)) if given else timedelta(seconds=default_s)
