"""Chapters 8 to 11: results, subgroups, robustness and failures, repeatability."""

import csv
import io

import numpy as np

from cauce.domain.estimate import Estimate
from cauce.metrics.operating_point import at_threshold
from cauce.model.dossier.document import Cell, Chapter, Facts, Figure, Prose, Section, Table
from cauce.model.dossier.figures import benefit, calibration, forest, roc, scores
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import BUNDLE, EVALUATION, PREDICTIONS, blank, section
from cauce.model.dossier.words import Words

_WORST = 20
_CALIBRATION = ("Brier score", "expected calibration error", "calibration slope", "calibration intercept")


def results(evidence: Evidence, words: Words) -> Chapter:
    """Counts, metrics with intervals, table of calls, curves, and how each number was obtained."""
    report, cases, point = evidence.report, evidence.cases, evidence.model.decision_point()
    metrics = {each.name: each for each in report.metrics}
    both = cases.positive.any() and not cases.positive.all()
    counts = Facts((
        (words("label.patients"), words.count(report.n_patients, EVALUATION, "n_patients")),
        (words("label.images"), words.count(report.n_instances, EVALUATION, "n_instances")),
        (words("label.with_finding"), words.share(report.n_positive, report.n_instances, EVALUATION, "n_positive")),
        (words("label.no_prediction"), words.share(report.missing, report.n_instances, EVALUATION, "missing")),
        (words("label.threshold"), words.real(point.threshold, 4, BUNDLE, "operating_point/threshold")),
        (words("label.target"), words.target(point.target)),
    ))
    main = [each for each in report.metrics if each.name not in _CALIBRATION]
    calibrated = [metrics[name] for name in _CALIBRATION if name in metrics]
    return Chapter(words("chapter.results"), (
        section(words, "results.primary", Prose(words("results_note")), counts,
                metrics_table("table.metrics", main, words),
                Figure(words("figure.roc"), roc(cases, metrics, words), PREDICTIONS, 0.62) if both else None),
        _calls(evidence, words),
        section(words, "results.calibration", Prose(words("calibration_note")),
                metrics_table("table.calibration", calibrated, words),
                Figure(words("figure.calibration"), calibration(cases, words), PREDICTIONS, 0.62) if both else None,
                Figure(words("figure.scores"), scores(cases, point.threshold, words), PREDICTIONS, 0.62) if both else None),
        section(words, "results.benefit", Prose(words("benefit_note")),
                Figure(words("figure.benefit"), benefit(cases, words), PREDICTIONS, 0.62) if both else None),
        section(words, "results.external", Prose(words("external_none" if not evidence.split.external else "external_apart"))),
        section(words, "results.methods", Prose(words("methods_note")), methods_table(report.metrics, words)),
    ))


def metrics_table(title: str, metrics: list[Estimate], words: Words) -> Table:
    """Value, interval and sample of each metric."""
    rows: list[tuple[Cell, ...]] = []
    for each in metrics:
        rows.append((words.or_same("metric", each.name), words.estimate(each, EVALUATION, f"metrics/{each.name}"),
                     words.count(each.n_patients, EVALUATION, f"metrics/{each.name}/n_patients"),
                     words.count(each.n_cases, EVALUATION, f"metrics/{each.name}/n_cases")))
    header = (words("label.metric"), words("label.interval"), words("label.patients"), words("label.images"))
    return Table(words(title), header, tuple(rows))


def methods_table(metrics: tuple[Estimate, ...], words: Words) -> Table:
    """The method of each metric."""
    rows = tuple((words.or_same("metric", each.name), words.method(each.method)) for each in metrics)
    return Table(words("table.methods"), (words("label.metric"), words("label.method")), rows, wide=1)


def _calls(evidence: Evidence, words: Words) -> Section:
    cases = evidence.cases
    called = cases.score >= evidence.model.decision_point().threshold

    def cell(reference: bool, call: bool) -> Cell:
        found = int(((cases.positive == reference) & (called == call)).sum())
        return words.count(found, PREDICTIONS, f"reference {int(reference)}, called {int(call)}")

    header = ("", words("label.called_positive"), words("label.called_negative"))
    rows: tuple[tuple[Cell, ...], ...] = (
        (words("with_finding"), cell(True, True), cell(True, False)),
        (words("without_finding"), cell(False, True), cell(False, False)),
    )
    return section(words, "results.calls", Prose(words("calls_note")), Table(words("table.calls"), header, rows))


