"""Weights of a file brought into a network, by name and shape. No pickle is run."""

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from cauce.domain.errors import InputError
from cauce.domain.experiment import Network, StartRecord
from cauce.experiment.start import Start
from cauce.predictor.networks.squeezenet import for_grey_images
from cauce.store.blobs import file_sha256

_TORCH = (".pt", ".pth", ".bin", ".ckpt")
_WRAPPERS = ("module.", "model.", "network.")
_CONVOLUTION = 4  # axes of its weight, at least


def bring_in(network: nn.Module, kind: Network, start: Start) -> StartRecord:
    """Take the weights of `start` whose names and shapes are the network's; what is taken and left is in the record.

    A first convolution of another number of input channels is adapted: to one channel by the sum, which is what a grey image
    repeated over the channels would give; to several by the mean, scaled so that answers stay as high.

    Raises:
        InputError: the file cannot be read, or nothing in it fits.
    """
    weights, adapted = _plain_names(read_weights(start.path, start.record.weights)), []
    if kind is Network.SQUEEZENET:
        weights, done = for_grey_images(weights, mean=start.mean, standard_deviation=start.standard_deviation)
        adapted += [done] if done else []
    wanted = network.state_dict()
    first = next((name for name, parameter in network.named_parameters() if parameter.ndim >= _CONVOLUTION), "")
    fitting: dict[str, torch.Tensor] = {}
    left = []
    for name, tensor in weights.items():
        target = name if name in wanted else f"features.{name}"
        if target == first and _differs_in_channels(tensor, wanted[target]):
            adapted.append(f"{target}: {tensor.shape[1]} input channels to {wanted[target].shape[1]}, {_how(wanted[target])}")
            tensor = _other_channels(tensor, wanted[target].shape[1])
        if target in wanted and tensor.shape == wanted[target].shape:
            fitting[target] = tensor.to(wanted[target].dtype)
        else:
            left.append(name)
    if not any(name in fitting and parameter.ndim > 1 for name, parameter in network.named_parameters()):
        raise InputError(
            "nothing in these weights fits the network", where=start.record.source, expected=_sample(wanted),
            got=_sample(weights),
            remedy=f"Choose weights of a {kind.value}, or the network that they belong to.",
        )
    network.load_state_dict(fitting, strict=False)
    new = tuple(sorted(wanted.keys() - fitting.keys()))
    return start.record.model_copy(update={
        "taken": tuple(sorted(fitting)), "left": tuple(sorted(left)), "new": new, "adapted": tuple(adapted),
    })


def read_weights(path: Path, expected: str) -> dict[str, torch.Tensor]:
    """Tensors by name of a .safetensors, .npz or torch state_dict file; a file without ending is safetensors.

    Raises:
        InputError: the file is missing, changed since the search began, or holds anything but tensors.
    """
    where, kind = path.name, path.suffix.lower()
    if not path.is_file() or file_sha256(path) != expected:
        raise InputError("the weights are missing or were changed", where=where, remedy="Put the file back, and search again.")
    try:
        if kind == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return {name: torch.from_numpy(np.array(arrays[name])) for name in arrays.files}
        if kind in _TORCH:
            return _tensors(torch.load(path, map_location="cpu", weights_only=True))
        return dict(safetensors.torch.load_file(path))
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, ValueError, TypeError, EOFError, OSError,
            zipfile.BadZipFile, KeyError):
        raise InputError(
            "no file of weights", where=where, expected=".safetensors, .npz of arrays, or a torch state_dict (.pt, .pth)",
            remedy="Save the state_dict alone: a file that holds objects is never opened.",
        ) from None


def _tensors(content: object) -> dict[str, torch.Tensor]:
    for key in ("state_dict", "model"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping):
        raise ValueError("no mapping")
    return {str(name): tensor for name, tensor in content.items() if isinstance(tensor, torch.Tensor)}


def _plain_names(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Names with dots, without what wrappers put before all of them."""
    found = {name.replace("/", "."): tensor for name, tensor in weights.items()}
    for prefix in _WRAPPERS:
        if found and all(name.startswith(prefix) for name in found):
            found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return found


def _differs_in_channels(tensor: torch.Tensor, wanted: torch.Tensor) -> bool:
    return (
        tensor.ndim == wanted.ndim and tensor.shape[1] != wanted.shape[1]
        and (tensor.shape[0], *tensor.shape[2:]) == (wanted.shape[0], *wanted.shape[2:])
    )


def _how(wanted: torch.Tensor) -> str:
    return "summed" if wanted.shape[1] == 1 else "averaged"


def _other_channels(tensor: torch.Tensor, channels: int) -> torch.Tensor:
    each = tensor.sum(1, keepdim=True) / channels
    return each.expand(-1, channels, *each.shape[2:]).contiguous()


def _sample(weights: Mapping[str, torch.Tensor]) -> str:
    some = [f"{name} {tuple(tensor.shape)}" for name, tensor in list(weights.items())[:3]]
    return "; ".join([*some, "…"]) if some else "nothing"
