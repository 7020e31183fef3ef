"""Display pixels → what a network says of each image beyond two classes: probabilities, or a number.

Evaluation and `predict` both call this.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError
from cauce.domain.model import ModelContract
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import Engine

PROBABILITY, NUMBER = "probability", "number"
"""Names of the graph's output."""

_BATCH = 32


def predict_outputs(engine: Engine, contract: ModelContract, pixels: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """Outputs (n, k): probabilities in the order of the reference standard's classes, of several classes with the sum 1; or
    one number in the unit of the reference standard.

    Args:
        engine: runs a graph of `export_outputs`.
        contract: names the output and gives the recipe.
        pixels: n ≥ 1 arrays (rows, columns) of any sizes, larger is brighter, as `Image.pixels`.

    Raises:
        UnreadableImageError: an image has no contrast or is not finite.
        CauceError: the network answered with something that is no number.
    """
    parts = []
    for start in range(0, len(pixels), _BATCH):
        images = np.stack([apply(contract.preprocess, image) for image in pixels[start : start + _BATCH]])[:, None]
        parts.append(engine.infer_output(images, contract.output_name).astype(np.float64))
    found = np.concatenate(parts)
    if not np.isfinite(found).all():
        raise CauceError("the network answered with something that is no number", where="predictor",
                         remedy="Report this as a defect of the model, with its digest.")
    return found
