import math
from collections.abc import Callable

import pytest
import torch
from monai.networks.nets import resnet18
from monai.networks.utils import freeze_layers
from torch import nn

from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.experiment import Network, Search, TrainingSettings
from cauce.experiment import lightning_adapter, train
from cauce.experiment.freeze import Frozen, digest_of, frozen_at_first, stages_of
from cauce.experiment.lightning_adapter import FoldState
from cauce.experiment.optimiser import new_optimiser
from cauce.experiment.search import search
from cauce.predictor.networks import NETWORKS, build_network, build_segmentation_network
from cauce.predictor.networks.weights import network_from

from .spots import Place, with_settings


def _search(place: Place, name: str, **settings: object) -> Search:
    return search(place.workspace, name=name, cohort=place.cohort, split=place.split, spec=with_settings(**settings), workers=0)


def _buffers(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: buffer.clone() for name, buffer in network.named_buffers()}


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, torch.Tensor]]:
    """What each training of the test began with."""
    found = []
    make = train.new_state

    def state(*arguments: object) -> FoldState:
        made = make(*arguments)  # type: ignore[arg-type]
        found.append({name: tensor.clone() for name, tensor in made.network.state_dict().items()})
        return made

    monkeypatch.setattr(train, "new_state", state)
    return found


def test_batchnorm_buffers_and_weights_of_a_frozen_resnet_are_bit_identical_after_an_epoch_of_the_engine(
    shared_place: Place, begun: list[dict[str, torch.Tensor]]
) -> None:
    result = _search(shared_place, "frozen", freeze=3, epochs=1)
    for run, first in zip(result.trials[0].runs, begun, strict=True):
        kept = network_from(run.settings.network, shared_place.workspace.arrays.read(run.weights or "")).state_dict()
        is_frozen = {name: name.startswith(("features.0.", "features.1.", "features.2.")) for name in kept}
        assert sum(is_frozen.values()) > 20
        assert all(torch.equal(kept[name], first[name]) for name, frozen in is_frozen.items() if frozen)
        assert not torch.equal(kept["features.4.body.1.running_mean"], first["features.4.body.1.running_mean"])
        (period,) = run.frozen
        assert period.before == period.after
        assert period.stages == ("features.0", "features.1", "features.2")


def test_monai_freeze_layers_lets_batchnorm_buffers_move() -> None:
    torch.manual_seed(0)
    network = resnet18(spatial_dims=2, n_input_channels=1, num_classes=1)
    freeze_layers(network, freeze_vars="layer1")
    before = _buffers(network.layer1)
    network.train()
    network(torch.randn(4, 1, 32, 32))
    assert any(not torch.equal(before[name], buffer) for name, buffer in network.layer1.named_buffers())


def test_ours_keeps_the_same_network_still_even_after_train_was_called() -> None:
    torch.manual_seed(0)
    network = resnet18(spatial_dims=2, n_input_channels=1, num_classes=1)
    frozen = Frozen(network, network, TrainingSettings(freeze="layer1.1"))
    frozen.apply(0)
    before = _buffers(network)
    network.train()
    network(torch.randn(4, 1, 32, 32)).sum().backward()
    moved = {name for name, buffer in network.named_buffers() if not torch.equal(before[name], buffer)}
    assert moved
    assert not [name for name in moved if name.startswith(("conv1", "bn1", "layer1"))]
    assert network.layer1[0].conv1.weight.grad is None
    assert network.layer2[0].conv1.weight.grad is not None


def test_what_is_frozen_is_not_in_the_optimiser_and_the_rest_is_once() -> None:
    network = build_network(Network.RESNET_TINY, dropout=0.1)
    settings = TrainingSettings(network=Network.RESNET_TINY, freeze=2, layer_decay=0.5)
    Frozen(network, network, settings).apply(0)
    optimiser = new_optimiser(network, settings)
    inside = [id(parameter) for group in optimiser.param_groups for parameter in group["params"]]
    frozen = {id(p) for stage in stages_of(network)[:2] for p in stage.module.parameters()}
    assert len(inside) == len(set(inside))
    assert set(inside) == {id(p) for p in network.parameters()} - frozen
    assert {group["rate_factor"] for group in optimiser.param_groups} == {1.0, 0.5, 0.25, 0.125}


def test_dropout_of_a_frozen_stage_drops_nothing() -> None:
    network = nn.Sequential(nn.Sequential(nn.Linear(8, 64), nn.Dropout(0.5)), nn.Linear(64, 1))
    frozen = Frozen(network, network, TrainingSettings(freeze=1))
    frozen.apply(0)
    network.train()
    images = torch.ones(2, 8)
    assert torch.equal(network(images), network(images))


