"""The one place that knows DBOS: a durable queue of job keys, its client and its worker.

Only keys travel through the queue's database; studies lie in the spool, results in the result store. Rows are JSON:
DBOS would pickle by default, and a pickle runs code when it is read.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from cauce.domain.errors import NotFoundError
from cauce.domain.job import InferenceJob, JobState
from cauce.domain.record import Digest

_APPLICATION = "cauce"
_QUEUE = "inference"
_WORKFLOW = "infer_study"
_POLL_S = 0.1
_ATTEMPTS = 8  # with doubled pauses: a full disk or a lost database has a minute to come back
_ATTEMPT_INTERVAL_S = 0.5
_RECOVERIES = 20  # a study that ends its worker each time goes no further than this

Step = Callable[[Digest], dict[str, str]]
"""One step of a job: takes the job's key; must be repeatable; gives what the next readers of the job may know."""


class JobFailed(Exception):
    """A job that ended without a result. Its one line is what the queue's database keeps of it: no patient data."""


class _JsonSerializer:
    """DBOS's serializer interface, without pickle. Errors become their one line."""

    def serialize(self, data: Any) -> str:
        return json.dumps({"error": str(data)} if isinstance(data, BaseException) else {"value": data})

    def deserialize(self, serialized_data: str) -> Any:
        content = json.loads(serialized_data)
        return JobFailed(content["error"]) if "error" in content else content["value"]

    def name(self) -> str:
        return "cauce_json"


def prepare_database(url: str) -> None:
    """Make the queue's tables when they are missing. SQLite gets a write-ahead log: readers then never wait for writers."""
    from dbos import DBOS

    logging.getLogger("dbos").setLevel(logging.CRITICAL)
    prefix = "sqlite:///"
    if url.startswith(prefix):
        path = url.removeprefix(prefix)
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        os.chmod(path, 0o600)  # noqa: PTH101
    DBOS.migrate(url)


class JobQueue:
    """Client of the queue: puts keys in, says how they stand. Runs no job itself."""

    def __init__(self, url: str, *, model_digest: Digest) -> None:
        from dbos import DBOSClient

        self._model_digest = model_digest
        self._client = DBOSClient(
            system_database_url=url, serializer=_JsonSerializer(), application_name=_APPLICATION,  # type: ignore[arg-type]
            retry_connection_errors=False,
        )
        self._client.register_queue(_QUEUE, worker_concurrency=1, polling_interval_sec=_POLL_S, on_conflict="always_update")

    def put(self, key: Digest) -> InferenceJob:
        """Enqueue a job; durable on return. A key that is known keeps its job; one that failed is tried again."""
        known = self._status(key)
        if known is not None and _job(known, self._model_digest).state is JobState.FAILED:
            self._client.delete_workflow(key)
        self._client.enqueue(
            {"workflow_name": _WORKFLOW, "queue_name": _QUEUE, "workflow_id": key, "app_version": _version(self._model_digest)},
            key,
        )
        return self.job(key)

    def job(self, key: Digest) -> InferenceJob:
        """How a job stands.

        Raises:
            NotFoundError: it was never enqueued.
        """
        status = self._status(key)
        if status is None:
            raise NotFoundError("no such job", where=key[:12], remedy="Check the id; send the study if it was never sent.")
        return _job(status, self._model_digest)

    def counts(self) -> dict[JobState, int]:
        """Jobs that are not finished, by state."""
        waiting = self._client.list_queued_workflows(queue_name=_QUEUE, load_input=False)
        running = sum(1 for status in waiting if status.status == "PENDING")
        return {JobState.QUEUED: len(waiting) - running, JobState.RUNNING: running}

    def check(self) -> None:
        """Raise when the database cannot be reached."""
        self._client.check_connection()

    def close(self) -> None:
        """Give the connections back."""
        self._client.destroy()

    def _status(self, key: Digest) -> Any:
        found = self._client.list_workflows(workflow_ids=[key], load_input=False)
        return found[0] if found else None


@dataclass(frozen=True)
class WorkerIdentity:
    """Who works: an id that survives restarts (its unfinished jobs are taken up again), and the model it serves."""

    executor_id: str
    model_digest: Digest


def start_worker(url: str, steps: Sequence[tuple[str, Step]], *, identity: WorkerIdentity) -> Callable[[float], None]:
    """Take jobs from the queue and run `steps` for each, in background threads; gives the function that drains and stops.

    Each finished step is remembered; a job whose worker was killed continues with the step it was in.
    """
    from dbos import DBOS

    DBOS(
        config={
            "name": _APPLICATION, "system_database_url": url, "executor_id": identity.executor_id,
            "application_version": _version(identity.model_digest), "serializer": _JsonSerializer(),  # type: ignore[typeddict-item]
            "log_level": "CRITICAL", "enable_otlp": False,
        }
    )
    retried = DBOS.step(
        retries_allowed=True, interval_seconds=_ATTEMPT_INTERVAL_S, max_attempts=_ATTEMPTS, should_retry=_is_transient
    )
    named = [_named(retried, name, step) for name, step in steps]

    @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_RECOVERIES)
    def infer_study(key: str) -> dict[str, str]:
        outcome: dict[str, str] = {}
        for step in named:
            outcome = step(key)
        return outcome

    DBOS.listen_queues([_QUEUE])
    DBOS.launch()

    def stop(drain_s: float) -> None:
        DBOS.destroy(workflow_completion_timeout_sec=int(drain_s))

    return stop


def _named(decorate: Callable[[Step], Step], name: str, step: Step) -> Step:
    def run(key: Digest) -> dict[str, str]:
        return step(key)

    run.__name__ = run.__qualname__ = name
    return decorate(run)


def _is_transient(error: BaseException) -> bool:
    return not isinstance(error, JobFailed)


def _version(model_digest: Digest) -> str:
    """A job runs only on workers that serve the model it was sent to."""
    return model_digest[:16]


def _job(status: Any, model_digest: Digest) -> InferenceJob:
    key = status.workflow_id
    if status.status == "SUCCESS":
        return InferenceJob(id=key, state=JobState(status.output["state"]), model_digest=model_digest)
    if status.status in ("ENQUEUED", "DELAYED", "PENDING"):
        state = JobState.RUNNING if status.status == "PENDING" else JobState.QUEUED
        return InferenceJob(id=key, state=state, model_digest=model_digest)
    reason = str(status.error) if status.error else f"the queue gave up ({status.status.lower().replace('_', ' ')})"
    return InferenceJob(id=key, state=JobState.FAILED, model_digest=model_digest, reason=reason)
