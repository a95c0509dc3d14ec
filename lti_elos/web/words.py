"""Words that sentences are filled with: what we call a role, and an LMS whose name we do not know."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from lti_elos.domain.names import person_mark
from lti_elos.domain.roles import RoleName


def role_word(role: str) -> str:
    """The role inside "your role in this course is …"; "" for one that has no name there, or that we do not know."""
    match role:
        case RoleName.TEACHER:
            return str(gettext("teacher"))
        case RoleName.ASSISTANT:
            return str(gettext("teaching assistant"))
        case RoleName.COURSE_ADMIN:
            return str(gettext("course administrator"))
        case RoleName.DESIGNER:
            return str(gettext("content developer"))
        case RoleName.MANAGER:
            return str(gettext("course manager"))
        case RoleName.GRADER:
            return str(gettext("grader"))
        case RoleName.OBSERVER:
            return str(gettext("observer"))
        case RoleName.STUDENT:
            return str(gettext("student"))
        case RoleName.INSTITUTION_ADMIN:
            return str(gettext("institution administrator"))
        case _:
            return ""


def room_word(scope: str, scope_id: str, name: str) -> str:
    """The room's own name; of a group, of which the LMS tells an id only, "Group 7". "" for one without any name."""
    if name:
        return name
    if scope == "group":
        return str(gettext("Group %(id)s", id=scope_id))
    # The same mark as behind "Participant" in the meeting (services/meetings.py).
    return str(gettext("Room of teacher %(mark)s", mark=person_mark(UUID(scope_id)))) if scope == "user" else ""


def lms_word(name: str) -> str:
    """The LMS's name, or a neutral one. In some languages it begins sentences: see :func:`upfirst`."""
    return name or str(gettext("your course's platform"))


def upfirst(sentence: str) -> str:
    """The sentence with a capital at its head. Keeps markup markup."""
    return sentence[:1].upper() + sentence[1:]
