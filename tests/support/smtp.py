"""A mail server for tests: real sockets, STARTTLS or TLS from the start, sign-in, refusals as real ones make them."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast


@dataclass
class Delivery:
    """What was handed over."""

    sender: str
    to: list[str]
    message: EmailMessage
    was_secure: bool
    user: str

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")

    @property
    def links(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.startswith("http")]


@dataclass
class MailServer:
    """Started by ``with``. ``answers``: {command: reply} in place of what it would say."""

    tls: ssl.SSLContext | None = None
    is_tls_from_the_start: bool = False
    password: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    drips: dict[str, float] = field(default_factory=dict)
    """{command: seconds between the bytes of an answer that never ends}"""
    deliveries: list[Delivery] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """Commands, without what stands behind them."""

    def __enter__(self) -> MailServer:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.mails = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mails: MailServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or does not believe our certificate, is no news."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        mails = cast(_Server, self.server).mails
        self.secure, self.user, self.sender, self.to = False, "", "", cast(list[str], [])
        if mails.is_tls_from_the_start:
            self._wrap(mails)
        self._say(mails.answers.get("CONNECT", "220 mail.test"))
        while line := self.rfile.readline():
            command = line.decode().strip()
            verb = command.split(" ")[0].upper()
            mails.seen.append(verb)
            if verb in mails.drips:
                while True:  # until the client goes
                    self.wfile.write(b"2")
                    time.sleep(mails.drips[verb])
            if verb in mails.answers:
                self._say(mails.answers[verb])
                if mails.answers[verb].startswith("421"):
                    return
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                getattr(self, f"_{verb.lower()}", self._unknown)(mails, command)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.connection.close()  # the server closes the one below TLS

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _wrap(self, mails: MailServer) -> None:
        assert mails.tls is not None
        self.connection = mails.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.secure = True

    def _unknown(self, _mails: MailServer, _command: str) -> None:
        self._say("250 2.0.0 fine")

    def _ehlo(self, mails: MailServer, _command: str) -> None:
        more = ["250-STARTTLS"] if mails.tls and not self.secure else []
        self._say("250-mail.test", *more, *(["250-AUTH PLAIN"] if mails.password else []), "250 SIZE 1000000")

    def _starttls(self, mails: MailServer, _command: str) -> None:
        self._say("220 go on")
        self._wrap(mails)

    def _auth(self, mails: MailServer, command: str) -> None:
        _, user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")
        self.user = user if password == mails.password else ""
        self._say("235 2.7.0 welcome" if self.user else "535 5.7.8 wrong password")

    def _mail(self, mails: MailServer, command: str) -> None:
        if mails.password and not self.user:
            self._say("530 5.7.0 sign in first")
            return
        self.sender, self.to = _address(command), []
        self._say("250 2.1.0 sender fine")

    def _rcpt(self, _mails: MailServer, command: str) -> None:
        self.to.append(_address(command))
        self._say("250 2.1.5 recipient fine")

    def _data(self, mails: MailServer, _command: str) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        self._say("250 2.0.0 queued")
        mails.deliveries.append(Delivery(self.sender, self.to, message, was_secure=self.secure, user=self.user))


def _address(command: str) -> str:
    return command.partition("<")[2].partition(">")[0]
