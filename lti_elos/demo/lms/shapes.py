"""Where the products' id_tokens differ: one function each.

Moodle's is checked against captured launches (tests/demo/test_lms_moodle_shape.py). Canvas's follows its
lib/lti/messages and published tokens, Brightspace's its documentation and what tools read of it, Open edX's its
lti_consumer block, Blackboard's the sample token of its documentation, Sakai's its SakaiLTIUtil. The claims of
services (AGS, NRPS, Moodle's ``…_url`` custom parameters) are absent: these platforms offer no services.
"""

from __future__ import annotations

from typing import Any, Protocol

from lti_elos.demo.lms import ids
from lti_elos.demo.lms.launches import Launch, Opening
from lti_elos.demo.lms.platforms import Platform, Product
from lti_elos.demo.lms.school import Person, School

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
_OFFERING = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
_HOUR_S = 3600


class Shape(Protocol):
    def __call__(
        self, school: School, platform: Platform, launch: Launch, *, now: int, return_url: str
    ) -> dict[str, Any]: ...


def moodle(school: School, platform: Platform, launch: Launch, *, now: int, return_url: str) -> dict[str, Any]:
    person = launch.person
    ext = {"user_username": person.id, "lms": "moodle-2"}
    if not person.shares_names:
        del ext["user_username"]
    return {
        "iat": now,
        "exp": now + 60,
        f"{LTI}lis": {
            "person_sourcedid": "" if person.is_admin else _sis(person),
            "course_section_sourcedid": f"SIS-{launch.course.id.upper()}",
        },
        f"{LTI}context": {
            "id": ids.course_id(platform, launch.course),
            "label": launch.course.label,
            "title": launch.course.title,
            "type": ["CourseSection"],
        },
        f"{LTI}resource_link": {
            "title": launch.link.title,
            "description": launch.link.description,
            "id": ids.link_id(platform, launch.course, launch.link),
        },
        **(_names(person) if person.shares_names else {}),
        f"{LTI}ext": ext,
        f"{LTI}launch_presentation": {
            # Moodle names languages its own way.
            "locale": launch.locale.replace("-", "_").lower(),
            "document_target": _TARGETS[launch.opening],
            "return_url": return_url,
        },
        f"{LTI}tool_platform": {
            "product_family_code": "moodle",
            "version": "2024100706",
            "guid": platform.guid.replace("-", ""),
            "name": school.name,
            "description": school.name,
        },
    }


def canvas(school: School, platform: Platform, launch: Launch, *, now: int, return_url: str) -> dict[str, Any]:
    person = launch.person
    legacy_id = ids.legacy_id(platform, "user", person.number)
    claims = {
        "iat": now,
        "exp": now + _HOUR_S,
        "azp": platform.client_id,
        "locale": launch.locale,
        "errors": {"errors": {}},
        f"{LTI}lti11_legacy_user_id": legacy_id,
        f"{LTI}lti1p1": _rails({"user_id": legacy_id}),
        f"{LTI}context": _rails(
            {
                "id": ids.course_id(platform, launch.course),
                "label": launch.course.label,
                "title": launch.course.title,
                "type": [_OFFERING],
            }
        ),
        f"{LTI}resource_link": _rails(
            {
                "id": ids.link_id(platform, launch.course, launch.link),
                "title": launch.link.title,
                "description": launch.link.description or None,
            }
        ),
        f"{LTI}lis": _rails(
            {
                "person_sourcedid": _sis(person) if person.shares_names else None,
                "course_offering_sourcedid": launch.course.id if person.shares_names else None,
            }
        ),
        f"{LTI}launch_presentation": _rails(
            {
                "document_target": "iframe",  # whatever it is
                "height": None,
                "width": None,
                "return_url": return_url,
                "locale": launch.locale,
            }
        ),
        f"{LTI}tool_platform": _rails(
            {
                "guid": f"{platform.guid}:canvas-lms",
                "name": school.name,
                "version": "cloud",
                "product_family_code": "canvas",
            }
        ),
        "https://www.instructure.com/placement": "link_selection",
    }
    if person.shares_names:
        claims |= _names(person)
    if person.observes:
        observed = [ids.user_id(platform, school.person(one)) for one in person.observes]
        claims[f"{LTI}role_scope_mentor"] = observed
    return claims


def brightspace(school: School, platform: Platform, launch: Launch, *, now: int, return_url: str) -> dict[str, Any]:
    person = launch.person
    return {
        "iat": now,
        "nbf": now - 30 * 60,
        "exp": now + _HOUR_S,
        **(_names(person) if person.shares_names else {"email": ""}),
        f"{LTI}context": {
            "id": ids.course_id(platform, launch.course),
            "label": launch.course.label,
            "title": launch.course.title,
            "type": [_OFFERING],
        },
        f"{LTI}resource_link": {"id": ids.link_id(platform, launch.course, launch.link), "title": launch.link.title},
        f"{LTI}lis": {"course_section_sourcedid": launch.course.id, "course_offering_sourcedid": launch.course.id},
        f"{LTI}launch_presentation": {
            "locale": launch.locale,
            "document_target": _TARGETS[launch.opening],
            "return_url": return_url,
        },
        f"{LTI}tool_platform": {
            "guid": platform.guid,
            "name": school.name,
            "product_family_code": "desire2learn",
        },
        "http://www.brightspace.com": {
            "tenant_id": platform.guid,
            "org_defined_id": _sis(person),
            "user_id": person.number,
            "username": person.id,
        },
    }


