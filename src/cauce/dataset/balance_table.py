"""How far a split is from what was asked: each stratum's share in each part, against the whole cohort."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cauce.dataset.strata import patient_values
from cauce.domain.split import Partition, Split, Stratum
from cauce.domain.study import InstanceRow

_PERCENT = 100.0


@dataclass(frozen=True)
class BalanceRow:
    """One value of one stratum.

    Attributes:
        patients: with this value, in the cohort.
        target: their share of the cohort in percent: what every part should have.
        shares: part → their share of that part in percent.
        deviation: largest absolute difference from the target over the partitions, in percentage points.
        fold_deviation: the same over the folds, against their share of train.
    """

    stratum: str
    value: str
    patients: int
    target: float
    shares: dict[str, float]
    deviation: float
    fold_deviation: float


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
    strata = split.policy.balance
    values = patient_values(rows, strata)
    parts = {partition.value: Counter(_strata_of(split.patients(partition), values)) for partition in Partition}
    folds = [Counter(_strata_of(fold, values)) for fold in split.folds]
    whole, train = Counter(_strata_of(tuple(values), values)), parts[Partition.TRAIN.value]
    sizes = {partition.value: len(split.patients(partition)) for partition in Partition}
    table = []
    for (place, value), patients in sorted(whole.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        target = _PERCENT * patients / len(values)
        shares = {name: _PERCENT * counter[place, value] / sizes[name] for name, counter in parts.items()}
        expected = train[place, value] / len(split.train)
        in_folds = [abs(counter[place, value] / len(fold) - expected) for counter, fold in zip(folds, split.folds, strict=True)]
        table.append(BalanceRow(
            Stratum(strata[place]).value, value, patients, target, shares,
            max(abs(share - target) for share in shares.values()), _PERCENT * max(in_folds),
        ))
    return table


def size_table(rows: Sequence[InstanceRow], split: Split) -> list[SizeRow]:
    """Sizes of the partitions and of the folds of train."""
    instances = Counter(row.patient_key for row in rows)
    total = len(instances)
    policy = split.policy
    wanted = {Partition.TRAIN: policy.train, Partition.TUNE: policy.tune, Partition.TEST: policy.test}
    table = [
        SizeRow(partition.value, len(keys := split.patients(partition)), sum(instances[key] for key in keys),
                _PERCENT * len(keys) / total, _PERCENT * wanted[partition])
        for partition in Partition
    ]
    return table + [
        SizeRow(f"fold {number}", len(fold), sum(instances[key] for key in fold),
                _PERCENT * len(fold) / len(split.train), _PERCENT / len(split.folds))
        for number, fold in enumerate(split.folds)
    ]


def _strata_of(patients: Sequence[str], values: dict[str, tuple[str, ...]]) -> list[tuple[int, str]]:
    return [(place, value) for key in patients for place, value in enumerate(values[key])]
