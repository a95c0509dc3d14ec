"""What the players of simulated recordings show: slides that are drawn, the same ones each time."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import sin
from textwrap import wrap
from typing import Literal

from lti_elos.demo.elos.recordings import Recording

Kind = Literal["title", "points", "curve", "bars", "board", "end"]
_MIDDLE: tuple[Kind, ...] = ("points", "curve", "bars", "board")
_COLOURS = (("#0b3a53", "#5cc8e8"), ("#3b2357", "#d7a6ff"), ("#123f2c", "#7fe0ae"), ("#51280f", "#ffc48a"))
"""Paper and ink of a recording's slides."""
_SIZES = 6


@dataclass(frozen=True, slots=True)
class Slide:
    """One picture of 1280 × 720, and when it comes."""

    number: int
    kind: Kind
    at: timedelta
    paper: str
    ink: str
    sizes: tuple[int, ...]
    """Of its lines or bars, in percent."""
    path: str
    """Of its curve."""
    lines: tuple[str, ...]
    """Of the title: text does not wrap in SVG."""


def slides_of(recording: Recording) -> tuple[Slide, ...]:
    """A title, some in between (longer recordings have more), and an end."""
    seed = zlib.crc32(recording.record_id.encode())
    minutes = max(1, int(recording.length.total_seconds() // 60))
    middle = [_MIDDLE[((seed >> 5) + n) % len(_MIDDLE)] for n in range(min(10, 2 + minutes // 15))]
    kinds: list[Kind] = ["title", *middle, "end"]
    paper, ink = _COLOURS[seed % len(_COLOURS)]
    weights = [1, *(3 + (seed >> n) % 5 for n in range(len(middle))), 1]
    begins = [0, *accumulate(weights)][:-1]
    return tuple(
        Slide(
            number=n + 1,
            kind=kind,
            at=recording.length * (begins[n] / sum(weights)),
            paper=paper,
            ink=ink,
            sizes=tuple(35 + (seed // (n + 2) + 37 * k * (n + 1)) % 60 for k in range(_SIZES)),
            path=_curve(seed + n),
            lines=tuple(wrap(recording.name, 34, max_lines=5, placeholder="…")) if kind == "title" else (),
        )
        for n, kind in enumerate(kinds)
    )


def _curve(seed: int) -> str:
    """Something like a function's graph, in 1000 × 400."""
    bend, height = 1 + seed % 4, 90 + seed % 90
    points = (
        f"{x} {200 - height * sin(bend * x / 160) * (1 - x / 1600) - 60 * sin(x / 90 + seed % 7):.0f}"
        for x in range(0, 1001, 20)
    )
    return "M" + " L".join(points)
