"""What the pages of failed launches are given: causes in words, chips, the chart, and a message to send on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask_babel import gettext, ngettext

from lti_elos.causes import Cause, LaunchCheck
from lti_elos.services.failures import Checked, Course, FailedLaunch, Failure
from lti_elos.web.failure_texts import FailureText, check_word, failure_text, failure_title
from lti_elos.web.formats import ago, date_of, duration, time_of
from lti_elos.web.words import lms_word

_FOR_OPERATORS = {
    Cause.STATE_NOT_OURS,
    Cause.ISSUER_UNKNOWN,
    Cause.PLATFORM_REMOVED,
    Cause.PLATFORM_DISABLED,
    Cause.DEPLOYMENT_PENDING,
    Cause.DEPLOYMENT_UNLISTED,
}
_CHART_HEIGHT = 57
_SHOWN = 16
"""Of a client id, which is nobody's secret but is long: the head and the tail tell which one it is."""


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One cause in the list."""

    title: str
    url: str
    code: str
    platform: str
    """"" where none is registered: ``issuer`` then."""
    platform_url: str
    """The list of this platform alone; "" for none."""
    issuer: str
    times: int
    people: str
    first_at: datetime
    course: Course
    course_text: str


@dataclass(frozen=True, slots=True)
class FailuresPage:
    """Fifty causes, and what they are filtered by."""

    items: tuple[FailureRow, ...]
    code: str
    codes: tuple[str, ...]
    platform_id: str
    platform: str
    """The name of the one that is filtered by."""
    list_url: str
    """Without any filter."""
    everywhere_url: str
    """The same without it."""
    next_url: str
    first_url: str
    """"" on the first page."""
    occurrence: str
    """What was looked for in vain; "" for nothing."""
    now: datetime


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check, or several in a row that were not made."""

    outcome: str
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the chart, in its coordinates."""

    x: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A cause's last 24 hours."""

    bars: tuple[Bar, ...]
    label: str
    begins: str


@dataclass(frozen=True, slots=True)
class FailurePage:
    """One refused launch."""

    launch: FailedLaunch
    text: FailureText
    checks: tuple[CheckRow, ...]
    course_text: str
    people: str
    chart: Chart
    claims: str
    """As JSON; "" for none."""
    client_id: str
    browser: str
    message: str
    """To the LMS's team, ready to be sent; "" where they can do nothing."""
    now: datetime
    back_url: str = ""
    doctor_url: str = ""
    is_for_operator: bool = True
    """Else an LMS's own administrator looks: less is told, and what only the operator can do is said so."""
    others: tuple[tuple[str, str, datetime, int], ...] = field(default=())
    """(occurrence, url, when, how many more were only counted)"""


# --- the list --------------------------------------------------------------------------------------------------------


def failure_row(failure: Failure, *, url: str, platform_url: str, base_url: str, now: datetime) -> FailureRow:
    return FailureRow(
        title=failure_title(failure.cause, _values(failure, base_url)),
        url=url,
        code=failure.code,
        platform=failure.platform,
        platform_url=platform_url,
        issuer=failure.issuer,
        times=failure.times,
        people=_people(failure),
        first_at=failure.first_at,
        course=failure.course,
        course_text=course_text(failure, now),
    )


