from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lti_elos.db import schema
from lti_elos.services.deps import Deps
from lti_elos.services.health import readiness
from lti_elos.services.watchers import Watchers
from tests.services.conftest import MakeDeps


def test_a_migrated_database_is_ready(deps: Deps) -> None:
    assert readiness(deps).checks == dict.fromkeys(("database", "schema", "refreshers", "jobs", "hooks"), "ok")


def test_refreshers_that_stopped_looking_are_told(deps: Deps) -> None:
    passed = 0.0
    deps = replace(deps, watchers=Watchers(monotonic=lambda: passed))
    deps.watchers.take()
    passed = 59.0
    assert readiness(deps).checks["refreshers"] == "ok"

    passed = 61.0

    assert readiness(deps).checks["refreshers"].startswith("have not looked at the rooms for a minute: see the log")


def test_an_empty_database_is_told_with_the_mend(deps: Deps) -> None:
    schema.downgrade(deps.database, "base")

    assert readiness(deps).checks == {
        "database": "ok",
        "schema": f"is empty, {schema.HEAD} is needed: `lti-elos db upgrade`",
    }


def test_a_database_out_of_reach_is_told_without_its_address(deps_with: MakeDeps, tmp_path: Path) -> None:
    said = readiness(deps_with(database_url=f"postgresql://elos:s3cret@/elos?host={tmp_path}")).checks

    assert said == {"database": "out of reach: OperationalError: is it running, and is DATABASE_URL right?"}
