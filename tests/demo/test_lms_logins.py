"""The first message of a launch, as each product sends it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from lti_elos.demo.lms.app import registrations
from tests.demo.lms_support import SLUGS, TOOL, Platforms, running

CAPTURED = Path(__file__).parents[1] / "fixtures" / "moodle-4.5"


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.mark.parametrize("slug", SLUGS)
def test_the_login_names_the_platform_as_it_is_registered(lms: Platforms, slug: str) -> None:
    registration = next(one for one in registrations(lms.lms) if one.slug == slug)

    login = lms.start(slug)

    assert login["iss"] == registration.issuer == f"{lms.url}/{slug}"
    assert login["client_id"] == registration.client_id
    assert login["lti_deployment_id"] == registration.deployment_id
    assert login["target_link_uri"] == f"{TOOL}/lti/launch"


def test_moodle_sends_what_a_real_one_was_seen_to_send(lms: Platforms) -> None:
    captured = json.loads((CAPTURED / "login-request.form.json").read_text())

    login = lms.start("moodle")

    assert set(login) == set(captured)
    assert login["login_hint"] == "3"
    hint = json.loads(login["lti_message_hint"])
    assert set(hint) == set(json.loads(captured["lti_message_hint"]))
    assert hint["launchid"] != json.loads(lms.start("moodle")["lti_message_hint"])["launchid"]


def test_canvas_sends_a_long_jwt_as_its_hint_and_says_where_it_runs(lms: Platforms) -> None:
    login = lms.start("canvas")

    assert login["lti_message_hint"].count(".") == 2
    assert len(login["lti_message_hint"]) > 300
    assert login["deployment_id"] == login["lti_deployment_id"]
    assert {"canvas_region", "canvas_environment"} <= set(login)


def test_sakai_has_one_hint_for_everything_and_another_for_each_launch(lms: Platforms) -> None:
    login, again = lms.start("sakai"), lms.start("sakai")

    assert "lti_message_hint" not in login
    assert login["login_hint"] != again["login_hint"]


def test_blackboards_hints_are_an_address_and_a_readable_object(lms: Platforms) -> None:
    login = lms.start("blackboard", person="student-1", resource="office-hours")

    place, person, _session = login["login_hint"].split(",")
    assert unquote(place).startswith(f"{lms.url}/blackboard/")
    assert person == lms.claims("blackboard", person="student-1")["sub"]
    assert json.loads(base64.b64decode(login["lti_message_hint"]))["resourceLinkId"] == "_12_1"


@pytest.mark.parametrize("slug", SLUGS)
def test_ids_last_over_restarts(lms: Platforms, slug: str) -> None:
    with running(time.time()) as other:
        other_lms, mine = other.lms, lms.lms

        assert [one.client_id for one in registrations(other_lms)] == [one.client_id for one in registrations(mine)]
        assert other_lms.platform(slug).kid != mine.platform(slug).kid


def test_the_front_pages_form_leads_to_the_course(lms: Platforms) -> None:
    answer = lms.get("/open", lms="canvas", who="his210/student-2", open="window", locale="es")

    assert answer.status_code == 303
    wanted = "/canvas/courses/his210?as=student-2&resource=live&open=window&locale=es"
    assert answer.headers["Location"] == lms.url + wanted
