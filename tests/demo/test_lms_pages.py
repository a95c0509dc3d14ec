"""The pages of the LMS as they are sent: frames, policies, languages, refusals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from lxml import html

from lti_elos.demo.lms.words import WORDS
from tests.demo.lms_support import SLUGS, TOOL, Platforms, running

PATHS = (
    "/",
    "/moodle/courses/mat101",
    "/canvas/courses/his210",
    "/brightspace/launch?course=mat101",
    "/nobody/jwks",
    "/openedx/units/mat101",
    "/sakai/courses/mat101",
    "/blackboard/storage",
)


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


BLOCK = "microphone *; camera *; midi *; geolocation *; encrypted-media *"
ALLOWS = {
    "moodle": "; ".join(
        f"{one} {TOOL}" for one in ("microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay")
    ),
    "canvas": "geolocation *; microphone *; camera *; midi *; encrypted-media *; autoplay *; clipboard-write *; "
    "display-capture *",
    "brightspace": "microphone *; camera *; autoplay *; display-capture *",
    "openedx": BLOCK,
    "blackboard": "camera *; microphone *; display-capture *",
    "sakai": "camera; fullscreen; microphone; local-network-access *",
}


@pytest.mark.parametrize("slug", SLUGS)
def test_the_activity_is_framed_as_the_product_frames_it(lms: Platforms, slug: str) -> None:
    frame = _page(lms, f"/{slug}/{'units' if slug == 'openedx' else 'courses'}/mat101").frame()

    assert frame.get("data-testid") == "activity"
    assert frame.get("allow") == ALLOWS[slug]
    assert (frame.get("src") or frame.get("data-src")).startswith(f"/{slug}/launch?")
    assert ("allowfullscreen" in frame.attrib) == (slug != "brightspace")
    assert ("data-resizes" in frame.attrib) == (slug in ("canvas", "brightspace", "sakai"))
    assert "sandbox" not in frame.attrib


def test_open_edx_puts_a_page_of_its_own_between_the_course_and_the_tool(lms: Platforms) -> None:
    outer = _page(lms, "/openedx/courses/mat101?as=student-2&resource=office-hours&locale=es").frame()

    assert outer.get("data-testid") == "unit"
    assert outer.get("allow") == f"{BLOCK}; clipboard-write *; autoplay *"
    assert "allowfullscreen" in outer.attrib
    inner = _page(lms, outer.get("src")).frame()
    assert inner.get("src").startswith("/openedx/launch?course=mat101&as=student-2&resource=office-hours&")
    assert _page(lms, outer.get("src")).tree.get("lang") == "es"


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(("opening", "target"), [("window", "_blank"), ("same", None)])
def test_an_activity_outside_the_page_is_a_link(lms: Platforms, slug: str, opening: str, target: str | None) -> None:
    page = _page(lms, f"/{slug}/courses/mat101?open={opening}")

    (link,) = page.tree.xpath("//a[@data-testid='open-activity']")
    assert link.get("target") == target
    assert f"open={opening}" in link.get("href")
    assert not page.tree.xpath("//iframe")


def test_a_course_page_says_who_acts_and_offers_everyone_else_of_the_course(lms: Platforms) -> None:
    page = _page(lms, "/canvas/courses/his210?as=student-2&open=window")

    assert page.tree.xpath("string(//*[@data-testid='acting-as'])") == "Estudante de nome em árabe"
    others = [one for one in page.tree.xpath("//a/@href") if "as=teacher-2" in one]
    assert others
    assert all("open=window" in one for one in others)
    assert "as=teacher-1" not in page.text


@pytest.mark.parametrize("path", PATHS)
def test_pages_let_the_tool_in_and_run_nothing_inline(lms: Platforms, path: str) -> None:
    answer = lms.session.get(lms.url + path, timeout=5)
    policy = answer.headers["Content-Security-Policy"]

    assert f"frame-src 'self' {TOOL};" in policy
    assert f"form-action 'self' {TOOL};" in policy
    assert "unsafe" not in policy
    tree = cast(Any, html.fromstring(answer.content))
    assert not tree.xpath("//script[not(@src)] | //style | //@style | //@onclick | //@onload")


@pytest.mark.parametrize("locale", ["pt-BR", "en", "es"])
def test_pages_speak_the_asked_language(lms: Platforms, locale: str) -> None:
    for path in ("/", "/moodle/courses/mat101"):
        assert f'<html lang="{locale}">' in lms.get(path, locale=locale).text


def test_every_sentence_is_in_every_language() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    assert all(text for words in WORDS.values() for text in words.values())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/schoology/courses/mat101", 404),
        ("/canvas/courses/mat101?storage=full", 404),
        ("/canvas/storage?storage=full", 404),
        ("/sakai/storage", 404),
        ("/moodle/storage", 404),
        ("/moodle/courses/none", 404),
        ("/moodle/courses/mat101?as=nobody", 404),
        ("/moodle/courses/mat101?open=lightbox", 404),
        ("/moodle/courses/mat101?resource=none", 404),
        ("/moodle/courses/mat101?locale=fr", 404),
        ("/moodle/courses/mat101?as=teacher-2", 403),
        ("/moodle/launch?course=mat101&as=teacher-2", 403),
        ("/moodle/units/mat101", 404),
        ("/openedx/units/mat101?as=teacher-2", 403),
        ("/open?lms=moodle&who=mat101", 200),
        ("/open", 404),
    ],
)
def test_what_is_not_in_the_school_is_refused(lms: Platforms, path: str, status: int) -> None:
    assert lms.session.get(lms.url + path, timeout=5).status_code == status


class _Page:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = cast(Any, html.fromstring(text))

    def frame(self) -> Any:
        (frame,) = self.tree.xpath("//iframe[not(@hidden)]")
        return frame


def _page(lms: Platforms, path: str) -> _Page:
    answer = lms.session.get(lms.url + path, timeout=5)
    assert answer.status_code == 200
    return _Page(answer.text)
