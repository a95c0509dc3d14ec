"""The id_token of each product: its signature, its roles, its names, its age."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from lti_elos.demo.lms.launches import Launch
from lti_elos.demo.lms.logins import login_parameters
from tests.demo.lms_support import LTI, SLUGS, Platforms, running

LIS = "http://purl.imsglobal.org/vocab/lis/v2"
TEACHES, LEARNS, MENTORS = (f"{LIS}/membership#{one}" for one in ("Instructor", "Learner", "Mentor"))
ASSISTS = f"{LIS}/membership/Instructor#TeachingAssistant"
RUNS = f"{LIS}/membership#Administrator"
AT, SYS = f"{LIS}/institution/person#", f"{LIS}/system/person#"
NOBODY = (f"{SYS}None", f"{AT}None")


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


ROLES = [
    ("moodle", "mat101", "teacher-1", [TEACHES]),
    ("moodle", "mat101", "assistant", [TEACHES]),
    ("moodle", "his210", "assistant", [LEARNS]),
    ("moodle", "mat101", "student-1", [LEARNS]),
    ("moodle", "mat101", "observer", [LEARNS]),
    ("moodle", "mat101", "admin", [f"{AT}Administrator", TEACHES, f"{SYS}Administrator"]),
    ("canvas", "mat101", "teacher-1", [f"{AT}Instructor", TEACHES, f"{SYS}User"]),
    ("canvas", "mat101", "assistant", [f"{AT}Instructor", f"{AT}Student", TEACHES, ASSISTS, f"{SYS}User"]),
    ("canvas", "his210", "assistant", [f"{AT}Instructor", f"{AT}Student", LEARNS, f"{SYS}User"]),
    ("canvas", "mat101", "student-1", [f"{AT}Student", LEARNS, f"{SYS}User"]),
    ("canvas", "mat101", "observer", [MENTORS, f"{SYS}User"]),
    ("canvas", "mat101", "admin", [f"{AT}Administrator", f"{SYS}User"]),
    ("brightspace", "mat101", "teacher-1", [f"{AT}Instructor", TEACHES]),
    ("brightspace", "mat101", "assistant", [ASSISTS]),
    ("brightspace", "his210", "assistant", [f"{AT}Student", LEARNS]),
    ("brightspace", "mat101", "student-1", [f"{AT}Student", LEARNS]),
    ("brightspace", "mat101", "observer", [MENTORS]),
    ("brightspace", "mat101", "admin", [f"{AT}Administrator", RUNS]),
    ("openedx", "mat101", "teacher-1", [*NOBODY, RUNS, TEACHES]),
    ("openedx", "mat101", "assistant", [*NOBODY, LEARNS, ASSISTS]),
    ("openedx", "his210", "assistant", [*NOBODY, LEARNS]),
    ("openedx", "mat101", "student-1", [*NOBODY, LEARNS]),
    ("openedx", "mat101", "observer", [*NOBODY, LEARNS]),
    (
        "openedx",
        "mat101",
        "admin",
        [
            f"{SYS}Administrator",
            *(f"{AT}{one}" for one in ("Administrator", "Staff", "Faculty", "Instructor")),
            RUNS,
            TEACHES,
        ],
    ),
    ("blackboard", "mat101", "teacher-1", [TEACHES, f"{AT}Faculty"]),
    ("blackboard", "mat101", "assistant", [ASSISTS, f"{AT}Student"]),
    ("blackboard", "his210", "assistant", [LEARNS, f"{AT}Student"]),
    ("blackboard", "mat101", "observer", [MENTORS, f"{AT}Observer"]),
    ("blackboard", "mat101", "admin", [f"{SYS}Administrator", RUNS, f"{AT}Staff"]),
    ("sakai", "mat101", "teacher-1", ["Instructor", TEACHES]),
    ("sakai", "mat101", "assistant", ["TeachingAssistant", f"{TEACHES}#TeachingAssistant"]),
    ("sakai", "his210", "assistant", ["Learner", LEARNS]),
    ("sakai", "mat101", "observer", ["Mentor", MENTORS]),
    ("sakai", "mat101", "admin", ["Instructor", TEACHES, "Administrator", f"{AT}Administrator", f"{SYS}Administrator"]),
]


@pytest.mark.parametrize(("slug", "course", "person", "roles"), ROLES)
def test_people_are_what_the_product_calls_them(
    lms: Platforms, slug: str, course: str, person: str, roles: list[str]
) -> None:
    assert lms.claims(slug, course=course, person=person)[f"{LTI}roles"] == roles


@pytest.mark.parametrize("slug", SLUGS)
def test_the_token_answers_this_request(lms: Platforms, slug: str) -> None:
    login = lms.start(slug, person="student-2", resource="office-hours")
    token = lms.form(lms.ask(slug, login, nonce="another-nonce")).fields["id_token"]

    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})

    header = jwt.get_unverified_header(token)
    assert header == {"typ": "JWT", "alg": "RS256", "kid": lms.lms.platform(slug).kid}
    assert claims["nonce"] == "another-nonce"
    assert claims["aud"] == login["client_id"]
    assert claims["name"] == "طالبة نموذجية"
    assert claims[f"{LTI}resource_link"].get("title") == (None if slug == "openedx" else "Plantão de dúvidas")
    assert claims[f"{LTI}target_link_uri"] == login["target_link_uri"]


@pytest.mark.parametrize(("slug", "lives_s"), [(slug, 60 if slug == "moodle" else 3600) for slug in SLUGS])
def test_tokens_live_as_long_as_the_products(lms: Platforms, slug: str, lives_s: int) -> None:
    claims = lms.claims(slug)

    assert claims["iat"] == int(lms.clock.now)
    assert claims["exp"] - claims["iat"] == lives_s
    assert claims.get("nbf") == (claims["iat"] - 1800 if slug == "brightspace" else None)


@pytest.mark.parametrize("slug", SLUGS)
def test_who_withholds_their_name_has_none(lms: Platforms, slug: str) -> None:
    claims = lms.claims(slug, person="student-3")

    assert not {"name", "given_name", "family_name", "picture"} & set(claims)
    assert claims.get("email") == ("" if slug == "brightspace" else None)
    assert "user_username" not in claims.get(f"{LTI}ext", {})
    assert claims["sub"]


def test_canvas_withholds_the_sis_number_with_the_name(lms: Platforms) -> None:
    lis = f"{LTI}lis"

    assert lms.claims("canvas", person="student-2")[lis]["person_sourcedid"] == "SIS-STUDENT-2"
    assert lms.claims("canvas", person="student-3")[lis]["person_sourcedid"] is None


def test_brightspaces_keys_name_no_algorithm(lms: Platforms) -> None:
    algorithms = {slug: lms.get(f"/{slug}/jwks").json()["keys"][0].get("alg") for slug in SLUGS}

    assert algorithms == dict.fromkeys(SLUGS, "RS256") | {"brightspace": None}


def test_unknown_variables_arrive_as_they_were_written(lms: Platforms) -> None:
    custom = {slug: lms.claims(slug)[f"{LTI}custom"] for slug in SLUGS}

    assert custom["moodle"]["user_tz"] == "99"
    assert custom["moodle"]["locale"] == "$Message.locale"
    assert custom["canvas"]["user_tz"] == "America/Sao_Paulo"
    assert custom["canvas"]["groups"] == "$Moodle.Person.userGroupIds"
    assert custom["brightspace"]["user_tz"] == "$Person.address.timezone"
    assert all(value.startswith("$") for value in custom["openedx"].values())
    assert (custom["blackboard"]["ctx_history"], custom["blackboard"]["rl_history"]) == ("", "$ResourceLink.id.history")
    assert custom["sakai"]["locale"] == "pt_BR"


def test_canvas_tells_whom_an_observer_follows(lms: Platforms) -> None:
    followed = lms.claims("canvas", person="student-1")["sub"]

    assert lms.claims("canvas", person="observer")[f"{LTI}role_scope_mentor"] == [followed]
    assert lms.claims("canvas")["https://www.instructure.com/placement"]


@pytest.mark.parametrize("slug", [one for one in SLUGS if one != "openedx"])
def test_the_return_url_leads_back_to_the_same_page(lms: Platforms, slug: str) -> None:
    launch = {"person": "assistant", "course": "his210", "open": "window", "locale": "es"}
    back = lms.claims(slug, **launch)[f"{LTI}launch_presentation"]["return_url"]

    page = lms.session.get(f"{back}&lti_errormsg=Sem+sala", timeout=5)

    assert back.startswith(f"{lms.url}/{slug}/courses/his210?")
    assert "Estás como" in page.text
    assert "Sem sala" in page.text


@pytest.mark.parametrize(("slug", "family"), [("blackboard", "BlackboardLearn"), ("sakai", "sakai")])
def test_blackboard_and_sakai_name_themselves_and_the_activity(lms: Platforms, slug: str, family: str) -> None:
    claims = lms.claims(slug, course="his210", person="teacher-2", open="window")

    assert claims[f"{LTI}tool_platform"]["product_family_code"] == family
    assert claims[f"{LTI}context"]["title"] == "História da Arte Brasileira"
    assert claims[f"{LTI}resource_link"] == {
        "id": "_21_1" if slug == "blackboard" else "content:21",
        "title": "Sala de aula ao vivo",
    }
    assert "document_target" not in claims[f"{LTI}launch_presentation"]


def test_open_edx_says_little_beyond_who_and_where(lms: Platforms) -> None:
    claims = lms.claims("openedx", person="student-2", open="window", resource="office-hours")

    run = "UniversidadeExemplo+MAT101+2026_1"
    assert claims[f"{LTI}context"] == {
        "id": f"course-v1:{run}",
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        "title": "Cálculo Diferencial e Integral I - Universidade Exemplo",
        "label": f"course-v1:{run}",
    }
    assert set(claims[f"{LTI}resource_link"]) == {"id"}
    assert re.fullmatch(
        rf"block-v1:{re.escape(run)}\+type@lti_consumer\+block@[0-9a-f]{{32}}", claims[f"{LTI}resource_link"]["id"]
    )
    assert claims[f"{LTI}launch_presentation"] == {"document_target": "iframe"}
    assert claims["azp"] == claims["aud"]
    assert (claims["name"], claims["preferred_username"]) == ("طالبة نموذجية", "student-2")
    assert not {"given_name", "family_name", "locale", f"{LTI}tool_platform", f"{LTI}lis"} & set(claims)


def test_open_edx_sends_names_only_where_the_course_lets_it(lms: Platforms) -> None:
    claims = lms.claims("openedx", course="his210", person="student-2")

    assert not {"name", "email", "preferred_username"} & set(claims)
    assert claims["sub"] == lms.claims("openedx", course="mat101", person="student-2")["sub"]
    assert "name" in lms.claims("canvas", course="his210", person="student-2")


@pytest.mark.parametrize(
    ("person", "moodle", "in_canvas"),
    [("student-1", "31", 1), ("student-2", "31,32", 2), ("student-3", "", 0), ("teacher-1", "", 0)],
)
def test_an_activity_for_groups_names_those_of_the_person(
    lms: Platforms, person: str, moodle: str, in_canvas: int
) -> None:
    custom = {slug: lms.claims(slug, person=person, resource="groups")[f"{LTI}custom"] for slug in SLUGS}

    assert all(one["room_scope"] == "group" for one in custom.values())
    assert custom["moodle"]["group_ids"] == moodle
    opaque = [one for one in custom["canvas"]["group_ids"].split(",") if one]
    assert len(opaque) == in_canvas
    assert all(re.fullmatch("[0-9a-f]{40}", one) for one in opaque)
    assert not any("group_ids" in custom[slug] for slug in SLUGS if slug not in ("moodle", "canvas"))
    assert "Grupo" not in str(custom)


def test_canvas_counts_a_courses_groups_in_other_ids_than_a_persons(lms: Platforms) -> None:
    custom = lms.claims("canvas", person="student-2", resource="groups")[f"{LTI}custom"]

    assert custom["course_groups"] == "31,32"
    assert not set(custom["course_groups"].split(",")) & set(custom["group_ids"].split(","))


@pytest.mark.parametrize("slug", SLUGS)
def test_only_an_activitys_own_parameters_say_whose_room_it_opens(lms: Platforms, slug: str) -> None:
    scopes = {
        link: lms.claims(slug, resource=link)[f"{LTI}custom"].get("room_scope")
        for link in ("live", "office-hours", "groups", "teachers")
    }

    assert scopes == {"live": None, "office-hours": None, "groups": "group", "teachers": "user"}


def test_a_launch_can_carry_its_own_changes(lms: Platforms) -> None:
    school, platform = lms.lms.school, lms.lms.platform("canvas")
    course = school.course("mat101")
    launch = Launch(
        school.person("teacher-1"),
        course,
        course.links[0],
        overrides={f"{LTI}version": "1.1", f"{LTI}lis": None},
        header={"kid": "unknown"},
        custom={"room_scope": "resource", "username": None},
    )

    form = lms.form(lms.ask("canvas", login_parameters(lms.lms, platform, launch)))

    claims = jwt.decode(form.fields["id_token"], options={"verify_signature": False})
    assert jwt.get_unverified_header(form.fields["id_token"])["kid"] == "unknown"
    assert claims[f"{LTI}version"] == "1.1"
    assert f"{LTI}lis" not in claims
    assert claims[f"{LTI}custom"]["room_scope"] == "resource"
    assert "username" not in claims[f"{LTI}custom"]
