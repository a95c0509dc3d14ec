"""What each product calls its people. Sources: reference/moodle.md 4, Canvas's lib/lti/substitutions_helper.rb,
Open edX's lti_consumer/lti_1p3/constants.py, Sakai's SakaiLTIUtil (LTI_OUTBOUND_ROLE_MAP_DEFAULT).

Brightspace sends what the site's own mapping says, so ours is one site's choice. Of Blackboard, the vendor shows one
token only, an administrator's who teaches; the rest is ours.
"""

from __future__ import annotations

from collections.abc import Set

from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.platforms import Product
from lti_elos.demo.lms.school import Role

_LIS = "http://purl.imsglobal.org/vocab/lis/v2"
COURSE = f"{_LIS}/membership#"
INSTITUTION = f"{_LIS}/institution/person#"
SYSTEM = f"{_LIS}/system/person#"
ASSISTANT = f"{_LIS}/membership/Instructor#TeachingAssistant"

_BRIGHTSPACE = {
    Role.TEACHER: [f"{INSTITUTION}Instructor", f"{COURSE}Instructor"],
    Role.ASSISTANT: [ASSISTANT],
    Role.STUDENT: [f"{INSTITUTION}Student", f"{COURSE}Learner"],
    Role.OBSERVER: [f"{COURSE}Mentor"],
    None: [f"{INSTITUTION}Administrator", f"{COURSE}Administrator"],
}

_CANVAS = {
    Role.TEACHER: [f"{COURSE}Instructor"],
    Role.ASSISTANT: [ASSISTANT, f"{COURSE}Instructor"],
    Role.STUDENT: [f"{COURSE}Learner"],
    Role.OBSERVER: [f"{COURSE}Mentor"],
    None: [],
}


_NOBODY = [f"{SYSTEM}None", f"{INSTITUTION}None"]
_OPEN_EDX = {
    Role.TEACHER: [*_NOBODY, f"{COURSE}Administrator", f"{COURSE}Instructor"],
    # A community TA: no Instructor.
    Role.ASSISTANT: [*_NOBODY, f"{COURSE}Learner", ASSISTANT],
    Role.STUDENT: [*_NOBODY, f"{COURSE}Learner"],
    # It has no observers: whoever is enrolled learns.
    Role.OBSERVER: [*_NOBODY, f"{COURSE}Learner"],
    # Global staff, enrolled or not.
    None: [
        f"{SYSTEM}Administrator",
        *(f"{INSTITUTION}{name}" for name in ("Administrator", "Staff", "Faculty", "Instructor")),
        f"{COURSE}Administrator",
        f"{COURSE}Instructor",
    ],
}


_BLACKBOARD = {
    Role.TEACHER: [f"{COURSE}Instructor", f"{INSTITUTION}Faculty"],
    Role.ASSISTANT: [ASSISTANT, f"{INSTITUTION}Student"],
    Role.STUDENT: [f"{COURSE}Learner", f"{INSTITUTION}Student"],
    Role.OBSERVER: [f"{COURSE}Mentor", f"{INSTITUTION}Observer"],
    None: [f"{SYSTEM}Administrator", f"{COURSE}Administrator", f"{INSTITUTION}Staff"],
}

# Short names and URIs side by side, an assistant's in a shape that no specification has. Its newest sources write
# the URIs alone.
_SAKAI = {
    Role.TEACHER: ["Instructor", f"{COURSE}Instructor"],
    Role.ASSISTANT: ["TeachingAssistant", f"{COURSE}Instructor#TeachingAssistant"],
    Role.STUDENT: ["Learner", f"{COURSE}Learner"],
    Role.OBSERVER: ["Mentor", f"{COURSE}Mentor"],
    None: [
        "Instructor",
        f"{COURSE}Instructor",
        "Administrator",
        f"{INSTITUTION}Administrator",
        f"{SYSTEM}Administrator",
    ],
}


def roles_of(product: Product, launch: Launch, everywhere: Set[Role]) -> list[str]:
    """``everywhere`` is what the person is in any course: Canvas makes roles of the institution from it."""
    match product:
        case Product.MOODLE:
            return _moodle(launch)
        case Product.CANVAS:
            return sorted([*_canvas_institution(launch, everywhere), *_CANVAS[launch.role], f"{SYSTEM}User"])
        case Product.BRIGHTSPACE:
            return list(_BRIGHTSPACE[launch.role])
        case Product.OPEN_EDX:
            return list(_OPEN_EDX[launch.role])
        case Product.BLACKBOARD:
            return list(_BLACKBOARD[launch.role])
        case Product.SAKAI:
            return list(_SAKAI[launch.role])


def _moodle(launch: Launch) -> list[str]:
    """It knows two words: who may manage the activity is Instructor, with or without editing; the rest learn."""
    if launch.person.is_admin:
        return [f"{INSTITUTION}Administrator", f"{COURSE}Instructor", f"{SYSTEM}Administrator"]
    return [f"{COURSE}Instructor" if launch.role in (Role.TEACHER, Role.ASSISTANT) else f"{COURSE}Learner"]


def _canvas_institution(launch: Launch, everywhere: Set[Role]) -> list[str]:
    """A student here who assists elsewhere carries Instructor; observers have no such word."""
    found = []
    if launch.person.is_admin:
        found.append("Administrator")
    if everywhere & {Role.TEACHER, Role.ASSISTANT}:
        found.append("Instructor")
    if Role.STUDENT in everywhere:
        found.append("Student")
    return [f"{INSTITUTION}{name}" for name in found]
