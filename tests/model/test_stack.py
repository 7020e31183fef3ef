import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from tests.experiment.answers import SPOT, with_reference
from tests.experiment.spots import Place, search_of, spec, trial_of

from cauce.domain.experiment import ExperimentSpec, Search, Selection, SelectionPolicy
from cauce.domain.progress import silent
from cauce.domain.reference import ReferenceStandard
from cauce.experiment.search import search
from cauce.experiment.select import choose, select
from cauce.model.build import build_version
from cauce.model.evaluate import evaluate
from cauce.model.registry import RegisteredVersion
from cauce.model.report import report_folder
from cauce.model.selected import Selected
from cauce.model.stack import fitted_head
from cauce.predictor.bundle import open_bundle
from cauce.predictor.export import Ensemble, StackedEnsemble
from cauce.predictor.networks.stack_head import StackHead, fit_head
from cauce.predictor.networks.weights import network_from
from cauce.predictor.predictor import predict_with
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import open_engine
from cauce.predictor.source import load_file
from cauce.store.split_seal import seal_split

Built = tuple[Place, RegisteredVersion]


def drawn(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """A good model, noise of ten times its size, and labels."""
    rng = np.random.default_rng(0)
    positive = np.arange(n) % 3 == 0
    good = rng.normal(size=n) + 2.0 * positive
    return np.stack([good, 10 * rng.normal(size=n)], axis=1), positive


def asked(stack: int) -> ExperimentSpec:
    policy = {"stack": stack, "worst_fold_floor": 0.0}
    return spec(grid={"dropout": (0.0, 0.1)}, selection=policy)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    two = ReferenceStandard(positive=("yes",), negative=("no",), finding=SPOT, source="made")
    place = with_reference(tmp_path_factory.mktemp("stack"), two, [{}] * 60)
    found = search(
        place.workspace, name="stack", cohort=place.cohort, split=place.split, spec=asked(2), workers=0,
    )
    select(place.workspace, found)
    seal_split(place.workspace, place.split)
    return place, build_version(place.workspace, "stack", data_root=None)


def test_the_head_leaves_out_what_tells_nothing() -> None:
    logits, positive = drawn()
    head = fit_head(logits[:200], positive[:200], seed=0)
    with torch.no_grad():
        found, slope = head(torch.from_numpy(logits[200:]).float())
    assert roc_auc_score(positive[200:], found) > roc_auc_score(positive[200:], logits[200:].mean(1)) + 0.2
    assert slope[:, 0].min() > 0
    assert slope[:, 1].abs().max() < 0.2 * slope[:, 0].max()


def test_the_same_cases_give_the_same_head() -> None:
    logits, positive = drawn()
    one, two = (fit_head(logits, positive, seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_the_slope_is_the_derivative() -> None:
    torch.manual_seed(0)
    head = StackHead(3)
    head.spread.copy_(torch.tensor([1.0, 2.0, 0.5]))
    logits = torch.randn(5, 3, requires_grad=True)
    found, slope = head(logits)
    (expected,) = torch.autograd.grad(found.sum(), logits)
    assert torch.allclose(slope, expected, atol=1e-6)


def test_selection_names_what_is_stacked_and_in_which_order(built: Built) -> None:
    place, _ = built
    selection, found = place.workspace.records.latest(Selection, "stack"), place.workspace.records.latest(Search, "stack")
    scores = [found.trials[number].score or 0.0 for number in selection.stacked]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == max(trial.score or 0.0 for trial in found.trials)
    assert "The model stacks the 2 with the highest scores" in selection.reason


def test_the_graph_is_the_head_over_the_ensembles_of_the_folds(built: Built) -> None:
    place, version = built
    bundle = open_bundle(version.folder)
    assert version.model.parity < 1e-5
    assert version.model.n_members == 6
    pixels = [load_file(place.data_root / row.path, row.path, key=None).image.pixels for row in place.rows[:6]]
    found = predict_with(open_engine(bundle.model), bundle.contract.preprocess, pixels)
    images = torch.from_numpy(np.stack([apply(bundle.contract.preprocess, image) for image in pixels])[:, None])
    selected = Selected.load(place.workspace, "stack")
    groups = [[network_from(trial.settings.network, weights) for weights in selected.weights(place.workspace, trial)]
              for trial in selected.members]
    head, card = fitted_head(place.workspace, selected, groups, data_root=None, progress=silent)
    with torch.no_grad():
        logits = torch.stack([Ensemble(group)(images)[0] for group in groups], 1)
        expected = torch.sigmoid(head(logits)[0]).numpy()
    assert [prediction.probability for prediction in found] == pytest.approx(expected, abs=1e-5)
    assert (version.model.stack, card.n_cases) == (card, 48)
    assert 0 < card.auc_of_head <= 1


def test_every_case_is_answered_by_a_network_that_did_not_learn_from_it(built: Built) -> None:
    place, _ = built
    selected = Selected.load(place.workspace, "stack")

    class Knows(torch.nn.Module):
        """Says for which fold it was held out."""

        def __init__(self, fold: int) -> None:
            super().__init__()
            self.fold = fold

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.full((len(image),), float(self.fold)), image

    seen = []

    def keep(logits: np.ndarray, positive: np.ndarray, *, seed: int) -> StackHead:
        seen.append(logits)
        return fit_head(logits, positive, seed=seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cauce.predictor.networks.stack_head.fit_head", keep)
        fitted_head(place.workspace, selected, [[Knows(fold) for fold in range(3)]] * 2, data_root=None, progress=silent)
    fold_of = place.split.fold_of()
    folds = [fold_of[row.patient_key] for row in sorted(place.rows, key=lambda row: row.path)[:48]]
    assert seen[0][:, 1].tolist() == folds


def test_the_map_adds_up_to_the_first_order_change_of_the_logit() -> None:
    class Toy(torch.nn.Module):
        def __init__(self, weight: float) -> None:
            super().__init__()
            self.weight = weight

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            activation = self.weight * torch.nn.functional.avg_pool2d(image, 4)[:, 0]
            return activation.mean((1, 2)), activation

    torch.manual_seed(0)
    head = StackHead(2)
    stacked = StackedEnsemble([Toy(1.0), Toy(2.0), Toy(-0.5)], [2, 1], head)
    images = torch.rand(3, 1, 16, 16)
    logit, activation = stacked(images)
    step = 1e-3
    change = (stacked(images * (1 + step))[0] - logit) / step
    assert activation.shape == (3, 4, 4)
    assert torch.allclose(activation.mean((1, 2)), change, atol=2e-2)


def test_the_report_says_what_the_head_is_worth(built: Built) -> None:
    place, version = built
    report = evaluate(place.workspace, f"stack:{version.version}", data_root=None, why="test")
    page = (report_folder(place.workspace, report) / "evaluation.html").read_text()
    assert "A fully connected head weighs their answers" in page
    assert "of the plain mean" in page


def test_one_that_can_be_chosen_stands_alone() -> None:
    found = search_of(trial_of("good", (0.9, 0.91, 0.92)), trial_of("bad", (None, 0.9, 0.9)), selection={"stack": 3})
    selection = choose(found)
    assert selection.stacked == ()
    assert "only one can be chosen" in selection.reason


def test_stacking_is_for_two_classes() -> None:
    with pytest.raises(ValueError, match=r"selection\.stack belongs to binary_classification"):
        spec(task="multi_class", grid={}, selection={"stack": 2})


def test_old_policies_keep_their_digest() -> None:
    assert "stack" not in SelectionPolicy().model_dump(mode="json")
    assert "stacked" not in Selection(name="a", search="0" * 64, trial=0, reason="").model_dump(mode="json")


