"""What the network will see: cases of train as they are prepared, and beside each several draws of the augmentation."""

from pathlib import Path

import numpy as np
import torch

from cauce.domain.cohort import Cohort
from cauce.domain.experiment import Augmentation, ExperimentSpec, TrainingSettings
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment.augmentation import augment
from cauce.experiment.draw_preview import draw_preview
from cauce.experiment.prepare import TrainImages
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.segmentation import draw_case
from cauce.experiment.train_data import TrainData, load_train_data
from cauce.experiment.view import Row, View
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace

_ROWS, _DRAWS = 6, 5


def preview(
    workspace: Workspace, *, cohort: Cohort, split: Split, spec: ExperimentSpec, data_root: Path | None = None,
    progress: Progress = silent,
) -> Path:
    """Write the contact sheet of an experiment's base settings into the workspace's reports, and say where.

    The cases are drawn by the experiment's seed, from train alone. The picture names no patient and no file.

    Raises: as `load_train_data`.
    """
    data = load_train_data(workspace, cohort=cohort, split=split, spec=spec, data_root=data_root, progress=progress)
    rows = rows_of(data, spec.training, seed=spec.seed)
    classes = data.classes if isinstance(data, TrainVolumes) else ()
    path = workspace.folder("reports") / f"preview-{cohort.name}.png"
    write_bytes(path, draw_preview(rows, classes, spec.training.augmentation).png)
    return path


def rows_of(data: TrainData, settings: TrainingSettings, *, seed: int) -> list[Row]:
    """Cases and draws; of images as many of each class, of volumes the slice with the most of the classes."""
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    if isinstance(data, TrainVolumes):
        cases = rng.permutation(len(data.cases))[:_ROWS].tolist()
        return [_volume_row(data, number, settings, generator) for number in cases]
    return [_image_row(data, number, settings, generator) for number in data.said().examples(_ROWS, rng).tolist()]


def _image_row(images: TrainImages, number: int, settings: TrainingSettings, generator: torch.Generator) -> Row:
    pixels = torch.from_numpy(images.take(np.array([number]))).unsqueeze(1)
    drawn = [pixels, *(augment(pixels, settings.augmentation, generator) for _ in range(_DRAWS))]
    return Row(images.said().name_of(number), tuple(View(each[0, 0].numpy(), None) for each in drawn))


def _volume_row(volumes: TrainVolumes, number: int, settings: TrainingSettings, generator: torch.Generator) -> Row:
    plain = settings.model_copy(update={"augmentation": Augmentation.NONE})
    drawn = [draw_case(volumes, number, each, generator) for each in (plain, *[settings] * _DRAWS)]
    present = ", ".join(volumes.classes[value - 1] for value in volumes.cases[number].present) or "nothing marked"
    return Row(present, tuple(_axial(image, mask) for image, mask in drawn))


def _axial(image: torch.Tensor, mask: torch.Tensor) -> View:
    """The slice of the first channel in which most is marked; the middle one where nothing is."""
    marked = (mask > 0).sum((1, 2))
    place = int(marked.argmax()) if int(marked.max()) else len(mask) // 2
    return View(image[0, place].numpy(), mask[place].numpy())
