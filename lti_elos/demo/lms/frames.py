"""The activity's ``<iframe>`` as each product writes it, and the one around it where there are two.

Sources: reference/lti.md 2.6, reference/moodle.md 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from lti_elos.demo.lms.platforms import Product


@dataclass(frozen=True, slots=True)
class Frame:
    features: tuple[str, ...]
    for_everyone: bool
    """``*`` behind each feature. Else the tool's registered origin alone: what the tool sends its own frame to gets
    nothing."""
    allows_fullscreen: bool
    resizes: bool
    """Listens to ``lti.frameResize``."""

    def allow(self, tool_origin: str) -> str:
        return "; ".join(f"{one} {'*' if self.for_everyone else tool_origin}" for one in self.features)


_BLOCK = ("microphone", "camera", "midi", "geolocation", "encrypted-media")

FRAMES = {
    Product.MOODLE: Frame(
        ("microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay"),
        for_everyone=False,
        allows_fullscreen=True,
        resizes=False,
    ),
    Product.CANVAS: Frame(
        (
            "geolocation",
            "microphone",
            "camera",
            "midi",
            "encrypted-media",
            "autoplay",
            "clipboard-write",
            "display-capture",
        ),
        for_everyone=True,
        allows_fullscreen=True,
        resizes=True,
    ),
    Product.BRIGHTSPACE: Frame(
        ("microphone", "camera", "autoplay", "display-capture"),
        for_everyone=True,
        allows_fullscreen=False,
        resizes=True,
    ),
    Product.OPEN_EDX: Frame(
        _BLOCK,
        for_everyone=True,
        allows_fullscreen=True,
        resizes=False,
    ),
}

UNITS = {
    Product.OPEN_EDX: Frame(
        (*_BLOCK, "clipboard-write", "autoplay"),
        for_everyone=True,
        allows_fullscreen=True,
        resizes=False,
    ),
}
"""The frame of the course's page, where what it holds is a page of the LMS too, with the activity's frame in it."""
