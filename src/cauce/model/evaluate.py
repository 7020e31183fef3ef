"""Open the test partition, once for each model, and say what the model is worth there."""

from pathlib import Path

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError
from cauce.domain.experiment import Task
from cauce.domain.model import EvaluationReport
from cauce.domain.progress import Progress, silent
from cauce.domain.record import Digest
from cauce.model.evaluate_classes import class_findings
from cauce.model.evaluate_masks import mask_findings
from cauce.model.evaluate_outputs import outputs_findings
from cauce.model.gate import sealed_split
from cauce.model.ledger import open_test
from cauce.model.registry import RegisteredVersion, resolve
from cauce.model.report import write_report
from cauce.predictor.bundle import open_bundle
from cauce.predictor.predictor import verify_golden
from cauce.predictor.runtime import open_engine
from cauce.store.audit_gate import passed_audit
from cauce.store.workspace import Workspace

_FIND = {
    Task.BINARY_CLASSIFICATION: class_findings, Task.MULTI_CLASS: outputs_findings,
    Task.MULTI_LABEL: outputs_findings, Task.REGRESSION: outputs_findings, Task.SEGMENTATION: mask_findings,
}
"""Task → what measures the test partition."""


def evaluate(
    workspace: Workspace, reference: str, *, data_root: Path | None, why: str, again: bool = False, progress: Progress = silent
) -> EvaluationReport:
    """Evaluate a model version on the test partition of the split it was trained on.

    A version that was evaluated before gives its stored report, and the test partition stays closed.

    Args:
        workspace: holds cohort, split and registry.
        reference: `name@alias`, `name:version` or a bundle folder.
        data_root: where the images are, if not where they were indexed.
        why: reason for the opening, kept in the ledger.
        again: open the test partition once more although there is a report.
        progress: told of the predictions.

    Raises:
        IntegrityError: the seal of the split, the bundle or an image is broken.
        LeakageError, NotFoundError: the audit of this split failed, or was never made.
        InputError: `why` is empty, or the test partition has no labelled instance.
    """
    version = resolve(workspace, reference)
    model = version.model
    cohort = workspace.records.get(Cohort, model.cohort)
    split = sealed_split(workspace, cohort, model.split)
    audit = passed_audit(workspace, cohort, split)
    past = None if again else stored_report(workspace, version.name, model.bundle)
    if past is not None:
        write_report(workspace, past, version, cohort)
        return past
    if not why.strip():
        raise InputError("the test partition is not opened without a reason", where=version.name, remedy="Give --why.")
    bundle = open_bundle(version.folder, expected=model.bundle)
    engine = open_engine(bundle.model)
    verify_golden(bundle, engine)
    opening = open_test(workspace, split.digest(), model=model.bundle, why=why.strip())
    found = _FIND[model.contract.task](workspace, cohort, split, bundle, engine, data_root=data_root, progress=progress)
    if not found.n_instances:
        raise InputError("the test partition has no labelled instance", where=cohort.name, remedy="Check the cohort's labels.")
    report = EvaluationReport(
        name=version.name, model=model.bundle, cohort=model.cohort, split=model.split, audit=audit.digest(), opening=opening,
        n_patients=found.n_patients, n_instances=found.n_instances, n_positive=found.n_positive, missing=found.missing,
        metrics=found.metrics, subgroups=found.subgroups, predictions_sha256=found.table, pictures=found.pictures,
        cauce_version=__version__,
    )
    workspace.records.put(report, name=version.name)
    write_report(workspace, report, version, cohort)
    return report


def stored_report(workspace: Workspace, name: str, model: Digest) -> EvaluationReport | None:
    """The newest report of this model, if it was evaluated here."""
    for digest in reversed(workspace.records.history(EvaluationReport, name)):
        report = workspace.records.get(EvaluationReport, digest)
        if report.model == model:
            return report
    return None


def report_of(workspace: Workspace, version: RegisteredVersion) -> EvaluationReport | None:
    """The newest report of a version, if it was evaluated here."""
    return stored_report(workspace, version.name, version.model.bundle)
