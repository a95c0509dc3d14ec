"""Times, dates and lengths in three languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from lti_elos.web import formats
from tests.web.pages_app import NOW, make_app, speaking

EVENING = datetime(2026, 11, 17, 22, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.mark.parametrize(
    ("locale", "zone", "moment", "text"),
    [
        ("pt_BR", "America/Sao_Paulo", EVENING, "19h02"),
        ("en", "America/Sao_Paulo", EVENING, "7:02 PM"),
        ("es", "America/Sao_Paulo", EVENING, "19:02"),
        ("pt_BR", "America/Sao_Paulo", datetime(2026, 11, 17, 22, 0, tzinfo=UTC), "19h"),
        ("pt_BR", "America/Sao_Paulo", datetime(2026, 11, 17, 3, 5, tzinfo=UTC), "0h05"),
        ("en", "America/Sao_Paulo", datetime(2026, 11, 17, 3, 5, tzinfo=UTC), "12:05 AM"),
        ("es", "America/Sao_Paulo", datetime(2026, 11, 17, 12, 5, tzinfo=UTC), "9:05"),
        ("pt_BR", "America/Manaus", EVENING, "18h02"),
        ("es", "Europe/Madrid", EVENING, "23:02"),
        ("en", "Asia/Kathmandu", EVENING, "3:47 AM"),
    ],
)
def test_time_of_speaks_the_language_and_the_zone(
    app: Flask, locale: str, zone: str, moment: datetime, text: str
) -> None:
    with speaking(app, locale, zone=zone):
        assert formats.time_of(moment) == text


@pytest.mark.parametrize(
    ("locale", "day", "short", "date"),
    [
        ("pt_BR", "terça, 17 de novembro", "17 de nov.", "17 de novembro"),
        ("en", "Tuesday, November 17", "Nov 17", "November 17"),
        ("es", "martes, 17 de noviembre", "17 nov", "17 de noviembre"),
    ],
)
def test_days_are_in_words(app: Flask, locale: str, day: str, short: str, date: str) -> None:
    with speaking(app, locale):
        assert formats.day_of(EVENING, NOW) == day
        assert formats.short_day(EVENING, NOW) == short
        assert formats.date_of(EVENING, NOW) == date


@pytest.mark.parametrize(
    ("locale", "day", "short", "date"),
    [
        ("pt_BR", "segunda, 17 de novembro de 2025", "17 de nov. de 2025", "17 de novembro de 2025"),
        ("en", "Monday, November 17, 2025", "Nov 17, 2025", "November 17, 2025"),
        ("es", "lunes, 17 de noviembre de 2025", "17 nov 2025", "17 de noviembre de 2025"),
    ],
)
def test_another_year_is_named(app: Flask, locale: str, day: str, short: str, date: str) -> None:
    moment = EVENING.replace(year=2025)

    with speaking(app, locale):
        assert formats.day_of(moment, NOW) == day
        assert formats.short_day(moment, NOW) == short
        assert formats.date_of(moment, NOW) == date


def test_the_day_is_the_one_of_the_page_s_zone(app: Flask) -> None:
    after_midnight_utc = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)

    with speaking(app, "pt_BR"):
        assert formats.day_of(after_midnight_utc, NOW) == "terça, 17 de novembro"
    with speaking(app, "pt_BR", zone="Europe/Lisbon"):
        assert formats.day_of(after_midnight_utc, NOW) == "quarta, 18 de novembro"


def test_the_year_turns_in_the_page_s_zone(app: Flask) -> None:
    new_year_utc = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)

    with speaking(app, "pt_BR"):
        assert formats.date_of(new_year_utc, NOW) == "31 de dezembro"


@pytest.mark.parametrize(
    ("day", "text"),
    [(1, "domingo, 1º de novembro"), (11, "quarta, 11 de novembro"), (21, "sábado, 21 de novembro")],
)
def test_portuguese_writes_the_first_as_an_ordinal(app: Flask, day: int, text: str) -> None:
    with speaking(app, "pt_BR"):
        assert formats.day_of(EVENING.replace(day=day), NOW) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(hours=1, minutes=38, seconds=59), "1 h 38 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(minutes=34), "34 min"),
        (timedelta(hours=26, minutes=1), "26 h 1 min"),
        (timedelta(seconds=59), "under a minute"),
        (timedelta(0), "under a minute"),
        (timedelta(seconds=-5), "under a minute"),
    ],
)
def test_duration_is_in_hours_and_minutes(app: Flask, length: timedelta, text: str) -> None:
    with speaking(app, "en"):
        assert formats.duration(length) == text


@pytest.mark.parametrize(
    ("locale", "text", "now"),
    [
        ("pt_BR", "há 34 min", "agora há pouco"),
        ("en", "34 min ago", "just now"),
        ("es", "hace 34 min", "hace un momento"),
    ],
)
def test_ago_is_a_sentence_s_part(app: Flask, locale: str, text: str, now: str) -> None:
    with speaking(app, locale):
        assert formats.ago(EVENING, NOW) == text
        assert formats.ago(NOW, NOW) == now
        assert formats.ago(NOW + timedelta(seconds=3), NOW) == now, "a server's clock may be ahead of ours"


@pytest.mark.parametrize(
    ("zone", "locale", "label"),
    [
        ("America/Sao_Paulo", "pt_BR", "Horário de Brasília"),
        ("America/Sao_Paulo", "en", "Brasilia Time"),
        ("America/Sao_Paulo", "es", "Hora de Brasilia"),
        ("America/Manaus", "pt_BR", "Horário do Amazonas"),
        ("America/Argentina/Buenos_Aires", "es", "Buenos Aires (UTC-3)"),
        ("UTC", "pt_BR", "UTC"),
        ("Etc/GMT+3", "en", "UTC-3"),
    ],
)
def test_the_zone_is_named(zone: str, locale: str, label: str) -> None:
    assert formats.zone_label(zone, locale, NOW) == label


def test_the_filters_take_the_application_s_clock(app: Flask) -> None:
    with speaking(app, "pt_BR"):
        made = app.jinja_env.from_string("{{ at|day_of }}; {{ at|ago }}; {{ at|time_of }}").render(at=EVENING)

    assert made == "terça, 17 de novembro; há 34 min; 19h02"


@pytest.mark.parametrize(
    ("locale", "size_bytes", "text"),
    [
        ("en", 0, "0 B"),
        ("en", 999, "999 B"),
        ("en", 1000, "1.0 kB"),
        ("pt_BR", 1_234_000_000, "1,2 GB"),
        ("es", 941_000_000, "941 MB"),
        ("pt_BR", 48_213_000_000_000_000_000, "48.213 PB"),
    ],
)
def test_sizes_are_in_thousands(app: Flask, locale: str, size_bytes: int, text: str) -> None:
    with speaking(app, locale):
        assert formats.file_size(size_bytes) == text.replace(" ", "\N{NO-BREAK SPACE}")
