"""What can be said of a network's inputs without an eye: numbers, normalised, not empty, every class in every fold."""

import numpy as np
from numpy.typing import NDArray

from cauce.experiment.prepare import TrainImages
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.train_data import TrainData

_IMAGES, _VOLUMES = 256, 8
_FAR = 5.0  # standard deviations: where the mean of normalised inputs has no business
_FLAT = 1e-3


def look(data: TrainData, rng: np.random.Generator) -> tuple[bool, str]:
    """Whether nothing is wrong with a sample of the inputs and with the folds, and what was found."""
    if isinstance(data, TrainImages):
        sample = data.take(rng.permutation(len(data.labels))[:_IMAGES])
        inputs = list(sample)
        text = f"{len(data.labels)} images of {data.shape[0]} × {data.shape[1]}, {data.said().summary()}"
    else:
        chosen = rng.permutation(len(data.cases))[:_VOLUMES].tolist()
        inputs = [np.asarray(channel, dtype=np.float32) for number in chosen for channel in data.voxels(number)]
        text = f"{len(data.cases)} volumes with {', '.join(data.classes)}"
    folds = np.unique(data.fold)
    faults = [*_faults(inputs), *(fault for fold in folds for fault in _missing(data, int(fold)))]
    values = np.concatenate([each.ravel() for each in inputs])
    usual = f"inputs have mean {values.mean():.2f} and standard deviation {values.std():.2f}; look at the picture"
    return not faults, f"{text}, in {len(folds)} folds; {'; '.join(faults) or usual}"


def _faults(inputs: list[NDArray[np.float32]]) -> list[str]:
    broken = sum(not np.isfinite(each).all() for each in inputs)
    if broken:
        return [f"{broken} of {len(inputs)} inputs hold values that are no numbers"]
    flat = sum(float(each.std()) < _FLAT for each in inputs)
    faults = [f"{flat} of {len(inputs)} inputs are empty: one value everywhere"] if flat else []
    mean = float(np.mean([each.mean() for each in inputs]))
    return faults + ([f"the inputs' mean is {mean:.1f}: they are not normalised"] if abs(mean) > _FAR else [])


def _missing(data: TrainData, fold: int) -> list[str]:
    """Classes that a fold lacks."""
    if isinstance(data, TrainVolumes):
        present = {value for number in np.flatnonzero(data.fold == fold) for value in data.cases[number].present}
        return [f"fold {fold} lacks {name}" for value, name in enumerate(data.classes, 1) if value not in present]
    missing = data.said(data.fold == fold).lacks()
    return [f"fold {fold} lacks {missing}"] if missing else []
