"""Proof, or refutation, that the partitions of a cohort share nothing: patients, studies, instances, files, pixels, copies."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from cauce.dataset.copies import copies_of
from cauce.dataset.copies_page import write_copies_page
from cauce.dataset.near_duplicates import NearDuplicate
from cauce.dataset.thumbnail import read_thumbnails
from cauce.domain.audit import AuditReport, Copy, Leak, LeakKind
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import read_rows
from cauce.store.cohorts import cohort_named
from cauce.store.split_seal import open_split
from cauce.store.workspace import Workspace

SPLIT = "split"
SOURCE_PARTITION = "source_partition"

_SHOWN = 50         # leaks of each kind that are kept for a person to look at
_SHOWN_PATHS = 6    # paths of one leak
_KEYS: dict[LeakKind, Callable[[InstanceRow], str | None]] = {
    LeakKind.PATIENT: lambda row: row.patient_key,
    LeakKind.STUDY: lambda row: row.study_instance_uid,
    LeakKind.INSTANCE: lambda row: row.sop_instance_uid,
    LeakKind.FILE: lambda row: row.file_sha256,
    LeakKind.PIXELS: lambda row: row.pixel_sha256,
}
_OF_PIXELS = (LeakKind.FILE, LeakKind.PIXELS, LeakKind.NEAR_DUPLICATE)  # not counted where no pixels were read
_STEPS = len(_KEYS) + 1


def audit_cohort(
    workspace: Workspace, name: str, *, partition: str = SPLIT, progress: Progress = silent
) -> AuditReport:
    """Audit the sealed split of cohort `name`, or the partition that its source proposes, and store the report.

    Args:
        workspace: holds cohort and split.
        name: of the cohort.
        partition: "split" or "source_partition".
        progress: told after each kind of leak.

    Raises:
        NotFoundError: no such cohort or split.
        IntegrityError: the split was changed.
        InputError: another partition, or a source that proposes none.
    """
    if partition not in (SPLIT, SOURCE_PARTITION):
        raise InputError("no such column to audit", where=name, expected=f"{SPLIT} or {SOURCE_PARTITION}", got=partition,
                         remedy="Map the source's own column to source_partition in cohort.yaml.")
    split = open_split(workspace, name) if partition == SPLIT else None
    cohort = cohort_named(workspace, name) if split is None else workspace.records.get(Cohort, split.cohort)
    rows = read_rows(workspace, cohort)
    parts = _parts(rows, split, name)
    found = copies_of(workspace, cohort, progress=progress)
    report = _report(cohort, split, rows, (parts, found), progress)
    workspace.records.put(report, name if split is not None else f"{name}.{partition}")
    if cohort.pixels_read:
        place = {row.path: number for number, row in enumerate(rows)}
        thumbnails = read_thumbnails(workspace, cohort)
        write_copies_page(workspace, report, [
            (thumbnails[place[copy.paths[0]]], thumbnails[place[copy.paths[1]]]) for copy in report.copies
        ])
    return report


def _parts(rows: Sequence[InstanceRow], split: Split | None, name: str) -> list[str | None]:
    """Partition of each row; None for a row that the source puts nowhere."""
    if split is not None:
        partition_of = split.partition_of()
        return [partition_of[row.patient_key].value for row in rows]
    parts = [row.source_partition for row in rows]
    if not any(parts):
        raise InputError("the source proposes no partition", where=name, expected="a column mapped to source_partition",
                         remedy="Map it in cohort.yaml and index again, or audit the split.")
    return parts


def _copy(rows: Sequence[InstanceRow], parts: Sequence[str | None], pair: NearDuplicate) -> Copy:
    first, second = rows[pair.first], rows[pair.second]
    return Copy(
        paths=(first.path, second.path), partitions=(parts[pair.first], parts[pair.second]), labels=(first.label, second.label),
        likeness=round(pair.correlation, 4), mirrored=pair.mirrored, degrees=round(pair.degrees, 2), scale=round(pair.scale, 4),
        inverted=pair.inverted,
    )


def _report(
    cohort: Cohort, split: Split | None, rows: Sequence[InstanceRow],
    found: tuple[list[str | None], list[NearDuplicate]], progress: Progress,
) -> AuditReport:
    parts, pairs = found
    # Equal pixels are a kind of their own.
    copies = [
        (pair.first, pair.second) for pair in pairs if rows[pair.first].pixel_sha256 != rows[pair.second].pixel_sha256
    ]
    counts: dict[LeakKind, int] = {}
    shown: list[Leak] = []
    for step, (kind, key) in enumerate(_KEYS.items()):
        progress("audit", step, _STEPS)
        leaks = _crossing(kind, rows, parts, key)
        counts[kind], shown = len(leaks), shown + leaks[:_SHOWN]
    close = [_pair(rows, parts, (a, b)) for a, b in copies if parts[a] and parts[b] and parts[a] != parts[b]]
    counts[LeakKind.NEAR_DUPLICATE], shown = len(close), shown + close[:_SHOWN]
    progress("audit", _STEPS, _STEPS)
    told = sorted((_copy(rows, parts, pair) for pair in pairs), key=lambda copy: (not copy.crosses, copy.paths))
    between = sum(copy.crosses for copy in told)
    if not cohort.pixels_read:
        counts = {kind: count for kind, count in counts.items() if kind not in _OF_PIXELS}
    return AuditReport(
        cohort=cohort.digest(), split=None if split is None else split.digest(), cohort_name=cohort.name,
        partition_source=SPLIT if split is not None else SOURCE_PARTITION, n_instances=sum(part is not None for part in parts),
        n_patients=len({row.patient_key for row, part in zip(rows, parts, strict=True) if part is not None}),
        counts=counts, leaks=tuple(shown), label_conflicts=tuple(label_conflicts(rows, copies)),
        n_copies_between=between, n_copies_inside=len(told) - between, copies=tuple(told[:_SHOWN]),
    )


def _crossing(
    kind: LeakKind, rows: Sequence[InstanceRow], parts: Sequence[str | None], key: Callable[[InstanceRow], str | None]
) -> list[Leak]:
    """Everything of this kind that stands in more than one partition, by its key."""
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row, part in zip(rows, parts, strict=True):
        value = key(row)
        if part is not None and value is not None:
            groups[value][part].append(row.path)
    leaks = []
    for shared in sorted(groups):
        by_part = groups[shared]
        if len(by_part) > 1:
            names = tuple(sorted(by_part))
            paths = tuple(path for part in names for path in by_part[part][: max(1, _SHOWN_PATHS // len(names))])
            leaks.append(Leak(kind=kind, key=shared, partitions=names, paths=paths))
    return leaks


def _pair(rows: Sequence[InstanceRow], parts: Sequence[str | None], pair: tuple[int, int]) -> Leak:
    first, second = (rows[place] for place in pair)
    return Leak(
        kind=LeakKind.NEAR_DUPLICATE, key=f"{first.patient_key} {second.patient_key}",
        partitions=tuple(str(parts[place]) for place in pair), paths=(first.path, second.path),
    )


def label_conflicts(rows: Sequence[InstanceRow], copies: Iterable[tuple[int, int]]) -> list[tuple[str, str]]:
    """Pairs of paths of one image, by pixels or as near-duplicates, whose labels differ."""
    by_pixels: dict[str, list[InstanceRow]] = defaultdict(list)
    for row in rows:
        if row.pixel_sha256 is not None:
            by_pixels[row.pixel_sha256].append(row)
    conflicts = {
        (group[0].path, other.path)
        for group in by_pixels.values() for other in group[1:] if other.label != group[0].label
    }
    conflicts |= {(rows[a].path, rows[b].path) for a, b in copies if rows[a].label != rows[b].label}
    return sorted(conflicts)
