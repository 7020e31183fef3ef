"""Trained networks of several classes → one ONNX model that averages them, checked against torch."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cauce.domain.errors import CauceError, InputError
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.classes import OUTPUT
from cauce.predictor.export import PARITY_LIMIT, frozen_copy, probe_images, to_onnx
from cauce.predictor.runtime import open_engine


class ClassEnsemble(nn.Module):
    """Mean of the members' softmax probabilities: forward((n, 1, rows, columns)) → (n, classes)."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Probabilities of each image."""
        return torch.stack([torch.softmax(member(image)[0], 1) for member in self.members]).mean(0)


def export_classes(networks: Sequence[nn.Module], recipe: PreprocessRecipe) -> bytes:
    """One ONNX model of the averaged networks: input `image`, output `probability` (n, classes), any number of images.

    Args:
        networks: modules of `build_network` with several outputs, trained; they are left as they are.
        recipe: gives rows and columns of the input.

    Raises:
        InputError: no network was given.
        CauceError: the exported model differs from torch by more than `PARITY_LIMIT`.
    """
    if not networks:
        raise InputError("an ensemble needs at least one network", where="export")
    model = to_onnx(frozen_copy(networks, ClassEnsemble), torch.zeros(2, 1, *recipe.size), outputs=[OUTPUT])
    difference = class_parity(networks, model, probe_images(recipe))
    if difference > PARITY_LIMIT:
        raise CauceError(
            "the exported model differs from the trained network", where="export", expected=f"at most {PARITY_LIMIT:g}",
            got=f"{difference:.2g} in probability", remedy="Report this as a defect, with the network's name.",
        )
    return model


def class_parity(networks: Sequence[nn.Module], model: bytes, images: NDArray[np.float32]) -> float:
    """Largest absolute difference in probability between `model` and the averaged networks in float32 torch.

    Args:
        networks, model: what `export_classes` was given and gave.
        images: (n, 1, rows, columns), preprocessed.
    """
    with torch.no_grad():
        expected = frozen_copy(networks, ClassEnsemble)(torch.from_numpy(images)).double().numpy()
    difference = np.abs(open_engine(model).infer_output(images, OUTPUT).astype(np.float64) - expected)
    return float(difference.max()) if np.isfinite(difference).all() else math.inf
