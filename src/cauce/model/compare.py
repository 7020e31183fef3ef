"""Two versions on the same patients of one test partition: what differs, and is it more than chance."""

import csv
import io
from dataclasses import dataclass

from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.domain.model import EvaluationReport
from cauce.domain.record import Digest
from cauce.metrics.bootstrap import DEFAULT, Resampling
from cauce.metrics.cases import Cases
from cauce.metrics.delong import auc_difference
from cauce.metrics.difference import bootstrap_difference, mean_difference, share_difference
from cauce.metrics.weighted import weighted_auc
from cauce.model.evaluate import report_of
from cauce.model.predictions import read_predictions
from cauce.model.registry import RegisteredVersion, resolve
from cauce.store.workspace import Workspace


@dataclass(frozen=True)
class Comparison:
    """What two evaluations say side by side.

    Attributes:
        reports: of the first and the second version.
        differences: second minus first.
    """

    versions: tuple[RegisteredVersion, RegisteredVersion]
    reports: tuple[EvaluationReport, EvaluationReport]
    differences: tuple[Estimate, ...]


def compare(workspace: Workspace, first: str, second: str, *, resampling: Resampling = DEFAULT) -> Comparison:
    """Compare two evaluated versions from their stored predictions; the test partition is not opened again.

    Raises:
        InputError: one was not evaluated, or they were evaluated on other patients.
    """
    versions = (resolve(workspace, first), resolve(workspace, second))
    thresholds = [version.model.decision_point().threshold for version in versions]
    reports = (_report(workspace, versions[0]), _report(workspace, versions[1]))
    if reports[0].split != reports[1].split or _instances(workspace, reports[0]) != _instances(workspace, reports[1]):
        raise InputError("the two were not evaluated on the same patients", where=f"{first}, {second}",
                         expected=f"split {reports[0].split[:12]}", got=f"split {reports[1].split[:12]}",
                         remedy="Train the second on the first's split, or compare them on an external cohort.")
    cases = [read_predictions(workspace, report.predictions_sha256) for report in reports]
    return Comparison(versions, reports, _differences(cases[0], cases[1], (thresholds[0], thresholds[1]), resampling))


def _differences(one: Cases, two: Cases, thresholds: tuple[float, float], resampling: Resampling) -> tuple[Estimate, ...]:
    called = (one.score >= thresholds[0], two.score >= thresholds[1])
    positive, negative = one.subset(one.positive), one.subset(~one.positive)
    brier = [(cases.score - cases.positive) ** 2 for cases in (one, two)]
    return (
        auc_difference(one, two),
        bootstrap_difference("AUC", weighted_auc(one), weighted_auc(two), one, resampling=resampling),
        share_difference("sensitivity", called[0][one.positive], called[1][one.positive], positive),
        share_difference("specificity", ~called[0][~one.positive], ~called[1][~one.positive], negative),
        mean_difference("Brier score", brier[1] - brier[0], one),
    )


def _report(workspace: Workspace, version: RegisteredVersion) -> EvaluationReport:
    report = report_of(workspace, version)
    if report is None:
        name = f"{version.name}:{version.version}"
        raise InputError("this version was not evaluated", where=name, remedy=f"Run `cauce model evaluate {name}`.")
    return report


def _instances(workspace: Workspace, report: EvaluationReport) -> list[str]:
    digest: Digest = report.predictions_sha256
    return [row["instance"] for row in csv.DictReader(io.StringIO(workspace.arrays.read(digest).decode()))]
