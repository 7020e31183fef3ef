"""A small real cohort: PNG files with a bright spot or without, split, audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cauce import __version__
from cauce.domain.audit import AuditReport
from cauce.domain.codes import Code
from cauce.domain.cohort import Cohort, CohortSpec, ColumnMap, TableSource
from cauce.domain.experiment import (
    Augmentation,
    EpochRecord,
    ExperimentSpec,
    Metric,
    Network,
    Run,
    RunStatus,
    Search,
    SelectionPolicy,
    TrainingSettings,
    Trial,
)
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.reference import ReferenceStandard
from cauce.domain.split import Split, SplitPolicy
from cauce.domain.study import InstanceRow
from cauce.experiment.trial import summarise
from cauce.predictor.source import load_file
from cauce.store.cohort_table import write_rows
from cauce.store.data_root import remember_data_root
from cauce.store.workspace import Workspace

PATIENTS, FOLDS, SIDE = 60, 3, 48


@dataclass(frozen=True)
class Place:
    """A workspace with a cohort, and what it takes to search on it."""

    workspace: Workspace
    cohort: Cohort
    split: Split
    data_root: Path
    rows: list[InstanceRow]


def spec(**changes: object) -> ExperimentSpec:
    training = TrainingSettings(
        network=Network.RESNET_TINY, epochs=2, batch_size=8, learning_rate=5e-3, dropout=0.1, augmentation=Augmentation.LIGHT,
        precision="float32",
    )
    given = {
        "question": "Is there a spot?", "intended_use": "tests", "training": training,
        "preprocess": PreprocessRecipe(size=(32, 32)), "grid": {"learning_rate": (5e-3, 1e-3)}, **changes,
    }
    return ExperimentSpec.model_validate(given)


def with_settings(**changes: object) -> ExperimentSpec:
    return spec(grid={}, training=spec().training.model_copy(update=changes))


def key_of(number: int) -> str:
    return f"P{number:016x}"


def write_image(path: Path, number: int, *, positive: bool) -> None:
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:SIDE, :SIDE]
    image = 80 + 15 * rng.normal(size=(SIDE, SIDE)) + x
    if positive:
        centre_y, centre_x = rng.uniform(12, SIDE - 12, size=2)
        image += 100 * np.exp(-((y - centre_y) ** 2 + (x - centre_x) ** 2) / 30)
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(path)


def row_of(root: Path, name: str, number: int, label: str) -> InstanceRow:
    loaded = load_file(root / name, name, key=None)
    return InstanceRow(
        path=name, file_sha256=loaded.file_sha256, pixel_sha256=loaded.file_sha256, patient_key=key_of(number),
        study_instance_uid=loaded.study_instance_uid, series_instance_uid=loaded.series_instance_uid,
        sop_instance_uid=loaded.sop_instance_uid, rows=SIDE, columns=SIDE, acquisition=loaded.acquisition,
        statistics=loaded.statistics, label=label,
    )


def build_place(folder: Path) -> Place:
    root = folder / "data"
    root.mkdir(parents=True)
    rows = []
    for number in range(PATIENTS):
        write_image(root / f"{number:03}.png", number, positive=number % 2 == 0)
        rows.append(row_of(root, f"{number:03}.png", number, "yes" if number % 2 == 0 else "no"))
    workspace = Workspace.open(folder / "workspace")
    cohort = Cohort(
        name="spots", n_instances=PATIENTS, n_studies=PATIENTS, n_patients=PATIENTS, exclusions=(), cauce_version=__version__,
        table_sha256=write_rows(workspace, rows),
        spec=CohortSpec(
            description="spots", licence="CC0", source=TableSource(table="t.csv", columns=ColumnMap(image="i", patient="p")),
            reference=ReferenceStandard(
                positive=("yes",), negative=("no",), finding=Code(scheme="DCM", value="1", meaning="Spot"), source="made"
            ),
        ),
    )
    workspace.records.put(cohort, "spots")
    remember_data_root(workspace, "spots", root)
    train = [key_of(number) for number in range(48)]
    split = Split(
        name="spots", cohort=cohort.digest(), policy=SplitPolicy(), train=tuple(train),
        tune=tuple(key_of(n) for n in range(48, 54)), test=tuple(key_of(n) for n in range(54, 60)),
        folds=tuple(tuple(key for i, key in enumerate(train) if i // 2 % FOLDS == fold) for fold in range(FOLDS)),
    )
    workspace.records.put(split, "spots")
    put_audit(workspace, cohort, split)
    return Place(workspace, cohort, split, root, rows)


def put_audit(workspace: Workspace, cohort: Cohort, split: Split, counts: dict[str, int] | None = None) -> None:
    report = AuditReport(
        cohort=cohort.digest(), split=split.digest(), cohort_name="spots", partition_source="split", n_instances=PATIENTS,
        n_patients=PATIENTS, counts=counts or {}, leaks=(), label_conflicts=(),
    )
    workspace.records.put(report, "spots")


def trial_of(
    name: str, values: tuple[float | None, ...], policy: SelectionPolicy | None = None, *, parameters: int = 1000,
    curve: tuple[EpochRecord, ...] = (), pruned: str = "", **settings_changes: object,
) -> Trial:
    """A trial whose folds have these areas under the ROC curve; None for a failed fold."""
    settings = TrainingSettings.model_validate({"dropout": 0.0, **settings_changes})
    runs = [
        Run(
            trial=settings.digest(), fold=fold, seed=0, status=RunStatus.FAILED if value is None else RunStatus.FINISHED,
            settings=settings, weights=None if value is None else "0" * 64, metric=Metric.AUC, score=value,
            best_epoch=None if value is None else 0, curve=() if value is None else curve, n_train=80, n_validation=20,
            n_parameters=parameters,
            precision="float32", seconds=1.0, tracking_run_id="t", error="the loss is no number" if value is None else "",
        )
        for fold, value in enumerate(values)
    ]
    return summarise(name, settings, runs, policy or SelectionPolicy(), pruned=pruned)


def curve_of(train: Sequence[float], validation: Sequence[float], scores: Sequence[float]) -> tuple[EpochRecord, ...]:
    """Learning curves of these losses and areas under the ROC curve."""
    points = enumerate(zip(train, validation, scores, strict=True))
    return tuple(
        EpochRecord(epoch=epoch, train_loss=a, validation_loss=b, metric=Metric.AUC, score=c, seconds=1.0)
        for epoch, (a, b, c) in points
    )


def search_of(*trials: Trial, **changes: object) -> Search:
    """A finished search of these trials."""
    return Search(
        name="made", spec=spec(**changes), cohort="0" * 64, split="1" * 64, trials=trials, tracking_experiment_id="1",
        cauce_version=__version__,
    )
