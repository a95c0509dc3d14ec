"""What a platform checks before it hands a token to the tool, and how it says no."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.demo.lms_support import POSTS_ERRORS, SLUGS, TOOL, Platforms, running


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_good_request_is_answered_with_a_form_for_the_tool(lms: Platforms, slug: str, method: str) -> None:
    answer = lms.ask(slug, lms.start(slug), method)

    form = lms.form(answer)
    assert form.action == f"{TOOL}/lti/launch"
    assert set(form.fields) - {"lti_storage_target"} == {"id_token", "state"}
    assert form.fields["state"] == "state-1"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(
    "address",
    [f"{TOOL}/lti/launch/", f"{TOOL}/lti/launch?x=1", f"{TOOL.upper()}/lti/launch", "https://elsewhere.test/", None],
)
def test_nothing_goes_to_an_address_that_is_not_the_registered_one(
    lms: Platforms, slug: str, address: str | None
) -> None:
    answer = lms.ask(slug, lms.start(slug), redirect_uri=address)

    assert answer.status_code == 400
    assert 'data-what="redirect"' in answer.text
    assert "<form" not in answer.text


@pytest.mark.parametrize("slug", POSTS_ERRORS)
@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("scope", None, "invalid_request"),
        ("scope", "openid profile", "invalid_scope"),
        ("response_type", "code", "unsupported_response_type"),
        ("response_mode", None, "invalid_request"),
        ("response_mode", "query", "invalid_request"),
        ("prompt", "login", "invalid_request"),
        ("prompt", None, "invalid_request"),
        ("client_id", "somebody-else", "unauthorized_client"),
        ("login_hint", "999", "access_denied"),
        ("login_hint", None, "invalid_request"),
        ("nonce", None, "invalid_request"),
        ("nonce", "", "invalid_request"),
    ],
)
def test_any_other_fault_is_posted_to_the_tool(
    lms: Platforms, slug: str, parameter: str, value: str | None, error: str
) -> None:
    answer = lms.ask(slug, lms.start(slug), "GET", **{parameter: value})

    form = lms.form(answer)
    assert form.action == f"{TOOL}/lti/launch"
    assert form.fields["error"] == error
    assert parameter in form.fields["error_description"]
    assert form.fields["state"] == "state-1"
    assert "id_token" not in form.fields


@pytest.mark.parametrize(
    ("slug", "parameter", "value"),
    [
        ("openedx", "scope", None),
        ("openedx", "nonce", ""),
        ("openedx", "lti_message_hint", "made up"),
        ("sakai", "prompt", "login"),
        ("sakai", "login_hint", "made up"),
        ("sakai", "login_hint", None),
    ],
)
def test_some_keep_what_is_wrong_to_themselves(lms: Platforms, slug: str, parameter: str, value: str | None) -> None:
    answer = lms.ask(slug, lms.start(slug), "GET", **{parameter: value})

    assert answer.status_code == 400
    assert 'data-what="request"' in answer.text
    assert "<form" not in answer.text


def test_open_edxs_hint_is_the_same_for_each_launch_of_a_person_and_lasts_ten_minutes(lms: Platforms) -> None:
    login = lms.start("openedx")
    assert lms.start("openedx", locale="es")["lti_message_hint"] == login["lti_message_hint"]
    assert lms.start("openedx", person="student-1")["lti_message_hint"] != login["lti_message_hint"]
    assert all("id_token" in lms.form(lms.ask("openedx", login)).fields for _ in range(2))

    lms.clock.now += 10 * 60 + 1
    late = lms.ask("openedx", login)
    lms.clock.now -= 10 * 60 + 1

    assert late.status_code == 400


def test_a_request_without_state_is_refused_without_one(lms: Platforms) -> None:
    form = lms.form(lms.ask("canvas", lms.start("canvas"), state=None))

    assert form.fields == {"error": "invalid_request", "error_description": "Missing state"}


def test_moodles_hint_works_once_and_never_again(lms: Platforms) -> None:
    login = lms.start("moodle")
    assert "id_token" in lms.form(lms.ask("moodle", login)).fields

    again = lms.ask("moodle", login)

    assert again.status_code == 404
    assert 'data-what="hint"' in again.text
    assert "<form" not in again.text


def test_moodles_hint_is_spent_by_a_refused_request_too(lms: Platforms) -> None:
    login = lms.start("moodle")
    lms.ask("moodle", login, prompt="login")

    assert lms.ask("moodle", login).status_code == 404


@pytest.mark.parametrize("slug", ["canvas", "brightspace", "blackboard"])
def test_other_hints_work_again_while_they_are_young(lms: Platforms, slug: str) -> None:
    login = lms.start(slug)
    answers = [lms.form(lms.ask(slug, login)).fields for _ in range(2)]

    assert all("id_token" in fields for fields in answers)

    lms.clock.now += 5 * 60 + 1
    late = lms.form(lms.ask(slug, login)).fields
    lms.clock.now -= 5 * 60 + 1

    assert late["error"] == "invalid_request"
    assert "lti_message_hint" in late["error_description"]


@pytest.mark.parametrize("hint", [None, "made up"])
def test_an_unknown_hint_is_refused(lms: Platforms, hint: str | None) -> None:
    login = lms.start("canvas")

    assert lms.form(lms.ask("canvas", login, lti_message_hint=hint)).fields["error"] == "invalid_request"
    assert lms.ask("moodle", lms.start("moodle"), lti_message_hint=hint).status_code == 404


def test_a_hint_belongs_to_its_platform(lms: Platforms) -> None:
    canvas, brightspace = lms.start("canvas"), lms.start("brightspace")

    crossed = lms.ask("brightspace", brightspace, lti_message_hint=canvas["lti_message_hint"])

    assert lms.form(crossed).fields["error"] == "invalid_request"


def test_the_hint_must_come_back_letter_by_letter(lms: Platforms) -> None:
    login = lms.start("moodle")

    answer = lms.ask("moodle", login, lti_message_hint=login["lti_message_hint"].replace(",", ", "))

    assert answer.status_code == 404


def test_no_services_are_offered(lms: Platforms) -> None:
    answer = lms.session.post(f"{lms.url}/canvas/token", data={"grant_type": "client_credentials"}, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
