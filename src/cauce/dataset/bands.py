"""Numbers and outcomes as values of the stratum `label`: bands of equal counts, so that a split can be balanced over them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cauce.domain.reference import Reading, ReferenceKind, ReferenceStandard
from cauce.domain.study import InstanceRow

_MOST_BANDS = 4
_FEWEST_ROWS = 5  # of a band


def with_bands(rows: list[InstanceRow], reference: ReferenceStandard) -> list[InstanceRow]:
    """Rows whose findings say in which band of the cohort their number or time lies, and whether the event was seen.

    Several readers' numbers count by their mean. Rows of other kinds stay as they are.
    """
    if not rows:
        return rows
    if reference.kind is ReferenceKind.NUMBER:
        numbers = np.array([np.mean([reading.number for reading in row.readings]) for row in rows])
        return _named(rows, _bands(numbers, reference.unit), [""] * len(rows))
    if reference.kind is ReferenceKind.TIME_TO_EVENT:
        outcomes = [_outcome(row.readings) for row in rows]
        bands = _bands(np.array([time for time, _ in outcomes]), reference.unit)
        return _named(rows, bands, ["event, " if event else "censored, " for _, event in outcomes])
    return rows


def _named(rows: list[InstanceRow], bands: Sequence[str], before: Sequence[str]) -> list[InstanceRow]:
    return [row.model_copy(update={"labels": (f"{event}{band}",)})
            for row, band, event in zip(rows, bands, before, strict=True)]


def _outcome(readings: tuple[Reading, ...]) -> tuple[float, bool]:
    outcome = readings[0].outcome
    return (outcome.time, outcome.event) if outcome is not None else (0.0, False)


def _bands(numbers: np.ndarray, unit: str | None) -> list[str]:
    """Name of each number's band."""
    count = max(1, min(_MOST_BANDS, len(numbers) // _FEWEST_ROWS))
    limits = np.unique(np.quantile(numbers, np.arange(1, count) / count))
    place = np.searchsorted(limits, numbers, side="left")
    if not len(limits):
        return ["all"] * len(numbers)
    written = [f"{limit:.4g}" for limit in limits]
    names = [f"up to {written[0]}", *(f"{low} to {high}" for low, high in pairwise(written)), f"above {written[-1]}"]
    return [f"{names[number]} {unit}" if unit else names[number] for number in place.tolist()]
