"""Learning the class of an image: one of two, or one of several."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import Sampler

from cauce.domain.experiment import Metric, Precision, TrainingSettings
from cauce.experiment.augmentation import augment
from cauce.experiment.batches import FixedOrder
from cauce.experiment.learner import Indices, Judged
from cauce.experiment.losses import loss_of
from cauce.experiment.losses_classes import class_loss_of
from cauce.experiment.precision import as_input
from cauce.experiment.prepare import TrainImages
from cauce.experiment.score import area_under_roc, macro_area_under_roc

Batch = tuple[torch.Tensor, torch.Tensor]

_HELD_OUT_BATCH = 128


class ClassificationLearner:
    """Images (n, 1, rows, columns) and labels (n,); see `Learner`."""

    averaging = 0.98
    warm_up = 0.25

    def __init__(self, settings: TrainingSettings, images: TrainImages, fold: int, precision: Precision) -> None:
        self._settings, self._images, self._precision = settings, images, precision
        self.metric = Metric.MACRO_AUC if images.classes else Metric.AUC
        is_held_out = images.fold == fold
        self.train: Indices = np.flatnonzero(~is_held_out)
        self._held_out = np.flatnonzero(is_held_out)
        self.held_out: Sampler[Indices] = FixedOrder(self._held_out, _HELD_OUT_BATCH)
        self.n_train, self.n_held_out = len(self.train), len(self._held_out)

    def read(self, indices: Indices) -> Batch:
        """Pixels in float32; labels in float32, or as numbers of several classes."""
        pixels = torch.from_numpy(self._images.take(indices)).unsqueeze(1)
        return pixels, self._labels(indices)

    def loss(self, network: nn.Module, batch: Batch, generator: torch.Generator) -> torch.Tensor:
        """Of the augmented images."""
        images, labels = batch
        logits, _ = network(as_input(augment(images, self._settings.augmentation, generator), self._precision))
        return self._loss_of(logits, labels)

    def answer(self, network: nn.Module, batch: Batch) -> torch.Tensor:
        """Logits (n,), or (n, classes), on the CPU."""
        logits: torch.Tensor = network(as_input(batch[0], self._precision))[0]
        return logits.float().cpu()

    def judge(self, answers: list[torch.Tensor]) -> Judged:
        """Mean loss and area under the ROC curve; of several classes the mean of each against the rest."""
        logits, labels = torch.cat(answers), self._images.labels[self._held_out]
        loss = self._loss_of(logits, self._labels(self._held_out))
        scores: NDArray[np.float64] = logits.double().numpy()
        if self._images.classes:
            return Judged(float(loss), macro_area_under_roc(labels, scores, self._images.classes))
        return Judged(float(loss), area_under_roc(labels == 1, scores))

    def _labels(self, indices: Indices) -> torch.Tensor:
        return torch.from_numpy(self._images.labels[indices].astype(np.int64 if self._images.classes else np.float32))

    def _loss_of(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        settings = self._settings
        choose = class_loss_of if self._images.classes else loss_of
        return choose(settings.loss, logits, labels, label_smoothing=settings.label_smoothing)
