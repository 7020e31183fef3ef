"""The visible table of methods. A new one is one function, one member of `ExplanationMethod` and one row here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cauce.domain.explanation import ExplanationMethod
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.networks.class_activation import ClassActivationNetwork
from cauce.predictor.saliency.grad_cam import grad_cam, grad_cam_pp
from cauce.predictor.saliency.integrated_gradients import STEPS, integrated_gradients
from cauce.predictor.saliency.occlusion import occlusion

Floats = NDArray[np.float32]
Explain = Callable[[ClassActivationNetwork, torch.Tensor, int, PreprocessRecipe], torch.Tensor]

_SQUARES = 7  # squares of an occlusion along the shorter side
_SMOOTHED = 1 / 64  # standard deviation of the smoothing of single pixels' shares, of the shorter side


@dataclass(frozen=True)
class Method:
    """One row.

    Attributes:
        make: (network, image (1, 1, rows, columns), output, recipe) → map (rows, columns), larger speaks for the output.
        settings: in words, for the report.
        smoothed: whether the map is of single pixels, whose positive part is smoothed before it is shown or compared.
    """

    make: Explain
    settings: str
    smoothed: bool = False


def _integrated(network: ClassActivationNetwork, image: torch.Tensor, output: int, recipe: PreprocessRecipe) -> torch.Tensor:
    return integrated_gradients(network, image, output, black=-recipe.mean / recipe.standard_deviation)


def _occlusion(network: ClassActivationNetwork, image: torch.Tensor, output: int, recipe: PreprocessRecipe) -> torch.Tensor:
    return occlusion(network, image, output, side=max(min(recipe.size) // _SQUARES, 2))


METHODS: dict[ExplanationMethod, Method] = {
    ExplanationMethod.GRAD_CAM: Method(
        lambda network, image, output, _: grad_cam(network, image, output), "last features, positive part, bilinear"
    ),
    ExplanationMethod.GRAD_CAM_PP: Method(
        lambda network, image, output, _: grad_cam_pp(network, image, output), "last features, positive part, bilinear"
    ),
    ExplanationMethod.INTEGRATED_GRADIENTS: Method(
        _integrated, f"{STEPS} steps from a black image, positive part, smoothed by 1/64 of the shorter side", smoothed=True
    ),
    ExplanationMethod.OCCLUSION: Method(
        _occlusion, "squares of 1/7 of the shorter side that overlap by half, covered with the image's mean, positive part"
    ),
}


def explain(
    networks: Sequence[ClassActivationNetwork], recipe: PreprocessRecipe, image: Floats, *, method: ExplanationMethod,
    output: int = 0,
) -> Floats:
    """Map ≥ 0 (rows, columns) of what speaks for one output: the mean over the networks, each explained by itself.

    Args:
        networks: members of the model, in evaluation mode; they stay as they are.
        recipe: that prepared the image.
        image: (rows, columns) after preprocessing.
        method: a row of the table.
        output: 0 for the finding; of several classes the class.
    """
    from scipy.ndimage import gaussian_filter

    row, tensor = METHODS[method], torch.from_numpy(np.ascontiguousarray(image))[None, None]
    maps = [row.make(network, tensor, output, recipe).detach().numpy().clip(min=0) for network in networks]
    mean = np.mean(maps, axis=0)
    if row.smoothed:
        mean = gaussian_filter(mean, _SMOOTHED * min(recipe.size))
    return np.asarray(mean, dtype=np.float32)
