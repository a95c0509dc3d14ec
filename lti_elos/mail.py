"""The door to the operator's mail server: one message at a time, over verified TLS, within a deadline.

Nothing of a message or an address gets into an error or the log: smtplib's own exceptions hold both.
"""

from __future__ import annotations

import logging
import smtplib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from lti_elos.errors import MailRefused, MailUnsent
from lti_elos.settings import SmtpServer
from lti_elos.wire import tls

log = logging.getLogger(__name__)

STEP_S, TOTAL_S = 10.0, 40.0
"""For one answer of the server, and for all of it: less than a job's lease."""
_NO_SUCH_ADDRESS = (550, 551, 553)
"""RFC 5321, 4.2.3: of a mailbox. What an enhanced code calls policy (5.7, RFC 3463) is not the address's fault."""


def send(server: SmtpServer, message: EmailMessage, *, sender: str, to: str) -> None:
    """Hand a message over. After this the server has it, and may still find that nobody reads it there.

    Raises MailRefused where the server says that there is no such address, MailUnsent for anything else: try again.
    """
    with _connection(server) as smtp:
        try:
            smtp.send_message(message, from_addr=sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = refused.recipients.get(to, (450, b""))
            raise _judged(code, said) from None
        except smtplib.SMTPDataError as refused:
            raise _judged(refused.smtp_code, refused.smtp_error) from None


def greet(server: SmtpServer) -> None:
    """Connect and sign in, and send nothing. Raises MailUnsent."""
    with _connection(server) as smtp:
        smtp.ehlo_or_helo_if_needed()


def _judged(code: int, said: bytes | str) -> MailRefused | MailUnsent:
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    if code in _NO_SUCH_ADDRESS and not text.startswith("5.7."):
        return MailRefused(f"answer {code}")
    log.warning("mail not sent", extra={"reason": f"answer {code}"})
    return MailUnsent(f"answer {code}")


@contextmanager
def _connection(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """Signed in. Whatever goes wrong meanwhile is a MailUnsent with no more than its kind and the server's number."""
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _connected(server)
        with _deadline(smtp):
            if server.security == "starttls":
                smtp.starttls(context=tls())
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp
            with suppress(smtplib.SMTPException, OSError):  # it has the message
                smtp.quit()
    except (smtplib.SMTPException, OSError, ValueError) as trouble:
        code = getattr(trouble, "smtp_code", "")
        what = f"{type(trouble).__name__} {code}".strip()
        log.warning("mail not sent", extra={"reason": what})
        raise MailUnsent(what) from None
    finally:
        if smtp is not None:
            smtp.close()


def _connected(server: SmtpServer) -> smtplib.SMTP:
    name = "localhost"  # of this machine; asking DNS for it may take long
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=name, timeout=STEP_S, context=tls())
    return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=STEP_S)


@contextmanager
def _deadline(smtp: smtplib.SMTP) -> Iterator[None]:
    """However a server drips its answers: then the connection is shut, and whoever waits for it gets an error."""

    def shut() -> None:
        if smtp.sock is not None:
            with suppress(OSError):
                smtp.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(TOTAL_S, shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
