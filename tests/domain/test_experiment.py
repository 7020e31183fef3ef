import pytest
from pydantic import ValidationError

from cauce.domain.experiment import ExperimentSpec, Metric, Run
from cauce.domain.preprocess import VolumeRecipe


def build(**changes):
    return ExperimentSpec(**{"question": "Which rate?", "intended_use": "research", **changes})


def test_a_grid_names_known_settings_with_valid_values():
    assert build(grid={"learning_rate": [1e-3, 1e-2]}).grid == {"learning_rate": (1e-3, 1e-2)}


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"learning_rat": [1]}, "unknown setting 'learning_rat'"),
        ({"learning_rate": []}, "at least one value"),
        ({"learning_rate": [-1]}, "greater than 0"),
        ({"network": ["resnet_9000"]}, "resnet_tiny"),
    ],
)
def test_a_wrong_grid_is_refused_with_the_reason(grid, message):
    with pytest.raises(ValidationError, match=message):
        build(grid=grid)


def old_run(**changes):
    """JSON of a run as it was written before metrics had names."""
    settings = {
        "network": "resnet_small", "loss": "cross_entropy", "label_smoothing": 0.0, "learning_rate": 0.003,
        "weight_decay": 0.01, "dropout": 0.1, "batch_size": 32, "epochs": 10, "augmentation": "light", "precision": "auto",
    }
    return {
        "trial": "e1316a9b0ee3154eae00cc10ab0eff16ddf71485151f6937e934005e4886370b", "fold": 0, "seed": 1, "status": "finished",
        "settings": settings, "weights": "0" * 64, "validation_auc": 0.9, "best_epoch": 0,
        "curve": [{"epoch": 0, "train_loss": 1.0, "validation_loss": 0.5, "validation_auc": 0.9, "seconds": 2.0}],
        "n_train": 2, "n_validation": 1, "n_parameters": 3, "precision": "float32", "seconds": 2.0, "tracking_run_id": "t",
        "error": "", "device": "cpu", **changes,
    }


def test_runs_of_older_versions_are_read_and_keep_their_digest():
    run = Run.model_validate(old_run())
    assert (run.metric, run.score, run.curve[0].score) == (Metric.AUC, 0.9, 0.9)
    assert run.digest() == "c20a1468a8b22032a12f789ada4f8ed703c3cf5792346c0d22304ca69bafbb54"
    failed = old_run(
        status="failed", weights=None, validation_auc=None, best_epoch=None, curve=[], n_train=0, n_validation=0,
        n_parameters=0, seconds=0.0, error="x",
    )
    assert Run.model_validate(failed).digest() == "771726a1d3d8c28abe11ae48dd5941eeda0b3a865b4ecda6762c284476c52013"


def test_the_score_stands_under_its_metric_s_name():
    dice = {key: value for key, value in old_run(curve=[]).items() if key != "validation_auc"} | {"validation_dice": 0.8}
    assert Run.model_validate(dice).model_dump(mode="json")["validation_dice"] == 0.8
    assert Run.model_validate(Run.model_validate(dice).model_dump()) == Run.model_validate(dice)


def test_an_experiment_of_an_older_version_keeps_its_digest():
    spec = build(question="q", intended_use="u", grid={"epochs": (1, 2)})
    assert spec.digest() == "412605a5d7aedc2f2896199c10c3ea9e0ea97d92e1910cb214062baf407173ea"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "segmentation"}, "needs volume"),
        ({"task": "segmentation", "volume": VolumeRecipe(patch=(8, 8, 8)), "operating_point": {}}, "no operating_point"),
        ({"task": "segmentation", "volume": VolumeRecipe(patch=(8, 8, 8)), "preprocess": {"size": (64, 64)}}, "is for images"),
        ({"volume": VolumeRecipe(patch=(8, 8, 8))}, "belongs to segmentation"),
        ({"operating_point": None}, "needs an operating_point"),
    ],
)
def test_fields_of_another_task_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        build(**changes)


def test_segmentation_has_no_operating_point_and_is_scored_by_dice():
    spec = build(task="segmentation", volume={"patch": (40, 56, 40)})
    assert spec.operating_point is None
    assert spec.task.metric is Metric.DICE
    assert ExperimentSpec.model_validate(spec.model_dump(mode="json")) == spec
def test_without_a_search_the_record_is_what_it_was():
    assert "search" not in build().model_dump(mode="json")


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"method": "tpe", "space": {"dropout": [0, 0.1]}}, "needs a number of trials"),
        ({"method": "grid", "space": {"dropout": {"low": 0, "high": 0.1}}}, "grid needs lists"),
        ({"trials": 3, "space": {"dropout": {"low": 0.3, "high": 0.1}}}, "low < high"),
        ({"trials": 3, "space": {"dropout": {"low": 0, "high": 0.1, "log": True}}}, "low above 0"),
        ({"trials": 3, "space": {"dropout": {"low": 0, "high": 3}}}, "less than 1"),
        ({"trials": 3, "space": {"drop": [1]}}, "unknown setting 'drop'"),
        ({"trials": 3, "space": {}}, "names no setting"),
    ],
)
def test_a_wrong_search_is_refused_with_the_reason(search, message):
    with pytest.raises(ValidationError, match=message):
        build(search=search)


def test_a_grid_and_a_search_at_once_are_refused():
    with pytest.raises(ValidationError, match="not both"):
        build(grid={"dropout": [0.1]}, search={"trials": 1, "space": {"dropout": [0.2]}})
