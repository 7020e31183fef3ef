"""Nothing acknowledged is lost and nothing is done twice, whoever is killed when."""

import os
import random
import signal
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

import pytest

from cauce.service.client import submit
from cauce.service.settings import ServiceSettings
from running import Running, running

KILLS = 4


def kill(service: Running, name: str) -> bool:
    pid = service.pid_of(name)
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return True


def accepted(service: Running, studies: list[Path]) -> list[str]:
    from cauce.service.client import _post

    jobs = [_post(f"{service.url}/v1/jobs", path.read_bytes()) for path in studies]
    assert all(status == 202 for status, _ in jobs)
    return [job["id"] for _, job in jobs]


def states(service: Running, ids: list[str]) -> list[str]:
    return [service.get(f"/v1/jobs/{key}")["state"] for key in ids]


def rows_of(database: Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def assert_no_patient(workspace: Path) -> None:
    """Neither databases nor logs know a patient, and the queue's rows are JSON, which cannot run code when it is read."""
    for name in ("jobs.db", "monitor.db", "test.log"):
        content = (workspace / name).read_bytes()
        assert all(canary not in content for canary in (b"CANARY", b"ZZYZX", b"QUENTIN")), name
    assert rows_of(workspace / "jobs.db", "select distinct serialization from workflow_status") == [("cauce_json",)]


@pytest.fixture
def settings(tmp_path: Path, bundle: Path) -> ServiceSettings:
    return ServiceSettings(workspace=tmp_path / "workspace", bundle=bundle, port=0, workers=1)


def test_a_worker_killed_at_any_moment_loses_nothing_and_duplicates_nothing(
    settings: ServiceSettings, studies: list[Path]
) -> None:
    studies = studies[:6]
    moments = random.Random(20261123)
    with running(settings) as service:
        service.wait_until_ready(workers=1)
        ids = accepted(service, studies)
        killed = 0
        while killed < KILLS:
            time.sleep(moments.uniform(0.2, 2.5))
            killed += kill(service, "worker-0")
        deadline = time.monotonic() + 90
        while set(states(service, ids)) - {"done", "refused", "failed"} and time.monotonic() < deadline:
            time.sleep(0.3)
        assert states(service, ids) == ["done"] * len(studies)
        assert ids == accepted(service, studies), "sent again, the same study is the same job"
    folder = settings.workspace / "results"
    assert sorted(path.parent.name for path in folder.glob("*/*/result.json")) == sorted(ids)
    assert all({path.name for path in (folder / key[:2] / key).iterdir() if not path.name.startswith(".")} ==
               {"result.json", "report.en.pdf", "report.es.pdf", "sr.dcm", "documents.json"} for key in ids)
    assert rows_of(settings.workspace / "monitor.db", "select count(*) from monitor_results") == [(len(studies),)]
    spool = settings.workspace / "service" / "spool"
    assert [path for path in spool.iterdir() if not path.name.startswith(".")] == []
    assert_no_patient(settings.workspace)


def test_what_was_acknowledged_survives_the_end_of_everything(settings: ServiceSettings, studies: list[Path]) -> None:
    without_workers = settings.model_copy(update={"workers": 0})
    with running(without_workers) as service:
        service.wait_until_ready(workers=0)
        ids = accepted(service, studies[:2])
        assert states(service, ids) == ["queued", "queued"]
        kill(service, "api")
        assert states(service, ids) == ["queued", "queued"], "the socket outlives the API; callers only wait"
        service.process.kill()
    with running(settings) as service:
        answers = list(submit(studies[0], service.url, queue=True, progress=lambda *_: None))
        assert answers[0].answer["id"] in ids
        deadline = time.monotonic() + 60
        while states(service, ids) != ["done", "done"] and time.monotonic() < deadline:
            time.sleep(0.3)
        assert states(service, ids) == ["done", "done"]


def test_processes_end_with_a_supervisor_that_was_killed(settings: ServiceSettings) -> None:
    with running(settings) as service:
        service.wait_until_ready(workers=1)
        children = [service.pid_of("worker-0"), service.pid_of("api")]
        service.process.kill()
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not any(Path(f"/proc/{pid}").exists() for pid in children)
