"""Golden volumes: volumes whose class maps are known, replayed wherever a bundle is opened. No patient's voxels among them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class GoldenVolumes:
    """n volumes of voxels of 1 mm, and the class maps that the model gave them when the bundle was made.

    Attributes:
        voxels: float32 (n, channels, z, y, x), in the units that the recipe expects.
        classes: uint8 (n, z, y, x).
    """

    voxels: NDArray[np.float32]
    classes: NDArray[np.uint8]


def golden_voxels(
    *, channels: int, shape: tuple[int, int, int], scale: tuple[float, float], count: int = 2, seed: int = 0
) -> NDArray[np.float32]:
    """Soft bodies of random size and place in a noisy background.

    Args:
        channels: of the model; each sees the same bodies in another brightness.
        shape: (z, y, x); larger than the patch along one axis, so that windows are put together.
        scale: lowest and highest value, in the units that the recipe expects.
        count: volumes.
        seed: decides everything.

    Returns:
        float32 (count, channels, z, y, x).
    """
    rng = np.random.default_rng(seed)
    grid = np.meshgrid(*(np.linspace(-1, 1, length) for length in shape), indexing="ij")
    volumes = []
    for _ in range(count):
        bodies = np.zeros(shape)
        for _ in range(4):
            centre, width = rng.uniform(-0.6, 0.6, 3), rng.uniform(0.15, 0.5, 3)
            distance = sum(((axis - c) / w) ** 2 for axis, c, w in zip(grid, centre, width, strict=True))
            bodies += rng.uniform(0.2, 1.0) / (1 + np.exp(6 * (distance - 1)))
        volumes.append([rng.uniform(0.3, 1) * bodies + 0.05 * rng.normal(size=shape) for _ in range(channels)])
    unit = np.clip(np.asarray(volumes) / 2, 0, 1)
    return (scale[0] + unit * (scale[1] - scale[0])).astype(np.float32)