def test_a_frozen_weight_that_moves_stops_the_run_with_the_reason(
    shared_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = lightning_adapter._FoldModule.on_train_batch_end

    def sabotage(self: lightning_adapter._FoldModule, *arguments: object) -> None:
        begin(self, *arguments)
        self.network.get_submodule("features.0.1").running_mean[0] += 1e-3  # type: ignore[operator,index]

    monkeypatch.setattr(lightning_adapter._FoldModule, "on_train_batch_end", sabotage)
    result = _search(shared_place, "sabotaged", freeze=1)
    assert all("frozen weights or buffers changed" in run.error for run in result.trials[0].runs)
    assert result.trials[0].mean is None


def test_stages_thaw_one_by_one_from_the_head_and_each_period_keeps_its_digest(shared_place: Place) -> None:
    result = _search(shared_place, "thawed", freeze=2, unfreeze_every=1, epochs=3, layer_decay=0.5)
    for run in result.trials[0].runs:
        assert [period.stages for period in run.frozen] == [("features.0", "features.1"), ("features.0",)]
        assert all(period.before == period.after and period.epochs == 1 for period in run.frozen)


def test_an_interrupted_thawing_ends_with_the_same_weights_and_periods(shared_place: Place) -> None:
    settings = with_settings(freeze=2, unfreeze_every=1, epochs=3, layer_decay=0.5)

    def go(name: str, progress: Callable[[str, int, int], None]) -> Search:
        return search(shared_place.workspace, name=name, cohort=shared_place.cohort, split=shared_place.split, spec=settings,
                      workers=0, progress=progress)

    def interrupt(step: str, done: int, total: int) -> None:
        if step.startswith("train") and done == 2:
            raise KeyboardInterrupt

    whole = go("whole", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        go("interrupted", interrupt)
    resumed = go("interrupted", lambda *_: None)
    assert [run.weights for run in resumed.trials[0].runs] == [run.weights for run in whole.trials[0].runs]
    assert [run.frozen for run in resumed.trials[0].runs] == [run.frozen for run in whole.trials[0].runs]


@pytest.mark.parametrize("network", list(NETWORKS))
def test_stages_hold_every_parameter_once_and_end_with_the_head(network: Network) -> None:
    module = build_network(network, dropout=0.1)
    stages = stages_of(module)
    assert stages[-1].name == "head"
    assert sum(stage.n_parameters for stage in stages) == sum(p.numel() for p in module.parameters())


def test_a_network_that_segments_has_stages_too() -> None:
    module = build_segmentation_network(Network.DYNUNET_TINY, channels=1, classes=1, dropout=0)
    assert stages_of(module)[0].name == "input_block"
    assert sum(stage.n_parameters for stage in stages_of(module)) == sum(p.numel() for p in module.parameters())


def test_a_share_freezes_the_whole_stages_that_it_holds() -> None:
    stages = stages_of(build_network(Network.RESNET_TINY, dropout=0.1))
    total = sum(stage.n_parameters for stage in stages)
    for share in (0.2, 0.5, 0.97):
        count = frozen_at_first(stages, share)
        held = sum(stage.n_parameters for stage in stages[:count])
        assert held <= share * total < held + stages[count].n_parameters


@pytest.mark.parametrize("freeze", ["head", "nowhere", 6, 99, 1e-6])
def test_what_cannot_be_frozen_is_refused_with_the_list_of_stages(freeze: int | float | str) -> None:
    with pytest.raises(ConfigurationError, match=r"features\.0"):
        frozen_at_first(stages_of(build_network(Network.RESNET_TINY, dropout=0.1)), freeze)


@pytest.mark.parametrize("freeze", [-0.1, 1.5, math.inf, math.nan])
def test_a_setting_that_is_no_share_and_no_number_of_stages_is_refused(freeze: float) -> None:
    with pytest.raises(ValueError, match="freeze"):
        TrainingSettings(freeze=freeze)


def test_thawing_without_freezing_is_refused(shared_place: Place) -> None:
    with pytest.raises(ConfigurationError, match="nothing is"):
        _search(shared_place, "nothing", unfreeze_every=2)


def test_settings_without_transfer_keep_their_digest() -> None:
    known = {"start_from", "freeze", "layer_decay", "unfreeze_every"}
    assert not known & TrainingSettings().model_dump(mode="json").keys()
    assert known <= TrainingSettings(start_from="a", freeze=1, layer_decay=0.5, unfreeze_every=1).model_dump().keys()


def test_a_change_of_the_average_is_seen_too() -> None:
    network, average = (build_network(Network.RESNET_TINY, dropout=0.1) for _ in range(2))
    average.load_state_dict(network.state_dict())
    frozen = Frozen(network, average, TrainingSettings(freeze=1))
    frozen.apply(0)
    frozen.begin(0)
    frozen.end()
    with torch.no_grad():
        next(average.parameters())[0] += 1
    with pytest.raises(IntegrityError, match="moving average"):
        frozen.end()


def test_the_digest_sees_buffers() -> None:
    network = build_network(Network.RESNET_TINY, dropout=0.1)
    before = digest_of(stages_of(network))
    network.get_submodule("features.0.1").num_batches_tracked += 1  # type: ignore[operator]
    assert digest_of(stages_of(network)) != before
