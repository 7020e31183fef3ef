"""Train one fold: from new weights, or from the last whole epoch of an interrupted call."""

from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from cauce.domain.errors import CauceError
from cauce.domain.experiment import Precision, TrainingSettings
from cauce.experiment.averaging import MovingAverage
from cauce.experiment.checkpoint import Checkpoint, Position, load_checkpoint, save_checkpoint
from cauce.experiment.fold import FailedFold, FoldEvent, FoldOutcome, FoldStarted, FoldTask, TrainedFold
from cauce.experiment.freeze import Frozen
from cauce.experiment.images import ImageLearner
from cauce.experiment.learner import Learner
from cauce.experiment.lightning_adapter import FoldPlan, FoldState, fit, is_over
from cauce.experiment.memory import half, is_out_of_memory
from cauce.experiment.optimiser import new_optimiser
from cauce.experiment.precision import choose_precision, in_memory_format
from cauce.experiment.prepare_volumes import TrainVolumes
from cauce.experiment.segmentation import SegmentationLearner
from cauce.experiment.start_weights import bring_in
from cauce.experiment.train_data import TrainData
from cauce.predictor.networks import build_network, build_segmentation_network, is_sound_in_bfloat16
from cauce.predictor.networks.weights import weights_of

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


def train_fold(task: FoldTask, data: TrainData, *, tell: Callable[[FoldEvent], None]) -> FoldOutcome:
    """Train to the last epoch; the state is saved after each, and then told. An error becomes a FailedFold.

    Raises:
        KeyboardInterrupt: interrupted; the same call goes on with the epoch that was under way.
    """
    try:
        return _train(task, data, tell)
    except CauceError as error:
        return FailedFold(error.line())
    except Exception as error:  # whatever a network, a driver or memory may raise: the search goes on
        return FailedFold(" ".join(f"{type(error).__name__}: {error}".split())[:500])


def precision_for(settings: TrainingSettings, data: TrainData, device: torch.device | None = None) -> Precision:
    """What the settings' precision becomes on this machine, with the threads that torch has now."""
    device = device or _device()
    is_on_cpu = device.type == "cpu"
    if isinstance(data, TrainVolumes) and is_on_cpu and not is_sound_in_bfloat16(settings.network, data.recipe.patch):
        return Precision.FLOAT32
    return choose_precision(settings.precision, lambda: _new_network(settings, data), data.batch_shape(settings), device)


def learner_of(settings: TrainingSettings, data: TrainData, fold: int, precision: Precision) -> Learner:
    """What the task of the data asks of training."""
    if isinstance(data, TrainVolumes):
        return SegmentationLearner(settings, data, fold, precision)
    return ImageLearner(settings, data, fold, precision)


def _new_network(settings: TrainingSettings, data: TrainData) -> torch.nn.Module:
    """With weights drawn from torch's global generator."""
    if isinstance(data, TrainVolumes):
        return build_segmentation_network(
            settings.network, channels=len(data.channels), classes=len(data.classes), dropout=settings.dropout,
            coarse=settings.deep_supervision > 0,
        )
    return build_network(settings.network, dropout=settings.dropout, outputs=data.n_outputs)


def _to_keep(settings: TrainingSettings, data: TrainData, weights: dict[str, torch.Tensor]) -> bytes:
    """What prediction needs of the weights: a coarser output serves training alone."""
    network = _new_network(settings.model_copy(update={"deep_supervision": 0.0}), data)
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
    return weights_of(network)


def _train(task: FoldTask, data: TrainData, tell: Callable[[FoldEvent], None]) -> TrainedFold:
    """Where memory does not suffice, go on from the last whole epoch with half as many cases at once."""
    micro_batch = task.micro_batch or task.settings.micro_batch
    while True:
        try:
            return _attempt(task, data, tell, micro_batch)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        micro_batch = half(micro_batch or task.settings.batch_size)


