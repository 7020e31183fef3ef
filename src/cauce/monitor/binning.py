"""Bins for charts, and for tags that hold numbers."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cauce.domain.monitoring import Comparison, Stream
from cauce.metrics.drift_distance import jensen_shannon, population_stability_index

Numbers = NDArray[np.float64]
Texts = NDArray[np.str_]

UNKNOWN = "unknown"
_CHART_BINS = 16
_MOST_CATEGORIES = 12  # a tag with more distinct numbers is cut into fifths of the pooled sample
_FIFTHS = (0.2, 0.4, 0.6, 0.8)


def compare_numbers(stream: Stream, variable: str, reference: Numbers, window: Numbers) -> Comparison:
    """Histograms over common bins, and quartiles; (patients,) numbers each."""
    low, high = np.percentile(np.concatenate([reference, window]), (0.5, 99.5))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _CHART_BINS + 1)
    counts = [np.histogram(np.clip(values, low, high), edges)[0].astype(np.float64) for values in (reference, window)]
    return Comparison(
        stream=stream, variable=variable, edges=tuple(float(edge) for edge in edges),
        bins=tuple(f"{left:.3g} to {right:.3g}" for left, right in pairwise(edges)),
        reference_quartiles=_quartiles(reference), window_quartiles=_quartiles(window), **_shares(*counts),
    )


def compare_categories(stream: Stream, variable: str, categories: list[str], counts: tuple[Numbers, Numbers]) -> Comparison:
    """Bars over categories; `counts` of reference and window, (categories,) each."""
    return Comparison(stream=stream, variable=variable, bins=tuple(categories), **_shares(*counts))


def categorise(reference: Texts, window: Texts) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """Categories of a tag and their counts in reference and window.

    A tag with many distinct numbers is cut at the fifths of the pooled sample. Cutting by the pooled sample, not by the
    reference, keeps the permutation null valid.
    """
    pooled = np.concatenate([reference, window])
    if len(np.unique(pooled)) > _MOST_CATEGORIES:
        pooled = _cut(pooled)
    categories, codes = np.unique(pooled, return_inverse=True)
    counts = [np.bincount(part, minlength=len(categories)) for part in (codes[: len(reference)], codes[len(reference):])]
    return [str(name) for name in categories], counts[0], counts[1]


def _cut(texts: Texts) -> Texts:
    known = np.flatnonzero(texts != UNKNOWN)
    try:
        numbers = texts[known].astype(np.float64)
    except ValueError:
        return texts  # names, not numbers: every name stays its own category
    limits = np.unique(np.quantile(numbers, _FIFTHS))
    between = [f"{left:g} to {right:g}" for left, right in pairwise(limits)]
    names = [f"up to {limits[0]:g}", *between, f"over {limits[-1]:g}"]
    named = texts.astype(object)
    named[known] = [names[place] for place in np.searchsorted(limits, numbers)]
    return named.astype(np.str_)


def _quartiles(values: Numbers) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, (25, 50, 75))
    return float(low), float(middle), float(high)


def _shares(reference: Numbers, window: Numbers) -> dict[str, Any]:
    return {
        "reference": tuple(float(value) for value in reference / reference.sum()),
        "window": tuple(float(value) for value in window / window.sum()),
        "population_stability_index": population_stability_index(reference, window),
        "jensen_shannon": jensen_shannon(reference, window),
    }
