"""Predictor: display pixels → probability and activation map; evaluation, `predict` and the service all call this."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cauce.domain.errors import CauceError, IntegrityError
from cauce.domain.experiment import Task
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.bundle import Bundle
from cauce.predictor.golden_volumes import GoldenVolumes
from cauce.predictor.outputs import predict_outputs
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import Engine
from cauce.predictor.segmentation import verify_golden_volumes

Floats = NDArray[np.float32]

GOLDEN_LIMIT = 1e-4
"""Largest accepted difference in probability on the golden cases, of numbers as a share of the largest of them; processors
of other makers sum in another order."""

_BATCH = 32


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says of one image.

    Attributes:
        probability: 0 to 1.
        activation: float32 (h', w') over the whole network input, share of each cell in the logit; see
            `cauce.predictor.preprocess.map_to_source`.
    """

    probability: float
    activation: Floats


@dataclass(frozen=True, eq=False)
class Predictor:
    """A bundle and the engine that runs its model."""

    bundle: Bundle
    engine: Engine

    def predict(self, pixels: Sequence[Floats]) -> list[Prediction]:
        """One prediction for each image, in the same order.

        Args:
            pixels: arrays (rows, columns) of any sizes, larger is brighter, as `Image.pixels`.

        Raises:
            UnreadableImageError: an image has no contrast or is not finite.
            CauceError: the network answered with something that is no number.
        """
        return predict_with(self.engine, self.bundle.contract.preprocess, pixels)


def predict_with(engine: Engine, recipe: PreprocessRecipe, pixels: Sequence[Floats]) -> list[Prediction]:
    """The same without a bundle: what the model stage needs before the operating point is known."""
    predictions: list[Prediction] = []
    for start in range(0, len(pixels), _BATCH):
        images = np.stack([apply(recipe, image) for image in pixels[start : start + _BATCH]])[:, None]
        logits, activations = engine.infer(images)
        if not np.isfinite(logits).all():
            raise CauceError("the network answered with something that is no number", where="predictor",
                             remedy="Report this as a defect of the model, with its digest.")
        probabilities = 1 / (1 + np.exp(-logits.astype(np.float64)))
        predictions += [Prediction(float(p), activation) for p, activation in zip(probabilities, activations, strict=True)]
    return predictions


def verify_golden(bundle: Bundle, engine: Engine) -> float:
    """Replay the golden cases and return the largest absolute difference in probability; of numbers as a share of the largest
    of them; of a model that segments, the share of voxels with another class.

    Raises:
        IntegrityError: it is larger than `GOLDEN_LIMIT`: this machine does not compute what was released.
    """
    golden = bundle.golden
    if isinstance(golden, GoldenVolumes):
        return verify_golden_volumes(bundle, engine)
    found = _golden_answers(bundle, engine, list(golden.pixels))
    if found.shape != golden.probabilities.shape:
        raise IntegrityError("the golden cases belong to another task", where="golden.npz", expected=str(found.shape),
                             got=str(golden.probabilities.shape), remedy="Do not use this copy: fetch the bundle again.")
    size = float(np.abs(golden.probabilities).max()) if bundle.contract.task is Task.REGRESSION else 1.0
    difference = float(np.abs(found - golden.probabilities).max()) / (size or 1.0)
    if not difference <= GOLDEN_LIMIT:
        raise IntegrityError(
            "the golden cases give other answers here", where=engine.description, expected=f"within {GOLDEN_LIMIT:g}",
            got=f"{difference:.2g} apart", remedy="Do not use the model on this machine; report processor and engine.",
        )
    return difference


def _golden_answers(bundle: Bundle, engine: Engine, pixels: list[Floats]) -> NDArray[np.float64]:
    if bundle.contract.task is not Task.BINARY_CLASSIFICATION:
        return predict_outputs(engine, bundle.contract, pixels)
    return np.array([prediction.probability for prediction in predict_with(engine, bundle.contract.preprocess, pixels)])
