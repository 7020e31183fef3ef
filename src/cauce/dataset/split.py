"""Cohort → sealed Split: whole patients, and patients that share an image, over train, tune, test and the folds of train."""

from collections.abc import Sequence

import numpy as np

from cauce.dataset.balance import assign
from cauce.dataset.copies import copies_of
from cauce.dataset.held import Earlier, earlier_places, held_folds, held_partitions
from cauce.dataset.linkage import linked_patients
from cauce.dataset.split_features import features_of
from cauce.dataset.strata import PatientStrata, patient_strata
from cauce.domain.cohort import Cohort
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress, silent
from cauce.domain.record import sha256_hex
from cauce.domain.reference import ReferenceKind
from cauce.domain.split import INTERNAL, LEAVE_ONE_OUT, Partition, Split
from cauce.domain.study import InstanceRow
from cauce.store.cohort_table import read_rows
from cauce.store.split_seal import seal_split, split_of_cohort
from cauce.store.workspace import Workspace

_SHARE_UNITS = 10_000
_FEWEST_FOLDS = 2
Group = tuple[str, ...]


def split_cohort(workspace: Workspace, cohort: Cohort, *, progress: Progress = silent) -> Split:
    """Split a cohort by its own policy, seal the split under the cohort's name, and return it.

    A split that was sealed for this cohort and policy is kept, whatever version of the code made it; a new one is the same on
    any machine. Patients of an earlier index of this name stay where they were, unless the policy has another seed.

    Raises:
        IntegrityError: the sealed split was changed.
        InputError: too few patients, a class that cannot stand in every partition, or a source whose partition has gaps.
        LeakageError: linked patients stand in two partitions of the source or of the earlier split.
    """
    kept = split_of_cohort(workspace, cohort)
    if kept is not None:
        seal_split(workspace, kept)
        return kept
    rows = read_rows(workspace, cohort)
    groups = linked_patients(rows, copies_of(workspace, cohort, progress=progress))
    split = make_split(rows, groups, cohort, earlier=earlier_places(workspace, cohort))
    seal_split(workspace, split)
    return split


def make_split(
    rows: Sequence[InstanceRow], groups: Sequence[Group], cohort: Cohort, *, earlier: Earlier | None = None
) -> Split:
    """Divide `groups` of patients by the cohort's policy.

    Args:
        rows: of the cohort.
        groups: patients that stay together, see `linked_patients`.
        cohort: its policy, name and digest.
        earlier: where patients of earlier indexes stand and stay.

    Raises: as `split_cohort`.
    """
    policy, earlier = cohort.spec.split, earlier or Earlier()
    strata = patient_strata(rows, policy.balance)
    held = held_partitions(rows, groups, policy, earlier)
    external = [group for group, place in zip(groups, held, strict=True) if place is Partition.EXTERNAL]
    inside = [group for group, place in zip(groups, held, strict=True) if place is not Partition.EXTERNAL]
    numbers = [-1 if place is None else INTERNAL.index(place) for place in held if place is not Partition.EXTERNAL]
    shares = tuple(round(share * _SHARE_UNITS) for share in (policy.train, policy.tune, policy.test))
    parts = _divide(inside, numbers, strata, (shares, f"{policy.seed} partition"))
    train = parts[0]
    folds: list[list[Group]] = []
    n_folds = policy.n_folds(len(train))
    if policy.folds == LEAVE_ONE_OUT and n_folds >= _FEWEST_FOLDS:
        folds = [[group] for group in train]
    elif len(train) >= n_folds >= _FEWEST_FOLDS:
        folds = _divide(train, held_folds(train, earlier), strata, ((1,) * n_folds, f"{policy.seed} fold"))
    _check_parts(rows, parts, folds, cohort)
    return Split(
        name=cohort.name, cohort=cohort.digest(), policy=policy, train=_patients(train), tune=_patients(parts[1]),
        test=_patients(parts[2]), folds=tuple(_patients(fold) for fold in folds), external=_patients(external),
        extends=earlier.split,
    )


def _divide(
    groups: Sequence[Group], held: Sequence[int], strata: PatientStrata, wanted: tuple[tuple[int, ...], str]
) -> list[list[Group]]:
    """Groups by part; which of two equal groups goes where is decided by a digest of seed and patient."""
    shares, seed = wanted
    if not groups:
        return [[] for _ in shares]
    order = sorted(range(len(groups)), key=lambda number: sha256_hex(f"{seed} {groups[number][0]}".encode()))
    place = {key: number for number, key in enumerate(strata.patients)}
    units = [np.asarray([place[key] for key in groups[number]], dtype=np.int64) for number in order]
    fixed = np.asarray([held[number] for number in order], dtype=np.int64)
    found = assign(features_of(strata, units, len(shares)), shares, fixed)
    return [[groups[number] for number, at in zip(order, found, strict=True) if at == part] for part in range(len(shares))]


def _patients(groups: Sequence[Group]) -> Group:
    return tuple(sorted(key for group in groups for key in group))


def _check_parts(rows: Sequence[InstanceRow], parts: list[list[Group]], folds: list[list[Group]], cohort: Cohort) -> None:
    """Every partition and every fold needs patients of both classes, or nothing can be measured on it."""
    by_patient: dict[str, set[bool]] = {}
    for row in rows:
        if row.label is not None:
            by_patient.setdefault(row.patient_key, set()).add(row.label in cohort.spec.reference.positive)
    named = [*zip((partition.value for partition in INTERNAL), parts, strict=True)]
    named += [(f"fold {number}", fold) for number, fold in enumerate(folds)]
    if not folds or any(not part for _, part in named):
        raise InputError(
            "too few patients to split", where=cohort.name,
            expected=f"one in each partition and {cohort.spec.split.n_folds(_FEWEST_FOLDS)} folds of train",
            got=f"{sum(len(group) for part in parts for group in part)} patients",
            remedy="Add patients, or ask for fewer folds.",
        )
    two_classes = bool(by_patient) and cohort.spec.reference.kind is ReferenceKind.CLASS
    for name, part in named if two_classes else ():
        classes = set().union(*(by_patient.get(key, set()) for key in _patients(part)))
        if len(classes) < 2:
            raise InputError(f"{name} would hold one class only", where=cohort.name, expected="positive and negative patients",
                             remedy="Add patients of the rarer class, ask for fewer folds, or enlarge the share.")
