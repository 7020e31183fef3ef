import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, update

from cauce.domain.errors import BusyError
from cauce.experiment import claims as module
from cauce.experiment.claims import Claims, open_claims
from cauce.store.sqlalchemy_adapter import Database
from cauce.store.workspace import Workspace


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'search.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database.open(url, module._METADATA)
    yield database
    with database.transaction() as connection:
        for table in module._METADATA.sorted_tables:
            connection.execute(table.delete())
    database.engine.dispose()


def expire(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(module._CLAIMS).values(expires_ms=1))


def test_a_claim_is_given_once_and_again_after_it_was_given_back(database: Database) -> None:
    first, second = Claims(database, "w"), Claims(database, "w")
    assert first.take("fold")
    assert not second.take("fold")
    assert not first.take("fold")
    first.release("fold")
    assert second.take("fold")


def test_many_processes_may_make_the_tables_of_a_new_database_at_once(postgres_url: str) -> None:
    for number in range(10):
        metadata = MetaData()
        Table(f"fresh_{number}", metadata, Column("key", String(8), primary_key=True))
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(lambda _, metadata=metadata: Database.open(postgres_url, metadata), range(8)))
        for database in opened:
            database.engine.dispose()


def test_of_many_that_ask_at_once_exactly_one_gets_each_fold(database: Database) -> None:
    taken: list[str] = []

    def ask() -> None:
        mine = Claims(database, "w")
        taken.extend(key for key in map(str, range(10)) if mine.take(key))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [str(n) for n in range(10)]


def test_one_of_many_takes_over_what_has_run_out(database: Database) -> None:
    assert Claims(database, "w").take("fold")
    expire(database)
    assert sum(Claims(database, "w").take("fold") for _ in range(5)) == 1


def test_who_stood_still_is_told_that_the_work_was_taken_over(database: Database) -> None:
    slow, other = Claims(database, "w"), Claims(database, "w")
    slow.take("fold")
    slow.require("fold")
    expire(database)
    assert other.take("fold")
    slow.renew()
    with pytest.raises(BusyError, match="stood still"):
        slow.require("fold")


def test_who_stood_still_alone_goes_on(database: Database) -> None:
    slow = Claims(database, "w")
    slow.take("fold")
    expire(database)
    slow.renew()
    slow.require("fold")
    assert not Claims(database, "w").take("fold")


def test_the_claim_of_a_dead_process_is_taken_at_once(database: Database) -> None:
    with database.transaction() as connection:
        now = module._clock(connection)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    row = {"workspace": "w", "key": "fold", "holder": f"{module._process_space()}:{child.pid}:x", "expires_ms": now + 30_000}
    database.insert_new(module._CLAIMS, [row])
    mine = Claims(database, "w")
    assert not mine.take("fold")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert mine.take("fold")


def test_what_was_finished_is_not_claimed_again_soon(database: Database) -> None:
    first = Claims(database, "w")
    first.take("fold")
    first.release("fold", finished=True)
    assert not Claims(database, "w").take("fold")


def test_workspaces_that_share_a_database_do_not_disturb_each_other(database: Database) -> None:
    assert Claims(database, "w").take("fold")
    assert Claims(database, "v").take("fold")


def test_all_use_the_value_that_was_given_first(database: Database) -> None:
    assert Claims(database, "w").agree("precision", lambda: "float32") == "float32"
    assert Claims(database, "w").agree("precision", lambda: "bfloat16") == "float32"


def test_everything_is_given_back_at_the_end(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    with open_claims(workspace) as first, open_claims(workspace) as second:
        first.take("fold")
        assert not second.take("fold")
    with open_claims(workspace) as third:
        assert third.take("fold")
