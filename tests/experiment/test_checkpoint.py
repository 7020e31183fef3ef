import pickle
from pathlib import Path

import pytest
import torch

from cauce.domain.experiment import EpochRecord, Metric
from cauce.experiment.checkpoint import Checkpoint, Position, load_checkpoint, save_checkpoint

RECORD = EpochRecord(epoch=0, train_loss=1.0, validation_loss=1.0, metric=Metric.AUC, score=0.5, seconds=1.0)
POSITION = Position(
    identity="a", epochs_done=1, steps_done=10, best_epoch=0, curve=(RECORD,), precision="float32"
)


def saved(path: Path) -> Path:
    save_checkpoint(path / "c.safetensors", Checkpoint(POSITION, {"w": torch.arange(6.0).reshape(2, 3).T}))
    return path / "c.safetensors"


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    found = load_checkpoint(saved(tmp_path), identity="a")
    assert found is not None
    assert found.position == POSITION
    assert torch.equal(found.tensors["w"], torch.arange(6.0).reshape(2, 3).T)


def test_none_is_found_where_there_is_none(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "c.safetensors", identity="a") is None


def test_a_checkpoint_of_another_training_is_not_used(tmp_path: Path) -> None:
    assert load_checkpoint(saved(tmp_path), identity="b") is None


@pytest.mark.parametrize("data", [b"", b"x" * 100, pickle.dumps({"w": 1})])
def test_a_damaged_checkpoint_is_not_used(tmp_path: Path, data: bytes) -> None:
    path = saved(tmp_path)
    path.write_bytes(data)
    assert load_checkpoint(path, identity="a") is None
    path.write_bytes(saved(tmp_path).read_bytes()[:-4])
    assert load_checkpoint(path, identity="a") is None
