"""Pairs of images that are copies of one another although their bytes differ.

Re-encoded, resized, mirrored, given another contrast, cropped, noised, turned, written on, or made a negative: a copy keeps
the fine structure, which differs between two radiographs even of one child. Three steps on the thumbnails of a cohort:
fingerprints of every pair under a set of motions, quarter turns among them, choose a few candidates for each image; the
candidates are registered onto one another; their fine structure is compared tile by tile, and the best quarter of the tiles
decides, so that burned-in text does not hide a copy.

The first step compares every pair, so time grows with the square of the number of images; memory with the number.
`benchmarks/copies.py` measures recall, false pairs and time.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from cauce.dataset.fingerprint import Floats, Motion, band, motions, ranked, signatures
from cauce.dataset.registration import Affine, likeness, register
from cauce.domain.progress import Progress, silent

VERSION = 5
"""Of the method; what an earlier one found is not read again."""

COPY_LIKENESS = 0.965
"""Correlation that a quarter of the tiles of a copy reach at least. Of 4,333 paediatric radiographs different images
reach 0.948 and planted copies of eight kinds at least 0.967; digital patients, who share one anatomy, reach 0.962."""

_CANDIDATE = 0.7    # fingerprints of a copy under the right motion agree better than this, even below large text
_PER_IMAGE = 4      # candidates of one image
_BLOCK = 256        # images compared with all others at a time
_PAIRS = 512        # pairs registered at a time
_HELD = 16_384      # pairs whose images' structure is held in memory: at most about 1 GB
_STEPS = 6          # of the registration, first on coarse and then on finer structure
_FINER = (1.0, 4.0)
_FINEST = (0.5, 2.5)
_BEST = 0.75        # quantile of the tiles
_FEWEST_TILES = 8   # of 25: two images that share less cannot be compared
_FLAT = 1.0         # grey levels
_GROUND = 0.25      # of the pixels have one value: an empty ground
_NEAR = 2           # pixels around it that the structure reaches


@dataclass(frozen=True)
class NearDuplicate:
    """Two images of the stack that are copies.

    Attributes:
        first, second: positions; first < second.
        correlation: of their fine structure after registration, in the tile that a quarter of the tiles equal or surpass.
        mirrored: one is the mirror image of the other.
        degrees: turn between them, 0 to 180.
        scale: size of what one shows of the other, 1 when both show the same; the smaller over the larger.
        inverted: one is the other's negative, dark where that is bright.
    """

    first: int
    second: int
    correlation: float
    mirrored: bool = False
    degrees: float = 0.0
    scale: float = 1.0
    inverted: bool = False


def near_duplicates(thumbnails: NDArray[np.uint8], *, progress: Progress = silent) -> list[NearDuplicate]:
    """All pairs of near-duplicates, ordered by position.

    Args:
        thumbnails: (images, 64, 64), as the index stores them.
        progress: told after every block of images.
    """
    structured = np.flatnonzero(thumbnails.reshape(len(thumbnails), -1).std(axis=1) > _FLAT)
    groups = _equal(thumbnails, structured)
    stack = thumbnails[[group[0] for group in groups]]
    pairs = [
        replace(pair, first=min(a, b), second=max(a, b))
        for pair in _copies(stack, progress) for a in groups[pair.first] for b in groups[pair.second]
    ]
    pairs += [NearDuplicate(a, b, 1.0) for group in groups for place, a in enumerate(group) for b in group[place + 1:]]
    return sorted(pairs, key=lambda pair: (pair.first, pair.second))


def _equal(thumbnails: NDArray[np.uint8], images: NDArray[np.int64]) -> list[list[int]]:
    """Images by equal thumbnail: one of each group is compared with the others."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for image in images:
        groups[thumbnails[image].tobytes()].append(int(image))
    return list(groups.values())


def _copies(stack: NDArray[np.uint8], progress: Progress) -> list[NearDuplicate]:
    candidates = _candidates(stack, progress)
    moving = candidates[0]
    found: list[NearDuplicate] = []
    for start in range(0, len(moving), _HELD):
        part = slice(start, start + _HELD)
        found += _verified(stack, *(each[part] for each in candidates))
        progress("compare copies", min(start + _HELD, len(moving)), len(moving))
    best: dict[tuple[int, int], NearDuplicate] = {}
    for pair in found:
        key = (pair.first, pair.second)
        if key not in best or pair.correlation > best[key].correlation:
            best[key] = pair
    return list(best.values())


