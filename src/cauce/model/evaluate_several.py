"""What the test partition says of a model that tells several classes apart."""

from pathlib import Path

import numpy as np

from cauce.domain.cohort import Cohort
from cauce.domain.model import Subgroup
from cauce.domain.progress import Progress
from cauce.domain.split import Partition, Split
from cauce.metrics.cases import Floats as Probabilities
from cauce.model.class_metrics import class_metrics
from cauce.model.class_scoring import ClassAnswers, answers_of, write_class_predictions
from cauce.model.findings import Findings
from cauce.model.scoring import Images, answers, partition_rows
from cauce.model.subgroups import MINIMUM_PATIENTS, VARIABLES
from cauce.predictor.bundle import Bundle
from cauce.predictor.classes import predict_classes
from cauce.predictor.predictor import Floats
from cauce.predictor.runtime import Engine
from cauce.store.reference_distribution import acquisition_tags
from cauce.store.workspace import Workspace

_OVERALL = 3  # macro AUC, accuracy, balanced accuracy


def several_findings(
    workspace: Workspace, cohort: Cohort, split: Split, bundle: Bundle, engine: Engine, *, data_root: Path | None,
    progress: Progress,
) -> Findings:
    """Predict every labelled instance of the test partition, image by image.

    Raises:
        IntegrityError: an image was changed since it was indexed.
    """
    rows = partition_rows(workspace, cohort, split, Partition.TEST)
    if not rows:
        return Findings.nothing()
    contract, classes = bundle.contract, bundle.contract.reference.classes

    def ask(pixels: Floats) -> Probabilities:
        return np.asarray(predict_classes(engine, contract.preprocess, [pixels])[0])

    images = Images.of(workspace, cohort, data_root)
    answered = list(answers(rows, ask, contract=contract, images=images, progress=progress))
    found = answers_of(answered, classes)
    tags = [acquisition_tags(row.acquisition) for row in rows]
    return Findings(
        n_patients=len(set(found.patient.tolist())), n_instances=len(rows), n_positive=0, missing=int(found.missing.sum()),
        metrics=class_metrics(found, classes), subgroups=_subgroups(found, tags, classes),
        table=write_class_predictions(workspace, answered, classes),
    )


def _subgroups(found: ClassAnswers, tags: list[dict[str, str]], classes: tuple[str, ...]) -> tuple[Subgroup, ...]:
    groups = []
    for variable in VARIABLES:
        values = np.array([tag[variable] for tag in tags])
        names = sorted(set(values.tolist()))
        for name in names if len(names) > 1 else ():
            metrics = class_metrics(found.subset(values == name), classes, minimum=MINIMUM_PATIENTS)[:_OVERALL]
            groups.append(Subgroup(variable=variable, value=name, metrics=metrics))
    return tuple(groups)
