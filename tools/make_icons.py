"""Write the icon sprite: the symbols that the templates use, taken from Bootstrap-Flask's own 1.1 MB sprite.

Run it after using a new icon: ``python tools/make_icons.py``. A test compares the sprite with the templates.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Container
from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPRITE = ROOT / "lti_elos" / "web" / "static" / "icons.svg"

_CALL = re.compile(r"""\bicon(?:_name)? ?[(=]([^)}]*)""")
_STRING = re.compile(r"""["']([a-z0-9-]+)["']""")
_SYMBOL = re.compile(r'<symbol class="[^"]*" viewBox="(?P<box>[^"]+)" id="(?P<id>[^"]+)">(?P<body>.*?)</symbol>')


def used_icons(known: Container[str]) -> list[str]:
    """Names of the icons in the templates: ``icon("door-open")`` and ``icon_name="door-open"``, also in conditions."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    strings = {name for text in texts for call in _CALL.findall(text) for name in _STRING.findall(call)}
    return sorted(name for name in strings if name in known)


def sprite() -> str:
    """The sprite's text."""
    package = files("flask_bootstrap") / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
    symbols = {found["id"]: found for found in _SYMBOL.finditer(package.read_text(encoding="utf-8"))}
    lines = [
        f'<symbol id="{name}" viewBox="{symbols[name]["box"]}">{symbols[name]["body"]}</symbol>'
        for name in used_icons(symbols)
    ]
    credit = "<!-- Bootstrap Icons, MIT, The Bootstrap Authors. Made by tools/make_icons.py. -->"
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', credit, *lines, "</svg>", ""])


if __name__ == "__main__":
    SPRITE.write_text(sprite(), encoding="utf-8")
    sys.stdout.write(f"{SPRITE.relative_to(ROOT)}: {SPRITE.stat().st_size} bytes\n")
