"""The balance and size tables from columns: the same numbers as `balance_table`, for half a million rows in a second."""

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.balance_table import BalanceRow, SizeRow
from cauce.dataset.report.columns import Coded, Codes, Columns
from cauce.domain.split import Partition, Split, Stratum

_COLUMNS = {
    Stratum.LABEL: "label", Stratum.ORIGIN: "acquisition.origin", Stratum.VENDOR: "acquisition.vendor",
    Stratum.SEX: "acquisition.sex", Stratum.VIEW: "acquisition.view",
}
_PERCENT = 100.0


def balance_of(columns: Columns, split: Split) -> list[BalanceRow]:
    """Every value of every stratum of the policy, in the policy's order, then by patients."""
    patients = columns.text("patient_key")
    part, fold = _parts(patients, split)
    table: list[BalanceRow] = []
    for stratum in split.policy.balance:
        coded = columns.age_bands() if stratum is Stratum.AGE_BAND else columns.text(_COLUMNS[stratum])
        value = _most_frequent(patients, coded)
        table += _rows_of(stratum, coded, (value, part, fold), split)
    return table


def sizes_of(columns: Columns, split: Split) -> list[SizeRow]:
    """Sizes of the partitions and of the folds of train."""
    patients = columns.text("patient_key")
    part, fold = _parts(patients, split)
    images = np.bincount(patients.codes, minlength=len(patients.values))
    policy, total, train = split.policy, len(patients.values), len(split.train)
    targets = (policy.train, policy.tune, policy.test)
    rows = [
        SizeRow(name.value, int((part == place).sum()), int(images[part == place].sum()),
                _PERCENT * int((part == place).sum()) / total, _PERCENT * target)
        for place, (name, target) in enumerate(zip(Partition, targets, strict=True))
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


def _most_frequent(patients: Coded, coded: Coded) -> Codes:
    """For each patient the most frequent value of their images; of equals the first in the alphabet."""
    width = len(coded.values)
    pairs, counts = np.unique(patients.codes * width + coded.codes, return_counts=True)
    order = np.lexsort((pairs % width, -counts, pairs // width))
    _, first = np.unique((pairs // width)[order], return_index=True)
    return np.asarray((pairs % width)[order][first], dtype=np.int64)


def _rows_of(stratum: Stratum, coded: Coded, of_patient: tuple[Codes, Codes, Codes], split: Split) -> list[BalanceRow]:
    value, part, fold = of_patient
    width, rows = len(coded.values), []
    whole = np.bincount(value, minlength=width)
    in_part = np.stack([_shares(value[part == place], width) for place in range(len(Partition))])
    in_fold = np.stack([_shares(value[fold == number], width) for number in range(len(split.folds))])
    for code in sorted(np.flatnonzero(whole), key=lambda place: (-int(whole[place]), coded.values[place])):
        target = _PERCENT * int(whole[code]) / len(value)
        shares = {name.value: float(in_part[place, code]) for place, name in enumerate(Partition)}
        rows.append(BalanceRow(
            stratum.value, coded.values[code], int(whole[code]), target, shares,
            max(abs(share - target) for share in shares.values()),
            float(np.abs(in_fold[:, code] - in_part[0, code]).max()),
        ))
    return rows


def _shares(values: Codes, width: int) -> NDArray[np.float64]:
    return np.asarray(_PERCENT * np.bincount(values, minlength=width) / max(len(values), 1), dtype=np.float64)
