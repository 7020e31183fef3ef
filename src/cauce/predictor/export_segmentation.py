"""Trained segmentation networks → one ONNX model that averages their probabilities, checked against torch."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cauce.domain.errors import CauceError, InputError
from cauce.domain.preprocess import VolumeRecipe
from cauce.predictor.export import frozen_copy, to_onnx
from cauce.predictor.runtime import EngineKind, open_engine

OUTPUT = "probability"

SEGMENTATION_PARITY_LIMIT = 1e-3
"""Largest accepted difference in a voxel's probability. OpenVINO's three-dimensional convolutions in float32 were measured at
1.2e-4 from torch in float64, ONNX Runtime's at 1.0e-5, torch's own at 1.8e-6."""


class SegmentationEnsemble(nn.Module):
    """Mean of the members' softmax: (n, c, z, y, x) → probabilities (n, classes + 1, z, y, x)."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """One member after the other: of all, only the sum is kept."""
        total = torch.softmax(self.members[0](image), dim=1)
        for member in self.members[1:]:
            total = total + torch.softmax(member(image), dim=1)
        return total / len(self.members)


def export_segmentation(networks: Sequence[nn.Module], recipe: VolumeRecipe, *, channels: int) -> bytes:
    """One ONNX model of the averaged networks: input `image` (n, channels, *patch), output `probability`, any n.

    Args:
        networks: modules of `build_segmentation_network`, trained; their parameters and mode are left as they are.
        recipe: gives the patch, which is fixed in the model.
        channels: of the input.

    Returns:
        Content of the file; the same networks give the same bytes.

    Raises:
        InputError: no network was given.
        CauceError: the exported model differs from torch by more than `SEGMENTATION_PARITY_LIMIT`.
    """
    if not networks:
        raise InputError("an ensemble needs at least one network", where="export")
    example = torch.zeros(2, channels, *recipe.patch)
    model = to_onnx(frozen_copy(networks, SegmentationEnsemble), example, outputs=[OUTPUT])
    noise = np.random.default_rng(0).normal(size=example.shape).astype(np.float32)
    difference = segmentation_parity(networks, model, noise)
    if difference > SEGMENTATION_PARITY_LIMIT:
        raise CauceError(
            "the exported model differs from the trained network", where="export",
            expected=f"at most {SEGMENTATION_PARITY_LIMIT:g}", got=f"{difference:.2g} in probability",
            remedy="Report this as a defect, with the network's name.",
        )
    return model


def segmentation_parity(networks: Sequence[nn.Module], model: bytes, patches: NDArray[np.float32]) -> float:
    """Largest absolute difference in probability between `model` and the averaged networks in float32 torch.

    Args:
        networks, model: what `export_segmentation` was given and gave.
        patches: (n, channels, *patch), normalised.
    """
    with torch.no_grad():
        expected = frozen_copy(networks, SegmentationEnsemble)(torch.from_numpy(patches)).numpy()
    found = open_engine(model, EngineKind.AUTO).infer_output(patches, OUTPUT)
    difference = np.abs(found - expected)
    return float(difference.max()) if np.isfinite(difference).all() else math.inf
