"""A small real workspace up to the selection: images, cohort, sealed split, passed audit, weights of two folds."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Pillow

from cauce import __version__
from cauce.domain.audit import AuditReport
from cauce.domain.codes import Code
from cauce.domain.cohort import Cohort, CohortSpec, ColumnMap, TableSource
from cauce.domain.experiment import (
    ExperimentSpec,
    Metric,
    Network,
    Run,
    RunStatus,
    Search,
    Selection,
    TrainingSettings,
    Trial,
)
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.record import sha256_hex
from cauce.domain.reference import ReferenceStandard
from cauce.domain.split import Split, SplitPolicy
from cauce.domain.study import InstanceRow, Sex
from cauce.predictor.networks import build_network
from cauce.predictor.networks.weights import weights_of
from cauce.predictor.source import load_bytes
from cauce.store.cohort_table import write_rows
from cauce.store.data_root import remember_data_root
from cauce.store.split_seal import seal_split
from cauce.store.workspace import Workspace

NAME = "small"
BLANK = (90, 91)
_TRAIN, _TUNE, _TEST = 6, 30, 60  # patients


@dataclass(frozen=True)
class River:
    workspace: Workspace
    images: Path
    cohort: Cohort
    split: Split


def river(root: Path, *, audited: bool = True, leaks: int = 0) -> River:
    """Every second patient is positive and has a bright spot; every third patient has two images.

    The first images of the test patients 90 and 91 have no contrast: no model can say anything of them.
    """
    images = root / "images"
    images.mkdir(parents=True)
    workspace = Workspace.open(root / "workspace")
    rows = [row for patient in range(_TRAIN + _TUNE + _TEST) for row in _rows(images, patient)]
    finding = Code(scheme="DCM", value="130591", meaning="Focal abnormality")
    cohort = Cohort(
        name=NAME, n_instances=len(rows), n_studies=len(rows), n_patients=_TRAIN + _TUNE + _TEST, exclusions=(),
        cauce_version=__version__, table_sha256=write_rows(workspace, sorted(rows, key=lambda row: row.path)),
        spec=CohortSpec(
            description="Squares with a bright spot.", licence="CC0",
            source=TableSource(table="table.csv", columns=ColumnMap(image="image", patient="patient")),
            reference=ReferenceStandard(positive=("yes",), negative=("no",), finding=finding, source="How they were drawn."),
        ),
    )
    workspace.records.put(cohort, name=NAME)
    remember_data_root(workspace, NAME, images)
    split = _split(cohort)
    seal_split(workspace, split)
    if audited:
        audit = AuditReport(
            cohort=cohort.digest(), split=split.digest(), cohort_name=NAME, partition_source="split", n_instances=len(rows),
            n_patients=cohort.n_patients, counts={"patient": leaks}, leaks=(), label_conflicts=(),
        )
        workspace.records.put(audit, name=NAME)
    _select(workspace, cohort, split)
    return River(workspace, images, cohort, split)


def reselect(made: River, *, seed: int) -> None:
    """Another search with other weights, chosen under the same name."""
    _select(made.workspace, made.cohort, made.split, seed=seed)


def _key(patient: int) -> str:
    return f"P{patient:016x}"


def _rows(folder: Path, patient: int) -> list[InstanceRow]:
    rows = []
    for number in range(2 if patient % 3 == 0 else 1):
        generator = np.random.default_rng([patient, number])
        pixels = generator.normal(90, 25, (64, 64))
        if patient % 2:
            pixels[20:40, 20:40] += generator.normal(40, 30)
        if patient in BLANK and number == 0:
            pixels[:] = 7
        stream = io.BytesIO()
        Pillow.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(stream, "PNG")
        path = folder / f"{patient:03d}-{number}.png"
        path.write_bytes(stream.getvalue())
        loaded = load_bytes(stream.getvalue(), path.name, key=None)
        acquisition = loaded.acquisition.model_copy(update={
            "modality": "DX", "body_part": "CHEST", "vendor": ("Northlight", "Meridian")[patient // 2 % 2],
            "sex": (Sex.FEMALE, Sex.MALE)[patient // 4 % 2],
        })
        rows.append(InstanceRow(
            path=path.name, file_sha256=loaded.file_sha256, pixel_sha256=sha256_hex(pixels.tobytes()),
            patient_key=_key(patient),
            study_instance_uid=loaded.study_instance_uid, series_instance_uid=loaded.series_instance_uid,
            sop_instance_uid=loaded.sop_instance_uid, rows=64, columns=64, acquisition=acquisition,
            statistics=loaded.statistics, label="yes" if patient % 2 else "no",
        ))
    return rows


def _split(cohort: Cohort) -> Split:
    keys = [_key(patient) for patient in range(cohort.n_patients)]
    train, tune, test = keys[:_TRAIN], keys[_TRAIN : _TRAIN + _TUNE], keys[_TRAIN + _TUNE :]
    return Split(
        name=NAME, cohort=cohort.digest(), policy=SplitPolicy(folds=2), train=tuple(train), tune=tuple(tune), test=tuple(test),
        folds=(tuple(train[:3]), tuple(train[3:])),
    )


def _select(workspace: Workspace, cohort: Cohort, split: Split, *, seed: int = 0) -> None:
    settings = TrainingSettings(network=Network.RESNET_TINY)
    torch.manual_seed(seed)
    networks = [build_network(settings.network, dropout=0.0) for _ in range(2)]
    runs = tuple(
        Run(
            trial="0" * 64, fold=fold, seed=seed, status=RunStatus.FINISHED, settings=settings, metric=Metric.AUC, score=0.5,
            best_epoch=0,
            weights=workspace.arrays.put_bytes(weights_of(network)), curve=(), n_train=3, n_validation=3, n_parameters=1,
            precision="float32", seconds=1.0, tracking_run_id="",
        ) for fold, network in enumerate(networks)
    )
    trial = Trial(name="t0", settings=settings, runs=runs, mean=0.5, standard_deviation=0.0, worst=0.5, score=0.5)
    search = Search(
        name=NAME, cohort=cohort.digest(), split=split.digest(), trials=(trial,), tracking_experiment_id="",
        cauce_version=__version__, spec=ExperimentSpec(
            question="Is there a spot?", intended_use="Tests only.", preprocess=PreprocessRecipe(size=(32, 32)), seed=seed,
        ),
    )
    digest = workspace.records.put(search, name=NAME)
    workspace.records.put(Selection(name=NAME, search=digest, trial=0, reason="It is the only one."), name=NAME)
