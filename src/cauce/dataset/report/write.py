"""`cauce dataset report`: gather what is known of a cohort, and print it as a page and as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cauce.dataset.balance_table import SizeRow
from cauce.dataset.report import charts, tables
from cauce.dataset.report.balance import BalanceLine, balance_of, sizes_of
from cauce.dataset.report.columns import Columns
from cauce.dataset.report.document import Document, Part, Picture, Section, Tile, Tone
from cauce.dataset.report.facts import Facts, facts_of
from cauce.dataset.report.html import page
from cauce.dataset.report.pdf import pdf
from cauce.dataset.report.readings import agreement_of
from cauce.dataset.report.sheet import contact_sheet
from cauce.dataset.report.words import Words
from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort
from cauce.domain.reference import ReferenceKind
from cauce.domain.split import Split
from cauce.report.printable import printable
from cauce.store.atomic import write_bytes
from cauce.store.cohorts import cohort_named
from cauce.store.settings import Language
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace

_LINES = {ReferenceKind.BOXES: "sheet_boxes", ReferenceKind.LANDMARKS: "sheet_points"}


@dataclass(frozen=True)
class _Known:
    """Everything that a report is made of."""

    cohort: Cohort
    split: Split | None
    audits: tuple[AuditReport, ...]
    facts: Facts
    columns: Columns
    sizes: Sequence[SizeRow]
    balance: Sequence[BalanceLine]


def write_report(workspace: Workspace, name: str, *, language: Language | None = None) -> tuple[Path, Path]:
    """Write `reports/dataset-NAME.html` and `.pdf` for the newest index of cohort `name`; returns both paths.

    The same records and table give the same bytes.

    Args:
        language: of both; default as the workspace says. A language that is not the workspace's goes into the file's name.

    Raises:
        NotFoundError: no such cohort.
        IntegrityError: the split or a file of the store was changed.
    """
    spoken = language or workspace.settings.language
    document = document_of(workspace, _known(workspace, name), Words(spoken))
    stem = f"dataset-{name}" if spoken is workspace.settings.language else f"dataset-{name}.{spoken.value}"
    folder = workspace.folder("reports")
    written = folder / f"{stem}.html", folder / f"{stem}.pdf"
    for path, data in zip(written, (page(document).encode("utf-8"), pdf(document)), strict=True):
        write_bytes(path, data)
    return written


def _known(workspace: Workspace, name: str) -> _Known:
    cohort = cohort_named(workspace, name)
    split = open_split(workspace, name) if workspace.records.history(Split, name) else None
    audits = (_audit(workspace, name, split), _audit(workspace, f"{name}.source_partition", None))
    columns = Columns.of(workspace, cohort)
    return _Known(
        cohort=cohort, split=split, audits=tuple(audit for audit in audits if audit is not None),
        facts=facts_of(columns, split), columns=columns,
        sizes=sizes_of(columns, split) if split is not None else [],
        balance=balance_of(columns, split) if split is not None else [],
    )


def _audit(workspace: Workspace, name: str, split: Split | None) -> AuditReport | None:
    """The newest audit under this name; an audit of another split is none."""
    if not workspace.records.history(AuditReport, name):
        return None
    found = workspace.records.latest(AuditReport, name)
    return found if split is None or found.split == split.digest() else None


def document_of(workspace: Workspace, known: _Known, words: Words) -> Document:
    """What the report says, in one language."""
    cohort, split = known.cohort, known.split
    sections = [
        charts.where_from(known.facts, words), charts.what_they_hold(known.facts, words),
        _pictures(workspace, known, words), tables.exclusions(cohort, words),
        tables.spellings(cohort, words),
        tables.agreement(agreement_of(known.columns), words), tables.audit(known.audits, cohort, split, words),
        tables.partitions(known.sizes, words) if split is not None else None,
        tables.balance(known.balance, split, words) if split is not None else None,
        tables.provenance(cohort, split, words),
    ]
    return Document(
        language=words.language.value, title=words("title"), name=cohort.name,
        lead=tables.printable_long(cohort.spec.description), tiles=_tiles(known, words),
        sections=tuple(section for section in sections if section is not None), footer=words("footer"),
    )


def _tiles(known: _Known, words: Words) -> tuple[Tile, ...]:
    cohort = known.cohort
    reasons = len({exclusion.code for exclusion in cohort.exclusions})
    excluded = words("one_reason") if reasons == 1 else words("reasons", n=reasons) if reasons else words("no_exclusion")
    patients = max(cohort.n_patients, 1)
    return (
        Tile(words.count(cohort.n_patients), words("patients")),
        Tile(words.count(cohort.n_studies), words("studies"),
             words("per_patient", n=words.number(cohort.n_studies / patients, 1))),
        Tile(words.count(cohort.n_instances), words("volumes" if known.facts.are_volumes else "images"),
             words("per_patient", n=words.number(cohort.n_instances / patients, 1))),
        Tile(words.count(len(cohort.exclusions)), words("excluded"), excluded),
        _leaks(known, words), _deviation(known, words),
    )


def _leaks(known: _Known, words: Words) -> Tile:
    name = known.cohort.name
    if known.split is None:
        return Tile("–", words("leaks"), f"{words('not_split')}: {words('run', command=f'cauce dataset split {name}')}")
    own = next((audit for audit in known.audits if audit.partition_source == "split"), None)
    if own is None:
        command = words("run", command=f"cauce dataset audit {name}")
        return Tile("?", words("leaks"), f"{words('not_audited')}: {command}", Tone.BAD)
    found = sum(own.counts.values())
    return Tile(words.count(found), words("leaks"), words("leaks_none" if own.passed else "leaks_found"),
                Tone.GOOD if own.passed else Tone.BAD)


def _deviation(known: _Known, words: Words) -> Tile:
    if not known.balance:
        return Tile("–", words("deviation"), words("not_split") if known.split is None else "")
    worst = max(known.balance, key=lambda row: row.deviation)
    value = f"{words(worst.stratum)}: {printable(words.value(worst.stratum, worst.value))}"
    return Tile(words("points", number=words.number(worst.deviation, 2)), words("deviation"), value)


def _pictures(workspace: Workspace, known: _Known, words: Words) -> Section | None:
    cohort = known.cohort
    if cohort.samples_sha256 is None:
        return None
    pictures = np.load(workspace.arrays.path(cohort.samples_sha256), allow_pickle=False)
    lines = None
    if cohort.sample_lines_sha256 is not None:
        lines = np.load(workspace.arrays.path(cohort.sample_lines_sha256), allow_pickle=False)
    labels = known.columns.text("label")
    place_of = {path: place for place, path in enumerate(known.columns.table.column("path").to_pylist())}
    of_sample = labels.codes[[place_of[path] for path in cohort.samples]]
    totals = np.bincount(labels.codes, minlength=len(labels.values))
    sheets: list[Part] = []
    for code, label in enumerate(labels.values):
        chosen = np.flatnonzero(of_sample == code)
        if len(chosen):
            shown = printable(label) if known.columns.has("label") else words("images")
            caption = words("sheet", label=shown, shown=len(chosen), all=words.count(int(totals[code])))
            if lines is not None:
                caption = f"{caption}; {words(_LINES.get(cohort.spec.reference.kind, 'sheet_masks'))}"
            png, width, height = contact_sheet(pictures[chosen], None if lines is None else lines[chosen])
            sheets.append(Picture(caption, png, width, height))
    return Section(words("pictures"), tuple(sheets))