def openedx(
    school: School,
    platform: Platform,
    launch: Launch,
    *,
    now: int,
    return_url: str,  # noqa: ARG001 - it sends none
) -> dict[str, Any]:
    """Neither a platform's name, nor the activity's, nor a language, nor a way back."""
    person, course_key = launch.person, ids.course_id(platform, launch.course)
    claims = {
        "iat": now,
        "exp": now + _HOUR_S,
        "azp": platform.client_id,
        f"{LTI}context": {
            "id": course_key,
            "type": [_OFFERING],
            "title": f"{launch.course.title} - {school.name}",
            "label": course_key,
        },
        f"{LTI}resource_link": {"id": ids.link_id(platform, launch.course, launch.link)},
        f"{LTI}launch_presentation": {"document_target": "iframe"},  # whatever it is
    }
    if launch.course.may_share_names and person.shares_names:
        claims |= {"name": person.name, "email": person.email, "preferred_username": person.id}
    return claims


def blackboard(school: School, platform: Platform, launch: Launch, *, now: int, return_url: str) -> dict[str, Any]:
    person = launch.person
    return {
        "iat": now,
        "exp": now + _HOUR_S,
        "locale": launch.locale,
        **(_names(person) if person.shares_names else {}),
        f"{LTI}context": {
            "id": ids.course_id(platform, launch.course),
            "label": launch.course.id,
            "title": launch.course.title,
            "type": [_OFFERING],
        },
        f"{LTI}resource_link": _present(
            {
                "id": ids.link_id(platform, launch.course, launch.link),
                "title": launch.link.title,
                "description": launch.link.description,
            }
        ),
        f"{LTI}lis": _present(
            {
                "person_sourcedid": person.id if person.shares_names else "",
                "course_section_sourcedid": launch.course.id,
            }
        ),
        # Where it is shown it does not say.
        f"{LTI}launch_presentation": {"return_url": return_url, "locale": launch.locale},
        f"{LTI}tool_platform": {
            "guid": platform.guid.replace("-", ""),
            "name": school.name,
            "description": school.name,
            "url": f"{platform.issuer}/",
            "contact_email": "suporte@example.test",
            "product_family_code": "BlackboardLearn",
            "version": "3900.93.0-rel.59+7d3ba1c",
        },
        "https://blackboard.com/webapps/foundations-connector/foundations-ids": {
            "site-id": platform.stable_uuid("site"),
            "tenant-id": platform.stable_uuid("tenant"),
        },
    }


def sakai(school: School, platform: Platform, launch: Launch, *, now: int, return_url: str) -> dict[str, Any]:
    """A course's label is its title; what it does not have it leaves out."""
    person = launch.person
    return {
        "iat": now,
        "exp": now + _HOUR_S,
        "locale": launch.locale.replace("-", "_"),
        **(_names(person) if person.shares_names else {}),
        f"{LTI}context": {
            "id": ids.course_id(platform, launch.course),
            "label": launch.course.title,
            "title": launch.course.title,
            "type": [_OFFERING],
        },
        f"{LTI}resource_link": _present(
            {
                "id": ids.link_id(platform, launch.course, launch.link),
                "title": launch.link.title,
                "description": launch.link.description,
            }
        ),
        f"{LTI}lis": {
            "person_sourcedid": person.id,
            "course_offering_sourcedid": launch.course.id,
            "course_section_sourcedid": launch.course.id,
            "version": ["1.0.0", "1.1.0"],
        },
        f"{LTI}launch_presentation": {"return_url": return_url},
        f"{LTI}tool_platform": {
            "guid": platform.guid,
            "name": "Sakai",
            "description": school.name,
            "url": platform.issuer,
            "product_family_code": "sakai",
            "version": "25.0",
        },
    }


OF: dict[Product, Shape] = {
    Product.MOODLE: moodle,
    Product.CANVAS: canvas,
    Product.BRIGHTSPACE: brightspace,
    Product.OPEN_EDX: openedx,
    Product.BLACKBOARD: blackboard,
    Product.SAKAI: sakai,
}

_TARGETS = {Opening.IFRAME: "iframe", Opening.WINDOW: "window", Opening.SAME: "frame"}


def _names(person: Person) -> dict[str, str]:
    return {
        "given_name": person.given,
        "family_name": person.family,
        "name": person.name,
        "email": person.email,
    }


def _sis(person: Person) -> str:
    return f"SIS-{person.id.upper()}"


def _present(claim: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in claim.items() if value}


def _rails(claim: dict[str, Any]) -> dict[str, Any]:
    """Canvas serialises whole model objects: each carries its validation state, and nulls stay."""
    return claim | {"validation_context": None, "errors": {"errors": {}}}
