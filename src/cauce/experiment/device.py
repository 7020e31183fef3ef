"""The same training on each device: seconds per epoch and memory against size and batch, and the largest batch that fits."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cauce.domain.cohort import Cohort
from cauce.domain.device_report import BatchPlan, DeviceReport, StepCost
from cauce.domain.experiment import ExperimentSpec, TrainingSettings
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment.check import typical_settings
from cauce.experiment.draw_device import draw_device
from cauce.experiment.dry_run import DryRun, dry_run, made_up
from cauce.experiment.memory import available_bytes
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.requirements import check_requirements
from cauce.experiment.train_data import TrainData, load_train_data
from cauce.predictor.networks import possible_patch
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace

_IMAGE_SCALES, _PATCH_SCALES = (0.5, 1.0, 2.0), (0.75, 1.0, 1.5)
_BATCH_SCALES = (0.25, 0.5, 1.0, 2.0)
_LEFT = 0.2  # of the free memory
_LONGEST_TRIAL_S = 60.0  # of the step that tries a plan


@dataclass(frozen=True, eq=False)
class _Desk:
    """What all measurements share. `n_train` in cases of an epoch."""

    settings: TrainingSettings
    data: TrainData
    n_train: int
    folder: Path

    @property
    def size(self) -> tuple[int, ...]:
        return self.data.recipe.patch if isinstance(self.data, TrainVolumes) else self.data.shape

    def try_step(self, device: torch.device, size: tuple[int, ...], batch: int) -> DryRun | None:
        settings = self.settings.model_copy(update={"batch_size": batch})
        return dry_run(settings, made_up(self.data, size, batch, self.folder), device, self.folder)

    def cost(self, device: torch.device, size: tuple[int, ...], batch: int) -> StepCost:
        found = self.try_step(device, size, batch)
        steps = max(self.n_train // batch, 1)
        return StepCost(
            device=device.type, size=size, batch=batch, seconds=found and found.seconds,
            seconds_per_epoch=found and found.seconds * steps, peak_bytes=found and found.peak_bytes,
        )


def compare_devices(
    workspace: Workspace,
    *,
    name: str,
    cohort: Cohort,
    split: Split,
    spec: ExperimentSpec,
    data_root: Path | None = None,
    progress: Progress = silent,
) -> tuple[DeviceReport, Path]:
    """Time steps on made-up cases, plan the batch, store the report under `name`, and draw it in the workspace's reports.

    Trains the experiment's configuration; where settings vary, the first of listed values and the middle of ranges. Weights
    that it would start from do not matter here, and are left out.

    Raises: as `search` before it trains.
    """
    check_requirements(spec, split)
    data = load_train_data(workspace, cohort=cohort, split=split, spec=spec, data_root=data_root, progress=progress)
    settings = typical_settings(spec).model_copy(update={"start_from": "", "micro_batch": None})
    n_train = int((data.fold != 0).sum()) * settings.patches_per_volume
    with tempfile.TemporaryDirectory(dir=workspace.folder("unfinished"), prefix="device-") as folder:
        desk = _Desk(settings, data, n_train, Path(folder))
        devices = [torch.device("cpu"), *([torch.device("cuda")] if torch.cuda.is_available() else [])]
        costs = _costs(desk, devices, progress)
        plans = [_plan(desk, device, costs) for device in devices]
    report = DeviceReport(
        name=name, spec=spec.digest(), threads=torch.get_num_threads(), n_train=n_train,
        names={device.type: _name(device) for device in devices}, costs=tuple(costs),
        plans=tuple(plan for plan in plans if plan is not None),
    )
    workspace.records.put(report, name)
    picture, path = draw_device(report), workspace.folder("reports") / f"{name}-device" / "device.png"
    write_bytes(path, picture.png)
    write_bytes(path.with_suffix(".svg"), picture.svg)
    return report, path


def _costs(desk: _Desk, devices: Sequence[torch.device], progress: Progress) -> list[StepCost]:
    batches = sorted({min(max(round(desk.settings.batch_size * scale), 1), desk.n_train) for scale in _BATCH_SCALES})
    todo = [(device, size, batch) for device in devices for size in _sizes(desk) for batch in batches]
    desk.try_step(devices[0], _sizes(desk)[0], batches[0])  # what libraries load on their first call is nobody's cost
    costs = []
    for number, (device, size, batch) in enumerate(todo):
        progress("time training steps", number, len(todo))
        costs.append(desk.cost(device, size, batch))
    progress("time training steps", len(todo), len(todo))
    return costs


def _sizes(desk: _Desk) -> list[tuple[int, ...]]:
    if not isinstance(desk.data, TrainVolumes):
        return [tuple(round(length * scale) for length in desk.size) for scale in _IMAGE_SCALES]
    patches = [[round(length * scale) for length in desk.data.recipe.patch] for scale in _PATCH_SCALES]
    return sorted({possible_patch(desk.settings.network, (z, y, x)) for z, y, x in patches})


def _plan(desk: _Desk, device: torch.device, costs: Sequence[StepCost]) -> BatchPlan | None:
    """From a line through what was measured, then tried; halved until it fits."""
    measured = [cost for cost in costs if cost.device == device.type and cost.size == desk.size and cost.peak_bytes]
    if len(measured) < 2:
        return None
    per_case, fixed = np.polyfit([cost.batch for cost in measured], [cost.peak_bytes or 0 for cost in measured], 1)
    free = available_bytes(device)
    most = max(int(((1 - _LEFT) * free - fixed) / max(per_case, 1.0)), 1)
    seconds = max((cost.seconds or 0.0) / cost.batch for cost in measured)
    batch = min(1 << (min(most, int(_LONGEST_TRIAL_S / seconds) + 1).bit_length() - 1), desk.n_train)
    while True:
        found = desk.try_step(device, desk.size, batch)
        if found is not None and found.peak_bytes is not None and found.peak_bytes <= (1 - _LEFT) * free:
            return BatchPlan(device=device.type, batch=batch, peak_bytes=found.peak_bytes, available_bytes=free)
        if batch == 1:
            return None
        batch //= 2


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "CPU")
