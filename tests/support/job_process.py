"""A process that does jobs, to be killed: python -m tests.support.job_process URL FOLDER alone|beside.

Its jobs write a row each into a table of the test's: (key, which try). They take a while between claim and effect.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from lti_elos.app import make_deps
from lti_elos.services import jobs
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import Effect, Job, Kind
from lti_elos.services.workers import Worker
from lti_elos.settings import Settings

SECRET_KEY = "tests-only-key-of-more-than-32-characters"


def work(_deps: Deps, job: Job) -> Effect:
    time.sleep(0.05)

    def effect(db: Connection) -> None:
        db.execute(text("insert into effects (key) values (:key)"), {"key": f"{job.kind} {job.key}"})
        time.sleep(0.01)

    return effect


KINDS = {"effect": Kind(work), "beat": Kind(work, every=timedelta(seconds=2))}


def main() -> None:
    url, folder, how = sys.argv[1:]
    jobs.LEASE = timedelta(seconds=1)
    deps = make_deps(Settings(database_url=url, data_dir=Path(folder), secret_key=SECRET_KEY))
    Worker(deps, alone=how == "alone", kinds=KINDS).run()


if __name__ == "__main__":
    main()
