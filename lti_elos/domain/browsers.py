"""What a login may expect of the browser that brings it (DESIGN "Launch" 2; measured: three engines, two sites).

Chromium keeps a cookie that is set in a frame when it is partitioned, Firefox keeps any; WebKit (Safari, and every
browser of iOS) keeps none, and at times says otherwise. At top level all keep them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_CHROMIUM = re.compile(r"Chrom(?:e|ium)/")
_FRAMES = ("iframe", "frame", "embed", "object")
_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("Safari/", "Safari"),
)
"""By what only they write into User-Agent: most say "Chrome" or "Safari" too, so these come last."""


class Way(StrEnum):
    """How a login goes on."""

    GO = "go"
    """To the platform: the cookie that binds the launch will be there."""
    CHECK = "check"
    """Not known yet: set a cookie, and come again in the same frame."""
    STORE = "store"
    """To the platform, with the secret in its storage."""
    WINDOW = "window"
    """The person opens a window, where cookies stick."""


class CookieWay(StrEnum):
    """How the browser of a launch was shown to be the one that began the login."""

    PARTITIONED = "partitioned"
    """By a cookie, in a frame of another site."""
    STORAGE = "storage"
    """By the platform's storage."""
    WINDOW = "window"
    """By a cookie, in a tab or window of its own."""
    NONE = "none"
    """Not at all: refused."""
    UNKNOWN = ""
    """By a cookie, in a browser that does not say whether it is in a frame."""


class Checked(StrEnum):
    """What our own small page adds to the login that it sends again, in the field ``checked``."""

    NO = ""
    FRAMED = "1"
    TOP = "top"
    """There is no frame around: browsers without ``Sec-Fetch-Dest`` need to be looked at by script."""
    SILENT = "silent"
    """The platform did not take the secret into its storage."""

    @classmethod
    def of(cls, text: str) -> Checked:
        """Anything that we do not write ourselves counts as seen in a frame, or we would check for ever."""
        return cls(text) if text in set(cls) else cls.FRAMED


@dataclass(frozen=True, slots=True)
class Client:
    """The browser of one request, as its headers show it."""

    fetch_dest: str
    """``Sec-Fetch-Dest``; "" from browsers that do not send it (Safari before 16.4), and from programs."""
    user_agent: str

    @property
    def is_webkit(self) -> bool:
        return "AppleWebKit/" in self.user_agent and not _CHROMIUM.search(self.user_agent)

    @property
    def is_top(self) -> bool:
        """Known to be no frame."""
        return self.fetch_dest == "document"

    @property
    def is_framed(self) -> bool:
        """Known to be in a frame."""
        return self.fetch_dest in _FRAMES

    @property
    def cookie_way(self) -> CookieWay:
        """Of a launch that a cookie bound."""
        if self.is_framed:
            return CookieWay.PARTITIONED
        return CookieWay.WINDOW if self.is_top else CookieWay.UNKNOWN

    @property
    def family(self) -> str:
        """The browser as people call it; "" for one that we do not know. Its version is nobody's business."""
        return next((name for mark, name in _FAMILIES if mark in self.user_agent), "")

    def way(self, *, has_session: bool, has_probe: bool, checked: Checked, has_storage: bool) -> Way:
        """How a login goes on.

        :param has_session: our session cookie came along.
        :param has_probe: the cookie that our small page sets came along.
        :param has_storage: the platform offers its storage to this login.
        """
        if self.is_top or checked is Checked.TOP or (not self.fetch_dest and not self.is_webkit):
            return Way.GO
        if (has_session or has_probe) and not self.is_webkit:
            return Way.GO
        if checked is Checked.NO:
            return Way.CHECK
        return Way.STORE if has_storage and checked is not Checked.SILENT else Way.WINDOW
