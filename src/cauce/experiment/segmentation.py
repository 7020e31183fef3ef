"""Learning the class of each voxel, from patches; judged on whole held-out volumes."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import Sampler

from cauce.domain.errors import InputError
from cauce.domain.experiment import Augmentation, Metric, Precision, TrainingSettings
from cauce.experiment.augmentation_volume import Patch, Voxel, draw_patch
from cauce.experiment.batches import FixedOrder
from cauce.experiment.learner import Indices, Judged
from cauce.experiment.losses_mask import mask_loss
from cauce.experiment.precision import as_input
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.metrics.overlap import overlap
from cauce.predictor.sliding_window import segment

Answer = tuple[float, list[float]]  # loss of one patch; Dice of each class, NaN where there is nothing and nothing was found


class SegmentationLearner:
    """Patches (n, channels, z, y, x) and their classes (n, z, y, x); see `Learner`.

    Raises:
        InputError: no case that this fold trains on holds one of the classes.
    """

    metric = Metric.DICE
    averaging = 0.99
    warm_up = 0.1

    def __init__(self, settings: TrainingSettings, volumes: TrainVolumes, fold: int, precision: Precision) -> None:
        self._settings, self._volumes, self._precision = settings, volumes, precision
        is_held_out = volumes.fold == fold
        cases = np.flatnonzero(~is_held_out)
        self._check_classes(cases)
        self.train: Indices = np.repeat(cases, settings.patches_per_volume)
        self.held_out: Sampler[Indices] = FixedOrder(np.flatnonzero(is_held_out), 1)
        self.n_train, self.n_held_out = len(cases), int(is_held_out.sum())

    def read(self, indices: Indices) -> torch.Tensor:
        """The indices alone: patches are drawn in the step, from its generator."""
        return torch.from_numpy(indices)

    def loss(self, network: nn.Module, batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Of one patch from each of the volumes."""
        patches = [draw_case(self._volumes, number, self._settings, generator) for number in batch.tolist()]
        return self._loss_of(network, patches)

    def answer(self, network: nn.Module, batch: torch.Tensor) -> Answer:
        """Loss of the patch in the middle of what is marked, and the Dice of each class in the whole volume."""
        (number,) = batch.tolist()
        recipe, n_classes = self._volumes.recipe, len(self._volumes.classes) + 1
        voxels, mask = self._volumes.voxels(number).astype(np.float32), self._volumes.mask(number)
        patch = draw_patch(
            self._volumes.source(number), patch=recipe.patch, around=_middle(mask), preset=Augmentation.NONE,
            generator=torch.Generator(),
        )
        found = segment(
            lambda patches: self._probability(network, patches), voxels, patch=recipe.patch, overlap=recipe.overlap,
            n_classes=n_classes,
        )
        dice = [overlap(mask == value, found == value).dice for value in range(1, n_classes)]
        return float(self._loss_of(network, [patch])), dice

    def judge(self, answers: list[Answer]) -> Judged:
        """Mean loss, and mean Dice over cases and classes."""
        dice = np.array([each for _, each in answers])
        if np.isnan(dice).all():
            raise InputError(
                "the held-out cases hold no class, and none was found", where="held-out fold", expected="a case with a lesion",
                remedy="Use fewer folds, or leave cases out in which nothing is marked.",
            )
        return Judged(float(np.mean([loss for loss, _ in answers])), float(np.nanmean(dice)))

    def _loss_of(self, network: nn.Module, patches: list[Patch]) -> torch.Tensor:
        device = next(network.parameters()).device
        images = torch.stack([image for image, _ in patches]).to(device)
        classes = torch.stack([mask for _, mask in patches]).to(device)
        logits, weight = network(as_input(images, self._precision)), self._settings.deep_supervision
        if logits.ndim == images.ndim:
            return mask_loss(self._settings.loss, logits, classes)
        own, coarser = (mask_loss(self._settings.loss, each, classes) for each in logits.unbind(1))
        return (own + weight * coarser) / (1 + weight)

    def _probability(self, network: nn.Module, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        device = next(network.parameters()).device
        logits = network(as_input(torch.from_numpy(patches).to(device), self._precision))
        if not torch.isfinite(logits).all():
            raise InputError("the network's answers are no numbers", where="held-out fold", remedy="Lower the learning rate.")
        probability: NDArray[np.float32] = logits.float().softmax(1).cpu().numpy()
        return probability

    def _check_classes(self, cases: Indices) -> None:
        present = {value for number in cases.tolist() for value in self._volumes.cases[number].present}
        missing = [name for value, name in enumerate(self._volumes.classes, start=1) if value not in present]
        if missing:
            raise InputError(
                "no case to train on holds a class", where="training cases of the fold", expected=", ".join(missing),
                got="nothing marked with it", remedy="Use fewer folds, balance the split over label, or leave the class out.",
            )


def draw_case(volumes: TrainVolumes, number: int, settings: TrainingSettings, generator: torch.Generator) -> Patch:
    """One patch of a volume as training sees it: (channels, z, y, x) and its classes (z, y, x)."""
    is_around = float(torch.rand((), generator=generator)) < settings.foreground_share
    around = _marked_voxel(volumes.mask(number), generator) if is_around else None
    return draw_patch(
        volumes.source(number), patch=volumes.recipe.patch, around=around, preset=settings.augmentation, generator=generator
    )


def _marked_voxel(mask: NDArray[np.uint8], generator: torch.Generator) -> Voxel | None:
    """A voxel of a class, all classes of the volume alike, and all voxels of the class; None in an empty mask."""
    values = np.unique(mask)
    values = values[values > 0]
    if not len(values):
        return None
    value = values[int(torch.randint(len(values), (), generator=generator))]
    places = np.flatnonzero(mask == value)
    return _voxel(int(places[int(torch.randint(len(places), (), generator=generator))]), mask)


def _middle(mask: NDArray[np.uint8]) -> Voxel | None:
    """The marked voxel that stands in the middle of their order; None in an empty mask."""
    places = np.flatnonzero(mask)
    return _voxel(int(places[len(places) // 2]), mask) if len(places) else None


def _voxel(place: int, mask: NDArray[np.uint8]) -> Voxel:
    z, y, x = np.unravel_index(place, mask.shape)
    return int(z), int(y), int(x)
