"""Write what is made from code: configs/default.toml, docs/errors.md and docs/setup.

``python -m tools.make_docs`` writes them; ``--check`` names the stale ones and exits 1. ``make docs`` does the first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from lti_elos.settings import default_toml
from lti_elos.web.error_docs import errors_markdown
from lti_elos.web.setup_docs import guide_markdown
from lti_elos.web.setup_guides import GUIDES

ROOT = Path(__file__).resolve().parent.parent
MADE: dict[str, Callable[[], str]] = {
    "configs/default.toml": default_toml,
    "docs/errors.md": errors_markdown,
    **{f"docs/setup/{key}.md": partial(guide_markdown, key) for key in GUIDES},
}


def stale(root: Path = ROOT) -> list[str]:
    """The files that are missing or differ from what the code says."""
    return [name for name, make in MADE.items() if _text(root / name) != make()]


def write(root: Path = ROOT) -> list[str]:
    """Bring the stale files up to date. Gives their names."""
    names = stale(root)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(MADE[name](), encoding="utf-8")
    return names


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the stale files")
    if parser.parse_args(argv).check:
        for name in (names := stale()):
            sys.stderr.write(f"{name} is stale: make docs\n")
        return 1 if names else 0
    for name in write():
        sys.stdout.write(f"{name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
