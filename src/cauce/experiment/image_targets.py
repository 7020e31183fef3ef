"""What a network of images is taught, by the kind of the reference standard: tensors of labels, their loss, their score."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from typing_extensions import override

from cauce.domain.experiment import Metric, TrainingSettings
from cauce.domain.reference import ReferenceKind
from cauce.experiment.losses import loss_of
from cauce.experiment.losses_classes import class_loss_of
from cauce.experiment.losses_number import number_loss_of
from cauce.experiment.prepare import TrainImages
from cauce.experiment.score import area_under_roc, explained_variance, macro_area_of_findings, macro_area_under_roc
from cauce.predictor.number_scale import scale_of

Labels = NDArray[Any]
Floats = NDArray[np.float64]


class ImageTarget(ABC):
    """One kind of label on one fold.

    Attributes:
        metric: what `score` is.
    """

    metric: Metric

    def __init__(self, images: TrainImages, train: NDArray[np.intp]) -> None:
        """`train`: the images that the fold is trained on."""
        self.images, self.train = images, train

    @abstractmethod
    def tensor(self, labels: Labels) -> torch.Tensor:
        """Labels as the loss takes them."""

    @abstractmethod
    def loss(self, settings: TrainingSettings, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Mean over a batch."""

    @abstractmethod
    def score(self, labels: Labels, logits: Floats) -> float:
        """Of held-out images.

        Raises:
            InputError: they cannot be scored; the message says why.
        """


class TwoClassTarget(ImageTarget):
    """Logits (n,), labels bool (n,)."""

    metric = Metric.AUC

    @override
    def tensor(self, labels: Labels) -> torch.Tensor:
        return torch.from_numpy(labels.astype(np.float32))

    @override
    def loss(self, settings: TrainingSettings, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return loss_of(settings.loss, logits, labels, label_smoothing=settings.label_smoothing)

    @override
    def score(self, labels: Labels, logits: Floats) -> float:
        return area_under_roc(labels == 1, logits)


class ClassTarget(ImageTarget):
    """Logits (n, classes), labels int (n,)."""

    metric = Metric.MACRO_AUC

    @override
    def tensor(self, labels: Labels) -> torch.Tensor:
        return torch.from_numpy(labels.astype(np.int64))

    @override
    def loss(self, settings: TrainingSettings, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return class_loss_of(settings.loss, logits, labels, label_smoothing=settings.label_smoothing)

    @override
    def score(self, labels: Labels, logits: Floats) -> float:
        return macro_area_under_roc(labels, logits, self.images.classes)


class FindingTarget(ImageTarget):
    """Logits (n, findings), or (n,) of a single one; labels bool (n, findings). Each finding is a question of its own."""

    metric = Metric.MACRO_AUC

    @override
    def tensor(self, labels: Labels) -> torch.Tensor:
        return torch.from_numpy(labels.astype(np.float32))

    @override
    def loss(self, settings: TrainingSettings, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return loss_of(settings.loss, logits.reshape(labels.shape), labels, label_smoothing=settings.label_smoothing)

    @override
    def score(self, labels: Labels, logits: Floats) -> float:
        return macro_area_of_findings(labels, logits.reshape(labels.shape), self.images.classes)


class NumberTarget(ImageTarget):
    """Outputs (n,) in standard deviations from the mean of what the fold is trained on; labels float (n,)."""

    metric = Metric.R2

    def __init__(self, images: TrainImages, train: NDArray[np.intp]) -> None:
        super().__init__(images, train)
        self._scale = scale_of(np.asarray(images.labels[train], dtype=np.float64))

    @override
    def tensor(self, labels: Labels) -> torch.Tensor:
        return torch.from_numpy(self._scale.standard(np.asarray(labels, dtype=np.float64)).astype(np.float32))

    @override
    def loss(self, settings: TrainingSettings, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return number_loss_of(settings.loss, logits, labels)

    @override
    def score(self, labels: Labels, logits: Floats) -> float:
        return explained_variance(self._scale.standard(np.asarray(labels, dtype=np.float64)), logits)


IMAGE_TARGETS: dict[ReferenceKind, type[ImageTarget]] = {
    ReferenceKind.CLASS: TwoClassTarget, ReferenceKind.CLASSES: ClassTarget, ReferenceKind.LABELS: FindingTarget,
    ReferenceKind.NUMBER: NumberTarget,
}
