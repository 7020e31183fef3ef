"""Trained networks of several outputs, or of a number → one ONNX model that averages them, checked against torch."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cauce.domain.errors import CauceError, InputError
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.export import PARITY_LIMIT, frozen_copy, probe_images, to_onnx
from cauce.predictor.number_scale import NumberScale
from cauce.predictor.runtime import open_engine


class Rescaled(nn.Module):
    """Standard deviations from the mean → numbers in their unit."""

    def __init__(self, scale: NumberScale) -> None:
        super().__init__()
        self.mean, self.deviation = scale.mean, scale.deviation

    def forward(self, output: torch.Tensor) -> torch.Tensor:
        """(n, 1) → (n, 1)."""
        return output * self.deviation + self.mean


class OutputEnsemble(nn.Module):
    """Mean of the members' answers: forward((n, 1, rows, columns)) → (n, outputs).

    Args:
        members: networks whose forward gives outputs (n,) or (n, outputs), and a map.
        last: what follows each of them: `Softmax(1)` of several classes, `Sigmoid` of several findings, `Rescaled` of a number.
    """

    def __init__(self, members: Sequence[nn.Module], last: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members, self.last = nn.ModuleList(members), nn.ModuleList(last)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Answers of each image."""
        each = [last(_as_table(member(image)[0])) for member, last in zip(self.members, self.last, strict=True)]
        return torch.stack(each).mean(0)


def _as_table(output: torch.Tensor) -> torch.Tensor:
    return output.unsqueeze(1) if output.ndim == 1 else output


def export_outputs(
    networks: Sequence[nn.Module], last: Sequence[nn.Module], recipe: PreprocessRecipe, *, name: str, size: float = 1.0
) -> bytes:
    """One ONNX model of the averaged networks: input `image`, output `name` (n, outputs), any number of images.

    Args:
        networks: modules of `build_network`, trained; they are left as they are.
        last: see `OutputEnsemble`.
        recipe: gives rows and columns of the input.
        size: of the numbers that the model gives; a difference counts as a share of it.

    Raises:
        InputError: no network was given.
        CauceError: the exported model differs from torch by more than `PARITY_LIMIT`.
    """
    if not networks:
        raise InputError("an ensemble needs at least one network", where="export")
    model = to_onnx(_ensemble(networks, last), torch.zeros(2, 1, *recipe.size), outputs=[name])
    difference = output_parity(networks, last, model, probe_images(recipe), name=name) / size
    if difference > PARITY_LIMIT:
        raise CauceError(
            "the exported model differs from the trained network", where="export", expected=f"at most {PARITY_LIMIT:g}",
            got=f"{difference:.2g}", remedy="Report this as a defect, with the network's name.",
        )
    return model


def output_parity(
    networks: Sequence[nn.Module], last: Sequence[nn.Module], model: bytes, images: NDArray[np.float32], *, name: str
) -> float:
    """Largest absolute difference between `model` and the averaged networks in float32 torch.

    Args:
        networks, last, model, name: what `export_outputs` was given and gave.
        images: (n, 1, rows, columns), preprocessed.
    """
    with torch.no_grad():
        expected = _ensemble(networks, last)(torch.from_numpy(images)).double().numpy()
    difference = np.abs(open_engine(model).infer_output(images, name).astype(np.float64) - expected)
    return float(difference.max()) if np.isfinite(difference).all() else math.inf


def _ensemble(networks: Sequence[nn.Module], last: Sequence[nn.Module]) -> nn.Module:
    return frozen_copy(networks, lambda members: OutputEnsemble(members, last))
