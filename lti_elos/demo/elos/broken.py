"""Replies no API should give, and real networks do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from flask import Response

from lti_elos.demo.elos.faults import Fault
from lti_elos.demo.elos.replies import xml_text

_HTML = b"<!doctype html><html><head><title>%s</title></head><body><h1>%s</h1><hr>nginx</body></html>"
_SUCCESS = b"<response><returncode>SUCCESS</returncode>%s</response>"
_LONGEST_S = 300.0  # a forgotten hang must not keep its thread for ever


def broken_reply(fault: Fault, deleted: threading.Event, *, public_url: str) -> Response:
    """The reply of a fault below the API, after however long that takes."""
    wait = _LONGEST_S if fault.seconds is None else min(fault.seconds, _LONGEST_S)
    kinds: dict[str, Callable[[], Response]] = {
        "html500": lambda: _html(b"502 Bad Gateway", 500),
        "html200": lambda: _html(b"Welcome to nginx!", 200),
        "hang": lambda: _hang(deleted, wait),
        "malformed": lambda: xml_text(b"<response><returncode>SUCCESS</returncode><meet"),
        "empty": lambda: xml_text(b""),
        "doctype": lambda: _doctype(public_url),
        "entity_bomb": _entity_bomb,
        "huge": lambda: _streamed(_huge(fault.bytes)),
        "slow_drip": lambda: _streamed(_drip(deleted, wait)),
    }
    return kinds[fault.kind]()


def _html(title: bytes, status: int) -> Response:
    return Response(_HTML % (title, title), status, content_type="text/html")


def _hang(deleted: threading.Event, wait: float) -> Response:
    deleted.wait(wait)
    return _html(b"504 Gateway Time-out", 504)


def _doctype(public_url: str) -> Response:
    """External entities. A parser that follows the second one shows in the journal, as call entityFetched."""
    inside = _SUCCESS % b"<message>&file;&web;</message>"
    return xml_text(
        b'<?xml version="1.0"?><!DOCTYPE response ['
        b'<!ENTITY file SYSTEM "file:///etc/passwd">'
        b'<!ENTITY web SYSTEM "%s/bigbluebutton/api/entityFetched">]>%s' % (public_url.encode(), inside)
    )


def _entity_bomb() -> Response:
    """A billion laughs: ten levels of ten."""
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    inside = _SUCCESS % b"<message>&l9;</message>"
    return xml_text(b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "laugh">%s]>%s' % (levels, inside))


def _streamed(chunks: Iterator[bytes]) -> Response:
    return Response(chunks, content_type="text/xml;charset=utf-8")


def _huge(size: int) -> Iterator[bytes]:
    """Well-formed XML of about ``size`` bytes."""
    yield b"<response><returncode>SUCCESS</returncode><message>"
    for start in range(0, size, 65_536):
        yield b"x" * min(65_536, size - start)
    yield b"</message></response>"


def _drip(deleted: threading.Event, wait: float) -> Iterator[bytes]:
    """A byte every 0.1 s, so that no single read ever times out; whole at last."""
    yield b"<response><returncode>SUCCESS</returncode>"
    for _ in range(int(wait * 10)):
        if deleted.wait(0.1):
            break
        yield b" "
    yield b"</response>"
