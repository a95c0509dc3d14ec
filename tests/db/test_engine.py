"""Transactions: short, never nested, and readers that wait for nobody."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from lti_elos.db.engine import Database, NestedTransaction, transaction_is_open
from lti_elos.db.tables import platforms, spent
from lti_elos.errors import Misconfigured
from tests.db.rows import NOW, add_platform, add_server, spent_row

OPEN_EACH = """
import sys
from lti_elos.db.engine import Database
for url in sys.argv[1:]:
    sys.stdin.readline()
    database = Database(url)
    with database.reading() as db:
        db.exec_driver_sql("SELECT 1")
    database.dispose()
    print("read", flush=True)
"""
NAIVE = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - what is to be refused


def count(database: Database) -> int:
    with database.reading() as db:
        return db.execute(select(func.count()).select_from(spent)).scalar_one()


def run_all(*works: Callable[[], None]) -> None:
    """Each in a thread; the first error comes out here."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told in the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


# --- transactions ---


def test_a_transaction_keeps_what_it_wrote(database: Database) -> None:
    with database.transaction() as db:
        db.execute(spent.insert().values(spent_row()))

    assert count(database) == 1


def test_an_error_takes_everything_back(database: Database) -> None:
    def write_twice() -> None:
        with database.transaction() as db:
            db.execute(spent.insert().values(spent_row("new")))
            db.execute(spent.insert().values(spent_row("new")))

    with pytest.raises(IntegrityError):
        write_twice()

    assert count(database) == 0
    assert not transaction_is_open()


def test_a_transaction_refuses_to_begin_inside_another(database: Database) -> None:
    with database.transaction():
        assert transaction_is_open()
        with pytest.raises(NestedTransaction), database.transaction():
            pass
        with pytest.raises(NestedTransaction), database.reading():
            pass
    with database.reading(), pytest.raises(NestedTransaction), database.transaction():
        pass

    assert not transaction_is_open()
    assert count(database) == 0


def test_another_thread_may_have_a_transaction_of_its_own(database: Database) -> None:
    def read() -> None:
        assert not transaction_is_open()
        count(database)

    with database.transaction():
        run_all(read)


def test_a_reader_is_not_held_up_by_a_writer_and_sees_nothing_half_done(database: Database) -> None:
    writing, read = threading.Event(), threading.Event()

    def write() -> None:
        with database.transaction() as db:
            db.execute(spent.insert().values(spent_row()))
            writing.set()
            assert read.wait(60), "the reader waited for the writer"

    def look() -> None:
        assert writing.wait(60)
        assert count(database) == 0
        read.set()

    run_all(write, look)

    assert count(database) == 1


def test_on_sqlite_writers_that_read_before_they_write_take_turns(sqlite: Database) -> None:
    with sqlite.transaction() as db:
        db.execute(spent.insert().values(spent_row(holder="0")))

    def add_25() -> None:
        for _ in range(25):
            with sqlite.transaction() as db:
                before = int(db.execute(select(spent.c.holder)).scalar_one())
                db.execute(update(spent).values(holder=str(before + 1)))

    run_all(add_25, add_25, add_25)

    with sqlite.reading() as db:
        assert db.execute(select(spent.c.holder)).scalar_one() == "75"


# --- what the database itself promises ---


def test_foreign_keys_hold(database: Database) -> None:
    with database.transaction() as db:
        server_id = add_server(db)
        add_platform(db, server_id=server_id)

    with pytest.raises(IntegrityError), database.transaction() as db:
        db.exec_driver_sql("DELETE FROM servers")


def test_two_servers_cannot_both_be_the_default(database: Database) -> None:
    with database.transaction() as db:
        add_server(db, name="one", is_default=True)
        add_server(db, name="two")
        add_server(db, name="three")

    with pytest.raises(IntegrityError), database.transaction() as db:
        add_server(db, name="four", is_default=True)


def test_json_comes_back_as_it_went_in(database: Database) -> None:
    policies = {"room_scope": "resource", "n": [1, None, True], "ação": "ñ"}

    with database.transaction() as db:
        add_platform(db, policies=policies)

    with database.reading() as db:
        assert db.execute(select(platforms.c.policies)).scalar_one() == policies


# --- moments ---


def test_a_moment_of_any_zone_comes_back_in_utc(database: Database) -> None:
    in_sao_paulo = NOW.astimezone(timezone(timedelta(hours=-3))) + timedelta(microseconds=123456)

    with database.transaction() as db:
        db.execute(spent.insert().values(spent_row(ends_at=in_sao_paulo)))

    with database.reading() as db:
        found = db.execute(select(spent.c.ends_at).where(spent.c.ends_at == in_sao_paulo)).scalar_one()
    assert found == in_sao_paulo
    assert found.utcoffset() == timedelta(0)


def test_a_naive_moment_is_refused_in_rows_and_in_conditions(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.transaction() as db:
        db.execute(spent.insert().values(spent_row(ends_at=NAIVE)))
    with pytest.raises(StatementError, match="naive"), database.reading() as db:
        db.execute(select(spent).where(spent.c.ends_at < NAIVE))


def test_no_moment_stays_none(database: Database) -> None:
    with database.transaction() as db:
        add_platform(db, disabled_at=None)

    with database.reading() as db:
        assert db.execute(select(platforms.c.disabled_at)).scalar_one() is None


# --- addresses ---


def test_the_folder_of_a_new_sqlite_file_is_nobody_elses_business(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path}/a/b/elos.sqlite3").dispose()

    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "url",
    ["nonsense s3cret", "postgres://elos:s3cret@db/elos", "mysql+nodriver://u:s3cret@h/d", "oracle://u:s3cret@h/d"],
)
def test_a_url_that_names_no_database_of_ours_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(Misconfigured, match="DATABASE_URL") as caught:
        Database(url)

    assert "s3cret" not in str(caught.value)


def test_many_processes_may_open_a_new_sqlite_file_at_once(tmp_path: Path) -> None:
    files = [f"sqlite:///{tmp_path}/{number}.sqlite3" for number in range(40)]
    command = [sys.executable, "-c", OPEN_EACH, *files]

    with ExitStack() as ends:
        started = [
            ends.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for _ in range(3)
        ]
        for _ in files:  # all begin each file together
            for one in started:
                assert one.stdin is not None
                one.stdin.write(b"\n")
                one.stdin.flush()
            assert [one.stdout and one.stdout.readline() for one in started] == [b"read\n"] * 3


def test_a_new_sqlite_file_is_closed_to_others(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # a folder that was there before, open to all
    file = tmp_path / "elos.sqlite3"

    database = Database(f"sqlite:///{file}")
    with database.transaction() as db:
        db.exec_driver_sql("CREATE TABLE t (x INTEGER)")
        modes = {one.name: one.stat().st_mode & 0o777 for one in tmp_path.iterdir()}
    database.dispose()

    assert modes == dict.fromkeys(("elos.sqlite3", "elos.sqlite3-wal", "elos.sqlite3-shm"), 0o600)
