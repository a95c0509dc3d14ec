"""Substitution variables of custom parameters. What a product does not know it sends as it stands, ``$`` and all."""

from __future__ import annotations

from collections.abc import Mapping

from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.platforms import Platform, Product

ZONE = "America/Sao_Paulo"


def substituted(custom: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    return {name: values.get(text, text) for name, text in custom.items()}


def values_of(platform: Platform, launch: Launch) -> dict[str, str]:
    """Known variables without a value are empty. The user name comes even from those who withhold their names."""
    match platform.slug:
        case Product.MOODLE:
            return {
                # 99 is Moodle's way to say "the server's zone".
                "$Person.address.timezone": "99",
                "$Context.id.history": "",
                "$User.username": launch.person.id,
                "$Moodle.Person.userGroupIds": "",
            }
        case Product.CANVAS:
            return {
                "$Person.address.timezone": ZONE,
                "$Message.locale": launch.locale,
                "$Context.id.history": "",
                "$ResourceLink.id.history": "",
                "$User.username": launch.person.id,
                "$Canvas.course.id": str(launch.course.number),
            }
        case Product.BRIGHTSPACE:
            return {"$Context.id.history": "", "$ResourceLink.id.history": "", "$User.username": launch.person.id}
