"""Trained networks → one ONNX model that averages them, checked against torch."""

import copy
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cauce.domain.errors import CauceError, InputError
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.onnx_scan import check_onnx
from cauce.predictor.runtime import EngineKind, open_engine

PARITY_LIMIT = 1e-5
"""Largest accepted difference in probability between the exported model and torch in float32."""

_OPSET = 18


class Ensemble(nn.Module):
    """Mean of the members' probabilities, said as one logit; mean of their activation maps.

    forward((n, 1, rows, columns)) → logit (n,), activation (n, h', w').
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logit and map of each image; the mean is taken on the log scale, which neither overflows nor rounds to 0 or 1."""
        outputs = [member(image) for member in self.members]
        logits = torch.stack([logit for logit, _ in outputs])
        maps = torch.stack([activation for _, activation in outputs])
        positive = _log_mean_exp(-nn.functional.softplus(-logits))
        negative = _log_mean_exp(-nn.functional.softplus(logits))
        return positive - negative, maps.mean(0)


class StackedEnsemble(nn.Module):
    """The head's word on several ensembles, and their maps by the slope of the head along each: its first-order share.

    forward as `Ensemble`.

    Args:
        members: networks of the first ensemble, then of the second, and so on.
        sizes: how many of each.
        head: `StackHead`.
    """

    def __init__(self, members: Sequence[nn.Module], sizes: Sequence[int], head: nn.Module) -> None:
        super().__init__()
        ends = np.cumsum(sizes).tolist()
        groups = [members[end - size : end] for end, size in zip(ends, sizes, strict=True)]
        self.ensembles, self.head = nn.ModuleList(Ensemble(group) for group in groups), head

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logit and map of each image; maps of unlike sizes are brought to that of the first."""
        outputs = [ensemble(image) for ensemble in self.ensembles]
        logit, slope = self.head(torch.stack([logit for logit, _ in outputs], 1))
        size = outputs[0][1].shape[1:]
        maps = torch.stack([_resized(activation, size) for _, activation in outputs], 1)
        return logit, (maps * slope[:, :, None, None]).sum(1)


def _resized(activation: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    if activation.shape[1:] == size:
        return activation
    return nn.functional.interpolate(activation[:, None], size=tuple(size), mode="bilinear", align_corners=False)[:, 0]


def _log_mean_exp(values: torch.Tensor) -> torch.Tensor:
    largest = values.amax(0)
    return largest + torch.log(torch.exp(values - largest).mean(0))


Combine = Callable[[Sequence[nn.Module]], nn.Module]
"""Networks → the module that answers for all of them; see `Ensemble`."""


def export_ensemble(networks: Sequence[nn.Module], recipe: PreprocessRecipe, *, combine: Combine = Ensemble) -> bytes:
    """One ONNX model of the averaged networks: input `image`, outputs `logit` and `activation`, any number of images.

    Args:
        networks: modules of `build_network`, trained; their parameters and mode are left as they are.
        recipe: gives rows and columns of the input.
        combine: how their answers become one.

    Returns:
        Content of the file; the same networks give the same bytes.

    Raises:
        InputError: no network was given.
        CauceError: the exported model differs from torch by more than `PARITY_LIMIT`.
    """
    if not networks:
        raise InputError("an ensemble needs at least one network", where="export")
    ensemble = frozen_copy(networks, combine)
    model = to_onnx(ensemble, torch.zeros(2, 1, *recipe.size), outputs=["logit", "activation"])
    difference = measure_parity(networks, model, probe_images(recipe), combine=combine)
    if difference > PARITY_LIMIT:
        raise CauceError(
            "the exported model differs from the trained network", where="export", expected=f"at most {PARITY_LIMIT:g}",
            got=f"{difference:.2g} in probability", remedy="Report this as a defect, with the network's name.",
        )
    return model


def to_onnx(module: nn.Module, example: torch.Tensor, *, outputs: list[str]) -> bytes:
    """`module` as an ONNX model with input `image`, any number of images; the same weights give the same bytes."""
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            module, (example,), dynamo=True, opset_version=_OPSET, input_names=["image"], output_names=outputs,
            dynamic_shapes={"image": {0: torch.export.Dim("n")}}, verbose=False,
        )
    model = _serialise(program)
    check_onnx(model)
    return model


def measure_parity(
    networks: Sequence[nn.Module], model: bytes, images: NDArray[np.float32], *, combine: Combine = Ensemble
) -> float:
    """Largest absolute difference in probability between `model` and the averaged networks in float32 torch.

    Args:
        networks, combine, model: what `export_ensemble` was given and gave.
        images: (n, 1, rows, columns), preprocessed.
    """
    with torch.no_grad():
        expected = torch.sigmoid(frozen_copy(networks, combine)(torch.from_numpy(images))[0]).double().numpy()
    logit, _ = open_engine(model, EngineKind.AUTO).infer(images)
    difference = np.abs(1 / (1 + np.exp(-logit.astype(np.float64))) - expected)
    return float(difference.max()) if np.isfinite(difference).all() else math.inf


def frozen_copy(networks: Sequence[nn.Module], ensemble: Combine) -> nn.Module:
    """An ensemble of copies in float32 on the CPU, in evaluation mode; the networks stay as they are."""
    members = [copy.deepcopy(network).float().cpu() for network in networks]
    for tensor in (tensor for member in members for tensor in (*member.parameters(), *member.buffers())):
        tensor.data = tensor.data.contiguous()
    return ensemble(members).eval()


def probe_images(recipe: PreprocessRecipe) -> NDArray[np.float32]:
    """Three images from smooth to rough, in the range that preprocessing gives."""
    rng = np.random.default_rng(0)
    rows, columns = recipe.size
    ramp = np.linspace(-2, 2, rows, dtype=np.float32)[:, None] * np.ones((1, columns), dtype=np.float32)
    return np.stack([(1 - share) * ramp + share * rng.normal(size=recipe.size) for share in (0.0, 0.4, 1.0)])[:, None].astype(
        np.float32
    )


def _serialise(program: "torch.onnx.ONNXProgram | None") -> bytes:
    """Bytes without the exporter's notes, which hold source paths of the machine that exported."""
    import onnx

    if program is None:
        raise CauceError("torch gave no ONNX program", where="export", remedy="Report this as a defect.")
    proto = program.model_proto
    proto.doc_string = ""
    proto.ClearField("metadata_props")
    _strip(proto.graph)
    del proto.functions[:]
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString(deterministic=True))


def _strip(graph) -> None:  # type: ignore[no-untyped-def]
    graph.doc_string = ""
    graph.ClearField("metadata_props")
    graph.ClearField("value_info")
    for item in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        item.doc_string = ""
        item.ClearField("metadata_props")


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter, which writes a screenful about versions and decompositions."""
    for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
