from __future__ import annotations

import threading

import pytest

from lti_elos.elos.breaker import Breaker
from tests.elos.support import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    return Breaker(monotonic=watch)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed()


def test_it_opens_at_the_third_failure_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.allows()

    breaker.failed()

    assert not breaker.allows()


def test_an_answer_between_failures_starts_the_count_anew(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)

    assert breaker.allows()


def test_after_the_pause_one_call_may_try(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    watch.now += 14.9
    assert not breaker.allows()

    watch.now += 0.2

    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_the_call_that_tries_closes_it_for_all(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    watch.now += 15
    assert breaker.allows()

    breaker.succeeded()

    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_the_call_that_tries_opens_it_again_by_one_failure(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    watch.now += 15
    assert breaker.allows()
    watch.now += 4

    breaker.failed()

    watch.now += 14.9
    assert not breaker.allows()
    watch.now += 0.2
    assert breaker.allows()


def test_failures_that_come_in_late_do_not_lengthen_the_pause(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    watch.now += 10
    fail(breaker, 5)

    watch.now += 5

    assert breaker.allows()


def test_a_try_that_never_tells_its_outcome_blocks_for_one_more_pause_only(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    watch.now += 15
    assert breaker.allows()

    watch.now += 15

    assert breaker.allows()


def test_of_many_threads_one_may_try(breaker: Breaker, watch: Watch) -> None:
    fail(breaker, 3)
    watch.now += 15
    together = threading.Barrier(16)
    allowed: list[bool] = []

    def ask() -> None:
        together.wait()
        allowed.append(breaker.allows())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(allowed) == [False] * 15 + [True]
