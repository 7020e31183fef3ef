"""What an evaluation of numbers says, as sections of sentences, tables and pictures."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.model import EvaluationReport
from cauce.model.class_words import subgroups_section
from cauce.model.number_scoring import NumberAnswers
from cauce.model.registry import RegisteredVersion
from cauce.model.words import Picture, Section, leakage, methods, notes, opened, provenance, results_table, worst

SCATTER, AGREEMENT = "scatter.png", "agreement.png"


def number_document(
    report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport, *, answers: NumberAnswers
) -> tuple[str, list[Section]]:
    """Title and sections, in the order a reader asks: what was measured, how good, for whom, on what."""
    unit = version.model.contract.reference.unit or "no unit"
    return f"Evaluation of {report.name}", [
        _summary(report, version, answers),
        Section(f"Results ({unit})", (
            results_table(report.metrics), *notes(report.metrics),
            Picture(SCATTER, "What the model measured against the reference, on the test partition; the line is equality."),
            Picture(AGREEMENT, "Bland–Altman plot: the difference against the mean of both."),
        )),
        *worst(report, "Below each image its reference, and what was measured."),
        subgroups_section(report, "Groups with fewer than 20 patients say “insufficient” instead of a number."),
        methods(report),
        leakage(audit),
        provenance(report, version, cohort),
    ]


def _summary(report: EvaluationReport, version: RegisteredVersion, answers: NumberAnswers) -> Section:
    reference, (low, high) = version.model.contract.reference, answers.ends
    unit = f" {reference.unit}" if reference.unit else ""
    return Section("Summary", (
        f"{report.n_instances} images of {report.n_patients} patients in the test partition; {reference.finding.meaning}: "
        f"{low:g} to {high:g}{unit} in the reference.",
        *opened(report, version),
        *(("An image without a prediction counts as measured at the end of that range that is farther from its number.",)
          if report.missing else ()),
        f"Intended use: {version.model.intended_use}",
    ))
