"""The same training without the engine: a bare loop around our network, and MONAI's plain recipe."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cauce.domain.experiment import Precision, TrainingSettings
from cauce.experiment.averaging import MovingAverage
from cauce.experiment.batches import ShuffledOrder
from cauce.experiment.precision import as_input, in_memory_format
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.schedule import one_cycle
from cauce.experiment.segmentation import SegmentationLearner, draw_case


@dataclass(frozen=True, eq=False)
class Work:
    """What is trained, on what, from which weights."""

    settings: TrainingSettings
    volumes: TrainVolumes
    precision: Precision
    network: nn.Module


def hand_written(work: Work) -> list[float]:
    """Our patches, our network, the arithmetic that is faster here, a moving average, nothing else; the loss of each step."""
    from monai.losses import DiceCELoss

    settings, precision = work.settings, work.precision
    learner = SegmentationLearner(settings, work.volumes, 0, precision)
    network = in_memory_format(work.network, precision)
    average, generator = MovingAverage(network, learner.averaging), torch.Generator().manual_seed(1)
    criterion = DiceCELoss(include_background=False, softmax=True, to_onehot_y=True, batch=True, smooth_nr=1, smooth_dr=1)
    losses: list[torch.Tensor] = []
    use_bfloat16 = precision is Precision.BFLOAT16
    steps = _Steps(network, settings, len(learner.train))
    for indices in _batches(learner, settings):
        drawn = [draw_case(work.volumes, number, settings, generator) for number in indices.tolist()]
        images, classes = (torch.stack(each) for each in zip(*drawn, strict=True))
        with torch.autocast("cpu", torch.bfloat16, enabled=use_bfloat16):
            logits = network(as_input(images, precision))
        losses.append(steps.take(criterion(logits.float(), classes[:, None])))
        average.update(network, len(losses))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=use_bfloat16):
        learner.judge([learner.answer(average.network, torch.tensor([0]))])
    return [float(loss) for loss in losses]


def plain_monai(work: Work) -> list[float]:
    """Dictionary transforms, data loader, float32, sliding window, as MONAI's tutorials write them; the loss of each step."""
    from monai.data import DataLoader, Dataset
    from monai.inferers import sliding_window_inference
    from monai.losses import DiceCELoss

    settings, volumes = work.settings, work.volumes
    learner = SegmentationLearner(settings, volumes, 0, Precision.FLOAT32)
    items = [
        {"image": volumes.voxels(number).astype(np.float32), "label": volumes.mask(number)[None].astype(np.float32)}
        for number in learner.train.tolist()
    ]
    loader = DataLoader(Dataset(items, _transforms(volumes)), batch_size=settings.batch_size, shuffle=True, num_workers=0)
    criterion = DiceCELoss(include_background=False, softmax=True, to_onehot_y=True, batch=True, smooth_nr=1, smooth_dr=1)
    steps, losses = _Steps(work.network, settings, len(learner.train)), []
    for _ in range(settings.epochs):
        for batch in loader:
            losses.append(steps.take(criterion(work.network(batch["image"]), batch["label"])))
    with torch.no_grad():
        held_out = torch.from_numpy(volumes.voxels(0).astype(np.float32))[None]
        sliding_window_inference(held_out, volumes.recipe.patch, 1, work.network.eval(), overlap=0.0, mode="gaussian")
    return [float(loss) for loss in losses]


def _transforms(volumes: TrainVolumes) -> object:
    """As strong as our preset `light`."""
    from monai.transforms import Compose, RandAffined, RandScaleIntensityd, RandShiftIntensityd

    return Compose([
        RandAffined(
            ["image", "label"], prob=1.0, rotate_range=[math.radians(10)] * 3, scale_range=[0.1] * 3, translate_range=[1.0] * 3,
            spatial_size=volumes.recipe.patch, mode=["bilinear", "nearest"], padding_mode="zeros",
        ),
        RandScaleIntensityd("image", factors=0.1, prob=1.0),
        RandShiftIntensityd("image", offsets=0.1, prob=1.0),
    ]).set_random_state(seed=1)


def _batches(learner: SegmentationLearner, settings: TrainingSettings) -> Iterator[np.ndarray]:
    order = ShuffledOrder(learner.train, settings.batch_size, 1)
    for epoch in range(settings.epochs):
        order.epoch = epoch
        yield from order


class _Steps:
    """AdamW along our schedule, with the gradient clipped."""

    def __init__(self, network: nn.Module, settings: TrainingSettings, n_train: int) -> None:
        self._total = settings.epochs * (n_train // settings.batch_size)
        self._network, self._settings = network.train(), settings
        self._optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        self._done = 0

    def take(self, loss: torch.Tensor) -> torch.Tensor:
        """One step down `loss`; gives it without its graph."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._settings.learning_rate * one_cycle(self._done, self._total, warm_up=0.1)
        self._optimiser.zero_grad()
        loss.backward()
        if self._settings.gradient_clip:
            nn.utils.clip_grad_norm_(self._network.parameters(), self._settings.gradient_clip)
        self._optimiser.step()
        self._done += 1
        return loss.detach()
