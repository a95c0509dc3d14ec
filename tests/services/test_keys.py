"""Our own signing keys: one signs, retired ones stay published for 48 hours."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from lti_elos.services import keys
from lti_elos.services.deps import Deps
from tests.services.conftest import Clock


def published(deps: Deps) -> list[str]:
    return [key["kid"] for key in keys.jwks(deps)["keys"]]


def test_the_first_key_is_made_when_it_is_asked_for_and_stays(deps: Deps) -> None:
    first = published(deps)

    assert len(first) == 1
    assert published(deps) == first
    assert [row["kid"] for row in keys.listing(deps)] == first


class Rendezvous:
    """A clock at which threads meet: what they do with the time they do at once."""

    def __init__(self, clock: Clock, threads: int) -> None:
        self._clock = clock
        self._barrier = threading.Barrier(threads, timeout=60)

    def __call__(self) -> datetime:
        self._barrier.wait()
        return self._clock.now


def test_of_many_who_ask_at_once_one_makes_the_key(deps: Deps, clock: Clock) -> None:
    together = replace(deps, clock=Rendezvous(clock, 4))

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _number: published(together), range(4)))

    assert len({tuple(kids) for kids in seen}) == 1
    assert len(keys.listing(deps)) == 1


def test_of_many_who_rotate_at_once_one_key_signs_in_the_end(deps: Deps, clock: Clock) -> None:
    together = replace(deps, clock=Rendezvous(clock, 4))

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _number: keys.rotate(together), range(4)))

    assert {row["kid"] for row in keys.listing(deps)} == set(made)
    assert [row["published_until"] for row in keys.listing(deps)].count(None) == 1


def test_a_retired_key_stays_published_for_48_hours(deps: Deps, clock: Clock) -> None:
    (old,) = published(deps)
    clock.forward(days=100)

    new = keys.rotate(deps)

    assert published(deps) == [new, old]
    clock.forward(hours=47, minutes=59)
    assert published(deps) == [new, old]
    clock.forward(minutes=1)
    assert published(deps) == [new]


def test_the_list_tells_which_key_signs_and_until_when_the_others_are_published(deps: Deps, clock: Clock) -> None:
    (old,) = published(deps)
    clock.forward(hours=1)
    new = keys.rotate(deps)

    assert keys.listing(deps) == [
        {"kid": new, "created_at": "2026-03-02T13:00:00+00:00", "published_until": None},
        {"kid": old, "created_at": "2026-03-02T12:00:00+00:00", "published_until": "2026-03-04T13:00:00+00:00"},
    ]


def test_nothing_private_is_published(deps: Deps) -> None:
    assert keys.jwks(deps)["keys"][0].keys() == {"kty", "n", "e", "kid", "alg", "use"}
