"""The command as people run it: a process of its own, its settings in the environment, an SQLite file of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import SECRET_KEY


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass
class Command:
    """``python -m lti_elos …``; ``settings`` are names without the prefix, None takes one away.

    ``typed``: its standard input.
    """

    folder: Path
    settings: dict[str, str | None] = field(default_factory=dict)

    def __call__(self, *arguments: str, typed: str | None = None, **settings: str | None) -> Ran:
        names = self.settings | settings
        environment = {name: text for name, text in os.environ.items() if not name.upper().startswith("LTI_ELOS_")}
        environment |= {f"LTI_ELOS_{name}": text for name, text in names.items() if text is not None}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "lti_elos", *arguments],
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env=environment,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def column(self, query: str) -> list[str]:
        """What the database holds in the end, asked without the product."""
        with closing(sqlite3.connect(str(self.settings["DATABASE_URL"]).removeprefix("sqlite:///"))) as connection:
            return [str(row[0]) for row in connection.execute(query)]

    def failed(self, *arguments: str, typed: str | None = None, **settings: str | None) -> str:
        """The one line on stderr of a command that exits with 1."""
        ran = self(*arguments, typed=typed, **settings)
        assert ran.code == 1, ran
        assert ran.out == ""
        (line,) = ran.err.splitlines()
        assert line.startswith("lti-elos: ")
        return line.removeprefix("lti-elos: ")

    def done(self, *arguments: str, typed: str | None = None, **settings: str | None) -> Ran:
        """What a command said that exits with 0; it says nothing on stderr."""
        ran = self(*arguments, typed=typed, **settings)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran


@pytest.fixture
def bare(tmp_path: Path) -> Command:
    """Over a data folder that is not there yet."""
    return Command(tmp_path, {"DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": SECRET_KEY})


@pytest.fixture
def elos_command(sqlite_url: str, tmp_path: Path) -> Command:
    """Over a migrated database."""
    return Command(tmp_path, {"DATABASE_URL": sqlite_url, "SECRET_KEY": SECRET_KEY})
