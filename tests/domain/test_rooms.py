"""Which room a launch means."""

from __future__ import annotations

from itertools import combinations

import pytest

from lti_elos.domain.policies import Policies, RoomScope
from lti_elos.domain.rooms import (
    RoomKey,
    context_history,
    group_ids,
    in_order,
    launch_groups,
    leads_on,
    link_custom,
    linked_key,
    room_key,
)


def key(
    context_id: str = "course-1", link: str = "link-1", *, asked: str | None = None, policy: RoomScope = "course"
) -> RoomKey:
    custom = {} if asked is None else {"room_scope": asked}
    return room_key(context_id=context_id, resource_link_id=link, custom=custom, policies=Policies(room_scope=policy))


def test_a_course_has_one_room_whatever_the_link() -> None:
    assert key(link="link-1") == key(link="link-2") == RoomKey("course", "course-1", "")


@pytest.mark.parametrize("asked", ["", "nonsense", "COURSE", "groups", "$Undefined"])
def test_a_scope_that_this_version_does_not_know_counts_as_absent(asked: str) -> None:
    assert key(asked=asked).scope == "course"
    assert key(asked=asked, policy="resource").scope == "resource"


def test_the_custom_parameter_goes_before_the_policy() -> None:
    assert key(asked="resource") == RoomKey("resource", "course-1", "link-1")
    assert key(asked="course", policy="resource") == RoomKey("course", "course-1", "")


@pytest.mark.parametrize("asked", [None, "course", "resource", "group", "user"])
def test_without_a_course_the_link_has_the_room(asked: str | None) -> None:
    assert key(context_id="", asked=asked) == RoomKey("resource", "", "link-1")


@pytest.mark.parametrize("asked", ["group", "user"])
def test_where_a_course_has_several_rooms_the_launch_leaves_open_which(asked: RoomScope) -> None:
    assert key(asked=asked) == key(policy=asked) == RoomKey(asked, "course-1", "")


def test_different_rooms_have_different_digests_of_one_length() -> None:
    keys = [
        RoomKey("course", "a", ""),
        RoomKey("resource", "a", ""),
        RoomKey("resource", "a", "b"),
        RoomKey("resource", "", "ab"),
        RoomKey("resource", "ab", ""),
        RoomKey("resource", 'a", "b', ""),
        RoomKey("group", "a", "b"),
        RoomKey("group", "ab", ""),
        RoomKey("user", "a", "b"),
        RoomKey("course", "ção 🎓" * 40, ""),
    ]

    assert all(len(one.digest) == 64 for one in keys)
    assert not [pair for pair in combinations(keys, 2) if pair[0].digest == pair[1].digest]


def test_a_digest_never_changes_since_rows_depend_on_it() -> None:
    assert (
        RoomKey("course", "course-1", "").digest == "83e1e76d65d1e244f0b0d6cb01476a6cce2c00f9f3d16e95a7606a3778f56da8"
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("7", ("7",)),
        (" 7, 12 ,7,,12", ("7", "12")),
        ("", ()),
        (" , ", ()),
        ("equipe azul,ção", ("equipe azul", "ção")),
        ("1c16f0de65a080803785ecb3097da99872616f0d", ("1c16f0de65a080803785ecb3097da99872616f0d",)),
        ("x" * 100 + "," + "y" * 101, ("x" * 100,)),
        ("a\x00b,a\nb,\u202eb,a  b,\u200b,\ud800,8", ("8",)),
        (",".join(str(number) for number in range(80)), tuple(str(number) for number in range(50))),
        ("bad\x07," * 60 + "9", ("9",)),
    ],
)
def test_groups_are_read_from_the_list_that_the_lms_sends(text: str, ids: tuple[str, ...]) -> None:
    assert group_ids({"group_ids": text}) == ids


def test_without_the_parameter_there_are_no_groups() -> None:
    assert group_ids({}) == ()


def test_a_launch_keeps_groups_only_of_a_group_link_and_then_always_something() -> None:
    sent = {"group_ids": "1,2"}

    assert launch_groups("group", sent) == ("1", "2")
    assert launch_groups("group", {}) == ("",)
    assert launch_groups("course", sent) == launch_groups("user", sent) == launch_groups("resource", sent) == ()


@pytest.mark.parametrize(
    ("here", "to", "groups", "manages", "leads"),
    [
        ("group", ("group", "2"), ("1", "2"), False, True),
        ("group", ("group", "3"), ("1", "2"), False, False),
        ("group", ("group", "3"), ("1", "2"), True, True),
        ("group", ("group", "3"), ("",), True, True),
        ("group", ("group", ""), ("1",), False, False),
        # a launch through another link: nothing of groups is known, or opened, whoever it is
        ("group", ("group", "1"), (), False, False),
        ("group", ("group", "1"), (), True, False),
        ("course", ("group", "1"), (), True, False),
        # the course's own room leads to groups for managers who came through a group link
        ("course", ("group", "1"), ("",), True, True),
        ("course", ("group", "1"), ("1",), False, False),
        ("resource", ("group", "1"), ("1",), True, False),
        ("user", ("group", "1"), ("1",), True, False),
        ("user", ("user", "b"), (), False, True),
        ("group", ("user", "b"), ("1",), True, False),
        ("course", ("user", "b"), (), True, False),
        # nothing leads to what has one room
        ("group", ("course", ""), ("1",), True, False),
        ("course", ("course", ""), ("1",), True, False),
        ("resource", ("resource", "x"), (), True, False),
        ("user", ("resource", "x"), (), True, False),
    ],
)
def test_a_room_leads_on_to_its_siblings_as_the_last_launch_says(
    here: str, to: tuple[str, str], groups: tuple[str, ...], manages: bool, leads: bool
) -> None:
    assert leads_on(here, to_scope=to[0], to_scope_id=to[1], groups=groups, manages=manages) is leads


def test_rooms_are_listed_named_ones_first_and_nine_before_ten() -> None:
    rooms = [("", "10"), ("", "9"), ("beta 10", "1"), ("", "a2"), ("Beta 9", "2"), ("Álgebra", "3"), ("", "abc")]

    assert sorted(rooms, key=lambda one: in_order(*one)) == [
        ("Álgebra", "3"), ("Beta 9", "2"), ("beta 10", "1"), ("", "9"), ("", "10"), ("", "a2"), ("", "abc")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("", ()),
        ("$Context.id.history", ()),
        ("12, 7,12 ,", ("12", "7")),
        ("urn%3Ax%2Cy,b", ("urn:x,y", "b")),  # each is URL-encoded
        ("x" * 256 + ",é,a\x00b,c%0Ad", ("é",)),
        (",".join(map(str, range(100))), tuple(map(str, range(20)))),
    ],
)
def test_earlier_courses_are_read_one_by_one_and_odd_ids_are_left_out(said: str, ids: tuple[str, ...]) -> None:
    assert context_history({"context_history": said}) == ids
    assert context_history({}) == ()


def test_a_link_names_its_room_by_key_and_the_courses_own_by_scope_too() -> None:
    key = "aB3_-" * 8 + "xyz"

    assert link_custom("named", key) == {"room": key}
    assert link_custom("course", key) == {"room": key, "room_scope": "course"}
    assert linked_key(link_custom("course", key)) == key


@pytest.mark.parametrize("text", ["", "default", "x" * 42, "x" * 44, "é" * 43, "x" * 42 + "\n", " " + "x" * 42])
def test_what_cannot_be_a_link_key_counts_as_absent(text: str) -> None:
    assert linked_key({"room": text}) == linked_key({}) == ""
