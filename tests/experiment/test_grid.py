from cauce.domain.experiment import Augmentation, TrainingSettings
from cauce.experiment.grid import configurations, fold_seed, readable_name

from .spots import spec


def test_the_search_is_the_product_of_the_grid() -> None:
    found = configurations(spec(grid={"learning_rate": (1e-3, 2e-3), "augmentation": ("none", "light", "strong")}))
    assert len(found) == len(set(found)) == 6
    assert {settings.augmentation for settings in found} == set(Augmentation)
    assert all(settings.batch_size == spec().training.batch_size for settings in found)


def test_no_grid_means_one_configuration() -> None:
    assert configurations(spec(grid={})) == [spec().training]


def test_a_value_named_twice_is_tried_once() -> None:
    assert len(configurations(spec(grid={"learning_rate": (1e-3, 0.001)}))) == 1


def test_a_name_says_what_differs() -> None:
    asked = spec(grid={"learning_rate": (1e-3,), "augmentation": ("none",)})
    assert readable_name(configurations(asked)[0], asked) == "learning_rate=0.001, augmentation=none"


def test_every_training_has_a_seed_of_its_own() -> None:
    settings = [TrainingSettings(), TrainingSettings(dropout=0.2)]
    seeds = {fold_seed(search, each, fold) for search in (0, 1) for each in settings for fold in range(3)}
    assert len(seeds) == 12
    assert fold_seed(0, settings[0], 0) == fold_seed(0, TrainingSettings(), 0)
