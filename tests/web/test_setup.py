"""The guides to connect an LMS by hand: every value on every page, in every language, and in docs/setup."""

from __future__ import annotations

import re
from html import unescape

import pytest

from lti_elos.services import by_hand
from lti_elos.web.setup import command_of, values_of
from lti_elos.web.setup_docs import EXAMPLE, guide_markdown
from lti_elos.web.setup_guides import CHECKS, GUIDES, Guide, Step
from tests.web.pages_app import LOCALES, guided, make_app

every_guide = pytest.mark.parametrize("family", GUIDES)
every_language = pytest.mark.parametrize("locale", LOCALES)

BASE = "https://rooms.example.test:8443"


@pytest.fixture(scope="module")
def app() -> object:
    return make_app()


def expected(guide: Guide, base_url: str = BASE, **texts: str) -> list[str]:
    """The values of a guide's fields, in their order."""
    texts = texts or {"name": "Sala ao vivo", "description": "A sala do curso"}
    values = values_of(by_hand.typed(base_url, guide.family, **texts))
    return [
        field.value.format(**values)
        for step in (*guide.steps, *guide.afterwards)
        for field in step.fields
        if field.value
    ]


def rendered(family: str, locale: str, base_url: str = BASE) -> str:
    return guided(family, base_url).render(make_app(), locale)


@every_guide
@every_language
def test_every_value_can_be_read_and_copied(family: str, locale: str) -> None:
    guide, page = GUIDES[family], rendered(family, locale)

    shown = [unescape(one) for one in re.findall(r'<code class="value">([^<]*)</code>', page)]
    copied = [unescape(one) for one in re.findall(r'data-copy="([^"]*)"', page)]

    assert shown == expected(guide)
    assert sorted(copied) == sorted([*shown, command_of(guide)])


@every_guide
@every_language
def test_every_command_is_there_as_it_is_typed(family: str, locale: str) -> None:
    page = unescape(rendered(family, locale))

    assert command_of(GUIDES[family]) in page
    assert all(f"<code>{one.option}</code>" in page for one in GUIDES[family].brings)


@every_guide
def test_what_a_platform_cannot_be_added_without_is_brought_or_known(family: str) -> None:
    guide = GUIDES[family]
    needed = {"--name", "--issuer", "--client-id", "--auth-login-url", "--auth-token-url", "--jwks-url"}
    options = {option for option, _ in guide.command}

    assert needed <= options
    assert {one.option for one in guide.brings} <= options


@every_guide
def test_every_guide_names_login_launch_and_keys_or_the_json_that_does(family: str) -> None:
    values = expected(GUIDES[family])

    if family == "canvas":
        assert f"{BASE}/lti/config/canvas.json" in values
        assert f"{BASE}/lti/launch" in values
    else:
        needed = {f"{BASE}/lti/login", f"{BASE}/lti/launch", f"{BASE}/lti/jwks.json"}
        assert needed <= {value.strip('["]') for value in values}


@every_guide
def test_sentences_have_what_fills_them_and_nothing_else(family: str) -> None:
    guide = GUIDES[family]
    steps: tuple[Step, ...] = (*guide.steps, *guide.afterwards, *guide.notes, *CHECKS)

    for step in steps:
        assert set(re.findall(r"\{(\w+)\}", step.text)) == set(step.slots), step.text


@every_guide
def test_the_manual_says_the_same(family: str) -> None:
    text = guide_markdown(family)
    guide = GUIDES[family]
    texts = {"name": "Elos live room", "description": "The live room and the recordings of the course"}

    for value in expected(guide, EXAMPLE, **texts):
        assert all(f"`{line}`" in text for line in value.split("\n"))
    assert command_of(guide) in text
    assert len(re.findall(r"^(?:\d\.|-) ", text, re.MULTILINE)) == sum(
        map(len, (guide.steps, guide.afterwards, CHECKS, guide.notes))
    ) + len(["what the codes mean"])


def test_an_lmss_words_are_in_the_language_in_which_they_are_known_and_else_marked_as_english() -> None:
    moodle, canvas = rendered("moodle", "pt_BR"), rendered("canvas", "pt_BR")

    assert '<b>URL da ferramenta</b> <span class="muted small" lang="en">(Tool URL)</span>' in moodle
    assert '<b lang="en">Redirect URIs</b>' in canvas
    assert 'lang="en">' not in rendered("canvas", "en").partition("<main")[2].partition("</main>")[0]


def test_a_guide_shows_which_one_it_is() -> None:
    page = rendered("sakai", "en")

    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == ["/docs/setup/sakai"]
    assert {f"/docs/setup/{family}" for family in GUIDES} <= set(re.findall(r'href="([^"]+)"', page))
