"""The map of one image: on the network's input, on the stored image, and its highest point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cauce.domain.explanation import ExplanationMethod
from cauce.domain.preprocess import PreprocessRecipe
from cauce.metrics.saliency import rank_correlation, structural_similarity
from cauce.predictor.preprocess import apply, map_to_source

if TYPE_CHECKING:
    from cauce.predictor.networks.class_activation import ClassActivationNetwork

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """How maps are made, and what of: `output` 0 for the finding, of several classes the class."""

    recipe: PreprocessRecipe
    method: ExplanationMethod
    output: int = 0

    def map_of(self, networks: "Sequence[ClassActivationNetwork]", pixels: Floats) -> Floats:
        """Map ≥ 0 on the network's input, recipe.size, of a stored image (rows, columns)."""
        from cauce.predictor.saliency import explain

        return explain(networks, self.recipe, apply(self.recipe, pixels), method=self.method, output=self.output)

    def on_image(self, found: Floats, shape: tuple[int, int]) -> Floats:
        """The map as a grid over the whole stored image of `shape`."""
        return map_to_source(self.recipe, shape, found)


def peak_of(on_image: Floats, shape: tuple[int, int]) -> tuple[float, float] | None:
    """(x, y) of the highest point in pixels of the stored image from its corner; None when nothing is above 0.

    Of a plateau the cell nearest to its centre.
    """
    highest = float(on_image.max())
    if not highest > 0:
        return None
    cells = np.argwhere(on_image >= highest * (1 - 1e-6))
    row, column = cells[((cells - cells.mean(axis=0)) ** 2).sum(axis=1).argmin()] + 0.5
    return (float(column) * shape[1] / on_image.shape[1], float(row) * shape[0] / on_image.shape[0])


def cascade_of(
    networks: "Sequence[ClassActivationNetwork]", question: Question, pixels: Floats, whole: Floats, *, seed: int
) -> dict[str, tuple[float, float]]:
    """Rank correlation and SSIM with the map of the trained networks when weights are random from the head down to a layer."""
    from cauce.predictor.saliency import randomised

    cascades = [randomised(network, seed=seed * 100 + number) for number, network in enumerate(networks)]
    found = {}
    for steps in zip(*cascades, strict=True):
        changed = question.map_of([network for _, network in steps], pixels)
        found[steps[0][0]] = (rank_correlation(whole, changed), structural_similarity(whole, changed))
    return found
