from pathlib import Path

import numpy as np
import pytest
import torch

from cauce.domain.codes import Code
from cauce.domain.cohort import Cohort
from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.experiment import Augmentation, ExperimentSpec, Loss, Metric, Task
from cauce.domain.experiment_check import Check
from cauce.domain.progress import silent
from cauce.domain.reference import ReferenceKind, ReferenceStandard
from cauce.domain.split import Split
from cauce.experiment.check import check_experiment
from cauce.experiment.losses import loss_of
from cauce.experiment.losses_classes import class_loss_of
from cauce.experiment.prepare import load_train_images
from cauce.experiment.preview import preview
from cauce.experiment.score import area_under_roc, macro_area_under_roc
from cauce.experiment.search import search
from cauce.experiment.select import select
from cauce.store.cohort_table import write_rows

from .spots import Place, build_place, put_audit, spec

CLASSES = ("none", "left", "right")


def three_classes(folder: Path, labels: list[str]) -> Place:
    """The images of `build_place`, with other labels."""
    place = build_place(folder)
    rows = [row.model_copy(update={"label": label}) for row, label in zip(place.rows, labels, strict=True)]
    reference = ReferenceStandard(
        kind=ReferenceKind.CLASSES, classes=CLASSES, finding=Code(scheme="DCM", value="1", meaning="Spot"), source="made"
    )
    cohort = Cohort.model_validate({
        **dict(place.cohort), "table_sha256": write_rows(place.workspace, rows),
        "spec": place.cohort.spec.model_copy(
            update={"reference": reference, "include": place.cohort.spec.include.model_copy(update={"minimum_rows": 16})}
        ),
    })
    place.workspace.records.put(cohort, "spots")
    split = Split.model_validate({**dict(place.split), "cohort": cohort.digest()})
    place.workspace.records.put(split, "spots")
    put_audit(place.workspace, cohort, split)
    return Place(place.workspace, cohort, split, place.data_root, rows)


def in_turn() -> list[str]:
    return [CLASSES[(number + number // 6) % 3] for number in range(60)]


def asked(**changes: object) -> ExperimentSpec:
    return spec(task="multi_class", grid={}, **changes)


@pytest.fixture(scope="module")
def classes_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return three_classes(tmp_path_factory.mktemp("classes"), in_turn())


def test_a_search_of_several_classes_is_scored_and_selected_by_the_macro_area(classes_place: Place) -> None:
    place = classes_place
    assert asked().task is Task.MULTI_CLASS
    found = search(
        place.workspace, name="three", cohort=place.cohort, split=place.split, spec=asked(selection={"worst_fold_floor": 0.0}),
        workers=0,
    )
    (trial,) = found.trials
    assert [run.error for run in trial.runs] == [""] * 3
    assert {run.metric for run in trial.runs} == {Metric.MACRO_AUC}
    kept = select(place.workspace, found)
    assert "macro AUC" in kept.reason


def test_the_checks_and_the_preview_know_several_classes(classes_place: Place) -> None:
    place = classes_place
    found = check_experiment(
        place.workspace, name="c", cohort=place.cohort, split=place.split,
        spec=asked(training=spec().training.model_copy(update={"augmentation": Augmentation.NONE})),
    )
    passed = {result.check.value: result for result in found.results}
    assert passed["picture"].passed, passed["picture"].sentence
    assert "33% left" in passed["picture"].sentence
    assert passed[Check.DUMMY_DATA.value].passed, passed[Check.DUMMY_DATA.value].sentence
    assert preview(place.workspace, cohort=place.cohort, split=place.split, spec=asked()).is_file()


def test_a_label_outside_the_classes_is_named_with_file_and_patient(tmp_path: Path) -> None:
    place = three_classes(tmp_path, ["middle", *in_turn()[1:]])
    with pytest.raises(InputError, match=r"000\.png, patient P0000000000000000"):
        load_train_images(
            place.workspace, cohort=place.cohort, split=place.split, spec=asked(), data_root=None, progress=silent
        )


def test_two_classes_are_not_taken_for_several(shared_place: Place) -> None:
    place = shared_place
    with pytest.raises(ConfigurationError, match="reference standard"):
        load_train_images(
            place.workspace, cohort=place.cohort, split=place.split, spec=asked(), data_root=None, progress=silent
        )


def test_several_classes_have_no_operating_point() -> None:
    with pytest.raises(ValueError, match="multi_class has no operating_point"):
        asked(operating_point={"sensitivity": 0.9})


def test_the_macro_area_is_the_mean_of_each_class_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    labels, logits = np.arange(60) % 3, rng.normal(size=(60, 3))
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    expected = np.mean([area_under_roc(labels == number, share[:, number]) for number in range(3)])
    assert macro_area_under_roc(labels, logits, CLASSES) == pytest.approx(expected)


def test_a_class_missing_in_a_fold_is_named() -> None:
    with pytest.raises(InputError, match="none of right"):
        macro_area_under_roc(np.array([0, 1, 0]), np.zeros((3, 3)), CLASSES)


@pytest.mark.parametrize("loss", [Loss.CROSS_ENTROPY, Loss.FOCAL])
def test_of_two_classes_the_loss_is_the_binary_one(loss: Loss) -> None:
    logits, labels = torch.randn(20, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 2
    both = torch.stack([torch.zeros(20), logits], 1)
    found = class_loss_of(loss, both, labels, label_smoothing=0.0)
    assert torch.allclose(found, loss_of(loss, logits, labels.float(), label_smoothing=0.0), atol=1e-6)
