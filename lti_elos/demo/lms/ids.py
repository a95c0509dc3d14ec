"""How each product names people, courses and activities.

Stable over restarts: the tool remembers people and rooms by them. On Moodle they are plain row numbers, so two
kinds of thing, and two platforms, share them.
"""

from __future__ import annotations

import hashlib

from lti_elos.demo.lms.platforms import Platform, Product
from lti_elos.demo.lms.school import Course, Person, ResourceLink


def user_id(platform: Platform, person: Person) -> str:
    """``sub``."""
    match platform.slug:
        case Product.MOODLE:
            return str(person.number)
        case Product.CANVAS:
            return platform.stable_uuid("user", person.number)
        case Product.BRIGHTSPACE:
            return f"{platform.guid}_{person.number}"


def login_hint(platform: Platform, person: Person) -> str:
    """Opaque to the tool; on Canvas it is the old LTI 1.1 id, another than ``sub``."""
    return legacy_id(platform, "user", person.number) if platform.slug is Product.CANVAS else user_id(platform, person)


def course_id(platform: Platform, course: Course) -> str:
    return legacy_id(platform, "course", course.number) if platform.slug is Product.CANVAS else str(course.number)


def link_id(platform: Platform, link: ResourceLink) -> str:
    return str(link.number) if platform.slug is Product.MOODLE else platform.stable_uuid("link", link.number)


def legacy_id(platform: Platform, kind: str, number: int) -> str:
    """Forty hexadecimal digits, as Canvas has them."""
    return hashlib.sha256(f"{platform.issuer}/{kind}/{number}".encode()).hexdigest()[:40]
