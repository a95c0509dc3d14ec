"""What an operator may decide for a platform."""

from __future__ import annotations

import pytest

from lti_elos.domain.policies import Policies, parse_policy


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("room_scope", "course", "course"),
        ("room_scope", "resource", "resource"),
        ("room_scope", "group", "group"),
        ("room_scope", "user", "user"),
        ("assistants_moderate", "false", False),
        ("assistants_moderate", "TRUE", True),
        ("admins_moderate", "true", True),
        ("frame_ancestors", "", ""),
        ("embedding", "off", "off"),
        ("typed_names", "session", "session"),
        ("recording_notice", " Aulas são gravadas. ", "Aulas são gravadas."),
        ("frame_ancestors", "https://lms.example.org", "https://lms.example.org"),
        ("frame_ancestors", "https://*.example.org http://localhost:8001", "https://*.example.org http://localhost:8001"),
    ],
)  # fmt: skip
def test_a_policy_is_read_from_the_command_line(key: str, text: str, value: str | bool) -> None:
    assert parse_policy(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("rom_scope", "course", "no policy 'rom_scope'; there are room_scope, "),
        ("room_scope", "section", "room_scope is one of course, resource, group, user"),
        ("room_scope", "", "room_scope is one of course, resource, group, user"),
        ("admins_manage", "yes", "admins_manage is true or false"),
        ("admins_manage", "", "admins_manage is true or false"),
        ("embedding", "true", "embedding is one of off, allowed, preferred"),
        ("typed_names", "", "typed_names is one of keep, session, off"),
        ("recording_notice", "x" * 501, "recording_notice is one line of at most 500 characters"),
        ("recording_notice", "a\nb", "recording_notice is one line of at most 500 characters"),
        ("frame_ancestors", "*", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "lms.example.org", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "javascript://x", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://lms.example.org/path", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://lms.example.org; script-src *", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://lms.example.org,https://b.example", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://lms.example.org 'self'", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://lms.exa\x01mple.org", "frame_ancestors is a list of origins"),
        ("frame_ancestors", "https://escola.é", "frame_ancestors is a list of origins"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_with_what_may_be(key: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^.") as caught:
        parse_policy(key, text)

    assert str(caught.value).startswith(said)


def test_stored_policies_win_over_the_defaults_and_unknown_ones_are_left_alone() -> None:
    policies = Policies.from_json({"room_scope": "resource", "of_a_later_version": 5})

    assert policies == Policies(room_scope="resource")
