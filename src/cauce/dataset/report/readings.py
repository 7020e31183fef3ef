"""Agreement between the readers of a cohort, from the readings that its table keeps apart."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from cauce.dataset.report.columns import Columns
from cauce.domain.estimate import Estimate
from cauce.metrics.agreement import Readings
from cauce.metrics.agreement_icc import intraclass_correlation
from cauce.metrics.agreement_kappa import cohen_kappa, fleiss_kappa
from cauce.metrics.agreement_places import point_distances, reader_dice, reader_distance

Case = tuple[str, Mapping[str, Any]]
"""Patient, and what each reader said."""

_LISTED_READERS = 3


def agreement_of(columns: Columns) -> list[tuple[str, str, Estimate]]:
    """For classes, numbers, landmarks and masks: what was read, by whom, how well they agree; empty with one reader or none.

    Each measure stands on the cases that all of its readers read.
    """
    if not columns.has("readings"):
        return []
    patients = columns.text("patient_key")
    readings = columns.table.column("readings").to_pylist()
    keys = [patients.values[code] for code in patients.codes]
    found = []
    for kind, measure in (("label", _kappa), ("number", _icc)):
        cases = [
            (key, {each["reader"]: each[kind] for each in several if each.get(kind) is not None})
            for key, several in zip(keys, readings, strict=True) if several
        ]
        found += measure([case for case in cases if len(case[1]) > 1])
    return found + _points(keys, readings) + _masks(keys, columns)


def _masks(keys: Sequence[str], columns: Columns) -> list[tuple[str, str, Estimate]]:
    """Mean Dice of each two readers for each class, over the cases that one of them marked at least."""
    if not columns.has("agreement"):
        return []
    cases: dict[tuple[str, str, str], list[tuple[str, float]]] = {}
    for key, several in zip(keys, columns.table.column("agreement").to_pylist(), strict=True):
        for each in several or ():
            dice = float("nan") if each["dice"] is None else each["dice"]
            cases.setdefault((each["name"], each["first"], each["second"]), []).append((key, dice))
    return [
        (name, f"{first}, {second}", reader_dice([dice for _, dice in found], [key for key, _ in found]))
        for (name, first, second), found in sorted(cases.items()) if not all(math.isnan(dice) for _, dice in found)
    ]


def _points(keys: Sequence[str], readings: Sequence[Any]) -> list[tuple[str, str, Estimate]]:
    """Mean distance of each two readers' landmarks of one name, in pixels."""
    cases = [
        (key, {each["reader"]: {point["name"]: point for point in each["points"]} for each in several if each.get("points")})
        for key, several in zip(keys, readings, strict=True) if several
    ]
    names = sorted({reader for _, said in cases for reader in said})
    landmarks = sorted({name for _, said in cases for points in said.values() for name in points})
    found = []
    for first, second in combinations(names, 2):
        both = [(key, said[first], said[second]) for key, said in cases if first in said and second in said]
        if both:
            placed = [np.asarray([[_place(points.get(name)) for name in landmarks] for points in side])
                      for side in ([case[1] for case in both], [case[2] for case in both])]
            distance = point_distances(placed[0], placed[1])
            patients = np.asarray([key for key, _, _ in both])
            found.append((_named(landmarks), f"{first}, {second}", reader_distance(distance, patients, unit="px")))
    return found


def _place(point: Mapping[str, Any] | None) -> tuple[float, float, float]:
    return (np.nan, np.nan, np.nan) if point is None else (point["x"], point["y"], point["z"] or 0.0)


def _kappa(cases: Sequence[Case]) -> list[tuple[str, str, Estimate]]:
    """Cohen's κ of two readers; Fleiss' of more, on the cases with the usual number of readings."""
    if not cases:
        return []
    names = sorted({reader for _, said in cases for reader in said})
    usual = Counter(len(said) for _, said in cases).most_common(1)[0][0]
    chosen = [(key, [said[name] for name in names if name in said]) for key, said in cases if len(said) == usual]
    classes = sorted({value for _, values in chosen for value in values})
    codes = [[classes.index(value) for value in values] for _, values in chosen]
    readings = Readings.of(codes, np.asarray([key for key, _ in chosen]))
    metric = cohen_kappa if len(names) == 2 else fleiss_kappa
    return [(", ".join(classes), _named(names), metric(readings, max(len(classes), 2)))]


def _icc(cases: Sequence[Case]) -> list[tuple[str, str, Estimate]]:
    names = sorted({reader for _, said in cases for reader in said})
    chosen = [(key, [said[name] for name in names]) for key, said in cases if len(said) == len(names)]
    if not chosen:
        return []
    readings = Readings.of([values for _, values in chosen], np.asarray([key for key, _ in chosen]))
    return [("–", _named(names), intraclass_correlation(readings))]


def _named(readers: Sequence[str]) -> str:
    shown = ", ".join(readers[:_LISTED_READERS])
    return shown if len(readers) <= _LISTED_READERS else f"{shown}, … ({len(readers)})"
