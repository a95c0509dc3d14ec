"""Substitution variables of custom parameters. What a product does not know it sends as it stands, ``$`` and all."""

from __future__ import annotations

from collections.abc import Mapping

from lti_elos.demo.lms import ids
from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.platforms import Platform, Product
from lti_elos.demo.lms.school import ResourceLink

ZONE = "America/Sao_Paulo"

_MY_GROUPS = {Product.MOODLE: "$Moodle.Person.userGroupIds", Product.CANVAS: "$Canvas.group.contextIds"}
"""The others have no variable for the groups of a person."""


def substituted(custom: Mapping[str, str], values: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: values.get(text, text) for name, text in custom.items()}


def link_custom(platform: Platform, link: ResourceLink) -> dict[str, str]:
    """The activity's own parameters, as somebody wrote them into this product."""
    groups = _MY_GROUPS.get(platform.slug) if link.tells_groups else None
    return {**link.custom, **({"group_ids": groups} if groups else {})}


def values_of(platform: Platform, launch: Launch) -> dict[str, str | None]:
    """Known variables without a value are empty. The user name comes even from those who withhold their names."""
    listed = {f"${one}" for one in LISTED.get(platform.slug, ())}
    common = {name: value for name, value in _common(platform, launch).items() if name in listed}
    return {**common, **_special(platform, launch)}


def _common(platform: Platform, launch: Launch) -> dict[str, str | None]:
    """Of the activity, there is null while content is selected [captured of Moodle]."""
    person, course, link = launch.person, launch.course, launch.link
    of_activity: dict[str, str | None] = {
        "$ResourceLink.id": ids.link_id(platform, course, link),
        "$ResourceLink.title": link.title,
        "$ResourceLink.description": link.description,
    }
    return {
        **(dict.fromkeys(of_activity) if launch.selects else of_activity),
        "$Context.id": ids.course_id(platform, course),
        "$Context.title": course.title,
        "$Context.label": course.label,
        "$CourseSection.title": course.title,
        "$CourseSection.label": course.label,
        "$CourseSection.sourcedId": f"SIS-{course.id.upper()}",
        "$User.id": ids.user_id(platform, person),
        "$Person.name.full": person.name,
        "$Person.name.given": person.given,
        "$Person.name.family": person.family,
        "$Person.email.primary": person.email,
    }


def _special(platform: Platform, launch: Launch) -> dict[str, str]:
    mine = launch.course.groups_of(launch.person)
    match platform.slug:
        case Product.MOODLE:
            return {
                # 99 is Moodle's way to say "the server's zone".
                "$Person.address.timezone": "99",
                "$Context.id.history": "",
                "$User.username": launch.person.id,
                "$Moodle.Person.userGroupIds": ",".join(str(one.number) for one in mine),
            }
        case Product.CANVAS:
            return {
                "$Person.address.timezone": ZONE,
                "$Message.locale": launch.locale,
                "$Context.id.history": "",
                "$ResourceLink.id.history": "",
                "$User.username": launch.person.id,
                "$Canvas.course.id": str(launch.course.number),
                # Two kinds of id, in Canvas too: the one cannot be found among the other.
                "$Canvas.group.contextIds": ",".join(ids.group_context_id(platform, one) for one in mine),
                "$com.instructure.Course.groupIds": ",".join(str(one.number) for one in launch.course.groups),
            }
        case Product.BRIGHTSPACE:
            return {"$Context.id.history": "", "$ResourceLink.id.history": "", "$User.username": launch.person.id}
        case Product.OPEN_EDX:
            return {}
        case Product.BLACKBOARD:
            # As in the vendor's sample, where the link's history stayed as it was written.
            return {"$Context.id.history": "", "$User.username": launch.person.id}
        case Product.SAKAI:
            # Its lti/docs/CUSTOM.md. Languages are written Java's way.
            return {
                "$Person.address.timezone": ZONE,
                "$Message.locale": launch.locale.replace("-", "_"),
                "$Context.id.history": "",
                "$ResourceLink.id.history": "",
                "$User.username": launch.person.id,
            }


LISTED = {
    Product.MOODLE: (
        "basic-lti-launch-request",
        "ContentItemSelectionRequest",
        "ToolProxyRegistrationRequest",
        "Context.id",
        "Context.title",
        "Context.label",
        "Context.id.history",
        "Context.sourcedId",
        "Context.longDescription",
        "Context.timeFrame.begin",
        "CourseSection.title",
        "CourseSection.label",
        "CourseSection.sourcedId",
        "CourseSection.longDescription",
        "CourseSection.timeFrame.begin",
        "CourseSection.timeFrame.end",
        "ResourceLink.id",
        "ResourceLink.title",
        "ResourceLink.description",
        "User.id",
        "User.username",
        "Person.name.full",
        "Person.name.given",
        "Person.name.family",
        "Person.email.primary",
        "Person.sourcedId",
        "Person.name.middle",
        "Person.address.street1",
        "Person.address.locality",
        "Person.address.country",
        "Person.address.timezone",
        "Person.phone.primary",
        "Person.phone.mobile",
        "Person.webaddress",
        "Membership.role",
        "Result.sourcedId",
        "Result.autocreate",
        "BasicOutcome.sourcedId",
        "BasicOutcome.url",
        "Moodle.Person.userGroupIds",
    ),
    Product.CANVAS: (
        "ResourceLink.id",
        "ResourceLink.id.history",
        "Context.id",
        "Context.id.history",
        "Message.locale",
        "Person.address.timezone",
        "User.username",
        "Canvas.course.id",
        "Canvas.group.contextIds",
        "com.instructure.Course.groupIds",
    ),
    Product.BRIGHTSPACE: ("Context.id.history", "ResourceLink.id.history", "User.username"),
    # It lists these two, and knows many more.
    Product.SAKAI: ("User.id", "Person.email.primary"),
}
"""The variables that the configuration documents name, without their ``$``: Moodle's as captured, of Canvas's very
long list and of Brightspace's those that are known here."""
