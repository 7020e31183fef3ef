"""What training reads: prepared images or prepared volumes, by the task of the experiment."""

from pathlib import Path

from cauce.domain.cohort import Cohort
from cauce.domain.experiment import ExperimentSpec
from cauce.domain.progress import Progress
from cauce.domain.split import Split
from cauce.experiment.prepare import TrainImages, load_train_images
from cauce.experiment.prepare_volumes import TrainVolumes, load_train_volumes
from cauce.store.workspace import Workspace

TrainData = TrainImages | TrainVolumes


def load_train_data(
    workspace: Workspace, *, cohort: Cohort, split: Split, spec: ExperimentSpec, data_root: Path | None, progress: Progress
) -> TrainData:
    """Open what the experiment trains on, preparing what is missing.

    Raises: as `load_train_images` and `load_train_volumes`.
    """
    if spec.volume is None:
        return load_train_images(
            workspace, cohort=cohort, split=split, spec=spec, data_root=data_root, progress=progress
        )
    return load_train_volumes(
        workspace, cohort=cohort, split=split, recipe=spec.volume, data_root=data_root, progress=progress
    )
