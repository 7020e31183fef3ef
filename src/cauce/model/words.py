"""What an evaluation says, as sections of sentences, tables and pictures; HTML and Markdown are two prints of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.estimate import Estimate
from cauce.domain.model import EvaluationReport, ModelVersion
from cauce.model.registry import RegisteredVersion


@dataclass(frozen=True)
class Table:
    """Rows of text under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A file beside the page."""

    file: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    parts: tuple[str | Table | Picture, ...]


def evaluation_document(
    report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> tuple[str, list[Section]]:
    """Title and sections, in the order a reader asks: what was measured, how good, for whom, on what."""
    return f"Evaluation of {report.name}", [
        _summary(report, version),
        Section("Results", (results_table(report.metrics), *notes(report.metrics), *_pictures(report))),
        *worst(report, "Below each image its reference, and the probability of the finding."),
        _subgroups(report),
        methods(report),
        leakage(audit),
        provenance(report, version, cohort),
    ]


def worst(report: EvaluationReport, said: str) -> tuple[Section, ...]:
    """The pictures of the cases that went worst; nothing where an evaluation kept none."""
    pictures = tuple(Picture(each.file, each.caption) for each in report.pictures)
    return (Section("Images that went worst", (said, *pictures)),) if pictures else ()


def opened(report: EvaluationReport, version: RegisteredVersion) -> tuple[str, ...]:
    """Which model, which opening of the test partition, and what was not answered."""
    opening = report.opening
    number = "" if version.version is None else f", version {version.version}"
    return (
        f"Model {report.name}{number}, digest {report.model[:12]}.",
        f"Opening number {opening.number} of this test partition, on {opening.at} by {opening.who}: {opening.why}.",
        f"Without a prediction: {percent(report.missing, report.n_instances)}; each of these counts as wrong in every number.",
    )


def percent(count: int, total: int) -> str:
    """`12 (4.1 %)`."""
    return f"{count} ({100 * count / max(total, 1):.1f} %)"


def _summary(report: EvaluationReport, version: RegisteredVersion) -> Section:
    point = version.model.decision_point()
    return Section("Summary", (
        f"{report.n_instances} images of {report.n_patients} patients in the test partition; "
        f"{percent(report.n_positive, report.n_instances)} with the finding "
        f"({version.model.contract.reference.finding.meaning}).",
        *opened(report, version),
        f"Operating point: probability {point.threshold:.4f}, chosen on the tune partition for {point.target}.",
        f"Intended use: {version.model.intended_use}",
    ))


def results_table(metrics: Sequence[Estimate]) -> Table:
    """Name, value, interval, numbers behind it."""
    rows = tuple((each.name, *_numbers(each), f"{each.n_cases} / {each.n_patients}") for each in metrics)
    return Table(("Metric", "Value", "95 % interval", "Images / patients"), rows)


def _numbers(estimate: Estimate) -> tuple[str, str]:
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return "insufficient data", estimate.note
    digits = 4 if estimate.name in ("AUC", "Brier score", "expected calibration error") else 3
    return f"{estimate.value:.{digits}f}", f"{estimate.lower:.{digits}f} to {estimate.upper:.{digits}f}"


def notes(metrics: Sequence[Estimate]) -> tuple[str, ...]:
    """What the reader must know of single metrics."""
    return tuple(f"{each.name}: {each.note}." for each in metrics if each.note and each.value is not None)


def _pictures(report: EvaluationReport) -> tuple[Picture, ...]:
    roc = Picture("roc.png", "ROC curve on the test partition, with the operating point that was frozen before.")
    both = 0 < report.n_positive < report.n_instances
    reliability = Picture(
        "reliability.png", "Calibration on the test partition. Below, the distribution of the probability in both classes "
        "(square-root scale)."
    )
    return (roc, reliability) if both else (roc,)


def _subgroups(report: EvaluationReport) -> Section:
    if not report.subgroups:
        return Section("Subgroups", ("Origin, vendor, view, sex and age band each take one value only, or are unknown.",))
    names = [metric.name for metric in report.subgroups[0].metrics]
    rows = tuple(
        (group.variable.replace("_", " "), group.value, str(group.metrics[0].n_patients), *map(short, group.metrics))
        for group in report.subgroups
    )
    return Section("Subgroups", (
        "At the frozen operating point. Groups with fewer than 20 patients of a class say “insufficient” instead of a number.",
        Table(("Variable", "Group", "Patients", *names), rows),
    ))


def short(estimate: Estimate) -> str:
    """A cell of a table of subgroups."""
    return "insufficient" if estimate.value is None else estimate.text()


def methods(report: EvaluationReport) -> Section:
    """How each number was obtained."""
    rows = tuple((each.name, each.method) for each in report.metrics)
    return Section("How each number was obtained", (Table(("Metric", "Method"), rows),))


def leakage(audit: AuditReport) -> Section:
    """What the audit of the split found."""
    shared = ", ".join(f"{kind.value} {count}" for kind, count in audit.counts.items())
    rows = (("Shared between partitions", shared), ("Copies of an image inside one partition", str(audit.n_copies_inside)),
            ("Copies with different labels", str(len(audit.label_conflicts))))
    told = "share nothing" if audit.passed else "share the following"
    return Section("What the partitions share", (
        f"{audit.n_instances} images of {audit.n_patients} patients were compared: the partitions {told}.",
        Table(("What", "How many"), rows),
    ))


def _network(model: ModelVersion) -> str:
    text = f"{model.n_members} × {model.network.value}, {model.n_parameters:,} parameters"
    stack = model.stack
    if stack is None:
        return text
    return (
        f"{model.n_members} networks, {model.n_parameters:,} parameters: the folds of {'; '.join(stack.members)}. A fully "
        f"connected head weighs their answers: on {stack.n_cases} images that they did not learn from AUC "
        f"{stack.auc_of_head:.4f} (heads fitted to the other folds), of the plain mean {stack.auc_of_mean:.4f}"
    )


def provenance(report: EvaluationReport, version: RegisteredVersion, cohort: Cohort) -> Section:
    """The records behind the page."""
    model = version.model
    rows = (
        ("Reference standard", model.contract.reference.source),
        ("Cohort", f"{cohort.name}: {cohort.spec.description}"),
        ("Network", _network(model)),
        ("Model (bundle)", report.model), ("Cohort record", report.cohort), ("Split (seal)", report.split),
        ("Audit of the split", report.audit), ("Search", model.search), ("Selection", model.selection),
        ("Evaluation record", report.digest()), ("Predictions", report.predictions_sha256),
        ("Test opening", f"number {report.opening.number}, {report.opening.digest()}"),
        ("cauce", report.cauce_version),
    )
    return Section("Where it comes from", (Table(("What", "Which"), rows),))
