"""Who moderates: the table of INTERFACE "Roles", and the shapes that LMSs write."""

from __future__ import annotations

import pytest

from lti_elos.domain.policies import Policies
from lti_elos.domain.roles import RoleName, standing_of

MEM = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
SUB = "http://purl.imsglobal.org/vocab/lis/v2/membership/"
INST = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYS = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
PERSON = "http://purl.imsglobal.org/vocab/lis/v2/person#"
TEST = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

MODERATORS = [
    [f"{MEM}Instructor"],
    ["Instructor"],
    ["urn:lti:role:ims/lis/Instructor"],
    ["urn:lti:role:ims/lis/Instructor/Lecturer"],
    [f"{SUB}Instructor#Lecturer"],
    [f"{SUB}Instructor#Instructor"],
    [f"{SUB}Instructor#PrimaryInstructor"],
    ["https://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
    # Teaching assistants: Canvas, Sakai, Open edX, short
    [f"{SUB}Instructor#TeachingAssistant", f"{MEM}Instructor"],
    [f"{MEM}Instructor#TeachingAssistant"],
    [f"{MEM}TeachingAssistant"],
    ["TeachingAssistant"],
    [f"{MEM}Learner", f"{SUB}Instructor#TeachingAssistant"],
    [f"{SUB}Instructor#TeachingAssistantSection"],
    ["urn:lti:role:ims/lis/TeachingAssistant"],
    [f"{MEM}Administrator"],
    ["Administrator"],
    # several: the strongest
    [f"{MEM}Learner", f"{MEM}Instructor"],
    [f"{MEM}Mentor", f"{MEM}Instructor"],
    [f"{SUB}Instructor#Grader", f"{MEM}Instructor"],
    # Moodle's administrator
    [f"{INST}Administrator", f"{MEM}Instructor", f"{SYS}Administrator"],
]

ATTENDEES = [
    [],
    [f"{MEM}Learner"],
    ["Learner"],
    ["urn:lti:role:ims/lis/Learner"],
    [f"{MEM}Mentor"],
    [f"{MEM}Member"],
    [f"{MEM}ContentDeveloper"],
    [f"{MEM}Manager"],
    [f"{MEM}Officer"],
    [f"{SUB}Instructor#Grader"],
    [f"{MEM}Instructor#Grader"],
    [f"{SUB}Learner#Instructor"],
    [f"{SUB}Learner#GuestLearner"],
    ["http://example.test/vocab#Instructor"],
    ["http://evil.test/http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
    [f"{INST}Instructor"],
    [f"{INST}Faculty", f"{INST}Staff"],
    [f"{INST}Instructor", f"{MEM}Learner"],
    [f"{INST}Administrator", f"{MEM}Learner"],
    [f"{SYS}SysAdmin", f"{MEM}Learner"],
    ["urn:lti:instrole:ims/lis/Instructor"],
    [f"{PERSON}Instructor"],
    ["instructor"],
    ["unknown words"],
]


@pytest.mark.parametrize("roles", MODERATORS, ids=lambda roles: " + ".join(role.rsplit("/", 1)[-1] for role in roles))
def test_who_teaches_or_assists_in_the_course_moderates(roles: list[str]) -> None:
    standing = standing_of(roles, Policies())

    assert standing.moderates
    assert standing.manages


@pytest.mark.parametrize(
    "roles", ATTENDEES, ids=lambda roles: " + ".join(role.rsplit("/", 1)[-1] for role in roles) or "none"
)
def test_everybody_else_is_an_attendee_who_manages_nothing(roles: list[str]) -> None:
    standing = standing_of(roles, Policies())

    assert not standing.moderates
    assert not standing.manages


@pytest.mark.parametrize(
    "roles",
    [
        [f"{INST}Administrator"],
        [f"{SYS}Administrator"],
        [f"{SYS}SysAdmin"],
        ["urn:lti:instrole:ims/lis/Administrator"],
        ["urn:lti:sysrole:ims/lis/SysAdmin"],
        [f"{PERSON}Administrator"],
        [f"{PERSON}SysAdmin"],
    ],
)
def test_an_administrator_without_a_role_in_the_course_manages_and_joins_as_the_policy_says(roles: list[str]) -> None:
    assert standing_of(roles, Policies()).manages
    assert not standing_of(roles, Policies()).moderates
    assert standing_of(roles, Policies(admins_moderate=True)).moderates
    assert not standing_of(roles, Policies(admins_manage=False)).manages


def test_policies_change_who_moderates() -> None:
    assistant = [f"{SUB}Instructor#TeachingAssistant"]

    assert not standing_of(assistant, Policies(assistants_moderate=False)).moderates
    assert standing_of([f"{MEM}ContentDeveloper"], Policies(content_developers_moderate=True)).moderates
    assert standing_of([f"{MEM}Manager"], Policies(managers_moderate=True)).moderates


def test_a_canvas_assistant_who_may_not_moderate_is_not_let_in_by_the_instructor_role_sent_beside() -> None:
    roles = [f"{SUB}Instructor#TeachingAssistant", f"{MEM}Instructor"]

    assert not standing_of(roles, Policies(assistants_moderate=False)).moderates


def test_a_test_student_is_marked_and_attends() -> None:
    standing = standing_of([f"{MEM}Learner", TEST], Policies())

    assert standing.is_test
    assert not standing.moderates


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ([f"{MEM}Mentor"], RoleName.OBSERVER),
        ([f"{MEM}Mentor", f"{MEM}Learner"], RoleName.STUDENT),
        ([f"{MEM}Learner", f"{MEM}Instructor"], RoleName.TEACHER),
        ([f"{SUB}Instructor#TeachingAssistant", f"{MEM}Instructor"], RoleName.ASSISTANT),
        ([f"{INST}Administrator"], RoleName.INSTITUTION_ADMIN),
        ([], RoleName.OTHER),
    ],
)
def test_the_page_can_say_which_role_decided(roles: list[str], name: RoleName) -> None:
    assert standing_of(roles, Policies()).role is name


@pytest.mark.parametrize(
    ("roles", "administers"),
    [
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"], True),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator", "Learner"], True),
        (["http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator"], False),
        (["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor", "Instructor"], False),
    ],
)
def test_who_administers_the_lms_may_see_its_connection(roles: list[str], administers: bool) -> None:
    assert standing_of(roles, Policies()).administers is administers
    assert not standing_of(roles, Policies(admins_manage=False)).administers
