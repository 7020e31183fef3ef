from pathlib import Path

import numpy as np

from cauce.domain.experiment import Search
from cauce.domain.search_plan import Range, SearchPlan
from cauce.experiment.figures import write_figures
from cauce.experiment.grid import readable_name, with_values
from cauce.experiment.importance import importance
from cauce.experiment.select import choose
from cauce.store.workspace import Workspace

from .spots import search_of, spec, trial_of

SPACE = {"learning_rate": Range(low=1e-4, high=1e-2, log=True), "augmentation": ("none", "light"), "dropout": (0.0, 0.1, 0.2)}
PLAN = SearchPlan(space=SPACE, trials=16)


def searched(n: int = 16, *, effect: float = 0.05) -> Search:
    """Made-up trials: the learning rate matters by `effect`, nothing else does."""
    rng = np.random.default_rng(0)
    asked, trials = spec(grid={}, search=PLAN), []
    for _ in range(n):
        rate = float(f"{10 ** rng.uniform(-4, -2):.3g}")
        augmentation, dropout = str(rng.choice(["none", "light"])), float(rng.choice([0.0, 0.1, 0.2]))
        settings = with_values(asked, {"learning_rate": rate, "augmentation": augmentation, "dropout": dropout})
        folds = 0.95 - effect * abs(np.log10(rate) + 3) + 0.004 * rng.normal(size=5)
        pruned = "worse" if folds.mean() < 0.905 else ""
        kept = tuple(folds[:2] if pruned else folds)
        changes = settings.model_dump(mode="json")
        trials.append(trial_of(readable_name(settings, asked), kept, pruned=pruned, **changes))
    return search_of(*trials, grid={}, search=PLAN)


def test_the_setting_that_matters_is_above_the_noise_and_the_others_are_not() -> None:
    found = {each.setting: each for each in importance(searched())}
    assert found["learning_rate"].share > found["learning_rate"].noise
    assert found["learning_rate"].share > 0.6
    assert found["augmentation"].share < found["augmentation"].noise
    assert found["augmentation"].sign is None


def test_few_trials_have_no_importance() -> None:
    assert importance(searched(3)) == []


def test_pictures_are_written_and_the_same_search_draws_the_same_bytes(tmp_path: Path) -> None:
    workspace, search = Workspace.open(tmp_path / "w"), searched()
    first = write_figures(workspace, search, choose(search))
    names = {"folds", "parallel_coordinates", "importance"}
    assert {path.name for path in first} == {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    before = [path.read_bytes() for path in first]
    assert [path.read_bytes() for path in write_figures(workspace, search, choose(search))] == before


def test_a_single_configuration_has_only_its_folds(tmp_path: Path) -> None:
    search = search_of(trial_of("one", (0.9, 0.91)), grid={})
    paths = write_figures(Workspace.open(tmp_path / "w"), search, choose(search))
    assert [path.name for path in paths] == ["folds.png", "folds.svg"]
