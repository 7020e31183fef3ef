"""The dataset report: one HTML page on cohort, split and audit, made to be judged in half a minute."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from cauce.dataset import html
from cauce.dataset.balance_table import balance_table, size_table
from cauce.dataset.strata import AGE_BANDS, age_band
from cauce.domain.audit import AuditReport, LeakKind
from cauce.domain.cohort import Cohort
from cauce.domain.errors import NotFoundError
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.store.atomic import write_bytes
from cauce.store.cohort_table import read_rows
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace

_LISTED_EXCLUSIONS = 12
_LISTED_LEAKS = 5
_VALUES_SHOWN = 9
_OTHER = "other"

_KINDS = {
    LeakKind.PATIENT: "patients", LeakKind.STUDY: "studies", LeakKind.INSTANCE: "instances", LeakKind.FILE: "files",
    LeakKind.PIXELS: "equal pixels", LeakKind.NEAR_DUPLICATE: "near-duplicates",
}


def _age(row: InstanceRow) -> str:
    return age_band(row.acquisition.age_years)


_CHARTS: tuple[tuple[str, Callable[[InstanceRow], str]], ...] = (
    ("Origin", lambda row: row.acquisition.origin),
    ("Vendor", lambda row: row.acquisition.vendor),
    ("Label", lambda row: row.label or "unknown"),
    ("Sex", lambda row: row.acquisition.sex.value),
    ("Age in years", _age),
    ("View", lambda row: row.acquisition.view),
)


def write_report(workspace: Workspace, name: str) -> Path:
    """Write `reports/dataset-NAME.html` for the newest index of cohort `name`, and return its path.

    Raises:
        NotFoundError: no such cohort.
        IntegrityError: the split or a file of the store was changed.
    """
    cohort = workspace.records.latest(Cohort, name)
    rows = read_rows(workspace, cohort)
    split = _split(workspace, name)
    audits = [audit for audit in (_audit(workspace, name, split), _audit(workspace, f"{name}.source_partition", None)) if audit]
    body = "".join((
        _figures(cohort, split, audits), _partitions(rows, split), _charts(rows, split), _pictures(workspace, cohort, rows),
        _exclusions(cohort), _audits(audits, name), _provenance(cohort, split),
    ))
    path = workspace.folder("reports") / f"dataset-{name}.html"
    write_bytes(path, html.page(f"Dataset report: {name}", cohort.spec.description, body).encode("utf-8"))
    return path


def _split(workspace: Workspace, name: str) -> Split | None:
    return open_split(workspace, name) if workspace.records.history(Split, name) else None


def _audit(workspace: Workspace, name: str, split: Split | None) -> AuditReport | None:
    """The newest audit under this name; an audit of another split is none."""
    try:
        found = workspace.records.latest(AuditReport, name)
    except NotFoundError:
        return None
    return found if split is None or found.split == split.digest() else None


def _figures(cohort: Cohort, split: Split | None, audits: Sequence[AuditReport]) -> str:
    own = next((audit for audit in audits if audit.partition_source == "split"), None)
    if split is None:
        verdict = ("not split", "run cauce dataset split", "")
    elif own is None:
        verdict = ("not audited", "run cauce dataset audit", "bad")
    else:
        shared = "nothing" if own.passed else f"{sum(own.counts.values()):,}"
        verdict = (shared, "shared between partitions", "good" if own.passed else "bad")
    figures = (("patients", cohort.n_patients), ("studies", cohort.n_studies), ("images", cohort.n_instances))
    return html.tiles([
        *((f"{number:,}", what, "") for what, number in figures), (f"{len(cohort.exclusions):,}", "excluded", ""), verdict,
    ])


def _partitions(rows: Sequence[InstanceRow], split: Split | None) -> str:
    if split is None:
        return ""
    sizes = html.table(
        ("part", "patients", "images", "share of patients", "target"),
        [(row.part, f"{row.patients:,}", f"{row.instances:,}", f"{row.share:.1f} %", f"{row.target:.1f} %")
         for row in size_table(rows, split)], numeric=(1, 2, 3, 4),
    )
    names = [partition.value for partition in Partition]
    balance = html.table(
        ("stratum", "value", "patients", "target", *names, "largest deviation", "among folds"),
        [(row.stratum, row.value, f"{row.patients:,}", f"{row.target:.2f} %", *(f"{row.shares[name]:.2f} %" for name in names),
          f"{row.deviation:.2f} pp", f"{row.fold_deviation:.2f} pp") for row in balance_table(rows, split)],
        numeric=tuple(range(2, 6 + len(names))),
    )
    remark = html.note(
        "Target: share of the patients of the whole cohort, which every partition should have. pp: percentage points. "
        f"One patient of test is {100 / len(split.test):.2f} pp."
    )
    return f"<h2>Partitions</h2>{sizes}<h2>Balance</h2>{balance}{remark}"


def _charts(rows: Sequence[InstanceRow], split: Split | None) -> str:
    partition_of = split.partition_of() if split is not None else {}
    names = [partition.value for partition in Partition] if split is not None else ["all"]
    groups: dict[str, list[InstanceRow]] = {name: [] for name in names}
    for row in rows:
        groups[partition_of[row.patient_key].value if split is not None else "all"].append(row)
    charts, unstated = "", []
    for title, value in _CHARTS:
        totals = Counter(value(row) for row in rows)
        if set(totals) == {"unknown"}:
            unstated.append(title.lower())
            continue
        kept = {name for name, _ in totals.most_common(_VALUES_SHOWN)}
        entries = [
            html.Bar(name, len(members), dict(Counter(v if (v := value(row)) in kept else _OTHER for row in members)))
            for name, members in groups.items()
        ]
        order = [band for band in AGE_BANDS if band in totals] if value is _age else ()
        charts += html.bars(title, entries, order=order)
    silence = html.note(f"The source does not state: {', '.join(unstated)}.") if unstated else ""
    return f'<h2>What the partitions hold (images)</h2><div class="grid">{charts}</div>{silence}'


def _pictures(workspace: Workspace, cohort: Cohort, rows: Sequence[InstanceRow]) -> str:
    if cohort.samples_sha256 is None:
        return ""
    pictures = np.load(workspace.arrays.path(cohort.samples_sha256), allow_pickle=False)
    label_of = {row.path: row.label or "without label" for row in rows}
    labels = [label_of[path] for path in cohort.samples]
    counts = Counter(row.label or "without label" for row in rows)
    sheets = ""
    for label in sorted(set(labels)):
        chosen = [place for place, other in enumerate(labels) if other == label]
        caption = f"{label}: {len(chosen)} of {counts[label]:,} images, of different patients, drawn by digest"
        sheets += html.contact_sheet(caption, pictures[chosen])
    return f"<h2>Pictures</h2>{sheets}"


def _exclusions(cohort: Cohort) -> str:
    if not cohort.exclusions:
        return "<h2>Exclusions</h2>" + html.note("Every file of the source is in the cohort.")
    counts = Counter(exclusion.code for exclusion in cohort.exclusions)
    first = {exclusion.code: exclusion for exclusion in reversed(cohort.exclusions)}
    by_code = html.table(
        ("code", "files", "for example", "reason"),
        [(code, count, first[code].path, first[code].reason) for code, count in counts.most_common()], numeric=(1,),
    )
    more = cohort.exclusions[:_LISTED_EXCLUSIONS]
    listed = html.table(("file", "code", "reason"), [(each.path, each.code, each.reason) for each in more])
    return f"<h2>Exclusions</h2>{by_code}<h3>First {len(more)} of {len(cohort.exclusions):,}</h3>{listed}"


def _audits(audits: Sequence[AuditReport], name: str) -> str:
    if not audits:
        return "<h2>Audit</h2>" + html.note(f"Not audited yet: cauce dataset audit {name}")
    parts = ""
    for audit in audits:
        title = "the sealed split" if audit.partition_source == "split" else "the partition that the source proposes"
        crossing = audit.counts.get(LeakKind.PATIENT, 0)
        parts += f"<h3>Audit of {title}: {'passed' if audit.passed else 'failed'}</h3>"
        parts += html.table(
            (*(_KINDS[kind] for kind in audit.counts), "label conflicts"),
            [(*(f"{count:,}" for count in audit.counts.values()), f"{len(audit.label_conflicts):,}")],
        )
        if crossing:
            share = f"{100 * crossing / audit.n_patients:.1f} %"
            parts += html.note(f"{crossing:,} of {audit.n_patients:,} patients ({share}) stand in more than one partition.")
        if audit.leaks:
            parts += html.table(("shared", "partitions", "images"), [
                (leak.kind.value, " | ".join(leak.partitions), ", ".join(leak.paths)) for leak in audit.leaks[:_LISTED_LEAKS]
            ])
    return f"<h2>Audit</h2>{parts}"


def _provenance(cohort: Cohort, split: Split | None) -> str:
    reference, code = cohort.spec.reference, cohort.spec.reference.finding
    rows = [
        ("reference standard", reference.source),
        ("positive", f"{', '.join(reference.positive)}: {code.meaning} ({code.scheme} {code.value})"),
        ("negative", ", ".join(reference.negative)), ("licence", cohort.spec.licence), ("cohort", cohort.digest()),
        ("table", cohort.table_sha256), ("seal of the split", split.digest() if split is not None else "none"),
        ("seed", str(cohort.spec.split.seed)), ("made by", f"cauce {cohort.cauce_version}"),
    ]
    footer = "<footer>Patients appear by pseudonym only; file names stand as the source gave them.</footer>"
    return f"<h2>Provenance</h2>{html.table(('what', 'value'), rows)}{footer}"
