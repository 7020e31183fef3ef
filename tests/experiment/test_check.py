from pathlib import Path

import numpy as np
import pytest

from cauce.domain.experiment import Augmentation, ExperimentSpec
from cauce.domain.experiment_check import Check, ExperimentCheck
from cauce.domain.search_plan import Range, SearchPlan
from cauce.experiment.check import check_experiment, typical_settings
from cauce.experiment.check_steps import CHECKS, Bench, Outcome
from cauce.experiment.prepare import TrainImages

from .spots import Place, spec, with_settings

LEARNING = {"learning_rate": 5e-3, "augmentation": Augmentation.NONE}


def images(folder: Path, pixels: np.ndarray, fold: np.ndarray) -> TrainImages:
    folder.mkdir(exist_ok=True)
    np.save(folder / "pixels.npy", pixels.astype(np.float16))
    positive = np.arange(len(pixels)) % 2 == 0
    return TrainImages(labels=positive, fold=fold.astype(np.intp), pieces=(folder / "pixels.npy",), piece_length=len(pixels))


def noise(folder: Path, n: int = 96) -> TrainImages:
    return images(folder, np.random.default_rng(0).normal(size=(n, 32, 32)), np.arange(n) // 2 % 3)


def outcome(check: Check, asked: ExperimentSpec, data: TrainImages, folder: Path) -> Outcome:
    return CHECKS[check](Bench(asked, typical_settings(asked), data, folder))


def test_a_sound_experiment_passes_every_check_and_leaves_its_figures(shared_place: Place) -> None:
    place = shared_place
    found = check_experiment(
        place.workspace, name="checked", cohort=place.cohort, split=place.split, spec=with_settings(**LEARNING)
    )
    assert [result.check for result in found.results] == list(Check)
    assert found.passed, [result.sentence for result in found.results if not result.passed]
    assert all(Path(result.figure).is_file() for result in found.results)
    assert place.workspace.records.latest(ExperimentCheck, "checked") == found
    assert not list(place.workspace.folder("unfinished").glob("check-*"))


def test_a_learning_rate_that_teaches_nothing_fails_and_the_range_says_what_would(tmp_path: Path) -> None:
    asked = with_settings(**{**LEARNING, "learning_rate": 1e-8})
    assert not outcome(Check.ONE_BATCH, asked, noise(tmp_path), tmp_path).passed
    found = outcome(Check.LEARNING_RATE, asked, noise(tmp_path), tmp_path)
    assert not found.passed
    assert "the highest is too low" in found.sentence


def test_the_highest_rate_of_a_search_must_not_diverge(tmp_path: Path) -> None:
    plan = SearchPlan(trials=2, space={"learning_rate": Range(low=1e-3, high=9.0, log=True)})
    found = outcome(Check.LEARNING_RATE, spec(grid={}, search=plan), noise(tmp_path), tmp_path)
    assert not found.passed
    assert "the highest is too high" in found.sentence


def test_copies_in_several_folds_are_noticed_by_labels_that_mean_nothing(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).normal(size=(48, 32, 32))
    copied = images(tmp_path / "copied", np.concatenate([pixels, pixels]), np.repeat([0, 1], 48))
    found = outcome(Check.SHUFFLED_LABELS, with_settings(**LEARNING), copied, tmp_path)
    assert not found.passed
    assert "known from training" in found.sentence
    sound = tmp_path / "sound"
    assert outcome(Check.SHUFFLED_LABELS, with_settings(**LEARNING), noise(sound), sound).passed


@pytest.mark.parametrize(
    ("fault", "word"), [("nan", "no numbers"), ("flat", "empty"), ("shift", "not normalised"), ("fold", "lacks a class")]
)
def test_the_picture_says_what_is_wrong_with_the_inputs(tmp_path: Path, fault: str, word: str) -> None:
    pixels, fold = np.random.default_rng(2).normal(size=(24, 32, 32)), np.arange(24) // 2 % 3
    if fault == "nan":
        pixels[3, 4, 5] = np.nan
    elif fault == "flat":
        pixels[7] = 0.3
    elif fault == "shift":
        pixels += 128
    else:
        fold[::2] = 0
    found = outcome(Check.PICTURE, with_settings(), images(tmp_path, pixels, fold), tmp_path)
    assert not found.passed
    assert word in found.sentence
    assert found.picture is not None


def test_where_settings_vary_the_first_of_a_list_and_the_middle_of_a_range_are_checked() -> None:
    space = {
        "learning_rate": Range(low=1e-4, high=1e-2, log=True), "epochs": Range(low=2, high=9),
        "augmentation": ("light", "none"),
    }
    settings = typical_settings(spec(grid={}, search=SearchPlan(trials=2, space=space)))
    assert settings.learning_rate == pytest.approx(1e-3)
    assert (settings.epochs, settings.augmentation.value) == (6, "light")
