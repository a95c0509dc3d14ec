"""A load generator that costs little: HTTP/1.1 over keep-alive connections, requests made once and sent as bytes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_COOKIE = re.compile(r"^set-cookie: *([^=\r\n]+)=([^;\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. ``status`` 0: none came."""

    status: int
    head: str
    body: bytes

    @property
    def location(self) -> str:
        found = re.search(r"^location: *(\S+)", self.head, re.IGNORECASE | re.MULTILINE)
        return found.group(1) if found else ""

    @property
    def cookies(self) -> dict[str, str]:
        """What is set; a cookie that is deleted comes with an empty value."""
        return dict(_COOKIE.findall(self.head))


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> bytes:
    """A request as it goes over the wire, with what a browser sends along."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = {
        "Host": parts.netloc,
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36",
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "pt-BR,pt;q=0.9,en;q=0.8",
        "Accept-Encoding": "gzip, deflate, br",
    } | dict(headers or {})
    if cookies:
        lines["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    body = b""
    if form is not None:
        body = urlencode(form).encode()
        lines |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One connection, one request at a time; opened anew when the server closes it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "", parts.port or 80
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._received = b""
        self._ends_at: int | None = None

    async def ask(self, sent: bytes) -> Answer:
        """Raises OSError when no answer comes."""
        loop = asyncio.get_running_loop()
        is_reused = self._transport is not None and not self._transport.is_closing()
        for can_try_again in (is_reused, False):
            if self._transport is None or self._transport.is_closing():
                self._transport, _ = await loop.create_connection(lambda: self, *self._address)
            self._waiting, self._received, self._ends_at = loop.create_future(), b"", None
            self._transport.write(sent)
            try:
                return await self._waiting
            except ConnectionResetError:  # a kept connection may be closed while the request is under way
                if self._received or not can_try_again:
                    raise
        raise AssertionError

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._ends_at is None:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._received, 0, end)
            is_empty = self._received[9:12] in (b"204", b"304")
            if length is None and not is_empty:
                return  # until the server closes
            self._ends_at = end + 4 + (0 if is_empty or length is None else int(length.group(1)))
        if len(self._received) >= self._ends_at:
            self._finish()

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            if b"\r\n\r\n" in self._received and self._ends_at is None:
                self._finish()
            else:
                self._waiting.set_exception(ConnectionResetError("no answer"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _finish(self) -> None:
        head, _, body = self._received.partition(b"\r\n\r\n")
        if _CLOSE.search(head) and self._transport is not None:
            self._transport.close()
            self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Answer(int(head[9:12]), head.decode("latin-1"), body))


async def ask_all(url: str, requests: Sequence[bytes], *, connections: int) -> list[Answer]:
    """Send all over so many kept connections, each one after the other. Answers in the order of the requests."""
    answers: list[Answer | None] = [None] * len(requests)
    left = iter(range(len(requests)))

    async def work() -> None:
        connection = Connection(url)
        for number in left:
            answers[number] = await connection.ask(requests[number])
        connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return [answer for answer in answers if answer is not None]


async def ask_at_once(url: str, requests: Sequence[bytes]) -> tuple[list[Answer], list[float]]:
    """Each on a connection of its own, at one instant. The answers, and when each came (s after that instant)."""
    began = time.perf_counter()

    async def one(sent: bytes) -> tuple[Answer, float]:
        connection = Connection(url)
        try:
            answer = await connection.ask(sent)
        except OSError:
            answer = Answer(0, "", b"")
        connection.close()
        return answer, time.perf_counter() - began

    both = await asyncio.gather(*(one(sent) for sent in requests))
    return [answer for answer, _ in both], [took for _, took in both]


async def ask_for(url: str, sent: bytes, *, connections: int, seconds: float) -> tuple[int, int]:
    """The same request in a closed loop. (answers 200 or 304, others)."""
    until, good, bad = time.perf_counter() + seconds, 0, 0

    async def work() -> None:
        nonlocal good, bad
        connection = Connection(url)
        while time.perf_counter() < until:
            answer = await connection.ask(sent)
            if answer.status in (200, 304):
                good += 1
            else:
                bad += 1
        connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return good, bad
