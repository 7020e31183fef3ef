"""State of an unfinished training after its last whole epoch: one safetensors file, whole or absent. No pickle."""

import json
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from cauce.domain.experiment import EpochRecord, FrozenPeriod
from cauce.domain.record import Record
from cauce.store.atomic import write_bytes


class Position(Record):
    """Where a training stands.

    Attributes:
        identity: digest of everything that decides this training; a checkpoint of another one is not used.
        epochs_done, steps_done: whole epochs and optimiser steps so far.
        best_epoch: epoch whose weights are kept.
        curve: of the epochs so far.
        precision: arithmetic it was begun with.
        micro_batch: cases that go through the network at once; None for the whole batch.
        frozen: what was not trained so far.
    """

    identity: str
    epochs_done: int
    steps_done: int
    best_epoch: int
    curve: tuple[EpochRecord, ...]
    precision: str
    micro_batch: int | None = None
    frozen: tuple[FrozenPeriod, ...] = ()


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Position and tensors: network, its moving average, the best epoch's weights, the optimiser's moments."""

    position: Position
    tensors: dict[str, torch.Tensor]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file at `path`."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    metadata = {"position": json.dumps(checkpoint.position.model_dump(mode="json"))}
    write_bytes(path, safetensors.torch.save(tensors, metadata=metadata))


def load_checkpoint(path: Path, *, identity: str) -> Checkpoint | None:
    """The checkpoint at `path`; None where there is none, where it is damaged, or where it is of another training.

    A damaged checkpoint costs the epochs of one fold, which start again; nothing wrong can come of it.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            position = Position.model_validate_json((file.metadata() or {}).get("position", ""))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, ValidationError, OSError):
        return None
    return Checkpoint(position, tensors) if position.identity == identity else None
