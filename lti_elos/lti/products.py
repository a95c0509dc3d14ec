"""LMS products: what we call them, and what they are known for. A plain table in place of ``if`` chains."""

from __future__ import annotations

_NAMES = {
    "moodle": "Moodle",
    "canvas": "Canvas",
    "desire2learn": "Brightspace",
    "brightspace": "Brightspace",
    "blackboardlearn": "Blackboard",
    "blackboard": "Blackboard",
    "sakai": "Sakai",
    "sakailms.org": "Sakai",
    "openedx": "Open edX",
    "schoology": "Schoology",
}

_ONE_USE_HINTS = {"moodle"}
"""Products whose lti_message_hint works once: the same login cannot be sent again (moodle.md 2)."""


def product_name(family: str, fallback: str = "") -> str:
    """What people call the LMS: "Moodle" for the family code "moodle"; else ``fallback``."""
    return _NAMES.get(family.lower().replace("_", "").replace(" ", ""), fallback)


def hints_work_once(family: str) -> bool:
    """Whether a login's hints are spent by the first authentication request."""
    return family.lower() in _ONE_USE_HINTS
