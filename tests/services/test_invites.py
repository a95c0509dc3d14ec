"""Invites: whose they are, how long they are good, and that one registration at a time has one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_elos.db.tables import invites as table
from lti_elos.errors import InviteExpired, InviteUnknown, InviteUsed, RegistrationRunning
from lti_elos.services import invites, platforms
from lti_elos.services.deps import Deps
from tests.services.conftest import Clock
from tests.services.test_platforms import add


def make(deps: Deps) -> str:
    """The secret of a new one."""
    return invites.make(deps, name="LMS", lasts=timedelta(hours=1)).url.rpartition("/")[2]


def find(deps: Deps, secret: str) -> invites.Invite:
    with deps.database.reading() as db:
        return invites.find(db, secret, now=deps.clock())


def lease(deps: Deps, invite: invites.Invite) -> None:
    with deps.database.transaction() as db:
        invites.lease(db, invite, now=deps.clock())


def test_the_secret_is_kept_as_a_hash_and_no_two_are_alike(deps: Deps) -> None:
    one, other = make(deps), make(deps)

    with deps.database.reading() as db:
        kept = str(db.execute(select(table)).all())
    assert one != other
    assert one not in kept
    assert other not in kept
    assert find(deps, one).id != find(deps, other).id


def test_it_is_good_until_its_end(deps: Deps, clock: Clock) -> None:
    secret = make(deps)
    clock.forward(minutes=59, seconds=59)
    assert find(deps, secret).name == "LMS"

    clock.forward(seconds=1)

    with pytest.raises(InviteExpired):
        find(deps, secret)


@pytest.mark.parametrize("secret", ["", "x", "ação", "a" * 10_000, "\0", "' or 1=1 --"])
def test_whatever_else_is_no_invite(deps: Deps, secret: str) -> None:
    make(deps)

    with pytest.raises(InviteUnknown):
        find(deps, secret)


def test_one_registration_at_a_time_has_it_until_it_gives_it_back(deps: Deps) -> None:
    invite = find(deps, make(deps))
    lease(deps, invite)
    with pytest.raises(RegistrationRunning):
        lease(deps, invite)

    with deps.database.transaction() as db:
        invites.give_back(db, invite)

    lease(deps, invite)


def test_a_registration_that_was_killed_does_not_keep_it(deps: Deps, clock: Clock) -> None:
    invite = find(deps, make(deps))
    lease(deps, invite)
    clock.forward(seconds=invites.LEASE.total_seconds() - 1)
    with pytest.raises(RegistrationRunning):
        lease(deps, invite)

    clock.forward(seconds=1)

    lease(deps, invite)


def test_it_is_spent_once_and_goes_with_its_platform(deps: Deps) -> None:
    secret, platform_id = make(deps), add(deps)
    invite = find(deps, secret)
    with deps.database.transaction() as db:
        assert not invites.has_registered(db, platform_id)
        invites.spend(db, invite, now=deps.clock())
        invites.name_platform(db, invite, platform_id)
        assert invites.has_registered(db, platform_id)

    with pytest.raises(InviteUsed):
        find(deps, secret)
    with pytest.raises(InviteUsed), deps.database.transaction() as db:
        invites.spend(db, invite, now=deps.clock())
    platforms.remove(deps, str(platform_id))
    with pytest.raises(InviteUnknown):
        find(deps, secret)
