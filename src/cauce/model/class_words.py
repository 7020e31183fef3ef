"""What an evaluation of several classes says, as sections of sentences, tables and pictures."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.model import EvaluationReport
from cauce.model.class_metrics import MEASURES
from cauce.model.class_scoring import ClassAnswers
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

ROC = "roc.png"


def class_document(
    report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport, *, answers: ClassAnswers
) -> tuple[str, list[Section]]:
    """Title and sections, in the order a reader asks: what was measured, how good, for whom, on what."""
    classes = version.model.contract.reference.classes
    overall = tuple(each for each in report.metrics if ", " not in each.name)
    roc = Picture(ROC, "ROC curve of each class against the rest, on the test partition.")
    return f"Evaluation of {report.name}", [
        _summary(report, version),
        Section("Results", (results_table(overall), *notes(report.metrics))),
        Section("Each class against the rest", (_by_class(report, classes), roc)),
        Section("What is taken for what", (
            "Images; a row for each class of the reference standard, a column for each called class, the most probable one. "
            "In brackets the share of the row.",
            _confusion(answers, classes),
        )),
        *worst(report, "Below each image the probability of its reference class, and of the called one."),
        subgroups_section(report, "Groups with fewer than 20 patients of a class say “insufficient” instead of a number."),
        methods(report),
        leakage(audit),
        provenance(report, version, cohort),
    ]


def _summary(report: EvaluationReport, version: RegisteredVersion) -> Section:
    reference = version.model.contract.reference
    return Section("Summary", (
        f"{report.n_instances} images of {report.n_patients} patients in the test partition; {reference.finding.meaning}: "
        f"{', '.join(reference.classes)}.",
        *opened(report, version),
        "The model has no operating point: the most probable class is the called one.",
        f"Intended use: {version.model.intended_use}",
    ))


def _by_class(report: EvaluationReport, classes: tuple[str, ...]) -> Table:
    """A row for each class, a column for each measure."""
    found = {each.name: each for each in report.metrics}
    rows = tuple((name, *(short(found[f"{measure}, {name}"]) for measure in MEASURES)) for name in classes)
    return Table(("Class", "AUC", "Sensitivity", "Specificity"), rows)


def _confusion(answers: ClassAnswers, classes: tuple[str, ...]) -> Table:
    counts = answers.confusion()
    shown = counts if counts[:, -1].any() else counts[:, :-1]
    header = ("Reference", *classes, *(("no answer",) if counts[:, -1].any() else ()))
    rows = tuple((name, *(percent(int(each), int(line.sum())) for each in line))
                 for name, line in zip(classes, shown, strict=True))
    return Table(header, rows)


def subgroups_section(report: EvaluationReport, small: str) -> Section:
    """A row for each group, under a sentence on `small` ones."""
    if not report.subgroups:
        return Section("Subgroups", ("Origin, vendor, view, sex and age band each take one value only, or are unknown.",))
    names = [metric.name for metric in report.subgroups[0].metrics]
    rows = tuple(
        (group.variable.replace("_", " "), group.value, str(group.metrics[0].n_patients), *map(short, group.metrics))
        for group in report.subgroups
    )
    return Section("Subgroups", (small, Table(("Variable", "Group", "Patients", *names), rows)))
