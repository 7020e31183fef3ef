"""What a split is balanced over, as counts: sizes, values of every stratum, and pairs of values."""

from collections.abc import Sequence
from itertools import combinations
from math import isqrt

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack

from cauce.dataset.balance import Features
from cauce.dataset.strata import PatientStrata

_WEIGHTS = {"patients": 256, "instances": 16, "burden": 8, "value": 32, "images": 2, "pair": 4}
_LARGEST_RARITY = 30
_BURDENS = (2, 4, 8, 16, 32, 64)  # images of a patient: a part whose images are those of a few patients is none


def features_of(strata: PatientStrata, units: Sequence[NDArray[np.int64]], parts: int) -> Features:
    """Counts of each unit of patients.

    Args:
        strata: of the cohort.
        units: positions of the patients that stay together.
        parts: how many there are; a pair of values that fewer patients have is not looked at, its values are.
    """
    member = np.concatenate(units)
    unit = np.repeat(np.arange(len(units)), [len(each) for each in units])
    cells = (np.ones(len(member), dtype=np.int64), (unit, member))
    together = csr_array(coo_array(cells, shape=(len(units), len(strata.patients))))
    ones = np.ones((len(strata.patients), 1), dtype=np.int64)
    burden = np.digitize(strata.instances, _BURDENS)[:, None] == np.arange(len(_BURDENS) + 1)
    pairs = _pairs(strata)
    blocks = {
        "patients": csr_array(ones), "instances": csr_array(strata.instances[:, None]),
        "burden": csr_array(burden.astype(np.int64)), "value": strata.carries, "images": strata.images, "pair": pairs,
    }
    columns, weights = [], []
    for name, block in blocks.items():
        counts = csr_array(together @ block)
        totals = np.asarray(counts.sum(axis=0), dtype=np.int64).reshape(-1)
        kept = np.flatnonzero(totals >= (parts if name == "pair" else 1))
        columns.append(counts[:, kept])
        weights += [_weight(name, int(total), len(strata.patients)) for total in totals[kept]]
    return Features(csr_array(hstack(columns)).astype(np.int64), np.asarray(weights, dtype=np.int64))


def _weight(name: str, total: int, patients: int) -> int:
    """Sizes before values, values before pairs; a rare value counts more, or it would drown."""
    rare = name not in ("patients", "instances")
    return _WEIGHTS[name] * (1 + min(isqrt(patients // max(total, 1)), _LARGEST_RARITY) if rare else 1)


def _pairs(strata: PatientStrata) -> csr_array:
    """(patients, pairs) 1 where a patient carries both values of a pair of two strata."""
    names = [stratum for stratum, _ in strata.values]
    blocks = [np.flatnonzero([name == stratum for name in names]) for stratum in dict.fromkeys(names)]
    found = [csr_array((len(strata.patients), 0), dtype=np.int64)]
    for first, second in combinations(blocks, 2):
        found.append(_product(strata.carries[:, first], strata.carries[:, second]))
    return csr_array(hstack(found))


def _product(first: csr_array, second: csr_array) -> csr_array:
    """Every value of the one with every value of the other, patient by patient."""
    cells = first.tocoo()
    patient, column = cells.coords
    partners = np.diff(second.indptr)[patient]
    repeated = np.repeat(np.arange(len(patient)), partners)
    offset = np.arange(len(repeated)) - np.repeat(np.cumsum(partners) - partners, partners)
    other = second.indices[second.indptr[patient[repeated]] + offset]
    shape = (first.shape[0], first.shape[1] * second.shape[1])
    pair = column[repeated].astype(np.int64) * second.shape[1] + other
    return csr_array(coo_array((np.ones(len(pair), dtype=np.int64), (patient[repeated], pair)), shape=shape))
