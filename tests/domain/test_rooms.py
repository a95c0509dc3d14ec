"""Which room a launch means."""

from __future__ import annotations

from itertools import combinations

import pytest

from lti_elos.domain.policies import Policies, RoomScope
from lti_elos.domain.rooms import RoomKey, room_key


def key(
    context_id: str = "course-1", link: str = "link-1", *, asked: str | None = None, policy: RoomScope = "course"
) -> RoomKey:
    custom = {} if asked is None else {"room_scope": asked}
    return room_key(context_id=context_id, resource_link_id=link, custom=custom, policies=Policies(room_scope=policy))


def test_a_course_has_one_room_whatever_the_link() -> None:
    assert key(link="link-1") == key(link="link-2") == RoomKey("course", "course-1", "")


@pytest.mark.parametrize("asked", ["", "nonsense", "COURSE", "group", "user", "$Undefined"])
def test_a_scope_that_this_version_does_not_know_counts_as_absent(asked: str) -> None:
    assert key(asked=asked).scope == "course"
    assert key(asked=asked, policy="resource").scope == "resource"


def test_the_custom_parameter_goes_before_the_policy() -> None:
    assert key(asked="resource") == RoomKey("resource", "course-1", "link-1")
    assert key(asked="course", policy="resource") == RoomKey("course", "course-1", "")


@pytest.mark.parametrize("asked", [None, "course", "resource"])
def test_without_a_course_the_link_has_the_room(asked: str | None) -> None:
    assert key(context_id="", asked=asked) == RoomKey("resource", "", "link-1")


def test_different_rooms_have_different_digests_of_one_length() -> None:
    keys = [
        RoomKey("course", "a", ""),
        RoomKey("resource", "a", ""),
        RoomKey("resource", "a", "b"),
        RoomKey("resource", "", "ab"),
        RoomKey("resource", "ab", ""),
        RoomKey("resource", 'a", "b', ""),
        RoomKey("course", "ção 🎓" * 40, ""),
    ]

    assert all(len(one.digest) == 64 for one in keys)
    assert not [pair for pair in combinations(keys, 2) if pair[0].digest == pair[1].digest]


def test_a_digest_never_changes_since_rows_depend_on_it() -> None:
    assert (
        RoomKey("course", "course-1", "").digest == "83e1e76d65d1e244f0b0d6cb01476a6cce2c00f9f3d16e95a7606a3778f56da8"
    )
