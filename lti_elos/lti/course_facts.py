"""What a verified launch says of its course and link, by the names of domain/metadata.py."""

from __future__ import annotations

from collections.abc import Iterable

from lti_elos.domain.metadata import told
from lti_elos.lti.claims import LaunchClaims


def course_facts(claims: LaunchClaims, variables: Iterable[str]) -> dict[str, str]:
    """{variable: value} of these variables, as far as the launch has them and they say nothing of its person."""
    known = {
        "context.id": claims.context.id if claims.context else "",
        "context.label": claims.context.label if claims.context else "",
        "context.title": claims.context.title if claims.context else "",
        "lis.course_section_sourcedid": claims.lis.course_section_sourcedid,
        "lis.course_offering_sourcedid": claims.lis.course_offering_sourcedid,
        "resource_link.id": claims.resource_link.id,
        "resource_link.title": claims.resource_link.title,
    }
    person = (claims.sub, claims.lis.person_sourcedid, claims.name, claims.given_name, claims.family_name)
    asked = {one: known.get(one, claims.custom.get(one.removeprefix("custom."), "")) for one in variables}
    return {one: text for one, value in asked.items() if (text := told(value, person=person))}
