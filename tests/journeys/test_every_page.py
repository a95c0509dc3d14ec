"""Every page in every state, in Chromium: axe at 1280 px in the light and at 390 in the dark, nothing sideways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import g
from playwright.sync_api import Browser, Error, Page

from lti_elos.demo.serving import ThreadedServer
from tests.web.pages_app import make_app, pages

PAGES = pages()
SPOKEN = ("pt_BR", "en", "es")


@pytest.fixture(scope="session")
def pages_url() -> Iterator[str]:
    app = make_app()

    def show(locale: str, name: str) -> str:
        g.locale = locale
        return PAGES[name].render(app, locale)

    app.add_url_rule("/page/<locale>/<name>", view_func=show)
    with ThreadedServer(app) as server:
        yield server.url


@pytest.fixture(scope="session")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(reduced_motion="reduce")
    context.route("**/js/checking.js*", lambda route: route.abort())  # its pages go on by themselves
    yield context.new_page()
    context.close()


def go(page: Page, url: str) -> None:
    """Some pages go on by themselves after a while: the one before may, just now."""
    try:
        page.goto(url)
    except Error as error:
        if "ERR_ABORTED" not in str(error):
            raise
        page.goto(url)


def faults(page: Page) -> list[str]:
    """Serious and critical faults, with where they are."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody(pages_url: str, page: Page, name: str) -> None:
    locale = SPOKEN[list(PAGES).index(name) % 3]  # the words are the same pages': each language gets its share
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    go(page, f"{pages_url}/page/{locale}/{name}")
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")  # what is shown after a while
    assert faults(page) == []

    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert faults(page) == []

    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
