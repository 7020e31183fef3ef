"""The sealed split of a cohort: one record by digest, and beside it a table that people can read. Both must agree.

Every stage after the split opens it here and nowhere else.
"""

import csv
import io
import json
from pathlib import Path

from cauce.domain.cohort import Cohort
from cauce.domain.errors import IntegrityError, NotFoundError
from cauce.domain.record import Digest
from cauce.domain.split import Partition, Split
from cauce.store.atomic import write_bytes
from cauce.store.cohort_table import read_columns
from cauce.store.cohorts import cohort_named
from cauce.store.workspace import Workspace

_HEADER = ("path", "patient_key", "partition", "fold")


def seal_split(workspace: Workspace, split: Split) -> str:
    """Store a split under its name, write `splits/NAME.csv`, and return the seal: the digest of the record.

    Raises:
        IntegrityError: this very split is sealed already and its record or table was changed since.
    """
    path, digest = csv_path(workspace, split.name), split.digest()
    history = workspace.records.history(Split, split.name)
    sealed = bool(history) and history[-1] == digest and workspace.records.path(Split, digest).exists()
    if not sealed or not path.exists():
        write_bytes(path, _table(workspace, split).encode("utf-8"))
    workspace.records.put(split, split.name)
    open_split(workspace, split.name)
    return digest


def open_split(workspace: Workspace, name: str) -> Split:
    """The sealed split `name`.

    Raises:
        NotFoundError: there is none, or no such cohort.
        IntegrityError: the record or the table beside it was changed, naming the first patient that moved; or the
            cohort was indexed anew since.
    """
    history = workspace.records.history(Split, name)
    if not history:
        cohort_named(workspace, name)  # without a cohort there is nothing to split: its message comes first
        known = ", ".join(workspace.records.names(Split)) or "none yet"
        raise NotFoundError(f"no split named '{name}'", where=workspace.root.name,
                            remedy=f"Run `cauce dataset split {name}`. Known splits: {known}.")
    split = _record(workspace, name, history[-1])
    _check_cohort(workspace, split)
    _check_table(workspace, split)
    return split


def split_of_cohort(workspace: Workspace, cohort: Cohort) -> Split | None:
    """The split that was sealed for this very cohort and policy, if there is one: it outlives the code that made it.

    Raises:
        IntegrityError: its record or the table beside it was changed, naming the first patient that moved.
    """
    for digest in reversed(workspace.records.history(Split, cohort.name)):
        if not workspace.records.path(Split, digest).exists():  # deleted on purpose, as the message of a broken seal offers
            continue
        split = _record(workspace, cohort.name, digest)
        if split.cohort == cohort.digest() and split.policy == cohort.spec.split:
            return split
    return None


def _record(workspace: Workspace, name: str, digest: Digest) -> Split:
    try:
        return workspace.records.get(Split, digest)
    except IntegrityError as error:
        raise _changed(f"records/split/{digest}.json", _moved_in_record(workspace, name, digest), name) from error


def csv_path(workspace: Workspace, name: str) -> Path:
    """Where the readable table of a split stands."""
    return workspace.root / "splits" / f"{name}.csv"


def _table(workspace: Workspace, split: Split) -> str:
    """One line for each instance, by path; the fold is empty outside train."""
    columns = read_columns(workspace, workspace.records.get(Cohort, split.cohort), ("path", "patient_key"))
    partition_of, fold_of = split.partition_of(), split.fold_of()
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_HEADER)
    for path, key in sorted(zip(columns["path"], columns["patient_key"], strict=True)):
        writer.writerow((path, key, partition_of[key].value, fold_of.get(key, "")))
    return stream.getvalue()


def _check_cohort(workspace: Workspace, split: Split) -> None:
    cohorts = workspace.records.history(Cohort, split.name)
    if cohorts and cohorts[-1] != split.cohort:
        raise IntegrityError(
            "the split belongs to an older index of the cohort", where=split.name,
            expected=cohorts[-1][:12], got=split.cohort[:12],
            remedy=f"Run `cauce dataset split {split.name}`, or index the files as they were.",
        )


def _check_table(workspace: Workspace, split: Split) -> None:
    path = csv_path(workspace, split.name)
    if not path.is_file():
        raise IntegrityError("the table of the split is missing", where=f"splits/{path.name}",
                             remedy=f"Run `cauce dataset split {split.name}`: it writes the same split again.")
    found = path.read_text(encoding="utf-8", errors="replace")
    expected = _table(workspace, split)
    if found != expected:
        raise _changed(f"splits/{path.name}", _difference(_parse(expected), _parse(found)), split.name)


def _parse(text: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(text)) if row]


def _difference(expected: list[tuple[str, ...]], found: list[tuple[str, ...]]) -> str:
    """The first change, naming its patient."""
    now = {row[0]: row for row in found[1:] if len(row) == len(_HEADER)}
    for path, key, partition, fold in expected[1:]:
        row = now.get(path)
        if row is None:
            return f"patient {key} lost an instance"
        if row[1] != key:
            return f"an instance of patient {key} was given to patient {row[1]}"
        if row[2] != partition:
            return f"patient {key} moved from {partition} to {row[2]}"
        if row[3] != fold:
            return f"patient {key} moved from fold {fold} to fold {row[3] or 'none'}"
    return f"{len(found)} lines instead of {len(expected)}"


def _moved_in_record(workspace: Workspace, name: str, digest: str) -> str:
    """What was changed in the record, told by the table beside it; the record is read as plain JSON and not trusted."""
    try:
        content = json.loads(workspace.records.path(Split, digest).read_bytes())
        now = {key: partition.value for partition in Partition for key in content.get(partition.value, ())}
        table = _parse(csv_path(workspace, name).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return "it cannot be read"
    for row in table[1:]:
        if len(row) == len(_HEADER) and now.get(row[1]) != row[2]:
            return f"patient {row[1]} moved from {row[2]} to {now.get(row[1], 'nowhere')}"
    return "a setting or a fold"


def _changed(where: str, what: str, name: str) -> IntegrityError:
    return IntegrityError(
        f"the split was changed after it was sealed: {what}", where=where,
        remedy=f"Restore the file, or delete it and run `cauce dataset split {name}`, which writes the sealed split again.",
    )
