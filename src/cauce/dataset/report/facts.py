"""What is counted for the report: numbers and names only, in no language."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.dataset.report.columns import Coded, Codes, Columns, Numbers
from cauce.dataset.strata import AGE_BANDS, UNKNOWN
from cauce.domain.split import Split

OTHER = "other"
_MOST_VALUES = 8
_MOST_VENDORS = 8
_SPREAD = (5, 25, 50, 75, 95)
_INTENSITY = ("p01", "p25", "p50", "p75", "p99")

COUNTED = {
    "origin": "acquisition.origin", "vendor": "acquisition.vendor", "label": "label", "sex": "acquisition.sex",
    "age": "acquisition.age_years", "view": "acquisition.view", "modality": "acquisition.modality",
}
"""What is counted, in the order shown, and its column."""


@dataclass(frozen=True)
class Counted:
    """How many images of each part have which value.

    Attributes:
        values: most frequent first (age bands: youngest first), `other` and `unknown` last.
        counts: for each value, images of each part.
        is_multiple: an image may have several values, so shares do not add up to 100 %.
    """

    values: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    is_multiple: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether the source says anything."""
        return self.values not in ((), (UNKNOWN,))


@dataclass(frozen=True)
class Spread:
    """Quantiles of a number over the images of one vendor."""

    vendor: str
    images: int
    quantiles: tuple[float, float, float, float, float]


@dataclass(frozen=True)
class Facts:
    """Everything counted from a table.

    Attributes:
        parts: names of the partitions, or `all` alone when there is no split.
        totals: images of each part.
        counted: by the names of `COUNTED`.
        spacing_mm: in the image plane, 5 to 95 %.
        slice_spacing_mm: of volumes, 5 to 95 %.
        intensity: 1, 25, 50, 75 and 99 % of an image's pixels, each the median over a vendor's images.
    """

    parts: tuple[str, ...]
    totals: tuple[int, ...]
    counted: dict[str, Counted]
    spacing_mm: tuple[Spread, ...]
    slice_spacing_mm: tuple[Spread, ...]
    intensity: tuple[Spread, ...]
    are_volumes: bool


def facts_of(columns: Columns, split: Split | None) -> Facts:
    """Count the table of a cohort under its split."""
    parts, part_of = parts_of(columns, split)
    totals = np.bincount(part_of, minlength=len(parts))
    counted = {name: _counted(columns, name, column, part_of, len(parts)) for name, column in COUNTED.items()}
    vendor = columns.text("acquisition.vendor")
    in_plane = columns.numbers("acquisition.pixel_spacing_mm", 0)
    volumes = columns.has("volume.spacing_mm")
    if volumes:
        in_plane = columns.numbers("volume.spacing_mm", 1)
    return Facts(
        parts=parts, totals=tuple(int(total) for total in totals), counted=counted,
        spacing_mm=_spreads(vendor, in_plane),
        slice_spacing_mm=_spreads(vendor, columns.numbers("volume.spacing_mm", 0)) if volumes else (),
        intensity=_typical(vendor, [columns.numbers(f"statistics.{name}") for name in _INTENSITY]), are_volumes=volumes,
    )


def parts_of(columns: Columns, split: Split | None) -> tuple[tuple[str, ...], Codes]:
    """Names of the parts, and the part of each row."""
    if split is None:
        return ("all",), np.zeros(len(columns), np.int64)
    names = tuple(partition.value for partition in split.partitions())
    partition_of = split.partition_of()
    patients = columns.text("patient_key")
    # A split made before its cohort grew knows fewer patients; opening it refuses that, so every patient is found here.
    part = np.asarray([names.index(partition_of[key].value) for key in patients.values], dtype=np.int64)
    return names, part[patients.codes]


def _counted(columns: Columns, name: str, column: str, part_of: Codes, n_parts: int) -> Counted:
    if name == "label" and columns.has("labels"):
        rows, elements = columns.lists("labels")
        return _ordered(_cross(elements, part_of[rows], n_parts), elements.values, is_multiple=True)
    coded = columns.age_bands() if name == "age" else columns.text(column)
    counts = _cross(coded, part_of, n_parts)
    if name == "age":
        order = [coded.values.index(band) for band in AGE_BANDS if band in coded.values]
        return Counted(tuple(coded.values[place] for place in order), _tuples(counts[order]))
    return _ordered(counts, coded.values)


def _cross(coded: Coded, part_of: Codes, n_parts: int) -> NDArray[np.int64]:
    """(values, parts) numbers of rows."""
    flat = np.bincount(coded.codes * n_parts + part_of, minlength=len(coded.values) * n_parts)
    return np.asarray(flat.reshape(len(coded.values), n_parts), dtype=np.int64)


def _ordered(counts: NDArray[np.int64], values: Sequence[str], *, is_multiple: bool = False) -> Counted:
    totals = counts.sum(axis=1)
    known = [place for place in range(len(values)) if values[place] != UNKNOWN]
    order = sorted(known, key=lambda place: (-int(totals[place]), values[place]))
    limit = _MOST_VALUES if not is_multiple else 2 * _MOST_VALUES
    shown, rest = order[:limit], order[limit:]
    names, rows = [values[place] for place in shown], [counts[place] for place in shown]
    if rest:
        names.append(OTHER)
        rows.append(counts[rest].sum(axis=0))
    if UNKNOWN in values:
        names.append(UNKNOWN)
        rows.append(counts[list(values).index(UNKNOWN)])
    return Counted(tuple(names), _tuples(np.asarray(rows, dtype=np.int64).reshape(len(rows), counts.shape[1])), is_multiple)


def _tuples(counts: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(count) for count in row) for row in counts)


def _by_vendor(vendor: Coded, is_known: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
    """The vendors with most images, and which rows are theirs."""
    sizes = np.bincount(vendor.codes[is_known], minlength=len(vendor.values))
    order = sorted(range(len(vendor.values)), key=lambda place: (-int(sizes[place]), vendor.values[place]))
    return [(vendor.values[place], is_known & (vendor.codes == place)) for place in order[:_MOST_VENDORS] if sizes[place]]


def _spreads(vendor: Coded, numbers: Numbers) -> tuple[Spread, ...]:
    return tuple(
        Spread(name, int(chosen.sum()), _five(np.percentile(numbers[chosen], _SPREAD)))
        for name, chosen in _by_vendor(vendor, np.isfinite(numbers))
    )


def _typical(vendor: Coded, quantiles: Sequence[Numbers]) -> tuple[Spread, ...]:
    stacked = np.stack(quantiles)
    return tuple(
        Spread(name, int(chosen.sum()), _five(np.median(stacked[:, chosen], axis=1)))
        for name, chosen in _by_vendor(vendor, np.asarray(np.isfinite(stacked).all(axis=0)))
    )


def _five(numbers: NDArray[np.float64]) -> tuple[float, float, float, float, float]:
    first, second, third, fourth, fifth = (float(number) for number in numbers)
    return first, second, third, fourth, fifth
