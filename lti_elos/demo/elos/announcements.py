"""Tells hooks what happened, in all the ways that servers do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote_plus, urlencode

from lti_elos.demo.elos.checksum import delivery_checksum
from lti_elos.demo.elos.clock import Clock, epoch_ms
from lti_elos.demo.elos.events import Attributes
from lti_elos.demo.elos.hooks import Hook, Hooks
from lti_elos.demo.elos.outbox import RETRY_WAITS_S, Delivery, Outbox
from lti_elos.demo.elos.post import Letter
from lti_elos.demo.elos.switches import Switches

_HELD = timedelta(seconds=2)
"""How long an event waits for the one that overtakes it, or travels with it."""


class Announcer:
    """Makes a delivery of each event for each hook that hears it."""

    def __init__(self, *, hooks: Hooks, outbox: Outbox, clock: Clock, secret: str, domain: str) -> None:
        self._hooks = hooks
        self._outbox = outbox
        self._clock = clock
        self._secret = secret
        self._domain = domain
        self._held: dict[Hook, tuple[Delivery, list[Attributes]]] = {}

    def tell(self, event: Attributes, *, meeting_id: str, switches: Switches) -> None:
        """Nothing is said to anybody while hooks are silent."""
        event_id = str(event["data"]["id"])
        if switches.silent_hooks:
            return
        for hook in self._hooks:
            if hook.hears(event_id, meeting_id):
                for _ in range(2 if switches.duplicate_events else 1):
                    self._tell(hook, event_id, event, switches)

    def forget(self, hook: Hook) -> None:
        self._held.pop(hook, None)
        self._outbox.drop(hook)

    def _tell(self, hook: Hook, event_id: str, event: Attributes, switches: Switches) -> None:
        due = self._clock.now() + timedelta(seconds=switches.event_delay_s)
        holds = switches.reorder_events or switches.batch_events
        held = self._held.pop(hook, None)
        if held and self._joined(held, event_id, event, due, switches):
            return
        events = [event]
        delivery = self._delivery(hook, event_id, events, due + _HELD if holds and not held else due, switches)
        if holds and not held:
            self._held[hook] = (delivery, events)
        self._outbox.add(delivery)
        if held:
            self._outbox.change(held[0], lambda one: _be_due(one, due))

    def _joined(
        self,
        held: tuple[Delivery, list[Attributes]],
        event_id: str,
        event: Attributes,
        due: datetime,
        switches: Switches,
    ) -> bool:
        """Whether the event travels with the one that waited for it."""
        if not switches.batch_events:
            return False
        place = 0 if switches.reorder_events else 1

        def join(one: Delivery) -> None:
            held[1].insert(place, event)
            one.what.insert(place, event_id)
            _be_due(one, due)

        return self._outbox.change(held[0], join)

    def _delivery(
        self, hook: Hook, event_id: str, events: list[Attributes], due: datetime, switches: Switches
    ) -> Delivery:
        def give_up() -> None:
            if switches.mode == "bbb":
                hook.is_dead = True
            else:
                hook.is_enabled = False
                self._outbox.drop(hook)

        return Delivery(
            what=[event_id],
            url=hook.callback_url,
            write=self._writer(hook, events, switches),
            due=due,
            hook=hook,
            waits_s=tuple(one * switches.retry_factor for one in RETRY_WAITS_S),
            timeout_s=switches.hook_timeout_s,
            give_up=give_up,
        )

    def _writer(self, hook: Hook, events: list[Attributes], switches: Switches) -> Callable[[datetime], Letter]:
        def write(now: datetime) -> Letter:
            body, content_type = _body(events, self._domain, epoch_ms(now), switches)
            url = hook.callback_url
            headers = {"Content-Type": content_type, "User-Agent": "node-fetch"}
            if switches.mode == "bbb" and switches.bbb_auth == "checksum":
                digest = delivery_checksum(url, body, secret=self._secret, algorithm=switches.hook_checksum)
                url = f"{url}{'&' if '?' in url else '?'}checksum={digest}"
            else:
                has_token = switches.mode == "elos" and switches.auth_tokens
                headers["Authorization"] = f"Bearer {hook.auth_token if has_token else self._secret}"
            return Letter(url, headers, body)

        return write


def _be_due(delivery: Delivery, at: datetime) -> None:
    delivery.due = at


def _body(events: list[Attributes], domain: str, timestamp: int, switches: Switches) -> tuple[bytes, str]:
    told: object = events[0] if switches.bare_events and len(events) == 1 else events
    if switches.json_events:
        whole = {"domain": domain, "event": told, "timestamp": timestamp}
        return json.dumps(whole, ensure_ascii=False).encode(), "application/json;charset=utf-8"
    fields = {
        "domain": domain,
        "event": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
        "timestamp": str(timestamp),
    }
    form = urlencode(fields, quote_via=quote_plus).encode()
    return form, "application/x-www-form-urlencoded;charset=UTF-8"
