"""Cohort → sealed Split: whole patients, and patients that share an image, over train, tune, test and the folds of train."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np

from cauce.dataset.balance import Features, assign
from cauce.dataset.linkage import linked_patients
from cauce.dataset.near_duplicates import near_duplicates
from cauce.dataset.strata import patient_values, value_of
from cauce.dataset.thumbnail import read_thumbnails
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError
from cauce.domain.record import sha256_hex
from cauce.domain.reference import ReferenceKind
from cauce.domain.split import Partition, Split, SplitPolicy
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import read_rows
from cauce.store.split_seal import seal_split, split_of_cohort
from cauce.store.workspace import Workspace

_SHARE_UNITS = 10_000
_WEIGHTS = {"patients": 256, "instances": 16, "value": 32, "images": 2, "cell": 4}
_LARGEST_RARITY = 30


@dataclass(frozen=True)
class _Unit:
    """Patients that stay together, and how many of their instances have which value of which stratum (by its position)."""

    patients: tuple[str, ...]
    n_instances: int
    instance_values: Counter[tuple[int, str]]


def split_cohort(workspace: Workspace, cohort: Cohort) -> Split:
    """Split a cohort by its own policy, seal the split under the cohort's name, and return it.

    A split that was sealed for this cohort and policy is kept, whatever version of the code made it; a new one is the same on
    any machine.

    Raises:
        IntegrityError: the sealed split was changed.
        InputError: too few patients, or a class that cannot stand in every partition.
    """
    kept = split_of_cohort(workspace, cohort)
    if kept is not None:
        seal_split(workspace, kept)
        return kept
    rows = read_rows(workspace, cohort)
    split = make_split(rows, linked_patients(rows, near_duplicates(read_thumbnails(workspace, cohort))), cohort)
    seal_split(workspace, split)
    return split


def make_split(rows: Sequence[InstanceRow], groups: Sequence[tuple[str, ...]], cohort: Cohort) -> Split:
    """Divide `groups` of patients by the cohort's policy.

    Raises: as `split_cohort`.
    """
    policy = cohort.spec.split
    units = _units(rows, groups, policy)
    values = patient_values(rows, policy.balance)
    shares = tuple(round(share * _SHARE_UNITS) for share in (policy.train, policy.tune, policy.test))
    parts = _divide(units, values, shares, f"{policy.seed} partition")
    folds = _divide(parts[0], values, (1,) * policy.folds, f"{policy.seed} fold") if len(parts[0]) >= policy.folds else []
    _check_parts(rows, parts, folds, cohort)
    train, tune, test = (_patients(part) for part in parts)
    return Split(
        name=cohort.name, cohort=cohort.digest(), policy=policy, train=train, tune=tune, test=test,
        folds=tuple(_patients(fold) for fold in folds),
    )


def _units(rows: Sequence[InstanceRow], groups: Sequence[tuple[str, ...]], policy: SplitPolicy) -> list[_Unit]:
    number_of = {key: number for number, group in enumerate(groups) for key in group}
    instances: Counter[int] = Counter()
    values: list[Counter[tuple[int, str]]] = [Counter() for _ in groups]
    for row in rows:
        number = number_of[row.patient_key]
        instances[number] += 1
        values[number].update((place, value_of(row, stratum)) for place, stratum in enumerate(policy.balance))
    return [_Unit(group, instances[number], values[number]) for number, group in enumerate(groups)]


def _divide(
    units: Sequence[_Unit], values: dict[str, tuple[str, ...]], shares: tuple[int, ...], seed: str
) -> list[list[_Unit]]:
    """Units by part; which of two equal units goes where is decided by a digest of seed and patient."""
    ordered = sorted(units, key=lambda unit: sha256_hex(f"{seed} {unit.patients[0]}".encode()))
    parts = assign(_features(ordered, values), shares)
    return [[unit for unit, place in zip(ordered, parts, strict=True) if place == part] for part in range(len(shares))]


def _features(units: Sequence[_Unit], values: dict[str, tuple[str, ...]]) -> Features:
    """Counts of patients and instances, in all and by value of each stratum, and of patients by cell of all strata together."""
    columns: dict[tuple[object, ...], np.ndarray] = {}

    def add(key: tuple[object, ...], unit: int, amount: int) -> None:
        columns.setdefault(key, np.zeros(len(units), dtype=np.int64))[unit] += amount

    for number, unit in enumerate(units):
        add(("patients",), number, len(unit.patients))
        add(("instances",), number, unit.n_instances)
        for (place, value), amount in unit.instance_values.items():
            add(("images", place, value), number, amount)
        for key in unit.patients:
            for place, value in enumerate(values[key]):
                add(("value", place, value), number, 1)
            if len(values[key]) > 1:
                add(("cell", *values[key]), number, 1)
    keys = sorted(columns, key=lambda key: tuple(str(part) for part in key))
    weights = [_weight(key, int(columns[key].sum()), len(units)) for key in keys]
    return Features(np.stack([columns[key] for key in keys], axis=1), np.asarray(weights, dtype=np.int64))


def _weight(key: tuple[object, ...], total: int, n_units: int) -> int:
    """Patients before instances, sizes before values; a rare value counts more, or it would drown."""
    rarity = 1 + min(isqrt(n_units // max(total, 1)), _LARGEST_RARITY)
    return _WEIGHTS[str(key[0])] * (rarity if len(key) > 1 else 1)


def _patients(units: Sequence[_Unit]) -> tuple[str, ...]:
    return tuple(sorted(key for unit in units for key in unit.patients))


def _check_parts(rows: Sequence[InstanceRow], parts: list[list[_Unit]], folds: list[list[_Unit]], cohort: Cohort) -> None:
    """Every partition and every fold needs patients of both classes, or nothing can be measured on it."""
    by_patient: dict[str, set[bool]] = {}
    for row in rows:
        if row.label is not None:
            by_patient.setdefault(row.patient_key, set()).add(row.label in cohort.spec.reference.positive)
    named = [*zip((partition.value for partition in Partition), parts, strict=True)]
    named += [(f"fold {number}", fold) for number, fold in enumerate(folds)]
    if not folds or any(not part for _, part in named):
        raise InputError(
            "too few patients to split", where=cohort.name,
            expected=f"one in each partition and {cohort.spec.split.folds} folds",
            got=f"{sum(len(unit.patients) for part in parts for unit in part)} patients",
            remedy="Add patients, or ask for fewer folds.",
        )
    two_classes = bool(by_patient) and cohort.spec.reference.kind is ReferenceKind.CLASS
    for name, part in named if two_classes else ():
        classes = set().union(*(by_patient.get(key, set()) for key in _patients(part)))
        if len(classes) < 2:
            raise InputError(f"{name} would hold one class only", where=cohort.name, expected="positive and negative patients",
                             remedy="Add patients of the rarer class, ask for fewer folds, or enlarge the share.")
