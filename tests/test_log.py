"""Log lines: events with fields, and no secret even where somebody logs one by mistake."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from lti_elos.log import configure, strike_out

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl-_"
log = logging.getLogger("lti_elos.services.launches")


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    names = ("", "alembic", "urllib3", "werkzeug")
    before = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers[:] = handlers
    for logger, level in before:
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"token {JWT} refused", "token *** refused"),
        ("eyJhbGciOiJub25lIn0", "***"),
        (f"GET /x?checksum={'a1' * 20}&b=1", "GET /x?checksum=***&b=1"),
        (f"checksum={'0f' * 64}", "checksum=***"),
        ("/lti/launch?state=abc-123&x=1", "/lti/launch?***&x=1"),
        ("/join?a=1&password=s3cret&fullName=Ana+Lima&z=2", "/join?a=1&***&***&z=2"),
        ("?id_token=x", "?***"),
        ("/rooms/1?handover=abc'", "/rooms/1?***'"),
        ("login_hint=5 stays without a query", "login_hint=5 stays without a query"),
        ("?login_hint=5&lti_message_hint=6", "?***&***"),
        ("from ana.lima+x@escola.example.org to", "from *** to"),
        ("postgresql://elos:pw@db.example.org/elos", "postgresql://elos:***/elos"),
        ("POST /elos/analytics/ab-C_9?x", "POST /elos/analytics/***?x"),
        ("GET /lti/register/ab-C_9/y", "GET /lti/register/***/y"),
        ("GET /r/ab-C_9", "GET /r/***"),
        ("https://r.example/p?l=media&token=abc", "https://r.example/p?l=media&***"),
        ("/elos/analytics/…", "/elos/analytics/…"),
        ("launch accepted", "launch accepted"),
        ("room 2c9d6b0e-8f3a-4d2b-9a56-0d9d4a7d1b11", "room 2c9d6b0e-8f3a-4d2b-9a56-0d9d4a7d1b11"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_or_an_address_is_struck_out(text: str, shown: str) -> None:
    assert strike_out(text) == shown


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_json_line_is_an_event_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")

    log.info("launch accepted", extra={"platform_id": "p-1", "took_ms": 12})

    (line,) = written(capsys)
    moment = str(line.pop("timestamp"))
    assert moment.endswith("Z")
    assert line == {
        "event": "launch accepted",
        "level": "info",
        "logger": "lti_elos.services.launches",
        "platform_id": "p-1",
        "took_ms": 12,
    }


def test_secrets_are_struck_out_of_events_fields_and_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")

    log.warning("refused %s", JWT, extra={"who": "ana@escola.example.org"})
    try:
        int(JWT)
    except ValueError:
        log.exception("failed")

    first, second = written(capsys)
    assert first["event"] == "refused ***"
    assert first["who"] == "***"
    assert "Traceback" in str(second["exception"])
    assert JWT not in str(second)


def test_secrets_are_struck_out_of_whatever_kind_of_value_holds_them(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")

    log.warning("refused", extra={"cause": ValueError(JWT), "sent": {"to": ["ana@escola.example.org"]}, "n": 5})

    (line,) = written(capsys)
    assert JWT not in str(line)
    assert "escola" not in str(line)
    assert line["n"] == 5


def test_what_a_request_binds_is_on_each_of_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        log.info("one")
    log.info("two")

    one, two = written(capsys)
    assert one["request_id"] == "r-1"
    assert "request_id" not in two


def test_below_the_level_nothing_is_written_and_chatty_libraries_warn_at_least(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json", "debug")
    log.debug("ours")
    logging.getLogger("urllib3.connectionpool").info("theirs")

    configure("json", "error")
    log.warning("too low")
    logging.getLogger("alembic").warning("too low")

    assert [line["event"] for line in written(capsys)] == ["ours"]


def test_configuring_again_does_not_write_each_line_twice(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    configure("json", "info")

    log.info("once")

    assert len(written(capsys)) == 1


def test_the_console_form_holds_the_same_without_colours_where_nobody_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("console", "info")

    log.info("launch accepted %s", JWT, extra={"took_ms": 12})

    line = capsys.readouterr().err
    assert "launch accepted ***" in line
    assert "took_ms=12" in line
    assert "\x1b" not in line


def test_a_line_that_may_hold_a_secret_has_the_same_form_as_one_that_may_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json", "info")

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        log.info("é %s", "plain", extra={"n": 1, "who": {"a": [ValueError("x")]}})
        log.info("é %s", "plain", extra={"n": 1, "who": {"a": [ValueError("x=1")]}})

    plain, careful = written(capsys)
    assert list(plain) == list(careful)
    assert plain["event"] == careful["event"] == "é plain"
    assert plain["request_id"] == careful["request_id"] == "r-1"
    assert str(plain["timestamp"]).endswith("Z")
