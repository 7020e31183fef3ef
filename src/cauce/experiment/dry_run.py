"""One training step, with optimiser state, on made-up cases: how long it takes and how much memory."""

import gc
import statistics
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from cauce.domain.experiment import PreparedCase, TrainingSettings
from cauce.experiment.fold import FoldTask
from cauce.experiment.memory import is_out_of_memory, peak_memory
from cauce.experiment.optimiser import new_optimiser
from cauce.experiment.prepare import TrainImages
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.train import learner_of, new_state, precision_for
from cauce.experiment.train_data import TrainData

_TIMED = 3
_IDENTITY = "0" * 64


@dataclass(frozen=True)
class DryRun:
    """Median seconds of a step after the first one, and most bytes; bytes None where the system does not say."""

    seconds: float
    peak_bytes: int | None


def dry_run(settings: TrainingSettings, data: TrainData, device: torch.device, folder: Path) -> DryRun | None:
    """Train a few steps of whole batches; None when memory does not suffice.

    Args:
        settings: their batch goes through the network at once.
        data: as `made_up` gives them: every case is trained on.
        device: where.
        folder: for the task's checkpoint, which is never written.
    """
    try:
        gc.collect()
        with peak_memory(device) as peak:
            seconds = _seconds(settings, data, device, folder)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return None
    return DryRun(statistics.median(seconds), peak.n_bytes)


def _seconds(settings: TrainingSettings, data: TrainData, device: torch.device, folder: Path) -> list[float]:
    precision = precision_for(settings, data, device)
    task = FoldTask(
        identity=_IDENTITY, settings=settings, fold=0, seed=0, precision=precision, checkpoint=folder / "never.safetensors",
    )
    learner, generator = learner_of(settings, data, 0, precision), torch.Generator()
    state = new_state(task, data, learner.averaging, precision)
    network = state.network.to(device).train()
    state.average.network.to(device)
    optimiser = new_optimiser(network, settings)
    indices = np.resize(learner.train, settings.batch_size)
    seconds = []
    with torch.random.fork_rng():
        for step in range(1 + _TIMED):
            begin = time.perf_counter()
            batch = _moved(learner.read(indices), device)
            with torch.autocast(device.type, torch.bfloat16, enabled=precision.value == "bfloat16"):
                loss = learner.loss(network, batch, generator)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            state.average.update(network, step + 1)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seconds.append(time.perf_counter() - begin)
    return seconds[1:]


def _moved(batch: object, device: torch.device) -> object:
    if isinstance(batch, torch.Tensor):
        return batch.to(device)
    return tuple(each.to(device) for each in batch) if isinstance(batch, tuple) else batch


def made_up(data: TrainData, size: tuple[int, ...], n: int, folder: Path) -> TrainData:
    """Noise in `n` cases of the form of `data` and of another size, each with every class; written into `folder`."""
    rng = np.random.default_rng(0)
    if isinstance(data, TrainImages):
        path = folder / f"{'x'.join(map(str, size))}-{n}.npy"
        np.save(path, rng.standard_normal((n, *size), dtype=np.float32).astype(np.float16), allow_pickle=False)
        return replace(data, labels=data.said().made_up(n), fold=np.ones(n, dtype=np.intp), pieces=(path,), piece_length=n)
    return _one_volume(data, size, n, folder, rng)


def _one_volume(data: TrainVolumes, size: tuple[int, ...], n: int, folder: Path, rng: np.random.Generator) -> TrainVolumes:
    """The same volume `n` times: patches of it are drawn anew."""
    z, y, x = size
    paths = (folder / f"{z}x{y}x{x}.voxels.npy", folder / f"{z}x{y}x{x}.mask.npy")
    voxels = rng.standard_normal((len(data.channels), z, y, x), dtype=np.float32).astype(np.float16)
    np.save(paths[0], voxels, allow_pickle=False)
    np.save(paths[1], rng.integers(0, len(data.classes) + 1, (z, y, x), dtype=np.uint8), allow_pickle=False)
    case = PreparedCase(
        path="made up", voxels=_IDENTITY, mask=_IDENTITY, spacing_mm=(1.0, 1.0, 1.0),
        present=tuple(range(1, len(data.classes) + 1)),
    )
    return replace(
        data, recipe=data.recipe.model_copy(update={"patch": (z, y, x)}), cases=(case,) * n, files=(paths,) * n,
        fold=np.ones(n, dtype=np.intp),
    )
