"""docs/errors.md: every code, what people read in three languages, what it means to the operator.

Made from the error tree and the catalogues; a test compares the file with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.support import Translations

from lti_elos.errors import LtiElosError, Misconfigured
from lti_elos.web.error_texts import WITH_TEACHERS_TEXT, Audience, ErrorText, text_for

_TRANSLATIONS = Path(__file__).parent.parent / "translations"
_LANGUAGES = {"pt_BR": "Português", "en": "English", "es": "Español"}

_HEAD = """\
# Errors

Made from the code by `make docs`: change `lti_elos/errors.py`, `lti_elos/web/error_texts.py` or the catalogues.

A page shows the message, what to do, why, and the code with an occurrence; the log and the failed launches hold the
same occurrence. A code never changes its meaning. `LTI-…`: the launch, its platform and its services; `WEB-…`: our own
doors; `ELOS-…`: the meeting server. `{lms}` is the platform's name, or "your course's platform" where it is not known;
a sentence whose other slots nothing fills is left out.
"""


@dataclass
class _Code:
    status: int
    operator: list[str] = field(default_factory=list)


def codes() -> dict[str, _Code]:
    """Every code that a page can show, in the order of the tree, with what it means to the operator."""
    found: dict[str, _Code] = {}
    for kind in _concrete(LtiElosError):
        found.setdefault(kind.code, _Code(kind.status)).operator.append(kind.operator)
    return found


def _concrete(kind: type[LtiElosError]) -> Iterator[type[LtiElosError]]:
    for child in kind.__subclasses__():
        # A test may define errors of its own.
        if child is Misconfigured or not child.__module__.startswith("lti_elos."):
            continue
        if "code" in vars(child):
            yield child
        yield from _concrete(child)


def errors_markdown() -> str:
    """The text of docs/errors.md."""
    parts = [_HEAD]
    for code, meaning in codes().items():
        parts.append(f"## {code} ({meaning.status})\n")
        parts.append(f"{'; '.join(dict.fromkeys(meaning.operator))}.\n")
        if code in WITH_TEACHERS_TEXT:
            parts += ["Students read:\n", _table(code, "student"), "Teachers read:\n", _table(code, "teacher")]
        else:
            parts.append(_table(code, "student"))
    return "\n".join(parts)


def _table(code: str, audience: Audience) -> str:
    rows = ["| | message | what to do | why |", "|---|---|---|---|"]
    for locale, language in _LANGUAGES.items():
        text = text_for(code, audience=audience, translate=_translator(locale))
        rows.append(f"| {language} | {' | '.join(_cell(text))} |")
    return "\n".join(rows) + "\n"


def _cell(text: ErrorText) -> tuple[str, str, str]:
    return text.message, text.suggestion, text.explanation


def _translator(locale: str) -> Callable[[str], str]:
    if locale == "en":
        return str
    catalogue = Translations.load(_TRANSLATIONS, [locale])
    return lambda source: str(catalogue.gettext(source))
