"""How each product names people, courses and activities.

Stable over restarts: the tool remembers people and rooms by them. On Moodle they are plain row numbers, so two
kinds of thing, and two platforms, share them.
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from lti_elos.demo.lms.platforms import Platform, Product
from lti_elos.demo.lms.school import Course, Group, Person, ResourceLink


def user_id(platform: Platform, person: Person) -> str:
    """``sub``."""
    match platform.slug:
        case Product.MOODLE:
            return str(person.number)
        case Product.CANVAS | Product.OPEN_EDX | Product.SAKAI:
            return platform.stable_uuid("user", person.number)
        case Product.BLACKBOARD:
            return _undashed(platform, "user", person.number)
        case Product.BRIGHTSPACE:
            return f"{platform.guid}_{person.number}"


def login_hint(platform: Platform, person: Person) -> str:
    """Opaque to the tool. On Canvas it is the old LTI 1.1 id, another than ``sub``; on Blackboard an address as well,
    already encoded once [a captured request]. On Sakai it belongs to the launch, not to the person (:mod:`.logins`)."""
    match platform.slug:
        case Product.CANVAS:
            return legacy_id(platform, "user", person.number)
        case Product.BLACKBOARD:
            place = quote(f"{platform.issuer}/launchPlacement?cmd=authenticate", safe="")
            return f"{place},{user_id(platform, person)},{_undashed(platform, 'session', person.number)}"
        case _:
            return user_id(platform, person)


def course_id(platform: Platform, course: Course) -> str:
    match platform.slug:
        case Product.CANVAS:
            return legacy_id(platform, "course", course.number)
        case Product.OPEN_EDX:
            return f"course-v1:{_run(course)}"
        case Product.BLACKBOARD:
            return _undashed(platform, "course", course.number)
        case Product.SAKAI:
            return platform.stable_uuid("course", course.number)
        case _:
            return str(course.number)


def link_id(platform: Platform, course: Course, link: ResourceLink) -> str:
    """On Open edX the usage key of the block, which names its course too."""
    match platform.slug:
        case Product.MOODLE:
            return str(link.number)
        case Product.OPEN_EDX:
            block = _undashed(platform, "link", link.number)
            return f"block-v1:{_run(course)}+type@lti_consumer+block@{block}"
        case Product.BLACKBOARD:
            return f"_{link.number}_1"
        case Product.SAKAI:
            return f"content:{link.number}"
        case _:
            return platform.stable_uuid("link", link.number)


def group_context_id(platform: Platform, group: Group) -> str:
    """Canvas's opaque id of a group, as of any context. Its row number is another thing, and another variable's."""
    return legacy_id(platform, "group", group.number)


def legacy_id(platform: Platform, kind: str, number: int) -> str:
    """Forty hexadecimal digits, as Canvas has them."""
    return hashlib.sha256(f"{platform.issuer}/{kind}/{number}".encode()).hexdigest()[:40]


def _undashed(platform: Platform, kind: str, number: int) -> str:
    return platform.stable_uuid(kind, number).replace("-", "")


def _run(course: Course) -> str:
    """Organisation, course and run, as Open edX's keys have them."""
    return f"UniversidadeExemplo+{course.id.upper()}+2026_1"
