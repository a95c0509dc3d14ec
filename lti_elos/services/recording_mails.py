"""What the mails about recordings say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date

from lti_elos.db.tables import AnyRow
from lti_elos.domain.names import person_mark, tidy
from lti_elos.services.mails import Mail, catalogue

_NAME_LIMIT = 100


def confirmation(key: str, room: AnyRow, confirm_url: str, stop_url: str) -> Mail:
    """The first one: whether it was the address's reader who asked."""
    gettext, name = catalogue(room.locale).gettext, _room_name(room)
    return Mail(
        key=key,
        subject=gettext("Confirm your address for news of recordings: %(room)s") % {"room": name},
        paragraphs=(
            gettext("Somebody, probably you, asked to be told at this address when a recording of “%(room)s” is ready.")
            % {"room": name},
            gettext("To confirm it, open this page within 7 days:"),
            confirm_url,
            gettext("If it was not you, do nothing: you get no other mail. To have the address forgotten at once:"),
            stop_url,
        ),
        stop_url=stop_url,
        locale=room.locale,
    )


def ready(key: str, room: AnyRow, told: Sequence[AnyRow], stop_url: str, *, zone: str) -> Mail:
    """:param told: recordings with name and started_at, newest last
    :param zone: for the day of one without a name
    """
    texts, name = catalogue(room.locale), _room_name(room)
    gettext = texts.gettext
    titles = [_title(one.name, one.started_at, room.locale, zone) for one in reversed(told)]
    if len(titles) == 1:
        subject = gettext("The recording is ready: %(title)s") % {"title": titles[0]}
    else:
        many = texts.ngettext(
            "%(num)s recording is ready: %(room)s", "%(num)s recordings are ready: %(room)s", len(titles)
        )
        subject = many % {"num": len(titles), "room": name}
    return Mail(
        key=key,
        subject=subject,
        paragraphs=(
            gettext("Ready to watch, in the room “%(room)s”:") % {"room": name},
            "\n".join(f"- {title}" for title in titles),
            gettext("To watch, open the room from your course, and there Recordings."),
            gettext("You get this because you asked for it on the room's page. To get no more of these mails:"),
            stop_url,
        ),
        stop_url=stop_url,
        locale=room.locale,
    )


def _room_name(room: AnyRow) -> str:
    """As web/words.py says it on pages."""
    gettext = catalogue(room.locale).gettext
    name = tidy(room.name or room.course_title or "", _NAME_LIMIT)
    if name:
        return name
    if room.scope == "group":
        return gettext("Group %(id)s") % {"id": room.scope_id}
    if room.scope == "user":
        return gettext("Room of teacher %(mark)s") % {"mark": person_mark(UUID(room.scope_id))}
    return gettext("Room")


def _title(name: str, started_at: datetime, locale: str, zone: str) -> str:
    if title := tidy(name, _NAME_LIMIT):
        return title
    day = format_date(started_at.astimezone(ZoneInfo(zone)), "long", locale=locale or "en")
    return catalogue(locale).gettext("Session of %(date)s") % {"date": day}
