"""Frozen means frozen: no gradients, evaluation mode whatever calls `.train()`, not in the optimiser, compared by digest."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.experiment import FrozenPeriod, TrainingSettings


@dataclass(frozen=True, eq=False)
class Stage:
    """A part of a network; `name` is its module's."""

    name: str
    module: nn.Module

    @property
    def n_parameters(self) -> int:
        """Weights in it."""
        return sum(parameter.numel() for parameter in self.module.parameters())


def stages_of(network: nn.Module) -> list[Stage]:
    """The parts that hold parameters, from the input to the head: children, those of containers one by one."""
    return [stage for name, child in _children("", network) for stage in _expanded(name, child)]


def frozen_at_first(stages: Sequence[Stage], freeze: int | float | str) -> int:
    """How many stages the setting `freeze` means.

    Raises:
        ConfigurationError: no such stage, none to train left, or the first stage is larger than the share; it lists the stages.
    """
    if not freeze:
        return 0
    names = [stage.name for stage in stages]
    if isinstance(freeze, str):
        count = names.index(freeze) + 1 if freeze in names else 0
    elif freeze < 1:
        total = sum(stage.n_parameters for stage in stages)
        held = [sum(stage.n_parameters for stage in stages[: count + 1]) for count in range(len(stages))]
        count = sum(each <= freeze * total for each in held)
    else:
        count = int(freeze)
    if not 0 < count < len(stages):
        total = sum(stage.n_parameters for stage in stages)
        known = ", ".join(f"{stage.name} ({stage.n_parameters / total:.1%})" for stage in stages)
        raise ConfigurationError(
            "these stages cannot be frozen", where="training.freeze", expected=f"one or more of all but the last of {known}",
            got=str(freeze), remedy="Give a share that holds the first stage, a number of stages, or the name of one.",
        )
    return count


@dataclass(eq=False)
class Frozen:
    """The stages of one training that are frozen now, and the record of those that were.

    Attributes:
        average: the moving average of the network, which must stay as it was too.
    """

    network: nn.Module
    average: nn.Module
    settings: TrainingSettings
    periods: tuple[FrozenPeriod, ...] = ()
    count: int = 0
    _hooks: list[torch.utils.hooks.RemovableHandle] = field(default_factory=list)

    def stages_at(self, epoch: int) -> int:
        """How many stages are frozen in an epoch, counted from 0."""
        first = frozen_at_first(stages_of(self.network), self.settings.freeze)
        thawed = epoch // self.settings.unfreeze_every if self.settings.unfreeze_every else 0
        return max(first - thawed, 0)

    def apply(self, epoch: int) -> list[Stage]:
        """Freeze what belongs to an epoch; gives the stages that are trained from it on and were not before."""
        stages, before, self.count = stages_of(self.network), self.count, self.stages_at(epoch)
        for hook in self._hooks:
            hook.remove()
        for number, stage in enumerate(stages):
            stage.module.requires_grad_(number >= self.count)
        self._hooks = [module.register_forward_pre_hook(_evaluate) for module in _without_gradients(self.network)]
        return stages[self.count : before]

    def begin(self, epoch: int) -> None:
        """Take the digest of what is frozen, or compare it with the one that the period began with.

        Raises:
            IntegrityError: it changed.
        """
        if not self.count:
            return
        stages = stages_of(self.network)[: self.count]
        names = tuple(stage.name for stage in stages)
        if self.periods and self.periods[-1].stages == names:
            self._compare()
            return
        digest = digest_of(stages)
        n_parameters = sum(stage.n_parameters for stage in stages)
        self.periods += (FrozenPeriod(
            first_epoch=epoch, epochs=0, stages=names, n_parameters=n_parameters, before=digest, after=digest,
        ),)

    def end(self) -> None:
        """Compare after an epoch.

        Raises:
            IntegrityError: what is frozen changed, in the network or in its average.
        """
        if self.count:
            after = self._compare()
            last = self.periods[-1]
            self.periods = (*self.periods[:-1], last.model_copy(update={"epochs": last.epochs + 1, "after": after}))

    def _compare(self) -> str:
        last, after = self.periods[-1], ""
        for network, which in ((self.network, "the network"), (self.average, "its moving average")):
            after = digest_of(stages_of(network)[: self.count])
            if after != last.before:
                raise IntegrityError(
                    "frozen weights or buffers changed", where=f"{which}, {last.stages[0]} to {last.stages[-1]}",
                    expected=last.before[:12], got=after[:12],
                    remedy="Nothing of this training is kept. Report this as a defect.",
                )
        return after


def digest_of(stages: Sequence[Stage]) -> str:
    """SHA-256 of names, types, shapes and values of the parameters and buffers."""
    found = hashlib.sha256()
    for stage in stages:
        for name, tensor in stage.module.state_dict().items():
            found.update(f"{stage.name}.{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            found.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _without_gradients(module: nn.Module) -> Iterator[nn.Module]:
    """The largest parts of which no parameter has gradients, with the dropout in them."""
    for child in module.children():
        parameters = list(child.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            yield child
        else:
            yield from _without_gradients(child)


def _evaluate(module: nn.Module, _: object) -> None:
    """Before each forward pass: Lightning and others call `.train()` on the whole network."""
    if any(each.training for each in module.modules()):
        module.eval()


def _children(prefix: str, module: nn.Module) -> list[tuple[str, nn.Module]]:
    named = ((f"{prefix}{name}", child) for name, child in module.named_children())
    return [(name, child) for name, child in named if any(True for _ in child.parameters())]


def _expanded(name: str, module: nn.Module) -> Iterator[Stage]:
    children = _children(f"{name}.", module) if isinstance(module, nn.Sequential | nn.ModuleList) else []
    if len(children) == 1:
        yield from _expanded(*children[0])
    elif children:
        yield from (Stage(*child) for child in children)
    else:
        yield Stage(name, module)
