"""Learning what is said of a whole image: a class, one of several, any number of findings, or a number."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import Sampler

from cauce.domain.experiment import Precision, TrainingSettings
from cauce.experiment.augmentation import augment
from cauce.experiment.batches import FixedOrder
from cauce.experiment.image_targets import IMAGE_TARGETS
from cauce.experiment.learner import Indices, Judged
from cauce.experiment.precision import as_input
from cauce.experiment.prepare import TrainImages

Batch = tuple[torch.Tensor, torch.Tensor]

_HELD_OUT_BATCH = 128


class ImageLearner:
    """Images (n, 1, rows, columns) and labels (n, ...); see `Learner`."""

    averaging = 0.98
    warm_up = 0.25

    def __init__(self, settings: TrainingSettings, images: TrainImages, fold: int, precision: Precision) -> None:
        self._settings, self._images, self._precision = settings, images, precision
        is_held_out = images.fold == fold
        self.train: Indices = np.flatnonzero(~is_held_out)
        self._held_out = np.flatnonzero(is_held_out)
        self._target = IMAGE_TARGETS[images.kind](images, self.train)
        self.metric = self._target.metric
        self.held_out: Sampler[Indices] = FixedOrder(self._held_out, _HELD_OUT_BATCH)
        self.n_train, self.n_held_out = len(self.train), len(self._held_out)

    def read(self, indices: Indices) -> Batch:
        """Pixels in float32, and labels."""
        pixels = torch.from_numpy(self._images.take(indices)).unsqueeze(1)
        return pixels, self._target.tensor(self._images.labels[indices])

    def loss(self, network: nn.Module, batch: Batch, generator: torch.Generator) -> torch.Tensor:
        """Of the augmented images."""
        images, labels = batch
        logits, _ = network(as_input(augment(images, self._settings.augmentation, generator), self._precision))
        return self._target.loss(self._settings, logits, labels)

    def answer(self, network: nn.Module, batch: Batch) -> torch.Tensor:
        """Outputs (n,), or (n, classes), on the CPU."""
        logits: torch.Tensor = network(as_input(batch[0], self._precision))[0]
        return logits.float().cpu()

    def judge(self, answers: list[torch.Tensor]) -> Judged:
        """Mean loss, and the score of the task."""
        outputs, labels = torch.cat(answers), self._images.labels[self._held_out]
        loss = self._target.loss(self._settings, outputs, self._target.tensor(labels))
        found: NDArray[np.float64] = outputs.double().numpy()
        return Judged(float(loss), self._target.score(labels, found))
