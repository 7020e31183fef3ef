"""`cauce bench surface`: HD95 + ASSD + NSD at 2 mm of two 256³ masks, against peers and one boolean pass.

python benchmarks/surface.py [--size 256] [--repeats 5] [--json]

Two seeded, smooth masks of about 3.5 % of the volume, 1 × 1 × 1 mm. MONAI is compared in our own convention (voxel edges) and
must give the same numbers; surface-distance (DeepMind) weighs surfaces by area, so that only its time is compared.
Exit code 1 when the numbers differ from MONAI's.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from protocol.machine import machine
from protocol.rounds import Bench, measure
from protocol.told import text
from scipy.ndimage import gaussian_filter

from cauce.metrics.surface import surface_distances

Mask = NDArray[np.bool_]

_SEED = 0
_TOLERANCE_MM = 2.0
_SPACING = (1.0, 1.0, 1.0)
_SHARE = 0.035


def main() -> int:
    """Make the masks, check correctness, time, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    reference, prediction = _masks(arguments.size)
    peers: dict[str, Callable[[], object]] = {}
    wrong: dict[str, str] = {}
    missing = []
    if find_spec("monai"):
        peers["MONAI"] = lambda: _monai(reference, prediction)
        if not np.allclose(_monai(reference, prediction), _ours(reference, prediction), rtol=1e-4):
            wrong["MONAI"] = "other numbers"
    else:
        missing.append("MONAI")
    if find_spec("surface_distance"):
        peers["surface-distance"] = lambda: _deepmind(reference, prediction)
    else:
        missing.append("surface-distance")
    bench = Bench(
        name="surface", workload=f"{arguments.size}³ masks, {100 * float(reference.mean()):.1f} % foreground → HD95, ASSD, NSD",
        ours=lambda: _ours(reference, prediction), limit=lambda: int(np.count_nonzero(reference ^ prediction)), peers=peers,
        not_installed=tuple(missing), wrong_peers=wrong, correct=not wrong,
        goals={("surface-distance",): 6.0, ("MONAI",): 12.0}, limit_goal=8.0,
    )
    facts = {"precision": "float64", "seed": _SEED, "threads": COUNT}
    document = measure(bench, repeats=arguments.repeats) | facts | {"machine": machine(("cauce", "numpy", "scipy", "monai"))}
    print(json.dumps(document) if arguments.json else text(document))
    return 0 if document["correct"] else 1


def _masks(size: int) -> tuple[Mask, Mask]:
    """A few smooth bodies in the middle half of the volume, and the same with a shifted, rougher edge."""
    random = np.random.default_rng(_SEED)
    field = gaussian_filter(random.normal(size=(size,) * 3).astype(np.float32), size / 16)
    rough = gaussian_filter(random.normal(size=(size,) * 3).astype(np.float32), size / 64)
    middle = np.zeros_like(field, dtype=bool)
    middle[(slice(size // 4, 3 * size // 4),) * 3] = True
    threshold = np.quantile(field[middle], 1 - _SHARE * 8)
    scale = 0.15 * field.std() / rough.std()
    return middle & (field > threshold), middle & (np.roll(field, 1, axis=2) + scale * rough > threshold)


def _ours(reference: Mask, prediction: Mask) -> tuple[float, float, float]:
    found = surface_distances(reference, prediction, _SPACING)
    return found.hausdorff(), found.average(), found.normalised_dice(_TOLERANCE_MM)


def _monai(reference: Mask, prediction: Mask) -> tuple[float, float, float]:
    import monai.metrics as metrics
    import torch

    y, y_pred = (torch.from_numpy(mask[None, None]) for mask in (reference, prediction))
    shared: dict[str, Any] = {"include_background": True, "spacing": _SPACING}
    return (
        float(metrics.compute_hausdorff_distance(y_pred, y, percentile=95, **shared)),
        float(metrics.compute_average_surface_distance(y_pred, y, symmetric=True, **shared)),
        float(metrics.compute_surface_dice(y_pred, y, [_TOLERANCE_MM], **shared)),
    )


def _deepmind(reference: Mask, prediction: Mask) -> tuple[float, float, float]:
    import surface_distance

    found = surface_distance.compute_surface_distances(reference, prediction, _SPACING)
    average = surface_distance.compute_average_surface_distance(found)
    return (
        surface_distance.compute_robust_hausdorff(found, 95), float(np.mean(average)),
        surface_distance.compute_surface_dice_at_tolerance(found, _TOLERANCE_MM),
    )


if __name__ == "__main__":
    sys.exit(main())
