"""The activity's ``<iframe>`` as each product writes it, and the one around it where there are two.

Sources: reference/lti.md 2.6, reference/moodle.md 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lti_elos.demo.lms.platforms import Product


class Whom(StrEnum):
    """Who may use a feature in the frame."""

    EVERYONE = " *"
    TOOL = " {tool}"
    """The tool's registered origin alone: what the tool sends its own frame to gets nothing."""
    SRC = ""
    """The origin of the frame's ``src``, which is a page of the LMS: browsers that obey give the tool nothing."""


@dataclass(frozen=True, slots=True)
class Frame:
    features: tuple[str, ...]
    whom: Whom
    allows_fullscreen: bool
    resizes: bool
    """Listens to ``lti.frameResize``."""

    def allow(self, tool_origin: str) -> str:
        whom = self.whom.format(tool=tool_origin)
        return "; ".join(f"{one}{whom}" for one in self.features)


_BLOCK = ("microphone", "camera", "midi", "geolocation", "encrypted-media")

FRAMES = {
    Product.MOODLE: Frame(
        ("microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay"),
        whom=Whom.TOOL,
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
        whom=Whom.EVERYONE,
        allows_fullscreen=True,
        resizes=True,
    ),
    Product.BRIGHTSPACE: Frame(
        ("microphone", "camera", "autoplay", "display-capture"),
        whom=Whom.EVERYONE,
        allows_fullscreen=False,
        resizes=True,
    ),
    Product.OPEN_EDX: Frame(
        _BLOCK,
        whom=Whom.EVERYONE,
        allows_fullscreen=True,
        resizes=False,
    ),
    # As last reported. Full screen is not known; its lticapabilities script knows no lti.frameResize.
    Product.BLACKBOARD: Frame(
        ("camera", "microphone", "display-capture"),
        whom=Whom.EVERYONE,
        allows_fullscreen=True,
        resizes=False,
    ),
    # What it is installed with; a site can change it (browser.feature.allow).
    Product.SAKAI: Frame(
        ("camera", "fullscreen", "microphone", "local-network-access *"),
        whom=Whom.SRC,
        allows_fullscreen=True,
        resizes=True,
    ),
}

UNITS = {
    Product.OPEN_EDX: Frame(
        (*_BLOCK, "clipboard-write", "autoplay"),
        whom=Whom.EVERYONE,
        allows_fullscreen=True,
        resizes=False,
    ),
}
"""The frame of the course's page, where what it holds is a page of the LMS too, with the activity's frame in it."""
