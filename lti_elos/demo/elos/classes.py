"""A class that plays itself: people come, talk, lose their connection and go, while one watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from lti_elos.demo.elos.meetings import Act, Meeting, Person, random_word

if TYPE_CHECKING:
    from lti_elos.demo.elos.simulator import Simulator

MINUTES = 50
FACTOR = 60.0
"""How many minutes of the script pass in one: the class takes fifty seconds, and its times are those of the clock."""

# Names by userID. The last came by phone, without one.
_BRUNA, _CAIO, _DAVI, _ELISA, _FABIO, _PHONE = "class-bruna", "class-caio", "20231045", "class-elisa", "class-fabio", ""
_NAMES = {
    _BRUNA: "Bruna Teixeira",
    _CAIO: "Caio Moura",
    _DAVI: "Davi Antunes",
    _ELISA: "Elisa Prado",
    _FABIO: "Fábio Nogueira",
    _PHONE: "Telefone 61 9999",
}
_OPTIONS = ("Sim", "Não")

# Minute, who, and what they do. "talk" begins or stops.
_SCRIPT: tuple[tuple[float, str, str], ...] = (
    (0, _BRUNA, "join"),
    (1, _CAIO, "join"),
    (1, "", "record"),
    (2, _DAVI, "join"),
    (3, _BRUNA, "chat"),
    (4, _ELISA, "join"),
    (6, _CAIO, "talk"),
    (9, _CAIO, "talk"),
    (10, _PHONE, "join"),
    (11, _ELISA, "raise_hand"),
    (12, _ELISA, "talk"),
    (14, _ELISA, "talk"),
    (15, _CAIO, "leave"),
    (17, _CAIO, "join"),
    (18, _CAIO, "chat"),
    (20, _FABIO, "join"),
    (22, "", "ask"),
    (23, _BRUNA, "vote Sim"),
    (23.5, _CAIO, "vote Sim"),
    (24, _DAVI, "vote Não"),
    (24.5, _ELISA, "vote Sim"),
    (26, _BRUNA, "talk"),
    (31, _BRUNA, "talk"),
    (32, _DAVI, "leave"),
    (35, _FABIO, "emoji"),
    (36, _FABIO, "raise_hand"),
    (37, _FABIO, "talk"),
    (41, _FABIO, "talk"),
    (44, _ELISA, "chat"),
    (46, _PHONE, "leave"),
    (48, _ELISA, "leave"),
    (49, _CAIO, "leave"),
    (49.5, _FABIO, "leave"),
    (MINUTES, _BRUNA, "leave"),
)


@dataclass
class _Class:
    sim: Simulator
    meeting: Meeting
    inside: dict[str, Person] = field(default_factory=dict)

    def go_on(self, who: str, what: str, at: datetime) -> None:
        """One line of the script; after the meeting's end there is nothing left to do."""
        if self.meeting.ended_at is not None:
            return
        if what == "join":
            self._join(who, at)
        elif what == "ask":
            self.meeting.ask("Ficou claro?", _OPTIONS, at)
        elif what == "record":
            if self.meeting.may_toggle_recording and not self.meeting.was_recorded:
                self.meeting.set_recording(True, at)
        elif person := self.inside.get(who):
            self._do(person, what, at)

    def _join(self, who: str, at: datetime) -> None:
        internal_id = f"w_{random_word(12)}"
        person = Person(_NAMES[who], "VIEWER", who or internal_id, internal_id, joined_at=at)
        self.inside[who] = person
        self.sim.enter(self.meeting, person)

    def _do(self, person: Person, what: str, at: datetime) -> None:
        if person.left_at is not None:  # put out by hand
            return
        acts: dict[str, Act] = {"talk": "talk", "chat": "chat", "raise_hand": "raise_hand", "emoji": "emoji"}
        if what == "leave":
            self.meeting.leave(person, at)
        elif what in acts:
            self.meeting.act(person, acts[what], at)
        else:
            self.meeting.act(person, "vote", at, option=what.removeprefix("vote "))


def play(sim: Simulator, meeting: Meeting, *, factor: float = FACTOR) -> float:
    """Begins the class now, ``factor`` times faster than written. Gives the seconds that it takes.

    It does not end the meeting: that is for whoever is in it.
    """
    began = meeting.class_since = sim.now
    its = _Class(sim, meeting)
    for minute, who, what in _SCRIPT:
        step: Callable[[datetime], None] = partial(its.go_on, who, what)
        sim.later(began + timedelta(minutes=minute) / factor, step)
    return MINUTES * 60 / factor
