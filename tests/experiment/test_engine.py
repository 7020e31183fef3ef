"""What the engine does beside steps: parts of a batch, too little memory, patience."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cauce.domain.experiment import TrainingSettings
from cauce.experiment import images
from cauce.experiment.fold import FailedFold, FoldEvent, FoldTask, TrainedFold
from cauce.experiment.prepare import TrainImages
from cauce.experiment.train import train_fold

SETTINGS = {
    "network": "resnet_tiny", "epochs": 2, "batch_size": 8, "learning_rate": 5e-3, "dropout": 0.0, "augmentation": "none",
    "precision": "float32",
}


@pytest.fixture
def data(tmp_path: Path) -> TrainImages:
    pixels = np.random.default_rng(0).normal(size=(48, 32, 32)).astype(np.float16)
    labels = np.arange(48) % 2 == 0
    pixels[labels, 8:16, 8:16] += 3
    np.save(tmp_path / "pixels.npy", pixels)
    return TrainImages(labels=labels, fold=np.arange(48) // 2 % 3, pieces=(tmp_path / "pixels.npy",), piece_length=48)


def train(data: TrainImages, folder: Path, told: list[FoldEvent] | None = None, **changes: object) -> TrainedFold | FailedFold:
    settings = TrainingSettings.model_validate({**SETTINGS, **changes})
    task = FoldTask(
        identity="0" * 64, settings=settings, fold=0, seed=1, precision=settings.precision, checkpoint=folder / "x.safetensors",
    )
    return train_fold(task, data, tell=(told if told is not None else []).append)


def test_a_batch_in_parts_takes_as_many_steps_and_says_its_size(data: TrainImages, tmp_path: Path) -> None:
    whole, parts = train(data, tmp_path), train(data, tmp_path / "parts", micro_batch=4)
    assert isinstance(whole, TrainedFold)
    assert isinstance(parts, TrainedFold)
    assert (whole.micro_batch, parts.micro_batch) == (None, 4)
    # Batch normalisation sees other batches, so the losses are near one another and not the same.
    assert parts.best.train_loss == pytest.approx(whole.best.train_loss, rel=0.5)
    assert parts.weights != whole.weights


def test_too_little_memory_halves_what_goes_through_at_once_and_keeps_the_epochs(
    data: TrainImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = images.ImageLearner
    loss, sizes = learner.loss, []

    def scarce(self: object, network: object, batch: tuple[torch.Tensor, torch.Tensor], generator: object) -> torch.Tensor:
        sizes.append(len(batch[0]))
        if len(batch[0]) > 2 and len(sizes) > 5:  # the first epoch of 4 steps goes well
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loss(self, network, batch, generator)

    monkeypatch.setattr(learner, "loss", scarce)
    told: list[FoldEvent] = []
    found = train(data, tmp_path, told)
    assert isinstance(found, TrainedFold)
    assert found.micro_batch == 2
    assert sizes[:6] == [8] * 6
    assert sizes[6:] == [4] + [2] * 16  # one attempt, then the second epoch: 4 steps of 4 parts
    assert [record.epoch for record in found.curve] == [0, 1]


def test_a_case_that_never_fits_fails_with_what_to_do(
    data: TrainImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(images.ImageLearner, "loss", full)
    found = train(data, tmp_path)
    assert isinstance(found, FailedFold)
    assert "memory does not suffice for one case" in found.error
    assert "smaller" in found.error


def test_patience_ends_a_training_that_no_longer_gains_and_resuming_it_adds_nothing(data: TrainImages, tmp_path: Path) -> None:
    found = train(data, tmp_path, epochs=40, patience=2)
    assert isinstance(found, TrainedFold)
    best = found.best.epoch
    assert len(found.curve) == best + 3 < 40
    again = train(data, tmp_path, epochs=40, patience=2)
    assert isinstance(again, TrainedFold)
    assert (again.weights, again.curve) == (found.weights, found.curve)


def test_deterministic_operations_change_nothing_on_a_cpu(data: TrainImages, tmp_path: Path) -> None:
    try:
        usual, strict = train(data, tmp_path), train(data, tmp_path / "strict", deterministic=True)
    finally:
        torch.use_deterministic_algorithms(False)
    assert isinstance(usual, TrainedFold)
    assert isinstance(strict, TrainedFold)
    assert usual.weights == strict.weights
