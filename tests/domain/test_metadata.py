"""A platform's own metadata: what its operator may write, and what comes of it."""

from __future__ import annotations

import pytest

from lti_elos.domain.metadata import filled, read_lines, told, variables_of
from lti_elos.domain.policies import parse_policy

GOOD = """
 SIS-Id = $lis.course_section_sourcedid
campus=São  Leopoldo = sede, $5\r
meta_periodo=$custom.Periodo_letivo

turma=$resource_link.title
"""
KEPT = (
    "sis-id=$lis.course_section_sourcedid\ncampus=São Leopoldo = sede, $5\n"
    "periodo=$custom.Periodo_letivo\nturma=$resource_link.title"
)


def test_lines_are_kept_in_their_order_with_names_as_elos_keeps_them() -> None:
    assert parse_policy("extra_metadata", GOOD) == KEPT
    assert parse_policy("extra_metadata", KEPT) == KEPT
    assert parse_policy("extra_metadata", " \n") == ""


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("sis-id", "form"),
        ("=x", "form"),
        ("x=", "form"),
        ("sis_id=1", "name"),
        ("1st=1", "name"),
        ("-x=1", "name"),
        ("período=1", "name"),
        ("a b=1", "name"),
        ("a" * 51 + "=1", "long_name"),
        ("bbb-origin=x", "reserved"),
        ("BBB-Context-Id=x", "reserved"),
        ("mconf-subnet=x", "reserved"),
        ("analytics-callback-url=https://x.example", "reserved"),
        ("internal-analytics-callback-url=x", "reserved"),
        ("endCallbackUrl=https://x.example", "reserved"),
        ("canvas-recording-ready-url=https://x.example", "reserved"),
        ("name=x", "reserved"),
        ("description=x", "reserved"),
        ("meetingName=x", "reserved"),
        ("meeting-id=x", "reserved"),
        ("isBreakout=x", "reserved"),
        ("Kept=1", "twice"),
        ("x=$Person.name.full", "variable"),
        ("x=$sub", "variable"),
        ("x=$name", "variable"),
        ("x=$lis.person_sourcedid", "variable"),
        ("x=$custom.", "variable"),
        ("x=$", "variable"),
        ("x=$custom.user_login", "person"),
        ("x=$custom.canvasUserId", "person"),
        ("x=$custom.Person.email", "person"),
        ("x=$custom.group_ids", "person"),
        ("x=$custom.user_tz", "person"),
        ("x=$custom.room", "person"),
        ("x=" + "y" * 256, "value"),
        ("x=a\x01b", "value"),
        ("x=\u200b", "value"),
    ],
)
def test_a_line_that_cannot_be_says_what_is_wrong(line: str, what: str) -> None:
    [problem] = read_lines(f"kept=1\n\n{line}\nalso=2").problems

    assert (problem.line, problem.what) == (3, what)
    with pytest.raises(ValueError, match=r"^extra_metadata: line 3 \("):
        parse_policy("extra_metadata", f"kept=1\n\n{line}")


def test_there_are_at_most_twenty() -> None:
    lines = [f"n{number}=x" for number in range(21)]

    assert read_lines("\n".join(lines[:20])).problems == ()
    assert [(one.line, one.what) for one in read_lines("\n".join(lines)).problems] == [(21, "many")]


def test_what_nothing_is_known_of_is_left_out() -> None:
    known = {"lis.course_section_sourcedid": "SIS-1", "context.id": "not asked for"}

    assert variables_of(KEPT) == ("lis.course_section_sourcedid", "custom.Periodo_letivo", "resource_link.title")
    assert filled(KEPT, known) == {"sis-id": "SIS-1", "campus": "São Leopoldo = sede, $5"}
    assert (variables_of(""), filled("", known)) == ((), {})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("MAT101:2026-2", "MAT101:2026-2"),
        (" a\tb\n\x00c ", "a b c"),
        ("z" * 300, "z" * 255),
        ("$CourseSection.sourcedId", ""),
        ("\u200b", ""),
        ("ana@escola.example", ""),
        ("Ana Lima <ana@escola.example>", ""),
        ("Docente Exemplo", ""),
    ],
)
def test_what_a_launch_says_is_made_fit_and_never_tells_who_somebody_is(value: str, kept: str) -> None:
    assert told(value, person=("user-1", "", "Docente Exemplo")) == kept
