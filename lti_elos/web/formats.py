"""Times, dates and lengths as people write them, in the language and zone of the page.

Both come from Flask-Babel's selectors (``lti_elos/web/languages.py``), so these work inside a request only. Moments are
aware datetimes, lengths timedeltas. Patterns are ours where CLDR's differ from what people write: ``19h02``, ``terça``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_decimal
from flask import Flask, request
from flask_babel import get_locale, get_timezone, gettext

from lti_elos.clock import Clock, utc_now
from lti_elos.web.error_texts import fill, text_for
from lti_elos.web.words import lms_word, role_word, upfirst

_DAY = {
    "pt_BR": ("EEEE, d 'de' MMMM", "EEEE, d 'de' MMMM 'de' y"),
    "en": ("EEEE, MMMM d", "EEEE, MMMM d, y"),
    "es": ("EEEE, d 'de' MMMM", "EEEE, d 'de' MMMM 'de' y"),
}
_SHORT_DAY = {
    "pt_BR": ("d 'de' MMM", "d 'de' MMM 'de' y"),
    "en": ("MMM d", "MMM d, y"),
    "es": ("d MMM", "d MMM y"),
}
_DATE = {
    "pt_BR": ("d 'de' MMMM", "d 'de' MMMM 'de' y"),
    "en": ("MMMM d", "MMMM d, y"),
    "es": ("d 'de' MMMM", "d 'de' MMMM 'de' y"),
}
_MONTH = {"pt_BR": "MMMM 'de' y", "en": "MMMM y", "es": "MMMM 'de' y"}
_TIME = {"en": "h:mm a", "es": "H:mm"}
_HUNDRED, _THOUSAND = 100, 1000


def _locale() -> str:
    return str(get_locale() or "en")


def _here(moment: datetime) -> datetime:
    zone: tzinfo = get_timezone() or UTC
    return moment.astimezone(zone)


def time_of(moment: datetime) -> str:
    """ "19h02" and "19h" in Portuguese, "7:02 PM" in English, "19:02" in Spanish."""
    here, locale = _here(moment), _locale()
    if locale == "pt_BR":
        return f"{here.hour}h{here.minute:02}" if here.minute else f"{here.hour}h"
    return format_time(here.time(), _TIME.get(locale, "H:mm"), locale=locale)


def _date(moment: datetime, patterns: dict[str, tuple[str, str]], now: datetime | None) -> str:
    here, locale = _here(moment), _locale()
    this_year = _here(now or utc_now()).year
    text = format_date(here.date(), patterns.get(locale, patterns["en"])[here.year != this_year], locale=locale)
    if locale == "pt_BR":
        text = text.replace("-feira", "")
        if here.day == 1:
            text = text.replace("1 de ", "1º de ", 1)
    return text


def day_of(moment: datetime, now: datetime | None = None) -> str:
    """ "terça, 17 de novembro": weekday, day, month in words; the year only where it is not this one."""
    return _date(moment, _DAY, now)


def short_day(moment: datetime, now: datetime | None = None) -> str:
    """ "12 de nov.", for narrow lists."""
    return _date(moment, _SHORT_DAY, now)


def date_of(moment: datetime, now: datetime | None = None) -> str:
    """ "3 de novembro", for titles."""
    return _date(moment, _DATE, now)


def month_of(moment: datetime) -> str:
    """ "novembro de 2026", for lists to choose from."""
    return format_date(_here(moment).date(), _MONTH.get(_locale(), "MMMM y"), locale=_locale())


def duration(length: timedelta) -> str:
    """ "1 h 38 min", "2 h", "34 min"; "under a minute" below that. Never days: meetings are counted in hours."""
    if length < timedelta(minutes=1):
        return str(gettext("under a minute"))
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)


def ago(moment: datetime, now: datetime | None = None) -> str:
    """ "34 min ago". Stands beside an absolute time, never alone."""
    length = (now or utc_now()) - moment
    if length < timedelta(minutes=1):
        return str(gettext("just now"))
    return str(gettext("%(time)s ago", time=duration(length)))


def number(count: int) -> str:
    """ "18.204" in Portuguese, "18,204" in English."""
    return str(format_decimal(count, locale=_locale()))


def file_size(size_bytes: int) -> str:
    """ "1,2 GB" in Portuguese, "1.2 GB" in English; in thousands, as servers and disks are sold."""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if size < _THOUSAND:
            break
        size, unit = size / _THOUSAND, larger
    digits = "#,##0" if unit == "B" or size >= _HUNDRED else "#,##0.0"
    return f"{format_decimal(size, format=digits, locale=_locale())}\N{NO-BREAK SPACE}{unit}"


@functools.lru_cache(maxsize=1024)
def _zone_name(zone_name: str, locale: str) -> str:
    """CLDR's; it looks into many tables."""
    return get_timezone_name(ZoneInfo(zone_name), "long", locale=locale, zone_variant="generic")


def zone_label(zone_name: str, locale: str, now: datetime) -> str:
    """ "Horário de Brasília", "Brasilia Time"; "Buenos Aires (UTC-3)" where CLDR has no name of its own."""
    zone = ZoneInfo(zone_name)
    name = _zone_name(zone_name, locale)
    if "(" not in name:
        return name[:1].upper() + name[1:]
    offset = zone.utcoffset(now) or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    written = f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"
    area, _, city = zone_name.rpartition("/")
    return f"{city.replace('_', ' ')} ({written})" if area and area != "Etc" else written


def install(app: Flask, *, clock: Clock = utc_now) -> None:
    """Register the pages' filters and helpers on ``app``.

    Filters: time_of, day_of, short_day, date_of, month_of, duration, ago, number, file_size, upfirst.
    Globals: role_word, lms_word, error_text, static.
    Every page gets ``zone_label``.

    :param clock: tells which year and minute it is.
    """

    files = f"{app.static_url_path}/"

    def static(name: str) -> str:
        """Where a file of ours is. A page names a dozen; url_for would match each with the routes."""
        return f"{request.root_path.rstrip('/')}{files}{name}"

    def with_now(form: Callable[[datetime, datetime | None], str]) -> Callable[..., str]:
        return lambda moment, now=None: form(moment, now or clock())

    def error_text(code: str, *, teacher: bool, lms: str) -> dict[str, str]:
        text = text_for(code, audience="teacher" if teacher else "student")
        values = {"lms": lms}
        return {
            "message": fill(text.message, values),
            "suggestion": fill(text.suggestion, values),
            "explanation": fill(text.explanation, values),
        }

    def named_zone() -> dict[str, str]:
        return {"zone_label": zone_label(str(get_timezone() or "UTC"), _locale(), clock())}

    app.jinja_env.filters.update(
        time_of=time_of,
        duration=duration,
        month_of=month_of,
        day_of=with_now(day_of),
        short_day=with_now(short_day),
        date_of=with_now(date_of),
        ago=with_now(ago),
        upfirst=upfirst,
        number=number,
        file_size=file_size,
    )
    app.jinja_env.globals.update(role_word=role_word, lms_word=lms_word, error_text=error_text, static=static)
    app.context_processor(named_zone)
