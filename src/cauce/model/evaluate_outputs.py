"""What the test partition says of a model for several classes, for several findings or for a number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cauce.domain.cohort import Cohort
from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Task
from cauce.domain.labelled import findings_of, number_of
from cauce.domain.model import Subgroup
from cauce.domain.progress import Progress
from cauce.domain.record import Digest
from cauce.domain.reference import ReferenceStandard
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.metrics.cases import MINIMUM_PATIENTS, Booleans
from cauce.metrics.cases import Floats as Outputs
from cauce.model.class_metrics import class_metrics
from cauce.model.class_scoring import answers_of, write_class_predictions
from cauce.model.findings import Findings
from cauce.model.label_scoring import label_answers_of, label_metrics, write_label_predictions
from cauce.model.number_scoring import number_answers_of, number_metrics, write_number_predictions
from cauce.model.scoring import Images, answers, partition_rows
from cauce.model.subgroups import MINIMUM_PATIENTS as MINIMUM_IN_SUBGROUP
from cauce.model.subgroups import VARIABLES
from cauce.model.worst_images import Answered as WorstImage
from cauce.model.worst_images import worst_images
from cauce.predictor.bundle import Bundle
from cauce.predictor.outputs import predict_outputs
from cauce.predictor.predictor import Floats
from cauce.predictor.runtime import Engine
from cauce.store.reference_distribution import acquisition_tags
from cauce.store.workspace import Workspace

Answered = tuple[InstanceRow, Outputs | None, str]
"""An instance, what the model said of it, and why it said nothing."""


@dataclass(frozen=True, eq=False)
class _Judged:
    """What a task makes of n answered instances.

    Attributes:
        metrics: of the instances that are chosen, with the fewest patients that a number needs.
        error: of an answered instance, larger is worse, and what stands below its picture.
        shown: how many of the metrics stand in the table of subgroups, the first ones.
        table: digest of the stored predictions.
    """

    n_positive: int
    metrics: Callable[[Booleans, int], tuple[Estimate, ...]]
    error: Callable[[InstanceRow, Outputs], tuple[float, str]]
    shown: int
    table: Digest


def outputs_findings(
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
    contract = bundle.contract

    def ask(pixels: Floats) -> Outputs:
        return np.asarray(predict_outputs(engine, contract, [pixels])[0])

    images = Images.of(workspace, cohort, data_root)
    answered = list(answers(rows, ask, contract=contract, images=images, progress=progress))
    judged = _JUDGES[contract.task](workspace, answered, contract.reference)
    return Findings(
        n_patients=len({row.patient_key for row in rows}), n_instances=len(rows), n_positive=judged.n_positive,
        missing=sum(found is None for _, found, _ in answered),
        metrics=judged.metrics(np.ones(len(rows), dtype=np.bool_), MINIMUM_PATIENTS), subgroups=_subgroups(rows, judged),
        table=judged.table,
        pictures=worst_images(
            workspace, [WorstImage(row, *judged.error(row, found)) for row, found, _ in answered if found is not None], images
        ),
    )


def _classes(workspace: Workspace, answered: Sequence[Answered], reference: ReferenceStandard) -> _Judged:
    found, classes = answers_of(answered, reference.classes), reference.classes

    def error(row: InstanceRow, answer: Outputs) -> tuple[float, str]:
        right = float(answer[classes.index(row.label or "")])
        return 1 - right, f"{row.label}: {right:.3f}\n{classes[int(answer.argmax())]}: {answer.max():.3f}"

    return _Judged(
        0, lambda chosen, minimum: class_metrics(found.subset(chosen), reference.classes, minimum=minimum), error,
        3,  # macro AUC, accuracy, balanced accuracy
        write_class_predictions(workspace, answered, reference.classes),
    )


def _labels(workspace: Workspace, answered: Sequence[Answered], reference: ReferenceStandard) -> _Judged:
    found, classes = label_answers_of(answered, reference.classes), reference.classes

    def error(row: InstanceRow, answer: Outputs) -> tuple[float, str]:
        shown = findings_of(row, classes)
        gaps = np.abs(answer - np.array([name in shown for name in classes]))
        worst = int(gaps.argmax())
        has = "" if classes[worst] in shown else "no "
        return float(gaps[worst]), f"{has}{classes[worst]}: {answer[worst]:.3f}"

    return _Judged(
        int(found.wanted.any(axis=1).sum()),
        lambda chosen, minimum: label_metrics(found.subset(chosen), reference.classes, minimum=minimum), error,
        1,  # macro AUC
        write_label_predictions(workspace, answered, reference.classes),
    )


def _numbers(workspace: Workspace, answered: Sequence[Answered], reference: ReferenceStandard) -> _Judged:
    found, unit = number_answers_of(answered), reference.unit or "1"

    def error(row: InstanceRow, answer: Outputs) -> tuple[float, str]:
        number, measured = number_of(row), float(answer[0])
        return abs(measured - number), f"{number:.4g}: {measured:.4g} {unit}"

    return _Judged(
        0, lambda chosen, minimum: number_metrics(found.subset(chosen), unit, minimum=minimum), error,
        3,  # MAE, RMSE, bias
        write_number_predictions(workspace, answered),
    )


_JUDGES = {Task.MULTI_CLASS: _classes, Task.MULTI_LABEL: _labels, Task.REGRESSION: _numbers}


def _subgroups(rows: Sequence[InstanceRow], judged: _Judged) -> tuple[Subgroup, ...]:
    tags = [acquisition_tags(row.acquisition) for row in rows]
    groups = []
    for variable in VARIABLES:
        values = np.array([tag[variable] for tag in tags])
        names = sorted(set(values.tolist()))
        for name in names if len(names) > 1 else ():
            metrics = judged.metrics(values == name, MINIMUM_IN_SUBGROUP)[: judged.shown]
            groups.append(Subgroup(variable=variable, value=name, metrics=metrics))
    return tuple(groups)
