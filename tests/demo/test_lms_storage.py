"""What the platforms say of their storage, and what is on their pages for it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from lxml import html

from tests.demo.lms_support import SLUGS, Platforms, running

TARGETS = {
    "canvas": "post_message_forwarding",
    "brightspace": "_parent",
    "blackboard": "lti_storage_frame",
    "sakai": "_parent",
}
FRAMES = {slug: target for slug, target in TARGETS.items() if target != "_parent"}
REPEAT = ("canvas", "sakai")
TARGET = "lti_storage_target"


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.mark.parametrize("slug", SLUGS)
def test_the_login_says_where_things_are_kept_and_some_say_it_again_at_the_launch(lms: Platforms, slug: str) -> None:
    login = lms.start(slug)
    fields = lms.form(lms.ask(slug, login)).fields

    assert login.get(TARGET) == TARGETS.get(slug)
    assert fields.get(TARGET) == (TARGETS[slug] if slug in REPEAT else None)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("opening", ["window", "same"])
def test_outside_the_page_nothing_is_announced_except_by_sakai_which_always_does(
    lms: Platforms, slug: str, opening: str
) -> None:
    login = lms.start(slug, open=opening)

    assert login.get(TARGET) == ("_parent" if slug == "sakai" else None)
    assert (TARGET in lms.form(lms.ask(slug, login)).fields) == (slug == "sakai")
    assert not _page(lms, f"/{slug}/courses/mat101?open={opening}").xpath("//script[contains(@src, 'storage')]")


@pytest.mark.parametrize("slug", SLUGS)
def test_it_can_be_switched_off(lms: Platforms, slug: str) -> None:
    login = lms.start(slug, storage="off")
    page = _page(lms, f"/{slug}/courses/mat101?storage=off")

    assert TARGET not in login
    assert TARGET not in lms.form(lms.ask(slug, login)).fields
    assert not page.xpath("//script[contains(@src, 'storage')] | //iframe[@data-testid='storage'] | //*[@data-storage]")


@pytest.mark.parametrize("slug", TARGETS)
@pytest.mark.parametrize("switch", ["silent", "refuses", "forgets", "wrong"])
def test_troubles_are_announced_like_a_storage_that_works(lms: Platforms, slug: str, switch: str) -> None:
    page = _page(lms, f"/{slug}/courses/mat101?storage={switch}")

    assert lms.start(slug, storage=switch)[TARGET] == TARGETS[slug]
    assert f"storage={switch}" in page.xpath(f"string(//iframe[@data-testid='activity']/{_address(switch)})")
    assert all(f"storage={switch}" in one for one in page.xpath("//aside//li/a/@href"))
    assert [one.get("name") for one in page.xpath("//iframe[@hidden]")] == ([FRAMES[slug]] if slug in FRAMES else [])
    assert bool(page.xpath("//script[@type='module']")) == (switch != "silent")


@pytest.mark.parametrize("slug", SLUGS)
def test_the_page_has_what_its_product_needs_and_the_rest_nothing(lms: Platforms, slug: str) -> None:
    page = _page(lms, f"/{slug}/courses/mat101")

    frames = page.xpath("//iframe[@hidden]")
    assert [one.get("name") for one in frames] == ([FRAMES[slug]] if slug in FRAMES else [])
    assert bool(page.xpath("//script[@type='module']")) == (slug in TARGETS)
    for frame in frames:
        inside = _page(lms, frame.get("data-src"))
        assert json.loads(inside.xpath("string(//body/@data-storage)"))["frame"] == FRAMES[slug]
    for address in page.xpath("//script/@src"):
        assert lms.session.get(lms.url + address, timeout=5).headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("slug", TARGETS)
def test_the_way_back_leads_to_the_same_page(lms: Platforms, slug: str) -> None:
    presented = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"

    assert "storage" not in lms.claims(slug)[presented]["return_url"]
    assert "storage=wrong" in lms.claims(slug, storage="wrong")[presented]["return_url"]


def _address(switch: str) -> str:
    """Frames have none before the script that answers is there; a silent storage has no script."""
    return "@src" if switch == "silent" else "@data-src"


def _page(lms: Platforms, path: str) -> Any:
    answer = lms.session.get(lms.url + path, timeout=5)
    assert answer.status_code == 200
    return cast(Any, html.fromstring(answer.content))
