"""What an evaluation of masks says, as sections of sentences, tables and pictures."""

from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.model import EvaluationReport
from cauce.model.registry import RegisteredVersion
from cauce.model.words import Picture, Section, Table, leakage, methods, notes, percent, provenance, results_table, short

_UNITS = {"HD95": "mm", "ASSD": "mm", "volume error": "mL"}


def mask_document(
    report: EvaluationReport, version: RegisteredVersion, cohort: Cohort, audit: AuditReport
) -> tuple[str, list[Section]]:
    """Title and sections, in the order a reader asks: what was measured, how good, for whom, where it failed, on what."""
    return f"Evaluation of {report.name}", [
        _summary(report, version),
        Section("Results", (_by_class(report, version), *_once(notes(report.metrics)), *_charts())),
        Section("Cases that went worst", tuple(Picture(each.file, each.caption) for each in report.pictures)),
        _subgroups(report),
        Section("All measures", (results_table(report.metrics),)),
        methods(report),
        leakage(audit),
        provenance(report, version, cohort),
    ]


def _summary(report: EvaluationReport, version: RegisteredVersion) -> Section:
    opening, contract = report.opening, version.model.contract
    number = "" if version.version is None else f", version {version.version}"
    overall = next(each for each in report.metrics if each.name == "Dice")
    about = f"{contract.reference.finding.meaning}: {', '.join(contract.reference.classes)}"
    return Section("Summary", (
        f"{report.n_instances} volumes of {report.n_patients} patients in the test partition; {about}. "
        f"Model {report.name}{number}, digest {report.model[:12]}.",
        f"Mean Dice over classes and volumes: {overall.text()}.",
        f"Opening number {opening.number} of this test partition, on {opening.at} by {opening.who}: {opening.why}.",
        f"Without a prediction: {percent(report.missing, report.n_instances)}; each of these counts as an empty mask.",
        f"Intended use: {version.model.intended_use}",
    ))


def _by_class(report: EvaluationReport, version: RegisteredVersion) -> Table:
    """A row for each measure, a column for each class."""
    classes = version.model.contract.reference.classes
    found = {each.name: each for each in report.metrics}
    measures = list(dict.fromkeys(name.rpartition(", ")[0] for name in found if ", " in name))
    rows = tuple((_title(measure), *(short(found[f"{measure}, {name}"]) for name in classes))
                 for measure in measures)
    return Table(("Measure", *(name.capitalize() for name in classes)), rows)


def _title(measure: str) -> str:
    return f"{measure} ({_UNITS[measure]})" if measure in _UNITS else measure


def _charts() -> tuple[Picture, ...]:
    return (
        Picture("dice.png", "Dice of each volume: a dot for each, with median and quartiles."),
        Picture("volumes.png", "Volume found minus reference against their mean; the lines are mean and limits of agreement."),
    )


def _once(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Notes that several measures share are said once."""
    said: dict[str, list[str]] = {}
    for sentence in sentences:
        name, _, note = sentence.partition(": ")
        said.setdefault(note, []).append(name)
    return tuple(f"{'; '.join(names)}: {note}" for note, names in said.items())


def _subgroups(report: EvaluationReport) -> Section:
    if not report.subgroups:
        return Section("Subgroups", ("Origin, vendor, view, sex and age band each take one value only, or are unknown.",))
    rows = tuple(
        (group.variable.replace("_", " "), group.value, str(group.metrics[0].n_patients), *map(short, group.metrics))
        for group in report.subgroups
    )
    return Section("Subgroups", (
        "Groups with fewer than 20 patients say “insufficient” instead of a number.",
        Table(("Variable", "Group", "Patients", "Mean Dice"), rows),
    ))
