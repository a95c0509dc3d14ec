"""Words that sentences are filled with: what we call a role, and an LMS whose name we do not know."""

from __future__ import annotations

from flask_babel import gettext

from lti_elos.domain.roles import RoleName


def role_word(role: str) -> str:
    """The role inside "your role in this course is …"; "" for one that has no name there, or that we do not know."""
    words: dict[RoleName, str] = {
        RoleName.TEACHER: gettext("teacher"),
        RoleName.ASSISTANT: gettext("teaching assistant"),
        RoleName.COURSE_ADMIN: gettext("course administrator"),
        RoleName.DESIGNER: gettext("content developer"),
        RoleName.MANAGER: gettext("course manager"),
        RoleName.GRADER: gettext("grader"),
        RoleName.OBSERVER: gettext("observer"),
        RoleName.STUDENT: gettext("student"),
        RoleName.INSTITUTION_ADMIN: gettext("institution administrator"),
    }
    return words.get(RoleName(role), "") if role in set(RoleName) else ""


def lms_word(name: str) -> str:
    """The LMS's name, or a neutral one. In some languages it begins sentences: see :func:`upfirst`."""
    return name or str(gettext("your course's platform"))


def upfirst(sentence: str) -> str:
    """The sentence with a capital at its head. Keeps markup markup."""
    return sentence[:1].upper() + sentence[1:]
