"""What the pages load: ours alone, small, and without a memory in the browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.make_icons import SPRITE, sprite

STATIC = SPRITE.parent
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
TEMPLATES = sorted((STATIC.parent.parent.parent / "templates").rglob("*.html"))


def test_the_sprite_holds_the_icons_in_use() -> None:
    assert SPRITE.read_text(encoding="utf-8") == sprite(), "run: python tools/make_icons.py"
    assert SPRITE.stat().st_size < 40_000


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_keep_nothing_and_run_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    for word in ("localStorage", "sessionStorage", "document.cookie", "innerHTML", "eval(", "new Function"):
        assert word not in text
    assert not re.search(r"https?://", text)


def test_every_script_is_used_and_every_used_one_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*TEMPLATES, *SCRIPTS)]
    loaded = {name for text in texts for name in re.findall(r"js/(\w+\.js)'|from \"\./(\w+\.js)\"", text)}

    assert {one or two for one, two in loaded} == {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_stylesheets_load_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert "url(" not in text
    assert "@import" not in text


def test_only_the_page_that_holds_the_meeting_is_as_tall_as_its_window() -> None:
    tall = [path.name for path in STATIC.glob("*.css") if re.search(r"\b\d+d?vh\b", path.read_text(encoding="utf-8"))]

    assert tall == ["embed.css"], "in a grown frame there is no window height to speak of"
