"""Display pixels → probability of each of several classes; evaluation and `predict` both call this."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import Engine

OUTPUT = "probability"
"""Name of the graph's output."""

_BATCH = 32


def predict_classes(engine: Engine, recipe: PreprocessRecipe, pixels: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Probabilities (n, classes) in the order of the reference standard's classes; each row sums to 1.

    Args:
        engine: runs a graph of `export_classes`.
        recipe: of the contract.
        pixels: n ≥ 1 arrays (rows, columns) of any sizes, larger is brighter, as `Image.pixels`.

    Raises:
        UnreadableImageError: an image has no contrast or is not finite.
        CauceError: the network answered with something that is no number.
    """
    parts = []
    for start in range(0, len(pixels), _BATCH):
        images = np.stack([apply(recipe, image) for image in pixels[start : start + _BATCH]])[:, None]
        parts.append(engine.infer_output(images, OUTPUT).astype(np.float64))
    found = np.concatenate(parts)
    if not np.isfinite(found).all():
        raise CauceError("the network answered with something that is no number", where="predictor",
                         remedy="Report this as a defect of the model, with its digest.")
    return found
