"""An evaluation as a page for people: HTML and Markdown with the same content, and two pictures."""

from pathlib import Path

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.experiment import Task
from cauce.domain.model import EvaluationReport
from cauce.model.case_measures import read_measures
from cauce.model.class_charts import class_roc_png
from cauce.model.class_scoring import read_class_predictions
from cauce.model.class_words import ROC, class_document
from cauce.model.html import page
from cauce.model.label_scoring import read_label_predictions
from cauce.model.label_words import label_document
from cauce.model.mask_charts import dice_png, volumes_png
from cauce.model.mask_words import mask_document
from cauce.model.matplotlib_adapter import reliability_png, roc_png
from cauce.model.number_charts import agreement_png, scatter_png
from cauce.model.number_scoring import read_number_predictions
from cauce.model.number_words import AGREEMENT, SCATTER, number_document
from cauce.model.predictions import read_predictions
from cauce.model.registry import RegisteredVersion
from cauce.model.words import Picture, Section, Table, evaluation_document
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace

HTML, MARKDOWN = "evaluation.html", "evaluation.md"

_Page = tuple[tuple[str, list[Section]], dict[str, bytes]]
"""Title and sections, and pictures by file name."""


def report_folder(workspace: Workspace, report: EvaluationReport) -> Path:
    """Where the pages of an evaluation lie."""
    return workspace.root / "reports" / f"{report.name}-{report.model[:12]}"


def write_report(workspace: Workspace, report: EvaluationReport, version: RegisteredVersion, cohort: Cohort) -> Path:
    """Write the pages of a report from its record and its stored predictions, and return the HTML page."""
    folder = report_folder(workspace, report)
    audit = workspace.records.get(AuditReport, report.audit)
    (title, sections), pictures = _PAGES[version.model.contract.task](workspace, report, version, cohort, audit)
    pictures |= {each.file: workspace.arrays.read(each.sha256) for each in report.pictures}
    for name, data in pictures.items():
        write_bytes(folder / name, data)
    write_bytes(folder / MARKDOWN, _markdown(title, sections).encode())
    write_bytes(folder / HTML, page(title, sections).encode())
    return folder / HTML


def _of_two_classes(
    workspace: Workspace, report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> _Page:
    cases = read_predictions(workspace, report.predictions_sha256)
    found = {each.name: each for each in report.metrics}
    pictures = {"roc.png": roc_png(cases, found["AUC"], (found["sensitivity"], found["specificity"]))}
    if cases.positive.any() and not cases.positive.all():
        pictures["reliability.png"] = reliability_png(cases)
    return evaluation_document(report, version, cohort, audit), pictures


def _of_several_classes(
    workspace: Workspace, report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> _Page:
    classes = version.model.contract.reference.classes
    answers = read_class_predictions(workspace, report.predictions_sha256, classes)
    return class_document(report, version, cohort, audit, answers=answers), {ROC: class_roc_png(answers, classes)}


def _of_findings(
    workspace: Workspace, report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> _Page:
    classes = version.model.contract.reference.classes
    answers = read_label_predictions(workspace, report.predictions_sha256, classes)
    return label_document(report, version, cohort, audit, answers=answers), {ROC: class_roc_png(answers, classes)}


def _of_numbers(
    workspace: Workspace, report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> _Page:
    answers, unit = read_number_predictions(workspace, report.predictions_sha256), version.model.contract.reference.unit or "1"
    pictures = {SCATTER: scatter_png(answers, unit), AGREEMENT: agreement_png(answers, unit)}
    return number_document(report, version, cohort, audit, answers=answers), pictures


def _of_masks(
    workspace: Workspace, report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> _Page:
    rows = read_measures(workspace, report.predictions_sha256)
    classes = version.model.contract.reference.classes
    pictures = {"dice.png": dice_png(rows, classes), "volumes.png": volumes_png(rows, classes)}
    return mask_document(report, version, cohort, audit), pictures


_PAGES = {
    Task.BINARY_CLASSIFICATION: _of_two_classes, Task.MULTI_CLASS: _of_several_classes, Task.MULTI_LABEL: _of_findings,
    Task.REGRESSION: _of_numbers, Task.SEGMENTATION: _of_masks,
}


def _markdown(title: str, sections: list[Section]) -> str:
    lines = [f"# {title}", ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        for part in section.parts:
            if isinstance(part, Table):
                lines += [_row(part.header), _row(["---"] * len(part.header)), *map(_row, part.rows), ""]
            elif isinstance(part, Picture):
                lines += [f"![{part.caption}]({part.file})", ""]
            else:
                lines += [part, ""]
    return "\n".join(lines)


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
