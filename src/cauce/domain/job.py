"""InferenceJob: one durable request and its states."""

from enum import StrEnum

from cauce.domain.record import Digest, Record


class JobState(StrEnum):
    """A job ends in `done`, `refused` or `failed`; each end has a stored result or a reason."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class InferenceJob(Record):
    """A request on the slow path.

    Attributes:
        id: digest of release, study and input; the same input sent twice is one job.
        reason: why it was refused or failed, without patient data.
    """

    id: Digest
    state: JobState
    model_digest: Digest
    reason: str = ""
