"""Resampled areas under the ROC curve where each patient has one case: only how often each distinct score is drawn matters.

Cases are drawn one by one and counted by score, in chunks that stay in the processor's cache; nothing is approximated.
"""

from collections.abc import Iterator

import numpy as np

from cauce.metrics.bootstrap import Resampling
from cauce.metrics.cases import Cases, Floats, Ints

_CHUNK = 1_000_000  # cases drawn at a time


def tied_auc(cases: Cases, resampling: Resampling) -> Floats:
    """(resamples,) areas of bootstrap samples that are stratified by class; ties count one half.

    Args:
        cases: one of each patient, both classes, finite scores.
    """
    scores, group = np.unique(cases.score, return_inverse=True)
    generator = np.random.default_rng(resampling.seed)
    kinds = (group[cases.positive].astype(np.int32), group[~cases.positive].astype(np.int32))
    wins = []
    for size in _chunks(resampling.resamples, len(cases)):
        positives, negatives = (_counts(generator, kind, len(scores), size) for kind in kinds)
        below = np.cumsum(negatives, axis=1)
        wins.append(np.einsum("bk,bk->b", positives, 2 * below - negatives) / 2)
    return np.asarray(np.concatenate(wins) / (len(kinds[0]) * len(kinds[1])))


def _counts(generator: np.random.Generator, group: np.ndarray, n_groups: int, size: int) -> Ints:
    """(size, groups) how often each distinct score is drawn."""
    drawn = group[generator.integers(len(group), size=(size, len(group)), dtype=np.int32)]
    drawn += np.arange(size, dtype=np.int32)[:, None] * np.int32(n_groups)
    return np.bincount(drawn.ravel(), minlength=size * n_groups).reshape(size, n_groups)


def _chunks(total: int, n_cases: int) -> Iterator[int]:
    size = max(1, _CHUNK // n_cases)
    for start in range(0, total, size):
        yield min(size, total - start)
