"""Tokens that work once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lti_elos.services.deps import Deps
from lti_elos.services.spent import holder_of, spend, sweep
from tests.services.conftest import Clock


def spend_once(deps: Deps, key: str, purpose: str = "state", *, holder: str = "", minutes: int = 10) -> bool:
    with deps.database.transaction() as db:
        return spend(db, purpose, key, ends_at=deps.clock() + timedelta(minutes=minutes), holder=holder)


def test_a_token_is_spent_once_for_each_purpose(deps: Deps) -> None:
    assert spend_once(deps, "a")
    assert not spend_once(deps, "a")
    assert spend_once(deps, "a", "handover")
    assert spend_once(deps, "b")


def test_of_many_who_spend_it_at_once_one_has_it(deps: Deps) -> None:
    together = threading.Barrier(6)

    def take(number: int) -> bool:
        together.wait()
        return spend_once(deps, "a", holder=str(number))

    with ThreadPoolExecutor(6) as pool:
        had = list(pool.map(take, range(6)))

    assert had.count(True) == 1
    with deps.database.reading() as db:
        assert holder_of(db, "state", "a") == str(had.index(True))


def test_a_spending_that_is_taken_back_leaves_the_token_unspent(deps: Deps) -> None:
    with pytest.raises(ZeroDivisionError), deps.database.transaction() as db:
        assert spend(db, "state", "a", ends_at=deps.clock()) / 0

    assert spend_once(deps, "a")


def test_nobody_holds_what_was_not_spent(deps: Deps) -> None:
    with deps.database.reading() as db:
        assert holder_of(db, "state", "a") is None


def test_what_could_not_be_used_any_more_is_forgotten_and_nothing_else(deps: Deps, clock: Clock) -> None:
    spend_once(deps, "short", minutes=10)
    spend_once(deps, "long", minutes=11)
    clock.forward(minutes=10, seconds=30)

    with deps.database.transaction() as db:
        sweep(db, now=clock.now)

    assert spend_once(deps, "short")
    assert not spend_once(deps, "long")
