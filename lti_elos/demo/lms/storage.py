"""Platform storage: what each product keeps for tools in the browser, by LTI's client-side messages.

Tools put a value at the login and get it back at the launch, in place of a cookie. The scripts that answer are in
static/storage. Sources: reference/lti.md 2, and published code: Brightspace's lti-postmessage-api and lti-storage,
Blackboard's lticapabilities and a captured login, Sakai's portal listener and SakaiLTIUtil, Canvas's platform_storage.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from lti_elos.demo.lms.launches import Launch, Opening, StorageSwitch
from lti_elos.demo.lms.platforms import Platform, Product

_NEW, _OLD = "lti.", "org.imsglobal.lti."


@dataclass(frozen=True, slots=True)
class Storage:
    target: str
    """``lti_storage_target``: the frame that answers, beside the tool's, or ``_parent``."""
    prefixes: tuple[str, ...]
    """Of the subjects it understands."""
    unknown: str
    """How it answers for a key it does not have: ``null``, ``error`` (with a code), or ``text`` (a bare string)."""
    limit: int = 4096
    """How many characters a tool may put, keys and values together."""
    lasts: bool = False
    """Kept by the browser. Else gone with the page."""
    repeated: bool = False
    """Said with the authentication response as well."""
    always: bool = False
    """Said even where nobody will answer, since the tool is not in the page's frame."""

    @property
    def frame(self) -> str:
        """The name of the frame that keeps things; "" where the course's page does."""
        return "" if self.target.startswith("_") else self.target

    def told(self, switch: StorageSwitch) -> str:
        """What the scripts must know."""
        return json.dumps(
            {
                "prefixes": self.prefixes,
                "frame": self.frame,
                "unknown": self.unknown,
                "limit": self.limit,
                "lasts": self.lasts,
                "switch": switch,
            }
        )


STORAGES = {
    Product.CANVAS: Storage("post_message_forwarding", (_NEW,), unknown="null", lasts=True, repeated=True),
    Product.BRIGHTSPACE: Storage("_parent", (_OLD,), unknown="error"),
    Product.BLACKBOARD: Storage("lti_storage_frame", (_NEW,), unknown="null"),
    Product.SAKAI: Storage("_parent", (_NEW, _OLD), unknown="text", limit=300_000, repeated=True, always=True),
}
"""Moodle and Open edX have none."""


def announced(platform: Platform, launch: Launch) -> Storage | None:
    """The storage that the platform tells the tool of."""
    storage = STORAGES.get(platform.slug)
    return (
        storage if storage and storage.always and launch.storage is not StorageSwitch.OFF else in_page(platform, launch)
    )


def in_page(platform: Platform, launch: Launch) -> Storage | None:
    """The storage in the course's page, for an activity in its frame."""
    if launch.opening is not Opening.IFRAME or launch.storage is StorageSwitch.OFF:
        return None
    return STORAGES.get(platform.slug)
