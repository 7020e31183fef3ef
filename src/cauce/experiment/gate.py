"""No training on a split that was not shown to be clean."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, LeakageError
from cauce.domain.split import Split
from cauce.store.workspace import Workspace


def require_clean_audit(workspace: Workspace, cohort: Cohort, split: Split) -> AuditReport:
    """The newest audit of this split.

    Raises:
        InputError: there is none.
        LeakageError: it found something that two partitions share.
    """
    command = f"cauce dataset audit {cohort.name}"
    report = _newest(workspace, split.digest())
    if report is None:
        raise InputError("this split was never audited", where=cohort.name, remedy=f"Run `{command}` first.")
    if not report.passed:
        found = ", ".join(f"{count} × {kind.value}" for kind, count in report.counts.items() if count)
        raise LeakageError(f"the partitions share {found}", where=cohort.name, remedy=f"See `{command}`; then split again.")
    return report


def _newest(workspace: Workspace, split: str) -> AuditReport | None:
    for name in workspace.records.names(AuditReport):
        for digest in reversed(workspace.records.history(AuditReport, name)):
            report = workspace.records.get(AuditReport, digest)
            if report.split == split and report.partition_source == "split":
                return report
    return None
