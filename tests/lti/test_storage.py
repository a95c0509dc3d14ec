"""Where a login's secret is kept in the platform's page."""

from __future__ import annotations

import pytest

from lti_elos.lti.storage import storage_of, storage_target


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://sso.canvaslms.com/api/lti/authorize_redirect", "https://sso.canvaslms.com"),
        ("https://LMS.example:443/auth?x=1", "https://lms.example"),
        ("https://lms.example:8443/auth", "https://lms.example:8443"),
        ("http://127.0.0.1:8001/moodle/auth", "http://127.0.0.1:8001"),
        ("http://[::1]:8001/auth", "http://[::1]:8001"),
        ("http://lms.example:80/auth", "http://lms.example"),
    ],
)
def test_only_the_authorisation_endpoints_origin_is_asked(endpoint: str, origin: str) -> None:
    assert storage_of(endpoint, target="_parent", state_id="ab").origin == origin, "as browsers write it"


def test_each_login_has_a_key_of_its_own() -> None:
    assert storage_of("https://a.example/", target="f", state_id="ab").key == "elos_ab"


@pytest.mark.parametrize("text", ["_parent", "post_message_forwarding", "lti_storage_frame", ""])
def test_frames_that_platforms_name(text: str) -> None:
    assert storage_target(text) == text


@pytest.mark.parametrize("text", ["a\nb", "a\0", "x" * 201])
def test_what_is_no_frames_name_is_no_storage(text: str) -> None:
    assert storage_target(text) == ""
