"""The tests of a window, stream by stream: acquisition tags, image descriptors, outputs, refusals."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cauce.domain.monitoring import Comparison, DriftTest, MonitoringPolicy, NotTested, Stream
from cauce.metrics.drift_categories import permutation_chi_square
from cauce.metrics.drift_correction import holm
from cauce.metrics.drift_distance import total_variation
from cauce.metrics.drift_mmd import mmd
from cauce.metrics.drift_numbers import ks_columns
from cauce.monitor.binning import UNKNOWN, categorise, compare_categories, compare_numbers
from cauce.monitor.sample import Sample, Window

ALL_DESCRIPTORS = "all_descriptors"
PROBABILITY = "probability"
REFUSED = "refused"

_TABLES = 9_999       # drawn tables for each tag: the smallest p is 1e-4, below 0.05 after correction for 100 tests
_PERMUTATIONS = 1_999
_MOST_ROWS = 1_500    # rows of each sample in the kernel matrix; above it a seeded subset


@dataclass
class Findings:
    """What the streams gave so far, before correction for many tests."""

    tests: list[DriftTest] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    not_tested: list[NotTested] = field(default_factory=list)

    def add(self, comparison: Comparison, *, method: str, statistic: float, effect: float, p_value: float) -> None:
        """Keep one test with its chart."""
        self.comparisons.append(comparison)
        self.tests.append(
            DriftTest(
                stream=comparison.stream, variable=comparison.variable, method=method, statistic=statistic,
                effect=min(1.0, effect), p_value=p_value, p_adjusted=p_value, drifted=False, detail="",
            )
        )

    def skip(self, stream: Stream, variable: str, reason: str) -> None:
        """Keep why a variable was not tested."""
        self.not_tested.append(NotTested(stream=stream, variable=variable, reason=reason))


def run_streams(reference: Sample, window: Sample, *, seed: int) -> Findings:
    """All tests of two samples of patients."""
    found = Findings()
    _acquisition(found, reference, window, seed)
    if reference.image:
        _numbers(found, Stream.IMAGE, reference.image, window.image)
        _joint(found, reference.image, window.image, seed)
    _numbers(found, Stream.OUTPUT, {PROBABILITY: reference.score}, {PROBABILITY: window.score})
    return found


def corrected(tests: list[DriftTest], false_alarm_rate: float) -> list[DriftTest]:
    """The tests with p values adjusted for all of them (Holm), and the decision of each."""
    if not tests:
        return []
    adjusted = holm(np.array([test.p_value for test in tests]))
    return [
        test.model_copy(update={"p_adjusted": float(p), "drifted": bool(p <= false_alarm_rate)})
        for test, p in zip(tests, adjusted, strict=True)
    ]


def add_refusals(found: Findings, window: Window, policy: MonitoringPolicy) -> None:
    """Are more patients refused than the policy expects? One-sided binomial test; needs no reference."""
    from scipy.stats import binom

    refused = sum(window.refusals.values())
    share, expected = refused / window.n_patients, policy.expected_refusal_share
    bins = ["analysed", *(window.refusals or [REFUSED])]
    comparison = compare_categories(Stream.REFUSAL, REFUSED, bins, _refusal_shares(window, expected))
    found.add(
        comparison, method="binomial, one-sided", statistic=share, effect=max(0.0, share - expected),
        p_value=float(binom.sf(refused - 1, window.n_patients, expected)),
    )


def _refusal_shares(window: Window, expected: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    codes = np.array(list(window.refusals.values()) or [0], dtype=np.float64)
    spread = np.full(len(codes), expected / len(codes))
    return np.array([1 - expected, *spread]), np.array([window.n_patients - codes.sum(), *codes]) / window.n_patients


def _acquisition(found: Findings, reference: Sample, window: Sample, seed: int) -> None:
    for number, (tag, values) in enumerate(reference.acquisition.items()):
        if (values == UNKNOWN).all():
            found.skip(Stream.ACQUISITION, tag, "the reference does not say")
            continue
        if (window.acquisition[tag] == UNKNOWN).all():
            # As where plain images are sent to a model made from DICOM: there is nothing to compare, which is no change.
            found.skip(Stream.ACQUISITION, tag, "the window does not say")
            continue
        categories, before, after = categorise(values, window.acquisition[tag])
        if len(categories) < 2:
            found.skip(Stream.ACQUISITION, tag, f"one value in reference and window: {categories[0]}")
            continue
        result = permutation_chi_square(before, after, permutations=_TABLES, seed=seed + number)
        counts = before.astype(np.float64), after.astype(np.float64)
        found.add(
            compare_categories(Stream.ACQUISITION, tag, categories, counts),
            method=f"chi-square, {result.permutations} pooled permutations", statistic=result.statistic,
            effect=total_variation(*counts), p_value=result.p_value,
        )


def _numbers(
    found: Findings, stream: Stream, reference: dict[str, NDArray[np.float64]], window: dict[str, NDArray[np.float64]]
) -> None:
    tests = ks_columns(_matrix(reference), _matrix(window))
    for column, name in enumerate(reference):
        before, after = reference[name], window[name]
        if before.min() == before.max() == after.min() == after.max():
            found.skip(stream, name, f"one value in reference and window: {before[0]:g}")
            continue
        found.add(
            compare_numbers(stream, name, before, after), method="Kolmogorov-Smirnov", statistic=float(tests.statistic[column]),
            effect=float(tests.statistic[column]), p_value=float(tests.p_value[column]),
        )


def _joint(
    found: Findings, reference: dict[str, NDArray[np.float64]], window: dict[str, NDArray[np.float64]], seed: int
) -> None:
    """All descriptors at once, as ranks of the pooled sample, so that no unit outweighs another."""
    from scipy.stats import rankdata

    before, after = _matrix(reference), _matrix(window)
    rng = np.random.default_rng(seed)
    before, after = (rows[rng.permutation(len(rows))[:_MOST_ROWS]] for rows in (before, after))
    ranks = rankdata(np.concatenate([before, after]), axis=0) / (len(before) + len(after))
    result = mmd(ranks[: len(before)], ranks[len(before):], permutations=_PERMUTATIONS, seed=seed)
    if not result.permutations:
        found.skip(Stream.IMAGE, ALL_DESCRIPTORS, "all rows are equal")
        return
    # The chart shows the distance of each patient from the middle of the pooled ranks.
    distance = np.sqrt(np.square(ranks - 0.5).mean(axis=1))
    found.add(
        compare_numbers(Stream.IMAGE, ALL_DESCRIPTORS, distance[: len(before)], distance[len(before):]),
        method=f"maximum mean discrepancy, {result.permutations} pooled permutations", statistic=result.statistic,
        effect=float(np.sqrt(result.statistic / 2)), p_value=result.p_value,
    )


def _matrix(columns: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.column_stack(list(columns.values()))
