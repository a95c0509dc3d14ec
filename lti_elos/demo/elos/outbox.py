"""What the server tells others: letters that wait, are tried, and are tried again."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from lti_elos.demo.elos.clock import Clock
from lti_elos.demo.elos.hooks import Hook
from lti_elos.demo.elos.post import Letter, Outcome, Post

RETRY_WAITS_S = (0.1, 0.5, 1, 2, 4, 8, 10, 30, 60, 60, 60, 60)
"""Between the tries of one event. Seen on bbb-webhooks 3.5."""

_COURIERS = 4
_MOST_WAITING = 10_000
_KEPT = 2_000
_LOOK_S = 0.02

State = Literal["waiting", "delivered", "given_up", "dropped"]


@dataclass(frozen=True)
class Try:
    at: datetime
    outcome: Outcome


@dataclass(eq=False)
class Delivery:
    """One letter to one address. It is written at its first try, and the same at each further one."""

    what: list[str]
    """The ids of its events, or ``analytics``."""
    url: str
    write: Callable[[datetime], Letter]
    due: datetime
    hook: Hook | None = None
    """Letters to one hook go one after the other."""
    waits_s: tuple[float, ...] = ()
    timeout_s: float = 5
    give_up: Callable[[], None] = lambda: None
    """Called after the last try that failed."""
    number: int = 0
    tries: list[Try] = field(default_factory=list)
    state: State = "waiting"
    letter: Letter | None = None


class Outbox:
    """Sends what is due, by a few threads that start with the first delivery and end with ``close()``.

    Its lock is the innermost one: nothing of the simulator is asked while it is held, but the clock.
    """

    def __init__(self, clock: Clock, post: Post) -> None:
        self._clock = clock
        self._post = post
        self._changed = threading.Condition()
        self._waiting: list[Delivery] = []
        self._on_their_way: set[Delivery] = set()
        self._kept: deque[Delivery] = deque(maxlen=_KEPT)
        self._threads: list[threading.Thread] = []
        self._last_number = 0
        self._is_closed = False

    def add(self, delivery: Delivery) -> None:
        """Beyond ten thousand that wait, new ones are dropped."""
        with self._changed:
            self._last_number += 1
            delivery.number = self._last_number
            self._kept.append(delivery)
            if len(self._waiting) >= _MOST_WAITING or self._is_closed:
                delivery.state = "dropped"
                return
            self._waiting.append(delivery)
            if not self._threads:
                self._threads = [
                    threading.Thread(target=self._carry, name=f"elos-courier-{n}", daemon=True)
                    for n in range(_COURIERS)
                ]
                for one in self._threads:
                    one.start()
            self._changed.notify_all()

    def change(self, delivery: Delivery, change: Callable[[Delivery], None]) -> bool:
        """Changes a delivery that nobody has tried yet, and puts it last; False if it is too late for that."""
        with self._changed:
            if delivery not in self._waiting or delivery.tries:
                return False
            change(delivery)
            self._last_number += 1
            delivery.number = self._last_number
            self._changed.notify_all()
            return True

    def drop(self, hook: Hook) -> None:
        """Forgets what waits for a hook; what is on its way is not tried again."""
        with self._changed:
            for one in [*self._waiting, *self._on_their_way]:
                if one.hook is hook:
                    one.state = "dropped"
            self._waiting = [one for one in self._waiting if one.hook is not hook]

    def deliveries(self) -> list[Delivery]:
        """The last ones, oldest first."""
        with self._changed:
            return list(self._kept)

    def clear(self) -> None:
        with self._changed:
            for one in [*self._waiting, *self._on_their_way]:
                one.state = "dropped"
            self._waiting.clear()
            self._kept.clear()

    def look(self) -> None:
        """The clock was moved."""
        with self._changed:
            self._changed.notify_all()

    def settle(self, *, within_s: float) -> bool:
        """Waits until nothing is due or on its way: whether it came to that in time."""
        until = time.monotonic() + within_s
        with self._changed:
            while self._on_their_way or self._due():
                if time.monotonic() >= until:
                    return False
                self._changed.wait(_LOOK_S)
            return True

    def close(self) -> None:
        """Ends the threads, also those in the middle of a letter."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify_all()
            threads = self._threads
        self._post.hang_up()
        for one in threads:
            one.join()

    # --- threads ---

    def _carry(self) -> None:
        while delivery := self._take():
            began = self._clock.now()
            if delivery.letter is None:
                delivery.letter = delivery.write(began)
            outcome = self._post.send(delivery.letter, timeout_s=delivery.timeout_s)
            self._note(delivery, Try(began, outcome))

    def _take(self) -> Delivery | None:
        """The next one that is due, None at the end."""
        with self._changed:
            while not self._is_closed:
                if due := self._due():
                    delivery = min(due, key=lambda one: (one.due, one.number))
                    self._waiting.remove(delivery)
                    self._on_their_way.add(delivery)
                    return delivery
                # The clock may be anybody's: what is not due yet is looked at again soon.
                self._changed.wait(_LOOK_S if self._waiting else None)
            return None

    def _due(self) -> list[Delivery]:
        now = self._clock.now()
        busy = {one.hook for one in self._on_their_way if one.hook}
        return [one for one in self._waiting if one.due <= now and one.hook not in busy]

    def _note(self, delivery: Delivery, tried: Try) -> None:
        with self._changed:
            self._on_their_way.discard(delivery)
            delivery.tries.append(tried)
            if tried.outcome.is_delivered:
                delivery.state = "delivered"
            elif delivery.state == "dropped":
                pass
            elif len(delivery.tries) > len(delivery.waits_s):
                delivery.state = "given_up"
                delivery.give_up()
            else:
                took = self._clock.now() - tried.at
                delivery.due += took + timedelta(seconds=delivery.waits_s[len(delivery.tries) - 1])
                self._waiting.append(delivery)
            self._changed.notify_all()
