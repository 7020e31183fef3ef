"""What kind of shift a drifted window shows: other patients, other images, or both.

After Roschewitz et al. (arXiv:2411.07940): estimate the window's class shares from the scores alone, bring the reference
to those shares, and test again. What no longer differs was prevalence; images and tags that still differ are covariate shift.
The estimate assumes that images of one class look like those of the reference; where they do not, it is not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.monitoring import ClassShare, DriftTest, MonitoringPolicy, ShiftKind, Stream
from cauce.metrics.drift_numbers import ks_columns
from cauce.monitor.sample import Sample
from cauce.monitor.streams import corrected, run_streams

Numbers = NDArray[np.float64]

_SCORE_BINS = 12
_ITERATIONS = 500
_SMALLEST_CLASS = 10
_FITS = 0.05  # the mixture of the classes' scores explains the window's scores when their KS test gives at least this p


@dataclass(frozen=True)
class Shift:
    """Kind of shift, and the class shares it was judged by."""

    kind: ShiftKind
    classes: tuple[ClassShare, ...] = ()
    note: str = ""


def name_shift(
    reference: Sample, labels: Sequence[str], window: Sample, *, tests: Sequence[DriftTest], policy: MonitoringPolicy, seed: int
) -> Shift:
    """Name the shift of a window whose `tests` drifted; `labels` is the reference class of each reference patient."""
    drifted = {test.stream for test in tests if test.drifted}
    if not drifted - {Stream.REFUSAL}:
        return Shift(ShiftKind.UNDETERMINED, note="only the share of refused studies changed")
    inputs_drifted = bool(drifted & {Stream.ACQUISITION, Stream.IMAGE})
    classes = np.asarray(labels, dtype=np.str_)
    names, counts = np.unique(classes[classes != ""], return_counts=True)
    if len(classes) != len(reference) or len(names) < 2 or counts.min() < _SMALLEST_CLASS:
        if inputs_drifted and Stream.OUTPUT not in drifted:
            return Shift(ShiftKind.COVARIATE)
        few = f"the reference holds fewer than two classes of {_SMALLEST_CLASS} labelled patients"
        return Shift(ShiftKind.UNDETERMINED, note=f"{few}, so prevalence cannot be told from covariate shift")
    shares = class_shares(reference.score, classes, window.score)
    known = counts / counts.sum()
    adjusted = reference.take(_resample(classes, names, shares, np.random.default_rng(seed)))
    again = corrected(run_streams(adjusted, window, seed=seed).tests, policy.false_alarm_rate)
    inputs_still = any(test.drifted and test.stream is not Stream.OUTPUT for test in again)
    mixture_fits = float(ks_columns(adjusted.score[:, None], window.score[:, None]).p_value[0]) >= _FITS
    other_mix = Stream.OUTPUT in drifted and mixture_fits
    found = tuple(
        ClassShare(label=str(name), reference=float(before), window=float(after))
        for name, before, after in zip(names, known, shares, strict=True)
    )
    if inputs_still:
        return Shift(ShiftKind.MIXED if other_mix else ShiftKind.COVARIATE, found)
    if other_mix or (inputs_drifted and mixture_fits):
        return Shift(ShiftKind.PREVALENCE, found)
    unexplained = "neither other class shares nor other images explain the change of the outputs"
    return Shift(ShiftKind.UNDETERMINED, found, note=unexplained)


def class_shares(score: Numbers, classes: NDArray[np.str_], window: Numbers) -> Numbers:
    """Share of each class (sorted by name, "" left out) in the window, by maximum likelihood from the scores alone.

    Args:
        score, classes: (patients,) of the reference.
        window: (patients,) scores of the window.

    Returns:
        (classes,) shares, the maximum of the likelihood of a mixture of the classes' score histograms (expectation
        maximisation, as Saerens et al., Neural Computation 14, 2002).
    """
    names = np.unique(classes[classes != ""])
    edges = np.unique(np.quantile(np.concatenate([score, window]), np.linspace(0, 1, _SCORE_BINS + 1)[1:-1]))
    bins = len(edges) + 1

    def histogram(values: Numbers) -> Numbers:
        return np.bincount(np.searchsorted(edges, values, side="right"), minlength=bins).astype(np.float64)

    density = np.stack([histogram(score[classes == name]) + 0.5 for name in names])
    density /= density.sum(axis=1, keepdims=True)
    observed = histogram(window) / len(window)
    shares = np.full(len(names), 1 / len(names))
    for _ in range(_ITERATIONS):
        posterior = shares[:, None] * density
        posterior /= posterior.sum(axis=0, keepdims=True)
        updated = posterior @ observed
        if np.abs(updated - shares).max() < 1e-6:
            break
        shares = updated
    return np.asarray(shares)


def _resample(
    classes: NDArray[np.str_], names: NDArray[np.str_], shares: Numbers, rng: np.random.Generator
) -> NDArray[np.intp]:
    """The largest subset of the reference, without repeats, whose classes have these shares."""
    members = [np.flatnonzero(classes == name) for name in names]
    largest = min(len(rows) / share for rows, share in zip(members, shares, strict=True) if share > 1e-9)
    chosen = [
        rng.permutation(rows)[: max(1, round(largest * share))] for rows, share in zip(members, shares, strict=True)
    ]
    return np.sort(np.concatenate(chosen))
