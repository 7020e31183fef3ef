"""Taking a study in: durable before the sender is told so. REST and the DICOM node both come through here."""

from cauce.domain.job import InferenceJob
from cauce.service.dbos_adapter import JobQueue
from cauce.service.desk import Desk
from cauce.service.intake import Part, submission_of


def receive(parts: tuple[Part, ...], *, desk: Desk, queue: JobQueue) -> InferenceJob:
    """Spool the files, flush them to disk, then enqueue their job. The same study sent again is the same job.

    Raises:
        UnreadableImageError, InputError: nothing here can be analysed; nothing was kept.
    """
    submission = submission_of(parts, model_digest=desk.studies.model_digest)
    if not (desk.results.has(submission.key) and desk.results.has_documents(submission.key)):
        desk.spool.put(submission.key, submission.parts)
    return queue.put(submission.key)
