"""`cauce dataset`: files → Cohort → sealed Split, with audit and report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cauce.cli.deidentify import deidentify
from cauce.cli.fetch import fetch
from cauce.cli.options import DEFAULT_WORKSPACE, DataOption, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.split import Split
from cauce.store.settings import Language
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from cauce.dataset.balance_table import BalanceRow

app = typer.Typer(no_args_is_help=True)
app.command()(deidentify)
app.command()(fetch)

NameArgument = Annotated[str, typer.Argument(help="Name of the cohort; an example's cohort carries the folder's name.")]


@app.command()
def index(
    cohort: Annotated[Path, typer.Argument(help="cohort.yaml, or the folder that holds it.")],
    name: Annotated[str, typer.Option("--name", help="Name of the cohort; default: the folder's name.")] = "",
    data: DataOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Read every file of a source once; list what is included, and every exclusion with its reason."""
    with command(as_json=as_json) as progress:
        from cauce.dataset.index import index_cohort

        folder = cohort.absolute() if cohort.is_dir() else cohort.absolute().parent
        place = Workspace.open(workspace)
        made = index_cohort(place, cohort, name=name or folder.name, data_root=data, progress=progress)
        emit(_cohort_document(made), _cohort_text(made), as_json=as_json)


@app.command()
def split(name: NameArgument, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Divide whole patients over train, tune, test and folds, balanced over strata; seal it; print the deviations."""
    with command(as_json=as_json) as progress:
        from cauce.dataset.balance_table import balance_table, warnings_of
        from cauce.dataset.split import split_cohort
        from cauce.store.cohort_table import read_rows
        from cauce.store.cohorts import cohort_named
        from cauce.store.split_seal import csv_path

        place = Workspace.existing(workspace)
        cohort = cohort_named(place, name)
        sealed = split_cohort(place, cohort, progress=progress)
        table = balance_table(read_rows(place, cohort), sealed)
        document = {
            "name": name, "seal": sealed.digest(), "table": str(csv_path(place, name)),
            "patients": {partition.value: len(sealed.patients(partition)) for partition in sealed.partitions()},
            "folds": [len(fold) for fold in sealed.folds], "extends": sealed.extends,
            "balance": [vars(row) for row in table], "largest_deviation": max((row.deviation for row in table), default=0.0),
            "largest_image_deviation": max((row.image_deviation for row in table), default=0.0),
            "warnings": warnings_of(sealed, table),
        }
        emit(document, _split_text(sealed, table), as_json=as_json)


@app.command()
def audit(
    name: NameArgument,
    column: Annotated[
        str, typer.Option("--column", help="Audit the source's own partition instead of the split: source_partition.")
    ] = "split",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Show that the partitions share no patient, study, instance, file, pixels or copy. Exit code 1 when they do."""
    with command(as_json=as_json) as progress:
        from cauce.dataset.audit import audit_cohort
        from cauce.dataset.copies_page import page_path

        place = Workspace.existing(workspace)
        report = audit_cohort(place, name, partition=column, progress=progress)
        page = page_path(place, report)
        document = {"passed": report.passed, **report.model_dump(mode="json"), "pictures": str(page) if page.exists() else None}
        emit(document, _audit_text(report) + (f"\n  pictures of copies: {page}" if page.exists() else ""), as_json=as_json)
        if not report.passed:
            raise typer.Exit(1)


@app.command()
def report(
    name: NameArgument,
    language: Annotated[Language | None, typer.Option("--language", help="en or es; default: as the workspace says.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Write a page and a PDF on cohort, split and audit: origins, vendors, balance, pictures, exclusions, agreement."""
    with command(as_json=as_json):
        from cauce.dataset.report.write import write_report

        page, pdf = write_report(Workspace.existing(workspace), name, language=language)
        emit({"report": str(page), "pdf": str(pdf)}, f"Report: {page}\nPDF: {pdf}", as_json=as_json)


def _cohort_document(cohort: Cohort) -> dict[str, Any]:
    return {
        "name": cohort.name, "digest": cohort.digest(), "instances": cohort.n_instances, "studies": cohort.n_studies,
        "patients": cohort.n_patients, "pixels_read": cohort.pixels_read,
        "vendors": [spelling.model_dump() for spelling in cohort.vendor_spellings],
        "segments": [spelling.model_dump() for spelling in cohort.segment_spellings],
        "excluded": [exclusion.model_dump() for exclusion in cohort.exclusions],
    }


def _cohort_text(cohort: Cohort) -> str:
    from collections import Counter

    lines = [
        f"{cohort.name}: {cohort.n_instances} images of {cohort.n_patients} patients ({cohort.n_studies} studies); "
        f"{len(cohort.exclusions)} excluded; {cohort.digest()[:12]}"
    ]
    if not cohort.pixels_read:
        lines.append("  a table without images: no pixels were read; copies cannot be found, and no model can be trained")
    for spelling in cohort.vendor_spellings:
        lines.append(f"  vendor {spelling.written} → {spelling.unified}: {spelling.instances} images")
    for segment in cohort.segment_spellings:
        lines.append(f"  segment {segment.written} → {segment.unified or 'left out'}: {segment.masks} masks")
    examples = {exclusion.code: exclusion for exclusion in reversed(cohort.exclusions)}
    for code, count in Counter(exclusion.code for exclusion in cohort.exclusions).most_common():
        lines.append(f"  {count:6d} {code}, e.g. {examples[code].path}: {examples[code].reason}")
    return "\n".join(lines)


def _split_text(split: Split, table: "list[BalanceRow]") -> str:
    from cauce.dataset.balance_table import warnings_of

    names = [partition.value for partition in split.partitions()]
    patients = ", ".join(f"{partition.value} {len(split.patients(partition))}" for partition in split.partitions())
    folds = ", ".join(str(len(fold)) for fold in split.folds)
    width = max((len(f"{row.stratum} {row.value}") for row in table), default=0)
    lines = [f"{split.name}: patients {patients}; folds of train {folds}; sealed {split.digest()[:12]}"]
    if split.extends:
        lines.append(f"  patients of the earlier split {split.extends[:12]} stay where they were")
    if table:
        header = " ".join(f"{name:>8}" for name in names)
        lines.append(f"  {'share of patients in %':{width}}  target {header}  deviation  of images (percentage points)")
    for row in table:
        shares = " ".join(f"{row.shares[name]:8.2f}" for name in names)
        remark = f"  no division of {row.patients} patients does better" if row.is_best_possible else ""
        lines.append(f"  {row.stratum + ' ' + row.value:{width}} {row.target:7.2f} {shares} {row.deviation:10.2f} "
                     f"{row.image_deviation:10.2f}{remark}")
    lines += [f"  warning: {warning}" for warning in warnings_of(split, table)]
    return "\n".join(lines)


def _audit_text(report: AuditReport) -> str:
    from cauce.domain.audit import LeakKind

    subject = "the sealed split" if report.partition_source == "split" else "the source's own partition"
    lines = [f"{report.cohort_name}: audit of {subject}, {report.n_instances} images of {report.n_patients} patients"]
    crossing = report.counts.get(LeakKind.PATIENT, 0)
    if crossing:
        share = 100 * crossing / report.n_patients
        lines.append(f"  {crossing} of {report.n_patients} patients ({share:.1f} %) stand in more than one partition")
    lines += [f"  {kind.value}: {count} shared" for kind, count in report.counts.items()]
    for kind in report.counts:
        example = next((leak for leak in report.leaks if leak.kind is kind), None)
        if example is not None:
            lines.append(f"    e.g. {example.key[:40]}: {', '.join(example.paths)} ({' | '.join(example.partitions)})")
    if LeakKind.PIXELS not in report.counts:
        lines.append("  no pixels were read: files, pixels and copies were not compared")
    else:
        lines.append(f"  copies inside one partition, no leak: {report.n_copies_inside}")
    lines.append(f"  copies of one image with different labels: {len(report.label_conflicts)}")
    lines.append("  passed: the partitions share nothing" if report.passed else "  FAILED: the partitions share the above")
    return "\n".join(lines)
