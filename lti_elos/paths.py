"""Where the files that travel with the package are, from a checkout and from an installed wheel alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent


def shipped_dir(name: Literal["templates", "configs"]) -> Path:
    """The folder of templates or configs.

    In a wheel they stand inside the package (``_shipped/``, put there by hatchling's force-include); in a checkout at
    the top of the repository.
    """
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
