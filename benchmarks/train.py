"""`cauce bench train`: steps on hippocampus-shaped volumes, the engine against MONAI's plain recipe and a bare loop.

python benchmarks/train.py [--network dynunet_tiny] [--steps 16] [--epochs 4] [--repeats 5] [--json]

Ours: patches drawn by one resampling, bfloat16 with channels last where it is faster here, a moving average of the weights, and
the held-out volume judged at the end. MONAI's plain recipe: its dictionary transforms, its data loader, float32, its sliding
window. The hand-written loop: our patches and our network, without Lightning and without our engine. All learn the same from
the same weights: the losses of the last of `--epochs` times `--steps` steps must agree within a fifth, else the exit code is 1.
The limit is products of float32 matrices with as many operations as the steps' convolutions have.
"""

from protocol.threads import COUNT  # isort: skip  # before NumPy

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from protocol.machine import machine
from protocol.rounds import Bench, measure
from protocol.told import text
from protocol.training_peers import Work, hand_written, plain_monai
from scipy.ndimage import gaussian_filter

from cauce.domain.experiment import Precision, PreparedCase, TrainingSettings
from cauce.domain.preprocess import VolumeRecipe
from cauce.experiment.averaging import MovingAverage
from cauce.experiment.freeze import Frozen
from cauce.experiment.lightning_adapter import FoldPlan, FoldState, fit
from cauce.experiment.optimiser import new_optimiser
from cauce.experiment.precision import choose_precision, in_memory_format
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.segmentation import SegmentationLearner
from cauce.predictor.networks import build_segmentation_network

_SEED = 0
_BATCH = 4
_PATCH = (40, 56, 40)
_SHAPE = (36, 50, 35)
_ALIKE = 0.2
_SIDE = 1024
_OVER_MONAI = {"dynunet_tiny": 3.0, "dynunet_small": 1.7}
_LIMIT = 1 / 0.35


def main() -> int:
    """Make volumes, check that the losses agree, time, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--network", choices=list(_OVER_MONAI), default="dynunet_tiny")
    parser.add_argument("--steps", type=int, default=16, help="in what is timed")
    parser.add_argument("--epochs", type=int, default=4, help="of as many steps each, for the check of the loss")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(COUNT)
    with tempfile.TemporaryDirectory() as folder:
        volumes = _volumes(Path(folder), arguments.steps + 1)
        settings = TrainingSettings.model_validate({
            "network": arguments.network, "loss": "dice_cross_entropy", "learning_rate": 2e-3, "dropout": 0.0,
            "batch_size": _BATCH, "patches_per_volume": _BATCH, "epochs": 1, "augmentation": "light", "gradient_clip": 12,
        })
        document = _measure(settings, volumes, arguments)
    print(json.dumps(document) if arguments.json else text(document))
    return 0 if document["correct"] else 1


def _measure(settings: TrainingSettings, volumes: TrainVolumes, arguments: argparse.Namespace) -> dict[str, object]:
    precision = choose_precision(Precision.AUTO, lambda: _network(settings), (_BATCH, 1, *_PATCH), torch.device("cpu"))
    longer = settings.model_copy(update={"epochs": arguments.epochs})
    recipes: dict[str, Callable[[Work], list[float]]] = {"hand-written loop": hand_written, "MONAI": plain_monai}
    expected = _ours(longer, volumes, precision)[-1]
    losses = {
        name: float(np.mean(recipe(Work(longer, volumes, precision, _network(settings)))[-arguments.steps:]))
        for name, recipe in recipes.items()
    }
    wrong = {name: f"loss {loss:.3f}, not {expected:.3f}" for name, loss in losses.items() if abs(loss / expected - 1) > _ALIKE}
    goals: dict[tuple[str, ...], float] = {("MONAI",): _OVER_MONAI[settings.network.value], ("hand-written loop",): 1 / 1.05}
    bench = Bench(
        name="train", workload=f"{arguments.steps} steps of {settings.network.value}, batch {_BATCH} of {_PATCH} voxels",
        ours=lambda: _ours(settings, volumes, precision), limit=_products(settings, arguments.steps),
        peers={
            name: lambda recipe=recipe: recipe(Work(settings, volumes, precision, _network(settings)))  # type: ignore[misc]
            for name, recipe in recipes.items()
        },
        not_installed=(), wrong_peers=wrong, correct=not wrong, goals=goals, limit_goal=_LIMIT,
    )
    facts = {
        "precision": precision.value, "seed": _SEED, "threads": COUNT, "losses": {"cauce": expected, **losses},
        "machine": machine(("cauce", "torch", "monai", "pytorch-lightning")),
    }
    return measure(bench, repeats=arguments.repeats) | facts


def _ours(settings: TrainingSettings, volumes: TrainVolumes, precision: Precision) -> list[float]:
    """Mean loss of each epoch."""
    learner = SegmentationLearner(settings, volumes, 0, precision)
    network = in_memory_format(_network(settings), precision)
    average = MovingAverage(network, learner.averaging)
    state = FoldState(network, average, new_optimiser(network, settings), Frozen(network, average.network, settings))
    fit(state, FoldPlan(settings, _SEED, precision), learner, after_epoch=lambda _: None)
    return [record.train_loss for record in state.curve]


def _network(settings: TrainingSettings) -> torch.nn.Module:
    torch.manual_seed(_SEED)
    return build_segmentation_network(settings.network, channels=1, classes=2, dropout=0.0).train()


def _volumes(folder: Path, count: int) -> TrainVolumes:
    """Two smooth bodies, one behind the other, in noise; the first case is held out."""
    rng = np.random.default_rng(_SEED)
    cases, files = [], []
    for number in range(count):
        z, y, x = np.indices(_SHAPE)
        field = gaussian_filter(rng.normal(size=_SHAPE), 4) * 60
        inside = ((z - 18) / 11) ** 2 + ((y - 25) / 18) ** 2 + ((x - 17) / 8) ** 2 + field < 1
        mask = np.where(inside, np.where(y < 25, 1, 2), 0).astype(np.uint8)
        voxels = (rng.normal(size=_SHAPE) + 1.5 * inside + 0.5 * (mask == 1))[None].astype(np.float16)
        paths = (folder / f"{number}.voxels.npy", folder / f"{number}.mask.npy")
        np.save(paths[0], voxels)
        np.save(paths[1], mask)
        files.append(paths)
        cases.append(PreparedCase(path=str(number), voxels="0" * 64, mask="0" * 64, spacing_mm=(1.0, 1.0, 1.0), present=(1, 2)))
    return TrainVolumes(
        recipe=VolumeRecipe(patch=_PATCH, overlap=0.0), channels=("T1",), classes=("front", "back"),
        fold=np.array([0] + [1] * (count - 1)), cases=tuple(cases), files=tuple(files),
    )


def _products(settings: TrainingSettings, steps: int) -> Callable[[], object]:
    """Matrix products in float32 with the operations of the steps' forward and backward passes."""
    from torch.utils.flop_counter import FlopCounterMode

    network = _network(settings)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(_BATCH, 1, *_PATCH)).sum().backward()
    count = max(1, round(steps * counter.get_total_flops() / (2 * _SIDE**3)))
    left, right = torch.rand(_SIDE, _SIDE), torch.rand(_SIDE, _SIDE)

    def run() -> object:
        for _ in range(count):
            torch.mm(left, right)
        return None

    return run


if __name__ == "__main__":
    sys.exit(main())