def _candidates(
    stack: NDArray[np.uint8], progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each image (moving) the images (fixed) that it, or its negative, resembles most under any motion; the number of that
    motion; and -1 for a negative, else 1."""
    tried, count = motions(), len(stack)
    if count < 2:
        return tuple(np.zeros(0, dtype=np.int64) for _ in range(4))  # type: ignore[return-value]
    blocks = [slice(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]
    plain = np.concatenate([signatures(band(ranked(stack[block])), Motion()) for block in blocks])
    chosen: list[tuple[NDArray[np.int64], ...]] = []
    for block in blocks:
        best, motion, sign = _best_motion(band(ranked(stack[block])), plain, tried)
        place = np.arange(len(best))
        best[place, place + block.start] = -1.0  # the image itself
        top = np.argpartition(-best, min(_PER_IMAGE, count - 1) - 1, axis=1)[:, :_PER_IMAGE]
        row, column = np.nonzero(np.take_along_axis(best, top, axis=1) > _CANDIDATE)
        other = top[row, column]
        chosen.append((row + block.start, other, motion[row, other].astype(np.int64), sign[row, other].astype(np.int64)))
        progress("look for copies", block.stop, count)
    return tuple(np.concatenate(parts) for parts in zip(*chosen, strict=True))  # type: ignore[return-value]


def _best_motion(
    bands: Floats, plain: Floats, tried: tuple[Motion, ...]
) -> tuple[Floats, NDArray[np.int8], NDArray[np.int8]]:
    """(images of the block, all images) highest correlation over the motions, which motion it was, and its sign: ranks of a
    negative run the other way, so that its structure is that of the image with the sign changed."""
    best = np.zeros((len(bands), len(plain)), dtype=np.float32)
    which, sign = np.zeros(best.shape, dtype=np.int8), np.ones(best.shape, dtype=np.int8)
    for number, motion in enumerate(tried):
        agreement = signatures(bands, motion) @ plain.T
        size = np.abs(agreement)
        better = size > best
        np.copyto(best, size, where=better)
        which[better] = number
        sign[better] = np.sign(agreement[better])
    return best, which, sign


def _verified(
    stack: NDArray[np.uint8], moving: NDArray[np.int64], fixed: NDArray[np.int64], motion: NDArray[np.int64],
    sign: NDArray[np.int64],
) -> list[NearDuplicate]:
    """The candidates that are copies, registered and compared."""
    images, places = np.unique(np.concatenate([moving, fixed]), return_inverse=True)
    first, second = places[:len(moving)], places[len(moving):]
    ranks, shown = ranked(stack[images]), _shown(stack[images])
    coarse, finer, finest = band(ranks), band(ranks, *_FINER), band(ranks, *_FINEST)
    starts = np.stack([each.matrix() for each in motions()])[motion]
    found: list[NearDuplicate] = []
    for at in range(0, len(moving), _PAIRS):
        a, b = first[at:at + _PAIRS], second[at:at + _PAIRS]
        turned = sign[at:at + _PAIRS, None, None].astype(np.float32)
        warp = register(coarse[b], coarse[a] * turned, starts[at:at + _PAIRS], iterations=_STEPS)
        warp = register(finer[b], finer[a] * turned, warp, iterations=_STEPS)
        alike = _alike(likeness(finest[b], finest[a] * turned, warp, shown=(shown[b], shown[a])))
        found += [
            replace(_pair(int(images[a[k]]), int(images[b[k]]), float(alike[k]), warp[k]), inverted=bool(turned[k] < 0))
            for k in np.flatnonzero(alike >= COPY_LIKENESS)
        ]
    return found


def _shown(stack: NDArray[np.uint8]) -> Floats:
    """1 where an image shows something, 0 on an empty ground and near it.

    Brains without skull, and whatever else stands on one constant value, share their outline with one another.
    """
    shown = np.ones(stack.shape, dtype=np.float32)
    for image, place in zip(stack, shown, strict=True):
        value, count = max(zip(*np.unique(image, return_counts=True), strict=True), key=lambda each: each[1])
        if count > _GROUND * image.size:
            place[binary_dilation(image == value, iterations=_NEAR)] = 0
    return shown


def _alike(tiles: Floats) -> Floats:
    """(pairs,) the quantile of the tiles that decides; 0 where too few tiles are seen in both images."""
    few = np.isfinite(tiles).sum(axis=1) < _FEWEST_TILES
    tiles = np.where(few[:, None], 0.0, tiles)
    return np.asarray(np.nanquantile(tiles, _BEST, axis=1), dtype=np.float32)


def _pair(moving: int, fixed: int, correlation: float, warp: Affine) -> NearDuplicate:
    turn = warp[:, :2]
    determinant = float(np.linalg.det(turn))
    size = float(np.sqrt(abs(determinant)))
    upright = turn @ np.diag([1.0, -1.0 if determinant < 0 else 1.0])
    degrees = abs(float(np.rad2deg(np.arctan2(upright[1, 0] - upright[0, 1], upright[0, 0] + upright[1, 1]))))
    low, high = sorted((moving, fixed))
    return NearDuplicate(low, high, correlation, determinant < 0, degrees, min(size, 1 / max(size, 1e-6)))
