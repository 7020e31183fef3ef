"""Golden cases: images whose answers are known, replayed wherever a bundle is opened. No patient's pixels among them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class GoldenCases:
    """n display images and the probabilities that the model gave them when the bundle was made.

    Attributes:
        pixels: float32 (n, rows, columns), 0 to 1.
        probabilities: float32 (n,); of several classes or findings (n, classes), of numbers (n, 1) in their unit.
    """

    pixels: NDArray[np.float32]
    probabilities: NDArray[np.float32]


def golden_pixels(*, count: int = 4, rows: int = 192, columns: int = 160, seed: int = 0) -> NDArray[np.float32]:
    """Smooth random fields that look a little like a chest: two dark ovals in a bright frame, each with a bright spot.

    Returns:
        float32 (count, rows, columns), 0 to 1; not square, so that aspect and padding are exercised too.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    return np.stack([_chest_like(rng, y, x) for _ in range(count)]).astype(np.float32)


def _chest_like(rng: np.random.Generator, y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    image = 0.7 - 0.2 * np.abs(x) + 0.05 * rng.normal(size=x.shape)
    for side in (-1, 1):
        lung = ((x - side * 0.42) / 0.33) ** 2 + ((y - rng.uniform(-0.1, 0.1)) / rng.uniform(0.6, 0.75)) ** 2
        image -= 0.45 / (1 + np.exp(8 * (lung - 1)))
    spot_y, spot_x, width = rng.uniform(-0.5, 0.5), rng.uniform(-0.6, 0.6), rng.uniform(0.05, 0.2)
    image += rng.uniform(0, 0.5) * np.exp(-((y - spot_y) ** 2 + (x - spot_x) ** 2) / (2 * width**2))
    return np.clip(image, 0, 1)
