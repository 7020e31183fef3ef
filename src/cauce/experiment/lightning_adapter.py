"""PyTorch Lightning: one module, one call of its Trainer. Nothing else in cauce knows Lightning."""

import logging
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from cauce.domain.errors import CauceError, MissingExtraError
from cauce.domain.experiment import EpochRecord, Precision, StartRecord, TrainingSettings
from cauce.experiment.averaging import MovingAverage
from cauce.experiment.batches import ShuffledOrder, loader
from cauce.experiment.freeze import Frozen, stages_of
from cauce.experiment.learner import Learner
from cauce.experiment.optimiser import set_rate, stage_groups
from cauce.experiment.schedule import one_cycle

try:
    import pytorch_lightning as pl
except ImportError:
    raise MissingExtraError("PyTorch Lightning is not installed", remedy="pip install 'cauce[train]'") from None

@dataclass(eq=False)
class FoldState:
    """What changes while a fold is trained, and what a checkpoint holds."""

    network: nn.Module
    average: MovingAverage
    optimiser: torch.optim.Optimizer
    frozen: Frozen
    start: StartRecord | None = None
    epochs_done: int = 0
    steps_done: int = 0
    best_epoch: int = -1
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    curve: list[EpochRecord] = field(default_factory=list)


@dataclass(frozen=True)
class FoldPlan:
    """What stays the same: settings, seed, arithmetic, and how many cases go through the network at once."""

    settings: TrainingSettings
    seed: int
    precision: Precision
    micro_batch: int | None = None


def fit(state: FoldState, plan: FoldPlan, learner: Learner, *, after_epoch: Callable[[FoldState], None]) -> None:
    """Train from `state` to the last epoch of the settings, calling `after_epoch` after each.

    Raises:
        CauceError: the loss became no number.
        IntegrityError: something frozen changed.
        KeyboardInterrupt: the user interrupted; `after_epoch` was called for every whole epoch.
    """
    _quiet()
    order = ShuffledOrder(learner.train, plan.settings.batch_size, plan.seed, micro_batch=plan.micro_batch)
    order.epoch = state.epochs_done  # Lightning asks for the first batch before it says that the epoch starts
    module = _FoldModule(state, plan, learner, order)
    module.after_epoch = after_epoch
    trainer = pl.Trainer(
        max_epochs=plan.settings.epochs - state.epochs_done, accelerator="auto", devices=1, logger=False,
        precision="bf16-mixed" if plan.precision is Precision.BFLOAT16 else "32-true", num_sanity_val_steps=0,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        gradient_clip_val=plan.settings.gradient_clip, accumulate_grad_batches=order.parts,
        deterministic=plan.settings.deterministic,
    )
    handler = signal.getsignal(signal.SIGINT)
    try:
        with warnings.catch_warnings(), torch.random.fork_rng():
            warnings.simplefilter("ignore")  # advice on workers and logging intervals that do not apply
            trainer.fit(module, loader(learner.read, order), loader(learner.read, learner.held_out))
    except SystemExit:  # what Lightning makes of an interruption
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, handler)


class _FoldModule(pl.LightningModule):
    """One fold. Every epoch draws from its own seed; the learning rate is a function of the step."""

    after_epoch: Callable[[FoldState], None]

    def __init__(self, state: FoldState, plan: FoldPlan, learner: Learner, order: ShuffledOrder) -> None:
        super().__init__()
        self.network = state.network
        self.average = state.average.network
        self._state, self._plan, self._learner, self._order = state, plan, learner, order
        self._total = order.steps * plan.settings.epochs
        self._generator = torch.Generator()
        self._losses: list[torch.Tensor] = []
        self._answers: list[Any] = []
        self._begin = 0.0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self._state.optimiser

    def on_train_epoch_start(self) -> None:
        epoch = self._state.epochs_done
        self._order.epoch = epoch
        self._generator.manual_seed(_mix(self._plan.seed, epoch, 1))
        torch.manual_seed(_mix(self._plan.seed, epoch, 2))  # dropout
        self._freeze(epoch)
        self.average.eval()
        self._losses, self._begin = [], time.perf_counter()

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        share = one_cycle(self._state.steps_done, self._total, warm_up=self._learner.warm_up)
        set_rate(self._state.optimiser, self._plan.settings.learning_rate * share)
        loss = self._learner.loss(self.network, batch, self._generator)
        self._losses.append(loss.detach())
        return loss

    def on_train_batch_end(self, _outputs: object, _batch: object, part: int) -> None:
        if (part + 1) % self._order.parts:
            return
        self._state.steps_done += 1
        self._state.average.update(self.network, self._state.steps_done)

    def on_validation_epoch_start(self) -> None:
        self._answers = []

    def validation_step(self, batch: Any, _: int) -> None:
        self._answers.append(self._learner.answer(self.average, batch))

    def on_validation_epoch_end(self) -> None:
        """Score the epoch, keep its weights if they are the best so far, and hand the state out."""
        train_loss = float(torch.stack(self._losses).mean())
        if not np.isfinite(train_loss):
            place = f"epoch {self._state.epochs_done + 1}"
            raise CauceError("the loss is no number", where=place, remedy="Lower the learning rate.")
        self._state.frozen.end()
        self._keep(train_loss)
        self._state.epochs_done += 1
        self.after_epoch(self._state)
        self.trainer.should_stop = is_over(self._state, self._plan.settings)

    def _freeze(self, epoch: int) -> None:
        """What belongs to the epoch; stages that it thaws come to the optimiser."""
        state, stages = self._state, stages_of(self._state.network)
        for stage in reversed(state.frozen.apply(epoch)):
            for group in stage_groups(stage, stages, self._plan.settings):
                state.optimiser.add_param_group(group)
        state.frozen.begin(epoch)

    def _keep(self, train_loss: float) -> None:
        state, judged = self._state, self._learner.judge(self._answers)
        record = EpochRecord(
            epoch=state.epochs_done, train_loss=train_loss, validation_loss=judged.loss, metric=self._learner.metric,
            score=judged.score, seconds=time.perf_counter() - self._begin,
        )
        if all(_rank(record) > _rank(earlier) for earlier in state.curve):
            state.best_epoch = record.epoch
            state.best_weights = {name: tensor.detach().clone() for name, tensor in self.average.state_dict().items()}
        state.curve.append(record)


def is_over(state: FoldState, settings: TrainingSettings) -> bool:
    """Whether the last epoch is done, or the patience with epochs that brought nothing is at its end."""
    waited = state.epochs_done - 1 - state.best_epoch
    return state.epochs_done >= settings.epochs or (state.epochs_done > 0 and 0 < settings.patience <= waited)


def _rank(record: EpochRecord) -> tuple[float, float]:
    """Better epochs rank higher: by score, between equals by loss."""
    return record.score, -record.validation_loss


def _mix(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def _quiet() -> None:
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric", "lightning_fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
