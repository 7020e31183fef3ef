"""What an evaluation of several findings says, as sections of sentences, tables and pictures."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.model import EvaluationReport
from cauce.model.class_words import ROC, subgroups_section
from cauce.model.label_scoring import LabelAnswers
from cauce.model.registry import RegisteredVersion
from cauce.model.words import (
    Picture,
    Section,
    Table,
    leakage,
    methods,
    notes,
    opened,
    percent,
    provenance,
    results_table,
    short,
    worst,
)

_MEASURES = ("AUC", "average precision", "Brier score")


def label_document(
    report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport, *, answers: LabelAnswers
) -> tuple[str, list[Section]]:
    """Title and sections, in the order a reader asks: what was measured, how good, for whom, on what."""
    classes = version.model.contract.reference.classes
    overall = tuple(each for each in report.metrics if ", " not in each.name)
    roc = Picture(ROC, "ROC curve of each finding, on the test partition.")
    return f"Evaluation of {report.name}", [
        _summary(report, version),
        Section("Results", (results_table(overall), *notes(overall))),
        Section("Each finding", (_by_finding(report, answers, classes), roc)),
        *worst(report, "Below each image the finding whose probability is farthest from the reference."),
        subgroups_section(report, "Groups with fewer than 20 patients with or without a finding say “insufficient” instead of "
                                  "a number."),
        methods(report),
        leakage(audit),
        provenance(report, version, cohort),
    ]


def _summary(report: EvaluationReport, version: RegisteredVersion) -> Section:
    reference = version.model.contract.reference
    return Section("Summary", (
        f"{report.n_instances} images of {report.n_patients} patients in the test partition; {reference.finding.meaning}: "
        f"{', '.join(reference.classes)}. {percent(report.n_positive, report.n_instances)} show at least one of them.",
        *opened(report, version),
        "The model has no operating point: it gives a probability of each finding, and any number of them may be there.",
        f"Intended use: {version.model.intended_use}",
    ))


def _by_finding(report: EvaluationReport, answers: LabelAnswers, classes: tuple[str, ...]) -> Table:
    """A row for each finding, a column for each measure."""
    found = {each.name: each for each in report.metrics}
    counts = answers.wanted.sum(axis=0).tolist()
    rows = tuple((name, percent(count, report.n_instances), *(short(found[f"{measure}, {name}"]) for measure in _MEASURES))
                 for name, count in zip(classes, counts, strict=True))
    return Table(("Finding", "Images", "AUC", "Average precision", "Brier score"), rows)
