"""Strata of patients: the values that a split is balanced over."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from cauce.domain.split import Stratum
from cauce.domain.study import InstanceRow

UNKNOWN = "unknown"

_BANDS = (
    (1, "under 1"), (6, "1 to 5"), (13, "6 to 12"), (18, "13 to 17"), (40, "18 to 39"), (60, "40 to 59"), (75, "60 to 74"),
)
"""(first age of the next band in years, name of the band)."""

_OLDEST = "75 and over"

AGE_BANDS = (*(name for _, name in _BANDS), _OLDEST, UNKNOWN)
"""All bands, youngest first."""


def age_band(age_years: float | None) -> str:
    """Name of the age band, `unknown` without an age."""
    if age_years is None:
        return UNKNOWN
    return next((name for end, name in _BANDS if age_years < end), _OLDEST)


def value_of(row: InstanceRow, stratum: Stratum) -> str:
    """Value of one instance in a stratum."""
    match stratum:
        case Stratum.LABEL:
            return row.label or UNKNOWN
        case Stratum.ORIGIN:
            return row.acquisition.origin
        case Stratum.VENDOR:
            return row.acquisition.vendor
        case Stratum.SEX:
            return row.acquisition.sex.value
        case Stratum.AGE_BAND:
            return age_band(row.acquisition.age_years)
        case Stratum.VIEW:
            return row.acquisition.view


def patient_values(rows: Sequence[InstanceRow], strata: Sequence[Stratum]) -> dict[str, tuple[str, ...]]:
    """For each patient the most frequent value of their instances in each stratum; of equals the first in the alphabet."""
    counts: dict[str, tuple[Counter[str], ...]] = defaultdict(lambda: tuple(Counter() for _ in strata))
    for row in rows:
        for counter, stratum in zip(counts[row.patient_key], strata, strict=True):
            counter[value_of(row, stratum)] += 1
    return {key: tuple(_most_frequent(counter) for counter in counters) for key, counters in sorted(counts.items())}


def _most_frequent(counter: Counter[str]) -> str:
    return min(counter, key=lambda value: (-counter[value], value))
