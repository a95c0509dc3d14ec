"""What each standing may do: the one table."""

from __future__ import annotations

from enum import StrEnum

from lti_elos.domain.roles import Standing


class Ability(StrEnum):
    """Named after what the person does."""

    ENTER = "enter"
    OPEN = "open"
    END = "end"
    SEE_ALL_RECORDINGS = "see_all_recordings"
    SEE_WHO_WAITS = "see_who_waits"
    SELECT_CONTENT = "select_content"
    """Choose in the LMS which rooms a course has links to."""


def may(standing: Standing, ability: Ability) -> bool:
    """Whether ``standing`` has the ability in its room."""
    match ability:
        case Ability.ENTER:
            return True
        case Ability.OPEN:
            return standing.moderates
        case Ability.END | Ability.SEE_ALL_RECORDINGS | Ability.SEE_WHO_WAITS | Ability.SELECT_CONTENT:
            return standing.manages
