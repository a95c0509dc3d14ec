"""Mails to people: composed in their language, text alone, each with a way to get no more of them."""

from __future__ import annotations

import functools
import gettext as translations
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import lti_elos
from lti_elos import mail
from lti_elos.domain.names import tidy
from lti_elos.errors import MailUnsent
from lti_elos.services.deps import Deps

_SUBJECT_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent."""

    key: str
    """The same for the same mail: sent twice (a worker was killed in between), mail programs may show it once."""
    subject: str
    paragraphs: Sequence[str]
    stop_url: str
    """Where one click, of a person or of a mail program (RFC 8058), ends these mails."""
    locale: str


def is_configured(deps: Deps) -> bool:
    """Whether mail can be sent at all."""
    return deps.settings.smtp_server is not None


def send(deps: Deps, to: str, what: Mail) -> None:
    """Hand it to the operator's mail server. Raises MailRefused, or MailUnsent to be tried again."""
    server = deps.settings.smtp_server
    if server is None:
        raise MailUnsent("no mail server is set")
    mail.send(server, _message(deps, to, what), sender=deps.settings.mail_from, to=to)


def _message(deps: Deps, to: str, what: Mail) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = deps.settings.mail_from
    message["To"] = to
    message["Subject"] = tidy(what.subject, _SUBJECT_LIMIT)
    message["Date"] = format_datetime(deps.clock())
    message["Message-ID"] = f"<{what.key}@{urlsplit(deps.settings.base_url).hostname}>"
    message["Content-Language"] = what.locale.replace("_", "-")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes, please
    message["List-Unsubscribe"] = f"<{what.stop_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("\n\n".join(what.paragraphs) + "\n")
    return message


@functools.cache
def catalogue(locale: str) -> translations.NullTranslations:
    """The sentences of a language, outside any request; English for one that we do not speak."""
    folder = Path(lti_elos.__file__).parent / "translations"
    return translations.translation("messages", folder, languages=[locale or "en"], fallback=True)