def _attempt(task: FoldTask, data: TrainData, tell: Callable[[FoldEvent], None], micro_batch: int | None) -> TrainedFold:
    found = load_checkpoint(task.checkpoint, identity=task.identity)
    precision = Precision(found.position.precision) if found else task.precision
    if found and found.position.micro_batch:
        micro_batch = min(found.position.micro_batch, micro_batch or task.settings.batch_size)
    learner = learner_of(task.settings, data, task.fold, precision)
    state = new_state(task, data, learner.averaging, precision)
    if found:
        _restore(state, found)
    plan = FoldPlan(task.settings, task.seed, precision, micro_batch)
    tell(FoldStarted(state.epochs_done))

    def keep(current: FoldState) -> None:
        save_checkpoint(task.checkpoint, _checkpoint(task, current, plan))
        tell(current.curve[-1])

    if not is_over(state, task.settings):
        fit(state, plan, learner, after_epoch=keep)
    return TrainedFold(
        weights=_to_keep(task.settings, data, state.best_weights), best=state.curve[state.best_epoch], curve=tuple(state.curve),
        n_train=learner.n_train, n_validation=learner.n_held_out,
        n_parameters=sum(parameter.numel() for parameter in state.network.parameters()),
        precision=precision, device=_device().type, micro_batch=micro_batch, gflops=_gflops(task.settings, data),
        start=state.start, frozen=state.frozen.periods,
    )


def _gflops(settings: TrainingSettings, data: TrainData) -> float:
    """Of one case or patch, forward, as prediction does it: multiplications and additions count each."""
    network = _new_network(settings.model_copy(update={"deep_supervision": 0.0}), data).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, *data.batch_shape(settings)[1:]))
    return round(float(counter.get_total_flops()) / 1e9, 4)


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def new_state(task: FoldTask, data: TrainData, averaging: float, precision: Precision) -> FoldState:
    """Weights drawn from the task's seed, or those that it starts from, what is frozen of them, and their optimiser.

    Raises:
        InputError: the weights to start from cannot be read, or do not fit.
        ConfigurationError: the network has no such stages to freeze.
    """
    with torch.random.fork_rng():
        torch.manual_seed(task.seed)
        network = _new_network(task.settings, data)
    start = bring_in(network, task.settings.network, task.start) if task.start else None
    network = in_memory_format(network, precision)
    average = MovingAverage(network, averaging)
    frozen = Frozen(network, average.network, task.settings)
    frozen.apply(0)
    return FoldState(network, average, new_optimiser(network, task.settings), frozen, start)


def _checkpoint(task: FoldTask, state: FoldState, plan: FoldPlan) -> Checkpoint:
    tensors = {f"network.{name}": tensor for name, tensor in state.network.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in state.average.network.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in state.best_weights.items()}
    for number, moments in state.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{moment}": moments[moment] for moment in _MOMENTS}
    position = Position(
        identity=task.identity, epochs_done=state.epochs_done, steps_done=state.steps_done, best_epoch=state.best_epoch,
        curve=tuple(state.curve), precision=plan.precision.value, micro_batch=plan.micro_batch,
        frozen=state.frozen.periods,
    )
    return Checkpoint(position, tensors)


def _restore(state: FoldState, found: Checkpoint) -> None:
    def part(prefix: str) -> dict[str, torch.Tensor]:
        return {name.removeprefix(prefix): tensor for name, tensor in found.tensors.items() if name.startswith(prefix)}

    state.network.load_state_dict(part("network."))
    state.average.network.load_state_dict(part("average."))
    state.best_weights = part("best.")
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in part("optimiser.").items():
        number, moment = name.split(".")
        moments.setdefault(int(number), {})[moment] = tensor
    state.frozen.periods = found.position.frozen
    state.frozen.apply(max(found.position.epochs_done - 1, 0))
    state.optimiser = new_optimiser(state.network, state.frozen.settings)
    state.optimiser.load_state_dict({**state.optimiser.state_dict(), "state": moments})
    position = found.position
    state.epochs_done, state.steps_done, state.best_epoch = position.epochs_done, position.steps_done, position.best_epoch
    state.curve = list(position.curve)
