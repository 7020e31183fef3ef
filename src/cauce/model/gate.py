"""Doors that must be open before a model is built or the test partition is read."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.errors import IntegrityError, LeakageError, NotFoundError
from cauce.domain.record import Digest
from cauce.domain.split import Split
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace


def sealed_split(workspace: Workspace, cohort: Cohort, expected: Digest) -> Split:
    """The split of a cohort, its seal checked, and the very one that a record names.

    Raises:
        IntegrityError: the seal is broken, or the cohort has been split anew since.
    """
    split = open_split(workspace, cohort.name)
    found = split.digest()
    if found != expected:
        raise IntegrityError(
            "the cohort was split anew after the model was trained; patients of its training may stand in the new test",
            where=cohort.name, expected=expected[:12], got=found[:12],
            remedy=f"Train again: cauce experiment search {cohort.name}.",
        )
    return split


def passed_audit(workspace: Workspace, cohort: Cohort, split: Split) -> AuditReport:
    """The newest audit of this split, which must have found nothing.

    Raises:
        NotFoundError: this split was never audited.
        LeakageError: its newest audit found something that two partitions share.
    """
    remedy = f"Run: cauce dataset audit {cohort.name}."
    report = _newest(workspace, split.digest())
    if report is None:
        raise NotFoundError("this split was not audited", where=cohort.name, remedy=remedy)
    if not report.passed:
        shared = ", ".join(f"{count} × {kind.value}" for kind, count in report.counts.items() if count)
        raise LeakageError("the partitions share something", where=cohort.name, expected="nothing", got=shared, remedy=remedy)
    return report


def _newest(workspace: Workspace, split: Digest) -> AuditReport | None:
    for name in workspace.records.names(AuditReport):
        for digest in reversed(workspace.records.history(AuditReport, name)):
            report = workspace.records.get(AuditReport, digest)
            if report.split == split and report.partition_source == "split":
                return report
    return None
