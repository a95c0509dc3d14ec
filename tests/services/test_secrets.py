"""Re-sealing after SECRET_KEY got a new first part."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lti_elos.db.tables import deployments, rooms, servers, tool_keys
from lti_elos.domain.rooms import RoomKey
from lti_elos.errors import ElosNoServer, Misconfigured
from lti_elos.services import keys, secrets
from lti_elos.services import rooms as room_service
from lti_elos.services import servers as server_service
from lti_elos.services.deps import Deps
from lti_elos.services.elos_doors import SECRET
from lti_elos.vault import Vault
from tests.conftest import SECRET_KEY
from tests.services.conftest import MakeDeps
from tests.services.test_platforms import add

NEW = "new-key-of-more-than-32-characters"
PURPOSES = {
    servers.c.secret_sealed: SECRET,
    tool_keys.c.private_sealed: keys.PRIVATE,
    rooms.c.attendee_password_sealed: room_service.ATTENDEE,
    rooms.c.moderator_password_sealed: room_service.MODERATOR,
}


def fill(deps: Deps) -> None:
    """One secret of each kind."""
    server_service.add(deps, name="one", url="https://elos.example", secret="shared-secret")
    keys.jwks(deps)
    platform_id = add(deps, deployment_ids=["1"])
    with deps.database.transaction() as db:
        deployment = db.scalar(select(deployments.c.id).where(deployments.c.platform_id == platform_id))
        assert deployment is not None
        room_service.find_or_make(
            db,
            deps.vault,
            deployment_id=deployment,
            course_id=None,
            key=RoomKey("resource", "", "link-1"),
            name="Sala",
            now=deps.clock(),
        )


def sealed(deps: Deps) -> dict[Any, str]:
    with deps.database.reading() as db:
        return {column: db.execute(select(column)).scalar_one() for column in PURPOSES}


def opened(deps: Deps, vault: Vault) -> list[str]:
    return [vault.open(PURPOSES[column], text) for column, text in sealed(deps).items()]


def test_every_secret_moves_to_the_first_key_and_stays_what_it_was(deps_with: MakeDeps) -> None:
    fill(deps_with())
    before = opened(deps_with(), Vault([SECRET_KEY]))

    moved = secrets.reseal(deps_with(secret_key=f"{NEW},{SECRET_KEY}"))

    assert moved == 4
    assert opened(deps_with(), Vault([NEW])) == before


def test_a_second_time_there_is_nothing_to_move(deps_with: MakeDeps) -> None:
    fill(deps_with())
    rotated = deps_with(secret_key=f"{NEW},{SECRET_KEY}")
    secrets.reseal(rotated)
    before = sealed(rotated)

    assert secrets.reseal(rotated) == 0
    assert sealed(rotated) == before


def test_without_the_old_key_nothing_moves_and_the_row_is_named(deps_with: MakeDeps) -> None:
    fill(deps_with())
    before = sealed(deps_with())

    with pytest.raises(Misconfigured, match=r"servers .* sealed with a key that SECRET_KEY does not hold any more"):
        secrets.reseal(deps_with(secret_key=NEW))

    assert sealed(deps_with()) == before


def test_a_value_that_was_never_sealed_is_named_too(deps: Deps) -> None:
    fill(deps)
    with deps.database.transaction() as db:
        db.execute(rooms.update().values(moderator_password_sealed="plain"))

    with pytest.raises(Misconfigured, match="rooms "):
        secrets.reseal(deps)


def test_more_rows_than_a_batch_all_move(deps_with: MakeDeps, monkeypatch: pytest.MonkeyPatch) -> None:
    old = deps_with()
    for number in range(5):
        server_service.add(old, name=f"n{number}", url="https://elos.example", secret="s")
    monkeypatch.setattr(secrets, "_BATCH", 2)

    assert secrets.reseal(deps_with(secret_key=f"{NEW},{SECRET_KEY}")) == 5


def test_a_server_whose_secret_cannot_be_opened_is_as_good_as_none(deps_with: MakeDeps) -> None:
    fill(deps_with())
    other = deps_with(secret_key=NEW)

    with other.database.reading() as db, pytest.raises(ElosNoServer):
        other.elos.of_platform(db, None)
