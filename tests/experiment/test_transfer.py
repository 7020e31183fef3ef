"""Real ImageNet weights on real radiographs."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cauce.domain.experiment import Augmentation, Network, Precision, StartRecord, TrainingSettings
from cauce.domain.preprocess import PreprocessRecipe
from cauce.experiment.fold import FoldTask, TrainedFold
from cauce.experiment.prepare import TrainImages
from cauce.experiment.start import Start
from cauce.experiment.train import train_fold
from cauce.predictor.preprocess import apply
from cauce.store.blobs import file_sha256

_EACH, _LEARN_FROM = 70, 80  # children of each class; of all, those to learn from
RECIPE = PreprocessRecipe(size=(96, 96))


@pytest.fixture(scope="module")
def radiographs(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainImages:
    """One image of each child, the classes in turn; fold 0 is held out."""
    root = real_data / "chest_xray_paediatric"
    with (root / "metadata.csv").open(encoding="utf-8") as stream:
        rows = list({row["patient_id"]: row for row in csv.DictReader(stream)}.values())
    np.random.default_rng(0).shuffle(rows)  # type: ignore[arg-type]
    files = {path.name: path for path in root.rglob("*.jp*g")}
    by_label = [[row for row in rows if row["label"] == label][:_EACH] for label in ("NORMAL", "PNEUMONIA")]
    chosen = [row for pair in zip(*by_label, strict=True) for row in pair]
    pixels = [
        apply(RECIPE, np.asarray(Image.open(files[Path(row["image"]).name]).convert("L"), dtype=np.float32) / 255)
        for row in chosen
    ]
    piece = tmp_path_factory.mktemp("radiographs") / "piece.npy"
    np.save(piece, np.stack(pixels).astype(np.float16))
    fold = (np.arange(len(chosen)) < _LEARN_FROM).astype(np.intp)
    return TrainImages(np.array([row["label"] == "PNEUMONIA" for row in chosen]), fold, (piece,), len(chosen))


def _trained(images: TrainImages, start: Start | None, folder: Path, **changes: object) -> TrainedFold:
    settings = TrainingSettings.model_validate({
        "network": Network.SQUEEZENET, "epochs": 3, "batch_size": 10, "learning_rate": 1e-3, "augmentation": Augmentation.NONE,
        "precision": Precision.FLOAT32, **changes,
    })
    task = FoldTask("a" * 64, settings, 0, 1, Precision.FLOAT32, folder / "checkpoint.safetensors", start)
    outcome = train_fold(task, images, tell=lambda _: None)
    assert isinstance(outcome, TrainedFold), outcome
    return outcome


def test_imagenet_features_beat_a_random_start_on_few_radiographs(
    radiographs: TrainImages, real_data: Path, tmp_path: Path
) -> None:
    weights = real_data / "squeezenet_imagenet" / "squeezenet_v1.0_imagenet.npz"
    record = StartRecord(source=weights.name, weights=file_sha256(weights))
    (tmp_path / "started").mkdir()
    start = Start(weights, record, RECIPE.mean, RECIPE.standard_deviation)
    started = _trained(radiographs, start, tmp_path / "started", freeze=0.5)
    new = _trained(radiographs, None, tmp_path)
    assert started.best.score > new.best.score + 0.05
    assert started.best.score > 0.9
    assert started.start is not None
    assert started.start.left == ("conv10.bias", "conv10.weight")
    assert started.start.new == ("head.bias", "head.weight")
    assert started.frozen[0].stages[-1] == "features.fire7"  # 48 % of the parameters
