from __future__ import annotations

import pytest

from lti_elos.domain.abilities import Ability, may
from lti_elos.domain.roles import RoleName, Standing

TEACHER = Standing(moderates=True, manages=True, role=RoleName.TEACHER)
STUDENT = Standing(moderates=False, manages=False, role=RoleName.STUDENT)
ADMINISTRATOR = Standing(moderates=False, manages=True, role=RoleName.INSTITUTION_ADMIN)


@pytest.mark.parametrize(
    ("standing", "abilities"),
    [
        (TEACHER, set(Ability)),
        (STUDENT, {Ability.ENTER}),
        (ADMINISTRATOR, set(Ability) - {Ability.OPEN}),
    ],
    ids=["teacher", "student", "administrator who attends"],
)
def test_each_standing_may_do_what_the_table_says(standing: Standing, abilities: set[Ability]) -> None:
    assert {ability for ability in Ability if may(standing, ability)} == abilities