def by_subgroup(evidence: Evidence, words: Words) -> Chapter:
    """Each value of each variable, as a table and as pictures, and the widest gap in sensitivity."""
    report = evidence.report
    if not report.subgroups:
        return Chapter(words("chapter.subgroups"), (section(words, "subgroups.main", Prose(words("no_subgroups"))),))
    names = [each.name for each in report.subgroups[0].metrics]
    overall = {each.name: each for each in report.metrics}
    rows: list[tuple[Cell, ...]] = []
    for group in report.subgroups:
        path = f"subgroups/{group.variable}={group.value}"
        rows.append((words.or_same("variable", group.variable), words.or_same("value", group.value),
                     words.count(group.metrics[0].n_patients, EVALUATION, f"{path}/n_patients"),
                     *(words.estimate(each, EVALUATION, f"{path}/{each.name}") for each in group.metrics)))
    header = (words("label.variable"), words("label.group"), words("label.patients"),
              *(words.or_same("metric", name) for name in names))
    pictures = [Figure(words("figure.forest", metric=words.or_same("metric", name)),
                       forest(report.subgroups, overall[name], name, words), EVALUATION) for name in names if name in overall]
    return Chapter(words("chapter.subgroups"), (
        section(words, "subgroups.main", Prose(words("subgroups_note")), Table(words("table.subgroups"), header, tuple(rows)),
                Prose(_widest_gap(evidence, words))),
        section(words, "subgroups.pictures", *pictures),
    ))


def _widest_gap(evidence: Evidence, words: Words) -> str:
    found: dict[str, list[tuple[float, str]]] = {}
    metric = "Dice" if evidence.segments else "sensitivity"
    for group in evidence.report.subgroups:
        for each in group.metrics:
            if each.name == metric and each.value is not None:
                found.setdefault(group.variable, []).append((each.value, group.value))
    gaps = [(max(values)[0] - min(values)[0], variable, min(values)[1], max(values)[1])
            for variable, values in found.items() if len(values) > 1]
    if not gaps:
        return words("no_gap", metric=words.or_same("metric", metric))
    gap, variable, low, high = max(gaps)
    return words("widest_gap", metric=words.or_same("metric", metric), gap=words.decimal(100 * gap, 1),
                 variable=words.or_same("variable", variable).lower(),
                 low=words.or_same("value", low), high=words.or_same("value", high))


def robustness(evidence: Evidence, words: Words) -> Chapter:
    """What another threshold or one image per patient would give, and the cases that went most wrong."""
    return Chapter(words("chapter.robustness"), (
        _thresholds(evidence, words),
        section(words, "robustness.corruptions", blank(evidence, words, "corruptions")),
        _failures(evidence, words),
    ))


def _thresholds(evidence: Evidence, words: Words) -> Section:
    cases, frozen = evidence.cases, evidence.model.decision_point().threshold
    rows: list[tuple[Cell, ...]] = []
    for factor in (0.5, 0.75, 1.0, 1.25, 1.5):
        threshold = min(frozen * factor, 1.0)
        found = {each.name: each for each in at_threshold(cases, threshold)}
        rows.append((words.real(threshold, 4, BUNDLE, f"operating_point/threshold × {factor:g}"),
                     words("frozen") if factor == 1 else f"× {words.decimal(factor, 2)}",
                     *(words.estimate(found[name], PREDICTIONS, f"{name} at {threshold:.6g}")
                       for name in ("sensitivity", "specificity"))))
    first = cases.subset(_first_of_patient(cases.patient))
    alone = {each.name: each for each in at_threshold(first, frozen)}
    rows.append((words.real(frozen, 4, BUNDLE, "operating_point/threshold"), words("one_per_patient"),
                 *(words.estimate(alone[name], PREDICTIONS, f"{name}, first image of each patient")
                   for name in ("sensitivity", "specificity"))))
    header = (words("label.threshold"), "", words("metric.sensitivity"), words("metric.specificity"))
    return section(words, "robustness.threshold", Prose(words("threshold_note")),
                   Table(words("table.thresholds"), header, tuple(rows), wide=1))


def _first_of_patient(patient: np.ndarray) -> np.ndarray:
    first = np.zeros(len(patient), bool)
    first[np.unique(patient, return_index=True)[1]] = True
    return first


def _failures(evidence: Evidence, words: Words) -> Section:
    data = evidence.workspace.arrays.read(evidence.report.predictions_sha256).decode()
    wrong = [row for row in csv.DictReader(io.StringIO(data)) if row["reference"] != row["called"]]

    def badness(row: dict[str, str]) -> float:
        return 1.0 if not row["probability"] else abs(float(row["reference"]) - float(row["probability"]))

    worst = sorted(wrong, key=lambda row: (-badness(row), row["instance"]))[:_WORST]
    rows = tuple((row["instance"], words("with_finding" if row["reference"] == "1" else "without_finding"),
                  words.real(float(row["probability"]), 4, PREDICTIONS, f"{row['instance']}/probability")
                  if row["probability"] else words("none"), row["reason"] or "–") for row in worst)
    header = (words("label.instance"), words("label.reference"), words("label.probability"), words("label.reason"))
    return section(words, "robustness.failures", Prose(words("failures_note", n=len(wrong), shown=len(worst))),
                   Table(words("table.failures"), header, rows) if rows else None)


def repeatability(evidence: Evidence, words: Words) -> Chapter:
    """What is known of the same input answered twice."""
    return Chapter(words("chapter.repeatability"), (
        section(words, "repeat.main", Prose(words("repeat_note")),
                Facts(((words("label.parity"), words.real(evidence.model.parity, 9, BUNDLE, "card/parity")),)),
                blank(evidence, words, "repeatability")),
    ))