def course_text(failure: Failure, now: datetime) -> str:
    """Whether it goes on, with the last time."""
    last = _since(failure.last_at, now)
    if failure.course is Course.STOPPED:
        return str(gettext("Stopped: the last one %(ago)s", ago=last))
    if failure.course is Course.QUIET:
        return str(gettext("Nothing for a day: the last one %(ago)s", ago=last))
    begun = max(failure.first_at, now - timedelta(hours=24))
    hours = max(1, -int((begun - now) // timedelta(hours=1)))
    times = ngettext("%(num)s time in %(hours)s h", "%(num)s times in %(hours)s h", failure.times, hours=hours)
    return str(gettext("Still happening: %(times)s, the last one %(ago)s", times=times, ago=last))


def _since(moment: datetime, now: datetime) -> str:
    if now - moment < timedelta(hours=48):
        return ago(moment, now)
    return str(gettext("on %(date)s", date=date_of(moment, now)))


def _people(failure: Failure) -> str:
    """How many were affected; "" where nobody was told apart."""
    if failure.people_are_more:
        return str(gettext("%(num)s people or more", num=failure.people))
    return str(ngettext("%(num)s person", "%(num)s people", failure.people)) if failure.people else ""


def _affected(failure: Failure) -> str:
    """The same as a sentence of its own."""
    if failure.people_are_more:
        return str(gettext("%(num)s people or more affected", num=failure.people))
    if not failure.people:
        return ""
    return str(ngettext("%(num)s person affected", "%(num)s people affected", failure.people))


def _values(failure: Failure, base_url: str) -> dict[str, str]:
    return {
        "lms": failure.lms,
        "off": duration(timedelta(seconds=abs(failure.off_by_s or 0))),
        "base_url": base_url,
    }


# --- one of them -----------------------------------------------------------------------------------------------------


def detail_page(
    found: FailedLaunch,
    *,
    base_url: str,
    now: datetime,
    back_url: str = "",
    doctor_url: str = "",
    other_url: Iterable[str] = (),
    is_for_operator: bool = True,
) -> FailurePage:
    """Everything about one, in the page's language."""
    values = _values(found.failure, base_url) | {
        "client_id": found.client_id,
        "deployment_id": found.deployment_id,
        "expected": found.expected,
        "received": found.received,
    }
    text = failure_text(found.failure.cause, values)
    if not is_for_operator:
        text = replace(text, mends=_mends_of_lms(found.failure.cause, text))
    return FailurePage(
        launch=found,
        text=text,
        checks=_check_rows(found),
        course_text=course_text(found.failure, now),
        people=_affected(found.failure),
        chart=_chart(found.failure, now),
        claims=json.dumps(found.claims, ensure_ascii=False, indent=2) if found.claims else "",
        client_id=_short(found.client_id),
        browser=_browser(found),
        message=_message(found, text) if is_for_operator else "",
        is_for_operator=is_for_operator,
        now=now,
        back_url=back_url,
        doctor_url=doctor_url,
        others=tuple(
            (one.occurrence, url, one.at, one.more) for one, url in zip(found.others, other_url, strict=False)
        ),
    )


def _mends_of_lms(cause: str, text: FailureText) -> tuple[str, ...]:
    """What the LMS's own team can do; else whom to tell."""
    if text.asks:
        return (text.asks,)
    if cause in _FOR_OPERATORS:
        return (str(gettext("Only whoever runs Elos's connection can mend this: send them the occurrence.")),)
    return text.mends


def _check_rows(found: FailedLaunch) -> tuple[CheckRow, ...]:
    rows: list[CheckRow] = []
    skipped: list[Checked] = []
    for one in (*found.checks, None):
        if one is not None and one.outcome == "skipped":
            skipped.append(one)
            continue
        if skipped:
            rows.append(CheckRow("skipped", _not_made(skipped)))
            skipped = []
        if one is not None:
            rows.append(CheckRow(one.outcome, f"{one.check.number}. {_checked(one.check, found)}"))
    return tuple(rows)


def _checked(check: LaunchCheck, found: FailedLaunch) -> str:
    """What was looked at, with what is known of it."""
    word = check_word(check)
    if check is LaunchCheck.STATE and found.after_s is not None:
        return str(gettext("%(check)s, %(seconds)s s before", check=word, seconds=found.after_s))
    way = {
        "partitioned": gettext("partitioned cookie"),
        "storage": gettext("the LMS's storage"),
        "window": gettext("cookie, in a window of its own"),
    }.get(found.cookie_way)
    return f"{word} ({way})" if check is LaunchCheck.BROWSER and way else word


def _not_made(skipped: list[Checked]) -> str:
    first, last = skipped[0].check.number, skipped[-1].check.number
    names = ", ".join(_inside(check_word(one.check)) for one in skipped)
    if first == last:
        return str(gettext("%(number)s. Not checked: %(names)s", number=first, names=names))
    return str(gettext("%(first)s to %(last)s. Not checked: %(names)s", first=first, last=last, names=names))


def _inside(word: str) -> str:
    """As it stands inside a sentence. Abbreviations keep their capitals."""
    return word if word[1:2].isupper() else word[:1].lower() + word[1:]


def _chart(failure: Failure, now: datetime) -> Chart:
    most = max(failure.by_hour)
    bars = []
    for place, number in enumerate(failure.by_hour):
        height = -(-number * _CHART_HEIGHT // most) if most else 0
        bars.append(Bar(f"{place * 100 / 24 + 0.4:.2f}%", 62 - height, height))
    begins = now - timedelta(hours=23)
    label = ngettext("%(num)s time in 24 hours", "%(num)s times in 24 hours", failure.times)
    if most:
        hour = (begins + timedelta(hours=failure.by_hour.index(most))).replace(minute=0)
        label = gettext(
            "%(times)s; most of them, %(most)s, from %(time)s on", times=label, most=most, time=time_of(hour)
        )
    return Chart(tuple(bars), str(label), str(gettext("yesterday, %(time)s", time=time_of(begins.replace(minute=0)))))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:6]}…{text[-4:]}"


def _browser(found: FailedLaunch) -> str:
    """ "Chrome, in a frame; partitioned cookie accepted"."""
    place = {True: gettext("in a frame"), False: gettext("in a window of its own"), None: ""}[found.is_framed]
    way = {
        "partitioned": gettext("partitioned cookie accepted"),
        "window": gettext("cookie accepted"),
        "storage": gettext("the LMS's storage in place of a cookie"),
        "none": gettext("no cookie came back"),
    }.get(found.cookie_way, "")
    where = ", ".join(part for part in (found.browser, place) if part)
    return "; ".join(part for part in (where, way) if part)


def _message(found: FailedLaunch, text: FailureText) -> str:
    """Plain text for an e-mail or a ticket: what happens, what is asked for, and what to look at."""
    if not text.asks:
        return ""
    checks = [check_word(one.check) for one in found.checks if one.outcome == "failed"]
    facts = [
        (gettext("Code"), found.failure.code),
        (gettext("What failed"), checks[0] if checks else ""),
        (gettext("Expected"), found.expected),
        (gettext("Received"), found.received),
        (gettext("Issuer"), found.issuer),
        ("client_id", found.client_id),
        (gettext("Deployment"), found.deployment_id),
        (gettext("Last time"), f"{found.failure.last_at:%Y-%m-%d %H:%M:%S} UTC"),
        (gettext("Occurrence"), found.occurrence),
    ]
    lms = lms_word(found.failure.lms)
    return "\n".join(
        (
            str(gettext("Hello. Our classes cannot be entered from %(lms)s at the moment.", lms=lms)),
            "",
            f"{text.title}.",
            text.asks,
            "",
            *(f"{label}: {value}" for label, value in facts if value),
        )
    )
