"""Our Moodle against launches that a real Moodle 4.5 sent: the same claims, with the same members and types."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.demo.lms_support import LTI, Platforms, running

CAPTURED = Path(__file__).parents[1] / "fixtures" / "moodle-4.5"
SERVICES = {
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
    "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice",
}
"""The platforms offer none, so they claim none."""


@pytest.fixture(scope="module")
def lms() -> Iterator[Platforms]:
    with running(time.time()) as platforms:
        yield platforms


@pytest.mark.parametrize(
    ("captured_name", "person", "opening"),
    [
        ("launch-teacher-iframe", "teacher-1", "iframe"),
        ("launch-teacher-window", "teacher-1", "window"),
        ("launch-tutor-iframe", "assistant", "iframe"),
        ("launch-student-iframe", "student-1", "iframe"),
        ("launch-student-window", "student-1", "window"),
        ("launch-student-frame", "student-1", "same"),
        ("launch-admin-iframe", "admin", "iframe"),
    ],
)
def test_a_launch_has_the_shape_of_a_captured_one(
    lms: Platforms, captured_name: str, person: str, opening: str
) -> None:
    captured = json.loads((CAPTURED / f"{captured_name}.claims.json").read_text())

    claims = lms.claims("moodle", person=person, open=opening)

    assert _shape(claims) == _shape(captured)
    assert claims[f"{LTI}roles"] == captured[f"{LTI}roles"]
    assert claims["exp"] - claims["iat"] == captured["exp"] - captured["iat"]
    presentation = claims[f"{LTI}launch_presentation"]
    assert presentation["document_target"] == captured[f"{LTI}launch_presentation"]["document_target"]


def test_withheld_names_leave_the_captured_claims(lms: Platforms) -> None:
    captured = json.loads((CAPTURED / "launch-teacher-iframe-no-names.claims.json").read_text())

    claims = lms.claims("moodle", person="student-3")

    assert _shape(claims) == _shape(captured)


def test_moodle_names_languages_its_own_way(lms: Platforms) -> None:
    assert lms.claims("moodle")[f"{LTI}launch_presentation"]["locale"] == "pt_br"
    assert lms.claims("moodle", locale="en")[f"{LTI}launch_presentation"]["locale"] == "en"


def _shape(claims: dict[str, Any]) -> dict[str, Any]:
    """Names and types, two levels deep. Custom parameters are each tool's own."""
    return {
        name: {inner: type(one) for inner, one in value.items()}
        if isinstance(value, dict) and name != f"{LTI}custom"
        else type(value)
        for name, value in claims.items()
        if name not in SERVICES
    }
