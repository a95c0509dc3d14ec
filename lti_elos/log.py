"""Logs: events with fields, on stderr, as console lines or JSON; secrets are struck out as a last line of defence."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import structlog

_SECRET_SHAPES = re.compile(
    r"eyJ[\w-]{10,}(?:\.[\w-]+){0,2}"  # JWTs
    r"|(?<=checksum=)[0-9a-fA-F]{40,128}"
    r"|(?<=[?&])(?:state|id_token|handover|password|fullName|login_hint|lti_message_hint|token)=[^&\s\"']+"
    # gunicorn's own lines name paths, when it debugs
    r"|(?<=/elos/analytics/)[\w-]+|(?<=/lti/register/)[\w-]+|(?<=/r/)[\w-]+|(?<=/mail/)[\w-]+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mails
)


def strike_out(text: str) -> str:
    """``text`` without anything that looks like a token, a signature or an e-mail address."""
    return _SECRET_SHAPES.sub("***", text)


_SECRETS_HOLD = ("eyJ", "=", "@", "/analytics/", "/register/", "/r/", "/mail/")
"""One of these is in every text that looks like a secret, however JSON writes the rest of it."""
_OF_EVERY_RECORD = {*logging.makeLogRecord({}).__dict__, "message", "asctime"}


_written = json.JSONEncoder(default=repr).encode
"""``json.dumps`` would make an encoder for each line."""


class Seldom:
    """Lets one of many equal lines through a minute, per key: for what strangers can make happen as often as they like.

    :param every: how long the lines after one are only counted
    """

    def __init__(self, *, every: timedelta = timedelta(minutes=1)) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._said: dict[object, tuple[datetime, int]] = {}

    def times(self, key: object, *, now: datetime) -> int:
        """How many the line stands for that is to be written now; 0 for none. Keys are kept for ever: a few, please."""
        with self._lock:
            said_at, more = self._said.get(key, (None, 0))
            if said_at is not None and abs(now - said_at) < self._every:  # threads may come in another order
                self._said[key] = (said_at, more + 1)
                return 0
            self._said[key] = (now, 0)
            return more + 1


class _JsonLines(structlog.stdlib.ProcessorFormatter):
    """The processors' lines, without the processors where a line needs nothing of them: three times as quick.

    That is, where the standard library made the record, no traceback belongs to it, and nothing looks like a secret.
    """

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info or record.stack_info or isinstance(record.msg, dict):
            return super().format(record)
        line = _written(
            {
                "event": record.getMessage(),
                **structlog.contextvars.get_contextvars(),
                "level": record.levelname.lower(),
                "logger": record.name,
                **{key: value for key, value in record.__dict__.items() if key not in _OF_EVERY_RECORD},
                "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            }
        )
        return super().format(record) if any(shape in line for shape in _SECRETS_HOLD) else line


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if not key.startswith("_"):  # the formatter's own: the record
            event[key] = _without_secrets(value)
    return event


def _without_secrets(value: Any) -> Any:
    match value:
        case str():
            return strike_out(value)
        case None | bool() | int() | float():
            return value
        case dict():
            return {str(key): _without_secrets(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_secrets(item) for item in value]
        case _:
            return strike_out(repr(value))  # as the renderers would write it


def configure(log_format: Literal["console", "json"], level: str) -> None:
    """Send all logging of the process (ours, gunicorn's, libraries') through one formatter to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    make = _JsonLines if log_format == "json" else structlog.stdlib.ProcessorFormatter
    formatter = make(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging._srcfile = None  # no line tells where it was written, so nobody needs to look (Logging HOWTO)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("alembic", "urllib3", "werkzeug"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
