"""What refused launches leave behind: bounded, redacted rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from lti_elos.db.tables import failed_launches
from lti_elos.errors import BadSignature, LaunchRefused, Mismatch
from lti_elos.services import platforms
from lti_elos.services.deps import Deps
from lti_elos.services.failed_launches import PER_MINUTE, Attempt, new_occurrence, note
from tests.services.conftest import Clock
from tests.services.test_platforms import add


def refuse(
    deps: Deps, kind: type[LaunchRefused] = Mismatch, *, platform_id: UUID | None = None, number: int = 0
) -> None:
    refusal = kind("aud", expected="client-1", received="client-2")
    refusal.platform_id = platform_id
    note(deps, refusal, Attempt("login", {"iss": "https://lms.example"}), occurrence=f"N-{number}")


def kept(deps: Deps) -> list[Any]:
    with deps.database.reading() as db:
        return list(db.execute(select(failed_launches).order_by(failed_launches.c.created_at)))


def test_a_refused_launch_leaves_one_row_that_says_why(deps: Deps, clock: Clock) -> None:
    clock.forward(seconds=42)

    refuse(deps)

    (row,) = kept(deps)
    assert (row.code, row.occurrence, row.issuer) == ("LTI-MISMATCH", "N-0", "https://lms.example")
    assert (row.detail, row.expected, row.received) == ("aud", "client-1", "client-2")
    assert (row.platform_id, row.more, row.created_at) == (None, 0, clock.now)
    assert row.minute == clock.now.replace(second=0)


def test_twenty_a_minute_are_kept_and_the_rest_is_counted_on_the_last(deps: Deps, clock: Clock) -> None:
    for number in range(PER_MINUTE + 7):
        refuse(deps, number=number)
        clock.forward(seconds=1)

    rows = kept(deps)
    assert [row.occurrence for row in rows] == [f"N-{number}" for number in range(20)]
    assert [row.more for row in rows] == [0] * 19 + [7]


def test_another_minute_code_or_platform_is_counted_apart(deps: Deps, clock: Clock) -> None:
    platform_id = add(deps)
    for _ in range(PER_MINUTE + 1):
        refuse(deps)
    refuse(deps, BadSignature)
    refuse(deps, platform_id=platform_id)
    clock.forward(minutes=1)
    refuse(deps)

    rows = kept(deps)
    assert len(rows) == PER_MINUTE + 3
    assert sum(row.more for row in rows) == 1


def test_a_row_holds_no_control_characters_and_no_more_than_its_columns(deps: Deps) -> None:
    refusal = Mismatch("d\0\n" * 600, expected="e\ud83c" * 600, received="r" * 9000)

    note(deps, refusal, Attempt("login", {"iss": "https://\0" + "i" * 9000}), occurrence="7Q4M-2XKD")

    (row,) = kept(deps)
    assert [len(text) for text in (row.detail, row.expected, row.received, row.issuer)] == [499, 500, 500, 300]
    assert "\0" not in row.detail + row.issuer


def test_a_removed_platforms_rows_go_with_it(deps: Deps) -> None:
    platform_id = add(deps)
    refuse(deps, platform_id=platform_id)
    refuse(deps)

    platforms.remove(deps, str(platform_id))

    assert [row.platform_id for row in kept(deps)] == [None]


def test_an_occurrence_can_be_read_out_and_is_never_given_twice() -> None:
    made = [new_occurrence() for _ in range(1000)]

    assert len(set(made)) == 1000
    assert {(len(one), one[4]) for one in made} == {(9, "-")}
    assert set("".join(made)) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ-")  # no 0, O, 1, I, L, U
