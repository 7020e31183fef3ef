"""The steps of a job. Each may be cut off at any moment and run again; together they leave exactly one result.

receive (before the sender is answered) → validate → infer → render → store. A step's outcome names states only; studies lie
in the spool, an unpublished result beside them, so that the queue's database holds nothing about patients.
"""

import time
from collections.abc import Callable

from cauce.domain.errors import CauceError
from cauce.domain.job import JobState
from cauce.domain.record import Digest
from cauce.domain.result import Decision, Result
from cauce.service.dbos_adapter import JobFailed, Step
from cauce.service.desk import Desk
from cauce.service.durable import create_once
from cauce.service.intake import submission_of
from cauce.service.quiet_log import LOG, place_of


class StepInterrupted(Exception):
    """A step that failed for a reason of the machine, e.g. a full disk; carries no message of a library."""


class JobSteps:
    """Steps over one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def named(self) -> list[tuple[str, Step]]:
        """Steps in their order."""
        steps = (self.validate, self.infer, self.render, self.store)
        return [(step.__name__, _guarded(step)) for step in steps]

    def validate(self, key: Digest) -> dict[str, str]:
        """The spooled files are whole, readable, of one study, and are what the key says."""
        if not self._desk.results.has(key):
            submission = submission_of(self._desk.spool.parts(key), model_digest=self._desk.studies.model_digest)
            if submission.key != key:
                raise JobFailed("the job was sent to another model; send the study again")
        return {"state": JobState.RUNNING}

    def infer(self, key: Digest) -> dict[str, str]:
        """Analyse the study and keep the result beside the spooled files."""
        if not self._desk.results.has(key):
            draft = self._desk.spool.draft(key)
            if not draft.exists():
                result = self._desk.studies.analyse(self._desk.spool.parts(key))
                create_once(draft, result.model_dump_json().encode())
        return {"state": JobState.RUNNING}

    def render(self, key: Digest) -> dict[str, str]:
        """Make the reports and the DICOM SR that are not there yet."""
        results = self._desk.results
        if not results.has_documents(key):
            results.add_documents(key, self._desk.studies.documents(self._draft(key), self._desk.spool.parts(key)))
        return {"state": JobState.RUNNING}

    def store(self, key: Digest) -> dict[str, str]:
        """Publish the result, then forget the spooled files."""
        if not self._desk.results.has(key):
            waited_s = time.time() - self._desk.spool.accepted_at(key)
            self._desk.deliver(key, self._draft(key), latency_s=waited_s)
        result = self._desk.results.get(key)
        self._desk.spool.remove(key)
        return {"state": _state(result)}

    def _draft(self, key: Digest) -> Result:
        if self._desk.results.has(key):
            return self._desk.results.get(key)
        return Result.model_validate_json(self._desk.spool.draft(key).read_bytes())


def _state(result: Result) -> JobState:
    return JobState.REFUSED if result.decision is Decision.REFUSED else JobState.DONE


def _guarded(step: Callable[[Digest], dict[str, str]]) -> Step:
    """Let through reasons that are ours; reduce any other error to its kind and place, which hold no patient data."""

    def run(key: Digest) -> dict[str, str]:
        try:
            return step(key)
        except JobFailed:
            raise
        except CauceError as error:
            LOG.warning("job %s failed at %s: %s", key[:12], step.__name__, error.code)
            raise JobFailed(error.line()) from None
        except Exception as error:
            LOG.error("job %s interrupted at %s: %s", key[:12], step.__name__, place_of(error))
            raise StepInterrupted(f"{step.__name__}: {place_of(error)}") from None

    return run
