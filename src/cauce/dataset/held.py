"""Where patients stand before anything is drawn: in the source's partition, outside, or where an earlier split put them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError, LeakageError
from cauce.domain.record import Digest
from cauce.domain.split import INTERNAL, Partition, Split, SplitPolicy
from cauce.domain.study import InstanceRow
from cauce.store.workspace import Workspace

_NAMED = 4


@dataclass(frozen=True)
class Earlier:
    """Patients of the splits that a cohort's earlier indexes were given; a newer one counts before an older.

    Attributes:
        split: the newest of them; None: there is none.
        partitions, folds: by patient; folds only where as many were asked for as now.
    """

    split: Digest | None = None
    partitions: dict[str, Partition] = field(default_factory=dict)
    folds: dict[str, int] = field(default_factory=dict)


def earlier_places(workspace: Workspace, cohort: Cohort) -> Earlier:
    """Places in the splits of this name. Another seed, or another kind of policy, says that a new draw is wanted."""
    policy = cohort.spec.split
    newest: Digest | None = None
    partitions: dict[str, Partition] = {}
    folds: dict[str, int] = {}
    for digest in reversed(workspace.records.history(Split, cohort.name)):
        if not workspace.records.path(Split, digest).exists():
            continue
        split = workspace.records.get(Split, digest)
        if (split.policy.seed, split.policy.from_source) != (policy.seed, policy.from_source):
            break
        newest = newest or digest
        partitions = split.partition_of() | partitions
        if split.policy.folds == policy.folds:
            folds = split.fold_of() | folds
    return Earlier(newest, partitions, folds)


def held_partitions(
    rows: Sequence[InstanceRow], groups: Sequence[tuple[str, ...]], policy: SplitPolicy, earlier: Earlier
) -> list[Partition | None]:
    """Partition that each group must stand in, None for a group that is free.

    Raises:
        InputError: the source's partition is the split, and it puts a patient nowhere.
        LeakageError: a group must stand in two partitions; its patients are named.
    """
    wanted: dict[str, set[Partition]] = {}
    for row in rows:
        places = wanted.setdefault(row.patient_key, set())
        if row.acquisition.origin in policy.external or row.source_partition == Partition.EXTERNAL:
            places.add(Partition.EXTERNAL)
        elif policy.from_source:
            places.add(_of_source(row))
    return [_one_place(group, wanted, earlier) for group in groups]


def held_folds(groups: Sequence[tuple[str, ...]], earlier: Earlier) -> list[int]:
    """Fold that each group of train must stay in, -1 for a free one.

    Raises:
        LeakageError: patients of two folds were linked by a new image.
    """
    found = []
    for group in groups:
        folds = {key: earlier.folds[key] for key in group if key in earlier.folds}
        if len(set(folds.values())) > 1:
            raise _linked({key: f"fold {fold}" for key, fold in folds.items()})
        found.append(next(iter(folds.values()), -1))
    return found


def _of_source(row: InstanceRow) -> Partition:
    names = [partition.value for partition in INTERNAL]
    if row.source_partition not in names:
        raise InputError(
            "the source's partition is to be the split, and puts an image nowhere", where=row.path,
            expected=", ".join(names) + " or external", got=row.source_partition or "an empty cell",
            remedy="Fill source_partition in the table, or set split.from_source to false.",
        )
    return Partition(row.source_partition)


def _one_place(group: tuple[str, ...], wanted: dict[str, set[Partition]], earlier: Earlier) -> Partition | None:
    """Where one stands all stand: an external image takes its patient, and whoever is linked to them, along."""
    before = {key: earlier.partitions[key] for key in group if key in earlier.partitions}
    now = {key: place for key in group for place in wanted[key]}
    places = set(before.values()) | set(now.values())
    several = {key: " and ".join(sorted(wanted[key])) for key in group if len(wanted[key]) > 1}
    if several:
        raise _linked(several)
    if len(places) > 1:
        raise _linked({key: str(before.get(key) or now.get(key)) for key in group if key in before or key in now})
    return next(iter(places), None)


def _linked(places: dict[str, str]) -> LeakageError:
    named = ", ".join(f"patient {key} in {place}" for key, place in list(places.items())[:_NAMED])
    return LeakageError(
        f"patients that belong together stand apart: {named}", where="split",
        expected="linked patients (a shared study, file, image or near-copy) in one place, and everybody where they were",
        remedy="Take the linking image out of the source and index again, or change split.seed to draw everything anew.",
    )
