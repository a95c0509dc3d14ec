"""The sample university: people who are plainly nobody, and who between them try what names and roles can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar


class Role(StrEnum):
    """What somebody is in one course. Each platform has its own words for it, or none."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    STUDENT = "student"
    OBSERVER = "observer"


class NotInSchool(LookupError):
    """An id that this school does not have."""


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    number: int
    label: str
    """Who this is among the samples, short enough for a chip; not their name."""
    given: str
    family: str
    shares_names: bool = True
    """False: the platform sends neither name nor e-mail."""
    is_admin: bool = False
    """Of the whole institution, enrolled in no course."""
    observes: tuple[str, ...] = ()
    """Ids of the students this person may follow."""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        return f"{self.id}@example.test"


@dataclass(frozen=True, slots=True)
class ResourceLink:
    """One activity of a course that opens the tool."""

    id: str
    number: int
    title: str
    description: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    """Custom parameters of this activity, beside the tool's."""
    tells_groups: bool = False
    """Also has ``group_ids``, by the product's variable for a person's groups. Not every product has one."""
    url: str = ""
    """Its ``target_link_uri``; "": the tool's."""
    client_id: str = ""
    """Of the one tool that it opens; "": whichever is asked for."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some people of a course. Their names are for this page alone: no product sends them."""

    number: int
    name: str
    members: tuple[str, ...]
    """Ids of people."""


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    number: int
    title: str
    label: str
    links: tuple[ResourceLink, ...]
    roles: Mapping[str, Role]
    """By person id: who is enrolled, and as what."""
    groups: tuple[Group, ...] = ()
    may_share_names: bool = True
    """Open edX leaves this to the course; on the others it is each person's (``shares_names``) alone."""

    def groups_of(self, person: Person) -> tuple[Group, ...]:
        return tuple(one for one in self.groups if person.id in one.members)

    def link(self, link_id: str) -> ResourceLink:
        """Raises NotInSchool for an activity of another course."""
        return _one(self.links, link_id)

    def admits(self, person: Person) -> bool:
        return person.is_admin or person.id in self.roles


@dataclass(frozen=True, slots=True)
class School:
    name: str
    people: tuple[Person, ...]
    courses: tuple[Course, ...]

    def person(self, person_id: str) -> Person:
        """Raises NotInSchool."""
        return _one(self.people, person_id)

    def course(self, course_id: str) -> Course:
        """Raises NotInSchool."""
        return _one(self.courses, course_id)

    def roles_of(self, person: Person) -> set[Role]:
        """In any course: some platforms turn these into roles of the institution."""
        return {course.roles[person.id] for course in self.courses if person.id in course.roles}


_Item = TypeVar("_Item", Person, Course, ResourceLink)


def _one(items: tuple[_Item, ...], item_id: str) -> _Item:
    found = next((item for item in items if item.id == item_id), None)
    if found is None:
        raise NotInSchool(item_id)
    return found


_LONG_FAMILY = (
    "Amostra dos Nomes Muito Compridos de Demonstração que Atravessam a Linha, "
    "Continuam na Seguinte e Ainda Assim Devem Aparecer por Inteiro"
)

_PEOPLE = (
    Person("teacher-1", 3, "Docente de Cálculo", "Docente", "Exemplo Um"),
    Person("teacher-2", 4, "Docente de História", "Docente", "Exemplo Dois"),
    Person("teacher-3", 10, "Docente de Exercícios", "Docente", "Exemplo Três"),
    Person("assistant", 5, "Assistente", "Assistente", "Exemplo"),
    Person("student-1", 6, "Estudante de nome longo", "Estudante", _LONG_FAMILY),
    Person("student-2", 7, "Estudante de nome em árabe", "طالبة", "نموذجية"),
    Person("student-3", 8, "Estudante sem nome", "Estudante", "Amostra Três", shares_names=False),
    Person("observer", 9, "Observação", "Responsável", "Exemplo", observes=("student-1",)),
    Person("admin", 2, "Administração", "Administração", "Exemplo", is_admin=True),
)

_STUDENTS = {"student-1": Role.STUDENT, "student-2": Role.STUDENT, "student-3": Role.STUDENT}


def sample_school() -> School:
    """Two courses that share their students but not their teachers; the assistant of one studies in the other.

    The first has two teachers and two groups: one student is in both, one in none.
    """
    calculus = Course(
        "mat101",
        2,
        "Cálculo Diferencial e Integral I",
        "MAT101 · Turma A",
        (
            ResourceLink("live", 11, "Sala de aula ao vivo"),
            ResourceLink("office-hours", 12, "Plantão de dúvidas", "Toda quinta-feira, das 18h às 19h."),
            ResourceLink(
                "groups",
                13,
                "Salas dos grupos",
                "Cada grupo tem a sua sala.",
                custom={"room_scope": "group"},
                tells_groups=True,
            ),
            ResourceLink(
                "teachers",
                14,
                "Atendimento individual",
                "Cada docente tem a sua sala.",
                custom={"room_scope": "user"},
            ),
        ),
        {
            "teacher-1": Role.TEACHER,
            "teacher-3": Role.TEACHER,
            "assistant": Role.ASSISTANT,
            **_STUDENTS,
            "observer": Role.OBSERVER,
        },
        groups=(
            Group(31, "Grupo A", ("student-1", "student-2")),
            Group(32, "Grupo B", ("student-2",)),
        ),
    )
    history = Course(
        "his210",
        3,
        "História da Arte Brasileira",
        "HIS210 · Turma B",
        (ResourceLink("live", 21, "Sala de aula ao vivo"),),
        {"teacher-2": Role.TEACHER, "assistant": Role.STUDENT, **_STUDENTS},
        may_share_names=False,
    )
    return School("Universidade Exemplo", _PEOPLE, (calculus, history))
