"""Every error has its words, for its readers only; docs/errors.md holds the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from lti_elos.web.error_docs import codes, errors_markdown
from lti_elos.web.error_texts import CODES, FOR_ADMINS, WITH_TEACHERS_TEXT, Audience, fill, text_for
from tests.web.pages_app import make_app, speaking

ROOT = Path(__file__).resolve().parent.parent.parent
AUDIENCES: tuple[Audience, ...] = ("student", "teacher")
SLOTS = {"lms", "reason", "type", "n", "role", "found"}


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    assert set(CODES) == set(codes())
    assert set(WITH_TEACHERS_TEXT) <= set(CODES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_all_parts_are_there(code: str, audience: Audience) -> None:
    text = text_for(code, audience=audience, translate=str)

    assert text.message
    assert not text.message.endswith("."), "a message is a heading"
    assert text.suggestion.endswith(".")
    assert text.explanation.endswith(".")
    for part in (text.message, text.suggestion, text.explanation):
        assert set(re.findall(r"\{(\w+)\}", part)) <= SLOTS
        assert "!" not in part
        assert not part.startswith(("Teachers:", "Students:"))


@pytest.mark.parametrize("code", [code for code in CODES if code not in FOR_ADMINS])
def test_students_are_not_told_what_the_platform_answered(code: str) -> None:
    text = text_for(code, audience="student", translate=str)

    assert "{reason}" not in text.message + text.suggestion + text.explanation


def test_a_code_without_text_is_our_own_fault(app: Flask) -> None:
    with speaking(app, "en"):
        assert text_for("ELOS-NEVER-HEARD-OF", audience="student") == text_for("WEB-FAULT", audience="student")


def test_texts_come_in_the_page_s_language(app: Flask) -> None:
    with speaking(app, "pt_BR"):
        assert text_for("LTI-TOKEN-TIME", audience="student").message == "Este acesso passou da validade"
    with speaking(app, "es"):
        assert text_for("LTI-TOKEN-TIME", audience="student").message == "Este acceso venció"


@pytest.mark.parametrize(
    ("locale", "known", "unknown"),
    [
        ("en", "Moodle did not answer.", "Your course's platform did not answer."),
        ("pt_BR", "O Moodle não respondeu.", "O ambiente virtual do curso não respondeu."),
        ("es", "Moodle no respondió.", "La plataforma del curso no respondió."),
    ],
)
def test_an_unknown_lms_has_a_neutral_name(app: Flask, locale: str, known: str, unknown: str) -> None:
    with speaking(app, locale):
        text = text_for("LTI-KEYS-UNREACHABLE", audience="student").explanation
        assert fill(text, {"lms": "Moodle"}) == known
        assert fill(text, {"lms": ""}) == unknown
        assert fill(text, {}) == unknown


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        ("Wait {n} seconds. Then go on.", {"n": "10"}, "Wait 10 seconds. Then go on."),
        ("Wait {n} seconds. Then go on.", {}, "Then go on."),
        ("{lms} answered: {reason}.", {"lms": "Canvas", "reason": "No. Not you."}, "Canvas answered: No. Not you."),
        ("{lms} answered: {reason}.", {"lms": "Canvas"}, ""),
        ("It was {reason}", {"reason": "x" * 500}, "It was " + "x" * 200),
        ("Says {reason}.", {"reason": "{lms} %(n)s <b>"}, "Says {lms} %(n)s <b>."),
        ("Your role is {role}.", {"role": "student"}, "Your role is student."),
        ("Your role is {role}.", {"role": "other"}, ""),
        ("Your role is {role}.", {"role": "nonsense"}, ""),
        ("", {}, ""),
    ],
)
def test_slots_are_filled_safely(app: Flask, text: str, values: dict[str, str], filled: str) -> None:
    with speaking(app, "en"):
        assert fill(text, values) == filled


def test_the_manual_is_current() -> None:
    written = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")

    assert written == errors_markdown(), "run: make docs"
