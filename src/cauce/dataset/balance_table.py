"""How far a split is from what was asked: each stratum's share in each part, against the internal patients of the cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cauce.dataset.strata import PatientStrata, patient_strata
from cauce.domain.split import INTERNAL, Partition, Split
from cauce.domain.study import InstanceRow

_PERCENT = 100.0
_NEGLIGIBLE = 0.1  # percentage points
FEWEST_TO_MONITOR = 20
"""Patients of tune below which no reference for monitoring can be drawn from it."""

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class BalanceRow:
    """One value of one stratum.

    Attributes:
        patients, images: with this value, outside `external`.
        target, image_target: their share in percent: what every internal part should have.
        shares, image_shares: part → their share of that part in percent.
        deviation, image_deviation: largest absolute difference from the target over the internal partitions, percentage points.
        fold_deviation: the same for patients over the folds, against their share of train.
        least_deviation: no division of so many patients over partitions of these sizes comes nearer than this.
    """

    stratum: str
    value: str
    patients: int
    target: float
    shares: dict[str, float]
    deviation: float
    fold_deviation: float
    images: int
    image_target: float
    image_shares: dict[str, float]
    image_deviation: float
    least_deviation: float

    @property
    def is_best_possible(self) -> bool:
        """True where a deviation that shows is due to the few patients there are, and to nothing else."""
        return self.deviation > _NEGLIGIBLE and self.deviation <= self.least_deviation + 1e-9


@dataclass(frozen=True)
class SizeRow:
    """Size of one part: patients, instances, and its share of patients in percent against the policy's."""

    part: str
    patients: int
    instances: int
    share: float
    target: float


def balance_table(rows: Sequence[InstanceRow], split: Split) -> list[BalanceRow]:
    """Every value of every stratum of the policy, in the policy's order, then by patients."""
    strata = patient_strata(rows, split.policy.balance)
    members = _members(strata, split)
    inside = np.concatenate([members[part.value] for part in INTERNAL])
    sizes = [len(members[part.value]) for part in INTERNAL]
    ones = np.ones(len(strata.patients), dtype=np.int64)
    target, image_target = _share(strata.carries, ones, inside), _share(strata.images, strata.instances, inside)
    shares = {name: _share(strata.carries, ones, part) for name, part in members.items()}
    image_shares = {name: _share(strata.images, strata.instances, part) for name, part in members.items()}
    in_train = shares[Partition.TRAIN.value]
    folds = [np.abs(_share(strata.carries, ones, _places(strata, fold)) - in_train) for fold in split.folds]
    carriers, images = _sums(strata.carries, inside), _sums(strata.images, inside)
    table = [
        BalanceRow(
            stratum.value, value, int(carriers[at]), float(target[at]),
            {name: float(part[at]) for name, part in shares.items()}, _deviation(shares, target, at),
            max(float(fold[at]) for fold in folds), int(images[at]), float(image_target[at]),
            {name: float(part[at]) for name, part in image_shares.items()}, _deviation(image_shares, image_target, at),
            least_deviation(int(carriers[at]), sizes),
        )
        for at, (stratum, value) in enumerate(strata.values)
    ]
    order = {stratum.value: place for place, stratum in enumerate(split.policy.balance)}
    return sorted(table, key=lambda row: (order[row.stratum], -row.patients, row.value))


def size_table(rows: Sequence[InstanceRow], split: Split) -> list[SizeRow]:
    """Sizes of the partitions and of the folds of train; `external` has no target and, of the internal patients, no share."""
    strata = patient_strata(rows, ())
    members = _members(strata, split)
    policy = split.policy
    wanted = {Partition.TRAIN: policy.train, Partition.TUNE: policy.tune, Partition.TEST: policy.test}
    total = sum(len(members[part.value]) for part in INTERNAL)
    table = [_size(strata, part.value, members[part.value], (total, _PERCENT * wanted[part])) for part in INTERNAL]
    if split.external:
        outside = members[Partition.EXTERNAL.value]
        table.append(SizeRow(Partition.EXTERNAL.value, len(outside), int(strata.instances[outside].sum()), 0.0, 0.0))
    return table + [
        _size(strata, f"fold {number}", _places(strata, fold), (len(split.train), _PERCENT / len(split.folds)))
        for number, fold in enumerate(split.folds)
    ]


def least_deviation(carriers: int, sizes: Sequence[int]) -> float:
    """Smallest largest deviation, in percentage points, of any division of `carriers` patients over parts of `sizes`."""
    total = sum(sizes)
    floors = [carriers * size // total for size in sizes]
    expected = carriers / total
    best = [
        max(abs((floors[part] + (part in chosen)) / size - expected) for part, size in enumerate(sizes))
        for chosen in combinations(range(len(sizes)), carriers - sum(floors))
    ]
    return _PERCENT * min(best)


_SHOWN_VALUES = 4


def warnings_of(split: Split, table: Sequence[BalanceRow]) -> list[str]:
    """What a person should know before going on, in sentences."""
    found = []
    if len(split.tune) < FEWEST_TO_MONITOR:
        found.append(f"tune has {len(split.tune)} patients: a model made from this split cannot be monitored, "
                     f"which takes {FEWEST_TO_MONITOR} or more")
    small: dict[str, list[str]] = {}
    for row in table:
        empty = [part.value for part in INTERNAL if not row.shares[part.value]]
        if empty and 0 < row.patients < len(INTERNAL):
            small.setdefault(row.stratum, []).append(row.value)
        elif empty and row.patients:
            patients = f"none of its {row.patients} patients in {', '.join(empty)}"
            found.append(f"{row.stratum} {row.value}: {patients}; look at the source")
    return found + [_too_few(stratum, values) for stratum, values in small.items()]


def _too_few(stratum: str, values: Sequence[str]) -> str:
    """Values that cannot be in every partition, in one sentence."""
    others = len(values) - _SHOWN_VALUES
    shown = "; ".join(values[:_SHOWN_VALUES]) + (f" and {others} more" if others > 0 else "")
    return f"{stratum} {shown}: fewer patients than partitions, so that some lack them; no division can do better"


def _members(strata: PatientStrata, split: Split) -> dict[str, NDArray[np.int64]]:
    return {part.value: _places(strata, split.patients(part)) for part in Partition}


def _places(strata: PatientStrata, patients: Sequence[str]) -> NDArray[np.int64]:
    return np.searchsorted(np.asarray(strata.patients), np.asarray(patients, dtype=str)).astype(np.int64)


def _sums(counts: csr_array, members: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(counts[members].sum(axis=0), dtype=np.int64).reshape(-1)


def _share(counts: csr_array, sizes: NDArray[np.int64], members: NDArray[np.int64]) -> Shares:
    return np.asarray(_PERCENT * _sums(counts, members) / max(int(sizes[members].sum()), 1), dtype=np.float64)


def _deviation(shares: dict[str, Shares], target: Shares, at: int) -> float:
    return max(abs(float(shares[part.value][at] - target[at])) for part in INTERNAL)


def _size(strata: PatientStrata, name: str, members: NDArray[np.int64], wanted: tuple[int, float]) -> SizeRow:
    total, target = wanted
    instances = int(strata.instances[members].sum())
    return SizeRow(name, len(members), instances, _PERCENT * len(members) / total, target)
