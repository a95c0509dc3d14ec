"""One opening of an activity: who, where, how, and what a test wants changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from lti_elos.demo.lms.school import Course, NotInSchool, Person, ResourceLink, Role, School


class Opening(StrEnum):
    """Where the tool is shown."""

    IFRAME = "iframe"
    WINDOW = "window"
    SAME = "same"


class StorageSwitch(StrEnum):
    """What tests want of the product's platform storage (:mod:`.storage`). Moodle and Open edX have none."""

    ON = "on"
    OFF = "off"
    """Neither announced nor there."""
    SILENT = "silent"
    """Announced, and answers nothing."""
    REFUSES = "refuses"
    """Answers each ``put_data`` with an error."""
    FORGETS = "forgets"
    """Knows no key it is asked for."""
    WRONG = "wrong"
    """Gives another value than was put."""


class Message(StrEnum):
    """What is asked of the tool."""

    RESOURCE_LINK = "resource-link"
    DEEP_LINKING = "deep-linking"
    """That a teacher selects content for the course."""


LOCALES = ("pt-BR", "en", "es")


class NotEnrolled(Exception):
    """The person has no business in this course."""


@dataclass(frozen=True, slots=True)
class Launch:
    person: Person
    course: Course
    link: ResourceLink
    opening: Opening = Opening.IFRAME
    locale: str = LOCALES[0]
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Claims to replace in the id_token, by full name; None removes."""
    header: Mapping[str, Any] = field(default_factory=dict)
    """The same for the JOSE header."""
    custom: Mapping[str, Any] = field(default_factory=dict)
    """The activity's own custom parameters; None removes one of the tool's."""
    storage: StorageSwitch = StorageSwitch.ON
    tool: str = ""
    """The client id of the tool asked for; "": the one of the start."""
    message: Message = Message.RESOURCE_LINK

    @property
    def selects(self) -> bool:
        return self.message is Message.DEEP_LINKING

    @property
    def client_id(self) -> str:
        """Of the tool that opens; "" as above."""
        return self.tool if self.selects else self.link.client_id or self.tool

    @property
    def role(self) -> Role | None:
        """None for an administrator, who is in no course."""
        return self.course.roles.get(self.person.id)

    @property
    def query(self) -> dict[str, str]:
        """What brings the same person back to the same activity, as the pages spell it."""
        asked = {
            "as": self.person.id,
            "resource": self.link.id,
            "open": self.opening.value,
            "locale": self.locale,
        }
        more = {
            "storage": "" if self.storage is StorageSwitch.ON else self.storage.value,
            "tool": self.tool,
            "message": self.message.value if self.selects else "",
        }
        return asked | {name: value for name, value in more.items() if value}


def launch_from(school: School, asked: Mapping[str, str | None], **more: Mapping[str, Any]) -> Launch:
    """Reads course, resource, as, open, locale, storage, tool and message; what is missing has a default, but for the
    course.

    Raises NotInSchool for unknown ids and values, NotEnrolled for somebody of another course.
    """
    course = school.course(asked.get("course") or "")
    person = school.person(asked.get("as") or next(iter(course.roles)))
    if not course.admits(person):
        raise NotEnrolled(person.id)
    locale = asked.get("locale") or LOCALES[0]
    if locale not in LOCALES:
        raise NotInSchool(locale)
    opening = _one_of(Opening, asked.get("open"))
    link = course.link(asked.get("resource") or course.links[0].id)
    return Launch(
        person,
        course,
        link,
        opening,
        locale,
        storage=storage_from(asked),
        tool=asked.get("tool") or "",
        message=_one_of(Message, asked.get("message")),
        **more,
    )


def storage_from(asked: Mapping[str, str | None]) -> StorageSwitch:
    """Raises NotInSchool for an unknown value."""
    return _one_of(StorageSwitch, asked.get("storage"))


_Choice = TypeVar("_Choice", Opening, StorageSwitch, Message)


def _one_of(choices: type[_Choice], text: str | None) -> _Choice:
    """The first where nothing is asked."""
    if not text:
        return next(iter(choices))
    try:
        return choices(text)
    except ValueError as cause:
        raise NotInSchool(text) from cause
