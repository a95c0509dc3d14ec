"""Catalogues: complete, with the same slots, compiled, and holding the sentences that the code has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
TRANSLATIONS = ROOT / "lti_elos" / "translations"
LANGUAGES = ("pt_BR", "es")
SAME_IN_ALL = {"Tokens", "Cookies"}
SAME_IN = {"es": {"Error: %(message)s", "No", "Roles", "no", "video"}, "pt_BR": {"E-mail", "Links"}}

_SLOT = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def catalogue(language: str) -> Catalog:
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def extracted() -> Iterator[str | tuple[str, ...]]:
    methods = [
        ("lti_elos/web/**.py", "python"),
        ("lti_elos/services/doctor/**.py", "python"),
        ("lti_elos/services/recording_mails.py", "python"),
        ("templates/**.html", "jinja2"),
    ]
    options = {
        "templates/**.html": {
            "encoding": "utf-8",
            "trim_blocks": "true",
            "lstrip_blocks": "true",
            "newstyle_gettext": "true",
        }
    }
    keywords = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2)}
    for folder in ("lti_elos/web", "lti_elos/services", "templates"):
        found = extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods],
            options_map={pattern.removeprefix(f"{folder}/"): one for pattern, one in options.items()},
            keywords=keywords,
        )
        for _, _, text, _, _ in found:
            yield text if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    empty = [m.id for m in messages(language) if not m.string or not all(forms(m.string))]
    fuzzy = [m.id for m in messages(language) if m.fuzzy]

    assert empty == []
    assert fuzzy == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_what_the_code_says(language: str) -> None:
    held = {forms(message.id) for message in messages(language)}
    said = {forms(text) for text in extracted()}

    assert said - held == set(), "run: tools/translations.sh"
    assert held - said == set(), "run: tools/translations.sh"


@pytest.mark.parametrize("language", LANGUAGES)
def test_slots_are_the_same(language: str) -> None:
    for message in messages(language):
        expected = sorted(set(_SLOT.findall(forms(message.id)[-1])))
        for form in forms(message.string):
            assert sorted(set(_SLOT.findall(form))) == expected, message.id


def has_words(text: str) -> bool:
    """Not a command, nor anything but slots."""
    return not text.startswith("lti-elos ") and any(letter.isalpha() for letter in _SLOT.sub("", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    allowed = SAME_IN_ALL | SAME_IN[language]
    same = [m.id for m in messages(language) if forms(m.id) == forms(m.string) and m.id not in allowed]
    same = [text for text in same if has_words(forms(text)[0])]

    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_alike(language: str) -> None:
    """A heading stays a heading, a sentence a sentence."""
    for message in messages(language):
        for source, form in zip(forms(message.id), forms(message.string), strict=True):
            assert form.endswith((".", "…", "?")) == source.endswith((".", "…", "?")), message.id
            assert "!" not in form
            assert form == form.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_current(language: str) -> None:
    made = BytesIO()
    write_mo(made, catalogue(language))

    compiled = (TRANSLATIONS / language / "LC_MESSAGES" / "messages.mo").read_bytes()
    assert compiled == made.getvalue(), "run: tools/translations.sh"
