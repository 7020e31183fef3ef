"""The balance and size tables from columns: the same numbers as `balance_table`, for half a million rows in a second."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.balance_table import SizeRow
from cauce.dataset.report.columns import Coded, Codes, Columns
from cauce.domain.split import Partition, Split, Stratum

_COLUMNS = {
    Stratum.LABEL: "label", Stratum.ORIGIN: "acquisition.origin", Stratum.VENDOR: "acquisition.vendor",
    Stratum.SEX: "acquisition.sex", Stratum.VIEW: "acquisition.view",
}
_PERCENT = 100.0
_NAMES = tuple(partition.value for partition in Partition)
_INTERNAL = 3
"""Train, tune and test, which shares are asked for."""


@dataclass(frozen=True)
class BalanceLine:
    """One value of one stratum; fields as in `cauce.dataset.balance_table.BalanceRow`."""

    stratum: str
    value: str
    patients: int
    target: float
    shares: dict[str, float]
    deviation: float
    fold_deviation: float


def balance_of(columns: Columns, split: Split) -> list[BalanceLine]:
    """Every value of every stratum of the policy, in the policy's order, then by patients."""
    patients = columns.text("patient_key")
    where, rows = _parts(patients, split), np.arange(len(columns))
    table: list[BalanceLine] = []
    for stratum in split.policy.balance:
        several = stratum is Stratum.LABEL and columns.has("labels")
        if several:
            owners, coded = columns.lists("labels")
        else:
            owners, coded = rows, columns.age_bands() if stratum is Stratum.AGE_BAND else columns.text(_COLUMNS[stratum])
        table += _lines(stratum, coded, _carriers(patients, owners, coded, keep_all=several), where)
    return table


def sizes_of(columns: Columns, split: Split) -> list[SizeRow]:
    """Sizes of the partitions and of the folds of train."""
    patients = columns.text("patient_key")
    part, fold = _parts(patients, split)
    images = np.bincount(patients.codes, minlength=len(patients.values))
    policy, total, train = split.policy, max(int((part < _INTERNAL).sum()), 1), len(split.train)
    targets = (policy.train, policy.tune, policy.test)
    rows = [
        SizeRow(name.value, int((part == place).sum()), int(images[part == place].sum()),
                _PERCENT * int((part == place).sum()) / total, _PERCENT * target)
        for place, (name, target) in enumerate(zip(list(Partition)[:_INTERNAL], targets, strict=True))
    ]
    rows += [
        SizeRow(name, int((part == place).sum()), int(images[part == place].sum()), 0.0, 0.0)
        for place, name in enumerate(_NAMES) if place >= _INTERNAL and (part == place).any()
    ]
    return rows + [
        SizeRow(f"fold {number}", len(keys), int(images[fold == number].sum()), _PERCENT * len(keys) / train,
                _PERCENT / len(split.folds)) for number, keys in enumerate(split.folds)
    ]


def _parts(patients: Coded, split: Split) -> tuple[Codes, Codes]:
    """Partition and fold of each patient as numbers; -1 outside train for the fold."""
    partition_of, fold_of, names = split.partition_of(), split.fold_of(), list(Partition)
    part = [names.index(partition_of[key]) for key in patients.values]
    return np.asarray(part, dtype=np.int64), np.asarray([fold_of.get(key, -1) for key in patients.values], dtype=np.int64)


def _carriers(patients: Coded, owners: Codes, coded: Coded, *, keep_all: bool) -> tuple[Codes, Codes]:
    """Patient and value, once each: every value of a patient, or the most frequent; of equals the first in the alphabet."""
    width = len(coded.values)
    pairs, counts = np.unique(patients.codes[owners] * width + coded.codes, return_counts=True)
    if not keep_all:
        order = np.lexsort((pairs % width, -counts, pairs // width))
        _, first = np.unique((pairs // width)[order], return_index=True)
        pairs = pairs[order][first]
    return np.asarray(pairs // width, dtype=np.int64), np.asarray(pairs % width, dtype=np.int64)


def _lines(stratum: Stratum, coded: Coded, carried: tuple[Codes, Codes], where: tuple[Codes, Codes]) -> list[BalanceLine]:
    """Shares of the patients of each part; external patients, who come from elsewhere, set no target."""
    (owner, value), (part, fold) = carried, where
    in_part = _counts(value, part[owner], len(coded.values), len(_NAMES))
    sizes = np.bincount(part, minlength=len(_NAMES))
    shares = _PERCENT * in_part / np.maximum(sizes, 1)
    inside = in_part[:, :_INTERNAL].sum(axis=1)
    target = _PERCENT * inside / max(int(sizes[:_INTERNAL].sum()), 1)
    n_folds, trained = int(fold.max()) + 1, fold[owner] >= 0
    in_fold = _counts(value[trained], fold[owner][trained], len(coded.values), n_folds)
    fold_shares = _PERCENT * in_fold / np.maximum(np.bincount(fold[fold >= 0], minlength=n_folds), 1)
    return [
        BalanceLine(
            stratum.value, coded.values[at], int(inside[at]), float(target[at]),
            {name: float(share) for name, share in zip(_NAMES, shares[at], strict=True)},
            float(np.abs(shares[at, :_INTERNAL] - target[at]).max()), float(np.abs(fold_shares[at] - shares[at, 0]).max()),
        )
        for at in sorted(range(len(coded.values)), key=lambda place: (-int(inside[place]), coded.values[place]))
    ]


def _counts(value: Codes, part: Codes, n_values: int, n_parts: int) -> NDArray[np.int64]:
    flat = np.bincount(value * n_parts + part, minlength=n_values * n_parts)
    return np.asarray(flat.reshape(n_values, n_parts), dtype=np.int64)
