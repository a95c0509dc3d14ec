"""Who moderates: LTI roles read by scope, principal and sub-role, never by the text after "#" alone.

Sources: LTI 1.3 core, appendix A (role vocabularies), and what each LMS really sends (Canvas, Moodle, Sakai, Open edX).
``…/membership/Learner#Instructor`` is a learner; ``…/institution/person#Instructor`` teaches somewhere, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lti_elos.domain.policies import Policies


class Scope(StrEnum):
    """Where a role holds."""

    CONTEXT = "context"
    INSTITUTION = "institution"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class LtiRole:
    """One role of a launch. ``sub`` is "" for the principal itself."""

    scope: Scope
    principal: str
    sub: str = ""


class RoleName(StrEnum):
    """What a page calls the person's role; translated where it is shown."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    COURSE_ADMIN = "course_admin"
    DESIGNER = "designer"
    MANAGER = "manager"
    GRADER = "grader"
    OBSERVER = "observer"
    STUDENT = "student"
    INSTITUTION_ADMIN = "institution_admin"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a launch's roles come to in the room. The last launch of a person in a course decides."""

    moderates: bool
    manages: bool
    role: RoleName
    is_test: bool = False
    administers: bool = False
    """The LMS or the institution, whatever the role in the course: may see how the connection does."""


_LIS = re.compile(
    r"^https?://purl\.imsglobal\.org/vocab/lis/v2/(?P<area>[a-z/]+?)(?:/(?P<principal>[A-Za-z]+))?#(?P<rest>.+)$"
)
_URN = re.compile(r"^urn:lti:(?P<area>role|instrole|sysrole):ims/lis/(?P<principal>[A-Za-z]+)(?:/(?P<sub>[A-Za-z]+))?$")
_SHORT = re.compile(r"^[A-Za-z]+$")
_TEST_USER = re.compile(r"^https?://purl\.imsglobal\.org/vocab/lti/system/person#TestUser$")

_SYSTEM_ONLY = {"SysAdmin", "SysSupport", "Creator", "AccountAdmin", "User"}
"""Under the old prefix ``…/v2/person#`` the name alone says whether a role is the system's or the institution's."""

_ADMINISTRATORS = {"Administrator", "SysAdmin", "AccountAdmin"}


def parse_role(text: str) -> LtiRole | None:
    """One role, or None when it is no role that we know the shape of (it then grants nothing)."""
    text = text.strip()
    if _SHORT.match(text):  # short names are allowed for context roles only
        return LtiRole(Scope.CONTEXT, text)
    if found := _URN.match(text):
        scope = {"role": Scope.CONTEXT, "instrole": Scope.INSTITUTION, "sysrole": Scope.SYSTEM}[found["area"]]
        return LtiRole(scope, found["principal"], found["sub"] or "")
    if found := _LIS.match(text):
        return _lis_role(found["area"], found["principal"], found["rest"])
    return None


def _lis_role(area: str, principal: str | None, rest: str) -> LtiRole | None:
    if area == "membership" and principal:
        return LtiRole(Scope.CONTEXT, principal, "" if rest == principal else rest)
    if area == "membership":
        # Sakai writes membership#Instructor#TeachingAssistant: principal, then sub-role.
        name, _, sub = rest.partition("#")
        return LtiRole(Scope.CONTEXT, name, sub)
    place = f"{area}/{principal}" if principal else area
    if place == "institution/person":
        return LtiRole(Scope.INSTITUTION, rest)
    if place == "system/person":
        return LtiRole(Scope.SYSTEM, rest)
    if place == "person":
        return LtiRole(Scope.SYSTEM if rest in _SYSTEM_ONLY else Scope.INSTITUTION, rest)
    return None


def standing_of(uris: Iterable[str], policies: Policies) -> Standing:
    """The standing that a launch's roles give, by the platform's policies.

    Several context roles: the strongest grants. System and institution roles count only when no context role is there.
    """
    uris = list(uris)
    is_test = any(_TEST_USER.match(uri.strip()) for uri in uris)
    roles = [role for uri in uris if (role := parse_role(uri)) is not None]
    in_context = [role for role in roles if role.scope is Scope.CONTEXT]
    administers = policies.admins_manage and any(
        role.scope is not Scope.CONTEXT and role.principal in _ADMINISTRATORS for role in roles
    )
    if in_context:
        names = [_context_name(role) for role in in_context]
        if RoleName.ASSISTANT in names:
            # Canvas sends the principal beside its sub-role: that Instructor is the assistant's, not a teacher's.
            names = [name for name in names if name is not RoleName.TEACHER]
        strongest = min(names, key=_ORDER.index)
        moderates = any(_moderates(name, policies) for name in names)
        return Standing(moderates, moderates, strongest, is_test, administers)
    if any(role.principal in _ADMINISTRATORS for role in roles):
        return Standing(
            policies.admins_moderate,
            policies.admins_manage or policies.admins_moderate,
            RoleName.INSTITUTION_ADMIN,
            is_test,
            administers,
        )
    return Standing(False, False, RoleName.OTHER, is_test)


_ORDER = [
    RoleName.TEACHER,
    RoleName.COURSE_ADMIN,
    RoleName.ASSISTANT,
    RoleName.DESIGNER,
    RoleName.MANAGER,
    RoleName.GRADER,
    RoleName.STUDENT,
    RoleName.OBSERVER,
    RoleName.OTHER,
    RoleName.INSTITUTION_ADMIN,
]


def _context_name(role: LtiRole) -> RoleName:
    if role.principal == "TeachingAssistant" or (
        role.principal == "Instructor" and role.sub.startswith("TeachingAssistant")
    ):
        return RoleName.ASSISTANT
    if role.principal == "Instructor":
        return RoleName.GRADER if role.sub == "Grader" else RoleName.TEACHER
    if role.principal == "Administrator":
        return RoleName.COURSE_ADMIN
    return {
        "ContentDeveloper": RoleName.DESIGNER,
        "Manager": RoleName.MANAGER,
        "Learner": RoleName.STUDENT,
        "Mentor": RoleName.OBSERVER,
    }.get(role.principal, RoleName.OTHER)


def _moderates(name: RoleName, policies: Policies) -> bool:
    match name:
        case RoleName.TEACHER | RoleName.COURSE_ADMIN:
            return True
        case RoleName.ASSISTANT:
            return policies.assistants_moderate
        case RoleName.DESIGNER:
            return policies.content_developers_moderate
        case RoleName.MANAGER:
            return policies.managers_moderate
        case _:
            return False
