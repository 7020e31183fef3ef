"""Which candidates hit a reference object: greedily, the highest score first; an object is hit once."""

import numpy as np
from numpy.typing import ArrayLike

from cauce.metrics.cases import Booleans, Floats


def hits_by_iou(reference: ArrayLike, candidates: ArrayLike, scores: ArrayLike, *, iou: float = 0.5) -> Booleans:
    """(n,) hits of candidate boxes (n, 2·axes) against reference boxes (m, 2·axes): all least corners, then all largest."""
    one, two = _rows(reference), _rows(candidates)
    if not len(one) or not len(two):
        return np.zeros(len(two), bool)
    axes = one.shape[1] // 2
    low = np.maximum(two[:, None, :axes], one[None, :, :axes])
    high = np.minimum(two[:, None, axes:], one[None, :, axes:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    sizes = [(each[:, axes:] - each[:, :axes]).prod(axis=1) for each in (two, one)]
    overlap = shared / (sizes[0][:, None] + sizes[1][None, :] - shared)
    return _greedy(overlap, overlap >= iou, scores)


def hits_by_distance(
    reference: ArrayLike, candidates: ArrayLike, scores: ArrayLike, *, radius_mm: ArrayLike
) -> Booleans:
    """(n,) hits of candidate points (n, axes) in mm: within `radius_mm`, one number or one for each of the m references."""
    one, two = _rows(reference), _rows(candidates)
    if not len(one) or not len(two):
        return np.zeros(len(two), bool)
    distance = np.sqrt(((two[:, None, :] - one[None, :, :]) ** 2).sum(axis=2))
    near = distance <= np.broadcast_to(np.asarray(radius_mm, dtype=np.float64), (len(one),))[None, :]
    return _greedy(-distance, near, scores)


def _greedy(closeness: Floats, fits: Booleans, scores: ArrayLike) -> Booleans:
    free, hit = np.ones(closeness.shape[1], bool), np.zeros(len(closeness), bool)
    for candidate in np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable"):
        open_to = np.flatnonzero(fits[candidate] & free)
        if len(open_to):
            best = open_to[np.argmax(closeness[candidate, open_to])]
            free[best], hit[candidate] = False, True
    return hit


def _rows(values: ArrayLike) -> Floats:
    return np.atleast_2d(np.asarray(values, dtype=np.float64)) if np.size(values) else np.zeros((0, 2))
