"""A platform's own metadata of its meetings: ``name=value`` lines that its operator writes (policy ``extra_metadata``).

A value is fixed text, or "$" and what a launch says of the course: never of the person, since whoever holds the Elos
secret reads metadata, in recordings for as long as they are kept. Source of the rules of names: elos-api 2.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lti_elos.domain.names import has_controls, tidy

MOST = 20
NAME_LIMIT = 50
VALUE_LIMIT = 255

VARIABLES = (
    "context.id",
    "context.label",
    "context.title",
    "lis.course_section_sourcedid",
    "lis.course_offering_sourcedid",
    "resource_link.id",
    "resource_link.title",
)
"""After "$". Besides, ``custom.<name>``: any custom parameter that is not about the person."""

Wrong = Literal["form", "name", "long_name", "reserved", "twice", "variable", "person", "value", "many"]

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_CUSTOM = re.compile(r"custom\.([A-Za-z0-9_.:-]{1,100})")
_RESERVED_STARTS = ("bbb-", "mconf-", "mconflb-", "xml")
_RESERVED_ENDS = ("callback-url", "callbackurl", "-recording-ready-url")
_RESERVED = re.compile(r"name|description|record|secret|meeting-?id|meeting-?name|is-?breakout")
"""Titles of recordings, and the servers' own (in reports "-" becomes "_")."""
_OF_PERSON = re.compile(
    r"users?|userid|username|person|people|e?mail|login|member|membership|students?|teachers?|instructors?|roles?|"
    r"groups?|firstname|lastname|surname|fullname|tz"
)
_OURS = frozenset({"room", "room_scope"})
"""Custom parameters that say nothing of the course; ``room`` is the key of a room."""
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_E_MAIL = re.compile(r"\S@\S+\.\S")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line."""

    line: int
    """From 1."""
    text: str
    what: Wrong


@dataclass(frozen=True, slots=True)
class Read:
    """Lines as they were written: {name: value} in their order, and what is wrong."""

    values: Mapping[str, str]
    problems: tuple[Problem, ...]

    @property
    def text(self) -> str:
        """As it is kept: a line each."""
        return "\n".join(f"{name}={value}" for name, value in self.values.items())


def read_lines(text: str) -> Read:
    """``name=value`` lines. Names come out in small letters, as Elos keeps them; empty lines count for nothing."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, separator, value = line.strip().partition("=")
        name, value = name.strip().removeprefix("meta_").lower(), value.strip()
        wrong = _wrong(name, value, values) if separator and name and value else "form"
        if wrong:
            problems.append(Problem(number, line.strip()[:80], wrong))
        else:
            values[name] = value if value.startswith("$") else tidy(value, VALUE_LIMIT)
    return Read(values, tuple(problems))


def _wrong(name: str, value: str, before: Mapping[str, str]) -> Wrong | None:
    if not _NAME.fullmatch(name):
        return "name"
    if len(name) > NAME_LIMIT:
        return "long_name"
    if _RESERVED.fullmatch(name) or name.startswith(_RESERVED_STARTS) or name.endswith(_RESERVED_ENDS):
        return "reserved"
    if name in before:
        return "twice"
    if len(before) >= MOST:
        return "many"
    return _wrong_variable(value[1:]) if value.startswith("$") else _wrong_text(value)


def _wrong_text(value: str) -> Wrong | None:
    return "value" if has_controls(value) or len(value) > VALUE_LIMIT or not tidy(value, VALUE_LIMIT) else None


def _wrong_variable(variable: str) -> Wrong | None:
    if variable in VARIABLES:
        return None
    custom = _CUSTOM.fullmatch(variable)
    if custom is None:
        return "variable"
    words = (word.lower() for word in _WORDS.findall(custom[1]))
    return "person" if custom[1] in _OURS or any(_OF_PERSON.fullmatch(word) for word in words) else None


SAID: dict[Wrong, str] = {
    "form": "is not name=value",
    "name": "a name is letters, digits and -, and begins with a letter",
    "long_name": f"a name has at most {NAME_LIMIT} characters",
    "reserved": "the name belongs to this tool, to Elos or to BigBlueButton",
    "twice": "the name stands there already",
    "variable": f"there are {', '.join(f'${one}' for one in VARIABLES)} and $custom.<name>",
    "person": "what says who somebody is does not go into metadata",
    "value": f"a value is one line of at most {VALUE_LIMIT} characters, without control characters",
    "many": f"at most {MOST} of them",
}
"""For the command line; templates/admin/platform.html has the sentences of the page."""


def sentence(problem: Problem) -> str:
    """For the command line."""
    return f"line {problem.line} ({problem.text}): {SAID[problem.what]}"


def with_one(text: str, name: str, value: str) -> str:
    """Lines with this one set, in its place or last; without it for an empty ``value``. Not looked at otherwise."""
    kept = dict(_known(text).values)
    name = name.strip().lower()
    if value.strip():
        kept[name] = value
    else:
        kept.pop(name, None)
    return "\n".join(f"{one}={its}" for one, its in kept.items())


@functools.lru_cache(maxsize=256)
def _known(text: str) -> Read:
    return read_lines(text)


def names_of(text: str) -> tuple[str, ...]:
    """Of a policy as it is kept."""
    return tuple(_known(text).values)


def variables_of(text: str) -> tuple[str, ...]:
    """Of a policy as it is kept: which variables a launch is asked for."""
    return tuple(dict.fromkeys(value[1:] for value in _known(text).values.values() if value.startswith("$")))


def filled(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """{name: value} to be sent, by a policy as it is kept. What nothing is known of is left out.

    :param known: {variable: its value}
    """
    entries = _known(text).values.items()
    found = {name: known.get(value[1:], "") if value.startswith("$") else value for name, value in entries}
    return {name: value for name, value in found.items() if value}


def told(value: str, *, person: tuple[str, ...] = ()) -> str:
    """A launch's value of a variable, fit to be kept: on one line, at most VALUE_LIMIT characters.

    "" for a variable that the LMS did not substitute, and for what says who somebody is.

    :param person: what the launch says of its person
    """
    text = "" if value.startswith("$") else tidy(value, VALUE_LIMIT)
    return "" if _E_MAIL.search(text) or text in person else text
