"""`cauce bench lesions`: connected components (26 neighbours) of a lesion mask with their volumes, against peers.

python benchmarks/lesions.py [--size 256] [--lesions 370] [--repeats 5] [--json]

Seeded ellipsoids of 2 to 12 mm. Checked first: the sorted volumes equal SimpleITK's, or scipy's where it is not installed. The
limit is one pass that counts the mask's voxels.
Exit code 1 when the volumes differ.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import json
import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from protocol.machine import machine
from protocol.rounds import Bench, measure
from protocol.told import text
from scipy import ndimage

from cauce.metrics.components import components

_SEED = 0


def main() -> int:
    """Make the mask, check correctness, time, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--lesions", type=int, default=370)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    mask = _mask(arguments.size, arguments.lesions)
    peers: dict[str, Callable[[], object]] = {"scipy + ndi.sum": lambda: _scipy(mask)}
    missing = []
    if find_spec("SimpleITK"):
        peers["SimpleITK"] = lambda: _simpleitk(mask)
    else:
        missing.append("SimpleITK")
    ours = np.sort(components(mask).voxels)
    wrong = {name: "other volumes" for name, peer in peers.items() if not np.array_equal(np.sort(peer()), ours)}
    bench = Bench(
        name="lesions", workload=f"{arguments.size}³ mask, {len(ours)} components, {100 * float(mask.mean()):.2f} % foreground "
        "→ volumes", ours=lambda: components(mask).voxels, limit=lambda: int(np.count_nonzero(mask)), peers=peers,
        not_installed=tuple(missing), wrong_peers=wrong, correct=not wrong,
        goals={("SimpleITK",): 1.3, ("scipy + ndi.sum",): 5.0}, limit_goal=5.0,
    )
    facts = {"seed": _SEED, "threads": COUNT, "machine": machine(("cauce", "numpy", "scipy", "SimpleITK"))}
    document = measure(bench, repeats=arguments.repeats) | facts
    print(json.dumps(document) if arguments.json else text(document))
    return 0 if document["correct"] else 1


def _mask(size: int, count: int) -> NDArray[np.bool_]:
    """Ellipsoids at random places, apart from one another as lesions mostly are."""
    random, mask = np.random.default_rng(_SEED), np.zeros((size,) * 3, bool)
    made = 0
    while made < count:
        radius = random.uniform(1, 6, 3)
        centre = random.uniform(8, size - 8, 3).round().astype(int)
        part = mask[tuple(slice(each - 7, each + 8) for each in centre)]
        grid = np.meshgrid(*(np.arange(-7, 8),) * 3, indexing="ij")
        body = sum((axis / each) ** 2 for axis, each in zip(grid, radius, strict=True)) <= 1
        if part.shape == body.shape and not (part & ndimage.binary_dilation(body, np.ones((3, 3, 3)))).any():
            part |= body
            made += 1
    return mask


def _simpleitk(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    import SimpleITK

    labels = SimpleITK.ConnectedComponent(SimpleITK.GetImageFromArray(mask.view(np.uint8)), True)
    statistics = SimpleITK.LabelShapeStatisticsImageFilter()
    statistics.Execute(labels)
    return np.array([statistics.GetNumberOfPixels(label) for label in statistics.GetLabels()])


def _scipy(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    return np.asarray(ndimage.sum(mask, labels, np.arange(1, count + 1))).astype(np.intp)


if __name__ == "__main__":
    sys.exit(main())
