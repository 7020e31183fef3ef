"""The gate before training and before the test partition: this very split was audited, and nothing leaks."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, LeakageError, NotFoundError
from cauce.domain.record import Digest
from cauce.domain.split import Split
from cauce.store.workspace import Workspace


def passed_audit(workspace: Workspace, cohort: Cohort, split: Split) -> AuditReport:
    """The newest audit of this split, which must have found nothing.

    Raises:
        InputError: a table without images; no pixels were read, so none can be used.
        NotFoundError: this split was never audited.
        LeakageError: its newest audit found something that two partitions share.
    """
    if not cohort.pixels_read:
        raise InputError("the cohort is a table without images: no pixels were read", where=cohort.name,
                         remedy="Name the folder of the images (source.images) and index again.")
    remedy = f"Run: cauce dataset audit {cohort.name}."
    report = _newest(workspace, cohort.name, split.digest())
    if report is None:
        raise NotFoundError("this split was never audited", where=cohort.name, remedy=remedy)
    if not report.passed:
        found = ", ".join(f"{count} × {kind.value}" for kind, count in report.counts.items() if count)
        raise LeakageError(f"the partitions share {found}", where=cohort.name, remedy=remedy)
    return report


def _newest(workspace: Workspace, name: str, split: Digest) -> AuditReport | None:
    for digest in reversed(workspace.records.history(AuditReport, name)):
        report = workspace.records.get(AuditReport, digest)
        if report.split == split and report.partition_source == "split":
            return report
    return None
