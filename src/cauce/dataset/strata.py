"""Strata of patients: the values that a split is balanced over."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack

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


@dataclass(frozen=True, eq=False)
class PatientStrata:
    """What a cohort's patients carry.

    Attributes:
        patients: keys, sorted.
        instances: (patients,) images of each.
        values: (stratum, value) of each column below, in the order of the policy's strata.
        images: (patients, values) how many images of the patient have the value.
        carries: (patients, values) 1 where the patient counts as one of the value, see `Stratum`.
    """

    patients: tuple[str, ...]
    instances: NDArray[np.int64]
    values: tuple[tuple[Stratum, str], ...]
    images: csr_array
    carries: csr_array


def age_band(age_years: float | None) -> str:
    """Name of the age band, `unknown` without an age."""
    if age_years is None:
        return UNKNOWN
    return next((name for end, name in _BANDS if age_years < end), _OLDEST)


def values_of(row: InstanceRow, stratum: Stratum) -> tuple[str, ...]:
    """Values of one instance in a stratum: one, or all its findings."""
    match stratum:
        case Stratum.LABEL:
            return row.labels or (row.label or UNKNOWN,)
        case Stratum.ORIGIN:
            return (row.acquisition.origin,)
        case Stratum.VENDOR:
            return (row.acquisition.vendor,)
        case Stratum.SEX:
            return (row.acquisition.sex.value,)
        case Stratum.AGE_BAND:
            return (age_band(row.acquisition.age_years),)
        case Stratum.VIEW:
            return (row.acquisition.view,)


def patient_strata(rows: Sequence[InstanceRow], strata: Sequence[Stratum]) -> PatientStrata:
    """Counts of patients and images by value of each stratum."""
    keys = sorted({row.patient_key for row in rows})
    place = {key: number for number, key in enumerate(keys)}
    patient = np.fromiter((place[row.patient_key] for row in rows), dtype=np.int64, count=len(rows))
    values: list[tuple[Stratum, str]] = []
    images, carries = [], []
    for stratum in strata:
        found = [values_of(row, stratum) for row in rows]
        names = sorted({value for several in found for value in several})
        code = {name: number for number, name in enumerate(names)}
        columns = np.fromiter((code[value] for several in found for value in several), dtype=np.int64)
        owners = np.repeat(patient, [len(several) for several in found])
        counts = csr_array(coo_array((np.ones(len(columns), dtype=np.int64), (owners, columns)), shape=(len(keys), len(names))))
        images.append(counts)
        carries.append(_all(counts) if any(len(several) > 1 for several in found) else _most_frequent(counts))
        values += [(stratum, name) for name in names]
    nothing = csr_array((len(keys), 0), dtype=np.int64)
    return PatientStrata(
        tuple(keys), np.bincount(patient, minlength=len(keys)).astype(np.int64), tuple(values),
        csr_array(hstack([nothing, *images])), csr_array(hstack([nothing, *carries])),
    )


def _all(counts: csr_array) -> csr_array:
    return csr_array((np.ones_like(counts.data), counts.indices, counts.indptr), shape=counts.shape)


def _most_frequent(counts: csr_array) -> csr_array:
    """The most frequent value of each patient; of equals the first in the alphabet."""
    cells = counts.tocoo()
    patient, column = cells.coords
    order = np.lexsort((column, -cells.data, patient))
    first = order[np.unique(patient[order], return_index=True)[1]]
    return csr_array(coo_array((np.ones(len(first), dtype=np.int64), (patient[first], column[first])), shape=counts.shape))
